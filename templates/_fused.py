"""The way into scaled_dot_product_attention, and the way back.

Shapes, throughout: query `(*lead, query, head_dim)`, key `(*lead, key, head_dim)`, value `(*lead, key, value_dim)`;
`lead` has any rank and broadcasts, as for `torch.matmul`. A bias is None, an additive float tensor, or a bool tensor
with True where a key is attended; it broadcasts to the scores, `(*lead, query, key)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling

from ._bias import additive, cast_bias, causal_bias
from ._blocks import blocks_of, computed, joined
from ._eager import as_number, multiply_rows, repeat_heads
from ._masks import hides_nothing, is_just_causal, masked_rows, without_emptied_rows, without_filled_rows
from ._policy import ROWS_TO_COPY, eager_by_size, eager_wins, narrow_wins
from ._requests import is_fused_anew, requested, weights_requested
from ._shapes import (
    broadcast_shape,
    count_entries,
    expands,
    lead_plan,
    lead_plan_before,
    merge_lead,
    scores_shape,
    split_lead,
)
from ._state import is_autocast, is_forward, is_recorded, needs_gradient


class Call(NamedTuple):
    """The operands of one call of scaled_dot_product_attention, and what `restore` needs afterwards.

    `query`, `key` and `value` are `(batch, heads, length, dim)` and of one dtype; `bias` is None, 2-D or 4-D.
    """

    query: Tensor
    key: Tensor
    value: Tensor
    bias: Tensor | None
    scale: float
    is_causal: bool
    lead: tuple[int, ...] | None
    """The leading sizes to give back; None where the kernel's `(batch, heads)` are those already."""
    value_dim: int
    """The value's own head size; the operands may have been padded to another."""
    dtype: torch.dtype
    """The dtype to give back."""
    rows: Tensor | None = None
    """Where gradients are due, the rows that are masked as a whole, `(batch | 1, heads | 1, query, 1)`,"""
    emptied: Tensor | None = None
    """and where the source has put the bias in the place of the scores, in the bias's shape."""
    factor: Tensor | None = None
    """What multiplies the rows of the output; a bool tensor keeps them where it is True."""
    plain: bool = False
    """The kernel's output is the result as it stands."""
    grouped: bool = False
    """Whether key and value have fewer heads than the query, each for as many of its heads in a row."""
    others: tuple[list[Tensor], int] | None = None
    """Where the call is made in blocks, of which this is the first, the outputs of the others, and the queries of all.
    """


