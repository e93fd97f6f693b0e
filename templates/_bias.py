"""What source adds to its scores, computed apart from them, and without memory or steps that nobody needs."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from ._shapes import (
    Enlarged,
    broadcast_shape,
    count_entries,
    expanded,
    expands,
    scores_shape,
    view_plan,
    view_plan_before,
)
from ._state import implementation_of, is_recorded


def updated(bias: Any, sign: Literal["+", "-", "*", "/"], operand: Any, *, unsaved: bool = False) -> Any:
    """`bias + operand`, or with another sign; None where there is no bias.

    `bias` is nothing that anybody else reads: where the result has its shape and dtype, and no gradient is due, it is
    written into its memory. That gives the same numbers, and a large tensor takes most of its time to be allocated.
    What is `unsaved`, as a product of matrices is, has no part in what a backward pass needs of the step that made it,
    and is written to where gradients are due as well.
    """
    if bias is None:
        return None
    plain, in_place = _ARITHMETIC[sign]
    large = type(bias) is Tensor and bias.numel() >= _LARGE
    return (in_place if large and overwritable(bias, operand, unsaved=unsaved) else plain)(bias, operand)


def combined(bias: Any, sign: Literal["+", "-", "*", "/"], operand: Any) -> Any:
    """`bias + operand`, or with another sign, as a tensor of its own.

    Each layer of a model adds the same mask to the same bias. Where no gradient is due, a large result is written into
    the memory of the one that was made of either operand before, if nobody holds that any more.
    """
    if type(bias) is type(operand) is Tensor and (bias.numel() >= _HUGE or operand.numel() >= _HUGE):
        memory = _memory_for(bias, operand)
        if memory is not None:
            return _INTO[sign](bias, operand, out=memory)
    return bias + operand if sign == "+" else _ARITHMETIC[sign][0](bias, operand)


def augmented(
    bias: Any, sign: Literal["+", "-", "*", "/"], operand: Any, query: Tensor, dtype: torch.dtype | None = None
) -> Any:
    """What `scores += operand` makes of a bias, or an update with another sign: scores that are changed in place keep
    their dtype, whatever they meet, and so what the bias holds is rounded as they are.

    The scores' dtype is that of `query`, or `dtype` where that is wider, once `bias` was added.
    """
    kept = scores_dtype(query, bias)
    if dtype is not None:
        kept = torch.promote_types(kept, dtype)
    if bias is None:
        result = operand if sign == "+" else -operand
    else:
        result = _ARITHMETIC[sign][0](bias, operand)
    if not isinstance(result, Tensor) or result.dtype == kept:
        return result
    return cast_bias(result, kept) if result.is_floating_point() else result.to(kept)


def given(term: Any) -> Any:
    """What the source adds to its scores without asking whether it is there; None is an error there, too."""
    if term is None:
        raise TypeError("unsupported operand type(s) for +: 'Tensor' and 'NoneType'")
    return term


def recast(bias: Tensor | float | None, dtype: Any = torch.float32) -> Tensor | float | None:
    """A bias in the dtype, or that of the tensor, that the source has cast its scores to; numbers and None as they
    are."""
    return bias.to(dtype) if isinstance(bias, Tensor) else bias


def widened(bias: Tensor | float | None, query: Tensor, dtype: torch.dtype | None = None) -> Tensor | float | None:
    """A bias that is computed with, in a dtype that is no narrower than the scores' own: that of `query`, or `dtype`.
    Booleans and integers become what they are once they are added to scores, and numbers and 0-dim tensors, which
    promote no scores, 0-dim tensors of that dtype; None stays."""
    wanted = dtype or query.dtype
    if bias is None:
        return None
    if not isinstance(bias, Tensor):
        return query.new_full((), bias, dtype=wanted)
    if bias.dim() == 0:
        return bias.to(wanted)
    return bias if bias.dtype == wanted else bias.to(torch.promote_types(bias.dtype, wanted))


def promoted(factor: Tensor | float, query: Tensor) -> Tensor | float:
    """A factor that others are multiplied with, as it is once it has met the scores, which have the dtype of `query`:
    integers have limits of their own. Numbers, and the precision of a 0-dim tensor, stay."""
    if not isinstance(factor, Tensor) or factor.dtype == query.dtype:
        return factor
    return factor.to(torch.promote_types(factor.dtype, query.dtype))


def unfilled(query: Tensor, dtype: torch.dtype | None = None) -> Tensor | float:
    """0, for where a constant is not filled in that torch's default dtype may not hold: of the scores' dtype, which is
    that of `query`, or `dtype` where that is wider. The constant is rounded as they round it, or infinite as there."""
    wanted = query.dtype if dtype is None else torch.promote_types(query.dtype, dtype)
    return 0.0 if wanted == torch.get_default_dtype() else query.new_zeros((), dtype=wanted)


def at_least(bias: Tensor | float | None, lowest: Tensor | float) -> Tensor | float | None:
    """A bias where the source clamps its scores to a number that only masked ones reach; numbers and None stay."""
    if not isinstance(bias, Tensor):
        return bias
    if isinstance(lowest, (int, float)) and bias.is_floating_point():
        lowest = max(lowest, torch.finfo(bias.dtype).min)  # a bias may be narrower than the scores that it goes to
    return bias.clamp(min=lowest)


def additive(mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """A bool mask (True where a key is attended) as 0 and the smallest number of `dtype`; other masks unchanged."""
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, torch.finfo(dtype).min)


def view_bias(
    bias: Tensor | float | None, shape: Sequence[int], sizes: Sequence[int]
) -> tuple[Tensor | float | None, tuple[int, ...]]:
    """The bias of scores of `shape` after they are viewed with `sizes` (one may be -1), and the scores' new shape.

    Axes of size 1 stay so where the view leaves the axes they belong to together; otherwise the bias is expanded.
    """
    given = bias.shape if isinstance(bias, Tensor) else None
    if type(shape) is Enlarged or is_recorded():
        plan = view_plan(given, shape, tuple(sizes))
    else:
        plan = view_plan_before(given, shape, tuple(sizes))
    expanded, viewed, after = plan
    if isinstance(bias, Tensor):
        if given != expanded:
            bias = bias.expand(expanded)
        if viewed != expanded:
            bias = bias.reshape(viewed)
    return bias, after


def expand_bias(
    bias: Tensor | float | None, shape: Sequence[int], query: Tensor, dtype: torch.dtype | None = None
) -> Tensor:
    """The bias of scores of `shape` in full, for a function that takes the scores: zeros where there is none. What it
    was added to has its shape where that is the larger one. `dtype` is the scores' where it is not that of `query`."""
    wanted = dtype or query.dtype
    if isinstance(bias, Tensor):
        return bias.to(torch.promote_types(bias.dtype, wanted)).expand(expanded(shape, bias)).clone()
    return torch.zeros(tuple(shape), dtype=wanted, device=query.device)


