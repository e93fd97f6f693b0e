"""What generated classes call: the fused path against the eager formula, and that against one written in float64."""

from __future__ import annotations

import importlib
import inspect
import itertools
import math
import pickle
import sys
import threading
import types
import unittest.mock
import warnings
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.fx.experimental.proxy_tensor
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint

TEMPLATES = Path(__file__).parent.parent / "templates"
ROWS, COLUMNS, DIM = 5, 7, 8
MINIMUM = torch.finfo(torch.float32).min
DTYPES = (torch.float32, torch.float64, torch.bfloat16)


def load() -> types.ModuleType:
    """A package of the templates, so that they are tested before they are copied."""
    package = types.ModuleType("runtime_under_test")
    package.__path__ = [str(TEMPLATES)]
    sys.modules[package.__name__] = package
    return package


def part(name: str) -> Any:
    return importlib.import_module(f"{package.__name__}.{name}")


package = load()
runtime, in_bias, in_masks, in_policy = part("_runtime"), part("_bias"), part("_masks"), part("_policy")
in_blocks, in_fused = part("_blocks"), part("_fused")


def drawn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape))).to(dtype)


def operands(
    lead: Sequence[int] = (2, 3), *, rows: int = ROWS, columns: int = COLUMNS, dtype: torch.dtype = torch.float32
) -> tuple[Tensor, Tensor, Tensor]:
    query, key, value = (drawn(*lead, size, DIM, seed=n) for n, size in enumerate((rows, columns, columns)))
    return query.to(dtype), key.to(dtype), value.to(dtype)


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None = None,
    scale: float | Tensor = 0.3,
    module: nn.Module | None = None,
    **how: Any,
) -> Tensor:
    """The fused path; fails where `fuse` refuses."""
    call = runtime.fuse(nn.Identity() if module is None else module, query, key, value, bias, scale, 0.0, **how)
    assert call is not None
    assert call.query.dim() == call.key.dim() == call.value.dim() == 4
    assert call.query.shape[:2] == call.key.shape[:2] == call.value.shape[:2]
    assert isinstance(call.is_causal, bool)
    fused = scaled_dot_product_attention(
        call.query,
        call.key,
        call.value,
        attn_mask=call.bias,
        dropout_p=0.0,
        is_causal=call.is_causal,
        scale=call.scale,
    )
    output: Tensor = runtime.restore(fused, call)
    return output


def eager(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None, scale: float | Tensor = 0.3, **how: Any
) -> Tensor:
    output: Tensor = runtime.eager_attention(query, key, value, bias, scale, 0.0, **how)[0]
    return output


def assert_equal(got: Tensor, want: Tensor, tolerance: float = 1e-5) -> None:
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    assert got.isfinite().all()
    assert (got - want).abs().max().item() <= tolerance


# The formula


def test_the_eager_formula_is_the_textbook_one() -> None:
    query, key, value = operands()
    bias = drawn(2, 1, ROWS, COLUMNS)
    output, weights = runtime.eager_attention(query, key, value, bias, 0.3, 0.0)
    exact = (0.3 * query.double() @ key.double().mT + bias.double()).softmax(-1)
    assert_equal(weights, exact.float(), 1e-6)
    assert_equal(output, (exact @ value.double()).float(), 1e-6)


def test_each_stage_of_the_weights_can_be_had() -> None:
    query, key, value = operands()
    factor = drawn(1, 3, 1, 1)

    def at(stage: str) -> Tensor:
        torch.manual_seed(3)
        weights: Tensor = runtime.eager_attention(query, key, value, None, 0.3, 0.5, stage=stage, factor=factor)[1]
        return weights

    torch.manual_seed(3)
    probabilities = (query @ key.mT * 0.3).softmax(-1)
    dropped = nn.functional.dropout(probabilities, 0.5) * factor
    assert torch.equal(at("scores"), query @ key.mT * 0.3)
    assert torch.equal(at("probabilities"), probabilities)
    assert torch.equal(at("dropped"), dropped)
    torch.manual_seed(3)
    assert torch.equal(
        runtime.eager_attention(query, key, value, None, 0.3, 0.5, factor=factor)[0],
        dropped @ value,
    )


def test_casts_come_in_the_order_of_transformers() -> None:
    query, key, value = operands(dtype=torch.bfloat16)
    got = eager(query, key, value, softmax_dtype=torch.float32)
    weights = (query @ key.mT * 0.3).softmax(-1, dtype=torch.float32).to(torch.bfloat16)
    assert torch.equal(got, weights @ value)


# The fused path


LEADS = [(), (3,), (2, 3), (2, 4, 3), (2, 2, 2, 3)]
BIASES: list[Callable[[tuple[int, ...]], tuple[int, ...]]] = [
    lambda lead: (COLUMNS,),
    lambda lead: (1, COLUMNS),
    lambda lead: (ROWS, 1),
    lambda lead: (ROWS, COLUMNS),
    lambda lead: (*lead, ROWS, COLUMNS),
    lambda lead: (*(1 for _ in lead), ROWS, COLUMNS),
    lambda lead: (*lead[:1], *(1 for _ in lead[1:]), 1, COLUMNS),
    lambda lead: (*(1 for _ in lead[1:]), *lead[-1:], ROWS, COLUMNS),
    lambda lead: (*(1 for _ in lead[:1]), *lead[1:], ROWS, COLUMNS),
    lambda lead: (*lead[-1:], ROWS, COLUMNS),
]


@pytest.mark.parametrize("kind", ["float", "bool", "bfloat16"])
@pytest.mark.parametrize("lead", LEADS, ids=str)
def test_every_rank_with_every_shape_of_bias(lead: tuple[int, ...], kind: str) -> None:
    query, key, value = operands(lead)
    assert_equal(attend(query, key, value), eager(query, key, value))
    for shape in {bias(lead) for bias in BIASES}:
        bias = drawn(*shape)
        if kind == "bool":
            bias = bias < 1.0
            bias[..., 0] = True  # no row without keys
        elif kind == "bfloat16":
            bias = bias.bfloat16()
        assert_equal(attend(query, key, value, bias), eager(query, key, value, bias))


@pytest.mark.parametrize(
    ("query_lead", "key_lead", "value_lead"),
    [((2, 3), (2, 1), (2, 1)), ((1, 3), (2, 3), (2, 3)), ((2, 3), (3,), (1, 3)), ((2, 1, 3), (4, 3), (2, 4, 1))],
    ids=str,
)
def test_leading_axes_broadcast(
    query_lead: tuple[int, ...], key_lead: tuple[int, ...], value_lead: tuple[int, ...]
) -> None:
    query, key, value = drawn(*query_lead, ROWS, DIM), drawn(*key_lead, COLUMNS, DIM), drawn(*value_lead, COLUMNS, DIM)
    assert_equal(attend(query, key, value), eager(query, key, value))


@pytest.mark.parametrize("dtypes", list(itertools.product(DTYPES, repeat=2)), ids=str)
def test_dtypes_of_scores_and_values_may_differ(dtypes: tuple[torch.dtype, torch.dtype]) -> None:
    first, last = dtypes
    query, key, value = operands()
    bias = drawn(1, 1, ROWS, COLUMNS).to(first)
    got = attend(query.to(first), key.to(first), value.to(last), bias)
    want = eager(query.double(), key.double(), value.double(), bias.double())
    assert got.dtype == last
    assert (got.double() - want).abs().max() < (5e-2 if torch.bfloat16 in dtypes else 1e-5)


@pytest.mark.parametrize("dtypes", list(itertools.product((torch.float32, torch.float64), repeat=2)), ids=str)
def test_autocast_casts_what_meets_the_values(dtypes: tuple[torch.dtype, torch.dtype]) -> None:
    query, key, value = operands(dtype=dtypes[0])
    value = value.to(dtypes[1])
    with torch.autocast("cpu", torch.bfloat16):
        want = eager(query, key, value)
        got = attend(query, key, value)
    assert got.dtype == want.dtype == (torch.bfloat16 if dtypes[1] == torch.float32 else torch.float64)
    assert (got - want).abs().max() <= 4e-2


@pytest.mark.parametrize("scale", [0.0, -0.7, 1, 2.5], ids=str)
def test_any_number_is_a_scale(scale: float) -> None:
    query, key, value = operands()
    assert_equal(attend(query, key, value, None, scale), eager(query, key, value, None, scale))


@pytest.mark.parametrize("shape", [(), (1,), (3, 1, 1), (2, 3, ROWS, 1), (2, 1, 1, 1)], ids=str)
def test_a_tensor_that_is_constant_along_the_keys_is_a_scale(shape: tuple[int, ...]) -> None:
    query, key, value = operands()
    scale = drawn(*shape)
    assert_equal(attend(query, key, value, None, scale), eager(query, key, value, None, scale))


def test_causal_is_aligned_top_left() -> None:
    for rows, columns in ((1, 4), (4, 4), (3, 6), (6, 3)):
        query, key, value = operands(rows=rows, columns=columns)
        seen = torch.ones(rows, columns, dtype=torch.bool).tril() if rows > 1 else None
        want = eager(query, key, value, seen, causal=False)
        assert_equal(attend(query, key, value, causal=True), want)
        assert_equal(eager(query, key, value, causal=True), want)
        bias = drawn(1, 1, rows, columns)
        want = eager(query, key, value, bias if seen is None else torch.where(seen, bias, MINIMUM))
        assert_equal(attend(query, key, value, bias, causal=True), want)
        assert_equal(eager(query, key, value, bias, causal=True), want)


def test_is_causal_needs_causal_no_mask_and_more_than_one_query() -> None:
    query, key, value = operands(rows=4, columns=4)
    module, bias = nn.Identity(), torch.zeros(4, 4)
    assert runtime.fuse(module, query, key, value, None, 1.0, 0.0, causal=True).is_causal is True
    assert runtime.fuse(module, query, key, value, None, 1.0, 0.0).is_causal is False
    assert runtime.fuse(module, query, key, value, bias, 1.0, 0.0, causal=True).is_causal is False
    assert runtime.fuse(module, query[..., :1, :], key, value, None, 1.0, 0.0, causal=True).is_causal is False


def test_a_factor_on_whole_rows_moves_behind_the_product() -> None:
    query, key, value = operands()
    for shape in ((1, 3, 1, 1), (2, 3, ROWS, 1), (1,)):
        factor = drawn(*shape)
        assert_equal(attend(query, key, value, factor=factor), eager(query, key, value, factor=factor))
    keep = drawn(2, 1, ROWS, 1) > 0
    assert_equal(attend(query, key, value, factor=keep), eager(query, key, value, factor=keep))


def replaced(query: Tensor, key: Tensor, value: Tensor, bias: Tensor, filled: Tensor) -> Tensor:
    scores = torch.where(filled, bias, torch.matmul(query, key.transpose(-1, -2)) * 0.3 + bias)
    return torch.matmul(scores.softmax(-1), value)


@pytest.mark.parametrize("constant", [-1e4, -1e9])
def test_rows_whose_scores_were_all_replaced_weigh_by_the_bias(constant: float) -> None:
    query, key, value = operands()
    query = 90.0 * query
    filled = drawn(2, 1, ROWS, COLUMNS) > 0
    filled[:, :, 1] = True
    bias = torch.where(filled, constant, 0.0) + drawn(3, ROWS, COLUMNS)
    expected = replaced(query, key, value, bias, filled)
    assert_equal(attend(query, key, value, bias, filled=filled), expected)
    assert_equal(runtime.eager_attention(query, key, value, bias, 0.3, 0.0, filled=filled)[0], expected)
    hidden = torch.zeros(COLUMNS).masked_fill(torch.arange(COLUMNS) < 2, MINIMUM)  # what else is there is hidden lower
    filled[:, :, 2], bias[:, :, 2] = torch.arange(COLUMNS) >= 2, torch.where(torch.arange(COLUMNS) < 2, 0.0, constant)
    bias = bias + hidden
    assert_equal(attend(query, key, value, bias, filled=filled), replaced(query, key, value, bias, filled))


def test_rows_in_which_a_fill_and_a_mask_are_level_run_the_eager_formula() -> None:
    query, key, value = operands()
    filled = torch.arange(COLUMNS) < 2
    bias = torch.full((ROWS, COLUMNS), -1e4)
    assert runtime.fuse(nn.Identity(), query, key, value, bias, 1.0, 0.0, filled=filled) is None
    bias[:, -1] = 0.0
    assert runtime.fuse(nn.Identity(), query, key, value, bias, 1.0, 0.0, filled=filled) is not None
    bias = torch.full((ROWS, COLUMNS), MINIMUM)  # either swallows the product
    assert runtime.fuse(nn.Identity(), query, key, value, bias, 1.0, 0.0, filled=filled) is not None


def test_a_clamp_reaches_what_masks_add_up_to() -> None:
    bias = torch.tensor([0.0, -torch.inf, -5.0])
    assert runtime.at_least(bias, MINIMUM).tolist() == [0.0, MINIMUM, -5.0]
    assert runtime.at_least(bias, torch.tensor(MINIMUM)).tolist() == [0.0, MINIMUM, -5.0]
    assert runtime.at_least(None, MINIMUM) is None
    assert runtime.at_least(0.5, MINIMUM) == 0.5


def test_a_scale_of_rows_lies_as_the_scores_are_viewed() -> None:
    query, key, value = operands((6,))
    scale = 0.3 + drawn(3, 1, 1).abs()
    scores = torch.matmul(query, key.transpose(-1, -2)).view(2, 3, ROWS, COLUMNS) * scale
    expected = torch.matmul(scores.view(6, ROWS, COLUMNS).softmax(-1), value)
    shape = (2, 3, ROWS, COLUMNS)
    met = (6, ROWS, -1)
    assert_equal(attend(query, key, value, None, scale, shape=shape, met=met), expected)
    assert_equal(runtime.eager_attention(query, key, value, None, scale, 0.0, shape=shape, met=met)[0], expected)


