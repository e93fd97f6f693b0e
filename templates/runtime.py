"""What generated attention classes call: the way into scaled_dot_product_attention, the way back, and eager attention.

`fuse` decides whether a call goes to the fused kernel and brings its operands into the form that the kernel takes,
`restore` brings the kernel's output back, and `eager_attention` is the formula that everything else falls back to.

Shapes, throughout: query `(*lead, query, head_dim)`, key `(*lead, key, head_dim)`, value `(*lead, key, value_dim)`;
`lead` has any rank and broadcasts, as for `torch.matmul`. A bias is None, an additive float tensor, or a bool tensor
with True where a key is attended; it broadcasts to the scores, `(*lead, query, key)`.
"""

from __future__ import annotations

import functools
import operator
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Literal, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

__all__ = [
    "Call",
    "additive",
    "arrange",
    "at_least",
    "combined",
    "constant",
    "count_fused",
    "dropout_probability",
    "eager_attention",
    "expand_bias",
    "fuse",
    "interface_causal",
    "interface_mask",
    "multihead_attention",
    "restore",
    "scores_like",
    "scores_shape",
    "upcast",
    "updated",
    "view_bias",
    "weights_requested",
    "widened",
]


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
    """Where gradients are due, the rows that are masked as a whole, `(batch | 1, heads | 1, query, 1)`."""
    factor: Tensor | None = None
    """What multiplies the rows of the output; a bool tensor keeps them where it is True."""
    plain: bool = False
    """The kernel's output is the result as it stands."""
    grouped: bool = False
    """Whether key and value have fewer heads than the query, each for as many of its heads in a row."""


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
    factor: Tensor | float | None = None,
    filled: Tensor | None = None,
    sink: Tensor | None = None,
    groups: int = 1,
    weights: object = ...,
) -> Call | None:
    """The operands for the fused kernel, or None where `eager_attention` is to be run in its place.

    `shape` is the scores' shape at the softmax where the source views them as another than `(*lead, query, key)`;
    `factor` multiplies the probabilities and has a last axis of 1; `filled`, of bool, is True where the source puts
    the bias in the place of the scores, so that the product counts for nothing; `sink`, `(..., query | 1, 1)`, is the
    score of one more key, whose value is zero. `groups` repeats each head of key and value, `(batch, heads, key,
    dim)`, so often in a row; where the kernel takes them as they are, the call is `grouped`, and the kernel must be
    told so.

    `scale` is a number, a 0-dim tensor, or a tensor that broadcasts to the scores and has a last axis of 1; a tensor
    is folded into the query. `weights` is the argument by which the caller asks for the attention weights, None where
    it has none, and left out where nobody can be given them: None is returned where anybody asks, see
    `weights_requested`. `causal` lets query `i` see the keys `0..i` only (aligned top-left, as the kernel's
    `is_causal`). Each fused call is counted in `module._sdpa_calls`, but not while a compiler or exporter traces.
    """
    looked_at = query.is_cpu and not torch.compiler.is_compiling()
    eager = looked_at and _eager_by_size(query, key, value)
    if eager and not module.training and not torch.is_grad_enabled():
        return None  # at once: the eager formula has the weights for whoever asks
    if (weights is not ... and weights_requested(module, weights)) or eager:
        return None
    if type(scale) is not float:
        scale = _number(scale)
    if bias is not None:
        if not isinstance(bias, Tensor):
            bias = None  # a number: the softmax does not see it
        elif causal is None and bias.dtype == torch.bool:
            bias = bias.to(query.dtype)  # source that adds a Boolean adds ones
    result: tuple[int, ...] | None = None
    if shape is not None or factor is not None or sink is not None:
        if groups != 1:
            key, value, groups = _repeated(key, groups), _repeated(value, groups), 1
        if sink is not None and causal and query.shape[-2] > 1:
            # here, since the sink's column is no key that comes later
            bias, causal = _causal_bias(bias, query.shape[-2], key.shape[-2], query), False
        prepared = _prepared(query, key, value, bias, shape, factor, sink)
        if prepared is None:
            return None
        query, key, value, bias, result, factor = prepared
    if looked_at and filled is None and factor is None:
        plain = _plain_call(module, query, key, value, bias, scale, dropout_p, causal, groups, result)
        if plain is not False:
            return plain
    grouped = groups != 1 and _takes_groups(query, key, value, bias, groups)
    if groups != 1 and not grouped:
        key, value = _repeated(key, groups), _repeated(value, groups)
    if filled is not None and isinstance(bias, Tensor) and sink is None:
        emptied = _without_filled_rows(query, filled, bias)
        if emptied is None:
            return None
        query = emptied
    query_shape, key_shape, value_shape = query.shape, key.shape, value.shape
    if len(query_shape) < 2 or len(key_shape) < 2 or len(value_shape) < 2:
        return None
    if query_shape[-1] != key_shape[-1] or key_shape[-2] != value_shape[-2]:
        return None  # eager raises here
    on_cpu = query.is_cpu
    if on_cpu and _eager_wins(query, key, value, bias, dropout_p):
        return None

    # The dtype: the kernel takes one for q, k and v. Operands are widened to it, and narrowed by autocast alone.
    dtype, restored = query.dtype, value.dtype
    device = "cpu" if on_cpu else query.device.type
    autocast = (on_cpu or torch.amp.is_autocast_available(device)) and torch.is_autocast_enabled(device)
    if autocast or dtype != key.dtype or dtype != restored or isinstance(scale, Tensor):
        if isinstance(scale, Tensor):
            if not _expands(scale.shape, (*query_shape[:-1], 1)):
                return None
            query = query * scale
            scale = 1.0
        dtype = torch.promote_types(torch.promote_types(query.dtype, key.dtype), restored)
        if autocast and dtype != torch.float64:
            dtype = restored = torch.get_autocast_dtype(device)
        elif key.dtype != query.dtype:
            return None  # eager raises here, with a message of its own
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    if not dtype.is_floating_point:
        return None
    if scale < 0:
        # The kernels for CUDA take the maximum of the scores before they scale.
        query, scale = -query, -scale

    # The shape: the kernel takes four axes, and the same two leading sizes everywhere.
    lead = query_shape[:-2]
    if not grouped and (key_shape[:-2] != lead or value_shape[:-2] != lead):
        broadcast = _broadcast(lead, key_shape[:-2], value_shape[:-2])
        if broadcast is None:
            return None
        lead = torch.Size(broadcast)
        query = query.expand(*lead, *query_shape[-2:])
        key = key.expand(*lead, *key_shape[-2:])
        value = value.expand(*lead, *value_shape[-2:])
    rows, columns = query_shape[-2], key_shape[-2]

    if bias is not None:
        if not _expands(bias.shape, (*lead, rows, columns)):
            return None
        bias_dtype = bias.dtype
        foreign = bias_dtype != dtype and bias_dtype != torch.bool
        if foreign and (bias_dtype == torch.float64 or not bias_dtype.is_floating_point):
            return None  # eager computes in float64 from here on, or has a conversion of its own
        if on_cpu and _is_causal(bias, rows, columns):
            bias, causal = None, True
        elif foreign:
            if not on_cpu or autocast:
                bias = _cast_bias(bias, dtype)
            elif bias_dtype != torch.float32:
                bias = bias.to(torch.float32)

    is_causal = False
    if causal and rows > 1:
        if bias is None:
            is_causal = True
            if columns > rows:
                # No row sees the keys beyond `rows`, and only a square call reaches the flash kernels.
                key, value = key[..., :rows, :], value[..., :rows, :]
        else:
            bias = _causal_bias(bias, rows, columns)

    compiling = torch.compiler.is_compiling()
    if on_cpu and not compiling and rows >= _ROWS_TO_COPY:
        query, key, value = _for_flash(query, key, value)

    merged: tuple[int, ...] | None = None
    if len(lead) != 2:
        merged = tuple(lead)
        split = _split(merged, bias)
        sizes = (_count(merged[:split]), _count(merged[split:]))
        query = query.reshape(*sizes, *query.shape[-2:])
        key = key.reshape(*sizes, *key.shape[-2:])
        value = value.reshape(*sizes, *value.shape[-2:])
        if bias is not None:
            bias = _merge_lead(bias, merged, split)
    elif bias is not None and bias.dim() != 4:
        bias = bias[(None,) * (4 - bias.dim())]

    if not compiling:
        state = module.__dict__
        state["_sdpa_calls"] = state.get("_sdpa_calls", 0) + 1
    given_back = merged if result is None else result
    rows_masked = None
    if on_cpu and bias is not None and not torch.compiler.is_compiling() and _needs_gradient(query, key, value):
        rows_masked = _masked_rows(bias)
    return Call(
        query, key, value, bias, scale, is_causal, given_back, value_shape[-1], restored, rows_masked, factor,
        grouped=grouped,
    )  # fmt: skip


