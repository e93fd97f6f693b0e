"""`codemod bench`, on models so small that it takes no time. No time that was measured is asserted on."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from codemod import bench, tiny
from codemod.cli import main

NARROW = (("n_embd", 32), ("n_layer", 2), ("n_head", 4), ("rotary_dim", 4))
SETTING = bench.Setting("gptj", 16, overrides=NARROW)

pytestmark = pytest.mark.filterwarnings("ignore")  # transformers itself warns of what it will change


@pytest.fixture
def arguments(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the command line is called with, for a test to fill."""
    given = ["codemod", "bench", "gptj", "--rounds", "2"]
    given += [word for key, value in NARROW for word in ("--set", f"{key}={value}")]
    monkeypatch.setattr(sys, "argv", given)
    threads = torch.get_num_threads()
    yield given
    torch.set_num_threads(threads)


def test_every_bench_model_widens_a_row_by_values_that_its_configuration_has() -> None:
    assert len(bench.wide()) >= 12
    for name, entry in bench.wide().items():
        row = bench.widened(bench.Setting(name, 64))
        module = importlib.import_module(row.module or f"transformers.models.{row.arch}.modeling_{row.arch}")
        known = {*dir(getattr(module, row.model_class).config_class()), *(tiny.table()[name].config or {})}
        assert known >= {*entry["config"], *entry.get("positions", ())}, name


def test_inputs_have_the_length_asked_for() -> None:
    row = bench.widened(replace(SETTING, seq=40, cache=8))
    assert row.config is not None
    assert row.config["n_positions"] >= 48
    given = bench.arguments(row, replace(SETTING, batch=3, padding="left"))
    assert given["input_ids"].shape == given["attention_mask"].shape == (3, 48)
    assert "attention_mask" not in bench.arguments(row, SETTING)
    (pixels,) = bench.arguments(bench.widened(bench.Setting("swinv2", 64)), SETTING).values()
    assert pixels.shape[-2:] == (16, 16)


@pytest.mark.parametrize(
    "setting",
    [
        SETTING,
        replace(SETTING, batch=2, padding="left", dtype="bfloat16"),
        replace(SETTING, seq=1, cache=12),
        replace(SETTING, train=True),
        replace(SETTING, name="gpt2", overrides=NARROW[:3]),
    ],
    ids=["prefill", "padded", "on a cache", "train", "native"],
)
def test_all_variants_are_timed(setting: bench.Setting) -> None:
    result = bench.bench(setting, rounds=2, memory=False)
    assert result.added == 0
    assert list(result.variants) == ["eager", "ours", *(["native"] if setting.name == "gpt2" else []), "free"]
    assert result.variants["eager"].ratio == 1
    assert all(timing.ms > 0 and timing.low <= timing.ratio <= timing.high for timing in result.variants.values())


