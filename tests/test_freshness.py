"""What generated/ holds is what the sources, the analysis and the templates give today."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemod import emitter, registry
from codemod.cli import app

ROOT = Path(__file__).parent.parent
SHARED = {"__init__.py", emitter.REGISTRY}


def test_generated_files_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything again, in memory, compared with every file; the message ends with the command that mends it."""
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, ["generate", "--check", "--jobs", "2"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    untouched = ("  unchanged", "  refused")
    told = [line for line in result.stderr.splitlines() if not any(state in line for state in untouched)]
    assert result.exit_code == 0, "\n".join(told)


def test_nothing_else_is_there() -> None:
    """A check sees what it would write; a module whose classes are refused by now, say, stays where it is."""
    folder = ROOT / "generated"
    entries = registry.parse((folder / emitter.REGISTRY).read_text(encoding="utf-8")).entries
    expected = {f"{entry.module}.py" for entry in entries} | set(emitter.runtime_files()) | SHARED
    found = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    assert found - expected == set(), "to be deleted: the registry names none of their classes"
    assert expected - found == set(), "to be written: python -m codemod generate"
