"""Blocks of a call, each of which leaves out the keys that are hidden from all of its queries: later ones, padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ._masks import hides_nothing
from ._policy import LEAST_ROWS_FOR_BLOCKS, MOST_KEYS_KEPT, rows_of_block
from ._state import is_recorded, needs_gradient

_HIDDEN = -1e30
"""An entry of a bias below this leaves nothing of any score that is finite enough for a softmax,"""
_SEEN = -1e10
"""if another entry of its row is above this."""

_MOST_SCORES = 2**22
"""So many scores of one block stay in the caches."""


class Block(NamedTuple):
    """What part of a call's batch, queries and keys is computed at once, and the bias there."""

    batch: slice
    rows: slice
    keys: slice
    bias: Tensor | None
    untouched: int = 0
    """So many of its keys, the first, the bias leaves as they are."""

    def operands(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The block's part of each."""
        return query[self.batch, :, self.rows], key[self.batch, :, self.keys], value[self.batch, :, self.keys]


def blocks_of(query: Tensor, key: Tensor, bias: Tensor | None, *, is_causal: bool, gradient: bool) -> list[Block]:
    """The blocks of a call on a CPU, in order along the batch or along the queries; none where it is to stay whole.
    `gradient` says whether one is due.

    The operands are of four axes, the bias of two or four. The flash kernel for CPU computes every score that a bias
    hides; what it saves by `is_causal` are whole blocks of 512 keys.
    """
    batch, heads, rows, _ = query.shape
    columns = key.shape[-2]
    # first whether a program is traced: it must hold for every length, and no size may be looked at
    if is_recorded() or rows < LEAST_ROWS_FOR_BLOCKS or columns < rows or type(query) is not Tensor:
        return []
    if bias is None and not (is_causal and rows == columns):
        return []
    if bias is not None and bias.dim() < 4:
        bias = bias[None, None]
    by_kernel = gradient or query.dtype != torch.float32
    if bias is not None and rows_of_block(rows, heads, is_causal=False, by_kernel=by_kernel):
        found = _without_padding(bias, rows, columns)
        if found:
            return found
    size = rows_of_block(rows, batch * heads, is_causal=is_causal, by_kernel=by_kernel)
    if size and (bias is None or hides_later(bias, rows, columns, size)):
        return _causal(bias, rows, columns, size, query.dtype)
    return []


def computed(
    blocks: Sequence[Block], query: Tensor, key: Tensor, value: Tensor, scale: float, *, grouped: bool
) -> list[Tensor]:
    """The output of each block."""
    along_queries = blocks and all(block.batch == slice(None) for block in blocks)
    if along_queries and scale and query.dtype == torch.float32 and not needs_gradient(query, key, value):
        rows, columns = blocks[-1].operands(query, key, value)[0].shape[2], blocks[-1].keys.stop
        if query.shape[0] * query.shape[1] * rows * columns <= _MOST_SCORES:
            return _in_steps(blocks, query, key, value, scale)
    found = []
    for block in blocks:
        part, keys, values = block.operands(query, key, value)
        found.append(
            nn.functional.scaled_dot_product_attention(
                part, keys, values, attn_mask=block.bias, scale=scale, enable_gqa=grouped
            )
        )
    return found


def _in_steps(blocks: Sequence[Block], query: Tensor, key: Tensor, value: Tensor, scale: float) -> list[Tensor]:
    """The output of each block of queries by the eager formula, whose scores all lie in the same memory: as many as
    stay in a cache. The kernel multiplies 32 rows of a short block at a time, this multiplies all of them."""
    batch, heads, _, dim = query.shape
    own, columns = key.shape[1:3]
    groups = heads // own
    keys = key.reshape(batch * own, columns, dim).transpose(1, 2)
    values = value.reshape(batch * own, columns, value.shape[-1])
    parts = [query[:, :, block.rows] for block in blocks]
    most = batch * heads * parts[0].shape[-2] * blocks[-1].keys.stop
    memory = torch.empty(most, dtype=query.dtype, device="cpu")
    found = []
    for part, block in zip(parts, blocks):  # noqa: B905  # of one length
        rows, end = part.shape[-2], block.keys.stop
        scores = memory[: batch * heads * rows * end].view(batch * own, groups * rows, end)
        torch.baddbmm(
            scores, part.reshape(batch * own, groups * rows, dim), keys[..., :end], beta=0, alpha=scale, out=scores
        )
        viewed = scores.view(batch, heads, rows, end)
        if block.bias is not None and block.bias.dtype == torch.bool:
            viewed.masked_fill_(~block.bias, -torch.inf)
        elif block.bias is not None:
            viewed[..., block.untouched :].add_(block.bias[..., block.untouched :])
        torch.softmax(scores, -1, out=scores)
        found.append(torch.bmm(scores, values[:, :end]).view(batch, heads, rows, value.shape[-1]))
    return found


def joined(outputs: Sequence[Tensor], rows: int) -> Tensor:
    """The outputs of all blocks, `(batch, heads, query, value_dim)`, as one of so many queries; in memory it lies as
    the kernel's own does."""
    if len(outputs) == 1:
        return outputs[0]
    along = 0 if outputs[0].shape[-2] == rows else 1
    return torch.cat([output.transpose(1, 2) for output in outputs], dim=along).transpose(1, 2)


def _causal(bias: Tensor | None, rows: int, columns: int, size: int, dtype: torch.dtype) -> list[Block]:
    """Blocks of `size` queries, each with the keys up to its own end."""
    found = []
    for start in range(0, rows, size):
        stop = min(start + size, rows)
        end = columns - rows + stop
        if bias is not None:
            part, untouched = bias[..., start:stop, :end], 0
        else:
            hiding = _hiding_later(size, rows, dtype)
            part, untouched = hiding[: stop - start, hiding.shape[-1] - size - start :][:, :end], start
        found.append(Block(slice(None), slice(start, stop), slice(end), part, untouched))
    return found


def hides_later(bias: Tensor, rows: int, columns: int, size: int) -> bool:
    """Whether `bias`, `(..., rows, columns)`, hides from each block of `size` queries all keys after the block's own
    (the last query's is the last key), and leaves each query its own key or the first one.

    Every entry that is to be left out is read at every call, as in `is_just_causal`. What hides nothing from the first
    query is seen as that at once.
    """
    if bias.shape[-2:] != (rows, columns) or type(bias) is not Tensor:
        return False
    bias = _told_once(bias, bias.dim() - 2)
    if not _hidden(bias[..., 0, -1]) or not _seen(bias[..., 0], bias.diagonal(columns - rows, -2, -1)):
        return False
    ends = range(size, rows, size)
    return all(_hidden(bias[..., end - size : end, columns - rows + end :]) for end in ends)


def _without_padding(bias: Tensor, rows: int, columns: int) -> list[Block]:
    """Blocks of neighbours in the batch that see the same keys, without those before and after, where that saves
    enough; every entry that is left out is read, and one that is seen, of each row."""
    if bias.shape[-1] != columns or type(bias) is not Tensor:
        return []
    edges = bias[:, 0, 0], bias[:, 0, -1]
    seen, at_last = (row if row.dtype == torch.bool else row > _HIDDEN for row in edges)
    if bool(seen.all()) or not torch.equal(seen, at_last):
        return []
    places = torch.arange(columns, device="cpu")
    starts = places.where(seen, columns).amin(-1).tolist()
    ends = (places + 1).where(seen, 0).amax(-1).tolist()
    if sum(ends) - sum(starts) > MOST_KEYS_KEPT * columns * len(ends):
        return []
    found: list[Block] = []
    for place, (start, end) in enumerate(zip(starts, ends)):  # noqa: B905  # of one length
        own = _told_once(bias[place], 2)
        if start >= end or not _seen(own[..., start]):
            return []
        if not all(_hidden(part) for part in (own[..., :start], own[..., end:]) if part.numel()):
            return []
        last = found[-1] if found else None
        if last is not None and last.keys == slice(start, end):
            found[-1] = last._replace(batch=slice(last.batch.start, place + 1))
        else:
            found.append(Block(slice(place, place + 1), slice(None), slice(start, end), None))
    for place, block in enumerate(found):
        part = bias[block.batch, ..., block.keys]
        batch = slice(None) if len(ends) == 1 else block.batch  # one mask for all
        found[place] = block._replace(batch=batch, bias=None if hides_nothing(part, rows) else part)
    return found


def _told_once(bias: Tensor, axes: int) -> Tensor:
    """A bias without what its first axes only repeat."""
    for axis in range(axes):
        if bias.stride(axis) == 0:
            bias = bias.narrow(axis, 0, 1)
    return bias


def _hidden(entries: Tensor) -> bool:
    return not bool(entries.any()) if entries.dtype == torch.bool else entries.amax().item() < _HIDDEN


def _seen(*entries: Tensor) -> bool:
    """Whether at each place one of the entries is seen."""
    seen = [part if part.dtype == torch.bool else part > _SEEN for part in entries]
    return bool((seen[0] if len(seen) == 1 else seen[0] | seen[1]).all())


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
