"""What generated attention classes call.

`fuse` decides whether a call goes to the fused kernel and brings its operands into the form that the kernel takes,
`restore` brings the kernel's output back, and `eager_attention` is the formula that everything else falls back to. The
rest computes what the source adds to its scores, and reads of them.

Shapes, throughout: query `(*lead, query, head_dim)`, key `(*lead, key, head_dim)`, value `(*lead, key, value_dim)`;
`lead` has any rank and broadcasts, as for `torch.matmul`. A bias is None, an additive float tensor, or a bool tensor
with True where a key is attended; it broadcasts to the scores, `(*lead, query, key)`.
"""

from __future__ import annotations

from ._bias import (
    additive,
    arrange,
    at_least,
    augmented,
    combined,
    expand_bias,
    given,
    interface_causal,
    interface_mask,
    promoted,
    recast,
    scores_dtype,
    scores_like,
    unfilled,
    updated,
    view_bias,
    widened,
)
from ._constants import constant
from ._eager import dropout_probability, eager_attention, interface_heads, over_one_key, quotient
from ._fused import Call, fuse, restore
from ._multihead import multihead_attention
from ._policy import as_written, is_one_token
from ._requests import listening, weights_requested
from ._shapes import enlarged, expanded, scores_shape
from ._state import implementation_of

__all__ = [
    "Call",
    "additive",
    "arrange",
    "as_written",
    "at_least",
    "augmented",
    "combined",
    "constant",
    "dropout_probability",
    "eager_attention",
    "enlarged",
    "expand_bias",
    "expanded",
    "fuse",
    "given",
    "implementation_of",
    "interface_causal",
    "interface_heads",
    "interface_mask",
    "is_one_token",
    "listening",
    "multihead_attention",
    "over_one_key",
    "promoted",
    "quotient",
    "recast",
    "restore",
    "scores_dtype",
    "scores_like",
    "scores_shape",
    "unfilled",
    "updated",
    "view_bias",
    "weights_requested",
    "widened",
]
