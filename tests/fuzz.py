"""Random attention programs for as long as one likes: `python tests/fuzz.py --programs 50000`.

Prints how many programs were tried, converted, refused (by code), different (must be 0) and crashed (must be 0), and
which share of those that are expressible by construction was converted. A program that differs is shrunk and written
as a case file with `--keep DIR`.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import multiprocessing
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from conversion import judge  # noqa: E402
from programs import Program, compose  # noqa: E402

CHUNK = 50


def say(line: str) -> None:
    """The figures go to stdout."""
    sys.stdout.write(f"{line}\n")


@dataclass
class Tally:
    """What was seen so far."""

    tried: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    expressible: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    """Codes of the refusals of expressible programs."""
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    """(seed, hazard, first detail) of the programs that differ or crash the tool."""

    def add(self, other: Tally) -> None:
        """Joins two tallies."""
        self.tried += other.tried
        for name in ("kinds", "codes", "labels", "expressible", "missed"):
            getattr(self, name).update(getattr(other, name))
        self.bad += other.bad


def program_of(seed: int) -> Program:
    """The program of a seed."""
    return compose(random.Random(seed).choice)


def attempt(seeds: range) -> Tally:
    """Tries the programs of some seeds, in a process of its own."""
    import torch

    torch.set_num_threads(1)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            program = program_of(seed)
            verdict = judge(program.source, Path(folder), f"program_{seed}")
            tally.tried += 1
            tally.kinds[verdict.kind] += 1
            tally.codes.update(verdict.codes if verdict.kind == "refused" else ())
            tally.labels[f"{program.expressible} {verdict.kind}"] += 1
            if program.expressible:
                tally.expressible[verdict.kind] += 1
                if verdict.kind != "converted":
                    tally.missed[", ".join(verdict.codes) or verdict.kind] += 1
            if verdict.unsound:
                tally.bad.append((seed, program.hazard, verdict.details[0] if verdict.details else ""))
    return tally


def shrink(seed: int, folder: Path) -> Program:
    """The simplest program with the same fault that is found by taking simpler choices, one after another."""

    def recorded(choices: Sequence[int]) -> tuple[Program, list[int]]:
        taken: list[int] = []

        def pick(options: Sequence[Any]) -> Any:
            index = choices[len(taken)] if len(taken) < len(choices) else 0
            taken.append(min(index, len(options) - 1))
            return options[taken[-1]]

        return compose(pick), taken

    generator = random.Random(seed)
    first: list[int] = []

    def draw(options: Sequence[Any]) -> Any:
        first.append(generator.choice(range(len(options))))
        return options[first[-1]]

    compose(draw)
    best, choices = recorded(first)

    def fault(program: Program, name: str) -> tuple[str, ...]:
        verdict = judge(program.source, folder, name)
        return (verdict.kind, *map(outline, verdict.details[:1])) if verdict.unsound else ()

    sought = fault(best, "shrunk")
    improved, turn = True, 0
    while improved:
        improved = False
        for index in range(len(choices)):
            # one choice less, or the simplest in its place
            candidates = [[*choices[:index], *choices[index + 1 :]], [*choices[:index], 0, *choices[index + 1 :]]]
            for candidate in candidates:
                program, taken = recorded(candidate)
                if (len(program.source), taken) >= (len(best.source), choices):
                    continue
                turn += 1
                if fault(program, f"shrunk_{turn}") == sought:
                    best, choices, improved = program, taken, True
                    break
            if improved:
                break
    return best


def outline(detail: str) -> str:
    """What is the same in a fault from program to program: no names, no numbers."""
    return re.sub(r"'\w+'|[\d.e+-]+|\[.*?\]", "_", detail)


def faults(tally: Tally) -> list[tuple[int, int, str, str]]:
    """(count, first seed, hazard, detail) for each kind of fault, the most frequent first."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for seed, hazard, detail in tally.bad:
        found.setdefault((hazard, outline(detail)), []).append((seed, detail))
    return sorted(
        ((len(items), items[0][0], hazard, items[0][1]) for (hazard, _), items in found.items()),
        key=lambda f: (-f[0], f),
    )


def report(tally: Tally, seconds: float) -> None:
    """The figures."""
    expressible = sum(tally.expressible.values())
    share = tally.expressible["converted"] / expressible if expressible else 1.0
    say(f"programs tried       {tally.tried}   in {seconds:.0f} s")
    for kind in ("converted", "refused", "silent", "hidden", "different", "crashed"):
        say(f"{kind:<20} {tally.kinds[kind]}{'   (must be 0)' if kind in ('different', 'crashed') else ''}")
    say(f"expressible          {expressible}, converted {share:.1%}")
    for title, counter in (("refused by code", tally.codes), ("expressible, but refused", tally.missed)):
        say(f"{title}:")
        for code, count in counter.most_common(30):
            say(f"  {count:>7}  {code}")
    for count, seed, hazard, detail in faults(tally):
        say(f"BAD {count:>5} times, as seed {seed}: {hazard or 'plain'}: {detail.strip()[:200]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs; 0 if nothing was different and nothing crashed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write shrunk counter-examples there, as case files")
    parser.add_argument("--show", action="store_true", help="print the program of --seed and what becomes of it")
    options = parser.parse_args(arguments)
    if options.show:
        return show(options.seed)
    started = time.monotonic()
    last = options.seed + options.programs
    chunks = [range(start, min(start + CHUNK, last)) for start in range(options.seed, last, CHUNK)]
    tally = Tally()
    pool = multiprocessing.get_context("spawn").Pool(options.processes, maxtasksperchild=40)
    with pool, contextlib.suppress(KeyboardInterrupt):  # an interrupted run gives the figures of what it tried
        for part in pool.imap_unordered(attempt, chunks):
            tally.add(part)
            for seed, hazard, detail in part.bad:  # a long run may be stopped before its figures
                sys.stderr.write(f"seed {seed}: {hazard or 'plain'}: {detail.strip()[:200]}\n")
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{tally.tried} tried, {len(tally.bad)} bad")
    tally.bad.sort()
    report(tally, time.monotonic() - started)
    if options.keep:
        keep(tally, options.keep)
    return int(bool(tally.bad))


def show(seed: int) -> int:
    """Prints one program with its verdict."""
    program = program_of(seed)
    with tempfile.TemporaryDirectory() as folder:
        verdict = judge(program.source, Path(folder), f"program_{seed}")
    say(program.source)
    say(f"# {verdict.kind} {' '.join(verdict.codes)}")
    say("\n".join(f"# {line}" for line in verdict.details))
    return int(verdict.unsound)


def keep(tally: Tally, folder: Path) -> None:
    """One case file for each kind of fault, shrunk."""
    for _, seed, hazard, _ in faults(tally):
        with tempfile.TemporaryDirectory() as scratch:
            program = shrink(seed, Path(scratch))
        name = f"either_found_{hashlib.sha256(program.source.encode()).hexdigest()[:8]}.py"
        text = re.sub(r"^EXPECT = .*$", 'EXPECT = "either"', program.source, count=1, flags=re.MULTILINE)
        (folder / name).write_text(text, encoding="utf-8")
        say(f"kept seed {seed} ({hazard or 'plain'}) as {folder / name}")


if __name__ == "__main__":
    sys.exit(main())
