"""What a generated folder holds, as `registry.py` says it: read without running it, and merged with new reports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from .ir import ArchReport


@dataclass(frozen=True, order=True)
class Entry:
    """One line of the registry: `original` is the class path; `module` and `cls` name what stands in for it; `reads`
    says what `sha256` covers, as "module:Name"; `flags` as in `ClassText`."""

    original: str
    module: str
    cls: str
    sha256: str
    seam: str
    reads: tuple[str, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Refused:
    """The sites of one class that stay eager: (method, code, message) each."""

    original: str
    sites: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Registry:
    """All of it, sorted. `versions` pairs each package with the version that was read."""

    entries: tuple[Entry, ...] = ()
    refused: tuple[Refused, ...] = ()
    handing: tuple[tuple[str, str], ...] = ()
    """Classes, each with the sha256 of its source, see `ArchReport.handing`."""
    versions: tuple[tuple[str, str], ...] = ()


def merge(old: Registry, reports: Iterable[ArchReport], versions: Mapping[str, str]) -> Registry:
    """The registry with what `reports` say in place of all that it said about the same modules.

    A package that is not installed (its version is "") keeps the version it had.
    """
    entries = {entry.original: entry for entry in old.entries}
    refused = {item.original: item for item in old.refused}
    handing = dict(old.handing)
    for report in reports:
        modules = {*report.modules, *(klass.module for klass in report.classes)}
        entries = {path: entry for path, entry in entries.items() if path.rpartition(".")[0] not in modules}
        refused = {path: item for path, item in refused.items() if path.rpartition(".")[0] not in modules}
        handing = {path: digest for path, digest in handing.items() if path.rpartition(".")[0] not in modules}
        handing.update(report.handing)
        for klass in report.classes:
            path = f"{klass.module}.{klass.base}"
            reads = tuple(sorted(klass.reads))
            entries[path] = Entry(path, report.arch, klass.name, klass.digest, klass.seam, reads, klass.flags)
        sites: dict[str, set[tuple[str, str, str]]] = {}
        for record in report.records:
            if record.status == "refused":
                path = f"{record.module}.{record.class_name}"
                sites.setdefault(path, set()).add((record.method, record.code, record.message))
        refused.update({path: Refused(path, tuple(sorted(found))) for path, found in sites.items()})
    known = {**dict(old.versions), **{package: number for package, number in versions.items() if number}}
    return Registry(
        tuple(sorted(entries.values())),
        tuple(sorted(refused.values())),
        tuple(sorted(handing.items())),
        tuple(sorted(known.items())),
    )


def parse(text: str) -> Registry:
    """The registry that a `registry.py` holds; an empty one where the text is something else."""
    try:
        tables = {name: value for name, value in _assigned(ast.parse(text)) if isinstance(value, ast.Dict)}
        entries = [_entry(path, call) for path, call in _items(tables.get("REGISTRY", ast.Dict([], [])))]
        refused = ast.literal_eval(tables.get("REFUSED", ast.Dict([], [])))
        handing = ast.literal_eval(tables.get("HANDING", ast.Dict([], [])))
        versions = ast.literal_eval(tables.get("VERSIONS", ast.Dict([], [])))
    except (SyntaxError, TypeError, ValueError):
        return Registry()
    return Registry(
        tuple(sorted(entries)),
        tuple(Refused(path, tuple(sites)) for path, sites in sorted(refused.items())),
        tuple(sorted(handing.items())),
        tuple(sorted(versions.items())),
    )


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None]]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, (ast.Assign, ast.AnnAssign)):
                yield target.id, node.value


def _items(table: ast.Dict) -> Iterator[tuple[str, ast.Call]]:
    for key, value in zip(table.keys, table.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(value, ast.Call):
            raise ValueError("not a table of entries")
        yield str(key.value), value


def _entry(original: str, call: ast.Call) -> Entry:
    """From `Entry(…)` without its first field, by position or by name."""
    names = [field.name for field in fields(Entry)][1:]
    given = dict(zip(names, call.args, strict=False)) | {word.arg or "": word.value for word in call.keywords}
    arguments = {name: ast.literal_eval(value) for name, value in given.items()}
    return Entry(original, **arguments)
