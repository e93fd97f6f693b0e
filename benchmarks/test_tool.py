"""How long the tool itself takes: `python -m pytest benchmarks -n 0`, or `nox -s bench`.

`test_transform_is_linear` asserts; the rest only measures.
"""

from __future__ import annotations

import copy
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
ARCHITECTURE = "gptj"
LAYERS = (4, 24, 96)

Benchmark = Any
"""pytest-benchmark's fixture."""


def run(*words: str) -> Callable[[], None]:
    """A command in a new interpreter, as a user starts it; output is dropped, exit code 1 (refusals) is fine."""

    def command() -> None:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr

    return command


def test_generate_all(benchmark: Benchmark, tmp_path: Path) -> None:
    words = ("-m", "codemod", "generate", "--all", "--out", str(tmp_path / "out"))
    benchmark.pedantic(run(*words), rounds=1)


def test_generate_one(benchmark: Benchmark, tmp_path: Path) -> None:
    words = ("-m", "codemod", "generate", "--arch", ARCHITECTURE, "--out", str(tmp_path / "out"))
    benchmark.pedantic(run(*words), rounds=3, warmup_rounds=1)


def test_check(benchmark: Benchmark, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    run("-m", "codemod", "generate", "--arch", ARCHITECTURE, "--out", out)()
    benchmark.pedantic(run("-m", "codemod", "generate", "--check", "--out", out), rounds=3, warmup_rounds=1)


def test_import(benchmark: Benchmark) -> None:
    """`import generated`, without what importing torch takes."""
    code = "import torch, time; start = time.process_time(); import generated; print(time.process_time() - start)"

    def seconds() -> float:
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        return float(done.stdout)

    benchmark.extra_info["seconds of import, torch aside"] = statistics.median(seconds() for _ in range(3))
    benchmark.pedantic(seconds, rounds=3)


@pytest.fixture(scope="module")
def transforming() -> Callable[[int], Callable[[], None]]:
    """A tiny model of so many layers, transformed and reversed."""
    from codemod import tiny
    from generated import reverse, transform

    row = tiny.table()[ARCHITECTURE]

    def prepare(layers: int) -> Callable[[], None]:
        model = tiny.build(replace(row, config={**copy.deepcopy(dict(row.config or {})), "n_layer": layers}))

        def there_and_back() -> None:
            transform(model)
            reverse(model)

        return there_and_back

    return prepare


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("layers", LAYERS)
def test_transform(benchmark: Benchmark, layers: int, transforming: Callable[[int], Callable[[], None]]) -> None:
    benchmark.pedantic(transforming(layers), rounds=20, warmup_rounds=2)


def test_transform_is_linear(transforming: Callable[[int], Callable[[], None]]) -> None:
    """Each further layer costs at 96 layers what it costs at 24, and no more than twice that for what else runs."""
    times = []
    for layers in LAYERS:
        call = transforming(layers)
        call()
        times.append(min(_seconds(call) for _ in range(20)))
    slopes = [
        (after - before) / (more - fewer)
        for (fewer, before), (more, after) in itertools.pairwise(zip(LAYERS, times, strict=True))
    ]
    assert slopes[1] < 2 * slopes[0], dict(zip(LAYERS, times, strict=True))


def _seconds(call: Callable[[], None]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