def test_a_factor_along_the_keys_runs_the_eager_formula() -> None:
    query, key, value = operands()
    assert runtime.fuse(nn.Identity(), query, key, value, None, 1.0, 0.0, factor=drawn(ROWS, COLUMNS)) is None


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("bias", [None, "float", "bool"])
def test_a_sink_is_one_more_key_without_value(bias: str | None, causal: bool) -> None:
    query, key, value = operands(rows=6, columns=6)
    mask = None if bias is None else drawn(2, 1, 6, 6)
    if mask is not None and bias == "bool":
        mask = (mask < 1.0) | torch.eye(6, dtype=torch.bool)
    sink = drawn(1, 3, 1, 1).expand(2, 3, 6, 1)
    scores = query @ key.mT * 0.3
    if mask is not None:
        scores = scores + mask if mask.is_floating_point() else scores.masked_fill(~mask, MINIMUM)
    if causal:
        scores = scores.masked_fill(~torch.ones(6, 6, dtype=torch.bool).tril(), MINIMUM)
    want = torch.cat([scores, sink], -1).softmax(-1)[..., :-1] @ value
    assert_equal(eager(query, key, value, mask, sink=sink, causal=causal), want)
    assert_equal(attend(query, key, value, mask, sink=sink, causal=causal), want)


@pytest.mark.parametrize("value_lead", [(6,), (2, 3)], ids=str)
def test_scores_viewed_with_other_leading_axes(value_lead: tuple[int, ...]) -> None:
    query, key, value = operands((6,))
    value = value.reshape(*value_lead, COLUMNS, DIM)
    shape = (2, 3, ROWS, COLUMNS)
    bias = drawn(2, 1, ROWS, COLUMNS)
    met = (*value_lead, ROWS, COLUMNS)
    output, weights = runtime.eager_attention(query, key, value, bias, 0.3, 0.0, shape=shape, met=met)
    want = ((query @ key.mT * 0.3).view(shape) + bias).softmax(-1)
    assert_equal(weights, want)
    assert_equal(output, (want @ value.view(2, 3, COLUMNS, DIM)).view(*value_lead, ROWS, DIM))
    assert_equal(attend(query, key, value, bias, shape=shape, met=met), output)


def test_viewed_probabilities_may_broadcast_with_the_value() -> None:
    query, key, value = operands((2, 1))
    shape = (1, 2, ROWS, COLUMNS)
    want = (query @ key.mT * 0.3).view(shape).softmax(-1) @ value
    assert want.shape == (2, 2, ROWS, DIM)
    assert runtime.fuse(nn.Identity(), query, key, value, None, 0.3, 0.0, shape=shape) is None
    assert_equal(runtime.eager_attention(query, key, value, None, 0.3, 0.0, shape=shape)[0], want)
    met = (2, 1, -1, COLUMNS)
    want = (query @ key.mT * 0.3).softmax(-1) @ value
    assert_equal(attend(query, key, value, None, shape=shape, met=met), want)


def test_what_is_computed_with_scores_may_expand_them() -> None:
    query, key = drawn(2, 1, ROWS, DIM), drawn(2, 1, 1, DIM)
    for bias, scale in (
        (drawn(3, ROWS, 4), 0.5),
        (None, drawn(3, 1, 1)),
        (drawn(ROWS, 4), drawn(3, 1, 1)),
        (0.5, 1.0),
    ):
        scores = query @ key.mT * scale if bias is None else query @ key.mT * scale + bias
        assert runtime.scores_shape(query, key, bias, scale) == scores.shape
        assert runtime.expanded((2, 1, ROWS, 1), bias, scale) == scores.shape
    with pytest.raises(RuntimeError, match="do not broadcast"):
        runtime.expanded((2, 1, ROWS, 3), drawn(ROWS, 4))


# Masks


def test_a_row_without_keys_is_finite_and_as_eager_has_it() -> None:
    for lead in ((1, 2), (2, 3), (3,)):
        query, key, value = operands(lead)
        mask = torch.zeros(*lead[:1], *(1 for _ in lead[1:]), ROWS, COLUMNS)
        mask[..., 0, :] = MINIMUM
        mask[..., 1, 2:] = MINIMUM
        assert_equal(attend(query, key, value, mask), eager(query, key, value, mask))


@pytest.mark.parametrize("level", [-1e9, 1e9, 3e7])
def test_gradients_of_rows_in_which_the_bias_is_all_that_counts(level: float) -> None:
    query, key, value = operands()
    bias = torch.zeros(1, 1, ROWS, COLUMNS)
    bias[..., 0, :] = level
    grads: list[Tensor] = []
    for function in (attend, eager):
        leaf = value.clone().requires_grad_()
        grads += torch.autograd.grad(function(query, key, leaf, bias).sum(), leaf)
    assert_equal(grads[0], grads[1])


def test_the_gradient_of_a_learned_scale_where_a_row_is_masked_as_a_whole() -> None:
    """The operands themselves need none; the query that the scale is folded into does."""
    query, key, value = operands()
    bias = torch.zeros(1, 1, ROWS, COLUMNS)
    bias[..., 0, :] = -1e9
    grads: list[Tensor] = []
    for function in (attend, eager):
        scale = torch.full((1, 3, 1, 1), 0.3, requires_grad=True)
        grads += torch.autograd.grad(function(query, key, value, bias, scale).square().mean(), scale)
    assert_equal(grads[0], grads[1])


@pytest.mark.usefixtures("fixed_blocks")
@pytest.mark.parametrize("rows", [4, 300])
@pytest.mark.parametrize("lead", [(2, 3), (1, 2, 3)])
def test_what_is_computed_apart_has_its_dropout(
    rows: int, lead: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the policy says: neither masked rows nor blocks are computed beside a call with dropout."""
    monkeypatch.setattr(in_fused, "eager_wins", lambda *_: False)
    query, key, value = (part.requires_grad_() for part in operands(lead, rows=rows, columns=rows))
    for hidden in (0, 1):
        mask = causal_mask(rows).clone()
        mask[..., :hidden, :] = MINIMUM
        call = runtime.fuse(nn.Identity(), query, key, value, mask, 0.3, 1.0)
        fused = scaled_dot_product_attention(
            call.query, call.key, call.value, attn_mask=call.bias, dropout_p=1.0, is_causal=call.is_causal
        )
        assert not runtime.restore(fused, call).any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
def test_a_causal_row_whose_bias_hides_all_it_sees_is_as_eager_has_it(dtype: torch.dtype) -> None:
    """What a causal mask in the scores' dtype makes of it: where both hide a key, nothing is left of it."""
    query, key, value = operands(rows=4, columns=4, dtype=dtype)
    lowest = torch.finfo(dtype).min
    later = torch.zeros(4, 4, dtype=dtype).masked_fill(~torch.ones(4, 4, dtype=torch.bool).tril(), lowest)
    for hidden in (4, 2):  # all keys, and those that the second query sees
        bias = torch.zeros(1, 1, 4, 4, dtype=dtype)
        bias[..., 1, :hidden] = lowest
        want = eager(query.double(), key.double(), value.double(), (bias + later).double()).to(dtype)
        tolerance = 1e-5 if dtype == torch.float32 else 0.03
        assert_equal(attend(query, key, value, bias, causal=True), want, tolerance)
        assert_equal(eager(query, key, value, bias, causal=True), want, tolerance)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("rows", [64, 256, 1100])
def test_what_is_finite_beside_hidden_nan_is_as_eager_has_it(rows: int, bad: float) -> None:
    later = causal_mask(rows)
    padded = torch.zeros(2, 1, rows, rows)
    padded[0, ..., rows // 2 :] = MINIMUM
    for mask, changed in itertools.product((later, padded), (1, 2)):
        parts = operands(rows=rows, columns=rows)
        parts[changed][0, :, -1] = bad
        want = eager(*parts, mask)
        assert math.isinf(bad) or not want[0].isfinite().any()  # 0 times NaN is NaN
        call = runtime.fuse(nn.Identity(), *parts, mask, 0.3, 0.0)
        got = runtime.restore(
            scaled_dot_product_attention(
                call.query, call.key, call.value, attn_mask=call.bias, is_causal=call.is_causal, scale=call.scale
            ),
            call,
        )
        seen = want.isfinite()
        assert_equal(got[seen], want[seen])


def test_two_masks_added_leave_other_rows_as_they_are() -> None:
    query, key, value = operands()
    mask = torch.zeros(2, 1, ROWS, COLUMNS)
    mask[..., 2:] = MINIMUM
    mask = mask + mask
    assert mask.isinf().any()
    assert_equal(attend(query, key, value, mask), eager(query, key, value, mask))


def test_a_boolean_mask_hides_keys_and_keeps_rows_without_keys_finite() -> None:
    query, key, value = operands()
    mask = drawn(2, 1, ROWS, COLUMNS) > 0
    mask[:, :, 0] = False
    mask[:, :, 1:, 0] = True
    got, want = attend(query, key, value, mask), eager(query, key, value, mask)
    assert got.isfinite().all()
    assert want.isfinite().all()
    assert_equal(got[:, :, 1:], want[:, :, 1:])


def test_masks_of_half_precision_models_stay_finite() -> None:
    query, key, value = operands(dtype=torch.bfloat16)
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        mask = torch.zeros(2, 1, ROWS, COLUMNS, dtype=dtype)
        mask[0, :, :2] = torch.finfo(dtype).min
        mask[1, :, :, 3:] = torch.finfo(dtype).min
        assert_equal(attend(query, key, value, mask), eager(query, key, value, mask).bfloat16(), 5e-2)


def test_additive_masks() -> None:
    mask = torch.tensor([[True, False]])
    for dtype in (torch.float32, torch.bfloat16):
        got = runtime.additive(mask, dtype)
        assert got.dtype == dtype
        assert got.tolist() == [[0.0, torch.finfo(dtype).min]]
    floats = torch.zeros(2)
    assert runtime.additive(floats, torch.bfloat16) is floats
    assert runtime.additive(None, torch.float32) is None


# What is not fused


def refused(*args: Any, **how: Any) -> bool:
    module = nn.Identity()
    call = runtime.fuse(module, *args, **how)
    assert (call is None) == ("_sdpa_calls" not in module.__dict__)
    return call is None


def test_calls_that_the_kernel_for_cpu_would_lose() -> None:
    query, key, value = operands()
    bias = torch.zeros(2, 1, ROWS, COLUMNS)
    assert not refused(query, key, value, bias, 1.0, 0.0)
    assert refused(query, key, value, bias, 1.0, 0.1)
    assert refused(query, key, value, bias.clone().requires_grad_(), 1.0, 0.0)
    with torch.no_grad():
        assert not refused(query, key, value, bias.clone().requires_grad_(), 1.0, 0.0)
    assert refused(query, key, value[..., :4], bias, 1.0, 0.0)
    assert refused(query, key.mT.contiguous().mT, value, bias, 1.0, 0.0)
    assert not refused(query[..., :1, :], key, value, None, 1.0, 0.0)


def test_under_autocast_the_scores_are_scaled_where_the_source_scales_them() -> None:
    query, key, value = operands(rows=40, columns=40)
    query, key = (100.0 * query).requires_grad_(), 0.01 * key
    with torch.autocast("cpu", dtype=torch.float16):  # the scaled query has no place in it
        got = runtime.eager_attention(query, key, value, None, 1024.0, 0.0)[0]
        want = torch.softmax(query @ key.mT * 1024.0, dim=-1) @ value
    assert want.isfinite().all()
    assert torch.equal(got, want)


@pytest.mark.parametrize("rows", [8, 400])
def test_a_bias_made_in_inference_mode_beside_gradients(rows: int) -> None:
    with torch.inference_mode():
        bias = drawn(1, 3, rows, rows) + causal_mask(rows)
    query, key, value = leaves = [tensor.requires_grad_() for tensor in operands(rows=rows, columns=rows)]
    got = attend(query, key, value, bias)
    want = torch.softmax(query @ key.mT * 0.3 + bias, dim=-1) @ value
    pairs = [torch.autograd.grad(output.square().sum(), leaves) for output in (got, want)]
    for one, other in zip(*pairs, strict=True):
        assert_equal(one, other, 1e-3)


def test_measured_thresholds_count_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_policy, "_TILES", False)
    scores = 2 * 3 * ROWS * COLUMNS
    for position, (rows, grad) in enumerate(itertools.product((False, True), repeat=2)):
        # one query or more, in inference or with gradients
        queries, train = (slice(None), rows) if grad else (slice(0, 1), rows)
        bands = [in_policy._NEVER] * 4
        bands[position] = (1.0, in_policy._MOST)
        monkeypatch.setattr(in_policy, "_EAGER", {(torch.float32,) * 3: tuple(bands)})
        query, key, value = operands()
        query = query[..., queries, :].requires_grad_(train)
        assert refused(query, key, value, None, 1.0, 0.0)
        assert not refused(query.detach().requires_grad_(not train), key, value, None, 1.0, 0.0)
        half = (tensor.bfloat16() for tensor in (query, key, value))
        assert refused(*half, None, 1.0, 0.0) == (query.shape[-2] == 1)
    query, key, value = operands()
    for start, stop, eager_runs in ((scores, 2 * scores, True), (scores + 1, 2 * scores, False), (1, scores, False)):
        monkeypatch.setattr(in_policy, "_EAGER", {(torch.float32,) * 3: ((0.0, 1.0), (start, stop))})
        assert refused(query, key, value, None, 1.0, 0.0) == eager_runs


def test_a_wider_bias_has_thresholds_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_policy, "_TILES", False)
    always, never = ((0.0, in_policy._MOST),) * 4, (in_policy._NEVER,) * 4
    half, full = torch.bfloat16, torch.float32
    table = {(half, half, half): always, (half, full, half): never, (full, full, full): never}
    monkeypatch.setattr(in_policy, "_EAGER", table)
    query, key, value = operands()
    narrow = [tensor.bfloat16() for tensor in (query, key, value)]
    bias = drawn(ROWS, COLUMNS)
    assert refused(*narrow, bias.bfloat16(), 1.0, 0.0)
    assert refused(*narrow, bias > 0, 1.0, 0.0, causal=False)
    assert refused(*narrow, 0.5, 1.0, 0.0)
    assert not refused(*narrow, bias, 1.0, 0.0)
    assert not refused(query, key, value, bias.bfloat16(), 1.0, 0.0)


def test_where_the_kernel_has_tiles_no_threshold_holds_in_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    alike = [(dtype,) * 3 for dtype in (torch.float32, torch.bfloat16)]
    monkeypatch.setattr(in_policy, "_EAGER", dict.fromkeys(alike, ((0.0, in_policy._MOST),) * 4))
    query, key, value = operands()
    half = [tensor.bfloat16() for tensor in (query, key, value)]
    for tiles in (False, True):
        monkeypatch.setattr(in_policy, "_TILES", tiles)
        assert refused(query, key, value, None, 1.0, 0.0)
        assert refused(*half, None, 1.0, 0.0) == (not tiles)
        assert refused(half[0][..., :1, :], *half[1:], None, 1.0, 0.0)


