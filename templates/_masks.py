"""What a mask hides: just the keys that come later, or whole rows."""

from __future__ import annotations

import torch
from torch import Tensor

from ._shapes import expands
from ._state import is_recorded

_ROWS_TO_RECOGNISE = 256
"""From so many queries on, seeing that a mask is just causal costs less than the flash kernel gains by it."""


def is_just_causal(bias: Tensor, rows: int, columns: int) -> bool:
    """Whether `bias`, on a CPU, hides exactly the keys after `i` from query `i`, as the kernel's `is_causal` does.

    Every entry is compared at every call, so that no mask that was changed since, by whatever means, is taken for
    what it was. That costs 1 to 4 % of the attention, next to nothing where a mask is something else: its last row
    is looked at first, and padding, a window, and packed sequences each hide a key there. False in a traced program.
    """
    shape = bias.shape
    if (
        is_recorded()
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
    whole = rows * columns <= _WHOLE
    height, width = rows if whole else _BAND, columns // unit
    band, before = _causal_band(bias.dtype, fill, words.dtype, height, columns, whole=whole)
    last = words[..., -1, : rows // unit]
    if not torch.equal(last, band[-1, : rows // unit].expand(last.shape)):
        return False
    for start in range(0, rows, height):
        part = words[..., start : start + height, :]
        left = (before - start) // unit
        if not torch.equal(part, band[: part.shape[-2], left : left + width].expand(part.shape)):
            return False
    return True


def hides_nothing(bias: Tensor, rows: int) -> bool:
    """Whether `bias`, on a CPU, adds 0 to each score of `rows` queries, or as a bool tensor hides no key, as the mask
    of a sequence without padding does. Read at every call, as in `is_just_causal`; one row first."""
    if is_recorded() or rows < _ROWS_TO_RECOGNISE or bias.numel() == 0 or type(bias) is not Tensor:
        return False
    for axis in range(bias.dim()):
        if bias.stride(axis) == 0:
            bias = bias.narrow(axis, 0, 1)
    row = bias[(0,) * (bias.dim() - 1)] if bias.dim() else bias
    if bias.dtype == torch.bool:
        return bool(row.all()) and bool(bias.all())
    return all(bool((end == 0).all()) for part in (row, bias) for end in part.aminmax())


_WHOLE = 2**22
"""Up to so many entries a mask is compared at once, both sides in one piece of memory, which is the quickest; else in
bands of so many rows:"""
_BAND = 256
_KEPT = 2**25
"""Bytes of a band that may be kept;"""
_bands: dict[tuple[torch.dtype, torch.dtype, float, bool], tuple[Tensor, int]] = {}
"""the last one that was asked for, by what is in it and whether it is the whole mask."""


def _causal_band(
    dtype: torch.dtype, fill: float, words: torch.dtype, height: int, columns: int, *, whole: bool
) -> tuple[Tensor, int]:
    """So many rows of a causal mask, viewed as `words`, and how many of its columns come before the first row's own.
    The whole mask has `columns`; a band is wider, so that each band of a mask with so many columns is a part of it."""
    found = _bands.get((dtype, words, fill, whole))
    if found is not None:
        kept, before = found
        size = kept.numel() * words.itemsize // dtype.itemsize
        if kept.shape[0] == height and (size == height * columns if whole else before >= columns):
            return found
    before = 0 if whole else -(-columns // 1024) * 1024
    seen = torch.ones(height, columns if whole else 2 * before + height, dtype=torch.bool, device="cpu").tril(before)
    if dtype != torch.bool:
        seen = torch.zeros((), dtype=dtype, device="cpu").where(seen, fill)
    found = seen.to(dtype).view(words), before
    if found[0].nbytes <= _KEPT:
        _bands.clear()
        _bands[dtype, words, fill, whole] = found
    return found


def without_filled_rows(query: Tensor, filled: Tensor, bias: Tensor) -> Tensor | None:
    """`query` with zeros in the rows whose largest bias stands at a filled key; None where eager is to be run.

    Such a row is masked as a whole. Eager weighs its filled keys by the bias alone. Where keys that another mask hides
    with a like number count beside them, no query gives both (looked for on a CPU, outside of compiled code). Where a
    program is traced otherwise, or a transform of functions is at work, nothing can be looked at: eager, too.
    """
    compiling = torch.compiler.is_compiling()
    if query.dim() < 2 or not bias.is_floating_point() or (is_recorded() and not compiling):
        return None
    lowest = torch.full((), -torch.inf, dtype=bias.dtype, device=bias.device)
    constants = torch.where(filled, bias, lowest)
    if constants.numel() == 0:
        return query
    largest = constants.amax(dim=-1, keepdim=True)
    other = torch.where(filled, lowest, bias).amax(dim=-1, keepdim=True)
    rows = largest > other
    if not expands(rows.shape, (*query.shape[:-1], 1)):
        return None
    if query.is_cpu and not compiling:
        highest = largest.maximum(other)
        level = (highest < -1e3) & (highest > -1e20) & ((largest - other).abs() < 1e4)
        if bool(level.any()):  # below, either number swallows the product
            return None
        if not bool(rows.any()):
            return query
    return query.masked_fill(rows, 0.0)


_TOO_LARGE = 8192
"""From here on, neighbours in float32 are 0.001 apart: the logarithms, too, that a kernel makes probabilities from."""


def without_emptied_rows(query: Tensor, emptied: Tensor) -> Tensor:
    """`query` with zeros in the rows that are emptied as a whole, which pass no gradient on to it, nor to the keys."""
    rows = emptied.all(dim=-1, keepdim=True)
    if not expands(rows.shape, (*query.shape[:-1], 1)):
        return query
    return torch.where(rows, torch.zeros((), dtype=query.dtype, device=query.device), query)


def masked_rows(bias: Tensor) -> Tensor | None:
    """Rows of an additive bias that leave no key which float32 can tell from the others, None if there are none: those
    that are masked as a whole, and those in which what is added to a key is as large."""
    if bias.dtype == torch.bool or bias.numel() == 0:
        return None
    largest = bias.detach().amax(dim=-1, keepdim=True)
    masked = (largest < -1e3) | (largest >= _TOO_LARGE)
    return masked if bool(masked.any()) else None
