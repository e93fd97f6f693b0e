"""Whether generated classes are slower than eager attention anywhere: whole models, over a grid of settings.

    python benchmarks/grid.py measure                       # hours: writes data/grid.json, then renders
    python benchmarks/grid.py measure gptj bert --seq 1,16  # the cells of these alone, in the place of the old ones
    python benchmarks/grid.py measure --below 0.98 --rounds 99 --seconds 60  # those below it, longer than before
    python benchmarks/grid.py render                        # the tables in docs/benchmarks.md

The grid: float32 and bfloat16; 1, 16, 128, 512 and 2,048 tokens, evaluated and trained, without a mask and with a
padded one; for decoders also one token on a cache of 1,024. The models are those of `python -m codemod bench`, one
sequence each. Eager and ours run in turns, on the same weights; a cell has the median of the paired ratios
eager / ours, above 1 where ours is faster, and its quartiles. With one thread, times are CPU time of the process.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

import torch
from marks import rendered

from codemod import bench

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data" / "grid.json"
DOCS = ROOT / "docs" / "benchmarks.md"

LENGTHS = (1, 16, 128, 512, 2048)
CACHE = 1024
DTYPES = ("float32", "bfloat16")
AIM = 0.98
ROUNDS = 25
DECODERS = ("gptj", "gpt2", "llama", "bloom", "mpt", "codegen", "gpt_neo", "falcon(alibi)")
ENCODERS = ("bert", "roberta", "mpnet", "deberta_v2", "xlnet", "layoutlmv3")
KEYS = ("name", "dtype", "seq", "cache", "train", "padding")
"""What tells one cell from another."""


def settings(model: str, dtype: str, seq: int) -> Iterator[bench.Setting]:
    """All cells of a model with so many tokens; a decoder's one token on a cache, too."""
    for padding in (None, "right"):
        for train in (False, True):
            yield bench.Setting(model, seq, dtype=dtype, train=train, padding=padding)
    if seq == 1 and model in DECODERS:
        yield bench.Setting(model, 1, cache=CACHE, dtype=dtype)
        yield bench.Setting(model, 1, cache=CACHE, dtype=dtype, padding="left")


def measured(setting: bench.Setting, rounds: int, budget: float) -> dict[str, Any]:
    """A cell, of at most so many rounds and about so many seconds."""
    row = bench.widened(setting)
    given = bench.arguments(row, setting)
    eager = bench.loaded(row, setting)
    models = {bench.EAGER: eager, bench.OURS: bench.variant(bench.OURS, row, setting, "generated", eager)}
    calls = {name: bench.call_of(row, setting, model, given) for name, model in models.items()}
    found = bench.interleaved(calls, rounds=rounds, budget=budget)
    ratios = [theirs / own for theirs, own in zip(found[bench.EAGER], found[bench.OURS], strict=True)]
    low, middle, high = quantiles(ratios, n=4, method="inclusive")
    median = {name: quantiles(times, n=4, method="inclusive")[1] for name, times in found.items()}
    cell = {key: getattr(setting, key) for key in KEYS}
    cell |= {name: round(seconds * 1e3, 3) for name, seconds in median.items()}  # in milliseconds
    return cell | {"ratio": round(middle, 4), "low": round(low, 4), "high": round(high, 4), "rounds": len(ratios)}


def tables(data: dict[str, Any]) -> str:
    """How many cells reach the aim, and the ratios, a table for each dtype and mode."""
    lines = [f"Torch {data['torch']}, {data['threads']}. Cells at {AIM} or above, and the least:", ""]
    lines += ["| | evaluated | trained | one token on a cache |", "| --- | --- | --- | --- |"]
    for dtype in DTYPES:
        own = [cell for cell in data["cells"] if cell["dtype"] == dtype]
        kinds = (
            [cell for cell in own if not cell["train"] and not cell["cache"]],
            [cell for cell in own if cell["train"]],
            [cell for cell in own if cell["cache"]],
        )
        lines.append(f"| {dtype} | " + " | ".join(map(_reached, kinds)) + " |")
    columns = [*((seq, 0) for seq in LENGTHS), (1, CACHE)]
    heads = [*(f"{seq:,}" for seq in LENGTHS), f"1 on {CACHE:,}"]
    ratio = {tuple(cell[key] for key in KEYS): cell["ratio"] for cell in data["cells"]}
    for dtype, train in itertools.product(DTYPES, (False, True)):
        used = columns[: len(LENGTHS)] if train else columns
        lines += ["", f"{dtype}, {'trained' if train else 'evaluated'}; without a mask / with a padded one:", ""]
        lines += ["| model | " + " | ".join(heads[: len(used)]) + " |", "| --- " * (len(used) + 1) + "|"]
        for model in (*DECODERS, *ENCODERS):
            texts = []
            for seq, cache in used:
                padded = "left" if cache else "right"
                pair = [ratio.get((model, dtype, seq, cache, train, padding)) for padding in (None, padded)]
                texts.append(" / ".join(f"{found:.2f}" for found in pair if found is not None))
            lines.append(f"| {model} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _reached(cells: Sequence[dict[str, Any]]) -> str:
    ratios = [cell["ratio"] for cell in cells]
    if not ratios:
        return ""
    return f"{sum(ratio >= AIM for ratio in ratios)} of {len(ratios)}, {min(ratios):.2f}"


def documented(data: dict[str, Any]) -> str:
    """docs/benchmarks.md with the tables of `data`."""
    return rendered(DOCS.read_text(encoding="utf-8"), f"\n{tables(data)}\n\n", "grid")


def wanted(given: argparse.Namespace, cells: Sequence[dict[str, Any]]) -> Iterator[bench.Setting]:
    """The settings that the command line asks for; `cells` are what was measured before."""
    below = [tuple(cell[key] for key in KEYS) for cell in cells if given.below and cell["ratio"] < given.below]
    for dtype, seq, model in itertools.product(
        given.dtype.split(","), map(int, given.seq.split(",")), given.models or (*DECODERS, *ENCODERS)
    ):
        for setting in settings(model, dtype, seq):
            if given.below and tuple(getattr(setting, key) for key in KEYS) not in below:
                continue
            if given.mode is None or setting.train == (given.mode == "train"):
                yield setting


def main(words: Sequence[str]) -> int:
    """Measure or render."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("measure", "render"))
    parser.add_argument("models", nargs="*")
    parser.add_argument("--seq", default=",".join(map(str, LENGTHS)))
    parser.add_argument("--dtype", default=",".join(DTYPES))
    parser.add_argument("--mode", choices=("eval", "train"), help="one of the two alone")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--below", type=float, metavar="RATIO", help="cells alone that were found to be below it")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of a cell, at most")
    parser.add_argument("--seconds", type=float, default=6.0, help="for the rounds of a cell, after the third")
    given = parser.parse_intermixed_args(words)
    data = json.loads(DATA.read_text(encoding="utf-8"))
    if given.command == "measure":
        from transformers.utils import logging

        logging.set_verbosity_error()
        torch.set_num_threads(given.threads)
        about = "1 thread, CPU time" if given.threads == 1 else f"{given.threads} threads, time on the wall"
        if data["threads"] != about:
            data["cells"] = []  # what was measured otherwise does not stand beside it
        data |= {"torch": torch.__version__.partition("+")[0], "threads": about}
        for setting in list(wanted(given, data["cells"])):
            cell = measured(setting, given.rounds, given.seconds)
            gc.collect()
            sys.stderr.write(f"{cell}\n")
            data["cells"] = [old for old in data["cells"] if any(old[key] != cell[key] for key in KEYS)] + [cell]
            DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    DOCS.write_text(documented(data), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
