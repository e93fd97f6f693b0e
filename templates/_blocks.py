"""Blocks of queries, each of which meets the keys up to its own end alone, where the later ones are hidden from it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ._policy import LEAST_ROWS_FOR_BLOCKS, rows_of_block
from ._state import is_recorded

_HIDDEN = -1e30
"""An entry of a bias below this leaves nothing of any score that is finite enough for a softmax,"""
_SEEN = -1e10
"""if another entry of its row is above this."""


def all_but_last(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, scale: float, *, is_causal: bool, grouped: bool
) -> tuple[list[Tensor], Tensor] | None:
    """The outputs of all blocks of queries but the last one, which sees every key, and the bias of that; None where
    the call is to stay whole.

    The operands are on a CPU and of four axes, the bias of two or four. What the flash kernel for CPU saves by
    `is_causal` are whole blocks of 512 keys; of a bias it computes everything, what is hidden too.
    """
    rows, columns = query.shape[-2], key.shape[-2]
    if rows < LEAST_ROWS_FOR_BLOCKS or columns < rows or type(query) is not Tensor or is_recorded():
        return None
    size = rows_of_block(query, columns, is_causal=is_causal)
    if not size:
        return None
    if bias is None:
        if not is_causal:
            return None
        hiding = _hiding_later(size, rows, query.dtype)
        before = hiding.shape[-1] - size
    elif not hides_later(bias, rows, columns, size):
        return None
    outputs = []
    for start in range(0, rows, size):
        stop = min(start + size, rows)
        end = columns - rows + stop
        if bias is None:
            part = hiding[: stop - start, before - start :][:, :end]
        else:
            part = bias[..., start:stop, :end]
        if stop == rows:
            break
        outputs.append(
            nn.functional.scaled_dot_product_attention(
                query[..., start:stop, :],
                key[..., :end, :],
                value[..., :end, :],
                attn_mask=part,
                scale=scale,
                enable_gqa=grouped,
            )
        )
    return outputs, part


def joined(outputs: list[Tensor]) -> Tensor:
    """The outputs of all blocks, `(batch, heads, query, value_dim)`, as one, in memory as the kernel lays it out."""
    return torch.cat([output.transpose(1, 2) for output in outputs], dim=1).transpose(1, 2)


def hides_later(bias: Tensor, rows: int, columns: int, size: int) -> bool:
    """Whether `bias`, `(..., rows, columns)`, hides from each block of `size` queries all keys after the block's own
    (the last query's is the last key), and leaves each query its own key or the first one.

    Every entry that is to be left out is read at every call, as in `is_just_causal`. What hides nothing is seen as
    that by its first row.
    """
    if bias.dim() < 2 or bias.shape[-2:] != (rows, columns) or type(bias) is not Tensor:
        return False
    for axis in range(bias.dim() - 2):
        if bias.stride(axis) == 0:
            bias = bias.narrow(axis, 0, 1)
    boolean, beyond = bias.dtype == torch.bool, columns - rows
    first, own = bias[..., 0], bias.diagonal(beyond, -2, -1)
    if not _hidden(bias[..., 0, -1]):
        return False
    if not bool((first | own if boolean else first.maximum(own) > _SEEN).all()):
        return False
    return all(
        _hidden(bias[..., start : start + size, beyond + start + size :]) for start in range(0, rows - size, size)
    )


def _hidden(entries: Tensor) -> bool:
    return not bool(entries.any()) if entries.dtype == torch.bool else entries.amax().item() < _HIDDEN


_later: dict[tuple[int, int, torch.dtype], Tensor] = {}


def _hiding_later(size: int, rows: int, dtype: torch.dtype) -> Tensor:
    """The bias of a causal block of `size` queries with the keys of up to `rows` queries before it."""
    before = -(-rows // 1024) * 1024
    found = _later.get((size, before, dtype))
    if found is None:
        with torch.inference_mode(mode=False):  # a tensor of its making cannot be kept for a backward
            square = torch.full((size, size), -torch.inf, dtype=dtype, device="cpu").triu(1)
            found = _later[size, before, dtype] = nn.functional.pad(square, (before, 0))
    return found
