"""Eager attention: the formula, step by step, that everything falls back to which is not fused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from ._bias import causal_bias, overwritable, updated
from ._masks import masked_rows
from ._shapes import expands, viewed
from ._state import implementation_of, is_autocast, is_recorded, needs_gradient


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
    emptied: Tensor | None = None,
    shape: Sequence[int] | None = None,
    met: Sequence[int] | None = None,
    kept: Sequence[int] | None = None,
    sink: Tensor | None = None,
    sink_on: Literal["weights", "output"] = "weights",
    groups: int | Tensor = 1,
) -> tuple[Tensor, Tensor]:
    """`softmax(scale * query @ key.T + bias) @ value`, step by step: `(*lead, query, value_dim)`, and the weights.

    The weights, `(*lead, query, key)` or of `shape`, are the scores before the softmax, the probabilities before the
    dropout, these times `factor` ("weighted"), or what multiplies the value ("dropped": after the dropout and
    `factor`), by `stage`. `factor`, `filled`, `emptied`, `shape`, `met`, `sink` and `groups` are as in `fuse`; with
    `sink_on` "output" the sink takes its share of the output alone. The casts are in the order that is usual in
    transformers: the softmax runs in `softmax_dtype`, or in the scores' own dtype, and the probabilities are cast to
    the value's: at once, or where they meet it, if the weights are to keep the softmax's dtype (`weights_cast` is
    False). The weights are viewed as `kept` before they are viewed as `met`, so that gradients reach who keeps them.
    """
    if isinstance(groups, Tensor) or (groups != 1 and not _has_groups(query, key, value, groups, shape, met)):
        key, value, groups = repeat_heads(key, groups), repeat_heads(value, groups), 1
    if type(scale) is not float:
        scale = as_number(scale)
    dtype = value.dtype
    if causal and query.shape[-2] > 1:
        bias = causal_bias(bias, query.shape[-2], key.shape[-2], query)
    if emptied is not None and isinstance(bias, Tensor) and query.dtype is torch.float16:
        filled = emptied  # its smallest number swallows no score
    scores = None
    if isinstance(bias, Tensor) and isinstance(scale, float) and bias.dtype is query.dtype and filled is None:
        scores = _scaled_and_biased(query, key, bias, scale, shape, groups)
    if scores is None:
        if isinstance(scale, float) and _scales_query(query, key, scale):
            query, scale = query * scale, 1.0
        scores = _product(query, key.transpose(-1, -2), groups)
        if shape is not None:
            scores = viewed(scores, shape)
        if not isinstance(scale, float) or scale != 1.0:
            scores = updated(scores, "*", scale, unsaved=True)
        if isinstance(bias, Tensor) and bias.dtype == torch.bool and causal is not None:
            scores = scores.masked_fill(~bias, torch.finfo(scores.dtype).min)
        elif bias is not None:
            if filled is not None:
                scores = _emptied(scores, filled)
            elif emptied is not None and isinstance(bias, Tensor) and needs_gradient(query, key, value):
                told = stage == "scores" or is_recorded() or bool(emptied.all(dim=-1).any())
                if told or masked_rows(bias) is not None:
                    scores = _unfelt(scores, emptied)
            scores = updated(scores, "+", bias, unsaved=True)
    if sink is not None and sink_on == "weights":
        column = sink.to(scores.dtype).expand(*scores.shape[:-1], 1)
        extended = torch.softmax(torch.cat([scores, column], dim=-1), -1, dtype=softmax_dtype)
        probabilities = extended[..., :-1]
    else:
        probabilities = torch.softmax(scores, -1, dtype=softmax_dtype)
    if weights_cast and probabilities.dtype is not dtype:
        probabilities = probabilities.to(dtype)
    if kept is not None and met is not None:
        probabilities = probabilities.reshape(tuple(kept))
    if factor is None and sink is None and not dropout_p and (met is None or met == tuple(probabilities.shape)):
        weighing = probabilities if probabilities.dtype is dtype else probabilities.to(dtype)
        return _product(weighing, value, groups), scores if stage == "scores" else probabilities
    weighted = probabilities
    if isinstance(factor, Tensor) and factor.dtype == torch.bool:
        weighted, factor = multiply_rows(probabilities, factor), None
    dropped = weighted
    if dropout_p > 0:
        dropped = nn.functional.dropout(dropped, p=dropout_p, training=True)
    if factor is not None:
        dropped = dropped * factor
        if weights_cast:
            dropped = dropped.to(dtype)  # the factor may be of a wider one
    weighing = dropped if met is None else dropped.reshape(tuple(met))
    output = _product(weighing if weighing.dtype is dtype else weighing.to(dtype), value, groups)
    if sink is not None and sink_on == "output":
        share = (torch.logsumexp(scores, dim=-1, keepdim=True) - sink).float().sigmoid()
        output = output * share.to(output.dtype)
    if stage == "dropped":
        return output, dropped
    if stage == "scores":
        return output, scores
    if stage == "probabilities":
        return output, probabilities
    if factor is not None:
        weighted = (weighted * factor).to(dtype) if weights_cast else weighted * factor
    return output, weighted


def _scaled_and_biased(
    query: Tensor, key: Tensor, bias: Tensor, scale: float, shape: Sequence[int] | None, groups: int
) -> Tensor | None:
    """`scale * query @ key.T + bias`, all of one dtype, viewed as `shape` before the bias is added: in as few steps as
    can be, and so rounded once where the source rounds twice. None where gradients are due, which is computed as it is
    written, and under autocast, which gives each step a dtype of its own."""
    if torch.is_grad_enabled() and (query.requires_grad or key.requires_grad or bias.requires_grad):
        return None
    if is_autocast(query):
        return None
    transposed = key.transpose(-1, -2)
    if query.dim() == 3 and key.dim() == 3 and scale and bias.is_contiguous() and not is_recorded():
        (batch, rows, dim), (key_batch, columns, key_dim) = query.shape, key.shape
        viewed_as = (batch, rows, columns) if shape is None else shape
        if (
            key_batch == batch
            and key_dim == dim
            and bias.shape == viewed_as
            and bias.numel() == batch * rows * columns
        ):
            scores = torch.baddbmm(bias.view(batch, rows, columns), query, transposed, alpha=scale)
            return scores if shape is None else viewed(scores, shape)
    scores = _product(query, transposed, groups)
    if shape is not None:
        scores = viewed(scores, shape)
    if scale == 1.0:
        return cast("Tensor", updated(scores, "+", bias))
    if overwritable(scores, bias):
        return torch.add(bias, scores, alpha=scale, out=scores)
    return torch.add(bias, scores, alpha=scale)


def _emptied(scores: Tensor, filled: Tensor) -> Tensor:
    """The scores, which nobody else reads, with zeros where the bias stands in their place."""
    if overwritable(scores, 0.0, unsaved=True) and expands(filled.shape, scores.shape):
        return scores.masked_fill_(filled, 0.0)
    return scores.masked_fill(filled, 0.0)


def _unfelt(scores: Tensor, emptied: Tensor) -> Tensor:
    """The scores, which pass on no gradient where a bias will swallow them: what they are there is of no account."""
    if is_recorded() or not scores.requires_grad or not expands(emptied.shape, scores.shape):
        return _emptied(scores, emptied)

    def counting(gradient: Tensor | None) -> Tensor | None:
        return None if gradient is None else gradient.masked_fill(emptied, 0.0)

    scores.register_hook(counting)  # type: ignore[no-untyped-call]
    return scores


def _scales_query(query: Tensor, key: Tensor, scale: float) -> bool:
    """Whether the query is smaller than the scores, and is multiplied in their place to the same bits: by a power of
    two. float16 has too few exponents for that, and autocast may compute in it."""
    if scale == 1.0 or math.frexp(scale)[0] not in (0.5, -0.5) or is_recorded() or is_autocast(query):
        return False
    return query.dtype in (torch.float32, torch.bfloat16, torch.float64) and key.shape[-2] > key.shape[-1]


def _has_groups(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    groups: int,
    shape: Sequence[int] | None,
    met: Sequence[int] | None,
) -> bool:
    """Whether the query's heads are multiplied with those of key and value as they are, so often in a row each."""
    sizes, key_sizes, value_sizes = query.shape, key.shape, value.shape
    if shape is not None or met is not None or not len(sizes) == len(key_sizes) == len(value_sizes) == 4:
        return False
    return (
        sizes[1] == key_sizes[1] * groups
        and sizes[0] == key_sizes[0] == value_sizes[0]
        and sizes[3] == key_sizes[3]
        and key_sizes[1:3] == value_sizes[1:3]
    )


