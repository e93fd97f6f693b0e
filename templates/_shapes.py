"""Sizes: what broadcasts, and what becomes of leading axes and of a bias where scores are viewed otherwise."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ._state import is_recorded


def count_entries(sizes: Iterable[int]) -> int:
    """How many entries a tensor of these sizes has. A compiler cannot follow `math.prod` where a size is unknown."""
    count = 1
    for size in sizes:
        count *= size
    return count


def broadcast_shape(*shapes: Sequence[int]) -> tuple[int, ...] | None:
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


def expands(shape: Sequence[int], target: Sequence[int]) -> bool:
    """Whether a tensor of `shape` expands to `target` without making it larger."""
    offset = len(target) - len(shape)
    if offset < 0:
        return False
    for axis, size in enumerate(shape, offset):  # noqa: SIM110  # a loop is faster, and this runs at every call
        if size != 1 and size != target[axis]:
            return False
    return True


def scores_shape(query: Tensor, key: Tensor, *others: Tensor | float | None) -> torch.Size:
    """The shape of `query @ key.T`, `(*lead, query, key)`, without computing it; or what has become of it once it was
    computed with `others`, a bias or a scale, to which it may broadcast."""
    sizes, key_sizes = query.shape, key.shape
    if not others:  # at once, as below
        rank = len(sizes)
        if rank == 3 == len(key_sizes) and sizes[0] == key_sizes[0]:
            return torch.Size((sizes[0], sizes[1], key_sizes[1]))
        if rank == 4 == len(key_sizes) and sizes[0] == key_sizes[0] and sizes[1] == key_sizes[1]:
            return torch.Size((sizes[0], sizes[1], sizes[2], key_sizes[2]))
    lead: tuple[int, ...] | None = sizes[:-2]
    if lead != key_sizes[:-2]:
        lead = broadcast_shape(sizes[:-2], key_sizes[:-2])
    if lead is None:
        raise RuntimeError(f"query {tuple(query.shape)} and key {tuple(key.shape)} do not broadcast to one another")
    whole = torch.Size((*lead, sizes[-2], key_sizes[-2]))
    return expanded(whole, *others) if others else whole


def expanded(shape: Sequence[int], *others: Tensor | float | None) -> torch.Size:
    """The shape of scores of `shape` once they were computed with `others`, see `scores_shape`."""
    return torch.Size(_expanded(shape, *(other.shape for other in others if isinstance(other, Tensor))))


def _expanded(shape: Sequence[int], *others: Sequence[int]) -> tuple[int, ...]:
    sizes = broadcast_shape(shape, *others)
    if sizes is None:
        raise RuntimeError(f"scores {tuple(shape)} and what is computed with them do not broadcast to one another")
    return sizes


class Enlarged(tuple[int, ...]):  # noqa: SLOT001  # a tuple of any length has no slots
    """The shape of viewed scores that a bias or a scale had made larger before: `before` is their shape until then,
    `whole` what they became."""

    before: Sequence[int]
    whole: tuple[int, ...]

    def __new__(cls, sizes: Sequence[int], before: Sequence[int], whole: tuple[int, ...]) -> Enlarged:
        """`sizes` is what `whole` is viewed as."""
        made = super().__new__(cls, sizes)
        made.before, made.whole = before, whole
        return made


def enlarged(shape: Sequence[int], *others: Tensor | float | None) -> Sequence[int]:
    """The shape of scores of `shape` that are computed with `others`, and viewed then."""
    if all(not isinstance(other, Tensor) or expands(other.shape, shape) for other in others):
        return shape
    whole = expanded(shape, *others)
    return Enlarged(whole, shape, whole)


def viewed(scores: Tensor, shape: Sequence[int]) -> Tensor:
    """The scores as they were viewed, and made larger in between."""
    if isinstance(shape, Enlarged):
        scores = viewed(scores, shape.before).expand(shape.whole)
    if scores.shape == shape:
        return scores
    if is_recorded() or not scores.is_contiguous():
        return scores.reshape(tuple(shape))
    # what autograd takes for no view: nobody has the scores as they were, and these may be written to
    return torch.ops.aten._unsafe_view(scores, tuple(shape))  # type: ignore[no-any-return]


def _groups(before: tuple[int, ...], after: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """The finest pairs of runs of axes that hold the same number of entries, from the last axis to the first."""
    found: list[tuple[slice, slice]] = []
    old, new = len(before), len(after)
    while old > 0 or new > 0:
        first, second = max(old - 1, 0), max(new - 1, 0)
        while count_entries(before[first:old]) != count_entries(after[second:new]):
            if (count_entries(before[first:old]) < count_entries(after[second:new]) or second == 0) and first > 0:
                first -= 1
            elif second > 0:
                second -= 1
            else:
                break
        found.append((slice(first, old), slice(second, new)))
        old, new = first, second
    return found[::-1]


def resolved(sizes: tuple[int, ...], before: tuple[int, ...]) -> tuple[int, ...]:
    """`sizes` of a view of `before`, with a number in the place of -1."""
    if -1 not in sizes:
        return sizes
    known = count_entries(size for size in sizes if size != -1)
    rest = count_entries(before) // known if known else 0
    return tuple(rest if size == -1 else size for size in sizes)


def view_plan(
    given: Sequence[int] | None, shape: Sequence[int], sizes: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """For a bias of shape `given` under scores of `shape`, which it may make larger: what to expand it to, and its
    shape and the scores' after they are viewed with `sizes`."""
    if given is not None and not expands(given, shape):
        whole = _expanded(shape, given)
        shape = Enlarged(whole, shape, whole)
    before = tuple(shape)
    after = resolved(sizes, before)
    if count_entries(after) != count_entries(before):
        raise RuntimeError(f"attention scores of shape {before} are viewed as {sizes}, which does not fit")
    told: tuple[int, ...] = Enlarged(after, shape.before, shape.whole) if isinstance(shape, Enlarged) else after
    if given is None:
        return (), (), told
    given = (1,) * (len(before) - len(given)) + tuple(given)
    expanded: list[int] = []
    viewed: list[int] = []
    for old, new in _groups(before, after):
        part = given[old]
        if count_entries(part) == 1:
            expanded.extend(part)
            viewed.extend((1,) * len(after[new]))
        elif len(before[old]) == 1 and len(after[new]) == 1:
            expanded.extend(part)
            viewed.extend(part)
        else:
            expanded.extend(before[old])
            viewed.extend(after[new])
    return tuple(expanded), tuple(viewed), told