def fuse(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | float | None,
    scale: float | Tensor,
    dropout_p: float,
    *,
    causal: bool | None = None,
    shape: Sequence[int] | None = None,
    met: Sequence[int] | None = None,
    factor: Tensor | float | None = None,
    filled: Tensor | None = None,
    emptied: Tensor | None = None,
    sink: Tensor | None = None,
    groups: int | Tensor = 1,
    narrow: tuple[Tensor, Tensor] | None = None,
    weights: object = ...,
) -> Call | None:
    """The operands for the fused kernel, or None where `eager_attention` is to be run in its place.

    `shape` is the scores' shape at the softmax where the source views them as another than `(*lead, query, key)`, and
    `met` (one size may be -1) that of the probabilities where they meet the value, if they are viewed in between;
    `factor` multiplies the probabilities and has a last axis of 1; `filled`, of bool, is True where the source puts
    the bias in the place of the scores, so that the product counts for nothing, and `emptied` is the same where the
    bias swallows the product in any case, so that only gradients tell, of rows that are masked as a whole; `sink`,
    `(..., query | 1, 1)`, is the score of one more key, whose value is zero. `groups` repeats each head of key and
    value, `(batch, heads, key, dim)`, so often in a row, or, a tensor, each its own number of times; where the kernel
    takes them as they are, the call is `grouped`, and the kernel must be told so. `narrow` has query and key as they
    were before the source cast them to float32: a kernel computes in that by itself.

    `scale` is a number, a 0-dim tensor, or a tensor that broadcasts to the scores and has a last axis of 1; a tensor
    is folded into the query. `weights` is the argument by which the caller asks for the attention weights, None where
    it has none, and left out where nobody can be given them: None is returned where anybody asks, see
    `weights_requested`. `causal` lets query `i` see the keys `0..i` only (aligned top-left, as the kernel's
    `is_causal`). Each fused call is counted in `module._sdpa_calls`, but not while a compiler or exporter traces.
    """
    compiling = is_compiling()
    looked_at = query.is_cpu and not compiling
    recording = torch.is_grad_enabled()
    gradient = recording and (query.requires_grad or key.requires_grad or value.requires_grad)
    anew = False
    if looked_at:
        at_first, key_at_first = query.shape, key.shape
        if len(at_first) < 2 or len(key_at_first) < 2:
            return None
        scores = query.numel() * key_at_first[-2] // (at_first[-1] or 1)
        eager = eager_by_size(query.dtype, value.dtype, bias, at_first[-2], scores, gradient=gradient)
        if eager and not recording and not module.training:
            return None  # at once: the eager formula has the weights for whoever asks
        if (weights is not ... and requested(module, weights)) or is_forward():
            return None
        anew = module.training and weights is not ... and is_fused_anew(module, recording=recording)
        if eager and not anew:
            return None
    elif (weights is not ... and weights_requested(module, weights)) or is_forward():
        return None
    if type(scale) is not float:
        scale = as_number(scale)
    if bias is not None:
        if not isinstance(bias, Tensor):
            bias = None  # a number: the softmax does not see it
        elif causal is None and bias.dtype is torch.bool:
            bias = bias.to(query.dtype)  # source that adds a Boolean adds ones
    if narrow is not None and _casts_itself(narrow, query, key, value, bias, scale, gradient=gradient):
        query, key = narrow
    result: tuple[int, ...] | None = None
    if isinstance(groups, Tensor):  # each head a number of times of its own
        key, value, groups = repeat_heads(key, groups), repeat_heads(value, groups), 1
    if shape is not None or met is not None or factor is not None or sink is not None:
        if groups != 1:
            key, value, groups = repeat_heads(key, groups), repeat_heads(value, groups), 1
        if sink is not None and causal and query.shape[-2] > 1:
            # here, since the sink's column is no key that comes later
            bias, causal = causal_bias(bias, query.shape[-2], key.shape[-2], query), False
        prepared = _prepared(query, key, value, bias, shape, met, factor, sink)
        if prepared is None:
            return None
        query, key, value, bias, result, factor = prepared
    emptied = filled if emptied is None else emptied
    if emptied is not None and sink is None and query.dtype is torch.float16:
        query = without_emptied_rows(query, emptied)  # its smallest number swallows no score
    if sink is not None or not gradient:
        emptied = None
    if emptied is not None and not query.is_cpu:
        query = without_emptied_rows(query, emptied)  # nothing may be looked at: what is emptied bit by bit stays
    leaves_out = isinstance(factor, Tensor) and factor.dtype is torch.bool
    if gradient and leaves_out and bias is not None and bias.is_floating_point():
        # rows that count for nothing may be NaN, and NaN is what they would pass on then
        bias = torch.where(cast("Tensor", factor), bias, torch.zeros((), dtype=bias.dtype, device=bias.device))
    if looked_at and filled is None and factor is None and not dropout_p:
        plain = _plain_call(module, query, key, value, bias, scale, causal, groups, result, gradient, emptied)
        if plain is not None:
            return plain
    grouped = groups != 1 and _takes_groups(query, key, value, bias, groups)
    if groups != 1 and not grouped:
        key, value = repeat_heads(key, groups), repeat_heads(value, groups)
    if filled is not None and isinstance(bias, Tensor) and sink is None:
        counting = without_filled_rows(query, filled, bias)
        if counting is None:
            return None
        query = counting
    query_shape, key_shape, value_shape = query.shape, key.shape, value.shape
    if len(query_shape) < 2 or len(key_shape) < 2 or len(value_shape) < 2:
        return None
    if not compiling and (query_shape[-1] != key_shape[-1] or key_shape[-2] != value_shape[-2]):
        return None  # eager raises here; a compiler may not be able to compare them
    on_cpu = query.is_cpu
    if on_cpu and not anew and eager_wins(query, key, value, bias, dropout_p):
        return None

    # The dtype: the kernel takes one for q, k and v. Operands are widened to it, and narrowed by autocast alone.
    dtype, restored = query.dtype, value.dtype
    autocast = is_autocast(query)
    if autocast or dtype != key.dtype or dtype != restored or isinstance(scale, Tensor):
        if isinstance(scale, Tensor):
            if not expands(scale.shape, (*query_shape[:-1], 1)):
                return None
            query = query * scale
            scale = 1.0
        dtype = torch.promote_types(torch.promote_types(query.dtype, key.dtype), restored)
        if autocast and restored != torch.float64:
            restored = torch.get_autocast_dtype(query.device.type)
        if autocast and dtype != torch.float64:
            dtype = restored
        elif key.dtype != query.dtype:
            return None  # eager raises here, with a message of its own
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    if not dtype.is_floating_point:
        return None
    if type(scale) is float and not math.isfinite(scale):
        return None  # a kernel may skip what is multiplied by it
    if scale < 0:
        # The kernels for CUDA take the maximum of the scores before they scale.
        query, scale = -query, -scale

    # The shape: the kernel takes four axes, and the same two leading sizes everywhere.
    lead = query_shape[:-2]
    if not grouped and (key_shape[:-2] != lead or value_shape[:-2] != lead):
        broadcast = broadcast_shape(lead, key_shape[:-2], value_shape[:-2])
        if broadcast is None:
            return None
        lead = torch.Size(broadcast)
        query = query.expand(*lead, *query_shape[-2:])
        key = key.expand(*lead, *key_shape[-2:])
        value = value.expand(*lead, *value_shape[-2:])
    rows, columns = query_shape[-2], key_shape[-2]

    if bias is not None:
        if not expands(bias.shape, (*lead, rows, columns)):
            return None
        if gradient and not compiling and bias.is_inference():
            bias = bias.clone()  # the kernel keeps it for the backward, which a sum does not
        if emptied is not None:
            emptied = emptied.expand(bias.shape)
        bias_dtype = bias.dtype
        foreign = bias_dtype != dtype and bias_dtype != torch.bool
        if foreign and (bias_dtype == torch.float64 or not bias_dtype.is_floating_point):
            return None  # eager computes in float64 from here on, or has a conversion of its own
        read = on_cpu and not (recording and bias.requires_grad)
        if read and is_just_causal(bias, rows, columns):
            bias, causal = None, True
        elif read and hides_nothing(bias, rows):
            bias = None
        elif foreign:
            if not on_cpu or autocast:
                bias = cast_bias(bias, dtype)
            else:
                # Beside operands of 16 bits the flash kernel for CPU takes float32, beside others their own dtype
                # alone: it would read a narrower bias beside float64 as if it were of float64.
                bias = bias.to(torch.promote_types(bias_dtype, dtype))

    is_causal = False
    if causal and rows > 1:
        if bias is None:
            is_causal = True
            if columns > rows:
                # No row sees the keys beyond `rows`, and only a square call reaches the flash kernels.
                key, value = key[..., :rows, :], value[..., :rows, :]
        else:
            bias = causal_bias(bias, rows, columns)

    if on_cpu and not compiling and rows >= ROWS_TO_COPY:
        query, key, value = _for_flash(query, key, value)

    merged: tuple[int, ...] | None = None
    if len(lead) != 2:
        merged = tuple(lead)
        split = split_lead(merged, bias)
        sizes = (count_entries(merged[:split]), count_entries(merged[split:]))
        query = query.reshape(*sizes, *query.shape[-2:])
        key = key.reshape(*sizes, *key.shape[-2:])
        value = value.reshape(*sizes, *value.shape[-2:])
        if bias is not None:
            bias = merge_lead(bias, merged, split)
            emptied = emptied if emptied is None else merge_lead(emptied, merged, split)
    elif bias is not None and bias.dim() != 4:
        missing = (None,) * (4 - bias.dim())
        bias, emptied = bias[missing], None if emptied is None else emptied[missing]

    if not compiling:
        state = module.__dict__
        state["_sdpa_calls"] = state.get("_sdpa_calls", 0) + 1
    given_back = merged if result is None else result
    rows_masked = None
    if on_cpu and bias is not None and not dropout_p and not compiling and needs_gradient(query, key, value):
        rows_masked = masked_rows(bias)
    others = None
    whole = not on_cpu or rows_masked is not None or dropout_p > 0
    if not whole and (blocks := blocks_of(query, key, bias, is_causal=is_causal, gradient=gradient)):
        first, *later = blocks
        others = computed(later, query, key, value, scale, grouped=grouped), rows
        query, key, value = first.operands(query, key, value)
        bias, is_causal = first.bias, False
    return Call(
        query, key, value, bias, scale, is_causal, given_back, value_shape[-1], restored, rows_masked,
        None if rows_masked is None else emptied, factor, grouped=grouped, others=others,
    )  # fmt: skip