def test_variants_share_their_weights() -> None:
    setting = replace(SETTING, name="gpt2", overrides=NARROW[:3])
    row = bench.widened(setting)
    eager = bench.loaded(row, setting)
    given = bench.arguments(row, setting)
    want = tiny.forward(eager, given).logits
    for name in ("ours", "native"):
        model = bench.variant(name, row, setting, "generated", eager)
        assert {p.data_ptr() for p in model.parameters()} == {p.data_ptr() for p in eager.parameters()}
        torch.testing.assert_close(tiny.forward(model, given).logits, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("gptj", NARROW),
        ("bloom", (("hidden_size", 32), ("n_layer", 2), ("n_head", 4))),
        (
            "llama",
            (("hidden_size", 32), ("num_hidden_layers", 2), ("num_attention_heads", 4), ("num_key_value_heads", 2)),
        ),
    ],
)
def test_attention_removed_gives_shapes_and_gradients_without_scores(
    name: str, overrides: tuple[tuple[str, int], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = bench.Setting(name, 16, batch=2, overrides=overrides)
    row = bench.widened(setting)
    eager = bench.loaded(row, setting)
    model = bench.variant("free", row, setting, "generated", eager)
    given = bench.arguments(row, setting)
    want = tiny.forward(eager, given)[0]
    original = nn.functional.scaled_dot_product_attention

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("scores are computed")

    monkeypatch.setattr(nn.functional, "softmax", fail)
    monkeypatch.setattr(nn.functional, "scaled_dot_product_attention", fail)
    with bench.attention_removed("generated"):
        found = tiny.forward(model, given)[0]
    assert getattr(nn.functional, "scaled_dot_product_attention") is fail  # noqa: B009  # mypy knows the original
    monkeypatch.undo()
    assert nn.functional.scaled_dot_product_attention is original
    assert found.shape == want.shape
    assert not torch.equal(found, want)
    found.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    torch.testing.assert_close(tiny.forward(model, given)[0], want, rtol=1e-4, atol=1e-4)


def test_gain_is_taken_round_by_round() -> None:
    assert bench.gain([10.0, 20.0, 12.0], [4.0, 8.0, 6.0], [2.0, 4.0, 2.0]) == pytest.approx(0.75)
    assert bench.gain([1.0, 1.0, 3.0], [1.0, 1.0, 1.0], [1.0, 2.0, 1.0]) is None


def test_every_round_runs_all_and_starts_with_another() -> None:
    seen: list[str] = []
    calls = {name: (lambda name=name: seen.append(name)) for name in "abc"}
    found = bench.interleaved(calls, rounds=3, budget=60)
    assert {name: len(times) for name, times in found.items()} == {"a": 3, "b": 3, "c": 3}
    firsts = [name for name, before in zip(seen, ["", *seen], strict=False) if name != before]
    assert firsts[-9:] == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]


def test_memory_of_a_fresh_process() -> None:
    wide = replace(SETTING, seq=512)  # 4 heads x 512 x 512 scores in float32 are 4 MiB
    assert bench.peak("eager", wide, "generated") > 4
    sent: list[object] = []
    bench._send_peak(types.SimpleNamespace(send=sent.append), "eager", replace(SETTING, name="nothing"), "generated")
    assert isinstance(sent[0], RuntimeError)
    assert "KeyError" in str(sent[0])


def test_json_is_stable(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments += ["--json", "--no-memory", "--threads", "1", "--seq", "8,16"]
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    data = json.loads(capsys.readouterr().out)
    assert set(data) == {"environment", "results"}
    assert [result["seq"] for result in data["results"]] == [8, 16]
    assert set(data["results"][0]) == {
        *("name", "seq", "cache", "batch", "dtype", "device", "padding", "train", "overrides"),
        *("variants", "gain_captured", "bytes_added"),
    }
    assert set(data["results"][0]["variants"]["ours"]) == {"ms", "ratio", "low", "high", "memory"}


def test_table_names_what_cannot_be_measured(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments += ["layoutlmv2", "--no-memory", "--seq", "8"]  # the first row of the latter has no model
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert end.value.code == 1
    assert "gptj" in said.out
    assert "free" in said.out
    assert "detectron2" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seq", "0"], "--seq takes lengths"),
        (["--seq", "many"], "--seq takes lengths"),
        (["--set", "width"], "--set takes KEY=VALUE"),
        (["--padding", "top"], "--padding is none, left or right"),
        (["--dtype", "int8"], "--dtype is float32"),
        (["--train", "--cache", "4"], "exclude each other"),
        (["--all"], "name an architecture, or --all"),
    ],
)
def test_wrong_usage(words: list[str], message: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments += words
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_a_plot_without_matplotlib_is_an_error(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find(name))
    arguments += ["--plot", "out.png"]
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert "MISSING_PACKAGE matplotlib is not installed" in capsys.readouterr().err


def test_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    timing = {"eager": bench.Timing(2.0, 1.0, 1.0, 1.0, 8.0), "ours": bench.Timing(1.0, 2.0, 1.9, 2.1, 4.0)}
    results = [bench.Result(replace(SETTING, seq=seq), timing, 0.5, 0) for seq in (16, 32)]
    bench.plot(results, tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
