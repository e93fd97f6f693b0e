"""The transfer rules: what each torch operation does to an abstract value.

One table, `RULES`, from an operation's canonical name ("matmul" for `torch.matmul`, `@` and `Tensor.matmul`) to one
rule. A rule says what it matches (its signature), what it requires (its side conditions) and what it yields. Where a
condition fails it returns a `Loss`: nothing is assumed, every constant is read. A rule that does not concern the
operands at hand returns None and the operation is opaque.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .lower import Binary, Call, Constant, Display, Expr, Starred
from .values import (
    DECISIVE,
    SWALLOWING,
    CastOnce,
    Loss,
    Opaque,
    Probs,
    Product,
    Record,
    Reshape,
    RowShift,
    Scores,
    Share,
    Shared,
    Step,
    Symbol,
    Told,
    Value,
    Width,
    all_floating,
    at_most,
    either_width,
    leading,
    numeric,
    texts_of,
    whole_number,
    widest,
)

if TYPE_CHECKING:
    from .chain import Chain
    from .frames import Frame
    from .values import Path


@dataclass(frozen=True, eq=False)
class Operand:
    """One argument: its abstract value and the expression it came from (None for a default)."""

    value: Value
    expr: Expr


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of a torch operation in canonical form; for a method the receiver is the first operand."""

    name: str
    operands: tuple[Operand, ...]
    keywords: dict[str, Operand]
    expr: Expr
    machine: Chain

    def bind(self, *signature: str) -> dict[str, Operand] | None:
        """Operands by parameter name, in the order of the signature, or None where the call does not fit it."""
        if len(self.operands) > len(signature):
            return None
        bound = dict(zip(signature, self.operands, strict=False))
        for name, operand in self.keywords.items():
            if name not in signature or name in bound:
                return None
            bound[name] = operand
        return {name: bound[name] for name in signature if name in bound}

    def independent(self, value: Value, product: Product) -> bool:
        """Whether a value was computed without this product."""
        return product not in self.machine.depends(value)

    def loss(self, code: str, message: str) -> Loss:
        return Loss(code, message, self.expr, self.machine.frame)


