"""The files of a package that import what another of its files defines, directly or through others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .hierarchy import ClassRef, World
from .source import Library, SourceError, SourceFile

MOST = 200
"""So many files are read; whoever imports a class more often than that has others that say the same."""


def importers(world: World, library: Library, classes: Iterable[ClassRef]) -> tuple[SourceFile, ...]:
    """The files beside those of some classes that import one of them, or a class of another such file. They are found
    by the names in their text first, which costs much less than to parse; what cannot be read is left out."""
    wanted = set(classes)
    beside = {module: text for known in {ref.module for ref in wanted} for module, text in library.beside(known)}
    found: dict[str, SourceFile] = {}
    while wanted and len(found) < MOST:
        named = re.compile(r"\b(?:" + "|".join(sorted({re.escape(ref.name) for ref in wanted})) + r")\b")
        new: set[ClassRef] = set()
        for module in [module for module, text in beside.items() if named.search(text)][: MOST - len(found)]:
            try:
                file = library.module(module)
                if file is None or not any(_imports(world, file, name, wanted) for name in file.imports):
                    continue
            except SourceError:
                continue
            found[module] = file
            del beside[module]
            new |= {ClassRef(module, name) for name in file.classes}
        wanted = new
    return tuple(found.values())


def _imports(world: World, file: SourceFile, name: str, classes: set[ClassRef]) -> bool:
    """Whether an imported name is one of some classes, or a module that has one."""
    path = world.resolve(file, name)
    if path is None:
        return False
    return world.class_at(path) in classes or any(world.class_at(f"{path}.{ref.name}") == ref for ref in classes)