def _product(left: Tensor, right: Tensor, groups: int = 1) -> Tensor:
    """`left @ right`, where a contracted axis of size 1 meets any other, as it does in an einsum. The rows of so many
    heads on the left, one behind the other, are multiplied with one head on the right."""
    if groups != 1 and left.dim() != 4:  # a bias has given the scores more axes
        right, groups = repeat_heads(right, groups), 1
    if groups != 1:
        batch, heads, rows, inner = left.shape
        output = torch.matmul(left.reshape(batch, heads // groups, groups * rows, inner), right)
        return output.view(batch, heads, rows, right.shape[-1])
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


def over_one_key(output: Tensor, key: Tensor, dtype: torch.dtype) -> Tensor:
    """The output of an einsum of V with probabilities of `dtype`, which may be wider: over a single key it multiplies,
    and promotes, where over more it has the dtype of V, or autocast's."""
    return output if key.shape[-2] != 1 else output.to(torch.promote_types(output.dtype, dtype))


def quotient(dividend: Any, divisor: Any, query: Tensor | None = None, dtype: torch.dtype | None = None) -> Any:
    """`dividend / divisor`, which is infinite or NaN for the number zero as well, as a tensor divided by it is.

    What scores are multiplied by where the source divides them by a tensor is computed in float32 or wider, and has
    the dtype that the scores have then: theirs is that of `query`, or `dtype` where that is wider.
    """
    if isinstance(divisor, Tensor) and query is not None:
        wide = query.dtype if dtype is None else torch.promote_types(query.dtype, dtype)
        found = dividend / divisor.to(torch.promote_types(divisor.dtype, torch.float32))
        for part in (dividend, divisor):
            if isinstance(part, Tensor) and part.dim() > 0:  # a 0-dim tensor widens nothing
                wide = torch.promote_types(wide, part.dtype)
        return found if found.dim() == 0 else found.to(wide)
    if isinstance(dividend, Tensor) or isinstance(divisor, Tensor) or divisor:
        return dividend / divisor
    return dividend * math.copysign(math.inf, divisor)


def as_number(scale: float | Tensor) -> float | Tensor:
    """A scale that is a 0-dim tensor as the number it holds, where that can be read without waiting for a device."""
    if not isinstance(scale, Tensor) or scale.dim() > 0 or not scale.is_cpu or is_recorded():
        return scale
    return scale if scale.requires_grad or not scale.is_floating_point() else float(scale.item())


def repeat_heads(tensor: Tensor, groups: int | Tensor) -> Tensor:
    """Each head of `(batch, heads, length, dim)` so often in a row."""
    return torch.repeat_interleave(tensor, groups, dim=1)


def interface_heads(module: nn.Module, states: Tensor) -> Tensor:
    """Key or value of the attention interface for a function that takes each head as it is: under "sdpa" transformers'
    own function would repeat them as often as the module says."""
    if implementation_of(module) != "sdpa":
        return states
    groups = getattr(module, "num_key_value_groups", 1)
    return states if groups == 1 else repeat_heads(states, groups)


def multiply_rows(tensor: Tensor, factor: Tensor) -> Tensor:
    """`tensor * factor`; a bool factor gives exact zeros, whatever stands there."""
    if factor.dtype == torch.bool:
        return torch.where(factor, tensor, torch.zeros((), dtype=tensor.dtype, device=tensor.device))
    return (tensor * factor).to(tensor.dtype)


def dropout_probability(module: nn.Module) -> float:
    """What an `nn.Dropout` (or the `nn.Identity` in its place) drops now."""
    return float(getattr(module, "p", 0.0)) if module.training else 0.0
