"""Random attention programs: equal, or refused; never different, never a crash of the tool."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from conversion import judge
from hypothesis import HealthCheck, given, settings
from programs import SEEDS, Program, compose, programs

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs are written, one at a time."""
    return tmp_path_factory.mktemp("programs")


@given(program=programs())
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,  # the same programs in each run; `nox -s fuzz` is what looks for new ones
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
def test_equal_or_refused(folder: Path, program: Program) -> None:
    verdict = judge(program.source, folder, f"program_{next(NUMBERS)}")
    assert not verdict.unsound, "\n".join([verdict.kind, *verdict.details, program.source])


@pytest.mark.parametrize("start", range(0, SEEDS, 20))
def test_programs_by_number(start: int, tmp_path: Path) -> None:
    for seed in range(start, start + 20):
        program = compose(random.Random(seed).choice)
        verdict = judge(program.source, tmp_path, f"program_{seed}")
        said = "\n".join([f"seed {seed}: {verdict.kind}", *verdict.details, program.source])
        assert not verdict.unsound, said
        assert verdict.kind == "converted" or not program.expressible, said