@pytest.mark.parametrize(
    "change",
    [
        lambda query, key, value: (query, key.mT.contiguous().mT, value),
        lambda query, key, value: (query, key, value[..., :3]),
        lambda query, key, value: (query[..., :3], key[..., :3], value),
    ],
    ids=["key stored by columns", "narrow values", "wide values"],
)
def test_long_calls_are_brought_into_the_form_of_the_kernel(change: Callable[..., tuple[Tensor, ...]]) -> None:
    query, key, value = operands((1, 2), rows=512, columns=512)
    query, key, value = change(query, key, value)
    assert_equal(attend(query, key, value), eager(query, key, value))


def test_what_does_not_broadcast_is_left_to_the_eager_formula() -> None:
    query, key, value = operands()
    for bias in (torch.zeros(ROWS, COLUMNS + 1), torch.zeros(5, 1, 1, 1, 1), torch.zeros(4, 3, ROWS, COLUMNS)):
        assert refused(query, key, value, bias, 1.0, 0.0)
    assert refused(query, key, value, torch.zeros(ROWS, COLUMNS, dtype=torch.float64), 1.0, 0.0)
    assert refused(query, key, value, torch.zeros(ROWS, COLUMNS, dtype=torch.int64), 1.0, 0.0)
    assert refused(query, key, value, None, drawn(ROWS, COLUMNS), 0.0)
    assert refused(query, key.bfloat16(), value, None, 1.0, 0.0)
    assert refused(query, drawn(4, 3, COLUMNS, DIM), value, None, 1.0, 0.0)


def test_empty_operands() -> None:
    for lead, rows in (((0, 3), ROWS), ((2, 3), 0)):
        query, key, value = operands(lead, rows=rows)
        want = eager(query, key, value)
        assert attend(query, key, value).shape == want.shape


# Counting


def test_fused_calls_are_counted_in_a_plain_attribute() -> None:
    module = nn.Linear(1, 1)
    query, key, value = operands()
    for expected in (1, 2):
        attend(query, key, value, module=module)
        assert module.__dict__["_sdpa_calls"] == expected
    assert list(module.state_dict()) == ["weight", "bias"]


# Requests for weights


class Slotted:
    """A config without a `__dict__`."""

    __slots__ = ()
    output_attentions = True


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("rows", [1, 64])
def test_nothing_is_fused_where_weights_are_asked_for(rows: int, trained: bool) -> None:
    module = nn.Module().train(trained)
    query, key, value = drawn(1, 2, rows, DIM), drawn(1, 2, 4096, DIM), drawn(1, 2, 4096, DIM)

    def fused(**weights: object) -> bool:
        with torch.set_grad_enabled(trained):
            return runtime.fuse(module, query, key, value, None, 1.0, 0.0, **weights) is not None

    quick = rows == 64  # the policy gives the others to the eager formula, whoever asks
    assert fused() is fused(weights=None) is fused(weights=False) is quick
    assert not fused(weights=True)
    module.config = types.SimpleNamespace(output_attentions=True)  # type: ignore[assignment]
    assert not fused(weights=None)
    assert not fused(weights=False)
    assert fused() is quick
    assert module.__dict__.get("_sdpa_calls", 0) == 4 * quick


def test_a_checkpoint_knows_of_a_request_that_the_policy_did_not_wait_for() -> None:
    module = nn.Module().train()
    query, key, value = drawn(1, 2, 1, DIM), drawn(1, 2, 4096, DIM), drawn(1, 2, 4096, DIM)
    with torch.no_grad():
        assert runtime.fuse(module, query, key, value, None, 1.0, 0.0, weights=True) is None
    assert module.__dict__["_sdpa_asked"] is True


def test_a_scale_in_a_tensor_is_read_unless_it_is_learnt() -> None:
    query, key, value = operands()
    scale = torch.tensor(0.3)
    assert runtime.fuse(nn.Module(), query, key, value, None, scale, 0.0).scale == float(scale)
    learnt = scale.clone().requires_grad_()
    runtime.eager_attention(query, key, value, None, learnt, 0.0)[0].sum().backward()
    assert learnt.grad is not None
    traced = torch.fx.experimental.proxy_tensor.make_fx(
        lambda given: runtime.eager_attention(query, key, value, None, given, 0.0)[0]
    )(scale)
    other = torch.tensor(0.7)
    assert torch.equal(traced(other), runtime.eager_attention(query, key, value, None, 0.7, 0.0)[0])


class Heard(nn.Module):
    """Its forward says whether the attention inside is asked for weights."""

    def __init__(self, *, inner: nn.Module | None = None, asks: bool = False) -> None:
        super().__init__()
        self.inner = inner
        self.config = types.SimpleNamespace(output_attentions=asks)
        self.told: list[bool] = []

    @runtime.listening  # type: ignore[untyped-decorator]  # the runtime is imported by its path
    def forward(self, hidden: Any, mask: Any = None, output_attentions: Any = None) -> Any:
        if hidden is None:
            raise ValueError("nothing is hidden")
        self.told.append(runtime.weights_requested(nn.Module()))
        return self.inner(hidden) if self.inner is not None else hidden


def test_the_implementation_is_what_the_configuration_says() -> None:
    transformers = pytest.importorskip("transformers")
    module: Any = nn.Module()
    for implementation in ("eager", "sdpa"):
        module.config = transformers.GPT2Config(attn_implementation=implementation)
        assert runtime.implementation_of(module) == module.config._attn_implementation == implementation

    plain = transformers.GPT2Config

    def read(config: Any, name: str) -> Any:
        return "read" if name == "_attn_implementation" else plain.__getattribute__(config, name)

    changes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("own", {"_attn_implementation": property(lambda _: "own", lambda *_: None)}),
        ("read", {"__getattribute__": read}),
    )
    for said, members in changes:
        module.config = type("OwnConfig", (plain,), members)(attn_implementation="eager")
        assert runtime.implementation_of(module) == said


def test_a_forward_that_listens_hears_its_caller_alone() -> None:
    module = Heard()
    calls: list[tuple[tuple[Any, ...], dict[str, Any], bool]] = [
        ((1,), {}, False),
        ((1, None, True), {}, True),
        ((1,), {"output_attentions": True}, True),
        ((1, None, False), {}, False),
        ((1,), {"output_attentions": torch.ones(1)}, True),
        ((1,), {"output_attentions": torch.arange(3)}, False),
    ]
    for args, kwargs, expected in calls:
        module(*args, **kwargs)
        assert module.told.pop() is expected
        assert not runtime.weights_requested(nn.Module())
    with pytest.raises(ValueError, match="nothing"):
        module(None, output_attentions=True)
    assert not runtime.weights_requested(nn.Module())
    assert str(inspect.signature(Heard.forward)).startswith("(self, hidden")
    configured = Heard(asks=True)
    configured(1)
    configured(1, output_attentions=False)
    assert configured.told == [True, False]
    outer = Heard(inner=module)
    outer(1, output_attentions=True)
    outer(1)
    assert module.told == [True, False]


def test_a_forward_that_listens_hears_its_own_thread_alone() -> None:
    inside, asked = threading.Event(), threading.Event()

    class Waits(nn.Module):
        def forward(self, hidden: Any) -> Any:
            inside.set()
            assert asked.wait(10)
            return hidden

    thread = threading.Thread(target=lambda: Heard(inner=Waits())(1, output_attentions=True))
    thread.start()
    assert inside.wait(10)
    other = Heard()
    other(1)
    asked.set()
    thread.join()
    assert other.told == [False]


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
def test_a_single_query_runs_as_written(implementation: str) -> None:
    module = nn.Module()
    module.config = types.SimpleNamespace(_attn_implementation=implementation)  # type: ignore[assignment]
    one, two = drawn(2, 3, 1, DIM), drawn(2, 3, 2, DIM)
    assert runtime.as_written(one)
    assert runtime.as_written(one[0, 0])
    assert runtime.as_written(one, module) == (implementation == "eager")
    assert not runtime.as_written(two)
    assert not runtime.as_written(two[0, 0, 0])
    assert not runtime.as_written(None)
    assert not runtime.as_written(one.to("meta"))
    assert runtime.is_one_token(drawn(1, 1, DIM))
    assert not runtime.is_one_token(drawn(1, 2, DIM))
    assert not runtime.is_one_token(drawn(2, 1, DIM))
    assert not runtime.is_one_token(drawn(DIM))
    assert runtime.is_one_token(drawn(1, 1, 12, DIM))  # its heads
    assert not runtime.is_one_token(drawn(1, 2, 12, DIM))
    assert not runtime.is_one_token(drawn(1, 1, 65, DIM))
    assert not runtime.is_one_token([drawn(1, DIM)])
    compiled: list[Any] = [
        torch.compile(function, backend="eager", fullgraph=True)
        for function in (runtime.as_written, runtime.is_one_token)
    ]
    assert not compiled[0](one)
    assert not compiled[1](drawn(1, 1, DIM))


def test_weights_are_requested_by_argument_config_or_recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    module = nn.Module()
    assert not runtime.weights_requested(module)
    assert not runtime.weights_requested(module, False)
    assert runtime.weights_requested(module, True)
    assert not runtime.weights_requested(module, torch.arange(3))  # a caller's mistake, which `if` could not read
    assert runtime.weights_requested(module, torch.ones(1))
    module.config = types.SimpleNamespace(output_attentions=True)  # type: ignore[assignment]
    assert runtime.weights_requested(module)
    assert runtime.weights_requested(module, False)
    module.config = Slotted()  # type: ignore[assignment]
    assert runtime.weights_requested(module)
    module.config = types.SimpleNamespace()  # type: ignore[assignment]
    capturing = pytest.importorskip("transformers.utils.output_capturing")
    collector = capturing._active_collector
    for recorded, expected in (("hidden_states", False), ("cross_attentions", True), ("attentions", True)):
        token = collector.set({recorded: []})
        try:
            assert runtime.weights_requested(module) is expected
        finally:
            collector.reset(token)
    monkeypatch.delattr(capturing, "_active_collector")
    assert not runtime.weights_requested(module)


def test_what_the_interface_means_by_no_mask() -> None:
    module = nn.Module()
    query = drawn(1, 1, 4, 2)

    def causal(implementation: str, mask: Tensor | None = None, rows: int = 4, **kwargs: Any) -> bool:
        module.config = types.SimpleNamespace(_attn_implementation=implementation)  # type: ignore[assignment]
        answer: bool = runtime.interface_causal(module, query[:, :, :rows], mask, kwargs)
        return answer

    assert causal("sdpa")
    assert not causal("eager")
    assert not causal("sdpa", torch.zeros(1))
    assert not causal("sdpa", rows=1)
    assert not causal("sdpa", is_causal=False)
    module.is_causal = False  # type: ignore[assignment]
    assert not causal("sdpa")
    assert not causal("sdpa", is_causal=None)
    assert causal("sdpa", is_causal=True)


def test_heads_of_the_interface_are_repeated_as_transformers_does() -> None:
    native = pytest.importorskip("transformers.integrations.sdpa_attention")
    module, states = nn.Module(), drawn(2, 3, 5, 4)
    for implementation, groups, repeats in (("sdpa", 2, 2), ("sdpa", 1, 1), ("sdpa", None, 1), ("eager", 2, 1)):
        module.config = types.SimpleNamespace(_attn_implementation=implementation)  # type: ignore[assignment]
        vars(module).pop("num_key_value_groups", None)
        if groups is not None:
            module.num_key_value_groups = groups  # type: ignore[assignment]
        assert torch.equal(runtime.interface_heads(module, states), native.repeat_kv(states, repeats))


def test_dropout_is_off_outside_of_training() -> None:
    dropout = nn.Dropout(0.2)
    assert runtime.dropout_probability(dropout) == 0.2
    assert runtime.dropout_probability(dropout.eval()) == 0.0
    assert runtime.dropout_probability(nn.Identity()) == 0.0


# Shapes


def test_the_shape_of_the_scores() -> None:
    assert runtime.scores_shape(drawn(1, 3, ROWS, DIM), drawn(2, 1, COLUMNS, DIM)) == (2, 3, ROWS, COLUMNS)
    with pytest.raises(RuntimeError, match="do not broadcast"):
        runtime.scores_shape(drawn(2, ROWS, DIM), drawn(3, COLUMNS, DIM))


def test_the_dtype_of_the_scores_is_that_of_a_wider_bias() -> None:
    query, key = (drawn(2, 3, length, DIM).bfloat16() for length in (ROWS, COLUMNS))
    for bias in (
        None,
        0.5,
        torch.ones(()),
        torch.ones(COLUMNS).bool(),
        torch.ones(COLUMNS),
        torch.ones(COLUMNS).half(),
    ):
        scores = query @ key.mT if bias is None else query @ key.mT + bias
        assert runtime.scores_dtype(query, bias) == scores.dtype


def test_what_stands_for_the_scores_has_their_shape_and_no_memory() -> None:
    query, key = drawn(2, 3, ROWS, DIM), drawn(2, 3, COLUMNS, DIM)
    like = runtime.scores_like(query, key)
    assert like.shape == (query @ key.mT).shape
    assert like.dtype == query.dtype
    assert like.untyped_storage().nbytes() == query.element_size()
    other = runtime.scores_like(query, key, shape=(6, ROWS, COLUMNS), dtype=torch.float64)
    assert other.shape == (6, ROWS, COLUMNS)
    assert other.dtype == torch.float64


@pytest.mark.parametrize(
    ("before", "after", "given"),
    [
        ((6, ROWS, COLUMNS), (2, 3, ROWS, COLUMNS), (6, ROWS, COLUMNS)),
        ((6, ROWS, COLUMNS), (2, 3, ROWS, COLUMNS), (1, ROWS, COLUMNS)),
        ((6, ROWS, COLUMNS), (2, -1, ROWS, COLUMNS), (ROWS, COLUMNS)),
        ((2, 3, ROWS, COLUMNS), (6, ROWS, COLUMNS), (2, 1, 1, COLUMNS)),
        ((2, 3, ROWS, COLUMNS), (-1, ROWS, COLUMNS), (1, 3, ROWS, COLUMNS)),
        ((2, 3, ROWS, COLUMNS), (6, ROWS, COLUMNS), (1, 1, ROWS, COLUMNS)),
        ((4, 3, ROWS, COLUMNS), (2, 2, 3, ROWS, COLUMNS), (1, 3, ROWS, COLUMNS)),
    ],
    ids=str,
)
def test_a_bias_follows_the_views_of_its_scores(
    before: tuple[int, ...], after: tuple[int, ...], given: tuple[int, ...]
) -> None:
    bias = drawn(*given)
    got, shape = runtime.view_bias(bias, before, after)
    want = bias.expand(before).reshape(after)
    assert shape == tuple(want.shape)
    assert torch.equal(got.expand(shape), want)
    assert runtime.view_bias(None, before, after) == (None, shape)


