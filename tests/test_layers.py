"""Who may import whom."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NUMERICAL = {"bench", "tiny", "verify"}
"""Modules of `codemod` that compute: they need torch and transformers, and are imported when they are used."""
ANALYSIS = sorted(
    path.stem for path in (ROOT / "codemod").glob("*.py") if path.stem not in NUMERICAL | {"__init__", "__main__"}
)
EMITTED = sorted(path.name for path in (ROOT / "generated").glob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Level and dotted name of everything that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module is not None:
                yield node.level, node.module
            else:
                yield from ((node.level, alias.name) for alias in node.names)


def loaded(code: str) -> set[str]:
    """Names of the modules that a new interpreter has after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_analysis_imports_neither_torch_nor_what_it_reads(tmp_path: Path) -> None:
    source = tmp_path / "attention.py"
    source.write_text("import os\nos._exit(3)\n\nfrom torch import nn\n\n\nclass Attention(nn.Module):\n    pass\n")
    lines = [f"import codemod.{name}" for name in ANALYSIS]
    lines += [
        "from pathlib import Path",
        "from codemod.analyzer import analyze",
        "from codemod.emitter import render",
        "from codemod.source import Library",
        "report = analyze(Library().architecture('gpt_neo'))",
        "assert report.classes and render(report)",
        f"analyze(Library().file(Path({str(source)!r}), 'attention'))",
    ]
    names = loaded("\n".join(lines))
    assert "codemod.interpret" in names
    assert not names & {"attention", "numpy", "torch", "transformers", "generated"}


def test_what_writes_files_sees_no_syntax_trees() -> None:
    names = loaded("import codemod.emitter, codemod.folder, codemod.registry, codemod.ir")
    assert "jinja2" in names
    assert "libcst" not in names


def test_the_data_model_stands_alone() -> None:
    own = {path.stem for path in (ROOT / "codemod").glob("*.py")} | {"codemod"}
    assert not [name for level, name in imports(ROOT / "codemod" / "ir.py") if level or name.partition(".")[0] in own]


def test_only_what_computes_imports_torch() -> None:
    heavy = {"torch", "transformers", "numpy", "generated"}
    for name in ANALYSIS:
        found = {module.partition(".")[0] for level, module in imports(ROOT / "codemod" / f"{name}.py") if not level}
        assert not found & heavy, name


@pytest.mark.parametrize(
    "path",
    [*(ROOT / "generated" / name for name in EMITTED), *sorted((ROOT / "templates").glob("*.py"))],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_generated_code_needs_no_codemod(path: Path) -> None:
    for level, name in imports(path):
        assert level < 2
        assert name.partition(".")[0] != "codemod"


def test_the_generated_package_imports_no_model() -> None:
    names = loaded("import generated, generated.registry")
    assert "generated._transform" in names
    assert not [name for name in names if name.startswith("transformers.models.") or ".modeling_" in name]
    own = {f"generated.{name.removesuffix('.py')}" for name in EMITTED if not name.startswith("_")}
    assert names & own == {"generated.registry"}
