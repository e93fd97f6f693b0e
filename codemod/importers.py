"""The files of a package that import what another of its files defines, directly or through others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .hierarchy import ClassRef, World
from .source import Library, SourceError, SourceFile

MOST = 200
"""So many files are parsed; whoever imports a class more often than that has others that say the same."""


def importers(world: World, library: Library, classes: Iterable[ClassRef]) -> tuple[SourceFile, ...]:
    """The files beside those of some classes that import something of these or of another such file. They are found by
    the text of their imports first, which costs much less than to parse; what cannot be read is left out."""
    wanted = set(classes)
    modules = {ref.module for ref in wanted}
    beside = {module: text for known in modules for module, text in library.beside(known)}
    names = {ref.name for ref in wanted}
    found: dict[str, SourceFile] = {}
    parsed = 0
    while names and parsed < MOST:
        likely = _importing(names, modules)
        names = set()
        for module in [module for module, text in beside.items() if likely.search(text)]:
            parsed += 1
            try:
                file = library.module(module) if parsed <= MOST else None
                local = set() if file is None else {n for n in file.every_import if _means(world, file, n, modules)}
            except SourceError:
                continue
            del beside[module]
            if file is None or not local:
                continue
            found[module] = file
            # what it may be imported by in turn
            names |= {*local, *file.classes}
        modules = modules | set(found)
    return tuple(found.values())


def _importing(names: Iterable[str], modules: Iterable[str]) -> re.Pattern[str]:
    """Whether a text imports one of some names, or something of one of some modules, by their last names."""
    one = "|".join(sorted(map(re.escape, names)))
    of = "|".join(sorted({re.escape(module.rpartition(".")[2]) for module in modules}))
    return re.compile(rf"\bimport\b(?:[^\n(]*|\s*\([^)]*)\b(?:{one})\b|\b(?:from|import)\b[^\n]*\b(?:{of})\b")


def _means(world: World, file: SourceFile, name: str, modules: set[str]) -> bool:
    """Whether an imported name is one of some modules, or something that one of them has, or holds one of them."""
    path = world.imported_path(file, name) or ""
    if path and any(module.startswith(f"{path}.") for module in modules):
        return True
    while path:
        if path in modules:
            return True
        path = path.rpartition(".")[0]
    return False
