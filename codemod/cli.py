"""The command line: what was asked for goes to stdout, talk to stderr.

Exit codes: 0 done or unchanged; 1 refused, stale or failed; 2 wrong usage.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import typer.core

from . import explain as shown
from . import folder
from .emitter import Emission, EmitError, command_of, emit, origins
from .ir import ArchReport, Location, Refusal, SiteRecord
from .source import SourceError, version
from .targets import Target, analyse_all, library

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROGRAM = ("python", "-m", "codemod")
DEFAULT_OUT = Path("generated")
FEW = 8


class Reported(typer.core.TyperGroup):
    """Commands whose errors end in their lines and exit code 1."""

    def invoke(self, ctx: Any) -> object:  # versions of typer differ in where the context's class is defined
        try:
            return super().invoke(ctx)
        except (EmitError, SourceError) as error:
            complain([error.refusal])
            sys.exit(1)


app = typer.Typer(
    add_completion=False,
    cls=Reported,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 119},
    help="Reads the attention of PyTorch modeling files and writes subclasses that compute it by one call of SDPA.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Names = Annotated[list[str] | None, typer.Argument(metavar="ARCH...", help="Architectures of transformers.")]
Arch = Annotated[list[str] | None, typer.Option("--arch", help="Architecture of transformers; may be repeated.")]
Module = Annotated[list[str] | None, typer.Option("--module", help="Dotted name of an installed module.")]
Source = Annotated[
    list[str] | None, typer.Option("--source", metavar="FILE", help="A file with attention classes; may be repeated.")
]
ImportAs = Annotated[
    list[str] | None, typer.Option("--import-as", metavar="MODULE", help="How --source is imported; one for each.")
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the generated package.")]
Json = Annotated[bool, typer.Option("--json", help="Print records as JSON.")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="Processes; by default one for each core.")]


def main() -> None:
    """Runs the command line. A defect of our own ends in a line too, or in a traceback with CODEMOD_TRACEBACK set."""
    gc.set_threshold(50_000)  # syntax trees live long: looking through them often costs a tenth of the time
    try:
        app(prog_name="codemod")
    except Exception as error:
        if os.environ.get("CODEMOD_TRACEBACK"):
            raise
        if isinstance(error, OSError) and error.filename is None:  # a stream: every file is met by its name
            remedy = "make room where the output goes, or send it elsewhere"
            place = Location("stdout", 1, 1)
            complain([Refusal("OUTPUT_NOT_WRITABLE", error.strerror or type(error).__name__, place, remedy)])
            sys.exit(1)
        place = Location("codemod", 1, 1)
        remedy = "please report this line; CODEMOD_TRACEBACK=1 shows where it comes from"
        complain([Refusal("INTERNAL", " ".join(f"{type(error).__name__}: {error}".split()), place, remedy)])
        sys.exit(1)


@app.command()
def generate(
    arch: Arch = None,
    module: Module = None,
    source: Source = None,
    import_as: ImportAs = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every architecture with attention that SDPA does not reach.")
    ] = False,
    out: Out = DEFAULT_OUT,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if something would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that were edited by hand.")] = False,
    as_json: Json = False,
    jobs: Jobs = None,
) -> None:
    """Write SDPA classes, their registry and its runtime. Without a name: again for all that the folder holds."""
    targets = _targets(arch, module, source, import_as)
    if everything and targets:
        misused("--all stands alone: it takes no --arch, --module or --source")
    asked = ["--all"] if everything else [option for target in targets for option in target.arguments]
    if everything:
        targets = [
            Target("arch", name, unless_reached=name not in _configured()) for name in library().architectures()
        ]
    elif not targets and not (targets := _held(folder.read(out))):
        misused(f"name what to generate: --arch, --all, --module or --source ({out} holds nothing yet)")
    reports, failures = _analysed(targets, jobs)
    if everything:
        reports = [_scoped(report) for report in reports]
    else:
        failures += [reason for report in reports for reason in _nothing_to_write(report)]

    def emission(existing: dict[str, str]) -> Emission:
        told = [report for report in reports if report.classes or everything]
        return emit(told, existing, versions=_versions(), folder=out.as_posix(), force=force)

    if check or diff or not any(report.classes for report in reports):
        result = emission(folder.read(out))
    else:
        result = folder.write(out, emission)
    changed = [file for file in result.files if file.changed]
    if diff:
        _print_diff(line for file in changed for line in file.diff())
    if as_json:
        _print_json(record.as_json() for report in reports for record in report.records)
    complain([*failures, *result.refusals])
    _print_table(list(_rows(result, "stale" if check or diff else "written", reports)))
    if check and changed:
        command = shlex.join([*PROGRAM, "generate", *asked, *([] if out == DEFAULT_OUT else ["--out", str(out)])])
        say(f"{len(changed)} of {len(result.files)} files are stale; run: {command}")
    finish(failed=bool(failures or result.refusals or (check and changed)))


@app.command()
def explain(
    names: Names = None,
    module: Module = None,
    source: Source = None,
    import_as: ImportAs = None,
    as_json: Json = False,
) -> None:
    """Print each attention as it was understood, with source lines, or why it is refused."""
    reports, failures = _named(names, module, source, import_as)
    if as_json:
        _print_json(record.as_json() for report in reports for record in report.records)
    else:
        for number, report in enumerate(report for report in reports if report.records):
            for line in ([""] if number else []) + list(shown.explain(report)):
                typer.echo(line)
    failures += [_no_attention(report) for report in reports if not report.records]
    complain(failures)
    understood = any(record.status != "refused" for report in reports for record in report.records)
    finish(failed=bool(failures) or not understood)


@app.command()
def diff(names: Names = None, module: Module = None, source: Source = None, import_as: ImportAs = None) -> None:
    """Print each generated method against the method it stands for."""
    reports, failures = _named(names, module, source, import_as)
    _print_diff(f"{line}\n" for report in reports for line in shown.differences(report))
    failures += [reason for report in reports for reason in _nothing_to_write(report)]
    complain(failures)
    finish(failed=bool(failures))


@app.command()
def verify(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="Every architecture with a tiny model.")] = False,
    package: Annotated[str, typer.Option("--package", help="Importable name of the generated package.")] = "generated",
    as_json: Json = False,
) -> None:
    """Compare generated classes with eager attention, on tiny models, number by number."""
    try:
        from .verify import main as run  # the only command here that needs torch and transformers
    except ModuleNotFoundError as error:
        place = Location("codemod", 1, 1)
        complain(
            [Refusal("MISSING_PACKAGE", f"{error.name} is not installed", place, "pip install 'sdpa-codemod[run]'")]
        )
        raise typer.Exit(1) from None
    sys.path.insert(0, "")
    raise typer.Exit(run(list(names or ()), everything, package, as_json))


@app.command()
def bench(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="Every model of data/bench_models.json.")] = False,
    seq: Annotated[str, typer.Option("--seq", metavar="N[,N...]", help="Tokens of a call.")] = "512",
    cache: Annotated[int, typer.Option("--cache", min=0, help="Tokens that stand in a cache before.")] = 0,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Sequences.")] = 1,
    dtype: Annotated[str, typer.Option("--dtype", help="float32, bfloat16 or float16.")] = "float32",
    device: Annotated[str, typer.Option("--device", help="Device of torch.")] = "cpu",
    padding: Annotated[str, typer.Option("--padding", help="none (no mask is given), left or right.")] = "none",
    train: Annotated[bool, typer.Option("--train", help="Train mode, forward and backward.")] = False,
    compiled: Annotated[bool, typer.Option("--compile", help="Under torch.compile as well.")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A configuration value, in JSON.")
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds at most.")] = 15,
    seconds: Annotated[float, typer.Option("--seconds", help="Seconds for the rounds of a table row.")] = 60.0,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads; with one, CPU time is measured.")
    ] = None,
    memory: Annotated[bool, typer.Option("--memory/--no-memory", help="Peak memory, in fresh processes.")] = True,
    package: Annotated[str, typer.Option("--package", help="Importable name of the generated package.")] = "generated",
    as_json: Json = False,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Time and memory over --seq.")] = None,
) -> None:
    """Measure time and memory beside eager attention, on models of a realistic width."""
    if plot is not None and not importlib.util.find_spec("matplotlib"):
        place = Location("codemod", 1, 1)
        complain(
            [Refusal("MISSING_PACKAGE", "matplotlib is not installed", place, "pip install 'sdpa-codemod[bench]'")]
        )
        raise typer.Exit(1)
    if padding not in ("none", "left", "right") or dtype not in ("float32", "bfloat16", "float16"):
        misused("--padding is none, left or right; --dtype is float32, bfloat16 or float16")
    if train and cache:
        misused("--train and --cache exclude each other")
    lengths = seq.split(",")
    if not all(length.isdecimal() and int(length) for length in lengths):
        misused("--seq takes lengths, as in --seq 512,1024")
    overrides = tuple(_override(text) for text in settings or ())
    try:
        from . import bench as benches  # as `verify`, needs torch and transformers
    except ModuleNotFoundError as error:
        place = Location("codemod", 1, 1)
        complain(
            [Refusal("MISSING_PACKAGE", f"{error.name} is not installed", place, "pip install 'sdpa-codemod[run]'")]
        )
        raise typer.Exit(1) from None
    if everything == bool(names):
        misused("name an architecture, or --all")
    chosen = list(benches.wide()) if everything else [name for arch in names or () for name in benches.names(arch)]
    if not chosen:
        misused("no model of that name; see data/bench_models.json and data/tiny_models.json")
    sys.path.insert(0, "")
    pads: Any = None if padding == "none" else padding
    asked = [
        benches.Setting(name, int(length), cache, batch, dtype, device, pads, train, overrides)
        for name in chosen
        for length in lengths
    ]
    code = benches.main(
        asked, package, rounds=rounds, budget=seconds, threads=threads, compiled=compiled, memory=memory, json=as_json,
        picture=plot,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command(name="list")
def list_architectures(as_json: Json = False, jobs: Jobs = None) -> None:
    """Print the verdict on every architecture of the installed transformers, and which attention stays eager in models
    that say they run SDPA."""
    names = library().architectures()
    results = _results([Target("arch", name) for name in names], jobs)
    summaries = [
        shown.unreadable(name, result) if isinstance(result, Refusal) else shown.summary(_scoped(result))
        for name, result in zip(names, results, strict=True)
    ]
    if as_json:
        _print_json(summaries)
    else:
        width = max(map(len, names), default=0)
        for item in summaries:
            reason = f"{item['place']} {item['code']} {item['message']}" if item["code"] else ""
            typer.echo(f"{item['arch']:<{width}}  {item['verdict']:<12}  {reason}".rstrip())
            if item["silent"]:
                typer.echo(f"{'':<{width}}  eager in a model whose flag says SDPA: {item['silent']}")
    finish(failed=any(isinstance(result, Refusal) for result in results))


# What was asked for


def _override(text: str) -> tuple[str, Any]:
    """`key=value`: the value is JSON, or a word."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        misused("--set takes KEY=VALUE, as in --set hidden_size=768")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _targets(
    archs: Sequence[str] | None,
    modules: Sequence[str] | None,
    sources: Sequence[str] | None,
    imports_as: Sequence[str] | None,
) -> list[Target]:
    if len(sources or ()) != len(imports_as or ()):
        misused("--source and --import-as go together: the file, and the name it is imported by")
    targets = [Target("arch", name) for name in archs or ()] + [Target("module", name) for name in modules or ()]
    targets += [Target("source", *pair) for pair in zip(sources or (), imports_as or (), strict=True)]
    return list(dict.fromkeys(targets))