Result = Value | Loss | None
Rule = Callable[[Operation], Result]
RULES: dict[str, tuple[str, Rule]] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Enters a rule into the table under the operations it serves; its own name is what `explain` shows."""

    def enter(function: Rule) -> Rule:
        for name in names:
            RULES[name] = (function.__name__, function)
        return function

    return enter


def scale_kind(value: Value) -> str | None:
    """One of "number", "scalar" and "row" if multiplying by the value scales whole rows of the scores."""
    kind = kind_of(value) if isinstance(value, Opaque) else None
    return kind if kind in ("number", "scalar", "row") else None


def kind_of(value: Opaque) -> str:
    """Its kind; what a configuration holds is a number where it is computed with."""
    return "number" if value.kind == "config" else value.kind


# --- products ---------------------------------------------------------------------------------------------------


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


BIASES = ("add", "sub", "rsub", "fill", "keep", "masked", "store")
"""Steps that may hide keys."""


# --- affine steps -----------------------------------------------------------------------------------------------


def multiply(op: Operation, scores: Scores, factor: Operand, kind: str) -> Result:
    """Scale on scores: the factor must be constant along the key axis."""
    value = factor.value
    if scores.sink:
        return op.loss("SINK", "the scores are scaled after their sink was added")
    if not op.independent(value, scores.product):
        return op.loss("NONLINEAR", "the scores are multiplied by something that depends on the scores")
    if isinstance(value, Opaque) and value.mask is not None and kind == "mul" and scale_kind(value) is None:
        if scores.pending is not None:
            return op.loss("MASK_PRODUCT", "the scores are multiplied by two masks")
        if any(step.kind == "shift" for step in scores.product.steps):
            return _shifted(op)
        return op.machine.step(replace(scores, pending=value.mask), "masked", op, operand=factor.expr, watch=value)
    found = scale_kind(value)
    if found is None and isinstance(value, Opaque) and value.perhaps_number and value.mask is None:
        found = "any"
    if found is None:
        return op.loss(
            "SCALE_SHAPE",
            "the scores are scaled by a tensor that may differ from key to key; only a number, a "
            "0-dim tensor or a tensor whose last axis has size 1 is a scale",
        )
    if narrow_of(value):
        return op.loss("CAST", "the scores are scaled by a tensor of lower precision, in which scales would be joined")
    if scores.pending is not None:
        return op.loss("MASK_PRODUCT", "the scores are scaled between a mask's product and its fill")
    constant = numeric(value)
    if constant == 0.0:
        return op.loss("SCALE_ZERO", "the scores are scaled by zero")
    if scores.shifted and not _shrunk(op, scores.product, kind, factor):
        return _shifted(op)
    if scores.fill is not None:
        factor_size = None if constant is None else (constant if kind == "mul" else 1.0 / constant)
        positive = isinstance(value, Opaque) and value.positive
        if factor_size is None and not positive and scores.fill != -math.inf:
            return op.loss("FILL_SCALED", "a fill constant is scaled by a factor whose sign is not known")
        weakest = scores.fill * (factor_size if factor_size is not None else 1e-3)
        if weakest > DECISIVE:
            return op.loss("FILL_WEAK", f"a fill of {scores.fill:g}, once scaled, may not empty its positions")
        scores = replace(scores, fill=weakest)
    # a row is constant along the last axis alone, which is to be the keys' once the softmax comes
    along = (scores.axes[-1],)
    return op.machine.step(scores, kind, op, operand=factor.expr, scale_kind=found, details=along, watch=value)


@rule("*", "mul", "multiply")
def scale_on_scores(op: Operation) -> Result:
    """`scores * factor`, either order; on probabilities a factor that is constant along the key axis."""
    bound = op.bind("input", "other")
    if bound is None or len(bound) != 2:
        return None
    for scores, factor in _both_orders(bound["input"], bound["other"]):
        if isinstance(scores.value, Scores):
            return multiply(op, scores.value, factor, "mul")
        if isinstance(scores.value, RowShift) and scale_kind(factor.value) is not None:
            return replace(scores.value, share=None)
        if isinstance(scores.value, RowShift) and scores.value.share is not None:
            return sink_on_output(op, scores.value, scores.value.share, factor)
        if isinstance(scores.value, Probs):
            return factor_on_probs(op, scores.value, factor)
    return None


def factor_on_probs(op: Operation, probs: Probs, factor: Operand) -> Result:
    """A factor whose last axis has size 1 can be moved behind the product with V (checked again at run time)."""
    if not op.independent(factor.value, probs.product) or not isinstance(factor.value, Opaque):
        return op.loss("PROBABILITIES", "the probabilities are multiplied by something that depends on them")
    if probs.views is None or probs.views:
        return op.loss("PROBABILITIES", "the probabilities are multiplied after they were reshaped")
    if probs.axes[-1] != probs.key_axis:
        return op.loss("PROBABILITIES", "the probabilities are multiplied after they were transposed")
    if probs.whole:
        return op.loss("CAST", "the probabilities are multiplied where they may be whole numbers")
    if factor.value.kind not in ("number", "scalar", "row"):
        return op.loss("PROBABILITIES", "the probabilities are multiplied by a tensor that may differ from key to key")
    if any(step.kind == "zero" for step in probs.product.steps):
        # what was cleared may be NaN, and so may any number times it
        return op.loss("PROBABILITIES", "the probabilities are multiplied after rows of them were cleared")
    return op.machine.step(
        replace(probs, factors=probs.factors + 1), "factor", op, operand=factor.expr, watch=factor.value
    )


@rule("/", "div", "true_divide", "divide")
def divide_scores(op: Operation) -> Result:
    """`scores / divisor`."""
    bound = op.bind("input", "other")
    if bound is None or len(bound) != 2:
        return _touched(op, "OPERAND", "a division with arguments that the analysis does not know")
    left, right = bound["input"], bound["other"]
    if isinstance(left.value, Scores):
        return multiply(op, left.value, right, "div")
    if isinstance(left.value, RowShift) and scale_kind(right.value) is not None:
        return replace(left.value, share=None)
    if isinstance(left.value, Probs):
        return op.loss("PROBABILITIES", "the probabilities are divided by something after the softmax")
    return _touched(op, "NONLINEAR", "something is divided by the scores")


@rule("+", "add")
def add_term(op: Operation) -> Result:
    """`scores + term`, either order: the term is independent of the product. Of two products the first stays
    principal, the other becomes a term."""
    bound = op.bind("input", "other")
    if bound is None or len(bound) != 2:
        return _touched(op, "OPERAND", "an addition with arguments that the analysis does not know (alpha?)")
    for scores, term in _both_orders(bound["input"], bound["other"]):
        if isinstance(scores.value, Scores):
            return _add(op, scores.value, term, "add")
    return None


@rule("-", "sub", "subtract")
def subtract_term(op: Operation) -> Result:
    """`scores - term`, `term - scores`, and the shift by a row constant that the softmax does not see."""
    bound = op.bind("input", "other")
    if bound is None or len(bound) != 2:
        return _touched(op, "OPERAND", "a subtraction with arguments that the analysis does not know (alpha?)")
    left, right = bound["input"], bound["other"]
    if isinstance(left.value, Scores):
        if isinstance(right.value, RowShift):
            same = right.value.product is left.value.product and right.value.axes in ((), left.value.axes)
            if same and right.value.kept:
                shifted = replace(left.value, shifted=_biased(left.value))
                return op.machine.step(shifted, "shift", op, details=(left.value.axes[-1],))
            return op.loss("NONLINEAR", "a row constant of other scores is subtracted")
        return _add(op, left.value, right, "sub")
    if isinstance(left.value, RowShift) and left.value.share is not None:
        return sink_beside_sum(op, left.value, left.value.share, right)
    if isinstance(right.value, Scores) and isinstance(left.value, Opaque):
        if not op.independent(left.value, right.value.product):
            return op.loss("NONLINEAR", "the scores are subtracted from something that depends on them")
        if right.value.pending is not None or right.value.fill is not None:
            return op.loss("FILL_SCALED", "filled scores are negated")
        if right.value.shifted and scale_kind(left.value) is None:
            return _shifted(op)
        return op.machine.step(right.value, "rsub", op, operand=left.expr, watch=left.value)
    return None


def _biased(scores: Scores) -> bool:
    """Whether something that may be a mask was added to the scores, or filled in."""
    return any(s.kind in BIASES for s in scores.product.steps)


def _shrunk(op: Operation, product: Product, kind: str, factor: Operand) -> bool:
    """Whether, with one more factor, what was added to the scores is no larger than it was then. A row that was masked
    as a whole is zeros once its maximum is subtracted; the bias is not, and must not grow beyond what its dtype
    holds."""
    first = next(i for i, step in enumerate(product.steps) if step.kind in BIASES)
    factors = list[tuple[str, Operand, "Frame"]]()
    for step in product.steps[first:]:
        if step.kind in ("mul", "div"):
            assert step.operand is not None
            factors.append((step.kind, Operand(step.operand_known, step.operand), step.frame))
    size, divisors = 1.0, list[tuple[Operand, "Frame"]]()
    for how, operand, frame in [*factors, (kind, factor, op.machine.frame)]:
        constant = numeric(operand.value)
        if constant is not None:
            size *= abs(constant) if how == "mul" else 1.0 / abs(constant)
        elif how == "div":
            divisors.append((operand, frame))
        else:
            undone = [d for d in divisors if op.machine.same(*d, operand)]
            if not undone:
                return False
            divisors.remove(undone[0])
    return not divisors and size <= 1.0


def _shifted(op: Operation) -> Loss:
    """A row that was masked as a whole is zeros after the subtraction of its maximum, and what comes then counts."""
    return op.loss("SHIFT", "after their row's maximum was subtracted, masked scores get another bias or mask")


def _add(op: Operation, scores: Scores, term: Operand, kind: str) -> Result:
    value = term.value
    if scores.shifted and scale_kind(value) is None:
        return _shifted(op)
    if scores.sink:
        return op.loss("SINK", "something is added to the scores after their sink")
    if isinstance(value, (Scores, Probs, RowShift)):
        value = op.machine.demote(value, term.expr)
    if not isinstance(value, Opaque) or not op.independent(value, scores.product):
        if isinstance(value, Opaque) and value.loss is not None:
            return value.loss
        return op.loss("NONLINEAR", "something that depends on the scores is added to them")
    if scores.pending is not None:
        if value.fill is not None:
            identity, complement, constant = value.fill
            constant = constant if kind == "add" else -constant
            if (identity, not complement) == scores.pending and constant <= DECISIVE:
                filled = replace(scores, pending=None, fill=_weakest(scores, constant))
                return op.machine.step(filled, kind, op, operand=term.expr, watch=value)
        return op.loss("MASK_PRODUCT", "the scores are multiplied by a mask without the matching fill behind it")
    return op.machine.step(scores, kind, op, operand=term.expr, watch=value)


@rule("masked_fill", "masked_fill_")
def masked_fill(op: Operation) -> Result:
    """`scores.masked_fill(mask, value)` with a constant that empties a position."""
    bound = op.bind("input", "mask", "value")
    if bound is None or len(bound) != 3:
        return _touched(op, "OPERAND", "masked_fill with arguments that the analysis does not know")
    target = bound["input"].value
    if isinstance(target, Probs):
        return zero_where_filled(op, target, bound["mask"], bound["value"])
    if not isinstance(target, Scores):
        return _touched(op, "NONLINEAR", "a mask or a fill value is computed from the scores")
    return _fill(op, target, bound["mask"], bound["value"], "fill")


def zero_where_filled(op: Operation, probs: Probs, mask: Operand, value: Operand) -> Result:
    """Zero where the scores were filled by the same mask: nothing changes but in rows that are masked as a whole."""
    if numeric(value.value) != 0.0 or probs.views != ():
        return op.loss("PROBABILITIES", "the probabilities are masked after the softmax and not normalised again")
    if probs.axes[-1] != probs.key_axis:
        return op.loss("PROBABILITIES", "the probabilities are masked after they were transposed")
    for step in reversed(probs.product.steps):
        if step.kind not in ("fill", "softmax", "same", "cast", "upcast", "recast", "pcast", "clamp", "shift"):
            break  # what comes after the fill may move it, or lift it again
        if step.operand is None or not op.machine.holds_here(step.path):
            continue
        if op.machine.same(Operand(step.operand_known, step.operand), step.frame, mask):
            if _masks_the_rest(probs.product, step):
                return op.loss("PROBABILITIES", "the probabilities are masked by one of several masks of the scores")
            return op.machine.step(replace(probs, factors=probs.factors + 1), "zero", op, operand=mask.expr)
    return op.loss("PROBABILITIES", "the probabilities are masked by what is not known to be the mask of the scores")


def _masks_the_rest(product: Product, fill: Step) -> bool:
    """Whether what a fill leaves of a row may be masked as well, down to where the filled places are: by another fill,
    or by a term beside a constant that it could reach."""
    constant = numeric(fill.value_known)
    low = constant is not None and constant <= SWALLOWING
    others = [step.kind for step in product.steps if step is not fill and step.kind in BIASES]
    return any(kind not in ("add", "sub") or not low for kind in others)


@rule("cat", "concat", "concatenate")
def sink_column(op: Operation) -> Result:
    """`cat([scores, sink], dim=-1)`: one more key, of zeros, whose bias is the sink."""
    bound = op.bind("tensors", "dim")
    if bound is None or "tensors" not in bound or not isinstance(bound["tensors"].value, Record):
        return None
    items, expr = bound["tensors"].value.items, bound["tensors"].expr
    if not any(isinstance(item, Scores) for item in items):
        return None
    joined = op.loss("SIDE_BY_SIDE", "the scores are concatenated with something else before their softmax")
    if len(items) != 2 or not isinstance(items[0], Scores) or not isinstance(expr, Display):
        return joined
    scores, sink = items[0], items[1]
    dim = whole_number(bound["dim"].value) if "dim" in bound else None
    if dim != -1 or scores.axes[-2:] != ("l", "r") or scores.sink:
        return joined
    if not isinstance(sink, Opaque) or sink.kind != "row" or not op.independent(sink, scores.product):
        return joined
    return op.machine.step(replace(scores, sink="always"), "sink", op, operand=expr.items[1], watch=sink)


def sink_beside_sum(op: Operation, row: RowShift, share: Share, sink: Operand) -> Result:
    """`logsumexp(scores) - sink`: the logit of the keys' share in a softmax that has the sink as one more key."""
    value, product = sink.value, row.product
    kinds = ("row", "scalar") if row.kept else ("tensor", "row", "scalar")
    known = isinstance(value, Opaque) and value.kind in kinds and op.independent(value, product)
    if share.stage != "sum" or product.closed or not known:
        return None
    step = op.machine.noted(product, "sink", op, operand=sink.expr, details=("output", row.kept), watch=value)
    return replace(row, share=replace(share, stage="logit", step=step))