def test_a_view_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="does not fit"):
        runtime.view_bias(None, (6, 2, 2), (4, 2, 2))


def test_a_bias_in_full_can_be_written_to() -> None:
    bias = drawn(COLUMNS)
    full = runtime.expand_bias(bias, (2, ROWS, COLUMNS), bias)
    full[0] += 1.0
    assert torch.equal(full[1], bias.expand(ROWS, COLUMNS))
    assert not runtime.expand_bias(None, (ROWS, COLUMNS), bias).any()
    for given in (None, bias.half()):
        assert runtime.expand_bias(given, (ROWS, COLUMNS), bias.half()).dtype == torch.float16
        assert runtime.expand_bias(given, (ROWS, COLUMNS), bias.half(), torch.float32).dtype == torch.float32
    assert runtime.expand_bias(bias, (2, ROWS, 1), bias).shape == (2, ROWS, COLUMNS)  # it has expanded the scores


def test_a_bias_follows_the_order_of_its_scores() -> None:
    bias = drawn(2, 3, ROWS, COLUMNS)
    assert torch.equal(runtime.arrange(bias, (-3, -4, -2, -1)), bias.transpose(0, 1))
    assert runtime.arrange(bias[0, 0], (-3, -4, -1, -2)).shape == (1, 1, COLUMNS, ROWS)
    assert runtime.arrange(None, (-2, -1)) is None


# Masks that are just causal


LONG = 264
"""Queries of the tests below: enough for masks to be recognised, no multiple of the blocks they are compared in."""


def causal_mask(
    rows: int = LONG, columns: int | None = None, dtype: torch.dtype = torch.float32, fill: float | None = None
) -> Tensor:
    hidden = torch.ones(rows, columns or rows, dtype=torch.bool).triu(1)
    fill = torch.finfo(dtype).min if fill is None else fill
    return torch.zeros(1, 1, *hidden.shape, dtype=dtype).masked_fill(hidden, fill)


def recognised(mask: Tensor, lead: Sequence[int] = (2, 3), **how: Any) -> bool:
    """Whether `mask` reaches the kernel as `is_causal`; the result is that of eager in any case."""
    rows, columns = mask.shape[-2:]
    query, key, value = operands(lead, rows=rows, columns=columns)
    if mask.is_floating_point():
        query, key, value = (tensor.to(mask.dtype) for tensor in (query, key, value))
    with unittest.mock.patch.object(in_fused, "blocks_of", return_value=[]):
        call = runtime.fuse(nn.Identity(), query, key, value, mask, 0.3, 0.0, **how)
        assert call is not None
        assert not (call.is_causal and call.bias is not None)
        whole = attend(query, key, value, mask, **how)
    want = eager(
        query.double(), key.double(), value.double(), mask if mask.dtype == torch.bool else mask.double(), **how
    )
    precise = mask.dtype not in (torch.bfloat16, torch.float16)
    for got in (whole, attend(query, key, value, mask, **how)):
        assert (got.double() - want).abs().max() <= (1e-5 if precise else 4e-2)
    return bool(call.is_causal)


@pytest.mark.parametrize("dtype", [*DTYPES, torch.float16], ids=str)
@pytest.mark.parametrize("rows", [255, 256, 257, LONG, 514])
def test_a_causal_mask_is_not_read(rows: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_policy, "_EAGER", {})  # whatever is faster
    long = rows >= in_masks._ROWS_TO_RECOGNISE
    assert recognised(causal_mask(rows, dtype=dtype)) == (long and dtype != torch.float16)
    assert recognised(causal_mask(rows, dtype=dtype, fill=float("-inf"))) == long


def test_causal_masks_of_every_make() -> None:
    mask = causal_mask()
    assert recognised(mask[0, 0])
    assert recognised(mask[0])
    assert recognised(mask.expand(2, 3, -1, -1))
    assert recognised(mask.repeat(2, 1, 1, 1))
    assert recognised(causal_mask(400)[:, :, :LONG, :LONG])
    assert recognised(causal_mask(400)[:, :, :263, :263])
    assert recognised(mask.mT.contiguous().mT)
    assert recognised(mask == 0, causal=False)
    with torch.inference_mode():
        assert recognised(causal_mask())


@pytest.mark.parametrize("columns", [LONG + 1, LONG + 8, 600])
def test_a_causal_mask_over_a_cache_of_a_fixed_size(columns: int) -> None:
    """Query i sees the keys 0..i; what lies beyond the queries is not there yet."""
    mask = causal_mask(LONG, columns)
    query, key, value = operands(rows=LONG, columns=columns)
    with unittest.mock.patch.object(in_fused, "blocks_of", return_value=[]):
        call = runtime.fuse(nn.Identity(), query, key, value, mask, 0.3, 0.0)
    assert call.is_causal
    assert call.key.shape[-2] == call.value.shape[-2] == LONG
    assert recognised(mask)


def changed(place: Any, value: float, rows: int = LONG) -> Tensor:
    mask = causal_mask(rows).repeat(2, 1, 1, 1)
    mask[place] = value
    return mask


def window(size: int) -> Tensor:
    mask = causal_mask()
    return mask.masked_fill(torch.ones(LONG, LONG, dtype=torch.bool).tril(-size), MINIMUM)


def packed(*lengths: int) -> Tensor:
    document = torch.repeat_interleave(torch.tensor(lengths))
    return causal_mask(len(document)).masked_fill(document[:, None] != document[None, :], MINIMUM)


NOT_CAUSAL: dict[str, Callable[[], Tensor]] = {
    "left padding": lambda: changed((1, 0, slice(2, None), slice(0, 2)), MINIMUM),
    "right padding": lambda: changed((1, 0, slice(None), slice(LONG - 3, None)), MINIMUM),
    "sliding window": lambda: window(200),
    "widest window": lambda: window(LONG - 1),
    "packed sequences": lambda: packed(100, 164),
    "prefix seen by all": lambda: changed((slice(None), 0, slice(0, 9), slice(0, 9)), 0.0),
    "the rows' last keys": lambda: causal_mask(400)[:, :, -LONG:, :],
    "all seen": lambda: torch.zeros(1, 1, LONG, LONG),
    "all hidden": lambda: torch.full((1, 1, LONG, LONG), MINIMUM),
    "another fill": lambda: causal_mask(fill=-1e4),
    "two fills": lambda: changed((0, 0, 5, 9), float("-inf")),
    "biased": lambda: causal_mask() + 0.1 * torch.arange(LONG),
    "a bias that begins so": lambda: changed((0, 0, 200, 3), 0.25),
    "a visible future": lambda: changed((1, 0, 7, 8), 0.0),
    "strictly causal": lambda: causal_mask().masked_fill(torch.eye(LONG, dtype=torch.bool), MINIMUM),
    "by head": lambda: torch.cat([causal_mask(), window(30)], dim=1).repeat(1, 2, 1, 1)[:, :3],
}


@pytest.mark.parametrize("kind", NOT_CAUSAL)
def test_other_masks_are_kept(kind: str) -> None:
    assert not recognised(NOT_CAUSAL[kind]())


def test_a_band_and_a_whole_mask_of_one_size_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_masks, "_WHOLE", 2**18)
    band = causal_mask(600)
    wide = 2 * 1024 + in_masks._BAND  # as many entries as the band that 600 columns are a part of
    for mask in (band, causal_mask(256, wide), band, causal_mask(256, wide)):
        monkeypatch.setattr(in_masks, "_WHOLE", 2**18 if mask is band else 2**22)
        assert in_masks.is_just_causal(mask, *mask.shape[-2:])
        assert len(in_masks._bands) == 1


@pytest.mark.parametrize("shape", [(2, 1, 3, 5), (1, 2, 3, 5), (2, 3, 5), (3, 5), (6, 1, 5)])
@pytest.mark.parametrize("scale", [0.5, 0.0])
def test_the_eager_formula_of_three_axes(shape: Sequence[int], scale: float) -> None:
    query, key, value = drawn(2, 3, 4), drawn(2, 5, 4), drawn(2, 5, 4, seed=1)
    query[0, 0, 0] = math.inf if scale == 0.0 else query[0, 0, 0]
    query, key, value = (query[:1], key[:1], value[:1]) if shape[0] == 6 else (query, key, value)
    bias = drawn(*shape)
    want = torch.softmax(query @ key.mT * scale + bias, dim=-1) @ value
    with torch.no_grad():
        got = eager(query, key, value, bias, scale)
    assert got.shape == want.shape
    torch.testing.assert_close(got, want, equal_nan=True)


@pytest.mark.parametrize("rows", [64, 300])
def test_infinity_times_a_scale_of_zero_is_no_number(rows: int) -> None:
    query, key, value = (tensor[0] for tensor in operands((1, 2), rows=rows, columns=rows))
    query[0, 0, 0] = math.inf
    bias = causal_mask(rows)[0].repeat(2, 1, 1)
    want = torch.softmax(query @ key.mT * 0.0 + bias, dim=-1) @ value
    assert want[0, 0].isnan().all()
    with torch.no_grad():
        for got in (
            eager(query, key, value, bias, 0.0),
            attend(query[None], key[None], value[None], bias[None], 0.0)[0],
        ):
            torch.testing.assert_close(got, want, equal_nan=True)


def test_steps_of_the_eager_formula_are_one_only_where_they_are_the_same() -> None:
    query, key, value = (tensor[0] for tensor in operands((1, 2)))
    bias = drawn(2, COLUMNS, ROWS).mT
    want = query @ key.mT * 0.3 + bias
    with torch.no_grad():
        assert_equal(runtime.eager_attention(query, key, value, bias, 0.3, 0.0, stage="scores")[1], want)
        six = [tensor.flatten(0, 1) for tensor in operands()]
        by_batch = drawn(2, 1, ROWS, COLUMNS).expand(2, 3, ROWS, COLUMNS)  # of the scores' shape, and not in one piece
        got = runtime.eager_attention(*six, by_batch, 0.3, 0.0, shape=by_batch.shape, met=(6, -1, COLUMNS))[1]
        assert_equal(got.view_as(by_batch), ((six[0] @ six[1].mT * 0.3).view_as(by_batch) + by_batch).softmax(-1))
        narrow = key[..., :1]
        got = runtime.eager_attention(query, narrow, value, bias.contiguous(), 0.3, 0.0, stage="scores")[1]
        assert_equal(got, query @ narrow.expand_as(key).mT * 0.3 + bias)
        with torch.autocast("cpu", torch.bfloat16):
            got = runtime.eager_attention(query, key, value, bias.contiguous(), 0.3, 0.0, stage="scores")[1]
            assert torch.equal(got, (query @ key.mT) * 0.3 + bias)
            assert got.dtype == torch.float32
    half, half_key, half_value, half_bias = (tensor.bfloat16() for tensor in (query, key, value, bias.contiguous()))
    half.requires_grad_()
    got = runtime.eager_attention(half, half_key, half_value, half_bias, 0.3, 0.0, stage="scores")[1]
    assert torch.equal(got, half @ half_key.mT * 0.3 + half_bias)


def test_heads_that_are_no_groups_are_an_error_as_in_eager() -> None:
    query, one, two = drawn(1, 6, ROWS, DIM), drawn(1, 1, COLUMNS, DIM), drawn(1, 2, COLUMNS, DIM)
    for key, value, groups in ((one, one, 2), (two, one, 3)):
        with pytest.raises(RuntimeError):
            eager(query, key, value, groups=groups)


def test_what_is_no_plain_call() -> None:
    query, key, value = operands()
    turned = [tensor.mT.contiguous().mT for tensor in (query, key, value)]
    for place in range(3):
        given = [query, key, value]
        given[place] = turned[place]
        assert runtime.fuse(nn.Identity(), *given, None, 0.3, 0.0) is None
    with torch.autocast("cpu", torch.bfloat16):
        assert runtime.fuse(nn.Identity(), query, key, value, None, 0.3, 0.0).query.dtype == torch.bfloat16
    calls = []

    def traced(given: Tensor) -> Tensor:
        calls.append(runtime.fuse(nn.Identity(), given, key, value, bias, 0.3, 0.0))
        return given

    bias = torch.zeros(1, 1, ROWS, COLUMNS)
    trace: Any = torch.jit.trace
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes that are compared
        trace(traced, query.requires_grad_(), check_trace=False)
    assert calls == [None]


def test_a_view_of_scores_that_a_bias_made_larger_is_another() -> None:
    shape = runtime.enlarged((2, 1, 4), drawn(2, 3, 4))
    assert runtime.view_bias(None, tuple(shape), (6, 4))[1] == (6, 4)
    for given in (tuple(shape), shape, tuple(shape)):
        told = runtime.view_bias(None, given, (6, 4))[1]
        assert (type(told) is tuple) == (type(given) is tuple)


def test_grouped_heads_whose_scores_have_more_axes() -> None:
    query, key, value = drawn(1, 4, 3, 4), drawn(1, 2, 5, 4), drawn(1, 2, 5, 4, seed=1)
    wide_key, wide_value = (torch.repeat_interleave(tensor, 2, dim=1) for tensor in (key, value))
    bias = drawn(1, 1, 1, 3, 5)
    want = torch.softmax(query @ wide_key.mT * 0.3 + bias, dim=-1) @ wide_value
    assert_equal(eager(query, key, value, bias, groups=2), want)


@pytest.mark.parametrize("whole", [0, 2**22], ids=["in bands", "at once"])
def test_one_entry_decides(whole: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_masks, "_WHOLE", whole)
    blocks = 3 * in_masks._BAND + 16
    edges = (0, 1, in_masks._BAND - 1, in_masks._BAND, 2 * in_masks._BAND, blocks - 1)
    for mask in (causal_mask(blocks), causal_mask(blocks, blocks + 5), causal_mask(blocks, dtype=torch.bfloat16)):
        columns = mask.shape[-1]
        assert in_masks.is_just_causal(mask, blocks, columns)
        for row, column in itertools.product(edges, (*edges, columns - 1)):
            before = mask[0, 0, row, column].item()
            mask[0, 0, row, column] = 0.0 if before else MINIMUM
            assert not in_masks.is_just_causal(mask, blocks, columns), (row, column)
            mask[0, 0, row, column] = before
        assert in_masks.is_just_causal(mask, blocks, columns)