def _named(
    names: Sequence[str] | None,
    modules: Sequence[str] | None,
    sources: Sequence[str] | None,
    imports_as: Sequence[str] | None,
) -> tuple[list[ArchReport], list[Refusal]]:
    targets = _targets(names, modules, sources, imports_as)
    if not targets:
        misused("name an architecture, or give --module, or --source with --import-as")
    return _analysed(targets, None)


def _held(files: Mapping[str, str]) -> list[Target]:
    """The targets whose modules a folder holds, read from the commands in their headers.

    Raises EmitError HAND_EDITED where one is none.
    """
    targets: list[Target] = []
    for name, text in sorted(files.items()):
        if not origins(text):
            continue
        try:
            words = shlex.split(command_of(text))[len(PROGRAM) + 1 :]
        except ValueError as error:
            message = f"the command in its header cannot be read: {error}"
            remedy = "name what to generate, with --force"
            raise EmitError(Refusal("HAND_EDITED", message, Location(name, 1, 1), remedy)) from error
        given = {option: [value] for option, value in zip(words[::2], words[1::2], strict=False)}
        targets += _targets(*(given.get(option) for option in ("--arch", "--module", "--source", "--import-as")))
    return targets


def _scoped(report: ArchReport) -> ArchReport:
    """A report as `--all` takes it. Architectures with a site that SDPA does not reach today are written, and those
    that pyproject.toml names; of the others only the records stay."""
    if report.arch in _configured() or any(
        record.status == "generated" and not record.reached for record in report.records
    ):
        return report
    return replace(report, classes=(), records=tuple(map(_unwritten, report.records)))


