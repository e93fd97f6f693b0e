"""The output folder: what it holds, and how it changes without ever holding part of a file.

New texts are written beside the old files, all of them, before the first is put in its place; then each is put in its
place by one rename. A full disk is met in the first half; a kill at any moment leaves whole files. Runs into the same
folder wait for each other.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .emitter import REGISTRY, Emission, EmitError, OutputFile
from .ir import Location, Refusal

if sys.platform != "win32":
    import fcntl

TEMPORARY = ".codemod-"


def read(folder: Path) -> dict[str, str]:
    """File name -> text of every Python file in the folder; empty where there is none. What is no regular file (a
    pipe, whose text never ends) is passed over, and so is what a run that was killed had not put in its place.

    Raises EmitError OUTPUT_NOT_WRITABLE where the folder is something else or cannot be read.
    """
    with _reported(folder):
        if not folder.exists():
            return {}
        _require_folder(folder)
        # what is not UTF-8 was not written by us: its text only has to be non-empty and unsealed
        return {
            path.name: path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(folder.glob("*.py"))
            if path.is_file() and not path.name.startswith(TEMPORARY)
        }


def write(folder: Path, emit: Callable[[dict[str, str]], Emission]) -> Emission:
    """Calls `emit` with what the folder holds and writes what it says, while no other run writes there.

    Raises EmitError OUTPUT_NOT_WRITABLE, or whatever `emit` raises; then no file has changed.
    """
    with _reported(folder):
        _require_folder(folder)
        created = [path for path in (folder, *folder.parents) if not path.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _locked(folder):
                emission = emit(read(folder))
                _replace(folder, [file for file in emission.files if file.changed])
        finally:
            for path in created:
                with contextlib.suppress(OSError):  # it holds something, so it stays
                    path.rmdir()
    return emission


def _require_folder(path: Path) -> None:
    for part in (path, *path.parents):
        if part.exists() and not part.is_dir():
            raise _not_writable(part, "it is not a folder")


def _replace(folder: Path, files: Sequence[OutputFile]) -> None:
    for stale in folder.glob(f"{TEMPORARY}*"):  # of a run that was killed: we hold the lock
        stale.unlink(missing_ok=True)
    # the registry comes last: what it names is then there
    ordered = sorted(files, key=lambda file: (file.name == REGISTRY, file.name))
    if blocked := [path for file in ordered if os.path.lexists(path := folder / file.name) and not path.is_file()]:
        raise _not_writable(blocked[0], "it is a folder" if blocked[0].is_dir() else "it is not a regular file")
    try:
        for file in ordered:
            with (folder / f"{TEMPORARY}{file.name}").open("x", encoding="utf-8", newline="\n") as new:
                new.write(file.after)
                new.flush()
                os.fsync(new.fileno())
        for file in ordered:
            os.replace(folder / f"{TEMPORARY}{file.name}", folder / file.name)
    finally:
        for file in ordered:
            (folder / f"{TEMPORARY}{file.name}").unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if sys.platform == "win32":  # it cannot lock a folder: runs do not wait for each other there
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)  # the renames
    finally:
        os.close(handle)


@contextlib.contextmanager
def _reported(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _not_writable(folder, error.strerror or type(error).__name__) from error


def _not_writable(path: Path, reason: str) -> EmitError:
    message = f"nothing was written: {reason[:1].lower()}{reason[1:]}"
    remedy = "name another folder with --out, or make this one writable"
    return EmitError(Refusal("OUTPUT_NOT_WRITABLE", message, Location(path.as_posix(), 1, 1), remedy))
