"""Drift: whether the installed source of a class is what its generated class was made from."""

from __future__ import annotations

from pathlib import Path

from ._installed import combined_digest, definitions, digest_of, file_of, version_of
from .registry import VERSIONS, Entry


def drift(path: str, entry: Entry) -> str:
    """How the installed source of a class differs from what its replacement was generated from; "" if it does not."""
    pairs = []
    place = ""
    for read in entry.reads:
        module, _, name = read.partition(":")
        defined = definitions(module)
        if defined is None:
            package = module.partition(".")[0]
            installed = version_of(package)
            if installed and installed == VERSIONS.get(package):
                return ""
            return (
                f"{path}: {module} has no source to compare, and {package} {installed or 'of unknown version'} is "
                f"installed where {VERSIONS.get(package, 'no version')} is registered; {regenerate(entry)}"
            )
        place = place or file_of(module)
        if name not in defined:
            return f"{path}: {read} is not in the installed {file_of(module)}; {regenerate(entry)}"
        pairs.append((read, digest_of(module, name)))
    if combined_digest(pairs) != entry.sha256:
        return f"{path}: the installed source in {place} is not what {entry.cls} was made from; {regenerate(entry)}"
    return ""


def regenerate(entry: Entry) -> str:
    """The command that writes the class anew, as its generated file states it."""
    marker = "# regenerate: "
    command = f"python -m codemod generate --arch {entry.module}"
    try:
        with Path(__file__).with_name(f"{entry.module}.py").open(encoding="utf-8") as file:
            command = next((line[len(marker) :].strip() for line in file if line.startswith(marker)), command)
    except OSError:
        pass  # a package without source files: the usual command stands
    return f"run `{command}`"