@rule("sigmoid")
def keys_share(op: Operation) -> Result:
    """The sigmoid of that logit: what multiplies the product with V."""
    logit = (op.bind("input") or {}).get("input")
    value = logit.value if logit is not None else None
    if not isinstance(value, RowShift) or value.share is None or value.share.stage != "logit":
        return None
    return replace(value, share=replace(value.share, stage="share"))


def sink_on_output(op: Operation, row: RowShift, share: Share, context: Operand) -> Result:
    """`(probabilities @ V) * share`: the softmax has a sink as well, as one more key, whose value is zeros."""
    product, machine = row.product, op.machine
    step, met = share.step, product.context
    if share.stage != "share" or share.wide or not row.kept or context.value is not product.result:
        return None
    assert step is not None
    assert met is not None
    labels, _, out, first, _ = met.details
    own = row.axes[-2:] == ("l", "r") and product.key_axis == "r" and share.version == product.softmax_version
    straight = first and isinstance(labels, str) and isinstance(out, str) and labels[:-1] == out[:-1]
    alone = not any(s.kind in ("sink", "view") for s in product.steps)
    here = step.path == met.path == tuple(machine.path) and step.frame is met.frame is machine.frame
    if not (own and straight and alone and here and isinstance(op.expr, (Binary, Call))):
        return None
    product.steps.insert(product.steps.index(met), step)
    product.shared = Shared(op.expr, machine.statement, machine.frame, context.expr, context.value)
    assert isinstance(context.value, Opaque)
    product.result = replace(context.value)
    return product.result


@rule("where")
def where_fill(op: Operation) -> Result:
    """`torch.where(condition, scores, constant)` in either polarity; also `scores.where(condition, constant)`."""
    bound = op.bind("condition", "input", "other")
    if bound is None or len(bound) != 3:
        return _touched(op, "OPERAND", "where with arguments that the analysis does not know")
    condition, first, second = bound["condition"], bound["input"], bound["other"]
    if isinstance(first.value, Scores) and not isinstance(second.value, (Scores, Probs, RowShift)):
        return _fill(op, first.value, condition, second, "keep")
    if isinstance(second.value, Scores) and not isinstance(first.value, (Scores, Probs, RowShift)):
        return _fill(op, second.value, condition, first, "fill")
    return _touched(op, "NONLINEAR", "torch.where chooses between or by scores")


def _fill(op: Operation, scores: Scores, mask: Operand, value: Operand, kind: str) -> Result:
    if scores.sink:
        return op.loss("SINK", "the scores are filled after their sink was added")
    if scores.shifted:
        return _shifted(op)
    if scores.pending is not None:
        return op.loss("MASK_PRODUCT", "the scores are filled between a mask's product and its fill")
    if not isinstance(mask.value, Opaque) or not op.independent(mask.value, scores.product):
        return op.loss("NONLINEAR", "the mask depends on the scores")
    constant = at_most(value.value)
    if constant is None:
        return op.loss("FILL_UNKNOWN", "the scores are filled with a value that the source does not state")
    if constant > DECISIVE:
        return op.loss(
            "FILL_WEAK",
            f"the scores are filled with {constant:g}, which does not empty a position: adding it is not the same",
        )
    late = constant > SWALLOWING and any(step.kind == "shift" for step in scores.product.steps)
    if late and _biased(scores):
        return op.loss("SHIFT", "a constant is filled in that was not shifted as the scores around it were")
    # after a shift such a constant empties its places as long as nothing comes to the others that is like it
    filled = replace(scores, fill=_weakest(scores, constant), shifted=late)
    assert isinstance(value.value, Opaque)
    widened = op.machine.widened_by(filled, "add", value.value)  # `where` promotes, as a sum does
    # the bias is filled with the number alone
    filled = replace(widened, told=filled.told if widened.promoted == filled.promoted else "untold")
    number = op.machine.fillers.get(value.expr, value.expr)
    result = op.machine.step(filled, kind, op, operand=mask.expr, value=number, watch=mask.value)
    if isinstance(result, Scores) and filled.told == "maybe" and value.value.kind == "number":
        return replace(result, told="maybe")  # beside no tensor, it is filled into a zero of the scores' dtype
    return result


def _weakest(scores: Scores, constant: float) -> float:
    """The weakest constant filled in, once this one is too."""
    return constant if scores.fill is None else max(constant, scores.fill)


