"""The rules for products: a new one of two operands, and that of probabilities with the values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .lower import Display, Starred
from .operations import Operand, Operation, Result, rule
from .rules import multiply, permuted
from .values import Opaque, Probs, Scores, numeric, texts_of

if TYPE_CHECKING:
    from .values import Path


def contract(op: Operation, left: Operand, right: Operand, left_labels: str, right_labels: str, out: str) -> Result:
    """A matmul-like result: probabilities times values, or a new product of two opaque operands."""
    for operand, labels, first in ((left, left_labels, True), (right, right_labels, False)):
        if isinstance(operand.value, Probs):
            other = right if first else left
            other_labels = right_labels if first else left_labels
            return op.machine.make_context(op, operand, labels, other, other_labels, out, first)
    for operand in (left, right):
        if isinstance(operand.value, Opaque) and operand.value.lost_probs is not None:
            op.machine.report_lost(operand.value.lost_probs)
    return op.machine.make_product(op, left, right, left_labels, right_labels, out)


@rule("matmul", "@", "bmm", "mm")
def matmul(op: Operation) -> Result:
    """`left @ right` over the last two axes."""
    bound = op.bind("input", "other") or op.bind("input", "mat2")
    if bound is None or len(bound) != 2:
        return op.loss("OPERAND", "a matrix product with arguments that the analysis does not know")
    left, right = bound.values()
    if op.name == "bmm":
        return contract(op, left, right, "blc", "bcr", "blr")
    if op.name == "mm":
        return contract(op, left, right, "lc", "cr", "lr")
    if isinstance(left.value, Opaque) and op.machine.perhaps_vector(right):
        return op.loss("OPERAND", "the second operand of the product may be a vector, which has no axis of its own")
    return contract(op, left, right, "...lc", "...cr", "...lr")


@rule("baddbmm")
def baddbmm(op: Operation) -> Result:
    """`beta * input + alpha * batch1 @ batch2`."""
    bound = op.bind("input", "batch1", "batch2", "beta", "alpha")
    if bound is None or not {"input", "batch1", "batch2"} <= set(bound) or len(op.operands) > 3:
        return op.loss("OPERAND", "baddbmm with arguments that the analysis does not know")
    term, left, right = bound["input"], bound["batch1"], bound["batch2"]
    beta = bound.get("beta")
    weight = numeric(beta.value) if beta is not None else None
    if weight == 0.0 and "alpha" not in bound:
        return contract(op, left, right, "blc", "bcr", "blr")
    if isinstance(left.value, Probs) or isinstance(right.value, Probs):
        return op.loss("PROBABILITIES", "baddbmm scales the product with the values, or adds to it")
    scores = contract(op, left, right, "blc", "bcr", "blr")
    assert isinstance(scores, Scores)
    if "alpha" in bound:
        alpha = bound["alpha"].value
        if isinstance(alpha, Opaque) and alpha.perhaps_number:
            return op.loss("SCALE_SHAPE", "what baddbmm is to multiply the product by may be no number")
        scaled = multiply(op, scores, bound["alpha"], "mul")
        if not isinstance(scaled, Scores):
            return scaled
        scores = scaled
    if weight == 0.0 or (isinstance(term.value, Opaque) and term.value.zero):
        return scores
    if not isinstance(term.value, Opaque):
        return op.loss("BIAS_DEPENDS", "the input of baddbmm depends on the scores")
    factor = beta.expr if beta is not None and weight != 1.0 else None
    result = op.machine.step(scores, "add", op, operand=term.expr, value=factor, watch=term.value)
    assert isinstance(result, Scores)
    # torch takes an input of the product's dtype alone; a weight of zero leaves it out
    return replace(result, told="same" if factor is None or weight else "maybe")


def parse_equation(text: str, operands: int) -> tuple[list[str], str] | None:
    """Labels of each operand and of the output of an einsum equation."""
    text = text.replace(" ", "")
    if "->" not in text:
        return None
    inputs, out = text.split("->")
    labels = inputs.split(",")
    letters = [part.replace("...", "") for part in (*labels, out)]
    if len(labels) != operands or any(len(set(part)) != len(part) for part in letters):
        return None
    return labels, out


@rule("einsum")
def einsum(op: Operation) -> Result:
    """`torch.einsum(equation, a, b)`; a single operand is a transposition."""
    if op.keywords or not op.operands:
        return op.loss("OPERAND", "einsum with keywords")
    equation = op.operands[0].value
    operands: Sequence[Operand] = op.operands[1:]
    if operands and isinstance(operands[0].expr, Display):
        items = operands[0].expr.items
        if any(isinstance(item, Starred) for item in items):
            return op.loss("OPERAND", "the operands of einsum are unpacked into a list")
        operands = [Operand(op.machine.facts.get(item, Opaque()), item) for item in items]
    texts = texts_of(equation)
    if not texts:
        return op.loss("EQUATION", "the equation of einsum is not a literal")
    text = _equation_of_most(texts, operands)
    parsed = parse_equation(text, len(operands))
    if parsed is None:
        return op.loss("EQUATION", f"the equation {text!r} is not one the analysis reads")
    result = _summed(op, operands, *parsed)
    chain = [value for value in (result, *(o.value for o in operands)) if isinstance(value, (Scores, Probs))]
    for product in {value.product for value in chain}:
        loss = op.machine.note("EQUATION", "einsum has another equation there", op.expr)
        product.guards += [(path, loss) for path, other in texts if other != text]
    return result


def _equation_of_most(texts: Sequence[tuple[Path, str]], operands: Sequence[Operand]) -> str:
    """Of several equations, one that the product's others go with, and both of whose operands have as many axes."""
    products = {o.value.product for o in operands if isinstance(o.value, (Scores, Probs))}
    guards = [guard for product in products for guard, _ in product.guards]
    taken = [({(id(test), polarity) for test, polarity, _ in path}, text) for path, text in texts]
    left = [t for path, t in taken if not any({(id(e[0]), e[1]) for e in guard} <= path for guard in guards if guard)]
    left = left or [text for _, text in texts]
    even = [text for text in left if len(set(map(len, re.sub(r"->.*|\s", "", text).split(",")))) == 1]
    return (even or left)[0]


def _summed(op: Operation, operands: Sequence[Operand], labels: Sequence[str], out: str) -> Result:
    """What einsum makes of one operand or two."""
    if len(operands) == 1:
        value = operands[0].value
        if isinstance(value, (Scores, Probs)):
            return permuted(op, value, tuple(labels[0].find(label) for label in out))
        return None
    if len(operands) != 2:
        return None
    for operand, own in zip(operands, labels, strict=True):
        last = own[-1:] not in out and isinstance(operand.value, Opaque) and operand.value.kind == "row"
        if last or (isinstance(operand.value, Opaque) and operand.value.single):
            message = "an operand of einsum may have size 1 along the axis of the sum, where einsum repeats it"
            return op.loss("EQUATION", message)
    return contract(op, operands[0], operands[1], labels[0], labels[1], out)