def test_a_mask_is_what_it_is_at_the_call() -> None:
    """Changed in place, by whatever means, or another mask at the same place in memory."""
    mask = causal_mask()
    assert recognised(mask)
    mask[..., 2:, 0] = MINIMUM
    assert not recognised(mask)
    mask[..., 2:, 0] = 0.0
    assert recognised(mask)
    mask.data[..., 2:, 0] = MINIMUM
    assert not recognised(mask)
    array = causal_mask().numpy()
    shared = torch.from_numpy(array)
    assert recognised(shared)
    array[..., 2:, 0] = MINIMUM
    assert not recognised(shared)
    with torch.inference_mode():
        mask = causal_mask()
        assert recognised(mask)
        mask[..., 2:, 0] = MINIMUM
        assert not recognised(mask)
    for turn in range(6):
        fresh = causal_mask()
        if turn % 2:
            fresh[..., 2:, 0] = MINIMUM
        assert recognised(fresh) == (turn % 2 == 0)
        del fresh


@pytest.mark.parametrize("shape", [(LONG, LONG), (1, 1, LONG, LONG), (2, 1, 1, LONG), (2, 3, LONG, LONG), ()])
def test_a_mask_that_hides_nothing_is_not_read(shape: Sequence[int]) -> None:
    query, key, value = operands(rows=LONG, columns=LONG)

    def read(mask: Tensor, **how: Any) -> bool:
        got = attend(query, key, value, mask, **how)
        assert_equal(got, eager(query, key, value, mask, **how))
        return runtime.fuse(nn.Identity(), query, key, value, mask, 0.3, 0.0, **how).bias is not None

    assert not read(torch.zeros(shape))
    assert not read(-torch.zeros(shape))
    assert not read(torch.zeros(()).expand(shape))
    assert not read(torch.ones(shape, dtype=torch.bool), causal=False)
    if shape:
        for place in ((0,) * len(shape), (-1,) * len(shape)):
            for value_there in (0.5, -0.5, MINIMUM):
                mask = torch.zeros(shape)
                mask[place] = value_there
                assert read(mask)
            mask = torch.ones(shape, dtype=torch.bool)
            mask[place] = False
            assert read(mask, causal=False)


# Blocks of queries

KINDS = [(is_causal, gradient) for is_causal in (True, False) for gradient in (True, False)]


@pytest.fixture
def fixed_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is faster."""
    monkeypatch.setattr(in_policy, "_BLOCKS", dict.fromkeys(KINDS, ((256, 128),)))


def in_parts(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, **how: Any) -> int:
    """In how many blocks the call is made; the result and its gradients are those of eager in any case."""
    call = runtime.fuse(nn.Identity(), query, key, value, bias, 0.3, 0.0, **how)
    groups = how.get("groups", 1)
    first, second, third = wide = [tensor.double().requires_grad_() for tensor in (query, key, value)]
    want = eager(first, second, third, bias if bias is None or bias.dtype == torch.bool else bias.double(), **how)
    along = drawn(*want.shape).double()
    wanted = torch.autograd.grad(want, wide, along)
    leaves = [tensor.detach().requires_grad_() for tensor in (query, key, value)]
    for given in ((query, key, value), leaves):
        made = runtime.fuse(nn.Identity(), *given, bias, 0.3, 0.0, **how)
        fused = scaled_dot_product_attention(
            made.query, made.key, made.value, attn_mask=made.bias, is_causal=made.is_causal, scale=made.scale,
            enable_gqa=made.grouped,
        )  # fmt: skip
        got = runtime.restore(fused, made)
        assert got.shape == want.shape
        assert (got.double() - want).abs().max() <= 1e-5, groups
    for one, other in zip(torch.autograd.grad(got, leaves, along.float()), wanted, strict=True):
        assert (one.double() - other).abs().max() <= 1e-4
    return 1 if call.others is None else len(call.others[0]) + 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64, torch.float16])
@pytest.mark.parametrize("scale", [0.125, -0.5, 2.0, 1.0, 0.3])
@pytest.mark.parametrize("size", [1.0, 1e-4])
def test_the_eager_formula_with_gradients_has_the_bits_of_the_source(
    dtype: torch.dtype, scale: float, size: float
) -> None:
    leaves = [tensor.to(dtype).requires_grad_() for tensor in operands(rows=20, columns=20)]
    query, key, value = leaves
    got, weights = runtime.eager_attention(query * size, key, value, None, scale, 0.0)
    want_weights = torch.softmax((query * size) @ key.mT * scale, dim=-1)
    want = want_weights @ value
    assert torch.equal(got, want)
    assert torch.equal(weights, want_weights)
    gradients = [torch.autograd.grad(output.float().square().sum(), leaves) for output in (got, want)]
    for one, other in zip(*gradients, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("rows", [255, 256, 257, 384, 500, 1024, 1025, 1100])
def test_causal_calls_are_made_in_blocks(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_policy, "_BLOCKS", {kind: ((256, 128), (1025, 0 if kind[0] else 256)) for kind in KINDS})
    query, key, value = operands(rows=rows, columns=rows)
    small = 1 if rows < 256 else -(-rows // 128)
    assert in_parts(query, key, value, None, causal=True) == (small if rows <= 1024 else 1)
    bias = causal_mask(rows) + drawn(1, 3, rows, rows)
    assert in_parts(query, key, value, bias) == (small if rows <= 1024 else -(-rows // 256))
    assert in_parts(query, key, value, None) == 1


@pytest.mark.usefixtures("fixed_blocks")
def test_blocks_of_every_layout() -> None:
    query, key, value = operands(rows=300, columns=300)
    mask = causal_mask(300)
    assert in_parts(query, key, value, None, causal=True) == 3
    assert in_parts(query.mT.contiguous().mT, key, value, mask + 0.0 * mask) == 3
    assert in_parts(query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1), mask[0]) == 3
    five = operands((2, 1, 3), rows=300, columns=300)
    assert in_parts(*five, mask.expand(2, -1, -1, -1)[:, None]) == 3
    assert in_parts(query, key[:, :1], value[:, :1], None, causal=True, groups=3) == 3
    assert in_parts(query, key, value, mask == 0, causal=False) == 3
    few = operands((1, 1), rows=300, columns=300)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert in_parts(*few, None, causal=True) == 1  # threads would have nothing to do
    finally:
        torch.set_num_threads(threads)


IN_BLOCKS = {
    "right padding": True,
    "sliding window": True,
    "widest window": True,
    "packed sequences": True,
    "biased": True,
    "a bias that begins so": True,
    "two fills": True,
    "another fill": False,
    "left padding": True,
    "the rows' last keys": True,
    "all seen": False,
    "all hidden": False,
    "strictly causal": False,
    "by head": True,
    "prefix seen by all": True,
    "a visible future": True,
}
"""The masks of `NOT_CAUSAL`: whether each block of 128 sees nothing after its end, and each row something."""


@pytest.mark.usefixtures("fixed_blocks")
def test_a_mask_is_what_it_is_to_its_last_entry() -> None:
    assert set(IN_BLOCKS) == set(NOT_CAUSAL)
    for kind, expected in IN_BLOCKS.items():
        mask = NOT_CAUSAL[kind]()
        query, key, value = operands(rows=mask.shape[-2], columns=mask.shape[-1])
        assert (in_parts(query, key, value, mask) > 1) == expected, kind
        boolean = mask > -1e30
        if boolean.any(dim=-1).all():
            assert (in_parts(query, key, value, boolean, causal=False) > 1) >= expected, kind
    query, key, value = operands(rows=LONG, columns=LONG)
    for row, column in ((0, LONG - 1), (0, 128), (127, 128), (127, LONG - 1), (128, 256), (255, LONG - 1)):
        for seen in (0.0, -1e4, float("inf")):
            mask = causal_mask().repeat(2, 1, 1, 1)
            mask[1, 0, row, column] = seen
            assert not in_blocks.hides_later(mask, LONG, LONG, 128)
    for row in (0, 1, 127, 128, LONG - 1):
        mask = causal_mask().repeat(1, 3, 1, 1)
        mask[0, 2, row] = MINIMUM
        assert not in_blocks.hides_later(mask, LONG, LONG, 128)
        assert in_parts(query, key, value, mask) == 1
        mask[0, 2, row, row] = 0.0
        assert in_blocks.hides_later(mask, LONG, LONG, 128)


@pytest.mark.usefixtures("fixed_blocks")
@pytest.mark.parametrize("most", [0, 2**22], ids=["by the kernel", "in steps"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_blocks_by_the_kernel_and_in_steps(most: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_blocks, "_MOST_SCORES", most)
    query, key, value = operands(rows=300, columns=300, dtype=dtype)
    assert in_parts(query, key, value, None, causal=True) == 3
    window = (causal_mask(300) + causal_mask(300).mT.roll(40, -1).roll(-1, -1)).clamp(min=MINIMUM).to(dtype)
    for mask in (window, window > -1e30, (window + drawn(2, 3, 300, 300)).clamp(min=MINIMUM).to(dtype)):
        mask[..., 0] = mask[..., :1, 0]
        assert in_parts(query, key, value, mask, causal=False if mask.dtype == torch.bool else None) == 3
    before = (query.clone(), key.clone(), value.clone())
    with torch.no_grad():
        first = attend(query, key, value, None, causal=True)
        again = attend(query + 1.0, key, value, None, causal=True)
    assert not torch.equal(first, again)  # nothing of a call lies in the memory of another
    with torch.no_grad():
        assert torch.equal(first, attend(query, key, value, None, causal=True))
    assert all(map(torch.equal, before, (query, key, value)))


def padded(starts: Sequence[int], ends: Sequence[int], *, rows: int = LONG, heads: int = 1) -> Tensor:
    """The mask of a batch whose sequences have keys from `starts` to `ends`."""
    places = torch.arange(LONG)
    seen = torch.stack([(places >= start) & (places < end) for start, end in zip(starts, ends, strict=True)])
    mask = torch.zeros(seen.shape).masked_fill(~seen, MINIMUM)
    return mask[:, None, None].repeat(1, heads, rows, 1)


@pytest.mark.usefixtures("fixed_blocks")
def test_padding_is_left_out_by_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that saves enough; neighbours that see the same keys stay together."""
    lead = (4, 4)
    query, key, value = operands(lead, rows=LONG, columns=LONG)

    def parts(mask: Tensor, **how: Any) -> int:
        return in_parts(query, key, value, mask, **how)

    assert parts(padded([0] * 4, [LONG, 100, 50, 50])) == 3
    assert parts(padded([0, 200, 3, 3], [LONG, LONG, LONG, 40])) == 4
    assert parts(padded([0] * 4, [LONG, 100, 50, 1], rows=1)) == 4
    assert parts(padded([0] * 4, [LONG, 100, 50, 1], rows=1).expand(-1, 4, LONG, -1)) == 4
    assert parts(padded([0] * 4, [LONG, 100, 50, 1], heads=4) + drawn(4, 4, LONG, LONG)) == 4
    assert parts(padded([0] * 4, [LONG, 100, 50, 1]) == 0, causal=False) == 4
    assert parts(padded([0] * 4, [LONG, LONG, LONG, 100])) == 1  # more than 80 % is seen
    call = runtime.fuse(nn.Identity(), query, key, value, padded([0] * 4, [9, 9, 9, 9]), 0.3, 0.0)
    assert call.others == ([], LONG)
    assert call.bias is None
    assert call.key.shape[-2] == 9
    assert parts(padded([0], [90])) == 1
    call = runtime.fuse(nn.Identity(), query, key, value, padded([0], [90]), 0.3, 0.0)
    assert call.key.shape == (4, 4, 90, DIM)
    few = operands((4, 1), rows=LONG, columns=LONG)
    monkeypatch.setattr(in_policy.torch, "get_num_threads", lambda: 4)
    assert in_parts(*few[:3], padded([0] * 4, [LONG, 100, 50, 1])) == 1


@pytest.mark.usefixtures("fixed_blocks")
def test_what_is_no_padding_to_its_last_entry_stays() -> None:
    query, key, value = operands(rows=LONG, columns=LONG)
    for place in ((1, 0, 0, 60), (1, 0, LONG - 1, LONG - 1), (1, 0, 7, 50), (0, 0, LONG - 1, 0)):
        for there in (0.0, -1e4):
            mask = padded([100, 0], [LONG, 50])
            assert in_parts(query, key, value, mask) == 2
            mask[place] = there
            bounds = [in_blocks._without_padding(mask, LONG, LONG)]
            assert all(block.keys.start == 0 or block.keys.stop == LONG for found in bounds for block in found)
            assert not bounds[0] or place == (1, 0, 0, 60)
            in_parts(query, key, value, mask)
    for hidden in ((0, 0, 9), (1, 0, LONG - 1)):
        mask = padded([100, 0], [LONG, 50])
        mask[hidden] = MINIMUM  # a row that is masked as a whole
        assert in_parts(query, key, value, mask) == 1


@pytest.mark.filterwarnings("ignore")  # vmap has no rule of its own for the kernel
@pytest.mark.usefixtures("fixed_blocks")
def test_nothing_is_looked_at_for_blocks_while_something_traces() -> None:
    query, key, value = operands(rows=LONG, columns=LONG)
    mask = causal_mask() + drawn(1, 3, LONG, LONG)
    want = eager(query, key, value, mask)

    def attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        return computed(query, key, value, bias)

    graph = torch.fx.experimental.proxy_tensor.make_fx(attention)(query, key, value, mask)
    assert_equal(graph(query, key, value, mask), want)
    assert_equal(torch.func.vmap(lambda query: computed(query, key[0], value[0], mask[0]))(query)[0], want[0])


@pytest.mark.usefixtures("fixed_blocks")
def test_blocks_hold_in_inference_and_after_it() -> None:
    in_blocks._later.clear()
    query, key, value = operands(rows=LONG, columns=LONG)
    with torch.inference_mode():
        first = attend(query, key, value, None, causal=True)
    assert in_parts(query, key, value, None, causal=True) == 3
    assert_equal(first, eager(query, key, value, causal=True))


def test_a_mask_whose_sign_is_yet_to_be_turned() -> None:
    assert not recognised(torch._neg_view(-causal_mask()))


def test_masks_of_several_threads() -> None:
    masks = [causal_mask() if turn % 2 else window(100) for turn in range(16)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda mask: in_masks.is_just_causal(mask, LONG, LONG), masks * 4))
    assert found == [bool(turn % 2) for turn in range(16)] * 4