def _unwritten(record: SiteRecord) -> SiteRecord:
    """A verdict where nothing is written: what transformers reaches by itself, it reaches whether we could or not."""
    if record.reached:
        return replace(record, status="native", code="", message="", remedy="")
    return replace(record, status="convertible") if record.status == "generated" else record


@cache
def _configured() -> frozenset[str]:
    """`architectures` of `[tool.codemod]` in the pyproject.toml of the working directory."""
    path = Path("pyproject.toml")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise EmitError(Refusal("BAD_CONFIG", str(error), Location(path.name, 1, 1), "mend the file")) from error
    names = table.get("tool", {}).get("codemod", {}).get("architectures", [])
    return frozenset(library().architecture(name).name for name in names)


def _versions() -> dict[str, str]:
    return {package: version(package).partition("+")[0] for package in ("torch", "transformers")}


# Analysis


def _analysed(targets: Sequence[Target], jobs: int | None) -> tuple[list[ArchReport], list[Refusal]]:
    results = _results(targets, jobs)
    reports = [result for result in results if isinstance(result, ArchReport)]
    return reports, [result for result in results if isinstance(result, Refusal)]


def _results(targets: Sequence[Target], jobs: int | None) -> list[ArchReport | Refusal]:
    """Reports or refusals in the order of the targets; a progress bar shows a person how several of them come."""
    # a process takes a second to start, so a few architectures are not worth one
    processes = jobs or (os.cpu_count() or 1 if len(targets) > FEW else 1)
    results = analyse_all(targets, processes)
    if len(targets) < 2 or not sys.stderr.isatty():
        return list(results)
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return list(track(results, "Analysing", total=len(targets), console=console, transient=True))


