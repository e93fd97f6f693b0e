"""`templates/runtime.py`: the fused path against the eager formula, and the formula against one written in float64."""

from __future__ import annotations

import importlib.util
import itertools
import pickle
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint

SOURCE = Path(__file__).parent.parent / "templates" / "runtime.py"
ROWS, COLUMNS, DIM = 5, 7, 8
MINIMUM = torch.finfo(torch.float32).min
DTYPES = (torch.float32, torch.float64, torch.bfloat16)


def load() -> Any:
    spec = importlib.util.spec_from_file_location("runtime_under_test", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


runtime = load()


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
    output, weights = runtime.eager_attention(query, key, value, bias, 0.3, 0.0, shape=shape)
    want = ((query @ key.mT * 0.3).view(shape) + bias).softmax(-1)
    assert_equal(weights, want)
    assert_equal(output, (want @ value.view(2, 3, COLUMNS, DIM)).view(*value_lead, ROWS, DIM))
    assert_equal(attend(query, key, value, bias, shape=shape), output)


# Masks


def test_a_row_without_keys_is_finite_and_as_eager_has_it() -> None:
    for lead in ((1, 2), (2, 3), (3,)):
        query, key, value = operands(lead)
        mask = torch.zeros(*lead[:1], *(1 for _ in lead[1:]), ROWS, COLUMNS)
        mask[..., 0, :] = MINIMUM
        mask[..., 1, 2:] = MINIMUM
        assert_equal(attend(query, key, value, mask), eager(query, key, value, mask))


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


def test_measured_thresholds_count_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_TILES", False)
    scores = 2 * 3 * ROWS * COLUMNS
    for position, (rows, grad) in enumerate(itertools.product((False, True), repeat=2)):
        # one query or more, in inference or with gradients
        queries, train = (slice(None), rows) if grad else (slice(0, 1), rows)
        limits = [runtime._NEVER] * 4
        limits[position] = 1.0
        monkeypatch.setattr(runtime, "_EAGER_FROM", {torch.float32: tuple(limits)})
        query, key, value = operands()
        query = query[..., queries, :].requires_grad_(train)
        assert refused(query, key, value, None, 1.0, 0.0)
        assert not refused(query.detach().requires_grad_(not train), key, value, None, 1.0, 0.0)
        assert not refused(*(tensor.bfloat16() for tensor in (query, key, value)), None, 1.0, 0.0)
    query, key, value = operands()
    for limit, most, eager_runs in ((scores, 2 * scores, True), (scores + 1, 2 * scores, False), (1, scores, False)):
        monkeypatch.setattr(runtime, "_EAGER_FROM", {torch.float32: (0.0, limit, 0.0, 0.0)})
        monkeypatch.setattr(runtime, "_MOST_SCORES", most)
        assert refused(query, key, value, None, 1.0, 0.0) == eager_runs


def test_where_the_kernel_has_tiles_no_threshold_holds_in_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = dict.fromkeys((torch.float32, torch.bfloat16), (0.0,) * 4)
    monkeypatch.setattr(runtime, "_EAGER_FROM", limits)
    query, key, value = operands()
    half = [tensor.bfloat16() for tensor in (query, key, value)]
    for tiles in (False, True):
        monkeypatch.setattr(runtime, "_TILES", tiles)
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


def test_weights_are_requested_by_argument_config_or_recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    module = nn.Module()
    assert not runtime.weights_requested(module)
    assert not runtime.weights_requested(module, False)
    assert runtime.weights_requested(module, True)
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


def test_a_bias_follows_the_order_of_its_scores() -> None:
    bias = drawn(2, 3, ROWS, COLUMNS)
    assert torch.equal(runtime.arrange(bias, (-3, -4, -2, -1)), bias.transpose(0, 1))
    assert runtime.arrange(bias[0, 0], (-3, -4, -1, -2)).shape == (1, 1, COLUMNS, ROWS)
    assert runtime.arrange(None, (-2, -1)) is None


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
    length, batch = torch.export.Dim("length", min=2, max=64), torch.export.Dim("batch", min=2, max=8)
    program = torch.export.export(
        attention,
        (hidden, mask),
        dynamic_shapes={"hidden": {0: batch, 1: length}, "mask": {0: batch, 2: length, 3: length}},
    )
    targets = [str(node.target) for node in program.graph.nodes]
    assert any("scaled_dot_product_attention" in target for target in targets)
    assert not any("softmax" in target for target in targets)
    assert_equal(program.module()(hidden, mask), eager_result(attention, hidden, mask))
    longer = drawn(3, 9, 32)
    assert_equal(program.module()(longer, torch.zeros(3, 1, 9, 9)), eager_result(attention, longer))


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