@rule("setitem")
def store_constant(op: Operation) -> Result:
    """`scores[index] = constant`, with a constant that swallows the score: a fill of what the index points at."""
    scores, value = op.operands[0].value, op.operands[-1]
    constant = numeric(value.value)
    if not isinstance(scores, Scores) or scores.sink or scores.pending is not None or scores.shifted:
        return None
    if constant is None or constant > SWALLOWING:
        return None
    if not all(op.independent(operand.value, scores.product) for operand in op.operands[1:]):
        return None
    filled = replace(scores, fill=_weakest(scores, constant))
    details = (scores.axes, scores.natural, scores.views)
    return op.machine.step(filled, "store", op, operand=op.expr, value=value.expr, details=details)


@rule("clamp", "clip", "clamp_min", "maximum")
def clamp_to_minimum(op: Operation) -> Result:
    """`clamp(min=finfo.min)` and `maximum(scores, finfo.min)`, either order, leave every live position as it is."""
    bound = op.bind("input", "min") or op.bind("input", "other")
    if bound is not None and len(bound) == 2:
        for scores, least in _both_orders(*bound.values()):
            lowest = numeric(least.value)
            if not isinstance(scores.value, Scores) or scores.value.pending is not None:
                continue
            if lowest is not None and lowest <= SWALLOWING:
                return op.machine.step(scores.value, "clamp", op, operand=least.expr)
    return _touched(op, "CLAMP", "the scores are clamped to a range that live scores, or masked ones, can reach")


@rule("max")
def maximum(op: Operation) -> Result:
    """Along an axis a row constant; of two tensors as `torch.maximum`."""
    return row_constant(op) or clamp_to_minimum(op)


@rule("amax", "mean", "logsumexp")
def row_constant(op: Operation) -> Result:
    """The maximum, mean or log-sum-exp along the last axis, or of all: what the softmax does not see if that axis is
    the keys'."""
    bound = op.bind("input", "dim", "keepdim")
    if bound is None or "input" not in bound or not isinstance(bound["input"].value, Scores):
        return None
    scores = bound["input"].value
    if op.name == "mean" and _biased(scores):
        return op.loss("SHIFT", "the mean of masked scores is as large as the mask's constant, and swallows the rest")
    kept, axes = True, tuple[str, ...]()
    if len(bound) > 1:
        if "dim" not in bound or whole_number(bound["dim"].value) != -1:
            return None
        keep = bound["keepdim"].value if "keepdim" in bound else None
        kept, axes = isinstance(keep, Opaque) and keep.constant is True, scores.axes
    share = Share("sum", scores.version, wide=scores.upcast is not False) if op.name == "logsumexp" else None
    op.machine.rows += 1
    return RowShift(scores.product, kept, axes, wrapped=op.name == "max", share=share)


# --- casts and shapes -------------------------------------------------------------------------------------------


FLOATING = ("torch.float32", "torch.float")
DTYPES = tuple(
    f"torch.{name}"
    for name in (
        "float",
        "half",
        "double",
        "bfloat",
        "int",
        "uint",
        "long",
        "short",
        "bool",
        "char",
        "byte",
        "complex",
    )
)
"""How the names of dtypes begin."""


def floating_of(value: Value) -> bool | None:
    """Whether a dtype, or that of a tensor, is floating: float32, or what the model runs in as far as the source says.
    As `Opaque.floating`."""
    if isinstance(value, Symbol):
        return value.path in FLOATING
    return value.floating if isinstance(value, Opaque) else False


def wide_of(value: Value) -> Width:
    """Which dtype a dtype is, or a tensor's, if the source says one that may be wider than the model's."""
    if isinstance(value, Symbol):
        name = value.path.removeprefix("torch.")
        return "float32" if name in ("float", "float32") else "float64" if name in ("double", "float64") else ""
    return value.wide if isinstance(value, Opaque) else ""


def narrow_of(value: Value) -> bool:
    """Whether a dtype, or that of a tensor, is one that the source says and that is narrower than float32."""
    if isinstance(value, Symbol):
        return value.path.removeprefix("torch.") in ("half", "float16", "bfloat16") or "float8" in value.path
    return isinstance(value, Opaque) and value.narrow


def keeps_numbers(value: Value) -> bool:
    """Whether a cast to a dtype, or to a tensor's, leaves the scores what they are, as far as the source says."""
    return floating_of(value) is not False


SAME_NUMBERS = ("float", "half", "bfloat16", "double", "contiguous", "clone", "type_as", "to", "type")
"""Methods of a tensor that cast, move or copy it."""


@rule(*SAME_NUMBERS)
def cast(op: Operation) -> Result:
    """Floating casts, device moves and copies: the same numbers."""
    if not op.operands or not isinstance(op.operands[0].value, (Scores, Probs, RowShift)):
        return None
    target = op.operands[0].value
    if isinstance(target, RowShift):
        return replace(target, share=_cast_share(op, target.share))
    others = [*op.operands, *(o for k, o in op.keywords.items() if k in ("dtype", "other"))]
    unknown = set(op.keywords) - {"dtype", "device", "other", "copy", "non_blocking", "memory_format"}
    upcast = op.name == "float"
    for operand in others:
        value = operand.value
        if isinstance(value, Symbol) and keeps_numbers(value):
            upcast = True
        elif isinstance(value, Symbol) and op.machine.has_dtype(target, value.path):
            pass
        elif isinstance(value, Opaque) and value.kind in ("dtype", "tensor", "row", "scalar", "unknown"):
            if isinstance(target, Scores) and (not op.machine.floating(value) or value.narrow):
                unknown.add("?")
        elif (isinstance(value, Opaque) and value.kind == "device") or isinstance(value, (Scores, Probs)):
            pass
        else:
            unknown.add("?")
    if op.name in ("half", "bfloat16", "double") or unknown:
        return op.loss("CAST", "the scores are cast to what is not known to be float32 or the dtype that they have")
    if isinstance(target, Probs) and op.name == "clone" and not target.product.closed:
        return replace(target)  # what was copied goes on as well
    typed = [o for o in others[1:] if not (isinstance(o.value, Opaque) and o.value.kind == "device")]
    dtypes = [o.value for o in typed]
    own = [d for d in dtypes if isinstance(of := op.machine.dtypes.get(d), Scores) and of.version == target.version]
    if not upcast and len(own) == len(dtypes):
        return op.machine.step(target, "same", op)
    if isinstance(target, Probs):
        if target.whole:
            return op.loss("CAST", "the probabilities are cast again from what may be whole numbers")
        sure = all(map(op.machine.has_floating, dtypes))
        count = None if target.casts is None else target.casts + 1
        given = Symbol("torch.float32") if op.name == "float" else dtypes[-1]
        before, of = target.product.cast, op.machine.dtypes.get(given, given)
        if before is not None and before.again(target, of, op.machine.current.get(target.product)):
            return before.made
        made = op.machine.step(replace(target, casts=count, whole=not sure, given=given), "pcast", op)
        target.product.cast = CastOnce(target.version, of, made) if isinstance(made, Probs) else None
        return made
    # what a bias was before it was cast along is no matter
    kept: Told = "same" if target.told == "same" else "none"
    told: Told = kept if upcast or target.told == "none" else "untold"
    rounded = None if upcast else target.rounded
    widths, said = target.product.widths, set(map(wide_of, dtypes))
    back = upcast or widths | said <= {"", "own"} or said == widths
    promoted: Width = "" if back else "other"  # the operands may be of another dtype than the one that is cast to
    cast_to = replace(target, upcast=upcast, promoted=promoted, told=told, rounded=rounded)
    if back:
        return op.machine.step(cast_to, "upcast" if upcast else "cast", op)
    return op.machine.step(replace(cast_to, told="untold"), "recast", op, operand=typed[-1].expr)


