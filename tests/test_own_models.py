"""Models of an own file: submodules that somebody replaced, and checkpoints that run a forward anew."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import torch
from conversion import importable
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from typer.testing import CliRunner

from codemod.cli import app

SOURCE = """
import torch
from torch import nn


class Norm(nn.Module):
    def __init__(self, size=8):
        super().__init__()
        self.gain = nn.Parameter(torch.full((size,), 0.5))

    def forward(self, states):
        return states * self.gain


def made(size):
    return nn.Linear(size, size, bias=False)


class PartsAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = Norm()
        self.key = made(8)
        self.softmax = nn.Softmax(dim=-1)

    def scores_of(self, query, key):
        return self.norm(query) @ self.key(key).transpose(-1, -2)

    def forward(self, states):
        scores = self.scores_of(states, states)
        return self.softmax(scores) @ states


class LearnedAttention(nn.Module):
    def __init__(self, filled=0.0):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))
        self.bias = nn.Parameter(torch.full((5, 5), filled))
        self.dropout = nn.Dropout(0.0)

    def forward(self, states, output_attentions=False):
        query, key, value = (
            layer(states).unflatten(-1, (2, 4)).transpose(1, 2) for layer in (self.query, self.key, self.value)
        )
        weights = self.dropout(torch.softmax(query @ key.transpose(-1, -2) * 0.5 + self.bias, dim=-1))
        return (weights @ value).transpose(1, 2).flatten(2), weights


class KeptAttention(nn.Module):
    def forward(self, states, mask=None, output_attentions=False):
        batch, heads, rows, size = states.shape
        flat = states.reshape(batch * heads, rows, size)
        scores = torch.bmm(flat, flat.transpose(1, 2)) * 0.3
        if mask is not None:
            scores = scores.view(batch, heads, rows, rows) + mask
            scores = scores.view(batch * heads, rows, rows)
        weights = torch.softmax(scores, dim=-1)
        if output_attentions:
            kept = weights.view(batch, heads, rows, rows)
            weights = kept.view(batch * heads, rows, rows)
        else:
            kept = None
        return torch.bmm(weights, flat).view(batch, heads, rows, size), kept


class FilledAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2) + mask
        scores = scores.masked_fill(mask < -1.0, torch.finfo(scores.dtype).min)
        return torch.softmax(scores, dim=-1) @ value


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, states):
        return self.inner(states, states, states)[0]
"""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """The module, and what is generated from it."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "modeling_parts.py").write_text(SOURCE)
    out = str(folder / "fast_parts")
    arguments = [
        "generate",
        "--source",
        str(folder / "modeling_parts.py"),
        "--import-as",
        "modeling_parts",
        "--out",
        out,
    ]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    with importable(folder):
        yield importlib.import_module("modeling_parts"), importlib.import_module("fast_parts")


@pytest.fixture
def states() -> Tensor:
    return torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))


def left(fast: Any, model: nn.Module) -> str:
    """Why the model is left alone, "" where it is not."""
    return "; ".join(
        item.reason for item in fast.report(model).left if not item.reason.startswith("has a replacement")
    )


@pytest.mark.parametrize(
    ("name", "other", "reason"),
    [
        ("softmax", nn.Softmax(dim=-1), ""),
        ("softmax", nn.Softmax(dim=-2), "its softmax.dim is -2, where its constructor makes it -1"),
        (
            "softmax",
            nn.Sigmoid(),
            "its softmax is a torch.nn.modules.activation.Sigmoid, where its constructor makes a Softmax",
        ),
        ("norm", nn.Tanh(), "its norm is a torch.nn.modules.activation.Tanh, where its constructor makes a Norm"),
    ],
)
def test_a_part_that_was_replaced(parts: Any, states: Tensor, name: str, other: nn.Module, reason: str) -> None:
    modeling, fast = parts
    model = modeling.PartsAttention()
    setattr(model, name, other)
    assert left(fast, model) == reason
    if not reason:
        want = model(states)
        assert (fast.transform(model)(states) - want).abs().max() < 1e-5
    else:
        with pytest.raises(fast.NothingToReplaceError):
            fast.transform(model)


def patched(attention: nn.Module) -> None:
    """What tools do that look at weights."""
    before = attention.forward

    @functools.wraps(before)
    def after(*args: Any, **kwargs: Any) -> Any:
        output, weights = before(*args, **kwargs)
        attention.seen = weights
        return output * 3.0, weights

    attention.forward = after


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_multihead_attention_whose_forward_was_replaced(parts: Any, states: Tensor, where: str) -> None:
    modeling, fast = parts
    model = modeling.Encoder().eval()
    with torch.no_grad():
        want = 3.0 * model(states)
        if where == "before":
            patched(model.inner)
        fast.transform(model)
        if where == "after":
            patched(model.inner)
        got = model(states)
    assert (got - want).abs().max() < 1e-5
    assert model.inner.seen.shape == (2, 5, 5)