def restore(output: Tensor, call: Call) -> Tensor:
    """The kernel's output, `(batch, heads, query, value_dim)`, as `(*lead, query, value_dim)` in the value's dtype."""
    if call.plain:
        return output
    if call.rows is not None:
        output = _eager_rows(output, call)
    if call.value_dim != output.shape[-1]:
        output = output[..., : call.value_dim]
    if call.lead is not None:
        output = output.reshape(*call.lead, *output.shape[-2:])
    if call.dtype != output.dtype:
        output = output.to(call.dtype)
    return output if call.factor is None else _multiplied(output, call.factor)


def eager_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | float | None,
    scale: float | Tensor,
    dropout_p: float,
    *,
    causal: bool | None = None,
    stage: Literal["scores", "probabilities", "weighted", "dropped"] = "dropped",
    softmax_dtype: torch.dtype | None = None,
    weights_cast: bool = True,
    factor: Tensor | float | None = None,
    filled: Tensor | None = None,
    shape: Sequence[int] | None = None,
    sink: Tensor | None = None,
    sink_on: Literal["weights", "output"] = "weights",
    groups: int = 1,
) -> tuple[Tensor, Tensor]:
    """`softmax(scale * query @ key.T + bias) @ value`, step by step: `(*lead, query, value_dim)`, and the weights.

    The weights, `(*lead, query, key)` or of `shape`, are the scores before the softmax, the probabilities before the
    dropout, these times `factor` ("weighted"), or what multiplies the value ("dropped": after the dropout and
    `factor`), by `stage`. `factor`, `filled`, `shape`, `sink` and `groups` are as in `fuse`; with `sink_on`
    "output" the sink takes its share of the output alone. The casts are in the order that is usual in transformers:
    the softmax runs in `softmax_dtype`, or in the scores' own dtype, and the probabilities are cast to the value's:
    at once, or where they meet it, if the weights are to keep the softmax's dtype (`weights_cast` is False).
    """
    if groups != 1:
        key, value = _repeated(key, groups), _repeated(value, groups)
    if type(scale) is not float:
        scale = _number(scale)
    scores = _product(query, key.transpose(-1, -2))
    unviewed = scores.shape
    if shape is not None:
        scores = scores.reshape(tuple(shape))
    if causal and query.shape[-2] > 1:
        bias = _causal_bias(bias, query.shape[-2], key.shape[-2], scores)
    added = (
        isinstance(bias, Tensor) and bias.dtype == scores.dtype and not (scores.requires_grad or bias.requires_grad)
    )
    if added and isinstance(scale, float):
        scores = _scaled_and_biased(scores, scale, cast("Tensor", bias))
    else:
        if not isinstance(scale, float) or scale != 1.0:
            scores = updated(scores, "*", scale)
        if isinstance(bias, Tensor) and bias.dtype == torch.bool and causal is not None:
            scores, filled = scores.masked_fill(~bias, torch.finfo(scores.dtype).min), None
        elif bias is not None:
            scores = updated(scores, "+", bias)
    if filled is not None and bias is not None:
        scores = torch.where(filled, bias, scores)
    if sink is not None and sink_on == "weights":
        column = sink.to(scores.dtype).expand(*scores.shape[:-1], 1)
        extended = nn.functional.softmax(torch.cat([scores, column], dim=-1), dim=-1, dtype=softmax_dtype)
        probabilities = extended[..., :-1]
    else:
        probabilities = nn.functional.softmax(scores, dim=-1, dtype=softmax_dtype)
    if weights_cast:
        probabilities = probabilities.to(value.dtype)
    if isinstance(factor, Tensor) and factor.dtype == torch.bool:
        probabilities, factor = _multiplied(probabilities, factor), None
    dropped = probabilities
    if dropout_p > 0:
        dropped = nn.functional.dropout(dropped, p=dropout_p, training=True)
    if factor is not None:
        dropped = dropped * factor
    weighing = dropped
    if shape is not None and (dropped.dim() != value.dim() or dropped.shape[-1] != value.shape[-2]):
        weighing = dropped.reshape(unviewed)
    output = _product(weighing if weights_cast else weighing.to(value.dtype), value)
    if sink is not None and sink_on == "output":
        share = (torch.logsumexp(scores, dim=-1, keepdim=True) - sink).float().sigmoid()
        output = output * share.to(output.dtype)
    if stage == "dropped":
        return output, dropped
    if stage == "scores":
        return output, scores
    return output, probabilities if factor is None or stage == "probabilities" else probabilities * factor


def count_fused(module: nn.Module) -> None:
    """Note a call of SDPA that torch makes on behalf of `module`."""
    if not torch.compiler.is_compiling():
        state = module.__dict__
        state["_sdpa_calls"] = state.get("_sdpa_calls", 0) + 1


def multihead_attention(
    module: nn.Module, attention: Callable[..., Any], *args: Any, **kwargs: Any
) -> tuple[Tensor, Tensor | None]:
    """What `attention` computes, without its weights and so through SDPA: an `nn.MultiheadAttention`, or its function.

    Arguments are as in its `forward`, or as the function's; each call is counted in `module._sdpa_calls`.
    """
    if attention is nn.functional.multi_head_attention_forward:
        return _multihead_function(module, *args, **kwargs)
    return _multihead_module(module, attention, *args, **kwargs)