def computed(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, filled: Tensor | None = None) -> Tensor:
    """What a generated class computes: the fused call, or the eager formula where there is none."""
    call = runtime.fuse(nn.Identity(), query, key, value, bias, 0.3, 0.0, filled=filled)
    if call is None:
        return eager(query, key, value, bias, filled=filled)
    fused = scaled_dot_product_attention(
        call.query, call.key, call.value, attn_mask=call.bias, is_causal=call.is_causal, scale=call.scale
    )
    output: Tensor = runtime.restore(fused, call)
    return output


@pytest.mark.parametrize("rows", [ROWS, LONG])
def test_derivatives_are_carried_forward(rows: int) -> None:
    query, key, value = operands(rows=rows, columns=rows)
    bias, along = drawn(2, 1, rows, rows), drawn(2, 3, rows, DIM, seed=9)

    def derivative(attention: Callable[..., Tensor]) -> Tensor:
        with torch.no_grad():
            result: Tensor = torch.func.jvp(lambda query: attention(query, key, value, bias), (query,), (along,))[1]
            return result

    want = derivative(eager)
    assert_equal(derivative(computed), want)
    forward: Any = torch.autograd.forward_ad
    with torch.no_grad(), forward.dual_level():
        carried = forward.unpack_dual(computed(forward.make_dual(query, along), key, value, bias)).tangent
        assert_equal(carried, want)


@pytest.mark.filterwarnings("ignore")  # sizes become constants
def test_masks_that_cannot_be_looked_at_where_gradients_are_due() -> None:
    query, key, value = operands()
    mask = drawn(ROWS, COLUMNS)
    mask[2] = MINIMUM

    def gradients(
        attention: Callable[..., Tensor], query: Tensor, value: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        total = lambda query, value: attention(query, key, value, mask).pow(3).sum()  # noqa: E731  # short
        found: tuple[Tensor, Tensor] = torch.func.grad(total, argnums=(0, 1))(query, value)
        return found

    want = gradients(eager, query, value, mask)
    batched = torch.func.vmap(lambda query, value, mask: gradients(computed, query, value, mask))
    for one, other in zip(batched(query[None], value[None], mask[None]), want, strict=True):
        assert_equal(one[0], other, 1e-4)

    leaves = query.clone().requires_grad_(), value.clone().requires_grad_()
    program = torch.jit.trace(  # type: ignore[no-untyped-call]  # torch's own
        lambda query, value, mask: computed(query, key, value, mask),
        (*leaves, torch.zeros_like(mask)),
        check_trace=False,
    )
    for one, other in zip(torch.autograd.grad(program(*leaves, mask).pow(3).sum(), leaves), want, strict=True):
        assert_equal(one, other, 1e-4)


def test_fills_that_cannot_be_looked_at() -> None:
    query, key, value = operands()
    filled = torch.rand(ROWS, COLUMNS, generator=torch.Generator().manual_seed(1)) > 0.3
    filled[2] = True
    bias = torch.where(filled, -10000.0, 0.0)
    want = eager(query, key, value, bias, filled=filled)
    batched = torch.func.vmap(lambda bias, filled: computed(query, key, value, bias, filled))
    assert_equal(batched(bias[None], filled[None])[0], want)
    program = torch.fx.experimental.proxy_tensor.make_fx(computed)(query, key, value, bias, filled)
    assert_equal(program(query, key, value, bias, filled), want)


def test_gradients_under_a_causal_mask() -> None:
    query, key, value = leaves = tuple(tensor.requires_grad_() for tensor in operands(rows=LONG, columns=LONG))
    weights = drawn(2, 3, LONG, DIM, seed=7)
    got = torch.autograd.grad((attend(query, key, value, causal_mask()) * weights).sum(), leaves)
    want = torch.autograd.grad((eager(query, key, value, causal_mask()) * weights).sum(), leaves)
    assert all((one - other).abs().max() <= 1e-4 for one, other in zip(got, want, strict=True))


@pytest.mark.filterwarnings("ignore")  # sizes become constants; a kernel that cannot be batched runs in a loop
def test_a_traced_program_keeps_its_mask() -> None:
    query, key, value = operands(rows=LONG, columns=LONG)
    masks = causal_mask(), window(100)

    def attention(mask: Tensor) -> Tensor:
        return attend(query, key, value, mask)

    torch._dynamo.reset()
    programs = [
        torch.compile(attention, fullgraph=True, backend="aot_eager"),
        torch.jit.trace(attention, masks[0], check_trace=False),  # type: ignore[no-untyped-call]
        torch.fx.experimental.proxy_tensor.make_fx(attention)(masks[0]),
        lambda mask: torch.func.vmap(attention)(mask[None])[0],
    ]
    with torch.no_grad():
        for program, mask in itertools.product(programs, masks):
            assert_equal(program(mask), eager(query, key, value, mask))


def test_a_mask_of_no_numbers_is_kept() -> None:
    with torch._subclasses.FakeTensorMode():
        query, key, value = (torch.empty(2, 3, LONG, DIM) for _ in range(3))
        mask = torch.empty(1, 1, LONG, LONG)
        call = runtime.fuse(nn.Identity(), query, key, value, mask, 0.3, 0.0)
    assert call.bias is mask


# Grouped heads


def grouped(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None, groups: int = 3, **how: Any
) -> tuple[Tensor, bool]:
    """The fused path on key and value of fewer heads, and whether the kernel was given them as they are."""
    scale = how.pop("scale", 0.3)
    call = runtime.fuse(nn.Identity(), query, key, value, bias, scale, 0.0, groups=groups, **how)
    assert call is not None
    fused = scaled_dot_product_attention(
        call.query, call.key, call.value, attn_mask=call.bias, is_causal=call.is_causal, scale=call.scale,
        enable_gqa=call.grouped,
    )  # fmt: skip
    return runtime.restore(fused, call), call.grouped


@pytest.mark.parametrize("rows", [1, ROWS, 300])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_grouped_heads_are_not_repeated(rows: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_policy, "_EAGER", {})  # whatever is faster
    if rows == 1 and dtype == torch.bfloat16:
        pytest.skip("goes to eager")
    columns = max(rows, COLUMNS)
    query = drawn(2, 6, rows, DIM, dtype=dtype)
    key, value = drawn(2, 2, columns, DIM, dtype=dtype), drawn(2, 2, columns, DIM, seed=1, dtype=dtype)
    wide_key, wide_value = (torch.stack([t] * 3, dim=2).flatten(1, 2) for t in (key, value))
    bias = drawn(2, 1, rows, columns, dtype=dtype)
    by_head = drawn(1, 6, rows, columns, dtype=dtype)
    hidden = drawn(2, 1, 1, columns) < 1.0
    tolerance = 1e-5 if dtype == torch.float32 else 4e-2
    for mask, causal in ((None, None), (None, True), (bias, None), (by_head, None), (hidden, False), (bias, True)):
        got, as_they_are = grouped(query, key, value, mask, causal=causal)
        assert as_they_are
        want = eager(query, wide_key, wide_value, mask, causal=causal)
        assert_equal(got, want, tolerance)
        assert_equal(eager(query, key, value, mask, causal=causal, groups=3), want, tolerance)
    got, as_they_are = grouped(query, wide_key, wide_value, groups=1)
    assert not as_they_are
    assert_equal(got, eager(query, wide_key, wide_value), tolerance)


def test_grouped_heads_are_repeated_where_the_kernel_needs_it() -> None:
    query, key, value = drawn(2, 6, ROWS, DIM), drawn(2, 2, COLUMNS, DIM), drawn(2, 2, COLUMNS, DIM, seed=1)
    wide_key, wide_value = (torch.repeat_interleave(t, 3, dim=1) for t in (key, value))
    hows: list[dict[str, Any]] = [
        {"sink": drawn(6, 1, 1)},
        {"factor": drawn(1, 6, 1, 1)},
        {"shape": (12, ROWS, COLUMNS), "met": (2, 6, ROWS, -1)},
    ]
    for how in hows:
        got, as_they_are = grouped(query, key, value, **how)
        assert not as_they_are
        assert_equal(got, eager(query, wide_key, wide_value, **how).view_as(got))
    scale = drawn(1, 6, 1, 1)
    got, _ = grouped(query, key, value, scale=scale)
    assert_equal(got, eager(query, wide_key, wide_value, scale=scale))
    one = grouped(query[:1], key, value)[0]  # the query's batch broadcasts
    assert_equal(one, eager(query[:1], wide_key, wide_value))
    narrow = drawn(2, 2, COLUMNS, 5)
    got, _ = grouped(drawn(2, 6, 600, DIM), key, narrow)
    assert_equal(got, eager(drawn(2, 6, 600, DIM), wide_key, torch.repeat_interleave(narrow, 3, dim=1)))
    with torch.autocast("cpu", torch.bfloat16):
        got, _ = grouped(query, key, value)
    assert got.dtype == torch.bfloat16
    assert (got - eager(query, wide_key, wide_value)).abs().max() <= 4e-2
    meta = [tensor.to("meta") for tensor in (query, key, value)]
    assert runtime.fuse(nn.Identity(), *meta, None, 0.3, 0.0, groups=3).key.shape[1] == 6


@pytest.mark.parametrize("masked", [False, True])
def test_gradients_of_grouped_heads(masked: bool) -> None:
    leaves = [
        t.requires_grad_() for t in (drawn(2, 6, ROWS, DIM), drawn(2, 2, ROWS, DIM), drawn(2, 2, ROWS, DIM, seed=1))
    ]
    query, key, value = leaves
    bias = torch.zeros(2, 1, ROWS, ROWS)
    if masked:
        bias[0, :, :2] = MINIMUM  # rows without keys
    weights = drawn(2, 6, ROWS, DIM, seed=5)
    want = torch.autograd.grad((eager(query, key, value, bias, groups=3) * weights).sum(), leaves)
    got = torch.autograd.grad((grouped(query, key, value, bias)[0] * weights).sum(), leaves)
    assert all((one - other).abs().max() <= 1e-5 for one, other in zip(got, want, strict=True))


def test_grouped_heads_under_torch_compile() -> None:
    query, key, value = drawn(2, 6, ROWS, DIM), drawn(2, 2, ROWS, DIM), drawn(2, 2, ROWS, DIM, seed=1)
    torch._dynamo.reset()
    compiled = torch.compile(lambda *args: grouped(*args, causal=True)[0], fullgraph=True, backend="aot_eager")
    with torch.no_grad():
        assert_equal(compiled(query, key, value), eager(query, key, value, causal=True, groups=3))


# Rows that the source fills as a whole


def filled_rows(rows: int, lead: tuple[int, ...] = (2, 3)) -> Tensor:
    """Where a source fills: two rows as a whole, another but for one key, and some keys."""
    filled = drawn(*lead[:1], *(1,) * (len(lead) - 1), rows, rows) > 1.0
    filled[..., 1, :] = filled[0, ..., 2, :] = True
    filled[..., 3, :] = True
    filled[..., 3, 2] = False
    return filled


def as_filled(leaves: Sequence[Tensor], filled: Tensor, mask: Tensor | None, weights: Tensor) -> Sequence[Tensor]:
    """The gradients that a source has which fills its scores, and adds a mask before."""
    query, key, value = leaves
    scores = query @ key.mT * 0.3
    scores = (scores if mask is None else scores + mask).masked_fill(filled, MINIMUM)
    return torch.autograd.grad((scores.softmax(-1) @ value * weights).sum(), leaves)


@pytest.mark.parametrize("rows", [5, 300])
@pytest.mark.parametrize("lead", [(2, 3), (6,)], ids=str)
@pytest.mark.parametrize("masked", [False, True])
def test_filled_rows_pass_no_gradient_on(rows: int, lead: tuple[int, ...], masked: bool) -> None:
    leaves = [drawn(*lead, rows, DIM, seed=n).requires_grad_() for n in range(3)]
    filled, weights = filled_rows(rows, lead), drawn(*lead, rows, DIM, seed=5)
    mask = torch.zeros(rows, rows)
    mask[4, 1:] = MINIMUM  # with what is filled, a row of which nothing is left
    filled[..., 4, :1] = True
    want = as_filled(leaves, filled, mask if masked else None, weights)
    bias = torch.where(filled, MINIMUM, mask if masked else torch.zeros(()))
    query, key, value = leaves
    got = torch.autograd.grad((attend(query, key, value, bias, emptied=filled) * weights).sum(), leaves)
    assert all((one - other).abs().max() <= 1e-4 for one, other in zip(got, want, strict=True))
    got = torch.autograd.grad((eager(query, key, value, bias, emptied=filled) * weights).sum(), leaves)
    assert all((one - other).abs().max() <= 1e-4 for one, other in zip(got, want, strict=True))


@pytest.mark.parametrize("rows", [5, 300])
@pytest.mark.parametrize("viewed", [False, True])
@pytest.mark.parametrize(("fill", "name"), [(MINIMUM, "emptied"), (-7.0, "filled")])
@pytest.mark.parametrize("scale", [0.25, 0.3, torch.tensor(0.3).requires_grad_()], ids=["power", "number", "learned"])
def test_filled_scores_with_a_learned_bias(rows: int, viewed: bool, fill: float, name: str, scale: Any) -> None:
    leaves = [drawn(2, 3, rows, DIM, seed=n).requires_grad_() for n in range(3)]
    learned = drawn(1, 3, rows, rows).requires_grad_()
    query, key, value = leaves
    leaves.append(learned)
    if isinstance(scale, Tensor):
        leaves.append(scale)
    filled, weights = filled_rows(rows), drawn(2, 3, rows, DIM, seed=5)
    scores = (query @ key.mT * scale + learned).masked_fill(filled, fill)
    want = torch.autograd.grad((scores.softmax(-1) @ value * weights).sum(), leaves)
    bias = torch.where(filled, fill, learned)
    how: dict[str, Any] = {name: filled}
    if viewed:
        how |= {"shape": (2, 3, rows, rows), "met": (6, rows, rows)}
    flat = [tensor.flatten(0, 1) if viewed else tensor for tensor in (query, key, value)]
    output = eager(flat[0], flat[1], flat[2], bias, scale, **how).view(weights.shape)
    assert_equal(output, scores.softmax(-1) @ value)
    got = torch.autograd.grad((output * weights).sum(), leaves)
    assert all((one - other).abs().max() <= 1e-4 for one, other in zip(got, want, strict=True))


@pytest.mark.parametrize("name", ["emptied", "filled"])
def test_gradients_of_gradients_where_memory_is_used_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_bias, "_LARGE", 0)
    leaves = [drawn(1, 2, 4, 3, seed=n, dtype=torch.float64).requires_grad_() for n in range(3)]
    leaves.append(drawn(1, 2, 4, 4, dtype=torch.float64).requires_grad_())
    filled = filled_rows(4, (1, 2))

    def attended(query: Tensor, key: Tensor, value: Tensor, learned: Tensor) -> Tensor:
        how: dict[str, Any] = {name: filled}
        return eager(query, key, value, torch.where(filled, MINIMUM, learned), **how)

    assert torch.autograd.gradcheck(attended, leaves)
    assert torch.autograd.gradgradcheck(attended, leaves)