def arrange(bias: Tensor | float | None, order: Sequence[int]) -> Tensor | float | None:
    """A bias with its last axes in another order; `order` counts from the end, and absent axes count as size 1."""
    if not isinstance(bias, Tensor):
        return bias
    missing = len(order) - bias.dim()
    if missing > 0:
        bias = bias[(None,) * missing]
    kept = bias.dim() - len(order)
    return bias.permute(*range(kept), *(place + bias.dim() for place in order))


def interface_causal(
    module: nn.Module, query: Tensor, attention_mask: Tensor | None, kwargs: Mapping[str, Any]
) -> bool | None:
    """Whether transformers' attention interface, asked without a mask, would let query `i` see the keys `0..i` only;
    None under "eager", which adds whatever mask it is given, a Boolean one as 1 and 0.

    Under "sdpa" the mask of a plain causal call is None, and a Boolean mask is True where a key is attended.
    """
    if implementation_of(module) != "sdpa":
        return None
    if attention_mask is not None or query.shape[-2] <= 1:
        return False
    is_causal = kwargs.get("is_causal")
    return bool(getattr(module, "is_causal", True) if is_causal is None else is_causal)


def interface_mask(module: nn.Module, attention_mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """A mask of the attention interface as something that can be added to scores: under "sdpa" a Boolean one becomes
    0 and the smallest number of `dtype`."""
    if implementation_of(module) != "sdpa":
        return attention_mask
    return additive(attention_mask, dtype)


def scores_dtype(query: Tensor, bias: Tensor | float | None, dtype: torch.dtype | None = None) -> torch.dtype:
    """The dtype of `query @ key.T`, cast to `dtype` if that is given, once `bias`, which may be of a wider one, was
    added to it. Numbers, and 0-dim tensors, widen no scores."""
    own = query.dtype if dtype is None else dtype
    # not `torch.result_type`, which torch.compile cannot follow
    return torch.promote_types(own, bias.dtype) if isinstance(bias, Tensor) and bias.dim() > 0 else own


def scores_like(
    query: Tensor, key: Tensor, *, shape: Sequence[int] | None = None, dtype: torch.dtype | None = None
) -> Tensor:
    """A tensor of the shape, dtype and device of `query @ key.T` for what reads these alone: one zero, expanded.
    `shape` and `dtype` are the scores' where they are others by now."""
    zero = torch.zeros((), dtype=dtype or query.dtype, device=query.device)
    return zero.expand(tuple(scores_shape(query, key) if shape is None else shape))


def cast_bias(bias: Tensor, dtype: torch.dtype) -> Tensor:
    """`bias` in `dtype`, where the smallest number of a wider type must not become -inf."""
    if torch.finfo(bias.dtype).min < torch.finfo(dtype).min:
        bias = bias.clamp(min=torch.finfo(dtype).min)
    return bias.to(dtype)


def causal_bias(bias: Tensor | float | None, rows: int, columns: int, like: Tensor | None = None) -> Tensor:
    """`bias` under which query `i` sees the keys `0..i` only, `(..., rows, columns)`; bool if `bias` is None or bool.

    The smallest number is added, as by the mask that eager would have: where the bias hides all that a query may see,
    what else is in it decides between the other keys.

    `like` gives the device where `bias` is None.
    """
    tensor = bias if isinstance(bias, Tensor) else like
    assert tensor is not None
    seen = torch.ones(rows, columns, dtype=torch.bool, device=tensor.device).tril()
    if not isinstance(bias, Tensor):
        return seen
    if bias.dtype == torch.bool:
        return bias & seen
    return torch.where(seen, bias, bias + torch.finfo(bias.dtype).min)


_ARITHMETIC: Mapping[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "+": (operator.add, operator.iadd),
    "-": (operator.sub, operator.isub),
    "*": (operator.mul, operator.imul),
    "/": (operator.truediv, operator.itruediv),
}
_LARGE = 2**16
"""Entries from which on a tensor's memory costs more than to see whether it can be used again."""


def overwritable(tensor: Any, operand: Any, *, unsaved: bool = False) -> bool:
    """Whether arithmetic of a tensor with `operand` gives its own shape and dtype, and nothing records it, or what
    records it has not saved the tensor, which is no view, since autograd copies around what is written to one."""
    if type(tensor) is not Tensor or tensor.numel() < _LARGE or is_recorded() or not tensor.is_floating_point():
        return False
    shared = type(operand) is Tensor
    if not shared and not isinstance(operand, (int, float)):
        return False
    recorded = torch.is_grad_enabled() and (tensor.requires_grad or (shared and operand.requires_grad))
    if recorded and (not unsaved or tensor._base is not None):
        return False
    if torch.result_type(tensor, operand) != tensor.dtype or 0 in tensor.stride():
        return False
    return not shared or expands(operand.shape, tensor.shape)


_INTO: Mapping[str, Callable[..., Tensor]] = {"+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div}
_HUGE = 2**20
"""Entries from which on memory comes from the system each time, and goes back: its first use costs ten times what
arithmetic does."""
_combined: MutableMapping[Tensor, Tensor] = WeakIdKeyDictionary()
"""By operand, and as long as it lives: the memory of what was made of it."""
_COMBINED_LOCK = threading.Lock()
_handles: Callable[[int], int] | None = getattr(torch._C, "_storage_Use_Count", None)
"""How many tensors, in Python or not, share a storage."""


def _memory_for(first: Tensor, second: Tensor) -> Tensor | None:
    """Memory for a large result of arithmetic on two tensors, None where it is better left to torch."""
    if _handles is None or not (first.is_cpu and second.is_cpu) or is_recorded():
        return None
    if torch.is_grad_enabled() and (first.requires_grad or second.requires_grad):
        return None
    shape, dtype = broadcast_shape(first.shape, second.shape), torch.result_type(first, second)
    if shape is None or not dtype.is_floating_point:
        return None
    with _COMBINED_LOCK:
        for operand in (first, second):
            kept = _combined.get(operand)
            if (
                kept is not None
                and kept.dtype == dtype
                and kept.numel() == count_entries(shape)
                and kept.is_inference() == torch.is_inference_mode_enabled()
                and _handles(kept.untyped_storage()._cdata) == 2  # its tensor and the handle that was just made
            ):
                break
        else:
            kept = torch.empty(count_entries(shape), dtype=dtype, device="cpu")
        for operand in (first, second):
            _combined[operand] = kept
        return kept.view(shape)