def _cast_share(op: Operation, share: Share | None) -> Share | None:
    """A share after a cast: it gives the output its dtype."""
    if share is None:
        return None
    for value in (o.value for o in (*op.operands, *op.keywords.values())):
        if op.machine.has_floating(value) is False:
            return None
        if isinstance(value, Symbol) or (isinstance(value, Opaque) and value.kind != "device"):
            share = replace(share, wide=isinstance(value, Symbol))
    return replace(share, wide=True) if op.name == "float" else share


def sizes(op: Operation) -> tuple[tuple[Expr, ...], int | None] | None:
    """The sizes of `view(a, b)`, `view((a, b))` or `view(size)`, and how many they are where that is known; None where
    they may be something else."""
    given = op.operands[1:]
    if len(given) != 1:
        return tuple(operand.expr for operand in given), len(given)
    value, expr = given[0].value, given[0].expr
    if isinstance(value, Record) and value.sure is None:
        return (expr,), len(value.items)
    return ((expr,), None) if isinstance(value, Opaque) and value.kind == "size" else None


@rule("view", "reshape")
def view_of_leading_axes(op: Operation) -> Result:
    """A view that splits or merges leading axes; that the last two stay queries and keys is checked at run time."""
    if not op.operands:
        return None
    target = op.operands[0].value
    if not isinstance(target, (Scores, Probs)):
        return None
    found, rows = sizes(op), target.axes[-2:]
    if found is None or target.sink or sorted(rows) != ["l", "r"]:
        return op.loss("VIEW", "the scores are reshaped in a way that the analysis does not read")
    given, count = found
    if count is not None and count < 3:
        return op.loss("VIEW", "the scores are reshaped to fewer than three axes")
    if isinstance(target, Probs):
        if target.product.closed:
            return op.loss("AFTER", "the probabilities are reshaped after they met the values")
        if target.views is None or target.axes != target.natural:
            return op.loss("VIEW", "the probabilities are reshaped while their axes are transposed, or may be")
        reshaped = Reshape(given, op.machine.frame, op.machine.statement, tuple(op.machine.path))
        return replace(
            target, axes=("...", *rows), natural=("...", *rows), views=(*target.views, op.expr), reshaped=reshaped
        )
    if target.pending is not None:
        return op.loss("VIEW", "the scores are reshaped between a mask's product and its fill")
    if leading(target.axes) != leading(target.natural):
        return op.loss("VIEW", "the scores are reshaped after their leading axes changed places")
    axes = ("...", *rows) if count is None else (*(f"#{i}" for i in range(count - 2)), *rows)
    earlier = sum(step.kind == "view" for step in target.product.steps)
    viewed = replace(target, axes=axes, natural=axes, views=earlier + 1)
    return op.machine.step(viewed, "view", op, details=(*given, rows))


@rule("transpose", "swapaxes", "swapdims")
def transpose(op: Operation) -> Result:
    """Two axes change places."""
    if not op.operands or not isinstance(op.operands[0].value, (Scores, Probs)):
        return None
    target = op.operands[0].value
    bound = op.bind("input", "dim0", "dim1")
    if bound is None or len(bound) != 3:
        return op.loss("TRANSPOSE", "the scores are transposed in a way that the analysis does not read")
    one, two = (axis_place(target.axes, whole_number(bound[name].value)) for name in ("dim0", "dim1"))
    if one is None or two is None:
        return op.loss("TRANSPOSE", "the scores are transposed along an axis whose meaning is not known")
    order = list(range(len(target.axes)))
    order[one], order[two] = order[two], order[one]
    return permuted(op, target, tuple(order))


@rule("permute")
def permute(op: Operation) -> Result:
    """Axes in a stated order."""
    if not op.operands or not isinstance(op.operands[0].value, (Scores, Probs)):
        return None
    target = op.operands[0].value
    values = [operand.value for operand in op.operands[1:]]
    if len(values) == 1 and isinstance(values[0], Record) and values[0].sure is None:
        values = [*values[0].items]
    numbers = [number for number in map(whole_number, values) if number is not None]
    target = _counted(target, len(values))
    count = len(target.axes)
    if len(numbers) != len(values) or not set(numbers) <= set(range(-count, count)):
        return op.loss("TRANSPOSE", "the scores are permuted in an order that the source does not state")
    return permuted(op, target, tuple(number % count for number in numbers))


def _counted(target: Scores | Probs, count: int) -> Scores | Probs:
    """Scores or probabilities whose axes an operation counts, which may say how many leading ones there are."""
    if target.axes[0] != "..." or target.axes != target.natural or count < len(target.axes):
        return target
    axes = (*(f"#{place}" for place in range(count + 1 - len(target.axes))), *target.axes[1:])
    target.product.leading = leading(axes)
    return replace(target, axes=axes, natural=axes)


@rule("einops.rearrange")
def rearrange(op: Operation) -> Result:
    """Axes in the order that a pattern of einops says, where it splits and joins none."""
    if not op.operands or not isinstance(op.operands[0].value, (Scores, Probs)):
        return None
    pattern = op.operands[1].value if len(op.operands) == 2 and not op.keywords else None
    text = pattern.constant if isinstance(pattern, Opaque) and isinstance(pattern.constant, str) else ""
    before, _, after = (side.split() for side in text.partition("->"))
    if not before or sorted(before) != sorted(after) or not all(word.isidentifier() for word in before):
        return op.loss("TRANSPOSE", "the scores are rearranged in a way that the analysis does not read")
    return permuted(op, op.operands[0].value, tuple(before.index(word) for word in after))


def permuted(op: Operation, target: Scores | Probs, order: tuple[int, ...]) -> Result:
    """Scores or probabilities with their axes in another order."""
    if sorted(order) != list(range(len(target.axes))):
        return op.loss("TRANSPOSE", "the scores are permuted in a way that the analysis does not read")
    axes = tuple(target.axes[place] for place in order)
    if isinstance(target, Probs):
        if target.product.closed:
            return op.loss("AFTER", "the probabilities are permuted after they met the values")
        views = None if target.views is None else (*target.views, op.expr)
        return replace(target, axes=axes, views=views)
    if target.views and leading(axes) != leading(target.axes):
        return op.loss("TRANSPOSE", "the scores' leading axes change places after they were reshaped")
    return op.machine.step(replace(target, axes=axes), "permute", op, details=order)


# --- softmax, dropout -------------------------------------------------------------------------------------------