def restore(output: Tensor, call: Call) -> Tensor:
    """The kernel's output, `(batch, heads, query, value_dim)`, as `(*lead, query, value_dim)` in the value's dtype."""
    if call.plain:
        return output
    if call.others is not None:
        outputs, rows = call.others
        output = joined([output, *outputs], rows)
    if call.rows is not None:
        output = eager_rows(output, call)
    if call.value_dim != output.shape[-1]:
        output = output[..., : call.value_dim]
    if call.lead is not None:
        output = output.reshape(*call.lead, *output.shape[-2:])
    if call.dtype != output.dtype:
        output = output.to(call.dtype)
    return output if call.factor is None else multiply_rows(output, call.factor)


_PLAIN = frozenset((torch.float32, torch.bfloat16, torch.float16, torch.float64))


def _plain_call(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None,
    scale: float | Tensor,
    causal: bool | None,
    groups: int,
    lead: tuple[int, ...] | None,
    gradient: bool,
    emptied: Tensor | None,
) -> Call | None:
    """What `fuse` returns on a CPU, without dropout, where nothing is to be converted and the policy has no doubt, in
    less time than it takes there; None elsewhere. `lead` has the leading sizes to give back, where they are others;
    `gradient` says whether one is due.

    A call with few queries takes a few microseconds, so that every check counts.
    """
    shape, key_shape, dtype = query.shape, key.shape, query.dtype
    if len(shape) != 4 or len(key_shape) != 4 or type(scale) is not float:
        return None
    batch, heads, rows, dim = shape
    key_batch, key_heads, columns, key_dim = key_shape
    if (
        rows >= ROWS_TO_COPY
        or batch != key_batch
        or heads != key_heads * groups
        or dim != key_dim
        or key_shape != value.shape
        or not (dtype is key.dtype is value.dtype)
        or dtype not in _PLAIN
        or not 0.0 <= scale < math.inf
        or query.stride()[-1] != 1
        or key.stride()[-1] != 1
        or value.stride()[-1] != 1
        or torch.is_autocast_enabled("cpu")
    ):
        return None
    rows_masked = None
    if bias is not None:
        if causal or bias.dtype is not dtype or bias.requires_grad:
            return None
        sizes = bias.shape
        if len(sizes) != 4:
            return None
        first, second, third, fourth = sizes
        if (
            (first != 1 and first != batch)
            or (second != 1 and second != heads)
            or (third != 1 and third != rows)
            or (fourth != 1 and fourth != columns)
        ):
            return None
        if gradient:
            if is_recorded() or bias.is_inference():
                return None
            rows_masked = masked_rows(bias)
    emptied = None if bias is None or rows_masked is None or emptied is None else emptied.expand(bias.shape)
    is_causal = bool(causal) and rows > 1
    if is_causal and columns > rows:
        key, value = key[..., :rows, :], value[..., :rows, :]
    state = module.__dict__
    state["_sdpa_calls"] = state.get("_sdpa_calls", 0) + 1
    whole, grouped = rows_masked is None and lead is None, groups != 1
    # straight to the tuple: a NamedTuple's own constructor takes several times as long
    return tuple.__new__(
        Call,
        (
            query,
            key,
            value,
            bias,
            scale,
            is_causal,
            lead,
            dim,
            dtype,
            rows_masked,
            emptied,
            None,
            whole,
            grouped,
            None,
        ),
    )


