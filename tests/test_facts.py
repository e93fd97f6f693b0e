"""What the engine knows of values is what `facts.TABLE` says, and it is true of the values that torch makes."""

from __future__ import annotations

from pathlib import Path

import facts
import pytest
import torch

from codemod.source import Library


def test_known(tmp_path: Path) -> None:
    path = tmp_path / "values.py"
    path.write_text(facts.source(), encoding="utf-8")
    assert not facts.differing(Library().file(path, path.stem))


@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize(
    ("width", "expression"), [(width, text) for width, texts in facts.WIDTHS.items() for text in texts]
)
def test_dtype(width: str, expression: str, flag: bool) -> None:
    assert facts.width_holds(width, expression, flag), facts.dtypes(expression, flag)


@pytest.mark.parametrize("flag", [False, True])
def test_true(flag: bool) -> None:
    torch.manual_seed(0)
    space = facts.made(flag)
    for statement, stated in facts.TABLE:
        untrue = facts.untrue(stated, space[facts.name_of(statement)], space)
        assert not untrue, f"{statement}: {untrue}"
