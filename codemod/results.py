"""What an operation on values that are no scores says of its result: kind, numbers, dtype, rank, aliases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .dtypes import narrow_of, wide_of
from .operations import Operation, kind_of, sizes
from .values import Opaque, Product, Value, Width, all_floating, either_width, numeric, whole_number, widest

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
    if op.name in ("chunk", "split", "tensor_split"):
        whole_rank = values[0].rank if values and isinstance(values[0], Opaque) else None
        return None if whole_rank is None else whole_rank + 1  # of the tuple, as of a tensor that is unbound
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
