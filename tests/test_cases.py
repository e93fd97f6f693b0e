"""Every file in `cases/` through the command line: generated or refused as it says, stable, and the same numbers.

A case says what it expects: `EXPECT` is "generated", "refused", "either" (whichever: but never different numbers) or
"untouched" (no softmax over a product: no refusal needs to be reported), `WHY` says why. `example()` or `examples()`
give (module, args, kwargs), the same ones at each call. Optional facts about what was understood: `SCALES` and `TERMS`
count the scales and the bias terms of the one site, `STAGE` names the tensor that is returned as weights, `RULES` are
the names of the rules that `explain` shows, `CODE` is a code of the refusal. By class, `CODES` gives its one code,
`SAYS` words of the refusal, `WRITTEN` and `NOT_WRITTEN` text that its methods must hold and must not, where numbers do
not show it: what is computed twice, or in whose memory.
`EAGER_ALLOWED` is set where the runtime may choose the eager formula on a CPU, and `GRADIENTS = False` where a row is
fully masked by more than its arguments.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest
from conversion import MODES, Swap, differences, importable, run, samples_of, understand
from torch import nn
from typer.testing import CliRunner, Result

from codemod import registry
from codemod.cli import app
from codemod.ir import ArchReport

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
PREFIX = {"generated": "accept", "refused": "refuse", "either": "either", "untouched": "untouched"}


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One case file."""
    path: Path = request.param
    return path


def generate(path: Path, out: Path, *options: str) -> Result:
    """`codemod generate --source …`; an error of the tool itself is raised."""
    arguments = ["generate", "--source", str(path), "--import-as", path.stem, "--out", str(out), *options]
    result = CliRunner(env={"CODEMOD_TRACEBACK": "1"}).invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_case_is_whole(case: Path) -> None:
    with importable(case.parent):
        module = importlib.import_module(case.stem)
        assert case.stem.startswith(f"{PREFIX[module.EXPECT]}_")
        assert module.WHY
        samples = samples_of(module)()
        outcomes = [run(sample, MODES[0]) for sample in samples]
    assert any(outcome.error is None for outcome in outcomes), [outcome.error for outcome in outcomes]
    names = [type(part).__name__ for sample in samples for part in sample[0].modules()]
    assert any("Attention" in name for name in names)


def test_case(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "fused"
    written = generate(case, package)
    report = understand(case, case.stem)
    with importable(case.parent), importable(tmp_path):
        module = importlib.import_module(case.stem)
        used = {type(part) for sample in samples_of(module)() for part in sample[0].modules()}
        paths = {f"{kind.__module__}.{kind.__qualname__}" for kind in used}
        replaced = paths & {entry.original for entry in held(package).entries}
        check_records(report, written)
        if module.EXPECT == "generated":
            assert replaced, written.output
        if getattr(module, "EVERY", False):
            assert {path for path in paths if path.endswith("Attention")} <= replaced, written.output
        if module.EXPECT in ("refused", "untouched"):
            assert not replaced, verdict(module, package)
        if module.EXPECT == "refused":
            codes = {record.code for record in report.records if record.status == "refused"}
            assert codes, "refused without a word"
            assert getattr(module, "CODE", min(codes)) in codes
        check_codes(module, report)
        if not replaced:
            return
        check_stable(case, package)
        check_facts(module, report, {kind.__name__ for kind in used})
        found, fused = compared(module, package)
        assert not found, "\n".join(found[:6])
        assert fused or module.EXPECT != "generated" or getattr(module, "EAGER_ALLOWED", False), "no fused call"


def held(package: Path) -> registry.Registry:
    """What the registry of the generated package holds; nothing if there is no package."""
    path = package / "registry.py"
    return registry.parse(path.read_text(encoding="utf-8")) if path.is_file() else registry.Registry()


def transformer(package: Path) -> Swap:
    """The package's own `transform`."""
    transform = importlib.import_module(package.name).transform

    def swap(model: nn.Module) -> nn.Module:
        result: nn.Module = transform(model)
        return result

    return swap


def compared(module: ModuleType, package: Path) -> tuple[list[str], int]:
    """The differences between the case's modules and their transformed twins, and the fused calls."""
    modes = MODES if getattr(module, "GRADIENTS", True) else [mode for mode in MODES if not mode.gradients]
    return differences(samples_of(module), transformer(package), modes=modes)


def verdict(module: ModuleType, package: Path) -> str:
    """How bad a generated class is that should not be there."""
    found, _ = compared(module, package)
    return "generated, though it should be refused; " + ("\n".join(found[:6]) or "the numbers are the same")


def check_records(report: ArchReport, written: Result) -> None:
    """Each refusal says what, where, and why; and the command line says it too."""
    for record in report.records:
        if record.status == "refused":
            assert record.code
            assert record.message
            assert record.location is not None
            assert record.location.line > 0
            if not report.classes:
                assert f"{record.location} {record.code} " in written.output
    assert written.exit_code == (0 if report.classes else 1), written.output


def check_stable(case: Path, package: Path) -> None:
    """The output parses, and a second run changes nothing."""
    before = {path.name: path.read_bytes() for path in sorted(package.glob("*.py"))}
    for text in before.values():
        ast.parse(text)
    again = generate(case, package)
    assert again.exit_code == 0, again.output
    assert {path.name: path.read_bytes() for path in sorted(package.glob("*.py"))} == before
    assert generate(case, package, "--check").exit_code == 0


def check_codes(module: ModuleType, report: ArchReport) -> None:
    """The codes that the case says its classes are refused with."""
    for name, code in getattr(module, "CODES", {}).items():
        said = {r.code for r in report.records if r.status == "refused" and r.class_name == name}
        assert said == {code}, name
    for name, words in getattr(module, "SAYS", {}).items():
        messages = [r.message for r in report.records if r.status == "refused" and r.class_name == name]
        assert any(words in message for message in messages), name


def check_facts(module: ModuleType, report: ArchReport, used: set[str]) -> None:
    """What the case says about its one site."""
    sites = [site for item in report.classes if item.base in used for site in item.sites]
    texts = {item.base: "\n".join(method.text for method in item.methods) for item in report.classes}
    for name, words in getattr(module, "WRITTEN", {}).items():
        assert words in texts[name], name
    for name, words in getattr(module, "NOT_WRITTEN", {}).items():
        assert words not in texts[name], name
    for name, found in (
        ("SCALES", [len(site.scales) for site in sites]),
        ("TERMS", [len(site.terms) for site in sites]),
        ("STAGE", [site.weights.stage for site in sites]),
        ("RULES", [list(site.rules) for site in sites]),
    ):
        if hasattr(module, name):
            assert found == [getattr(module, name)], name
