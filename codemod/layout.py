"""Which axes of a product are which: how two operands lie to each other, and what indices and views do to them."""

from __future__ import annotations

from collections.abc import Sequence

from . import lower
from .lower import Expr
from .rules import is_one
from .values import Step, Symbol, Value


def changed(kind: str) -> str:
    """What an in-place change leaves of a kind: tensors keep their shape."""
    return kind if kind in ("scalar", "row", "tensor", "number", "none") else "unknown"


def named_alike(a: Value | None, b: Value | None) -> bool:
    """Whether both are the same named thing."""
    return isinstance(a, Symbol) and isinstance(b, Symbol) and a.path == b.path


def is_reshape(expr: Expr) -> bool:
    """Whether an expression is a call of `view` or `reshape`."""
    function = expr.function if isinstance(expr, lower.Call) else None
    return isinstance(function, lower.Attribute) and function.name in ("view", "reshape")


def misplaced(steps: Sequence[Step], axis: str) -> bool:
    """Whether a scale or a shift with a value for each row is along another axis than the keys', or the leading axes
    of the scores move away from it."""
    kinds = [step.kind for step in steps]
    for index, step in enumerate(steps):
        if (step.scale_kind == "row" or step.kind == "shift") and step.details != (axis,):
            return True
        if step.scale_kind == "row" and "permute" in kinds[index:]:
            return True
    return False


def without_last(indices: tuple[Expr, ...]) -> bool:
    """`[..., :-1]`: everything but the last column."""
    if len(indices) < 2 or not isinstance(indices[-1], lower.Slice):
        return False
    start, stop, step = (*indices[-1].parts, None, None)[:3]
    last = isinstance(stop, lower.Unary) and stop.op == "-" and is_one(stop.operand)
    whole = all(
        (isinstance(i, lower.Constant) and i.value is ...) or (isinstance(i, lower.Slice) and not any(i.parts))
        for i in indices[:-1]
    )
    ellipsis = any(isinstance(i, lower.Constant) and i.value is ... for i in indices[:-1])
    return last and start is None and step is None and whole and (ellipsis or len(indices) == 4)


def own_letters(left: str, right: str, out: str) -> tuple[str, str]:
    """The rows of each operand of a product: of the axes that it alone has, the last one in the result. The others are
    leading axes, along which the other operand is the same. "" where there is none."""

    def own(text: str, other: str) -> str:
        found = [x for x in out if x.isalpha() and x in text and x not in other]
        return found[-1] if found else ""

    return own(left, right), own(right, left)


def product_axes(left: str, right: str, out: str) -> tuple[str, ...] | None:
    """The axes of a product's scores if the contraction is `left rows x right rows` over one shared axis; an axis that
    one operand does not have is one of the leading ones."""

    def letters(text: str) -> list[str]:
        return list(text.replace("...", ""))

    a, b, o = letters(left), letters(right), letters(out)
    contracted = [x for x in a if x in b and x not in o]
    row, column = own_letters(left, right, out)
    if len(contracted) != 1 or not row or not column:
        return None
    if len(set(o)) != len(o) or sorted(o) != sorted({*a, *b} - {contracted[0]}):
        return None
    if ("..." in left) != ("..." in right) or ("..." in left) != ("..." in out):
        return None
    if "..." in out and not (out.startswith("...") and left.startswith("...") and right.startswith("...")):
        return None
    named = ["l" if x == row else "r" if x == column else f"#{x}" for x in o]
    return (*(("...",) if "..." in out else ()), *named)


def context_layout(axes: tuple[str, ...], key_axis: str, labels: str, other: str, out: str) -> bool | None:
    """Whether probabilities with `axes`, labelled `labels`, are contracted with the values over the key axis and keep
    their query axis."""
    query_axis = "l" if key_axis == "r" else "r"
    letters = list(labels.replace("...", ""))
    if "..." in labels:
        named = dict(zip(letters[::-1], axes[::-1], strict=False))
        if (
            len(letters) < 2
            or len(letters) > len(axes)
            or not labels.startswith("...")
            or not other.startswith("...")
            or not out.startswith("...")
        ):
            return None
    elif "..." in axes:
        if axes[0] != "..." or len(letters) < len(axes) - 1:
            return None
        named = dict(zip(letters[::-1], axes[:0:-1], strict=False))
    else:
        if len(letters) != len(axes):
            return None
        named = dict(zip(letters, axes, strict=True))
    key = next((letter for letter, axis in named.items() if axis == key_axis), None)
    query = next((letter for letter, axis in named.items() if axis == query_axis), None)
    if key is None or query is None:
        return None
    values, result = list(other.replace("...", "")), list(out.replace("...", ""))
    lead = [letter for letter in letters if letter not in (key, query)]
    extra = [letter for letter in values if letter not in letters]
    if key not in values or key in result or query not in result or query in values or len(extra) != 1:
        return None
    if sorted(result) != sorted([*lead, query, extra[0]]):
        return None  # a leading axis that the values do not have is one along which they are the same
    return True
