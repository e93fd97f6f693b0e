"""What a command is about: named sources, analysed one by one or in parallel, with results in the same order."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from .ir import ArchReport, Location, Refusal
from .source import Architecture, Library, SourceError


@dataclass(frozen=True)
class Target:
    """One source to analyse: an architecture or a module by name, or a file and the name it is imported by."""

    kind: Literal["arch", "module", "source"]
    name: str
    import_as: str = ""
    unless_reached: bool = False
    """Leave it out where, by a first look, all of it reaches SDPA already."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line options that name it."""
        return (f"--{self.kind}", self.name, *(("--import-as", self.import_as) if self.import_as else ()))

    def architecture(self, library: Library) -> Architecture:
        """Its source. Raises SourceError."""
        if self.kind == "arch":
            return library.architecture(self.name)
        return library.dotted(self.name) if self.kind == "module" else library.file(Path(self.name), self.import_as)


@cache
def library() -> Library:
    """The installed packages, read once for each process."""
    return Library()


def analyse(target: Target) -> ArchReport | Refusal:
    """The report on a target, or why there is none. A defect of the analysis ends in a refusal too, so that it costs
    one architecture and not the run; with CODEMOD_TRACEBACK set it is raised."""
    from .analyzer import analyze, reached_by_itself

    try:
        arch = target.architecture(library())
        if target.unless_reached and reached_by_itself(arch):
            return ArchReport(arch.name, tuple(f.module for f in arch.files), (), (), (), ())
        return analyze(arch)
    except SourceError as error:
        return error.refusal
    except RecursionError:
        return _refusal(target, "SOURCE_TOO_DEEP", "calls or expressions are nested too deeply to follow")
    except Exception as error:
        if os.environ.get("CODEMOD_TRACEBACK"):
            raise
        message = " ".join(f"the analysis failed: {type(error).__name__}: {error}".split())
        return _refusal(target, "INTERNAL", message)
    finally:
        library().forget("transformers.models")


def _refusal(target: Target, code: str, message: str) -> Refusal:
    remedy = "please report this line and the source; CODEMOD_TRACEBACK=1 shows where it comes from"
    return Refusal(code, message, Location(target.import_as or target.name, 1, 1), remedy)


def analyse_all(targets: Sequence[Target], jobs: int) -> Iterator[ArchReport | Refusal]:
    """Results in the order of the targets, from that many processes."""
    if min(jobs, len(targets)) <= 1:
        yield from map(analyse, targets)
        return
    import multiprocessing  # here, since one architecture does not need it
    from concurrent.futures import ProcessPoolExecutor

    # spawn: a fork would copy whatever threads a progress bar has
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(jobs, len(targets)), context, initializer=_begin, initargs=gc.get_threshold()
    ) as pool:
        yield from pool.map(analyse, targets, chunksize=1)


def _begin(*threshold: int) -> None:
    """Sets up a worker, which ends as soon as the process that it works for does, however that ends."""
    import multiprocessing  # a worker has it
    import threading

    gc.set_threshold(*threshold)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