view_plan_before = functools.lru_cache(maxsize=64)(view_plan)
"""Each layer of a model views the same shapes."""


def lead_plan(
    query: tuple[int, ...],
    key: tuple[int, ...],
    value: tuple[int, ...],
    shape: tuple[int, ...],
    met: tuple[int, ...],
) -> tuple[tuple[int, ...] | None, tuple[int, ...]] | None:
    """For operands of these shapes, whose scores are viewed as `shape`, and their probabilities as `met` where they
    meet the value: the leading sizes of the result, None where the views change nothing, and those of the scores
    before them; None where a view is of the scores' own axes."""
    own = broadcast_shape(query[:-2], key[:-2])
    met = resolved(met, shape)
    if own is None or not shape[-2:] == met[-2:] == (query[-2], key[-2]):
        return None
    result = broadcast_shape(met[:-2], value[:-2])
    if result is None or not count_entries(result) == count_entries(shape[:-2]) == count_entries(own):
        return None
    return None if shape[:-2] == own == result else result, own


lead_plan_before = functools.lru_cache(maxsize=64)(lead_plan)


def split_lead(lead: tuple[int, ...], bias: Tensor | None) -> int:
    """Where to cut `lead` into the kernel's batch and heads, so that `bias` needs no copy if that can be."""
    if bias is None or len(lead) < 3:
        return max(len(lead) - 1, 0)
    given = (1,) * (len(lead) + 2 - bias.dim()) + tuple(bias.shape[:-2])
    for split in range(len(lead) - 1, 0, -1):
        parts = slice(split), slice(split, None)
        if all(given[part] == lead[part] or count_entries(given[part]) == 1 for part in parts):
            return split
    return len(lead) - 1


def merge_lead(bias: Tensor, lead: tuple[int, ...], split: int) -> Tensor:
    """`bias` as 4-D, its leading axes merged as those of the scores; an axis that is shared stays of size 1."""
    bias = bias[(None,) * (len(lead) + 2 - bias.dim())]
    sizes: list[int] = []
    merged: list[int] = []
    for part in (slice(split), slice(split, len(lead))):
        shared = count_entries(bias.shape[part]) == 1
        sizes.extend((1,) * len(lead[part]) if shared else lead[part])
        merged.append(1 if shared else count_entries(lead[part]))
    return bias.expand(*sizes, *bias.shape[-2:]).reshape(*merged, *bias.shape[-2:])
