"""Terms of a bias that are the module's own: which are moved into a function, and that what is kept is never stale."""

from __future__ import annotations

import copy
import importlib
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from conversion import Swap, importable, swapper, understand, write_package
from torch import Tensor, nn

SOURCE = """
import torch
from torch import nn


SHIFT = torch.ones(2)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = 2
        self.sizes = (3, 3)
        self.table = nn.Parameter(torch.randn(25, 2))
        self.network = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
        self.register_buffer("places", torch.arange(81) % 25)
        self.register_buffer("coordinates", torch.randn(25, 2))
        self.calls = 0

    @property
    def counted(self):
        self.calls += 1
        return self.table * self.calls

    def forward(self, query, key, value, mask=None):
        scores = query @ key.transpose(-1, -2)
{body}
        scores = scores + bias.unsqueeze(0)
        if mask is not None:
            scores = scores + mask
        return scores.softmax(-1) @ value{result}
"""
LOOKED_UP = """
bias = self.table[self.places].view(self.sizes[0] * self.sizes[1], -1, self.heads)
bias = bias.permute(2, 0, 1).contiguous()
"""
COMPUTED = """
table = self.network(self.coordinates).view(-1, self.heads)
bias = table[self.places].view(9, 9, -1).permute(2, 0, 1)
bias = 16 * torch.sigmoid(bias)
"""
MOVED = {
    "looked up": LOOKED_UP,
    "computed": COMPUTED,
    "in a branch": f"if self.heads:{textwrap.indent(LOOKED_UP, '    ')}",
}
STAYS = {
    "read again": (LOOKED_UP, " + bias.mean()"),
    "changed": (LOOKED_UP + "bias += 1\n", ""),
    "changed by a method": (LOOKED_UP + "bias.mul_(2)\n", ""),
    "of an argument": ("bias = (self.table[self.places].view(9, 9, -1) * value.mean()).permute(2, 0, 1)", ""),
    "of a parameter's name": ("bias = self.table[self.places].view(9, 9, -1).permute(2, 0, 1) * query.size(0)", ""),
    "drawn": ("bias = (self.table[self.places] + torch.rand(2)).view(9, 9, -1).permute(2, 0, 1)", ""),
    "dropped": ("bias = nn.functional.dropout(self.table[self.places]).view(9, 9, -1).permute(2, 0, 1)", ""),
    "a property": ("bias = self.counted[self.places].view(9, 9, -1).permute(2, 0, 1)", ""),
    "read by a lambda": (LOOKED_UP + "late = lambda: bias\n", ""),
    "a name alone": ("bias = self.table", ""),
}