def test_a_multihead_class_whose_forward_was_replaced(
    parts: Any, states: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    modeling, fast = parts
    model = fast.transform(modeling.Encoder().eval())
    before = nn.MultiheadAttention.forward
    want = model(states)
    monkeypatch.setattr(
        nn.MultiheadAttention, "forward", lambda self, *args, **kwargs: (before(self, *args, **kwargs)[0] * 3.0, None)
    )
    assert (model(states) - 3.0 * want).abs().max() < 1e-5


def test_a_multihead_attention_that_was_patched_at_import(
    parts: Any, states: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    modeling, fast = parts
    monkeypatch.setattr(nn.MultiheadAttention, "forward", lambda *args, **kwargs: (states, None))
    name = f"{fast.__name__}._multihead"
    before: ModuleType = sys.modules.pop(name)
    try:
        again: Any = importlib.import_module(name)
        model = modeling.Encoder().eval()
        assert again.multihead_attention(model, model.inner, states, states, states)[0] is states
    finally:
        sys.modules[name] = before


@pytest.mark.parametrize("gradient", [False, True])
def test_a_multihead_attention_gives_its_output_in_the_same_order(parts: Any, states: Tensor, gradient: bool) -> None:
    modeling, fast = parts
    model = modeling.Encoder().eval()
    with torch.set_grad_enabled(gradient):
        want = model(states)
        got = fast.transform(model)(states)
    assert got.stride() == want.stride()


def test_a_compiler_follows_a_multihead_attention(parts: Any, states: Tensor) -> None:
    modeling, fast = parts
    model = modeling.Encoder().eval()
    want = model(states)
    torch._dynamo.reset()
    compiled: Any = torch.compile(fast.transform(model), fullgraph=True, backend="aot_eager")
    assert (compiled(states) - want).abs().max() < 1e-5
    with torch.no_grad():
        assert (compiled(states) - want).abs().max() < 1e-5


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("filled", [0.0, 1.0])
@pytest.mark.parametrize("reentrant", [False, True])
def test_a_checkpoint_with_a_learned_bias(
    parts: Any, monkeypatch: pytest.MonkeyPatch, reentrant: bool, filled: float, asked: bool
) -> None:
    modeling, fast = parts
    policy = importlib.import_module(f"{fast.__name__}._policy")
    monkeypatch.setattr(policy, "_EAGER", {})
    monkeypatch.setattr(policy, "ROWS_AS_WRITTEN", 0)
    model = modeling.LearnedAttention(filled).train()
    states = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0)).requires_grad_()

    def gradients(*, again: bool) -> list[Tensor]:
        model.zero_grad()
        states.grad = None
        if again:
            output, weights = checkpoint(model, states, asked, use_reentrant=reentrant)
        else:
            output, weights = model(states, asked)
        loss = output.square().sum() + (weights.square().sum() if asked else 0.0)
        loss.backward()
        return [tensor.grad.clone() for tensor in (states, *model.parameters())]

    want = gradients(again=False)
    fast.transform(model)
    for again in (True, False, True, True):
        assert all((one - other).abs().max() < 1e-5 for one, other in zip(gradients(again=again), want, strict=True))
    with torch.no_grad():
        model(states)
    assert all((one - other).abs().max() < 1e-5 for one, other in zip(gradients(again=True), want, strict=True))
    assert "_sdpa_unrecorded" not in vars(fast.reverse(model))


def test_dropouts_of_a_checkpoint_are_the_same_twice(parts: Any) -> None:
    modeling, fast = parts
    model = fast.transform(modeling.LearnedAttention().train())
    model.dropout.p = 0.5
    states = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0)).requires_grad_()
    found = []
    for again in (False, True):
        states.grad = None
        torch.manual_seed(3)
        output = (checkpoint(model, states, use_reentrant=True) if again else model(states))[0]
        output.square().sum().backward()
        gradient: Any = states.grad
        found.append(gradient.clone())
    assert torch.equal(*found)


@pytest.mark.parametrize("masked", [False, True])
def test_gradients_come_to_weights_that_are_kept(parts: Any, masked: bool) -> None:
    modeling, fast = parts
    model = modeling.KeptAttention()
    states = torch.randn(2, 3, 5, 8, generator=torch.Generator().manual_seed(0)).requires_grad_()
    mask = torch.zeros(2, 1, 5, 5) if masked else None

    def gradients() -> tuple[Tensor, Tensor]:
        output, weights = model(states, mask, True)
        of_states, of_weights = torch.autograd.grad(output.square().sum(), (states, weights))
        return of_states, of_weights

    want = gradients()
    fast.transform(model)
    assert all((one - other).abs().max() < 1e-4 for one, other in zip(gradients(), want, strict=True))
    output, nothing = model(states, mask, False)
    assert nothing is None
    assert (output - model(states, mask, True)[0]).abs().max() < 1e-5


def test_a_method_is_traced_by_fx_as_it_is_written(parts: Any, states: Tensor) -> None:
    modeling, fast = parts
    model = modeling.PartsAttention()
    want = model(states)
    traced = torch.fx.symbolic_trace(fast.transform(model))
    assert torch.equal(traced(states), want)


def test_a_compiler_follows_the_dtype_of_scores(parts: Any) -> None:
    modeling, fast = parts
    model = modeling.FilledAttention()
    query, key, value = (torch.randn(2, 3, 5, 8, generator=torch.Generator().manual_seed(n)) for n in range(3))
    mask = torch.randn(2, 1, 5, 5)
    want = model(query, key, value, mask)
    torch._dynamo.reset()
    compiled: Any = torch.compile(fast.transform(model), fullgraph=True, backend="aot_eager")
    assert (compiled(query, key, value, mask) - want).abs().max() < 1e-5
    assert "scores_dtype" in vars(importlib.import_module(f"{fast.__name__}.parts"))
