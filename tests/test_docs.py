"""The documentation says what the code does: codes, sentences, examples and generated text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemod import explain
from codemod.analyzer import analyze
from codemod.emitter import render
from codemod.ir import ArchReport
from codemod.source import Library

ROOT = Path(__file__).parent.parent
CODE = re.compile(r"[A-Z][A-Z_]+[A-Z]")
IMPORTS = "import math\n\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"
FORWARD = """class Attention(nn.Module):
    def __init__(self, heads=4, scale=0.5):
        super().__init__()
        self.dropout = nn.Dropout(0.1)
        self.scale = scale
        self.sinks = nn.Parameter(torch.zeros(heads))

    def forward(self, query, key, value, mask=None):
"""


def strings(node: ast.AST) -> Iterator[str]:
    """String literals below a node; what an f-string computes is "…"."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value
        elif isinstance(inner, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in inner.values)


def codes_of_refusals() -> set[str]:
    """Every string in capitals that a call is given before a message."""
    found: set[str] = set()
    for path in sorted((ROOT / "codemod").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "normalize"):
                continue  # a key, a form of Unicode
            given = [*node.args[:-1], *(word.value for word in node.keywords if word.arg == "code")]
            found.update(text for part in given if isinstance(part, ast.Constant) for text in strings(part)
                         if CODE.fullmatch(text))  # fmt: skip
    return found


def codes_of_errors() -> set[str]:
    """The codes of the exceptions that the runtime raises."""
    tree = ast.parse((ROOT / "templates" / "_errors.py").read_text(encoding="utf-8"))
    return {
        str(node.value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        if [target.id for target in node.targets if isinstance(target, ast.Name)] == ["code"]
    }


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Heading of the third level -> what stands below it."""
    parts = re.split(r"^#{2,3} (.+)$", text, flags=re.MULTILINE)
    return {title: body for title, body in zip(parts[1::2], parts[2::2], strict=True) if CODE.fullmatch(title)}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def understood(text: str, folder: Path, name: str) -> ArchReport:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return analyze(Library().file(path, name), command=f"python -m codemod generate --import-as {name}")


REFUSALS = sections(page("docs/refusals.md"))
EXAMPLES = {code: found[0] for code, body in REFUSALS.items() if (found := blocks(body, "python"))}


def test_every_refusal_code_has_a_section() -> None:
    assert codes_of_refusals() == set(REFUSALS)


def test_every_error_of_the_runtime_has_a_section() -> None:
    assert codes_of_errors() == set(sections(page("docs/runtime.md")))


def test_quoted_sentences_exist() -> None:
    said: set[str] = set()
    for path in sorted((ROOT / "codemod").glob("*.py")):
        said.update(strings(ast.parse(path.read_text(encoding="utf-8"))))
    for code, body in REFUSALS.items():
        for sentence in re.findall(r"^> (.+)$", body, flags=re.MULTILINE):
            pattern = ".*".join(map(re.escape, sentence.split("…")))
            assert any(re.fullmatch(pattern, text) for text in said), f"{code}: nothing says {sentence!r}"


@pytest.mark.parametrize("code", EXAMPLES)
def test_example_is_refused(code: str, tmp_path: Path) -> None:
    example = EXAMPLES[code]
    if "class " not in example:
        body = "".join(f"        {line}" for line in [*example.splitlines(keepends=True), "return output\n"])
        example = FORWARD + body
    report = understood(IMPORTS + example, tmp_path, "example")
    refused = {record.code: record.message for record in report.records if record.status == "refused"}
    assert code in refused, refused or [record.status for record in report.records]


def test_worked_example_is_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page("docs/analysis.md")
    source = blocks(text, "python")[0]
    report = understood(source, tmp_path, "worked")
    assert blocks(text, "text")[0].splitlines() == list(explain.explain(report))
    assert blocks(text, "diff")[0].splitlines() == list(explain.differences(report))


def test_class_in_the_readme_is_real() -> None:
    assert render(analyze(Library().architecture("gptj"))) in page("README.md")


def test_rule_and_case_are_real() -> None:
    rule, case = blocks(page("docs/adding-a-rule.md"), "python")
    assert rule in page("codemod/rules.py")
    assert case == page("tests/cases/refuse_division_with_rounding_mode.py")


def test_links_lead_somewhere() -> None:
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]*)(?:#[^)]*)?\)", text):
            if target and "://" not in target:
                assert (path.parent / target).exists(), f"{path.name}: {target}"