@rule("softmax")
def softmax(op: Operation) -> Result:
    """Softmax over a stated axis; the axis it runs over is the key axis."""
    bound = (
        op.bind("input", "dim", "_stacklevel", "dtype")
        if "_stacklevel" in op.keywords
        else op.bind("input", "dim", "dtype")
    )
    if bound is None or "input" not in bound:
        return _touched(op, "SOFTMAX_AXIS", "softmax with arguments that the analysis does not know")
    value = bound["input"].value
    if isinstance(value, Opaque):
        if value.depends:
            loss = value.loss or op.loss("NONLINEAR", "the softmax's operand is not affine in a product")
            return Opaque("tensor", depends=value.depends, loss=loss, lost_probs=replace(loss))
        return None
    if not isinstance(value, Scores):
        return _touched(op, "NONLINEAR", "a second softmax is applied to the probabilities")
    dim = whole_number(bound["dim"].value) if "dim" in bound else None
    dtype = bound.get("dtype")
    if dtype is not None and not (_is_dtype(dtype.value) and keeps_numbers(dtype.value)):
        return op.loss("CAST", "the softmax's dtype is not known to be floating")
    place = axis_place(value.axes, dim)
    axis = value.axes[place] if place is not None else ""
    if axis not in ("l", "r"):
        return op.loss("SOFTMAX_AXIS", "the softmax runs over an axis that is not known to be the keys'")
    op.machine.taken_twice(op, value, axis)
    if value.pending is not None:
        return op.loss("MASK_PRODUCT", "the scores are multiplied by a mask without the matching fill behind it")
    rows = ("r", "l") if axis == "l" else ("l", "r")
    if any(step.kind == "view" and step.details[-1] != rows for step in value.product.steps):
        return op.loss("VIEW", "the scores are reshaped while their last two axes are (key, query)")
    if any(step.kind == "shift" and step.details != (axis,) for step in value.product.steps):
        return op.loss("SHIFT", "what was subtracted from the scores is not constant along the axis of the softmax")
    return op.machine.make_probs(op, value, axis, dtype)


def _is_dtype(value: Value) -> bool:
    return isinstance(value, Symbol) or (isinstance(value, Opaque) and value.kind in ("dtype", "none"))


def axis_place(axes: tuple[str, ...], dim: int | None) -> int | None:
    """Where axis `dim` stands among the labels; a positive one counts only where the rank is known."""
    if dim is None or dim not in range(-len(axes), len(axes)):
        return None
    return None if axes[dim] == "..." or ("..." in axes and dim >= 0) else dim


@rule("dropout", "feature_alpha_dropout")
def dropout(op: Operation) -> Result:
    """`torch.nn.functional.dropout`, or `torch.dropout`, on probabilities."""
    bound = op.bind("input", "p", "training", "inplace") or op.bind("input", "p", "train")  # the latter of `torch`
    if op.name != "dropout" or bound is None or "input" not in bound:
        return _touched(op, "DROPOUT", "a dropout that the analysis does not know")
    target = bound["input"].value
    if not isinstance(target, Probs):
        return _touched(op, "NONLINEAR", "dropout is applied to the scores before the softmax")
    p, inplace = bound.get("p"), bound.get("inplace")
    training = bound.get("training", bound.get("train"))
    return op.machine.drop(
        op, bound["input"], inplace.value if inplace else None,
        p=p.expr if p else None, training=training.expr if training else None, details=("functional",),
    )  # fmt: skip


def _both_orders(a: Operand, b: Operand) -> tuple[tuple[Operand, Operand], tuple[Operand, Operand]]:
    return (a, b), (b, a)


def _touched(op: Operation, code: str, message: str) -> Result:
    """A loss if the operation meets scores or probabilities, otherwise nothing."""
    for operand in (*op.operands, *op.keywords.values()):
        if isinstance(operand.value, (Scores, Probs, RowShift)):
            return op.loss(code, message)
    return None


# --- what opaque operations say of their result -----------------------------------------------------------------

