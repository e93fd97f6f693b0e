"""The command line as people and scripts meet it: exit codes, what is on stdout and stderr, exact errors."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, MakeReport
from typer.testing import CliRunner, Result

from codemod import cli, emitter, explain
from codemod.cli import app
from codemod.ir import (
    ArchReport,
    AttentionSite,
    BiasTerm,
    Expression,
    Location,
    Refusal,
    Scale,
    SiteRecord,
    Weights,
)
from codemod.source import Library
from codemod.targets import Target, analyse

SOURCE = """
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.q, self.k, self.v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        q, k, v = (p(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for p in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) * self.scale
        if mask is not None:
            scores = scores + mask
        return (torch.softmax(scores, dim=-1) @ v).transpose(1, 2).flatten(2)
"""
OUTSIDE = {"COLUMNS": "119", "NO_COLOR": "1", "PATH": os.environ["PATH"]}


def run(*arguments: object) -> Result:
    """A command; a defect of the tool is raised."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every command runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    cli._configured.cache_clear()
    return tmp_path


@pytest.fixture
def program(elsewhere: Path) -> str:
    """A file with one plain attention class."""
    (elsewhere / "attention.py").write_text(SOURCE)
    return "attention.py"


# generate


def test_generate_from_a_cold_start_imports_no_torch(elsewhere: Path) -> None:
    code = (
        "import sys\nfrom codemod.cli import main\ntry:\n    main()\nfinally:\n"
        "    print(sorted({'torch', 'transformers', 'numpy', 'rich.progress'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "generate", "--arch", "gptj"],
        env={**OUTSIDE, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert (elsewhere / "generated" / "gptj.py").exists()


def test_the_generated_package_imports_no_modeling_module(elsewhere: Path) -> None:
    assert run("generate", "--arch", "gptj", "--out", "src/mine/fast").exit_code == 0
    code = (
        "import sys, mine.fast, mine.fast.registry\n"
        "print([name for name in sys.modules if 'modeling' in name or 'codemod' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**OUTSIDE, "PYTHONPATH": "src"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_generate_twice(program: str) -> None:
    first = run("generate", "--source", program, "--import-as", "attention")
    assert (first.exit_code, first.stdout) == (0, "")
    assert "attention.py   written" in first.stderr
    again = run("generate", "--source", program, "--import-as", "attention")
    assert again.exit_code == 0
    assert "written" not in again.stderr
    assert "attention.py   unchanged" in again.stderr


def test_generate_without_names_is_about_what_the_folder_holds(program: str, elsewhere: Path) -> None:
    nothing = run("generate")
    assert (nothing.exit_code, nothing.stderr) == (
        2,
        (
            "codemod: name what to generate: --arch, --all, --module or --source (generated holds nothing yet)\n"
            "  help: codemod COMMAND --help\n"
        ),
    )
    run("generate", "--source", program, "--import-as", "attention")
    assert run("generate", "--check").exit_code == 0
    (elsewhere / program).write_text(SOURCE.replace("** -0.5", "** -0.25").replace("+ mask", "+ 2 * mask"))
    stale = run("generate", "--check")
    assert stale.exit_code == 1
    assert stale.stderr.endswith("files are stale; run: python -m codemod generate\n")
    assert run("generate").exit_code == 0
    assert run("generate", "--check").exit_code == 0


def test_check_prints_the_command_that_mends(program: str) -> None:
    result = run("generate", "--source", program, "--import-as", "attention", "--out", "my out", "--check")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "run: python -m codemod generate --source attention.py --import-as attention --out 'my out'\n"
    )
    assert not Path("my out").exists()


def test_diff_shows_and_writes_nothing(program: str) -> None:
    result = run("generate", "--source", program, "--import-as", "attention", "--diff")
    assert result.exit_code == 0
    assert "--- /dev/null\n+++ attention.py\n" in result.stdout
    assert "+class SdpaAttention(Attention):\n" in result.stdout
    assert not Path("generated").exists()


def test_a_hand_edited_file_is_kept(program: str) -> None:
    asked = ("generate", "--source", program, "--import-as", "attention")
    run(*asked)
    path = Path("generated/attention.py")
    path.write_text(path.read_text() + "# mine\n")
    refused = run(*asked)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(
        "generated/attention.py:1:1 HAND_EDITED the generated file was edited by hand and is kept\n"
        "  help: move the changes elsewhere, or overwrite them with --force\n"
    )
    assert "# mine" in path.read_text()
    assert run(*asked, "--check").exit_code == 1
    assert run(*asked, "--force").exit_code == 0
    assert "# mine" not in path.read_text()


def test_generate_json_has_one_record_a_site(program: str) -> None:
    result = run("generate", "--source", program, "--import-as", "attention", "--json")
    [record] = json.loads(result.stdout)
    line = 1 + SOURCE[: SOURCE.index("torch.softmax")].count("\n")
    assert record == {
        "arch": "attention",
        "module": "attention",
        "class": "Attention",
        "method": "forward",
        "line": line,
        "status": "generated",
        "code": "",
        "message": "",
    }
    assert len(result.stdout.splitlines()) == 3


def test_the_same_bytes_from_any_number_of_processes() -> None:
    run("generate", "--arch", "gptj", "--arch", "codegen", "--out", "one", "--jobs", "1")
    run("generate", "--arch", "codegen", "--arch", "gptj", "--out", "two", "--jobs", "2")
    one, two = ({path.name: path.read_bytes() for path in Path(name).glob("*.py")} for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["generate", "--arch", "gptx"], 1, "transformers/models:1:1 UNKNOWN_ARCH no architecture is named 'gptx'\n"),
        (["explain", "gptx"], 1, "  help: did you mean "),
        (["generate", "--arch", "mamba"], 1, " NO_ATTENTION no attention was found in mamba\n"),
        (["explain", "mamba"], 1, " NO_ATTENTION no attention was found in mamba\n"),
        (["diff", "mamba"], 1, " NO_ATTENTION no attention was found in mamba\n"),
        (["generate", "--module", "no.such"], 1, "no.such:1:1 SOURCE_MISSING no source of that module is installed\n"),
        (["generate", "--source", "no.py", "--import-as", "no"], 1, "no.py:1:1 SOURCE_MISSING cannot be read: "),
        (["generate", "--source", "no.py"], 2, "codemod: --source and --import-as go together: "),
        (["generate", "--all", "--arch", "gptj"], 2, "codemod: --all stands alone: "),
        (["explain"], 2, "codemod: name an architecture, or give --module, or --source with --import-as\n"),
        (["generate", "--jobs", "0"], 2, "Error: Invalid value for '--jobs'"),
        (["generate", "--nonsense"], 2, "Error: No such option: --nonsense"),
        (["nonsense"], 2, "Error: No such command 'nonsense'."),
    ],
)
def test_errors(arguments: list[str], code: int, message: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert not Path("generated").exists()


def test_source_that_does_not_parse(elsewhere: Path) -> None:
    (elsewhere / "bad.py").write_text("import torch\n\ndef softmax(:\n")
    result = run("generate", "--source", "bad.py", "--import-as", "bad")
    assert (result.exit_code, result.stderr) == (
        1,
        "bad.py:3:13 SOURCE_SYNTAX invalid syntax\n  help: the file must parse as Python\n",
    )


def test_an_output_folder_that_is_a_file(program: str, elsewhere: Path) -> None:
    (elsewhere / "out").write_text("mine")
    result = run("generate", "--source", program, "--import-as", "attention", "--out", "out")
    assert (result.exit_code, result.stderr) == (
        1,
        (
            "out:1:1 OUTPUT_NOT_WRITABLE nothing was written: it is not a folder\n"
            "  help: name another folder with --out, or make this one writable\n"
        ),
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_what_is_no_file_in_the_output_folder(program: str, elsewhere: Path) -> None:
    (elsewhere / "out").mkdir()
    os.mkfifo(elsewhere / "out" / "pipe.py")  # reading it would never end
    (elsewhere / "out" / "dangling.py").symlink_to("nowhere")
    asked = ("generate", "--source", program, "--import-as", "attention", "--out", "out")
    assert run(*asked).exit_code == 0
    (elsewhere / "out" / "attention.py").unlink()
    os.mkfifo(elsewhere / "out" / "attention.py")
    result = run(*asked)
    assert (result.exit_code, result.stderr.partition("\n")[0]) == (
        1,
        "out/attention.py:1:1 OUTPUT_NOT_WRITABLE nothing was written: it is not a regular file",
    )


@pytest.mark.parametrize("name", ["with space.py", "it's.py", "$(date) `date`.py", "# hash.py", "a\\b.py"])
def test_the_command_in_a_header_names_any_file(name: str, program: str, elsewhere: Path) -> None:
    (elsewhere / program).rename(elsewhere / name)
    assert run("generate", "--source", name, "--import-as", "attention").exit_code == 0
    command = emitter.command_of(Path("generated/attention.py").read_text())
    assert shlex.split(command)[3:] == ["generate", "--source", name, "--import-as", "attention"]
    assert run("generate", "--check").exit_code == 0


@pytest.mark.parametrize("name", ["line\nimport os  # .py", "bell\a.py", "\udcff.py"])
def test_a_file_whose_name_would_leave_its_comment(name: str, program: str, elsewhere: Path) -> None:
    try:
        (elsewhere / program).rename(elsewhere / name)
    except (OSError, UnicodeError):
        pytest.skip("no such name here")
    result = run("generate", "--source", name, "--import-as", "attention")
    assert result.exit_code == 1
    assert result.stderr.startswith("attention:1:1 INVALID_NAME the name ")
    assert not Path("generated").exists()


def test_several_sources(program: str, elsewhere: Path) -> None:
    (elsewhere / "other.py").write_text(SOURCE)
    sources = ("--source", program, "--import-as", "attention", "--source", "other.py", "--import-as", "other")
    assert run("generate", *sources).exit_code == 0
    assert {path.name for path in Path("generated").glob("[a-z]*")} == {"attention.py", "other.py", "registry.py"}
    assert "other.py:" in run("explain", *sources).stdout
    assert run("generate", *sources[:-2]).exit_code == 2


def test_commands_are_read_from_generated_files_alone(program: str, elsewhere: Path) -> None:
    run("generate", "--source", program, "--import-as", "attention")
    (elsewhere / "generated" / "mine.py").write_text("# notes\n# regenerate: don't, it's --source mine\n")
    assert run("generate", "--check").exit_code == 0
    path = elsewhere / "generated" / "attention.py"
    path.write_text(path.read_text().replace("--import-as attention", "--import-as 'attention"))
    result = run("generate", "--check")
    assert result.exit_code == 1
    assert result.stderr.startswith("attention.py:1:1 HAND_EDITED the command in its header cannot be read: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_stream_that_cannot_be_written(program: str) -> None:
    arguments = ["explain", "--source", program, "--import-as", "attention"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "codemod", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=dict(os.environ, PYTHONPATH=str(ROOT)),
        )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.startswith("stdout:1:1 OUTPUT_NOT_WRITABLE No space left on device\n")


def test_refused_only(elsewhere: Path) -> None:
    refused = SOURCE.replace("torch.softmax(scores", "torch.softmax(torch.tanh(scores)")
    (elsewhere / "capped.py").write_text(refused)
    result = run("generate", "--source", "capped.py", "--import-as", "capped")
    assert result.exit_code == 1
    assert result.stderr.startswith("capped.py:17:")
    assert "  help: " in result.stderr
    assert not Path("generated").exists()
    assert run("explain", "--source", "capped.py", "--import-as", "capped").exit_code == 1


def test_one_failure_does_not_keep_the_others_from_being_written(program: str) -> None:
    result = run("generate", "--arch", "gptx", "--source", program, "--import-as", "attention")
    assert result.exit_code == 1
    assert "UNKNOWN_ARCH" in result.stderr
    assert Path("generated/attention.py").exists()


def test_all_writes_what_sdpa_does_not_reach_and_what_is_configured(
    monkeypatch: pytest.MonkeyPatch, make_report: MakeReport, elsewhere: Path
) -> None:
    (elsewhere / "pyproject.toml").write_text('[tool.codemod]\narchitectures = ["gpt2"]\n')
    eager, native, named = make_report("bert"), make_report("llama"), make_report("gpt2")

    def interface(report: ArchReport) -> ArchReport:
        classes = tuple(type(klass)(**{**klass.__dict__, "seam": "interface"}) for klass in report.classes)
        records = tuple(type(record)(**{**record.__dict__, "reached": True}) for record in report.records)
        return ArchReport(**{**report.__dict__, "classes": classes, "records": records})

    results: list[ArchReport | Refusal] = [eager, interface(named), interface(native)]
    monkeypatch.setattr(cli, "analyse_all", lambda *_: iter(results))
    result = run("generate", "--all", "--json")
    assert result.exit_code == 0
    assert sorted(path.name for path in Path("generated").glob("[a-z]*.py")) == ["bert.py", "gpt2.py", "registry.py"]
    statuses = {record["arch"]: record["status"] for record in json.loads(result.stdout)}
    assert statuses == {"bert": "generated", "gpt2": "generated", "llama": "native"}


def test_a_broken_configuration(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (elsewhere / "pyproject.toml").write_text("[tool")
    monkeypatch.setattr(cli, "analyse_all", lambda *_: iter([ArchReport("a", (), (), (), (), ())]))
    result = run("generate", "--all")
    assert result.exit_code == 1
    assert result.stderr.startswith("pyproject.toml:1:1 BAD_CONFIG ")


def test_a_defect_of_the_analysis_costs_one_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> ArchReport:
        raise ZeroDivisionError("a\ndefect")

    monkeypatch.setattr("codemod.analyzer.analyze", broken)
    monkeypatch.delenv("CODEMOD_TRACEBACK", raising=False)
    result = analyse(Target("arch", "gptj"))
    assert isinstance(result, Refusal)
    assert str(result) == "gptj:1:1 INTERNAL the analysis failed: ZeroDivisionError: a defect"
    monkeypatch.setenv("CODEMOD_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        analyse(Target("arch", "gptj"))


# explain, diff, list


def site_record() -> SiteRecord:
    def at(text: str, line: int) -> Expression:
        return Expression(text, Location("a/b.py", line, 9))

    site = AttentionSite(
        module="a.b",
        class_name="A",
        method="forward",
        location=Location("a/b.py", 9, 9),
        seam="method",
        query=at("self.q(\n    x)", 3),
        key=at("k", 4),
        value=at("v", 5),
        scales=(Scale("/", at("self.norm", 6), "number", "self.scaled", "divide"),),
        terms=(
            BiasTerm("+", at("mask", 7), None, "mask is not None", "add"),
            BiasTerm("fill", at("~seen", 8), "-10000.0", None, "fill"),
        ),
        dropout=at("self.dropout", 10),
        weights=Weights("probabilities", "output_attentions"),
        rules=("divide", "add"),
    )
    return SiteRecord("b", "a.b", "A", "forward", 9, "generated", location=site.location, site=site)


def test_explain_in_full() -> None:
    refused = SiteRecord(
        "b",
        "a.b",
        "B",
        "forward",
        20,
        "refused",
        "TANH",
        "tanh of the scores",
        Location("a/b.py", 20, 5),
        "stay eager",
    )
    report = ArchReport("b", ("a.b",), (site_record(), refused), (), (), ())
    assert "\n".join(explain.explain(report)) == (
        "A.forward  a/b.py:9:9  generated\n"
        "  query    self.q( x)  line 3\n"
        "  key      k  line 4\n"
        "  value    v  line 5\n"
        "  scale    / self.norm  (number if self.scaled)  line 6\n"
        "  bias     mask  (add if mask is not None)  line 7\n"
        "  bias     ~seen  (fill with -10000.0)  line 8\n"
        "  dropout  self.dropout  line 10\n"
        "  weights  the probabilities, before dropout, if output_attentions\n"
        "  rules    divide, add\n"
        "\n"
        "B.forward  a/b.py:20:5  refused\n"
        "  TANH tanh of the scores\n"
        "  help: stay eager"
    )


def test_explain_a_file(program: str) -> None:
    result = run("explain", "--source", program, "--import-as", "attention")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Attention.forward  attention.py:17:" in result.stdout
    assert "* self.scale" in result.stdout
    assert "mask  (add if mask is not None)  line 16" in result.stdout
    [record] = json.loads(run("explain", "--source", program, "--import-as", "attention", "--json").stdout)
    assert record["status"] == "generated"


def test_explain_and_diff_an_architecture() -> None:
    explained = run("explain", "gptj")
    assert explained.exit_code == 0
    assert "/ self.scale_attn" in explained.stdout
    shown = run("diff", "gptj")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith("--- /dev/null\n+++ gptj:GPTJSdpaAttention.forward\n")
    original, written = "transformers.models.gptj.modeling_gptj:GPTJAttention._attn", "gptj:GPTJSdpaAttention._attn"
    assert f"--- {original}\n+++ {written}\n" in shown.stdout
    assert "-    attn_weights = nn.functional.softmax(attn_weights, dim=-1)\n" in shown.stdout
    assert "\x1b[" not in shown.stdout


def test_diff_is_coloured_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    printed: list[str] = []
    monkeypatch.setattr("typer.echo", lambda text, **_: printed.append(text))
    cli._print_diff(["--- a\n", "+++ b\n", "@@ -1 +1 @@\n", "-old\n", "+new\n", " same\n"])
    assert printed[3:] == ["\x1b[31m-old\n\x1b[0m", "\x1b[32m+new\n\x1b[0m", " same\n"]
    monkeypatch.setenv("NO_COLOR", "1")
    printed.clear()
    cli._print_diff(["-old\n"])
    assert printed == ["-old\n"]


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ([], "no attention"),
        (["native"], "native"),
        (["native", "generated"], "generated"),
        (["native", "convertible"], "convertible"),
        (["refused"], "refused"),
        (["generated", "refused"], "partly"),
    ],
)
def test_verdicts(statuses: list[str], verdict: str) -> None:
    records = [SiteRecord("a", "m", "C", "f", 1, status) for status in statuses]  # type: ignore[arg-type]
    assert explain.verdict(records) == verdict


def test_list(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = SiteRecord("b", "m.b", "C", "f", 7, "refused", "TANH", "why", Location("m/b.py", 7, 1))
    unread = Refusal("SOURCE_SYNTAX", "bad", Location("m/c.py", 1, 1))
    results = [ArchReport("a", (), (), (), (), ()), ArchReport("b", (), (refused,), (), (), ()), unread]
    monkeypatch.setattr(cli, "analyse_all", lambda *_: iter(results))
    monkeypatch.setattr(Library, "architectures", lambda _: ("a", "b", "c"))
    plain = run("list")
    assert (plain.exit_code, plain.stdout) == (
        1,
        "a  no attention\nb  refused       m/b.py:7:1 TANH why\nc  refused       m/c.py:1:1 SOURCE_SYNTAX bad\n",
    )
    records = json.loads(run("list", "--json").stdout)
    assert [(record["arch"], record["verdict"], record["refused"]) for record in records] == [
        ("a", "no attention", 0),
        ("b", "refused", 1),
        ("c", "refused", 0),
    ]


SILENT = """
import torch
from torch import nn
from transformers import PreTrainedModel


class Attention(nn.Module):
    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value


class Capped(nn.Module):
    def forward(self, query, key, value):
        return torch.softmax(torch.tanh(query @ key.transpose(-1, -2)), dim=-1) @ value


class Model(PreTrainedModel):
    _supports_sdpa = {flag}
"""


@pytest.mark.parametrize(
    ("flag", "silent"),
    [
        ("True", "Attention.forward, Capped.forward"),
        ("False", ""),
        ("True\n    fused = torch.nn.functional.scaled_dot_product_attention", ""),
    ],
)
def test_attention_that_is_eager_behind_the_flag_is_named(flag: str, silent: str, tmp_path: Path) -> None:
    path = tmp_path / "silent_models.py"
    path.write_text(SILENT.format(flag=flag), encoding="utf-8")
    report = analyse(Target("source", str(path), path.stem))
    assert isinstance(report, ArchReport)
    assert explain.summary(report)["silent"] == silent


def test_list_names_attention_that_is_eager_behind_the_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    record = SiteRecord("a", "m.a", "C", "f", 7, "generated", silent=True)
    monkeypatch.setattr(cli, "analyse_all", lambda *_: iter([ArchReport("a", (), (record,), (), (), ())]))
    monkeypatch.setattr(Library, "architectures", lambda _: ("a",))
    result = run("list")
    assert result.stdout == "a  generated\n   eager in a model whose flag says SDPA: C.f\n"


def test_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(command in result.stdout for command in ("generate", "explain", "list", "diff"))
