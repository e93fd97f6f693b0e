"""Source that means harm, or that nobody would write: each ends in an error or a refusal that says why, soon, and none
of it is run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conversion import differences, importable, swapper, write_package
from typer.testing import CliRunner

from codemod import structure
from codemod.analyzer import analyze
from codemod.cli import app
from codemod.emitter import runtime_files
from codemod.hierarchy import merge
from codemod.ir import ArchReport
from codemod.source import Library, SourceError

SECONDS = 6.0
"""No input may take more of a processor, on a slow machine too."""
HEAD = "import math\nimport torch\nfrom torch import nn\n"
CHAIN = """\
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)
"""
FORWARD = f"    def forward(self, query, key, value):\n{CHAIN}"
PLAIN = f"{HEAD}class Attention(nn.Module):\n{FORWARD}"


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """Fails a test that takes too long."""
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


def report_on(folder: Path, text: str | bytes, name: str = "hostile") -> ArchReport:
    """The report on a file of that text."""
    path = folder / f"{name}.py"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return analyze(Library().file(path, name))


def refusals(report: ArchReport) -> list[str]:
    """The codes of what is refused; nothing may be written beside it."""
    assert not report.classes
    assert all(r.message and r.location is not None and r.location.line > 0 for r in report.records)
    return [record.code for record in report.records if record.status == "refused"]


# Files that cannot be read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (PLAIN + "# " + "x" * 5_000_000, "SOURCE_TOO_LARGE"),
        (PLAIN + "x = " + "[" * 150 + "1" + "]" * 150, "SOURCE_TOO_DEEP"),
        (PLAIN + "x = " + "-" * 5_000 + "1", "SOURCE_TOO_DEEP"),
        (PLAIN + "x = " + " + ".join(["1"] * 30_000), "SOURCE_TOO_DEEP"),
        (PLAIN + "x = 1\0", "SOURCE_ENCODING"),
        (b"# coding: no-such-coding\n" + PLAIN.encode(), "SOURCE_ENCODING"),
        (PLAIN.encode() + b"# \xff\xfe", "SOURCE_ENCODING"),
        (PLAIN + "def broken(:\n", "SOURCE_SYNTAX"),
        (PLAIN + "x = 1\n  y = 2\n", "SOURCE_SYNTAX"),
    ],
    ids=["5 MB", "brackets", "signs", "sum", "null byte", "coding", "bytes", "syntax", "indentation"],
)
def test_file_that_cannot_be_read(tmp_path: Path, text: str | bytes, code: str) -> None:
    with pytest.raises(SourceError) as caught:
        report_on(tmp_path, text)
    # Python versions differ in which of the two they find first
    assert caught.value.refusal.code in {code, "SOURCE_SYNTAX" if code == "SOURCE_TOO_DEEP" else code}
    result = CliRunner().invoke(
        app,
        ["generate", "--source", str(tmp_path / "hostile.py"), "--import-as", "hostile", "--out", str(tmp_path / "o")],
    )
    assert result.exit_code == 1
    assert len(result.output.splitlines()) < 6
    assert not (tmp_path / "o").exists()


def test_source_is_not_run(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    effect = f"open({str(proof)!r}, 'w').close()\n"
    report_on(tmp_path, PLAIN + effect + f"class Eager(nn.Module):\n    {effect}    x = {effect}")
    assert not proof.exists()


# Files that are long, and code that multiplies


def test_long_line(tmp_path: Path) -> None:
    report = report_on(tmp_path, PLAIN + f"x = '{'y' * 900_000}'\n")
    assert [record.status for record in report.records] == ["generated"]


def test_long_line_in_the_method(tmp_path: Path) -> None:
    text = PLAIN.replace("        scores =", f"        numbers = [{'1, ' * 300_000}]\n        scores =")
    assert refusals(report_on(tmp_path, text)) == ["TOO_COMPLEX"]


def test_many_statements(tmp_path: Path) -> None:
    text = PLAIN.replace("        probs =", "        scores = scores + 1.0\n" * 1_000 + "        probs =")
    report = report_on(tmp_path, text)
    assert report.records


def test_many_classes(tmp_path: Path) -> None:
    classes = "".join(f"class Attention{i}(nn.Module):\n    x = {i}\n" for i in range(4_000))
    report_on(tmp_path, HEAD + "# softmax\n" + classes)


def test_many_branches(tmp_path: Path) -> None:
    branches = "".join(f"        if flag{i}:\n            scores = scores + bias{i}\n" for i in range(200))
    report = report_on(tmp_path, PLAIN.replace("        probs =", branches + "        probs ="))
    assert report.records


def test_branches_in_branches(tmp_path: Path) -> None:
    nested = "".join(f"{'    ' * (2 + i)}if flag{i}:\n" for i in range(30)) + "    " * 32 + "scores = scores * 2.0\n"
    report = report_on(tmp_path, PLAIN.replace("        probs =", nested + "        probs ="))
    assert report.records


def test_helpers_that_multiply(tmp_path: Path) -> None:
    helpers = "".join(
        f"    def f{i}(self, x):\n        return {' + '.join([f'self.f{i + 1}(x)'] * 12)}\n" for i in range(7)
    )
    text = PLAIN.replace("        probs =", "        scores = scores + self.f0(query)\n        probs =")
    report = report_on(tmp_path, text + helpers + "    def f7(self, x):\n        return x\n")
    assert refusals(report) == ["TOO_COMPLEX"]


def test_definitions_that_multiply(tmp_path: Path) -> None:
    lines = "".join(f"        x{i + 1} = {' + '.join([f'x{i}'] * 10)}\n" for i in range(11))
    early = "        if x11 > 2:\n            return other(query @ key)\n"
    text = PLAIN.replace("        scores =", f"        x0 = query.dim()\n{lines}{early}        scores =")
    text = text.replace("        probs =", "        if x11:\n            scores = scores.tanh()\n        probs =")
    report_on(tmp_path, text)


def test_recursive_helpers(tmp_path: Path) -> None:
    helpers = (
        "    def even(self, x):\n        return self.odd(x)\n    def odd(self, x):\n        return self.even(x)\n"
    )
    text = PLAIN.replace("        probs =", "        scores = self.even(scores)\n        probs =")
    assert refusals(report_on(tmp_path, text + helpers)) == ["NONLINEAR"]


def test_recursive_function(tmp_path: Path) -> None:
    text = PLAIN.replace("class", "def f(x):\n    return f(f(x))\nclass", 1)
    text = text.replace("        probs =", "        scores = f(scores)\n        probs =")
    assert refusals(report_on(tmp_path, text)) == ["NONLINEAR"]


# Classes that cannot be


@pytest.mark.parametrize(
    "header",
    [
        "class Attention(Attention, nn.Module):\n",
        "class Attention(Other):\n",
        "class Attention(nn.Module, Last):\n",
        "class Attention(Other, nn.Module, metaclass=Other):\n",
        "class Attention(nn.Module, flag=True):\n",
    ],
    ids=["itself", "cycle", "order", "metaclass", "keyword"],
)
def test_class_that_cannot_be(tmp_path: Path, header: str) -> None:
    others = "class Last(nn.Module):\n    pass\nclass Other(Attention):\n    pass\n"
    report = report_on(tmp_path, HEAD + header + FORWARD + others)
    assert set(refusals(report)) <= {"PARENT", "CLASS"}
    assert any(record.class_name == "Attention" for record in report.records)


def test_many_generations(tmp_path: Path) -> None:
    classes = "".join(f"class C{i}(C{i - 1}):\n    pass\n" for i in range(1, 500))
    text = f"{HEAD}class C0(nn.Module):\n    pass\n{classes}class Attention(C499):\n{FORWARD}"
    assert "PARENT" in refusals(report_on(tmp_path, text))


def test_diamonds_on_diamonds(tmp_path: Path) -> None:
    classes = "".join(
        f"class L{i}(T{i}):\n    pass\nclass R{i}(T{i}):\n    pass\nclass T{i + 1}(L{i}, R{i}):\n    pass\n"
        for i in range(15)
    )
    text = f"{HEAD}class T0(nn.Module):\n    pass\n{classes}class Attention(T15):\n{FORWARD}"
    report = report_on(tmp_path, text)
    assert [record.status for record in report.records] == ["generated"]


def test_imports_in_a_circle(tmp_path: Path) -> None:
    package = tmp_path / "ring"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "one.py").write_text("from .two import Base, helper\n")
    (package / "two.py").write_text("from .one import Base, helper\n")
    text = "from .one import Base, helper\n" + PLAIN.replace("nn.Module", "Base").replace(
        "(scores,", "(helper(scores),"
    )
    (package / "main.py").write_text(text)
    report = analyze(Library().file(package / "main.py", "ring.main"))
    assert not report.classes


def test_order_of_lookup() -> None:
    assert merge([["A", "O"], ["B", "O"], ["A", "B"]]) == ["A", "B", "O"]
    assert merge([["O"], ["A", "O"], ["O", "A"]]) is None


# Names


@pytest.mark.parametrize("name", ["../x", "a/b", "x y", "class", "{{ x }}", "a..b", "", "x\n", "1x", "{% raw %}"])
def test_names_that_leave_the_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hostile.py"
    path.write_text(PLAIN)
    with pytest.raises(SourceError) as caught:
        Library().file(path, name)
    assert caught.value.refusal.code == "INVALID_NAME"


@pytest.mark.parametrize("name", ["../x", "bert/../gpt2", "{{ x }}", "\0", "x" * 10_000])
def test_architectures_that_leave_the_folder(tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(app, ["generate", "--arch", name, "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "UNKNOWN_ARCH" in result.output
    assert not list(tmp_path.iterdir())


def test_reserved_architecture(tmp_path: Path) -> None:
    for name in ("registry", "_runtime", "__init__"):
        path = tmp_path / f"{name}.py"
        path.write_text(PLAIN)
        arguments = ["generate", "--source", str(path), "--import-as", name, "--out", str(tmp_path / "out")]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 1
        assert "INVALID_NAME" in result.output


@pytest.mark.parametrize(
    "line",
    [
        '        note = "{{ 1 / 0 }} {% for %} {# {% raw %}"\n',
        "        note = f\"{query}{{x}}\" '''a'''\n",
        '        note = """\n{{ x }}\n   \n"""\n',
        "        note = 'a\u2028b\x0cc'\n",
        "        # {{ 1 / 0 }} {% include 'x' %}\n",
        '        """{{ 1 / 0 }}\n        %}"""\n',
    ],
)
def test_text_that_looks_like_a_template(tmp_path: Path, line: str) -> None:
    """The copied text says the same, or nothing is written."""
    head = "# Copyright {{ 1 / 0 }} {% endfor %}\n"
    text = head + PLAIN.replace("        scores =", f"{line}        scores =").replace(
        "(probs, value)", "(probs, value), note"
    )
    if "note" not in line:
        text = text.replace(", note", ", 1.0")
    report = report_on(tmp_path, text)
    if not report.classes:
        assert refusals(report) == ["COPY"]
        return
    write_package(report, tmp_path / "fused")
    with importable(tmp_path):
        import torch

        module = __import__("hostile")

        def samples() -> list[tuple[torch.nn.Module, tuple[object, ...], dict[str, object]]]:
            torch.manual_seed(0)
            return [(module.Attention(), tuple(torch.randn(1, 2, 3, 4) for _ in range(3)), {})]

        query = samples()[0][1]
        plain = samples()[0][0](*query)
        fused = swapper(report, "fused")(samples()[0][0])(*query)
        assert plain[1] == fused[1]
        assert differences(samples, swapper(report, "fused"))[0] == []


def test_identifiers_that_only_look_different(tmp_path: Path) -> None:
    """Python reads a wide s as s."""
    wide = "\N{FULLWIDTH LATIN SMALL LETTER S}cores"
    text = PLAIN.replace("        probs =", f"        {wide} = {wide}.tanh()\n        probs =")
    assert refusals(report_on(tmp_path, text)) == ["NONLINEAR"]
    text = PLAIN.replace("torch.softmax(scores", f"torch.softmax({wide}")
    report = report_on(tmp_path, text)
    assert [record.status for record in report.records] == ["generated"]


def test_parent_in_another_module(tmp_path: Path) -> None:
    """A class that takes its attention from a parent elsewhere names what the text needs from there."""
    package = tmp_path / "family"
    package.mkdir()
    (package / "__init__.py").touch()
    parent = PLAIN.replace("math.sqrt(query.size(-1))", "half(query)").replace(
        "class", "def half(x):\n    return math.sqrt(x.size(-1))\nclass", 1
    )
    (package / "parent.py").write_text(parent)
    child = "from .parent import Attention\ndef half(x):\n    return 0.1\n"
    child += "class ChildAttention(Attention):\n    softmax = 1\n"
    (package / "child.py").write_text(child)
    report = analyze(Library().file(package / "child.py", "family.child"))
    assert [item.base for item in report.classes] == ["ChildAttention"]
    write_package(report, tmp_path / "fused")
    with importable(tmp_path):
        import torch

        module = __import__("family.child").child

        def samples() -> list[tuple[torch.nn.Module, tuple[object, ...], dict[str, object]]]:
            torch.manual_seed(0)
            return [(module.ChildAttention(), tuple(torch.randn(1, 2, 3, 4) for _ in range(3)), {})]

        found, fused = differences(samples, swapper(report, "fused"))
    assert not found
    assert fused


def test_names_of_the_runtime() -> None:
    """Every name that generated code may take is known to the analysis, so that none is mistaken."""
    import ast

    tree = ast.parse(runtime_files()["_runtime.py"])
    names = next(
        n.value for n in tree.body if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "__all__"
    )
    taken = set(ast.literal_eval(names)) - {"Call"}
    assert taken == structure.RUNTIME


# What is no method


@pytest.mark.parametrize(("binding", "codes"), [("    narrow = False\n", []), ("    narrow = 1 > 2\n", ["METHOD"])])
def test_constant_of_a_class_body_is_no_method(binding: str, codes: list[str], tmp_path: Path) -> None:
    child = (
        f"\n\nclass Child(Attention):\n{binding}\n"
        "    def forward(self, query, key, value):\n"
        "        return nn.functional.scaled_dot_product_attention(query, key, value, is_causal=self.narrow)\n"
    )
    report = report_on(tmp_path, PLAIN + child)
    assert [item.base for item in report.classes] == ["Attention"]
    refused = [record for record in report.records if record.class_name == "Child" and record.status == "refused"]
    assert [record.code for record in refused] == codes