ELEMENTWISE = frozenset(
    [
        "exp",
        "sqrt",
        "rsqrt",
        "log",
        "sigmoid",
        "abs",
        "neg",
        "reciprocal",
        "square",
        "clamp",
        "clip",
        "clamp_min",
        "clamp_max",
        "float",
        "half",
        "double",
        "bfloat16",
        "to",
        "type",
        "type_as",
        "contiguous",
        "clone",
        "detach",
        "softplus",
        "tanh",
        "relu",
        "pow",
        "*",
        "/",
        "+",
        "-",
        "**",
        "mul",
        "div",
        "add",
        "sub",
        "maximum",
        "minimum",
        "true_divide",
        "multiply",
        "exp2",
        "log2",
        "log1p",
        "//",
        "%",
    ]
)
FRESH = frozenset(
    ["einsum", "linear", "softmax", "clone", "cat", "stack", "where", "masked_fill", "exp", "sqrt", "rsqrt", "log",
     "sigmoid", "tanh", "sin", "cos", "+", "-", "*", "/", "**", "//", "%", "sum", "mean", "cumsum", "tril", "triu",
     "normalize", "new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "matmul", "bmm", "mm", "repeat",
     "repeat_interleave", "roll", "flip", "pad", "index_select", "gather"]
)  # fmt: skip
"""Operations whose result shares no memory with their operands."""
OPERATORS = frozenset(["+", "-", "*", "/", "**", "//", "%", "&", "|", "^"])
"""Of lists and dicts they make others that hold the same tensors."""
WHOLE = frozenset(
    ["half", "bfloat16", "double", "int", "long", "bool", "byte", "short", "char", "arange", "argmax", "argmin",
     "argsort", "randint", "bucketize", "one_hot", "count_nonzero", "nonzero", "LongTensor", "IntTensor",
     "BoolTensor", "HalfTensor", "BFloat16Tensor", "DoubleTensor", "eq", "ne", "lt", "le", "gt", "ge", "isnan",
     "isinf", "logical_not", "logical_and", "logical_or", "any", "all", "max", "min", "sort", "topk", "cummax",
     "cummin", "kthvalue", "median", "nanmedian", "mode", "frexp", "float_power", "greater", "greater_equal", "less",
     "less_equal", "not_equal", "isreal", "asarray", "&", "|", "^", "argwhere", "bincount", "isclose", "isfinite",
     "isneginf", "isposinf", "logical_xor", "multinomial", "randint_like", "randperm", "searchsorted", "signbit",
     "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "isin", "tril_indices", "triu_indices"]
)  # fmt: skip
"""Operations whose result is whole numbers or truth values, or may be, or is of another precision."""
CURVED = frozenset(["tanh", "sigmoid", "relu", "gelu", "silu", "softplus", "exp", "log", "pow", "abs", "square"])
"""Functions under which nothing stays affine, whatever scaled their operand."""
CASTS = frozenset(["to", "float", "int", "long", "type", "half"])
MASKLIKE = frozenset(
    [
        "view",
        "reshape",
        "expand",
        "unsqueeze",
        "to",
        "float",
        "int",
        "long",
        "type",
        "transpose",
        "permute",
        "half",
        "contiguous",
        "tril",
        "triu",
        "einops.rearrange",
        "einops.repeat",
    ]
)


OF_SIZES = frozenset(
    ["view", "reshape", "expand", "unflatten", "flatten", "split", "chunk", "narrow", "select", "transpose", "permute",
     "squeeze", "unsqueeze", "movedim", "unbind", "tensor_split", "einops.rearrange", "einops.repeat"]
)  # fmt: skip
"""Views of their first operand: the others are sizes and axes."""


def opaque_result(op: Operation, values: Sequence[Opaque]) -> Opaque:
    """What is known of the result of an operation on opaque values, its operands and then its keywords: kind,
    constants, masks, aliases."""
    first = values[0] if values else Opaque()
    storages = op.machine.fresh()
    transposed = op.name == "einsum" and len(values) == 2  # a view of the one operand
    if op.name not in FRESH or transposed:
        behind = frozenset[int]().union(*(v.storages for v in values[1:]))
        if op.name in OF_SIZES and op.operands:  # without, the tensor is among the keywords
            behind -= op.machine.settings
        storages = storages.union(first.storages, behind)
    depends = frozenset[Product]().union(*(v.depends for v in values))
    loss = next((v.loss for v in values if v.loss is not None), None)
    lost_probs = next((v.lost_probs for v in values if v.lost_probs is not None), None)
    if loss is not None and loss.code == "SCALE_SHAPE" and op.name in CURVED:
        # a scale in doubt is no longer what stands in the way
        loss = op.loss("NONLINEAR", f"the scores are not affine in Q Kᵀ: `{op.name}` has no rule for them")
    result = Opaque(
        "unknown", storages=storages, depends=depends, loss=loss, lost_probs=lost_probs,
        floating=result_floats(op, values), narrow=_narrowed(op, values),
        single=_single(op, values),
        wide=_widened(op, values),
    )  # fmt: skip
    if op.name in ELEMENTWISE:
        computed = values[:1] if op.name in RETYPED else values
        kinds = {kind_of(v) for v in computed}
        if kinds.issubset(("number", "scalar", "row")):
            result = replace(result, kind=next((k for k in ("row", "scalar", "number") if k in kinds), "unknown"))
        elif all(
            # a root or a power of an argument is most often that of a size
            v.perhaps_number or kind_of(v) in ("number", "scalar", "row") or (v.given and op.name == "**")
            for v in computed
        ):
            result = replace(result, perhaps_number=True)
        number = _arithmetic(op.name, values)
        if op.name in ("detach", "clone", "contiguous", *RETYPED) and op.machine.float_dtype(
            op.operands[1:], op.keywords
        ):
            number = numeric(first)
        result = replace(result, constant=number, positive=_positive(op.name, values, result.floating))
    shaped = _shape_kind(op, values)
    if shaped is not None:
        result = replace(result, kind=shaped)
    retyped = op.name == "view" and values[-1].kind == "dtype"  # the same bits, other numbers
    if op.name in MASKLIKE and first.mask is not None and not retyped:
        result = replace(result, mask=first.mask if op.name in CASTS else (next(iter(op.machine.fresh())), False))
    if op.name == "-" and numeric(first) == 1.0 and values[1].mask is not None:
        identity, complement = values[1].mask
        result = replace(result, mask=(identity, not complement))
    if op.name == "*":
        for constant, mask in (values, values[::-1]):
            number = numeric(constant)
            if number is not None and mask.mask is not None:
                result = replace(result, fill=(*mask.mask, number))
    return result


RETYPED = ("to", "type", "type_as")
"""Operations whose other operand says a dtype."""


TENSORS = ("scalar", "row", "tensor", "unknown")
"""Kinds of what may be a tensor."""
WITH_AXES = ("row", "tensor", "unknown")
"""Kinds of what may be a tensor of more than one number: a 0-dim one widens no other."""


def said_dtypes(op: Operation) -> list[Opaque]:
    """What says of which dtype the result is, or may: `dtype=`, or the other operand of a cast."""
    values = [o.value for o in (*op.operands[1:], *op.keywords.values()) if isinstance(o.value, Opaque)]
    if "dtype" not in op.keywords and op.name not in RETYPED:  # as in `torch.softmax(x, -1, torch.float32)`
        return [v for v in values if v.kind == "dtype"]
    return [v for v in values if v.kind not in ("none", "device", "number", "string")]


def result_floats(op: Operation, values: Sequence[Opaque]) -> bool | None:
    """Whether the result of an operation on opaque values is of a floating dtype."""
    if said := said_dtypes(op):
        return all_floating(map(op.machine.has_floating, said))
    if op.name in WHOLE or op.name == "type":  # a type that is named by a string may be any
        return False
    if op.name == "float":
        return True
    tensors = [op.machine.has_floating(v) for v in values if v.kind in TENSORS]
    found = all_floating(tensors)
    return None if found and op.name not in STAY_FLOATING else found


def _narrowed(op: Operation, values: Sequence[Opaque]) -> bool:
    """Whether the result of an operation is of a narrow dtype, as far as the source says."""
    if said := said_dtypes(op):
        return any(map(narrow_of, said))
    if op.name in ("float", "double"):
        return False
    return op.name in ("half", "bfloat16", "HalfTensor", "BFloat16Tensor", "type") or any(map(narrow_of, values))


def _single(op: Operation, opaques: Sequence[Opaque]) -> bool:
    """Whether an operation leaves size 1 along an axis: as a sum that keeps it, or a part of one."""
    kept = op.keywords.get("keepdim")
    if kept is not None and isinstance(kept.value, Opaque) and kept.value.constant is not False:
        return True
    if op.name == "narrow":
        length = op.operands[-1].value if len(op.operands) == 4 else Opaque()
        return numeric(length) in (1.0, None)
    tensors = [v for v in (opaques[:1] if op.name in RETYPED else opaques) if v.kind in WITH_AXES]
    return op.name in ELEMENTWISE | SAME_RANK | {"permute"} and bool(tensors) and all(v.single for v in tensors)


def _widened(op: Operation, values: Sequence[Opaque]) -> Width:
    """Of which dtype the result of an operation is, where the source says it."""
    if said := said_dtypes(op):
        width = widest(map(wide_of, said))
        device = op.name in RETYPED and all(v.kind in ("unknown", "config") for v in said)  # or it may be one
        return either_width(width, values[0].wide) if device else width
    if op.name in SAID:
        return SAID[op.name]
    if op.name in WHOLE and op.name not in PROMOTING:
        return "whole"
    tensors = [v for v in values if v.kind in WITH_AXES]
    widths = {v.wide for v in tensors} or {v.wide for v in values if v.kind == "scalar"}
    if not widths:
        return _of_numbers(op, values)
    if not widths <= {"whole"}:
        return _common(op, widths, tensors)
    return _of_whole_numbers(op, values)


def _of_numbers(op: Operation, values: Sequence[Opaque]) -> Width:
    """What comes of numbers alone."""
    widths = {v.wide for v in values}
    if op.name not in OPERATORS:
        return "other"
    if op.name == "/" or "default" in widths:
        return "default"
    return "whole" if widths == {"whole"} and op.name != "**" else ""


def _common(op: Operation, widths: set[Width], tensors: Sequence[Opaque]) -> Width:
    """What comes of operands of these dtypes."""
    unknown = {v.wide for v in tensors if v.kind == "unknown"}
    computed = op.name in ELEMENTWISE | PROMOTING
    unsure = all(v.kind == "unknown" for v in tensors if v.wide in ("", "own"))
    if computed and unsure and "whole" in widths and widths - {"whole"} <= {"", "own"}:
        return "other"  # what is unknown may be a number
    widths -= {"whole"}
    if len(widths) == 1 or widths <= {"", "own", "unsaid"}:
        return widest(widths)
    # of what is not known to have axes, the dtype may count for nothing
    return widest(widths) if computed and unknown <= {"", "own", "whole"} else "other"


def _of_whole_numbers(op: Operation, values: Sequence[Opaque]) -> Width:
    """What comes of whole numbers, and of numbers and 0-dim tensors beside them."""
    if op.name not in ELEMENTWISE | PROMOTING:
        return "whole" if op.name in STAY_WHOLE else "other"
    width = number_width(v for v in values if v.kind in ("number", "config", "scalar"))
    if op.name in FLOATING_RESULT and width == "whole":
        return "other" if "rounding_mode" in op.keywords else "default"
    return width


def number_width(values: Iterable[Value]) -> Width:
    """The dtype of a tensor that is made of numbers, or of tensors."""
    widths: set[Width] = set()
    for value in values:
        if isinstance(value, Opaque) and value.kind in ("scalar", "row", "tensor"):
            widths.add(value.wide)
        else:
            widths.add(value.wide or "other" if isinstance(value, Opaque) and value.kind == "number" else "other")
    return widest(widths - {"whole"}) if widths - {"whole"} else "whole"


SAID: dict[str, Width] = {
    "float": "float32", "half": "", "bfloat16": "", "HalfTensor": "", "BFloat16Tensor": "", "double": "float64",
    "DoubleTensor": "float64", "float_power": "float64", "asarray": "other", "frexp": "other", "type": "other",
    "FloatTensor": "float32",
}  # fmt: skip
"""Operations that say the dtype of their result by their names."""
PROMOTING = frozenset(
    ["where", "maximum", "minimum", "fmax", "fmin", "addcmul", "addcdiv", "lerp", "cat", "stack", "max", "min", "sort",
     "topk", "cummax", "cummin", "kthvalue", "median", "nanmedian", "mode"]
)  # fmt: skip
"""Operations beside the arithmetic ones whose result is of the widest of their operands' dtypes, or part of it."""


STAY_WHOLE = MASKLIKE | {
    "sum", "prod", "cumsum", "cumprod", "squeeze", "flatten", "unflatten", "expand_as", "view_as", "reshape_as",
    "repeat", "repeat_interleave", "tile", "broadcast_to", "swapaxes", "swapdims", "movedim", "unbind", "chunk",
    "split", "narrow", "select", "gather", "index_select", "take_along_dim", "flip", "roll", "masked_fill", "pad",
}  # fmt: skip
"""Operations beside the arithmetic ones that make whole numbers of whole numbers."""
FLOATING_RESULT = frozenset(
    ["/", "div", "true_divide", "exp", "exp2", "sqrt", "rsqrt", "log", "log2", "log1p", "sigmoid", "tanh",
     "reciprocal"]
)  # fmt: skip
"""Elementwise operations that make floating numbers of whole ones."""


STAY_FLOATING = (
    ELEMENTWISE | MASKLIKE | {"+", "-", "*", "/", "sum", "mean", "amax", "max", "clone", "detach"}
) - WHOLE
"""Operations on floating tensors whose result is floating."""


SAME_RANK = frozenset(
    {"transpose", "swapaxes", "swapdims", "contiguous", "float", "to", "type", "type_as", "half", "clone", "detach"}
)


def rank_of(op: Operation) -> int | None:
    """How many axes the result of an operation on a tensor has, where that is known."""
    values = [operand.value for operand in (*op.operands, *op.keywords.values())]
    if op.name in ("view", "reshape", "permute"):
        _, count = sizes(op) or ((), None)
        whole = len(values) == 2 and numeric(values[1]) is not None  # `view(-1)`
        return 1 if whole else count or None
    if op.name == "flatten":
        bound = op.bind("input", "start_dim") or {}
        start = numeric(bound["start_dim"].value) if bound.keys() == {"input", "start_dim"} else None
        return int(start) + 1 if start is not None and start >= 0 else None  # what has no such axis is an error
    if op.name in SAME_RANK or op.name == "unbind":  # what is taken from a tuple of tensors has one axis less
        return values[0].rank if values and isinstance(values[0], Opaque) else None
    if op.name in ("*", "/"):
        tensors = [v for v in values if not isinstance(v, Opaque) or v.kind not in ("number", "scalar")]
        alone = tensors[0] if len(tensors) == 1 else None
        return alone.rank if isinstance(alone, Opaque) else None
    return None


def _shape_kind(op: Operation, values: Sequence[Opaque]) -> str | None:
    """Kind "row" where the last axis of the result has size 1, "tensor" where that is not known."""
    last = numeric(values[-1]) if values else None
    if op.name in ("view", "reshape", "expand"):
        return "row" if last == 1 or (op.name == "expand" and last == -1 and values[0].kind == "row") else "tensor"
    if op.name == "unsqueeze":
        return "row" if last == -1 else "tensor"
    keep = op.keywords.get("keepdim")
    if op.name in ("sum", "mean", "amax", "amin", "norm", "any", "all") and keep is not None:
        dim = op.keywords.get("dim", [*op.operands[1:], keep][0])
        kept = isinstance(keep.value, Opaque) and keep.value.constant is True
        return "row" if kept and whole_number(dim.value) == -1 else "tensor"
    return None


def _arithmetic(name: str, values: Sequence[Opaque]) -> float | None:
    """What an operator makes of two known numbers."""
    numbers = [number for number in map(numeric, values) if number is not None]
    if not len(numbers) == len(values) == 2:
        return None
    a, b = numbers
    try:
        if name == "/":
            return a / b
        if name == "**":
            power = float(a) ** b  # of whole numbers it may have no end
            return power if isinstance(power, float) else None  # of a negative number it may be complex
        return {"+": a + b, "-": a - b, "*": a * b}.get(name)
    except (ArithmeticError, ValueError):
        return None


def _positive(name: str, values: Sequence[Opaque], floating: bool | None) -> bool:
    """Whether all numbers in the result are above zero."""
    if name in ("exp", "sqrt", "rsqrt", "softplus", "sigmoid", "exp2"):
        return True
    signs = [v.positive for v in values]
    if name in ("**", "pow", "float", *RETYPED):
        # the base's sign is the power's; what follows a cast is its dtype, in which a half may be zero
        power = numeric(values[1]) if name in ("**", "pow") and len(values) == 2 else None
        of_numbers = all(kind_of(v) == "number" for v in values)
        base = numeric(values[0])
        if of_numbers and power is not None and power != int(power) and (base is None or base > 0):
            return True  # a root of a negative number is no real one, and an error in a softmax
        return signs[:1] == [True] and floating is not False
    return name in ("*", "/", "+", "mul", "div", "add") and all(signs)


def is_one(expr: Expr) -> bool:
    """Whether an expression is the literal 1."""
    return isinstance(expr, Constant) and expr.value == 1