def converted(folder: Path, body: str, result: str = "") -> tuple[str, Callable[[], nn.Module], Swap]:
    """The generated text, what makes the original, and what swaps it."""
    text = SOURCE.replace("{body}", textwrap.indent(body.strip("\n"), 8 * " ")).replace("{result}", result)
    (folder / "plain.py").write_text(text, encoding="utf-8")
    report = understand(folder / "plain.py", "plain")
    assert [c.base for c in report.classes] == ["Attention"], report.records
    write_package(report, folder / "fused")
    importlib.invalidate_caches()
    made = importlib.import_module("plain").Attention
    return (folder / "fused" / "plain.py").read_text(encoding="utf-8"), made, swapper(report, "fused")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that modules can be imported from."""
    with importable(tmp_path):
        yield tmp_path


@pytest.mark.parametrize("name", MOVED)
def test_a_term_that_is_the_modules_own_is_moved(folder: Path, name: str) -> None:
    text, made, swap = converted(folder, MOVED[name])
    assert "def make_bias():" in text
    check(made(), swap)


@pytest.mark.parametrize("name", STAYS)
def test_a_term_that_may_be_another_each_time_stays(folder: Path, name: str) -> None:
    text, made, swap = converted(folder, *STAYS[name])
    assert "constant" not in text
    if name not in ("drawn", "dropped", "a name alone"):
        check(made(), swap)


def check(original: Any, swap: Swap) -> None:
    """Equal numbers at two calls."""
    fused = swap(copy.deepcopy(original))
    for _ in range(2):
        compare(original, fused)


def compare(original: nn.Module, fused: nn.Module) -> None:
    query, key, value = (torch.randn(3, 2, 9, 4, dtype=next(original.parameters()).dtype) for _ in range(3))
    with torch.no_grad():
        assert torch.allclose(original(query, key, value), fused(query, key, value), atol=1e-6, rtol=1e-4)


def poked(model: Any) -> None:
    model.table.data[3] += 1
    model.network[0].weight.data[0] -= 1


def loaded(model: Any) -> None:
    model.load_state_dict({k: v + 1 if v.is_floating_point() else v for k, v in model.state_dict().items()})


def shared(model: Any) -> None:
    model.table.detach().numpy()[:] *= 2
    model.network[2].bias.detach().numpy()[:] += 1


def replaced(model: Any) -> None:
    model.table = nn.Parameter(model.table.detach() + 1)
    model.network[1] = nn.Tanh()


def moved_buffer(model: Any) -> None:
    model.places = model.places.flip(0)


def hooked(model: Any) -> None:
    model.network.register_forward_hook(lambda _module, _args, output: output + 1)
    model.table.data += 1


def widened(model: nn.Module) -> None:
    model.double()


CHANGES = (poked, loaded, shared, replaced, moved_buffer, hooked, widened)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", ["looked up", "computed"])
@pytest.mark.parametrize("inference", [False, True])
def test_what_was_changed_is_not_given_again(
    folder: Path, name: str, change: Callable[[nn.Module], None], inference: bool
) -> None:
    _, made, swap = converted(folder, MOVED[name])
    original = made()
    fused = swap(copy.deepcopy(original))
    with torch.inference_mode(inference):
        compare(original, fused)
    for model in (original, fused):
        change(model)
    compare(original, fused)
    with torch.inference_mode(inference):
        compare(original, fused)


@pytest.mark.parametrize("name", ["looked up", "computed"])
def test_gradients_reach_what_a_constant_is_made_of(folder: Path, name: str) -> None:
    _, made, swap = converted(folder, MOVED[name])
    original = made()
    fused = swap(copy.deepcopy(original))
    compare(original, fused)  # kept, without gradients
    query, key, value = (torch.randn(3, 2, 9, 4) for _ in range(3))
    for model in (original, fused):
        model(query, key, value).square().sum().backward()
    found = dict(fused.named_parameters())
    for path, parameter in original.named_parameters():
        expected, given = parameter.grad, found[path].grad
        assert (expected is None) == (given is None)
        if expected is not None and given is not None:
            assert torch.allclose(expected, given, atol=1e-4, rtol=1e-4)


def test_a_global_that_a_term_reads_is_no_constant(folder: Path) -> None:
    _, made, swap = converted(folder, "bias = (self.table[self.places] * SHIFT).view(9, 9, -1).permute(2, 0, 1)")
    original = made()
    fused = swap(copy.deepcopy(original))
    compare(original, fused)
    importlib.import_module("plain").SHIFT.mul_(3.0)
    compare(original, fused)


def test_a_constant_is_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, made, swap = converted(folder, COMPUTED)
    fused = swap(made())
    calls: list[int] = []
    linear = nn.functional.linear

    def counted(*args: Tensor) -> Tensor:
        calls.append(1)
        return linear(*args)

    monkeypatch.setattr(nn.functional, "linear", counted)
    query = torch.randn(3, 2, 9, 4)
    with torch.no_grad():
        for _ in range(3):
            fused(query, query, query)
    assert len(calls) == 2  # two layers, once
    with torch.no_grad():
        fused(query, query, query, mask=torch.randn(9, 9))
    assert len(calls) == 2
    fused(query, query, query)
    assert len(calls) == 4