def _casts_itself(
    narrow: tuple[Tensor, Tensor],
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None,
    scale: float | Tensor,
    *,
    gradient: bool,
) -> bool:
    """Whether the kernel comes to the same scores from query and key as they were before they were cast to float32, in
    less time: it has them, and what is added to them, in float32 until the softmax is done."""
    dtype = value.dtype
    if dtype not in (torch.bfloat16, torch.float16) or not narrow[0].dtype is dtype is narrow[1].dtype:
        return False
    if not query.dtype is torch.float32 is key.dtype or isinstance(scale, Tensor) or is_autocast(query):
        return False
    if gradient and dtype is torch.float16:
        return False  # the gradients of scores, which a kernel rounds to the dtype, are often less than its least
    if not narrow_wins(query, dtype, gradient=gradient):
        return False
    if bias is None or bias.dtype is torch.bool:
        return True
    if bias.dtype is not dtype and not (query.is_cpu and bias.dtype is torch.float32):
        return False  # it would be rounded to the dtype
    # rows that are masked as a whole are computed apart, see `eager_rows`
    return not (gradient and query.is_cpu and masked_rows(bias) is not None)


def _takes_groups(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, groups: int) -> bool:
    """Whether a fused kernel takes grouped heads here as they are.

    The flash kernels do, for CPU and for CUDA; the latter takes no mask and 16-bit types only. Others are given the
    copies, rather than the math kernel, which would make them and the scores too.
    """
    if not (query.dim() == key.dim() == value.dim() == 4) or not isinstance(groups, int):
        return False
    if key.shape[:3] != value.shape[:3] or query.shape[0] != key.shape[0] or query.shape[1] != key.shape[1] * groups:
        return False
    if query.is_cpu:
        return True
    return query.is_cuda and bias is None and query.dtype.itemsize == 2 and query.dtype == key.dtype == value.dtype