@pytest.mark.parametrize("path", [attend, eager])
@pytest.mark.parametrize("rows", [5, 300])
def test_rows_filled_in_float16_are_the_mean(path: Callable[..., Tensor], rows: int) -> None:
    query, key, value = (drawn(2, 3, rows, DIM, seed=n).half() for n in range(3))
    filled = filled_rows(rows)
    filled[..., 1, :] = True
    lowest = torch.finfo(torch.float16).min  # swallows no score in float32, nor whole in float16
    with torch.no_grad():
        scores = (query @ key.mT * 0.3).masked_fill(filled, lowest)
        got = path(query, key, value, torch.where(filled, torch.tensor(lowest).half(), 0.0), emptied=filled)
    assert_equal(got, scores.softmax(-1) @ value, 1e-2)
    assert_equal(got[..., 1, :], value.float().mean(-2).half(), 1e-2)


def test_rows_that_count_for_nothing_pass_no_nan_on() -> None:
    leaves = [drawn(2, 3, 5, DIM, seed=n).requires_grad_() for n in range(3)]
    filled = filled_rows(5)
    query, key, value = leaves
    scores = (query @ key.mT * 0.3).masked_fill(filled, -torch.inf)
    want = torch.autograd.grad((scores.softmax(-1).masked_fill(filled, 0.0) @ value).sum(), leaves)
    bias, factor = torch.where(filled, -torch.inf, 0.0), (~filled).any(-1, keepdim=True)
    for path in (attend, eager):
        got = torch.autograd.grad(path(query, key, value, bias, emptied=filled, factor=factor).sum(), leaves)
        assert all((one - other).abs().max() <= 1e-5 for one, other in zip(got, want, strict=True))


def test_filled_rows_on_other_devices() -> None:
    query, key, value = (tensor.to("meta").requires_grad_() for tensor in operands(rows=7, columns=7))
    filled = torch.zeros(2, 1, 7, 7, dtype=torch.bool, device="meta")
    bias = filled.float()
    assert runtime.fuse(nn.Identity(), query, key, value, bias, 0.3, 0.0).query is query
    assert runtime.fuse(nn.Identity(), query, key, value, bias, 0.3, 0.0, emptied=filled).query is not query
    with torch.no_grad():
        assert runtime.fuse(nn.Identity(), query, key, value, bias, 0.3, 0.0, emptied=filled).query is query


@pytest.mark.parametrize("shape", [(1, 5), (7, 5), (2, 1, 7, 5)], ids=str)
def test_queries_all_of_whose_keys_are_filled_are_zeros(shape: tuple[int, ...]) -> None:
    filled = torch.zeros(shape, dtype=torch.bool)
    filled[..., 0, :] = True
    query = drawn(2, 3, 7, DIM)
    got = in_masks.without_emptied_rows(query, filled)
    rows = filled.all(-1, keepdim=True).expand(2, 3, 7, 1)
    assert_equal(got, query.masked_fill(rows, 0.0), 0.0)
    assert in_masks.without_emptied_rows(query, torch.ones(4, 1, 1, 7, 5, dtype=torch.bool)) is query  # more axes


# Operands that the source casts


def cast_call(
    dtype: torch.dtype = torch.bfloat16,
    rows: int = 16,
    bias: Tensor | None = None,
    scale: float | Tensor = 0.3,
    *,
    train: bool = False,
    device: str = "cpu",
    **how: Any,
) -> tuple[torch.dtype | None, Tensor, Tensor]:
    """The dtype of the call for operands that are cast to float32, its output, and eager's in float64."""
    made = [drawn(2, 3, rows, DIM, seed=n, dtype=dtype).to(device).requires_grad_(train) for n in range(3)]
    query, key, value = made
    wide = query.float(), key.float()
    narrow = how.pop("narrow", (query, key))
    call = runtime.fuse(nn.Identity(), *wide, value, bias, scale, 0.0, narrow=narrow, **how)
    if call is None or device == "meta":
        return (None if call is None else call.query.dtype), value, value
    fused = scaled_dot_product_attention(
        call.query, call.key, call.value, attn_mask=call.bias, is_causal=call.is_causal, scale=call.scale
    )
    exact = None if bias is None else bias.double() if bias.is_floating_point() else bias
    causal = how.get("causal", False if bias is not None and not bias.is_floating_point() else None)
    scale = scale.double() if isinstance(scale, Tensor) else scale
    want = eager(query.double(), key.double(), value.double(), exact, scale, causal=causal)
    return call.query.dtype, runtime.restore(fused, call), want