def _multihead_module(
    module: nn.Module,
    attention: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None = None,
    attn_mask: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, None]:
    masked = attn_mask is not None or key_padding_mask is not None
    hooked = attention._forward_hooks or attention._forward_pre_hooks or attention._backward_hooks
    if type(attention) is not nn.MultiheadAttention or hooked or (masked and _needs_gradient(query, key, value)):
        # with a mask and gradients as eager does it: rows that are masked as a whole, see `_eager_rows`
        output, _ = attention(
            query, key, value, key_padding_mask=key_padding_mask, attn_mask=attn_mask,
            average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return output, None
    count_fused(module)
    swapped = attention.batch_first and query.dim() == 3
    if swapped:
        # one operand that stands for several stays one: torch then projects it once
        same_key, same_value = key is query, value is key
        query = query.transpose(0, 1)
        key = query if same_key else key.transpose(0, 1)
        value = key if same_value else value.transpose(0, 1)
    own = attention._qkv_same_embed_dim
    output, _ = nn.functional.multi_head_attention_forward(
        query, key, value, attention.embed_dim, attention.num_heads, attention.in_proj_weight, attention.in_proj_bias,
        attention.bias_k, attention.bias_v, attention.add_zero_attn, attention.dropout,
        attention.out_proj.weight, attention.out_proj.bias, training=attention.training,
        key_padding_mask=key_padding_mask, need_weights=False, attn_mask=attn_mask, is_causal=is_causal,
        use_separate_proj_weight=not own,
        q_proj_weight=None if own else attention.q_proj_weight,
        k_proj_weight=None if own else attention.k_proj_weight,
        v_proj_weight=None if own else attention.v_proj_weight,
    )  # fmt: skip
    return output.transpose(0, 1) if swapped else output, None


def _multihead_function(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    attn_mask: Tensor | None = None,
    **others: Any,
) -> tuple[Tensor, Tensor | None]:
    masked = attn_mask is not None or key_padding_mask is not None
    # with a mask and gradients as eager does it: rows that are masked as a whole, see `_eager_rows`
    eager = masked and torch.is_grad_enabled()
    if not eager:
        count_fused(module)
    output, weights = nn.functional.multi_head_attention_forward(
        query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn,
        dropout_p, out_proj_weight, out_proj_bias, training=training, key_padding_mask=key_padding_mask,
        need_weights=eager, attn_mask=attn_mask, **others,
    )  # fmt: skip
    return output, weights


def updated(bias: Any, sign: Literal["+", "-", "*", "/"], operand: Any) -> Any:
    """`bias + operand`, or with another sign; None where there is no bias.

    `bias` is nothing that anybody else reads: where the result has its shape and dtype, and no gradient is due, it is
    written into its memory. That gives the same numbers, and a large tensor takes most of its time to be allocated.
    """
    if bias is None:
        return None
    plain, in_place = _ARITHMETIC[sign]
    return (in_place if _overwritable(bias, operand) else plain)(bias, operand)


def constant(module: nn.Module, make: Callable[[], Tensor], *read: object) -> Tensor:
    """What `make` gives, which computes from `read` alone: attributes of `module`, modules among them.

    On a CPU, where no gradient is due, the result is kept with copies of what was read, and given again while all of
    that has the same values: they are compared at each call, so that no change, by whatever means, is overlooked.
    """
    if _recorded() or torch.is_autocast_enabled("cpu") or torch._C._len_torch_function_stack() > 0:
        return make()
    values = _values_of(read)
    if values is None:
        return make()
    kept = _constants.setdefault(module, {})
    found = kept.get(make.__code__)
    if found is not None and found[1].is_inference() == torch.is_inference_mode_enabled() and _same(found[0], values):
        return found[1]
    copies = [value.clone() if isinstance(value, Tensor) else value for value in values]
    result = make()
    after = _values_of(read)
    if type(result) is Tensor and result.is_cpu and not result.requires_grad and after and _same(copies, after):
        kept[make.__code__] = (copies, result)
    return result


def _product(left: Tensor, right: Tensor) -> Tensor:
    """`left @ right`, where a contracted axis of size 1 meets any other, as it does in an einsum."""
    rank = left.dim()
    if rank > 1 and right.dim() > 1:
        inner, other = left.shape[-1], right.shape[-2]
        if inner != other and 1 in (inner, other):
            size = max(inner, other)
            left = left.expand(*left.shape[:-1], size)
            right = right.expand(*right.shape[:-2], size, right.shape[-1])
        if rank == 3 and right.dim() == 3 and left.shape[0] == right.shape[0]:
            return torch.bmm(left, right)  # what matmul comes to, sooner
    return torch.matmul(left, right)


def _number(scale: float | Tensor) -> float | Tensor:
    """A scale that is a 0-dim tensor as the number it holds, where that can be read without waiting for a device."""
    if not isinstance(scale, Tensor) or scale.dim() > 0 or not scale.is_cpu or _recorded():
        return scale
    return scale if scale.requires_grad or not scale.is_floating_point() else float(scale.item())


def _scaled_and_biased(scores: Tensor, scale: float, bias: Tensor) -> Tensor:
    """`scores * scale + bias` in one step, in the memory of `scores` where that can be, see `updated`. It is rounded
    once, not twice as the source has it; where gradients are due, it is computed as it is written there."""
    if scale == 1.0:
        return cast("Tensor", updated(scores, "+", bias))
    if _overwritable(scores, bias):
        return torch.add(bias, scores, alpha=scale, out=scores)
    return torch.add(bias, scores, alpha=scale)


def combined(bias: Any, sign: Literal["+", "-", "*", "/"], operand: Any) -> Any:
    """`bias + operand`, or with another sign, as a tensor of its own.

    Each layer of a model adds the same mask to the same bias. Where no gradient is due, a large result is written into
    the memory of the one that was made of either operand before, if nobody holds that any more.
    """
    memory = _memory_for(bias, operand)
    if memory is None:
        return _ARITHMETIC[sign][0](bias, operand)
    return _INTO[sign](bias, operand, out=memory)


def upcast(bias: Tensor | float | None) -> Tensor | float | None:
    """A bias in float32 where the source has cast its scores so; numbers and None as they are."""
    return bias.float() if isinstance(bias, Tensor) else bias


def widened(bias: Tensor | float | None, query: Tensor, dtype: torch.dtype | None = None) -> Tensor | float | None:
    """A bias that is computed with, in a dtype that is no narrower than the scores' own: that of `query`, or `dtype`.
    Booleans and integers become what they are once they are added to scores; numbers and None stay."""
    if not isinstance(bias, Tensor):
        return bias
    wanted = dtype or query.dtype
    return bias if bias.dtype == wanted else bias.to(torch.promote_types(bias.dtype, wanted))


def at_least(bias: Tensor | float | None, lowest: Tensor | float) -> Tensor | float | None:
    """A bias where the source clamps its scores to a number that only masked ones reach; numbers and None stay."""
    if not isinstance(bias, Tensor):
        return bias
    if isinstance(lowest, (int, float)) and bias.is_floating_point():
        lowest = max(lowest, torch.finfo(bias.dtype).min)  # a bias may be narrower than the scores that it goes to
    return bias.clamp(min=lowest)


def dropout_probability(module: nn.Module) -> float:
    """What an `nn.Dropout` (or the `nn.Identity` in its place) drops now."""
    return float(getattr(module, "p", 0.0)) if module.training else 0.0


def weights_requested(module: nn.Module, asked: object = None) -> bool:
    """Whether somebody waits for the attention weights of `module`, so that the eager formula must run.

    The request comes as an argument (`asked`), in the module's config, or through the output recorders of
    transformers, which collect what a module returns without telling the module.
    """
    compiling = torch.compiler.is_compiling()
    if compiling:
        return _says_yes(asked) or _is_waited_for(module, compiling)
    state = module.__dict__
    if torch._C._current_graph_task_id() != -1:
        # In a backward pass a checkpoint runs the forward anew, and whoever asked the first time is not there.
        if state.get("_sdpa_asked"):
            state["_sdpa_asked"] = "computed anew"
            return True
        return _says_yes(asked) or _is_waited_for(module, compiling)
    requested = _says_yes(asked) or _is_waited_for(module, compiling)
    if requested or "_sdpa_asked" in state:
        _remember(module, requested)
    return requested


def _says_yes(asked: object) -> bool:
    """Whether the argument that asks for weights does so. Some callers in transformers put another argument in its
    place: a tensor of several elements has no truth, so that nothing can depend on it."""
    return bool(asked) if not isinstance(asked, Tensor) or asked.numel() == 1 else False


def _remember(module: nn.Module, requested: bool) -> None:
    """For a checkpoint's second forward, note whether weights are requested in the first.

    That one runs without gradients where the checkpoint is reentrant; then a request holds until a forward was
    computed anew, since its weights, and their gradients, would be lost in silence.
    """
    state = module.__dict__
    if torch.is_grad_enabled():
        state["_sdpa_asked"] = requested
    elif module.training:
        state["_sdpa_asked"] = requested or state.get("_sdpa_asked") is True


def _is_waited_for(module: nn.Module, compiling: bool) -> bool:
    """Whether somebody who does not pass the request on to `module` waits for its weights."""
    config = _config_of(module)
    if config is not None and (getattr(config, "output_attentions", False) if compiling else _asks(config)):
        return True
    if _everywhere.traced or (_everywhere.eager if compiling else threading.get_ident() in _asking):
        return True
    capturing = sys.modules.get(_RECORDERS)
    collector: Any = getattr(capturing, "_active_collector", None)
    if collector is None:
        return not compiling and _recorder_waits(module)
    if compiling:
        # torch.compile cannot trace a ContextVar. Where it traces the whole model, transformers keeps what it collects
        # in a plain attribute meanwhile; where it traces one layer, a recorder's hook is all that can be seen.
        if not collector.compiling:
            return any(getattr(hook, "__module__", "") == _RECORDERS for hook in module._forward_hooks.values())
        collected = collector.global_var
    else:
        collected = collector.get()
    return any(name.endswith("attentions") for name in collected or ())


def _recorder_waits(module: nn.Module) -> bool:
    """Whether a recorder of an older transformers waits for weights: it stands in the module's own `forward` during a
    call of the model, and what it collects is the `key` that its closure holds."""
    forward: Any = vars(module).get("forward")
    while forward is not None:
        names = getattr(getattr(forward, "__code__", None), "co_freevars", ())
        if "key" in names and forward.__globals__.get("__name__") == "transformers.utils.generic":
            collects = forward.__closure__[names.index("key")].cell_contents
            if str(collects).endswith("attentions"):
                return True
        forward = getattr(forward, "__wrapped__", None)
    return False


def _config_of(module: nn.Module) -> Any:
    """`module.config` or None; what is not there is looked for in a module's registers first, which takes long."""
    config = module.__dict__.get("config")
    return getattr(module, "config", None) if config is None and hasattr(type(module), "config") else config


def _asks(config: object) -> bool:
    """`config.output_attentions`, read past the properties of transformers' configs, which cost more than the rest."""
    try:
        values = object.__getattribute__(config, "__dict__")
    except AttributeError:
        values = {}
    asked = values.get("_output_attentions", values.get("output_attentions"))
    return bool(getattr(config, "output_attentions", False) if asked is None else asked)


class _Everywhere:
    """What can be seen in compiled code, which cannot look at what belongs to one thread: how many running calls asked
    there, and whether any asked outside, in whatever thread. One request too many costs time and changes nothing."""

    traced = 0
    eager = False


_everywhere = _Everywhere()
_asking: dict[int, set[Request]] = {}
"""By thread: what running calls outside of compiled code asked for attention weights."""
_ASKING_LOCK = threading.Lock()


class Request:
    """Forward hooks on a module whose caller can ask for weights by an argument `output_attentions` that the attention
    inside does not see: `opened` before its forward and `closed` after it. `position` is the argument's place after
    `self`, -1 if it has none.

    A call that ends without `closed` (an interrupt) leaves its request open until the module is called again. Both
    hooks may run in compiled code, or one of them alone.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self.traced = False

    def opened(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Notes whether the call that begins asks for weights."""
        asked = kwargs.get("output_attentions")
        if asked is None and 0 <= self.position < len(args):
            asked = args[self.position]
        if asked is None:  # the configuration's stands in for it
            config = _config_of(module)
            compiling = torch.compiler.is_compiling()
            asked = config is not None and (
                getattr(config, "output_attentions", False) if compiling else _asks(config)
            )
        self._note(_says_yes(asked))

    def closed(self, _module: nn.Module, _args: object, _output: object) -> None:
        """Whatever the call asked for, nobody waits for it any more."""
        self._note(False)

    def withdraw(self) -> None:
        """Ends it in all threads: nobody will call `closed`."""
        with _ASKING_LOCK:
            for thread in list(_asking):
                self._leave(thread)

    def _note(self, asked: bool) -> None:
        compiling = torch.compiler.is_compiling()
        if self.traced != (asked and compiling):
            self.traced = not self.traced
            _everywhere.traced += 1 if self.traced else -1
        if not compiling and (asked or _asking):
            with _ASKING_LOCK:
                thread = threading.get_ident()
                if asked:
                    _asking.setdefault(thread, set()).add(self)
                    _everywhere.eager = True
                else:
                    self._leave(thread)

    def _leave(self, thread: int) -> None:
        requests = _asking.get(thread, set())
        requests.discard(self)
        if not requests:
            _asking.pop(thread, None)
        _everywhere.eager = bool(_asking)


def additive(mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """A bool mask (True where a key is attended) as 0 and the smallest number of `dtype`; other masks unchanged."""
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, torch.finfo(dtype).min)


def interface_causal(
    module: nn.Module, query: Tensor, attention_mask: Tensor | None, kwargs: Mapping[str, Any]
) -> bool | None:
    """Whether transformers' attention interface, asked without a mask, would let query `i` see the keys `0..i` only;
    None under "eager", which adds whatever mask it is given, a Boolean one as 1 and 0.

    Under "sdpa" the mask of a plain causal call is None, and a Boolean mask is True where a key is attended.
    """
    if module.config._attn_implementation != "sdpa":  # type: ignore[union-attr]  # a configuration
        return None
    if attention_mask is not None or query.shape[-2] <= 1:
        return False
    is_causal = kwargs.get("is_causal")
    return bool(getattr(module, "is_causal", True) if is_causal is None else is_causal)


def interface_mask(module: nn.Module, attention_mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """A mask of the attention interface as something that can be added to scores: under "sdpa" a Boolean one becomes
    0 and the smallest number of `dtype`."""
    if module.config._attn_implementation != "sdpa":  # type: ignore[union-attr]  # a configuration
        return attention_mask
    return additive(attention_mask, dtype)


def scores_shape(query: Tensor, key: Tensor) -> torch.Size:
    """The shape of `query @ key.T`, `(*lead, query, key)`, without computing it."""
    lead: tuple[int, ...] | None = query.shape[:-2]
    if lead != key.shape[:-2]:
        lead = _broadcast(query.shape[:-2], key.shape[:-2])
    if lead is None:
        raise RuntimeError(f"query {tuple(query.shape)} and key {tuple(key.shape)} do not broadcast to one another")
    return torch.Size((*lead, query.shape[-2], key.shape[-2]))


def scores_like(
    query: Tensor, key: Tensor, *, shape: Sequence[int] | None = None, dtype: torch.dtype | None = None
) -> Tensor:
    """A tensor of the shape, dtype and device of `query @ key.T` for what reads these alone: one zero, expanded.
    `shape` and `dtype` are the scores' where they are others by now."""
    zero = torch.zeros((), dtype=dtype or query.dtype, device=query.device)
    return zero.expand(tuple(scores_shape(query, key) if shape is None else shape))


def view_bias(
    bias: Tensor | float | None, shape: Sequence[int], sizes: Sequence[int]
) -> tuple[Tensor | float | None, tuple[int, ...]]:
    """The bias of scores of `shape` after they are viewed with `sizes` (one may be -1), and the scores' new shape.

    Axes of size 1 stay so where the view leaves the axes they belong to together; otherwise the bias is expanded.
    """
    plan = _viewed if _recorded() else _viewed_before
    given = None if not isinstance(bias, Tensor) else tuple(bias.shape)
    expanded, viewed, after = plan(given, tuple(shape), tuple(sizes))
    if isinstance(bias, Tensor):
        if given != expanded:
            bias = bias.expand(expanded)
        if viewed != expanded:
            bias = bias.reshape(viewed)
    return bias, after


def _viewed(
    given: tuple[int, ...] | None, before: tuple[int, ...], sizes: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """For a bias of shape `given` under scores of shape `before`: what to expand it to, and its shape and the scores'
    after they are viewed with `sizes`."""
    after = list(sizes)
    if -1 in after:
        known = _count(size for size in after if size != -1)
        after[after.index(-1)] = _count(before) // known if known else 0
    if _count(after) != _count(before):
        raise RuntimeError(f"attention scores of shape {before} are viewed as {sizes}, which does not fit")
    if given is None:
        return (), (), tuple(after)
    given = (1,) * (len(before) - len(given)) + given
    expanded: list[int] = []
    viewed: list[int] = []
    for old, new in _groups(before, tuple(after)):
        part = given[old]
        if _count(part) == 1:
            expanded.extend(part)
            viewed.extend((1,) * len(after[new]))
        elif len(before[old]) == 1 and len(after[new]) == 1:
            expanded.extend(part)
            viewed.extend(part)
        else:
            expanded.extend(before[old])
            viewed.extend(after[new])
    return tuple(expanded), tuple(viewed), tuple(after)


_viewed_before = functools.lru_cache(maxsize=64)(_viewed)
"""Each layer of a model views the same shapes."""


def expand_bias(bias: Tensor | float | None, shape: Sequence[int], query: Tensor) -> Tensor:
    """The bias of scores of `shape` in full, for a function that takes the scores: zeros where there is none."""
    if isinstance(bias, Tensor):
        return bias.to(torch.promote_types(bias.dtype, query.dtype)).expand(tuple(shape)).clone()
    return torch.zeros(tuple(shape), dtype=query.dtype, device=query.device)


def arrange(bias: Tensor | float | None, order: Sequence[int]) -> Tensor | float | None:
    """A bias with its last axes in another order; `order` counts from the end, and absent axes count as size 1."""
    if not isinstance(bias, Tensor):
        return bias
    missing = len(order) - bias.dim()
    if missing > 0:
        bias = bias[(None,) * missing]
    kept = bias.dim() - len(order)
    return bias.permute(*range(kept), *(place + bias.dim() for place in order))


_ARITHMETIC: Mapping[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "+": (operator.add, operator.iadd),
    "-": (operator.sub, operator.isub),
    "*": (operator.mul, operator.imul),
    "/": (operator.truediv, operator.itruediv),
}
_LARGE = 2**16
"""Entries from which on a tensor's memory costs more than to see whether it can be used again."""


def _overwritable(tensor: Any, operand: Any) -> bool:
    """Whether arithmetic of a tensor with `operand` gives its own shape and dtype, and nothing records it."""
    if type(tensor) is not Tensor or tensor.numel() < _LARGE or _recorded() or not tensor.is_floating_point():
        return False
    shared = type(operand) is Tensor
    if not shared and not isinstance(operand, (int, float)):
        return False
    if torch.is_grad_enabled() and (tensor.requires_grad or (shared and operand.requires_grad)):
        return False
    if torch.result_type(tensor, operand) != tensor.dtype or 0 in tensor.stride():
        return False
    return not shared or _expands(operand.shape, tensor.shape)


_INTO: Mapping[str, Callable[..., Tensor]] = {"+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div}
_HUGE = 2**20
"""Entries from which on memory comes from the system each time, and goes back: its first use costs ten times what
arithmetic does."""
_combined: MutableMapping[Tensor, Tensor] = WeakIdKeyDictionary()
"""By operand, and as long as it lives: the memory of what was made of it."""
_COMBINED_LOCK = threading.Lock()
_handles: Callable[[int], int] | None = getattr(torch._C, "_storage_Use_Count", None)
"""How many tensors, in Python or not, share a storage."""


def _memory_for(first: Any, second: Any) -> Tensor | None:
    """Memory for a large result of arithmetic on two tensors, None where it is better left to torch."""
    if type(first) is not Tensor or type(second) is not Tensor or max(first.numel(), second.numel()) < _HUGE:
        return None
    if _handles is None or not (first.is_cpu and second.is_cpu) or _recorded():
        return None
    if torch.is_grad_enabled() and (first.requires_grad or second.requires_grad):
        return None
    shape, dtype = _broadcast(first.shape, second.shape), torch.result_type(first, second)
    if shape is None or not dtype.is_floating_point:
        return None
    with _COMBINED_LOCK:
        for operand in (first, second):
            kept = _combined.get(operand)
            if (
                kept is not None
                and kept.dtype == dtype
                and kept.numel() == _count(shape)
                and kept.is_inference() == torch.is_inference_mode_enabled()
                and _handles(kept.untyped_storage()._cdata) == 2  # its tensor and the handle that was just made
            ):
                break
        else:
            kept = torch.empty(_count(shape), dtype=dtype, device="cpu")
        for operand in (first, second):
            _combined[operand] = kept
        return kept.view(shape)


_constants: MutableMapping[nn.Module, dict[object, tuple[list[Any], Tensor]]] = weakref.WeakKeyDictionary()
"""By module, and by the function that makes it: what a constant was made of, and the constant."""
_VALUES = frozenset((bool, int, float, str, type(None), torch.dtype, torch.device, torch.Size))
_COMPUTING = frozenset(
    (nn.Sequential, nn.Linear, nn.Identity, nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.LayerNorm)
)
"""Modules that compute from their parameters and arguments alone."""


def _values_of(read: Sequence[object]) -> list[Any] | None:
    """Tensors and plain values that `read` consists of, in order; None where that is not known, or not to be kept."""
    common = nn.modules.module
    if common._global_forward_hooks or common._global_forward_pre_hooks:
        return None
    found: list[Any] = [torch.get_default_dtype()]
    return found if all(_note_values(item, found) for item in read) else None


def _note_values(item: Any, found: list[Any]) -> bool:
    kind = type(item)
    if kind is Tensor or kind is nn.Parameter:
        found.append(item)
        return item.is_cpu and item.layout == torch.strided and not (item.requires_grad and torch.is_grad_enabled())
    found.append(item if kind in _VALUES else kind)
    if kind in _VALUES:
        return True
    if kind in (tuple, list):
        found.append(len(item))
        return all(_note_values(part, found) for part in item)
    if kind not in _COMPUTING:
        return False
    for name, value in vars(item).items():
        if name in ("_parameters", "_buffers", "_modules"):
            found.extend((name, *value))
            if not all(_note_values(part, found) for part in value.values()):
                return False
        elif name.startswith("_"):
            if value and name.endswith("_hooks"):
                return False
        elif not _note_values(value, found):  # a `forward` of its own, too
            return False
    return True


def _same(before: Sequence[Any], now: Sequence[Any]) -> bool:
    if len(before) != len(now):
        return False
    for one, other in zip(before, now):  # noqa: B905  # of one length
        if isinstance(one, Tensor):
            if not isinstance(other, Tensor) or one.dtype != other.dtype or not torch.equal(one, other):
                return False
        elif isinstance(other, Tensor) or type(one) is not type(other) or one != other:
            return False
    return True


def _count(sizes: Iterable[int]) -> int:
    """How many entries a tensor of these sizes has. A compiler cannot follow `math.prod` where a size is unknown."""
    count = 1
    for size in sizes:
        count *= size
    return count


def _recorded() -> bool:
    """Whether a program is being traced, or a transform of functions is at work: nothing is to be looked at then, and
    nothing to be overwritten."""
    return (
        torch.compiler.is_compiling()
        or torch._C._get_tracing_state() is not None
        or torch._C._len_torch_dispatch_stack() > 0
        or torch._C._are_functorch_transforms_active()
    )


_RECORDERS = "transformers.utils.output_capturing"
"""Where transformers collects what modules return: the attention weights, among others."""
_ROWS_TO_RECOGNISE = 256
"""From so many queries on, seeing that a mask is just causal costs less than the flash kernel gains by it."""
_PLAIN = frozenset((torch.float32, torch.bfloat16, torch.float16, torch.float64))
_ROWS_TO_COPY = 256
"""From so many queries on, a copy of q, k or v with a last stride of 1 costs less than the flash kernel gains."""
_ROWS_TO_PAD = 512
"""From so many queries on, padding q and k, or v, to a common head size costs less than the flash kernel gains."""


_MOST = 2.0**28
"""Beyond so many scores the memory that the eager formula needs is worth more than time."""
_NEVER = (float("inf"), 0.0)
# kernel policy: begin (benchmarks/policy.py writes these lines from data/kernel_policy.json)
_EAGER: dict[tuple[torch.dtype, torch.dtype], tuple[tuple[float, float], ...]] = {
    (torch.float32, torch.float32): ((2.0**12, _MOST), _NEVER, _NEVER, _NEVER),
    (torch.bfloat16, torch.bfloat16): ((2.0**10, _MOST), (2.0**15, _MOST), (2.0**9, _MOST), (2.0**10, _MOST)),
    (torch.float16, torch.float16): ((2.0**3, _MOST), _NEVER, (2.0**5, _MOST), _NEVER),
    (torch.float32, torch.bfloat16): ((2.0**12, _MOST), (2.0**15, 2.0**21), (2.0**15, _MOST), (2.0**20, 2.0**21)),
}
# kernel policy: end
"""From so many scores (batch x heads x queries x keys) on, and below so many, the eager formula is faster on a CPU for
these dtypes of query and value: with one query and with more in inference, with one and with more where gradients are
due."""
_TILES = bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())
"""The flash kernel has tiles (AMX) to multiply bfloat16 and float16 in; the thresholds for these hold without."""


def _eager_wins(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, dropout_p: float) -> bool:
    """The kernel policy for CPU, beside `_eager_by_size`; on other devices the fused kernel is always called, and
    torch chooses among its kernels. Reads shapes and flags only: nothing waits for a device.

    The flash kernel for CPU takes operands with a last stride of 1 and equal head sizes, no dropout, and a bias that
    needs no gradient. Anything else goes to the math kernel, which does what eager does, with copies. Measured with
    torch 2.13 on 2 threads, 12 heads of 64, batch 1; time of eager over time of SDPA, above 1 where SDPA is faster:

        queries x keys                          1x1024   16x16   64x64   256x256   512x512
        fp32, key's last stride not 1             0.85    0.80    0.74      0.85      0.57
        fp32, the same, key copied first          0.19    0.77    0.87      2.4       2.3
        fp32, head sizes 64 and 128               0.92    0.86    0.76      0.82      0.78
        fp32, the same, padded to 128             0.54    0.67    0.69      0.84      1.3

    Where the flash kernel does run, `_EAGER` says where it loses; docs/runtime.md has the measurements. A traced
    program must hold for every length, so that no number of scores may decide there.
    """
    if dropout_p > 0 or (bias is not None and bias.requires_grad and torch.is_grad_enabled()):
        return True
    compiling = torch.compiler.is_compiling()
    if bias is not None and compiling and not _exporting() and _needs_gradient(query, key, value):
        return True  # which rows are masked as a whole cannot be traced, see `_eager_rows`
    shape = query.shape
    half = query.dtype.itemsize == 2
    if half and shape[-2] == 1:
        return True  # the kernel rounds each step of its one row to the dtype
    if query.stride()[-1] != 1 or key.stride()[-1] != 1 or value.stride()[-1] != 1:
        return compiling or shape[-2] < _ROWS_TO_COPY
    return shape[-1] != value.shape[-1] and (compiling or shape[-2] < _ROWS_TO_PAD)


def _eager_by_size(query: Tensor, key: Tensor, value: Tensor) -> bool:
    """The part of the policy that needs the number of scores alone, and comes first since it is quick to see."""
    bands = _EAGER.get((query.dtype, value.dtype))
    if bands is None or (_TILES and value.dtype.itemsize == 2):
        return False
    shape, key_shape = query.shape, key.shape
    if len(shape) < 2 or len(key_shape) < 2 or not shape[-1]:
        return False
    band = bands[2 * _needs_gradient(query, key, value) + (shape[-2] != 1)]
    return band is not _NEVER and band[0] <= query.numel() // shape[-1] * key_shape[-2] < band[1]


def _plain_call(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None,
    scale: float | Tensor,
    dropout_p: float,
    causal: bool | None,
    groups: int,
    lead: tuple[int, ...] | None,
) -> Call | Literal[False] | None:
    """What `fuse` returns where nothing is to be converted, in less time than it takes there; False elsewhere.
    `lead` has the leading sizes to give back, where they are others.

    A call with one query takes a few tens of microseconds, so that every check counts.
    """
    shape, dtype = query.shape, query.dtype
    key_shape = key.shape
    if (
        type(scale) is not float
        or scale < 0
        or len(shape) != 4
        or len(key_shape) != 4
        or not (dtype is key.dtype is value.dtype)
        or dtype not in _PLAIN
        or torch.is_autocast_enabled("cpu")
    ):
        return False
    batch, heads, rows, dim = shape
    key_batch, key_heads, columns, key_dim = key_shape
    grouped = groups != 1
    if (
        rows >= _ROWS_TO_COPY
        or batch != key_batch
        or heads != (key_heads * groups if grouped else key_heads)
        or dim != key_dim
        or key_shape != value.shape
    ):
        return False
    rows_masked = None
    if bias is not None:
        if causal or bias.dtype is not dtype or bias.dim() != 4:
            return False
        first, second, third, fourth = bias.shape
        if (
            (first != 1 and first != batch)
            or (second != 1 and second != heads)
            or (third != 1 and third != rows)
            or (fourth != 1 and fourth != columns)
        ):
            return False
        if _eager_wins(query, key, value, bias, dropout_p):
            return None
        if _needs_gradient(query, key, value):
            rows_masked = _masked_rows(bias)
    elif _eager_wins(query, key, value, None, dropout_p):
        return None
    is_causal = bool(causal) and rows > 1
    if is_causal and columns > rows:
        key, value = key[..., :rows, :], value[..., :rows, :]
    state = module.__dict__
    state["_sdpa_calls"] = state.get("_sdpa_calls", 0) + 1
    # straight to the tuple: a NamedTuple's own constructor takes several times as long
    fields = (
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
        None,
        rows_masked is None and lead is None,
        grouped,
    )
    return tuple.__new__(Call, fields)


_BLOCK = 256
_blocks: dict[tuple[torch.dtype, bool, float, int], tuple[Tensor, Tensor, Tensor]] = {}


def _is_causal(bias: Tensor, rows: int, columns: int) -> bool:
    """Whether `bias`, on a CPU, hides exactly the keys after `i` from query `i`, as the kernel's `is_causal` does.

    Every entry is compared at every call, so that no mask that was changed since, by whatever means, is taken for
    what it was. That costs 1 to 4 % of the attention, next to nothing where a mask is something else: its last row
    is looked at first, and padding, a window, and packed sequences each hide a key there. False in a traced program.
    """
    shape = bias.shape
    if (
        _recorded()
        or rows < _ROWS_TO_RECOGNISE
        or columns < rows
        or len(shape) < 2
        or shape[-1] != columns
        or shape[-2] != rows
        or 0 in shape
        or type(bias) is not Tensor
        or bias.is_neg()
    ):
        return False
    boolean = bias.dtype == torch.bool
    fill = bias[(0,) * (len(shape) - 1) + (1,)].item()  # not a slice with a star before Python 3.11
    # Below -1e30 an entry leaves nothing of any score that is finite enough for a softmax. The smallest number of
    # float16 does not: a score can weigh it up.
    if fill if boolean else not fill < -1e30:
        return False
    for axis in range(len(shape) - 2):
        if bias.stride(axis) == 0:
            bias = bias.narrow(axis, 0, 1)

    # As integers of 64 bits, which compare faster, where sizes and strides allow that.
    unit = 8 // bias.dtype.itemsize
    words = bias
    if rows % unit == 0 and columns % unit == 0:
        try:
            words = bias.view(torch.int64)
        except RuntimeError:
            unit = 1
    else:
        unit = 1
    key = (bias.dtype, words.dtype == torch.int64, fill, unit)
    reference = _blocks.get(key)
    if reference is None:
        reference = _blocks[key] = _causal_block(bias.dtype, fill, words.dtype)
    block, seen, hidden = reference
    end = rows // unit
    if not _all(words[..., -1, :end], seen):
        return False
    if columns > rows and not _all(words[..., end:], hidden):
        return False
    for start in range(0, rows, _BLOCK):
        stop = min(start + _BLOCK, rows)
        part = words[..., start:stop, :]
        size = stop - start
        left, right = start // unit, stop // unit
        diagonal = part[..., left:right]
        if not torch.equal(diagonal, block[:size, : size // unit].expand(diagonal.shape)):
            return False
        if start > 0 and not _all(part[..., :left], seen):
            return False
        if right < end and not _all(part[..., right:end], hidden):
            return False
    return True


def _all(words: Tensor, value: Tensor) -> bool:
    return torch.equal(words, value.expand(words.shape))


def _causal_block(dtype: torch.dtype, fill: float, words: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """A causal mask of `_BLOCK` rows, and what stands for a seen and for a hidden key, each viewed as `words`."""
    seen = torch.full((8,), dtype == torch.bool, dtype=dtype, device="cpu")
    hidden = torch.full((8,), fill, dtype=dtype, device="cpu")
    lower = torch.ones(_BLOCK, _BLOCK, dtype=torch.bool, device="cpu").tril()
    block = torch.where(lower, seen[0], hidden[0])
    return block.view(words), seen.view(words)[0], hidden.view(words)[0]


def _repeated(tensor: Tensor, groups: int) -> Tensor:
    return torch.repeat_interleave(tensor, groups, dim=1)


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


def _exporting() -> bool:
    return bool(getattr(torch.compiler, "is_exporting", bool)())


def _needs_gradient(query: Tensor, key: Tensor, value: Tensor) -> bool:
    return torch.is_grad_enabled() and (query.requires_grad or key.requires_grad or value.requires_grad)


def _without_filled_rows(query: Tensor, filled: Tensor, bias: Tensor) -> Tensor | None:
    """`query` with zeros in the rows whose largest bias stands at a filled key; None where eager is to be run.

    Such a row is masked as a whole. Eager weighs its filled keys by the bias alone. Where keys that another mask hides
    with a like number count beside them, no query gives both (looked for on a CPU, outside of compiled code).
    """
    if query.dim() < 2 or not bias.is_floating_point():
        return None
    lowest = torch.full((), -torch.inf, dtype=bias.dtype, device=bias.device)
    largest = torch.where(filled, bias, lowest).amax(dim=-1, keepdim=True)
    other = torch.where(filled, lowest, bias).amax(dim=-1, keepdim=True)
    rows = largest > other
    if not _expands(rows.shape, (*query.shape[:-1], 1)):
        return None
    if query.is_cpu and not torch.compiler.is_compiling():
        highest = largest.maximum(other)
        level = (highest < -1e3) & (highest > -1e20) & ((largest - other).abs() < 1e4)
        if bool(level.any()):  # below, either number swallows the product
            return None
        if not bool(rows.any()):
            return query
    return query.masked_fill(rows, 0.0)


def _masked_rows(bias: Tensor) -> Tensor | None:
    """Rows of an additive bias that leave no key which float32 can tell from the others, None if there are none."""
    if bias.dtype == torch.bool or bias.numel() == 0:
        return None
    masked = bias.detach().amax(dim=-1, keepdim=True) < -1e3
    return masked if bool(masked.any()) else None


def _eager_rows(output: Tensor, call: Call) -> Tensor:
    """The output with its wholly masked rows from the eager formula.

    The flash kernel's forward is right there, its backward takes their probabilities for 1 instead of 1/n.
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
        key, value = _repeated(key, groups), _repeated(value, groups)
    scores = torch.matmul(call.query[..., index, :], key.transpose(-1, -2)) * call.scale + bias[..., index, :]
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


def _broadcast(*shapes: Sequence[int]) -> tuple[int, ...] | None:
    """The shape that all `shapes` broadcast to, or None."""
    rank = max(len(shape) for shape in shapes)
    sizes = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, rank - len(shape)):
            if sizes[axis] == 1:
                sizes[axis] = size
            elif size != 1 and size != sizes[axis]:
                return None
    return tuple(sizes)


def _expands(shape: Sequence[int], target: Sequence[int]) -> bool:
    """Whether a tensor of `shape` expands to `target` without making it larger."""
    offset = len(target) - len(shape)
    if offset < 0:
        return False
    for axis, size in enumerate(shape, offset):  # noqa: SIM110  # a loop is faster, and this runs at every call
        if size != 1 and size != target[axis]:
            return False
    return True


def _cast_bias(bias: Tensor, dtype: torch.dtype) -> Tensor:
    """`bias` in `dtype`, where the smallest number of a wider type must not become -inf."""
    if torch.finfo(bias.dtype).min < torch.finfo(dtype).min:
        bias = bias.clamp(min=torch.finfo(dtype).min)
    return bias.to(dtype)


def _causal_bias(bias: Tensor | float | None, rows: int, columns: int, like: Tensor | None = None) -> Tensor:
    """`bias` under which query `i` sees the keys `0..i` only, `(..., rows, columns)`; bool if `bias` is None or bool.

    `like` gives the device where `bias` is None.
    """
    tensor = bias if isinstance(bias, Tensor) else like
    assert tensor is not None
    seen = torch.ones(rows, columns, dtype=torch.bool, device=tensor.device).tril()
    if not isinstance(bias, Tensor):
        return seen
    if bias.dtype == torch.bool:
        return bias & seen
    return torch.where(seen, bias, torch.finfo(bias.dtype).min)


def _groups(before: tuple[int, ...], after: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """The finest pairs of runs of axes that hold the same number of entries, from the last axis to the first."""
    found: list[tuple[slice, slice]] = []
    old, new = len(before), len(after)
    while old > 0 or new > 0:
        first, second = max(old - 1, 0), max(new - 1, 0)
        while _count(before[first:old]) != _count(after[second:new]):
            if (_count(before[first:old]) < _count(after[second:new]) or second == 0) and first > 0:
                first -= 1
            elif second > 0:
                second -= 1
            else:
                break
        found.append((slice(first, old), slice(second, new)))
        old, new = first, second
    return found[::-1]


def _prepared(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None,
    shape: Sequence[int] | None,
    factor: Tensor | float | None,
    sink: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None, tuple[int, ...] | None, Tensor | None] | None:
    """Operands with the leading axes of `shape` and the sink's column, the leading sizes to give back, and `factor`
    as a tensor; None where the scores' own axes are viewed or the factor is not one for whole rows."""
    result: tuple[int, ...] | None = None
    if shape is None:
        scores = scores_shape(query, key)
    else:
        plan = _led if _recorded() else _led_before
        led = plan(tuple(query.shape), tuple(key.shape), tuple(value.shape), tuple(shape))
        if led is None:
            return None
        result, own = led
        lead = tuple(shape[:-2])
        if result is not None:
            query, key, value = _led_to(query, own, lead), _led_to(key, own, lead), _led_to(value, result, lead)
        scores = torch.Size((*lead, query.shape[-2], key.shape[-2]))
    if factor is not None:
        if not isinstance(factor, Tensor):
            factor = torch.tensor(factor, dtype=value.dtype, device=value.device)
        if not _expands(factor.shape, (*scores[:-1], 1)):
            return None
        if result is not None and tuple(result) != tuple(scores[:-2]) and factor.dim() > 1:
            factor = factor.expand(*scores[:-1], 1).reshape(*result, scores[-2], 1)
    if sink is not None:
        if not _expands(sink.shape, (*scores[:-1], 1)):
            return None
        column = sink.to(query.dtype).expand(*scores[:-1], 1)
        if bias is None:
            bias = torch.zeros((), dtype=query.dtype, device=query.device)
        elif bias.dtype == torch.bool:
            bias = additive(bias, query.dtype)
            assert bias is not None
        bias = torch.cat([bias.expand(scores), column.to(bias.dtype)], dim=-1)
        key = nn.functional.pad(key, (0, 0, 0, 1))
        value = nn.functional.pad(value, (0, 0, 0, 1))
    return query, key, value, bias, result, factor


def _led_to(tensor: Tensor, own: tuple[int, ...], lead: tuple[int, ...]) -> Tensor:
    """`tensor` with leading axes that broadcast to `own`, with `lead` in their place."""
    shape = tensor.shape
    if shape[:-2] != own:
        tensor = tensor.expand(*own, *shape[-2:])
    return tensor.reshape(*lead, *shape[-2:])


def _led(
    query: tuple[int, ...], key: tuple[int, ...], value: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[tuple[int, ...] | None, tuple[int, ...]] | None:
    """For operands of these shapes, whose scores are viewed as `shape`: the leading sizes of the result, None where
    the view changes nothing, and those of the scores before it; None where the view is of the scores' own axes."""
    own = _broadcast(query[:-2], key[:-2])
    if own is None or shape[-2:] != (query[-2], key[-2]):
        return None
    lead = shape[:-2]
    result = _broadcast(own, value[:-2]) if len(value) == len(query) else value[:-2]
    if result is None or _count(result) != _count(lead) or _count(own) != _count(lead):
        return None
    return None if lead == own == result else result, own


_led_before = functools.lru_cache(maxsize=64)(_led)


def _multiplied(tensor: Tensor, factor: Tensor) -> Tensor:
    """`tensor * factor`; a bool factor gives exact zeros, whatever stands there."""
    if factor.dtype == torch.bool:
        return torch.where(factor, tensor, torch.zeros((), dtype=tensor.dtype, device=tensor.device))
    return (tensor * factor).to(tensor.dtype)


def _split(lead: tuple[int, ...], bias: Tensor | None) -> int:
    """Where to cut `lead` into the kernel's batch and heads, so that `bias` needs no copy if that can be."""
    if bias is None or len(lead) < 3:
        return max(len(lead) - 1, 0)
    given = (1,) * (len(lead) + 2 - bias.dim()) + tuple(bias.shape[:-2])
    for split in range(len(lead) - 1, 0, -1):
        if all(given[part] == lead[part] or _count(given[part]) == 1 for part in (slice(split), slice(split, None))):
            return split
    return len(lead) - 1


def _merge_lead(bias: Tensor, lead: tuple[int, ...], split: int) -> Tensor:
    """`bias` as 4-D, its leading axes merged as those of the scores; an axis that is shared stays of size 1."""
    bias = bias[(None,) * (len(lead) + 2 - bias.dim())]
    sizes: list[int] = []
    merged: list[int] = []
    for part in (slice(split), slice(split, len(lead))):
        shared = _count(bias.shape[part]) == 1
        sizes.extend((1,) * len(lead[part]) if shared else lead[part])
        merged.append(1 if shared else _count(lead[part]))
    return bias.expand(*sizes, *bias.shape[-2:]).reshape(*merged, *bias.shape[-2:])
