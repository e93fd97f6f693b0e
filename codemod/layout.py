"""Which axes of a product are which: how two operands lie to each other, and what indices and views do to them."""

from __future__ import annotations

from collections.abc import Sequence

from . import lower
from .lower import Expr
from .values import Step, Symbol, Value


def named_alike(a: Value | None, b: Value | None) -> bool:
    """Whether both are the same named thing."""
    return isinstance(a, Symbol) and isinstance(b, Symbol) and a.path == b.path


def is_reshape(expr: Expr) -> bool:
    """Whether an expression is a call of `view` or `reshape`."""
    function = expr.function if isinstance(expr, lower.Call) else None
    return isinstance(function, lower.Attribute) and function.name in ("view", "reshape")


def misplaced(steps: Sequence[Step], axis: str) -> bool:
    """Whether a scale with a value for each row is along another axis than the keys', or the leading axes of the
    scores move away from it."""
    kinds = [step.kind for step in steps]
    return any(
        step.has_axes and (step.details != (axis,) or "permute" in kinds[index:]) for index, step in enumerate(steps)
    )


def is_one(expr: Expr) -> bool:
    """Whether an expression is the literal 1."""
    return isinstance(expr, lower.Constant) and expr.value == 1


def without_last(indices: tuple[Expr, ...]) -> bool:
    """`[..., :-1]`: everything but the last column."""
    if len(indices) != 2 or not isinstance(indices[1], lower.Slice):
        return False
    whole = isinstance(indices[0], lower.Constant) and indices[0].value is ...
    start, stop, step = (*indices[1].parts, None)[:3]
    last = isinstance(stop, lower.Unary) and stop.op == "-" and is_one(stop.operand)
    return whole and start is None and last and step is None


def own_letters(left: str, right: str, out: str) -> tuple[str, str]:
    """The rows of each operand of a product: of the axes that it alone has, the last one in the result. The others are
    leading axes, along which the other operand is the same. "" where there is none."""

    def own(other: str) -> str:
        found = [x for x in out if x not in other]
        return found[-1] if found else ""

    return own(right), own(left)


def product_axes(left: str, right: str, out: str) -> tuple[str, ...] | None:
    """The axes of a product's scores if the contraction is `left rows x right rows` over one shared axis; an axis that
    one operand does not have is one of the leading ones. No operand has a label twice, and torch sees to it that the
    output has none twice and none of its own."""
    a, b, o = ({*text.replace("...", "")} for text in (left, right, out))
    contracted = a & b - o
    row, column = own_letters(left, right, out)
    if len(contracted) != 1 or not row or not column or (a | b) - contracted != o:
        return None
    if not _ellipsis_first(left, right, out):
        return None
    named = ["l" if x == row else "r" if x == column else f"#{x}" for x in out.replace("...", "")]
    return (*(("...",) if "..." in out else ()), *named)


def context_layout(axes: tuple[str, ...], key_axis: str, labels: str, other: str, out: str) -> bool:
    """Whether probabilities with `axes`, labelled `labels`, are contracted with the values over the key axis and keep
    their query axis."""
    if not _ellipsis_first(labels, other, out):
        return False
    letters, values, result = (text.replace("...", "") for text in (labels, other, out))
    label = dict(zip(axes[::-1], letters[::-1], strict=False))
    key, query = label.get(key_axis), label.get("l" if key_axis == "r" else "r")
    lead, extra = {*letters} - {key, query}, {*values} - {*letters}
    if key not in {*values} or query in {*values} or len(extra) != 1:
        return False
    # along a leading axis that the values do not have they are the same
    return {*result} == lead | extra | {query}


def _ellipsis_first(*texts: str) -> bool:
    """Whether all of an equation's operands and its result begin with an ellipsis, or none has one."""
    places = {text.find("...") for text in texts}
    return places in ({0}, {-1})
