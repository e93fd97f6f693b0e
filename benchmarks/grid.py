"""Whether generated classes are slower than eager attention anywhere: whole models, over a grid of settings.

    python benchmarks/grid.py measure                       # hours: writes data/grid.json, then renders
    python benchmarks/grid.py measure gptj bert --seq 1,16  # the cells of these alone, in the place of the old ones
    python benchmarks/grid.py render                        # the tables in docs/benchmarks.md

The grid: float32 and bfloat16; 1, 16, 128, 512 and 2,048 tokens, evaluated and trained, without a mask and with a
padded one; for decoders also one token on a cache of 1,024. The models are those of `python -m codemod bench`, one
sequence each. Eager and ours run in turns, on the same weights; a cell has the median of the paired ratios
eager / ours, above 1 where ours is faster, and its quartiles. With one thread, times are CPU time of the process.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

import torch

from codemod import bench

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data" / "grid.json"
DOCS = ROOT / "docs" / "benchmarks.md"

LENGTHS = (1, 16, 128, 512, 2048)
CACHE = 1024
DTYPES = ("float32", "bfloat16")
AIM = 0.98
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
    """A cell."""
    row = bench.widened(setting)
    given = bench.arguments(row, setting)
    eager = bench.loaded(row, setting)
    models = {bench.EAGER: eager, bench.OURS: bench.variant(bench.OURS, row, setting, "generated", eager)}
    calls = {name: bench.call_of(row, setting, model, given) for name, model in models.items()}
    found = bench.interleaved(calls, rounds=rounds, budget=budget)
    ratios = [theirs / own for theirs, own in zip(found[bench.EAGER], found[bench.OURS], strict=True)]
    low, middle, high = quantiles(ratios, n=4, method="inclusive")
    cell = {key: getattr(setting, key) for key in KEYS}
    ms = {name: round(quantiles(times, n=4, method="inclusive")[1] * 1e3, 3) for name, times in found.items()}
    return {
        **cell,
        **ms,
        "ratio": round(middle, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "rounds": len(ratios),
    }


def tables(data: dict[str, Any]) -> str:
    """The ratios, a table for each dtype and mode, and how many cells reach the aim."""
    cells = data["cells"]
    lines = []
    reached = sum(cell["ratio"] >= AIM for cell in cells)
    missed = sorted((cell["ratio"], cell["name"]) for cell in cells if cell["ratio"] < AIM)
    least = f"; the least is {missed[0][0]:.2f} ({missed[0][1]})" if missed else ""
    lines += [
        f"{reached} of {len(cells)} cells are at {AIM} or above{least}. Torch {data['torch']}, {data['threads']}."
    ]
    columns = [*((seq, 0) for seq in LENGTHS), (1, CACHE)]
    heads = [*(f"{seq:,}" for seq in LENGTHS), f"1 on {CACHE:,}"]
    for dtype in DTYPES:
        for train in (False, True):
            some = [cell for cell in cells if cell["dtype"] == dtype and cell["train"] == train]
            used = [place for place, _ in enumerate(columns) if not train or place < len(LENGTHS)]
            lines += ["", f"{dtype}, {'trained' if train else 'evaluated'}; without a mask / with a padded one:", ""]
            lines += ["| model | " + " | ".join(heads[place] for place in used) + " |"]
            lines += ["| --- " * (len(used) + 1) + "|"]
            for model in dict.fromkeys(cell["name"] for cell in some):
                texts = []
                for place in used:
                    here = {
                        bool(cell["padding"]): cell["ratio"]
                        for cell in some
                        if cell["name"] == model and (cell["seq"], cell["cache"]) == columns[place]
                    }
                    texts.append(" / ".join(f"{here[key]:.2f}" for key in (False, True) if key in here))
                lines.append(f"| {model} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def rendered(text: str, content: str) -> str:
    """`text` with `content` between the lines that say where the grid begins and ends."""
    pattern = re.compile(r"(^[^\n]*grid: begin[^\n]*\n).*?(^[^\n]*grid: end[^\n]*$)", re.DOTALL | re.MULTILINE)
    return pattern.sub(lambda match: f"{match[1]}\n{content}\n\n{match[2]}", text)


def main(words: Sequence[str]) -> int:
    """Measure or render."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("measure", "render"))
    parser.add_argument("models", nargs="*", default=None)
    parser.add_argument("--seq", default=",".join(map(str, LENGTHS)))
    parser.add_argument("--dtype", default=",".join(DTYPES))
    parser.add_argument("--mode", choices=("eval", "train"), help="one of the two alone")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=6.0, help="for the rounds of a cell, after the third")
    parser.add_argument("--out", type=Path, default=DATA)
    given = parser.parse_args(words)
    if given.command == "measure":
        from transformers.utils import logging

        logging.set_verbosity_error()
        torch.set_num_threads(given.threads)
        kept = json.loads(given.out.read_text(encoding="utf-8"))["cells"] if given.out.exists() else []
        version = torch.__version__.partition("+")[0]
        about = "1 thread, CPU time" if given.threads == 1 else f"{given.threads} threads, time on the wall"
        for dtype in given.dtype.split(","):
            for seq in map(int, given.seq.split(",")):
                for model in given.models or (*DECODERS, *ENCODERS):
                    for setting in settings(model, dtype, seq):
                        if given.mode is not None and setting.train != (given.mode == "train"):
                            continue
                        cell = measured(setting, given.rounds, given.seconds)
                        gc.collect()
                        sys.stderr.write(f"{cell}\n")
                        kept = [old for old in kept if any(old[key] != cell[key] for key in KEYS)] + [cell]
                        data = {"torch": version, "threads": about, "cells": kept}
                        given.out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    if given.out == DATA:
        content = tables(json.loads(DATA.read_text(encoding="utf-8")))
        DOCS.write_text(rendered(DOCS.read_text(encoding="utf-8"), content), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