@pytest.fixture
def narrowest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of all sizes are fused, on operands as they were before they were cast."""
    monkeypatch.setattr(in_policy, "_EAGER", {})
    monkeypatch.setattr(in_policy, "_TILES", False)
    monkeypatch.setattr(in_policy, "_NARROW", {False: 0, True: 0})


@pytest.mark.usefixtures("narrowest")
@pytest.mark.parametrize("train", [False, True])
def test_the_kernel_takes_operands_as_they_were_before_a_cast_to_float32(train: bool) -> None:
    bias = drawn(2, 1, 16, 16)
    cases: list[dict[str, Any]] = [
        {},
        {"causal": True},
        {"bias": bias},
        {"bias": bias.bfloat16()},
        {"bias": bias > 0.0, "causal": False},
        {"bias": bias, "rows": 16, "scale": -2.0},
        {"rows": 300},
        {"rows": 300, "causal": True},
    ]
    for case in cases:
        dtype, got, want = cast_call(train=train, **case)
        assert dtype == torch.bfloat16, case
        assert got.dtype == torch.bfloat16
        assert (got.double() - want).abs().max() <= 2e-2, case


@pytest.mark.usefixtures("narrowest")
def test_gradients_of_operands_before_a_cast_to_float32() -> None:
    leaves = [drawn(2, 3, 16, DIM, seed=n, dtype=torch.bfloat16).requires_grad_() for n in range(3)]
    query, key, value = leaves
    weights = drawn(2, 3, 16, DIM, seed=5)
    call = runtime.fuse(nn.Identity(), query.float(), key.float(), value, None, 0.3, 0.0, narrow=(query, key))
    assert call.query is query
    fused = scaled_dot_product_attention(call.query, call.key, call.value, scale=call.scale)
    got = torch.autograd.grad((runtime.restore(fused, call) * weights).sum(), leaves)
    want = torch.autograd.grad((eager(query.double(), key.double(), value.double()) * weights).sum(), leaves)
    assert all((one - other).abs().max() <= 2e-2 for one, other in zip(got, want, strict=True))


@pytest.mark.usefixtures("narrowest")
def test_operands_stay_cast_where_the_kernel_would_round_more(monkeypatch: pytest.MonkeyPatch) -> None:
    hiding = torch.zeros(1, 1, 16, 16)
    hiding[..., 3, :] = -1e4
    half = drawn(2, 3, 16, DIM, dtype=torch.float16)
    cases: list[dict[str, Any]] = [
        {"dtype": torch.float16},  # slow on a CPU
        {"scale": drawn(1, 3, 1, 1)},
        {"train": True, "bias": hiding},  # a row of it is computed apart, as eager does
        {"narrow": (half, half)},
        {"narrow": (drawn(2, 3, 16, DIM, dtype=torch.bfloat16), half)},
        {"narrow": (half.float(), half.float())},
    ]
    for case in cases:
        dtype, got, want = cast_call(**case)
        assert dtype == torch.float32, case
        assert (got.double() - want).abs().max() <= 1e-2 or "narrow" in case
    assert cast_call(bias=hiding)[0] == torch.bfloat16
    with torch.autocast("cpu", torch.bfloat16):
        query, key, value = operands(dtype=torch.bfloat16)
        call = runtime.fuse(nn.Identity(), query.float(), key.float(), value, None, 0.3, 0.0, narrow=(key, query))
    assert call.query.shape == query.shape
    monkeypatch.setattr(in_policy, "_NARROW", {False: 17, True: 16})
    assert cast_call()[0] == torch.float32
    assert cast_call(rows=17)[0] == cast_call(train=True)[0] == torch.bfloat16
    assert cast_call(rows=15, train=True)[0] == torch.float32
    monkeypatch.setattr(in_policy, "_TILES", True)
    assert [cast_call(dtype)[0] for dtype in (torch.bfloat16, torch.float16)] == [torch.bfloat16, torch.float16]


@pytest.mark.usefixtures("narrowest")
def test_operands_before_a_cast_on_other_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_policy, "_NARROW", {False: math.inf, True: math.inf})
    bias = torch.zeros(2, 1, 16, 16, device="meta")
    for dtype in (torch.bfloat16, torch.float16):
        assert cast_call(dtype, device="meta")[0] == dtype
        assert cast_call(dtype, device="meta", bias=bias.to(dtype))[0] == dtype
        assert cast_call(dtype, device="meta", bias=bias > 0.0, causal=False)[0] == dtype
        # such a kernel takes a mask of its own dtype alone, and this one says more
        assert cast_call(dtype, device="meta", bias=bias)[0] == torch.float32
    assert cast_call(torch.bfloat16, device="meta", train=True)[0] == torch.bfloat16
    # gradients of scores are often less than what float16 holds
    assert cast_call(torch.float16, device="meta", train=True)[0] == torch.float32


@pytest.mark.usefixtures("narrowest")
def test_operands_before_a_cast_under_torch_compile() -> None:
    query, key, value = operands((2, 3), rows=16, columns=16, dtype=torch.bfloat16)

    def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return attend(query.float(), key.float(), value, narrow=(query, key))

    torch._dynamo.reset()
    compiled = torch.compile(attention, fullgraph=True, backend="aot_eager")
    with torch.no_grad():
        got = compiled(query, key, value)
    assert_equal(got, eager(query.float(), key.float(), value), 2e-2)


# Ways to run a model


class Attention(nn.Module):
    """As a generated class has it, on projections of one input `(batch, length, 32)`."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.projections = nn.ModuleList(nn.Linear(32, 32) for _ in range(3))
        self.dropout = nn.Dropout(dropout)
        self.fused = True
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.3)

    def forward(self, hidden: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        query, key, value = (p(hidden).unflatten(-1, (4, 8)).transpose(1, 2) for p in self.projections)
        dropout_p = runtime.dropout_probability(self.dropout)
        scale = 8**-0.5
        call = None
        if self.fused and not runtime.weights_requested(self):
            call = runtime.fuse(self, query, key, value, mask, scale, dropout_p, causal=causal)
        if call is None:
            output, _ = runtime.eager_attention(query, key, value, mask, scale, dropout_p, causal=causal)
        else:
            output = scaled_dot_product_attention(
                call.query,
                call.key,
                call.value,
                attn_mask=call.bias,
                dropout_p=dropout_p,
                is_causal=call.is_causal,
                scale=call.scale,
            )
            output = runtime.restore(output, call)
        result: Tensor = output.transpose(1, 2).flatten(2)
        return result

    def calls(self) -> int:
        count: int = self.__dict__.get("_sdpa_calls", 0)
        return count


@pytest.fixture
def hidden() -> Tensor:
    return drawn(2, 6, 32)


@pytest.fixture
def mask() -> Tensor:
    left = torch.zeros(2, 1, 6, 6)
    left[0, ..., :2] = MINIMUM
    return left


def eager_result(attention: Attention, *inputs: Any) -> Tensor:
    attention.fused = False
    try:
        result: Tensor = attention(*inputs)
    finally:
        attention.fused = True
    return result


@pytest.mark.parametrize("dynamic", [False, True])
def test_torch_compile_of_the_whole_graph(hidden: Tensor, mask: Tensor, dynamic: bool) -> None:
    attention = Attention().eval()
    torch._dynamo.reset()
    compiled = torch.compile(attention, fullgraph=True, dynamic=dynamic, backend="aot_eager")
    with torch.no_grad():
        for inputs in ((hidden, mask, False), (hidden, None, True), (hidden[:, :5], None, True), (hidden[:, :1],)):
            assert_equal(compiled(*inputs), eager_result(attention, *inputs))
    assert attention.calls() == 0


def test_torch_export_with_a_free_length(hidden: Tensor, mask: Tensor) -> None:
    attention = Attention().eval()
    # from 256 queries on calls are made otherwise: no program may depend on that
    length, batch = torch.export.Dim("length", min=2, max=4096), torch.export.Dim("batch", min=2, max=8)
    program = torch.export.export(
        attention,
        (hidden, mask),
        dynamic_shapes={"hidden": {0: batch, 1: length}, "mask": {0: batch, 2: length, 3: length}},
    )
    targets = [str(node.target) for node in program.graph.nodes]
    assert any("scaled_dot_product_attention" in target for target in targets)
    assert not any("softmax" in target for target in targets)
    assert_equal(program.module()(hidden, mask), eager_result(attention, hidden, mask))
    for size in (9, 300):
        longer = drawn(3, size, 32)
        assert_equal(program.module()(longer, torch.zeros(3, 1, size, size)), eager_result(attention, longer))


@pytest.mark.parametrize("rows", [8, 300])
@pytest.mark.parametrize("strict", [False, True])
def test_torch_export_of_a_causal_call_with_a_free_length(rows: int, strict: bool) -> None:
    attention, length = Attention().eval(), torch.export.Dim("length", min=2, max=4096)
    inputs = (drawn(2, rows, 32), None, True)
    program = torch.export.export(attention, inputs, dynamic_shapes=({1: length}, None, None), strict=strict)
    for size in (8, 256, 300):
        hidden = drawn(2, size, 32)
        assert_equal(program.module()(hidden, None, True), eager_result(attention, hidden, None, True))


@pytest.mark.parametrize("rows", [ROWS, 300])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_narrower_bias_beside_float64(dtype: torch.dtype, rows: int) -> None:
    query, key, value = operands(rows=rows, columns=rows, dtype=torch.float64)
    for shape in ((2, 3, rows, rows), (rows, rows), (1, 1, rows)):
        bias = drawn(*shape, dtype=dtype)
        assert_equal(attend(query, key, value, bias), eager(query, key, value, bias))


@pytest.mark.parametrize(("wide", "narrow"), [(torch.float64, torch.float32), (torch.float32, torch.bfloat16)])
def test_a_sink_is_not_narrowed_to_its_bias(wide: torch.dtype, narrow: torch.dtype) -> None:
    query, key, value = operands(dtype=wide)
    bias, sink = drawn(2, 3, ROWS, COLUMNS, dtype=narrow), 2.0 + drawn(1, 3, 1, 1, dtype=wide) / 7
    got = attend(query, key, value, bias, sink=sink)
    assert_equal(got, eager(query, key, value, bias, sink=sink), 1e-5 if wide == torch.float32 else 1e-12)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients(hidden: Tensor, mask: Tensor, causal: bool) -> None:
    attention = Attention()
    hidden.requires_grad_()
    weights = drawn(2, 6, 32, seed=5)

    def gradients(result: Tensor) -> list[Tensor]:
        return list(torch.autograd.grad((result * weights).sum(), [hidden, *attention.parameters()]))

    inputs = (hidden, None if causal else mask, causal)
    want = gradients(eager_result(attention, *inputs))
    allowed = 1e-4 * max(gradient.abs().max() for gradient in want)  # some are 0 but for rounding
    direct = gradients(attention(*inputs))
    assert attention.calls() == 1
    again = gradients(checkpoint(attention, *inputs, use_reentrant=False))
    for got in (direct, again):
        assert all((one - other).abs().max() <= allowed for one, other in zip(got, want, strict=True))


def test_autocast(hidden: Tensor, mask: Tensor) -> None:
    attention = Attention().eval()
    mask[1, :, :3] = MINIMUM  # rows without keys
    exact = eager_result(attention, hidden, mask)
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        got = attention(hidden, mask)
        want = eager_result(attention, hidden, mask)
    assert attention.calls() == 1
    assert got.dtype == want.dtype == torch.bfloat16
    assert got.isfinite().all()
    assert (got.float() - exact).abs().max() <= 2 * (want.float() - exact).abs().max() + 1e-2


def test_dropout_in_training_is_that_of_eager(hidden: Tensor) -> None:
    attention = Attention(0.5)
    torch.manual_seed(0)
    got = attention(hidden)
    torch.manual_seed(0)
    assert torch.equal(got, eager_result(attention, hidden))
    assert not torch.equal(got, attention.eval()(hidden))
    assert attention.calls() == 1


def test_a_call_can_be_made_where_nothing_is_computed() -> None:
    query, key, value = (tensor.to("meta") for tensor in operands())
    assert attend_meta(query, key, value).shape == (2, 3, ROWS, DIM)


def attend_meta(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    call = runtime.fuse(nn.Identity(), query, key, value, None, 0.3, 0.0)
    output: Tensor = runtime.restore(scaled_dot_product_attention(call.query, call.key, call.value), call)
    return output


def test_calls_are_values() -> None:
    query, key, value = operands()
    call = runtime.fuse(nn.Identity(), query, key, value, None, 0.3, 0.0)
    assert pickle.loads(pickle.dumps(call)).scale == 0.3


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
LARGE_SHAPE = (2, 8, 64, 64)


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize(
    "operand",
    [2.5, 3, torch.tensor(0.3), drawn(8, 1, 64), drawn(*LARGE_SHAPE), drawn(64, 64).to(torch.bfloat16)],
    ids=["float", "int", "scalar", "broadcast", "full", "narrower"],
)
def test_a_bias_is_updated_in_its_own_memory(sign: Any, operand: Any) -> None:
    bias = drawn(*LARGE_SHAPE)
    expected = OPERATORS[sign](bias.clone(), operand)
    result = runtime.updated(bias, sign, operand)
    assert torch.equal(result, expected)
    assert result.dtype == expected.dtype
    assert result.data_ptr() == bias.data_ptr()


@pytest.mark.parametrize("operand", [2.5, drawn(8, 1, 64), drawn(8, 1, 64).requires_grad_()], ids=str)
@pytest.mark.parametrize("sign", OPERATORS)
def test_what_no_backward_pass_needs_is_updated_in_its_own_memory(sign: Any, operand: Any) -> None:
    one, other = drawn(16, 8, 64, 8).requires_grad_(), drawn(16, 8, 8, 64).requires_grad_()
    leaves = [one, other, *([operand] if isinstance(operand, Tensor) and operand.requires_grad else [])]
    expected = OPERATORS[sign](one @ other, operand)
    product = one @ other
    before = product.data_ptr()
    result = runtime.updated(product, sign, operand, unsaved=True)
    assert torch.equal(result, expected)
    assert result.data_ptr() == before
    assert runtime.updated((one @ other)[:, :4], "+", 1.0, unsaved=True).is_contiguous()  # a view: of its own
    want, got = (torch.autograd.grad(each.square().sum(), leaves) for each in (expected, result))
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(got, want, strict=True))


@pytest.mark.parametrize(
    ("bias", "operand"),
    [
        (drawn(1, 8, 64, 256), drawn(2, 1, 64, 256)),
        (drawn(*LARGE_SHAPE), drawn(3, *LARGE_SHAPE)),
        (drawn(*LARGE_SHAPE).to(torch.bfloat16), drawn(*LARGE_SHAPE)),
        (drawn(1, 1, 64, 64).expand(16, 8, 64, 64), 2.0),
        (drawn(*LARGE_SHAPE).requires_grad_(), 2.0),
        (drawn(*LARGE_SHAPE), drawn(*LARGE_SHAPE).requires_grad_()),
        (torch.ones(LARGE_SHAPE, dtype=torch.int64), 2),
        (drawn(4, 4), 2.0),
        (nn.Parameter(drawn(*LARGE_SHAPE), requires_grad=False), 2.0),
    ],
    ids=["grows", "rank", "widens", "overlaps", "needs gradient", "is given one", "integers", "small", "subclass"],
)
def test_a_bias_is_kept_where_its_memory_cannot_be_used_again(bias: Tensor, operand: Any) -> None:
    before = bias.detach().clone()
    for sign, plain in OPERATORS.items():
        result = runtime.updated(bias, sign, operand)
        assert torch.equal(result, plain(bias, operand))
        assert result.dtype == plain(bias, operand).dtype
        assert torch.equal(bias, before)
        assert result.data_ptr() != bias.data_ptr()


@pytest.mark.parametrize("dynamic", [False, True])
def test_a_compiler_follows_views_of_a_bias(dynamic: bool) -> None:
    def attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        shape = runtime.scores_shape(query, key)
        viewed, shape = runtime.view_bias(bias, shape, (2, 3, query.shape[1], -1))
        met = (-1, query.shape[1], key.shape[1])
        output: Tensor = runtime.eager_attention(query, key, value, viewed, 0.5, 0.0, shape=shape, met=met)[0]
        return output

    compiled = torch.compile(attention, fullgraph=True, dynamic=dynamic, backend="eager")
    for length in (5, 7):
        operands = drawn(6, length, DIM), drawn(6, length + 2, DIM), drawn(6, length + 2, DIM), drawn(6, 1, length + 2)
        assert torch.allclose(compiled(*operands), attention(*operands), atol=1e-6)


HUGE_SHAPE = (1, 4, 512, 512)


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize("shape", [(1, 1, 1, 512), HUGE_SHAPE, (512, 1), (2, 1, 512, 1)], ids=str)
def test_biases_are_combined_in_memory_that_nobody_holds(sign: Any, shape: tuple[int, ...]) -> None:
    bias, mask = drawn(*HUGE_SHAPE), drawn(*shape)
    expected = OPERATORS[sign](bias, mask)
    first = runtime.combined(bias, sign, mask)
    second = runtime.combined(bias, sign, mask)  # while the first is held
    assert first.data_ptr() != second.data_ptr()
    place = second.data_ptr()
    del second
    third = runtime.combined(bias.view_as(bias), sign, mask)  # another view in each layer, the same mask
    assert third.data_ptr() == place
    for result in (first, third):
        assert torch.equal(result, expected)
        assert result.dtype == expected.dtype


@pytest.mark.parametrize("held", ["view", "saved for a gradient", "in a list of views"])
def test_memory_that_somebody_holds_is_not_combined_in(held: str) -> None:
    bias, mask = drawn(*HUGE_SHAPE), drawn(1, 1, 1, 512)
    result = runtime.combined(bias, "+", mask)
    before = result.clone()
    kept: Any
    if held == "view":
        kept = result[0, 0]
    elif held == "in a list of views":
        kept = list(result.unbind(1))
    else:
        kept = (drawn(*HUGE_SHAPE).requires_grad_() * result).sum()
    place = result.data_ptr()
    del result
    other = runtime.combined(bias, "-", mask)
    assert other.data_ptr() != place
    if held == "view":
        assert torch.equal(kept, before[0, 0])


def test_memory_for_combined_biases_goes_with_their_operands() -> None:
    bias, mask = drawn(*HUGE_SHAPE), drawn(1, 1, 1, 512)
    runtime.combined(bias, "+", mask)
    kept = weakref.ref(in_bias._combined[bias])
    assert kept() is in_bias._combined[mask]
    del bias
    assert kept() is not None
    del mask
    assert kept() is None


@pytest.mark.parametrize(
    ("bias", "operand"),
    [
        (drawn(*HUGE_SHAPE).requires_grad_(), drawn(1, 512)),
        (drawn(*HUGE_SHAPE), drawn(1, 512).requires_grad_()),
        (drawn(*HUGE_SHAPE), 2.0),
        (drawn(4, 4), drawn(4, 4)),
        (torch.ones(HUGE_SHAPE, dtype=torch.int64), torch.ones(512, dtype=torch.int64)),
        (nn.Parameter(drawn(*HUGE_SHAPE), requires_grad=False), drawn(512)),
    ],
    ids=["needs gradient", "is given one", "a number", "small", "integers", "subclass"],
)
def test_what_needs_memory_of_its_own_gets_it(bias: Tensor, operand: Any) -> None:
    for sign, plain in OPERATORS.items():
        first, second = runtime.combined(bias, sign, operand), runtime.combined(bias, sign, operand)
        assert torch.equal(first, plain(bias, operand))
        assert first.dtype == plain(bias, operand).dtype
        assert first.requires_grad == plain(bias, operand).requires_grad
        assert first.data_ptr() != second.data_ptr()
        assert bias not in in_bias._combined


def test_biases_are_combined_in_inference_mode_and_outside_of_it() -> None:
    bias, mask = drawn(*HUGE_SHAPE), drawn(1, 1, 1, 512).to(torch.float64)
    for inference in (True, False, True):
        with torch.inference_mode(inference):
            result = runtime.combined(bias, "+", mask)
        assert result.is_inference() == inference
        assert torch.equal(result, bias + mask)


def test_threads_do_not_combine_in_the_same_memory() -> None:
    bias, masks = drawn(*HUGE_SHAPE), [drawn(1, 1, 1, 512) for _ in range(4)]

    def many(mask: Tensor) -> bool:
        return all(torch.equal(runtime.combined(bias, "+", mask), bias + mask) for _ in range(10))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(many, masks))


@pytest.mark.parametrize("scale", [1.0, 0.3, 2, torch.tensor(0.3)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("length", [8, 256])
def test_eager_attention_scales_and_adds_as_is_written(scale: Any, dtype: torch.dtype, length: int) -> None:
    query, key, value = (drawn(1, 4, length, DIM).to(dtype) for _ in range(3))
    bias = drawn(1, 1, length, length).masked_fill(drawn(1, 1, length, length) > 1, torch.finfo(dtype).min).to(dtype)
    output, weights = runtime.eager_attention(query, key, value, bias, scale, 0.0)
    spelled = torch.softmax((query @ key.mT) * scale + bias, -1)
    wide = torch.softmax((query.double() @ key.double().mT) * float(scale) + bias.double(), -1)
    for found, plain, exact in (
        (weights, spelled, wide),
        (output, spelled @ value, wide @ value.double()),
    ):
        assert found.dtype == plain.dtype
        assert (found.double() - exact).abs().max() <= 2 * (plain.double() - exact).abs().max()


def test_numbers_and_no_bias_are_updated() -> None:
    assert runtime.updated(None, "*", 2.0) is None
    assert runtime.updated(3.0, "-", 1.0) == 2.0
    assert torch.equal(runtime.updated(3.0, "-", torch.ones(70_000)), torch.full((70_000,), 2.0))


def test_nothing_is_overwritten_where_it_is_recorded() -> None:
    seen: list[int] = []

    def function(bias: Tensor) -> Tensor:
        fresh = bias + 1.0
        result: Tensor = runtime.updated(fresh, "*", 2.0)
        seen.append(int(result is fresh))
        return result

    bias = drawn(*LARGE_SHAPE)
    torch.func.vmap(function)(bias)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing says that a size becomes a constant
        torch.jit.trace(function, (bias,), check_trace=False)  # type: ignore[no-untyped-call]  # torch's own
    torch.fx.experimental.proxy_tensor.make_fx(function)(bias)
    assert not any(seen)
    function(bias)
    assert seen[-1]


def test_an_einsum_promotes_over_one_key_alone() -> None:
    for keys in (1, 4):
        weights, value = torch.rand(2, 3, keys), drawn(2, keys, 8).to(torch.bfloat16)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            eager = torch.einsum("bij,bjd->bid", weights, value)
        output = weights.to(torch.bfloat16) @ value
        assert runtime.over_one_key(output, value, weights.dtype).dtype == eager.dtype


@pytest.mark.parametrize("default", [torch.float32, torch.bfloat16, torch.float64], ids=str)
def test_a_constant_is_filled_in_as_scores_round_it(default: torch.dtype) -> None:
    before, masked = torch.get_default_dtype(), torch.tensor([True, False])
    torch.set_default_dtype(default)
    try:
        for dtype in (torch.float32, torch.bfloat16, torch.float16, torch.float64):
            scores, constant = torch.zeros(2, dtype=dtype), torch.finfo(dtype).min
            bias = torch.where(masked, constant, runtime.unfilled(scores))
            assert torch.equal(bias.to(dtype), torch.where(masked, constant, scores))
            assert bias.dtype == dtype
    finally:
        torch.set_default_dtype(before)
