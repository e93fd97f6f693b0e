"""`nn.MultiheadAttention` and its function, through SDPA where their weights are not needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ._state import needs_gradient

_FORWARD: Any = nn.MultiheadAttention.forward
if _FORWARD.__globals__ is not vars(nn.modules.activation):
    _FORWARD = None  # other code has replaced it


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
    is_causal = is_causal and attn_mask is None  # a hint, which eager does not take for the mask itself
    if not _is_torchs_own(attention) or (masked and needs_gradient(query, key, value)):
        # with a mask and gradients as eager does it: rows that are masked as a whole, see `eager_rows`
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
    if not swapped:
        return output, None
    output = output.transpose(0, 1)
    # in order, as torch's fast path gives it, which runs where no gradient is recorded
    return output if torch.is_grad_enabled() else output.contiguous(), None


def _is_torchs_own(attention: Any) -> bool:
    """Whether a call of the module runs torch's own `forward`, and nothing beside it."""
    if type(attention) is not nn.MultiheadAttention or "forward" in attention.__dict__:
        return False
    if nn.MultiheadAttention.forward is not _FORWARD:
        return False
    hooks = (attention._forward_hooks, attention._forward_pre_hooks)
    return not any((*hooks, attention._backward_hooks, attention._backward_pre_hooks))


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
    # with a mask and gradients as eager does it: rows that are masked as a whole, see `eager_rows`
    eager = masked and torch.is_grad_enabled()
    if attn_mask is not None:
        others["is_causal"] = False  # a hint, which eager does not take for the mask itself
    if not eager:
        count_fused(module)
    output, weights = nn.functional.multi_head_attention_forward(
        query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn,
        dropout_p, out_proj_weight, out_proj_bias, training=training, key_padding_mask=key_padding_mask,
        need_weights=eager, attn_mask=attn_mask, **others,
    )  # fmt: skip
    return output, weights