def eager_rows(output: Tensor, call: Call) -> Tensor:
    """The output with its wholly masked rows from the eager formula.

    The flash kernel's forward is right there, its backward takes their probabilities for 1 instead of 1/n.
    With dropout there are none: the flash kernel for CPU has no dropout, and what runs there is right.
    """
    masked = call.rows
    assert masked is not None
    assert call.bias is not None
    index = masked.flatten(0, 1).any(dim=0).flatten().nonzero().flatten()
    if masked.shape[-2] == 1:
        index = torch.arange(output.shape[-2], device=output.device)
        masked = masked.expand(*masked.shape[:-2], output.shape[-2], 1)
    bias = call.bias.expand(*call.bias.shape[:-2], output.shape[-2], call.bias.shape[-1])
    key, value = call.key, call.value
    if call.grouped:
        groups = call.query.shape[1] // key.shape[1]
        key, value = repeat_heads(key, groups), repeat_heads(value, groups)
    bias = bias[..., index, :]
    scores = torch.matmul(call.query[..., index, :], key.transpose(-1, -2)) * call.scale + bias
    if call.emptied is not None:
        emptied = call.emptied.expand(*call.emptied.shape[:-2], output.shape[-2], call.emptied.shape[-1])
        scores = torch.where(emptied[..., index, :], bias, scores)
    probabilities = nn.functional.softmax(scores, dim=-1).to(value.dtype)
    rows = torch.matmul(probabilities, value)
    mixed = torch.where(masked[..., index, :], rows, output[..., index, :])
    return output.index_copy(-2, index, mixed.to(output.dtype))