def _nothing_to_write(report: ArchReport) -> list[Refusal]:
    """Why a report has no classes; empty where it has some."""
    if report.classes:
        return []
    if not report.records:
        return [_no_attention(report)]
    refused = [
        Refusal(record.code, f"{record.class_name}.{record.method}: {record.message}", place, record.remedy)
        for record in report.records
        if record.status == "refused"
        for place in [record.location or Location(record.module, record.line, 1)]
    ]
    place = Location(report.modules[0] if report.modules else report.arch, 1, 1)
    return refused or [Refusal("NATIVE", "transformers reaches SDPA here by itself", place, "nothing is to be done")]


def _no_attention(report: ArchReport) -> Refusal:
    place = Location(report.modules[0] if report.modules else report.arch, 1, 1)
    return Refusal("NO_ATTENTION", f"no attention was found in {report.arch}", place, "see `codemod list`")


# Output


def say(line: str) -> None:
    """Talk, on stderr."""
    typer.echo(line, err=True)


def finish(*, failed: bool) -> NoReturn:
    """Ends a command with its exit code."""
    sys.exit(1 if failed else 0)


def misused(message: str) -> NoReturn:
    """Ends a command that was called in a way that means nothing."""
    say(f"codemod: {message}")
    say("  help: codemod COMMAND --help")
    sys.exit(2)


def complain(refusals: Iterable[Refusal]) -> None:
    """Each refusal as `path:line:col CODE message`, then one line of help."""
    for refusal in refusals:
        say(str(refusal))
        say(f"  help: {refusal.remedy or f'{refusal.code} is explained in docs/refusals.md'}")


def _print_json(records: Iterable[Mapping[str, str | int]]) -> None:
    """A JSON list with one record a line."""
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    typer.echo(f"[\n{lines}\n]" if lines else "[]")


def _print_diff(lines: Iterable[str]) -> None:
    """A unified diff, coloured on a terminal."""
    colours = {"---": None, "+++": None, "-": "red", "+": "green", "@": "cyan"}
    for line in lines:
        colour = next((colours[start] for start in colours if line.startswith(start)), None)
        bold = line.startswith(("---", "+++"))
        text = line if line.endswith("\n") else f"{line}\n"
        plain = os.environ.get("NO_COLOR") or (colour is None and not bold)
        typer.echo(text if plain else typer.style(text, fg=colour, bold=bold or None), nl=False)


def _rows(emission: Emission, changed: str, reports: Iterable[ArchReport]) -> Iterator[tuple[str, str, str]]:
    for file in emission.files:
        yield file.name, changed if file.changed else "unchanged", ""
    for refusal in emission.refusals:
        yield refusal.location.path, "refused", f"{refusal.code} {refusal.message}"
    for report in reports:
        for record in report.records:
            if record.status == "refused" and report.classes:
                method = f"{report.arch}: {record.class_name}.{record.method}"
                yield method, "refused", f"{record.code} {record.message}"


def _print_table(rows: Sequence[tuple[str, str, str]]) -> None:
    """What, state and reason: a table for a person, aligned lines for a pipe."""
    if not sys.stderr.isatty():
        width = max((len(what) for what, _, _ in rows), default=0)
        for what, state, reason in rows:
            say(f"{what:<{width}}  {state:<9}  {reason}".rstrip())
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("what", "state", "reason", box=box.SIMPLE_HEAD, pad_edge=False)
    styles = {"written": "green", "stale": "yellow", "refused": "red"}
    for what, state, reason in rows:
        table.add_row(Text(what), Text(state, styles.get(state, "")), Text(reason))
    Console(stderr=True).print(table)
