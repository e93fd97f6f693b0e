"""An operation of torch as the rules see it, and the table that they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .lower import Expr
from .values import Loss, Opaque, Probs, Product, Record, RowShift, Scores, Value

if TYPE_CHECKING:
    from .chain import Chain


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


def touched(op: Operation, code: str, message: str) -> Result:
    """A loss if the operation meets scores or probabilities, otherwise nothing."""
    for operand in (*op.operands, *op.keywords.values()):
        if isinstance(operand.value, (Scores, Probs, RowShift)):
            return op.loss(code, message)
    return None


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