def _for_flash(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The operands as the flash kernel for CPU takes them: a last stride of 1, one head size."""
    head_dim, value_dim = query.shape[-1], value.shape[-1]
    if head_dim < value_dim:
        # Zeros on q and k add nothing to the scores.
        query = nn.functional.pad(query, (0, value_dim - head_dim))
        key = nn.functional.pad(key, (0, value_dim - head_dim))
    elif value_dim < head_dim:
        # Zeros on v are columns that `restore` cuts off.
        value = nn.functional.pad(value, (0, head_dim - value_dim))
    if query.stride()[-1] != 1:
        query = query.contiguous()
    if key.stride()[-1] != 1:
        key = key.contiguous()
    if value.stride()[-1] != 1:
        value = value.contiguous()
    return query, key, value


def _prepared(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None,
    shape: Sequence[int] | None,
    met: Sequence[int] | None,
    factor: Tensor | float | None,
    sink: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None, tuple[int, ...] | None, Tensor | None] | None:
    """Operands with the leading axes of `shape` and the sink's column, the leading sizes to give back, and `factor`
    as a tensor; None where the scores' own axes are viewed or the factor is not one for whole rows."""
    result: tuple[int, ...] | None = None
    scores = scores_shape(query, key) if shape is None else torch.Size(shape)
    if shape is not None or met is not None:
        plan = lead_plan if is_recorded() else lead_plan_before
        at = scores if met is None else met
        led = plan(tuple(query.shape), tuple(key.shape), tuple(value.shape), tuple(scores), tuple(at))
        if led is None:
            return None
        result, own = led
        lead = tuple(scores[:-2])
        if result is not None:
            query, key, value = _led_to(query, own, lead), _led_to(key, own, lead), _led_to(value, result, lead)
    if factor is not None:
        if not isinstance(factor, Tensor):
            factor = torch.tensor(factor, dtype=value.dtype, device=value.device)
        if not expands(factor.shape, (*scores[:-1], 1)):
            return None
        if result is not None and tuple(result) != tuple(scores[:-2]) and factor.dim() > 1:
            factor = factor.expand(*scores[:-1], 1).reshape(*result, scores[-2], 1)
    if sink is not None:
        if not expands(sink.shape, (*scores[:-1], 1)):
            return None
        column = sink.to(query.dtype).expand(*scores[:-1], 1)
        if bias is None:
            bias = torch.zeros((), dtype=query.dtype, device=query.device)
        elif bias.dtype == torch.bool:
            bias = additive(bias, query.dtype)
            assert bias is not None
        wider = torch.promote_types(bias.dtype, column.dtype)
        bias = torch.cat([bias.expand(scores).to(wider), column.to(wider)], dim=-1)
        key = nn.functional.pad(key, (0, 0, 0, 1))
        value = nn.functional.pad(value, (0, 0, 0, 1))
    return query, key, value, bias, result, factor


def _led_to(tensor: Tensor, own: tuple[int, ...], lead: tuple[int, ...]) -> Tensor:
    """`tensor` with leading axes that broadcast to `own`, with `lead` in their place."""
    shape = tensor.shape
    if shape[:-2] != own:
        tensor = tensor.expand(*own, *shape[-2:])
    return tensor.reshape(*lead, *shape[-2:])
