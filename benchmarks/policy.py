"""The kernel policy for CPU, measured: which calls the fused kernel loses to the eager formula, and which are made in
blocks of queries.

    python benchmarks/policy.py measure   # minutes: writes data/kernel_policy.json, then renders; or measure blocks
    python benchmarks/policy.py render    # the constants in templates/_policy.py and the table in docs/runtime.md

Each cell is one attention call as a layer makes it: q, k and v are views `(batch, heads, length, dim)` of what a
linear layer gave (k and v of a cache where there are more keys than queries), and the output becomes
`(batch, length, width)` again. The two sides run in turns, on one thread, in CPU time, which other processes take no
part in. A cell's ratio is the smallest time of eager over the smallest time of SDPA, above 1 where SDPA is faster.
SDPA's side is the runtime's own, with everything that `fuse` and `restore` do.

For each dtype, in inference and in training, for one query and for more, the band is the numbers of scores
(batch x heads x queries x keys) from which on, and below which, the eager formula is to run, so that the least time is
lost over all cells; None where it is never to run. "mixed" has queries and keys in float32 and values in bfloat16, as
where a source casts the former alone; "widened" has a float32 mask beside operands in bfloat16.

"blocks" are causal calls in float32, with `is_causal` or with a bias (one for all heads, or one for each): the time in
blocks of 64 to 512 queries over the time of the whole call, with everything that is looked at for it, each the least
of many; on two threads, which wait for each other at the end of each block, on the wall's clock. For each number of
queries the size with the smallest geometric mean is taken, or the whole call.

"narrow" are calls of the cells "mixed" whose queries and keys were cast from bfloat16: the time of the kernel on these
as they were before over its time on the casts; from so many queries on as it gains (geometric mean of the masks).
"""

from __future__ import annotations

import importlib
import itertools
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from marks import rendered

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data" / "kernel_policy.json"
TEMPLATES = ROOT / "templates"
POLICY = TEMPLATES / "_policy.py"
DOCS = ROOT / "docs" / "runtime.md"

SQUARE = (1, 16, 32, 64, 128, 256, 512, 768, 1024, 2048)
ON_CACHE = ((1, 128), (1, 1024), (16, 1024), (128, 1024))
WIDEST = 256
"""Other sizes of heads and batches are measured up to so many queries."""
MASKS = ("none", "float", "causal")
DTYPES = {
    "float32": ("float32", "float32", "float32"),
    "bfloat16": ("bfloat16", "bfloat16", "bfloat16"),
    "float16": ("float16", "float16", "float16"),
    "mixed": ("float32", "float32", "bfloat16"),
    "widened": ("bfloat16", "float32", "bfloat16"),
}
"""The dtypes of query and key, of the scores (and of a mask that is added), and of value."""
SECONDS = 0.12
"""Of measuring per cell, at least; and at least so many pairs:"""
PAIRS = 5
DRAW = 1.1
"""Up to this, SDPA's time over eager's counts as no loss where there is more than one query: SDPA needs no memory for
the scores."""
BLOCKS = "blocks"
NARROW = "narrow"
MARKS = "kernel policy"
BLOCK_ROWS = (256, 384, 512, 768, 1024, 1536, 2048)
BLOCK_SIZES = (64, 128, 256, 512)
BLOCK_DRAW = 1.03
"""What blocks, or operands in bfloat16, are to gain at least."""
NARROW_ROWS = (128, 256, 384, 512, 768, 1024, 2048)
HIDING = {"is_causal": "`is_causal`", "mask": "a mask", "bias": "a bias for each head"}
MODES = ("eval", "train")


Band = tuple[int, int | None]


@dataclass(frozen=True)
class Cell:
    """One call: `heads` counts batch times heads, `train` runs the backward as well."""

    dtype: str
    heads: int
    queries: int
    keys: int
    head_dim: int
    mask: str
    train: bool


def cells() -> Iterator[Cell]:
    """Every cell that is measured. float16, whose eager formula has no kernels of its own on most CPUs, is measured
    where the answer is in doubt: with few queries."""
    shapes = [*((n, n) for n in SQUARE), *ON_CACHE]
    for dtype, (queries, keys), mask, train in itertools.product(DTYPES, shapes, MASKS, (False, True)):
        if (dtype == "float16" and (queries > 16 or mask != "float")) or (mask == "causal" and queries != keys):
            continue
        if dtype == "widened" and mask == "none":
            continue
        yield Cell(dtype, 12, queries, keys, 64, mask, train)
        if mask == "float" and queries <= WIDEST:
            for heads, head_dim in ((4, 64), (48, 64), (12, 128)):
                yield Cell(dtype, heads, queries, keys, head_dim, mask, train)


# Measuring -----------------------------------------------------------------------------------------------------------


def runtime() -> ModuleType:
    """The templates' runtime as a module, with its policy out of the way."""
    package = ModuleType("measured_runtime")
    package.__path__ = [str(TEMPLATES)]
    sys.modules[package.__name__] = package
    fused: Any = importlib.import_module(f"{package.__name__}._fused")
    fused.eager_wins = fused.eager_by_size = lambda *_, **__: False
    fused.narrow_wins = lambda *_, **__: True
    return importlib.import_module(f"{package.__name__}._runtime")


def sides(cell: Cell, module: ModuleType) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What eager does, and what SDPA does, on the same operands."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    dtype, mask_dtype, value_dtype = (getattr(torch, name) for name in DTYPES[cell.dtype])
    batch, heads = max(1, cell.heads // 12), min(cell.heads, 12)

    def operand(length: int, dtype: torch.dtype, *, cached: bool = False) -> torch.Tensor:
        shape = (batch, heads, length, cell.head_dim) if cached else (batch, length, heads, cell.head_dim)
        made = torch.randn(shape).to(dtype).requires_grad_(cell.train)
        return made if cached else made.transpose(1, 2)

    cached = cell.keys != cell.queries
    query, key = operand(cell.queries, dtype), operand(cell.keys, dtype, cached=cached)
    value = operand(cell.keys, value_dtype, cached=cached)
    seen = torch.ones(cell.queries, cell.keys, dtype=torch.bool).tril(cell.keys - cell.queries)
    seen = seen.expand(batch, 1, cell.queries, cell.keys).contiguous()
    smallest = torch.zeros(seen.shape, dtype=mask_dtype).masked_fill(~seen, torch.finfo(dtype).min)
    bias = {"none": None, "bool": seen, "float": smallest, "causal": None}[cell.mask]
    eager_bias = smallest if cell.mask == "causal" else bias
    layer, scale = nn.Module(), cell.head_dim**-0.5

    def finish(output: torch.Tensor) -> torch.Tensor:
        merged = output.transpose(1, 2).reshape(batch, cell.queries, heads * cell.head_dim)
        if cell.train:
            torch.autograd.backward(merged, torch.ones_like(merged), inputs=(query, key, value))
        return merged

    def eager() -> torch.Tensor:
        causal = False if cell.mask == "bool" else None
        return finish(module.eager_attention(query, key, value, eager_bias, scale, 0.0, causal=causal)[0])

    def fused() -> torch.Tensor:
        causal = {"bool": False, "causal": True}.get(cell.mask)
        call = module.fuse(layer, query, key, value, bias, scale, 0.0, causal=causal)
        output = nn.functional.scaled_dot_product_attention(
            call.query, call.key, call.value, attn_mask=call.bias, is_causal=call.is_causal, scale=call.scale
        )
        return finish(module.restore(output, call))

    return eager, fused


def measured(cell: Cell, module: ModuleType) -> dict[str, float]:
    """The ratio of the smallest times of each side, and SDPA's in microseconds."""
    import torch

    eager, fused = sides(cell, module)
    with torch.set_grad_enabled(cell.train):
        fused()
        eager()
        repeats = max(1, int(2e-4 / min(_seconds(fused, 1) for _ in range(3))))
        times: list[tuple[float, float]] = []
        start = time.process_time()
        while len(times) < PAIRS or (time.process_time() - start < SECONDS and len(times) < 100):
            times.append((_seconds(eager, repeats), _seconds(fused, repeats)))
    theirs, ours = (min(side) for side in zip(*times, strict=True))
    return {"ratio": round(theirs / ours, 3), "us": round(ours * 1e6, 1)}


def measured_blocks() -> Iterator[dict[str, Any]]:
    """For each causal call: the time in blocks of each size over that of the whole call, and the latter's in us."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    torch.set_num_threads(2)
    module = runtime()
    blocks: Any = importlib.import_module("measured_runtime._blocks")
    blocks.LEAST_ROWS_FOR_BLOCKS = min(BLOCK_ROWS)
    layer = nn.Module()
    for hiding, rows, train in itertools.product(HIDING, BLOCK_ROWS, (False, True)):
        made = [torch.randn(1, rows, 12, 64).requires_grad_(train).transpose(1, 2) for _ in range(3)]
        later = torch.full((rows, rows), torch.finfo(torch.float32).min).triu(1)
        bias = {"is_causal": None, "mask": later[None, None]}.get(hiding, torch.randn(1, 12, rows, rows) + later)
        if hiding == "mask":
            bias[..., 1:, 0] = -1.0  # type: ignore[index]  # nothing that `is_causal` could stand for

        def attention(size: int) -> None:
            blocks.rows_of_block = lambda *_, **__: size
            call = module.fuse(layer, *made, bias, 0.125, 0.0, causal=bias is None)  # noqa: B023
            fused = nn.functional.scaled_dot_product_attention(
                call.query, call.key, call.value, attn_mask=call.bias, is_causal=call.is_causal, scale=call.scale
            )
            merged = module.restore(fused, call).transpose(1, 2).reshape(1, rows, 768)  # noqa: B023
            if train:  # noqa: B023
                torch.autograd.backward(merged, torch.ones_like(merged), inputs=made)  # noqa: B023

        sizes = [0, *(size for size in BLOCK_SIZES if size < rows)]
        with torch.set_grad_enabled(train):
            times: dict[int, list[float]] = {size: [] for size in sizes}
            start = time.perf_counter()
            while len(times[0]) < PAIRS + 1 or time.perf_counter() - start < 2 * SECONDS * len(sizes):
                for size in sizes:
                    times[size].append(_seconds(partial(attention, size), 1, time.perf_counter))
        least = {size: min(found[1:]) for size, found in times.items()}
        ratios = {str(size): round(least[size] / least[0], 3) for size in sizes[1:]}
        yield {"hiding": hiding, "queries": rows, "train": train, "us": round(least[0] * 1e6, 1), "ratios": ratios}


def measured_narrow() -> Iterator[dict[str, Any]]:
    """For each call whose query and key are cast to float32: the kernel's time on them as they were over its time on
    the casts, and the latter in us."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    module, layer = runtime(), nn.Module()
    for mask, rows, train in itertools.product(MASKS, NARROW_ROWS, (False, True)):
        made = [torch.randn(1, rows, 12, 64, dtype=torch.bfloat16).requires_grad_(train) for _ in range(3)]
        query, key, value = (each.transpose(1, 2) for each in made)
        later = torch.full((rows, rows), torch.finfo(torch.bfloat16).min, dtype=torch.bfloat16).triu(1)[None, None]
        later[..., 1:, 0] = -1.0  # nothing that `is_causal` could stand for
        bias = later if mask == "float" else None

        def attention(narrow: tuple[torch.Tensor, torch.Tensor] | None) -> None:
            wide = query.to(torch.float32), key.to(torch.float32)  # noqa: B023
            call = module.fuse(layer, *wide, value, bias, 0.125, 0.0, causal=mask == "causal", narrow=narrow)  # noqa: B023
            fused = nn.functional.scaled_dot_product_attention(
                call.query, call.key, call.value, attn_mask=call.bias, is_causal=call.is_causal, scale=call.scale
            )
            merged = module.restore(fused, call).transpose(1, 2).reshape(1, rows, 768)  # noqa: B023
            if train:  # noqa: B023
                torch.autograd.backward(merged, torch.ones_like(merged), inputs=made)  # noqa: B023

        times: list[tuple[float, float]] = []
        start = time.process_time()
        with torch.set_grad_enabled(train):
            while len(times) < PAIRS + 1 or time.process_time() - start < 4 * SECONDS:
                times.append((_seconds(partial(attention, None), 1), _seconds(partial(attention, (query, key)), 1)))
        wide, narrow = (min(side) for side in zip(*times[1:], strict=True))
        told = {"mask": mask, "queries": rows, "train": train}
        yield {**told, "us": round(wide * 1e6, 1), "ratio": round(narrow / wide, 3)}


def _seconds(call: Callable[[], Any], repeats: int, clock: Callable[[], float] = time.process_time) -> float:
    start = clock()
    for _ in range(repeats):
        call()
    return (clock() - start) / repeats


def measure(dtypes: Sequence[str]) -> list[dict[str, Any]]:
    """All cells of some dtypes."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    torch.set_num_threads(1)
    module = runtime()
    found = []
    for cell in cells():
        if cell.dtype in dtypes:
            found.append({**asdict(cell), **measured(cell, module)})
            sys.stderr.write(f"{json.dumps(found[-1])}\n")
    return found


def processor() -> str:
    """The CPU's name and what it can do that matters here."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    given = dict(line.split(":", 1) for line in lines if ":" in line)
    told = {key.strip(): value.split() for key, value in given.items()}
    features = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in told.get("flags", ())]
    return " ".join([*told.get("model name", ()), *features])


# Deriving ------------------------------------------------------------------------------------------------------------


def scores(cell: Mapping[str, Any]) -> int:
    """How many scores a call has."""
    return int(cell["heads"] * cell["queries"] * cell["keys"])


def band(found: Sequence[Mapping[str, Any]]) -> Band | None:
    """The powers of two, in scores, from which on and below which eager is to run, so that least is lost."""

    def lost(limits: tuple[float, float]) -> float:
        total = 0.0
        for cell in found:
            gain, draw = math.log(cell["ratio"]), math.log(DRAW) if cell["queries"] > 1 else 0.0
            total += max(0.0, gain if limits[0] <= scores(cell) < limits[1] else -gain - draw)
        return total

    most = max(map(scores, found), default=0)
    powers = [2.0**power for power in range(30, -1, -1) if 2.0**power <= most]
    pairs = itertools.product([math.inf, *powers], [math.inf, *powers])
    best = min((pair for pair in pairs if pair[0] < pair[1] or pair[0] == math.inf), key=lost)
    return None if best[0] == math.inf else (int(best[0]), None if best[1] == math.inf else int(best[1]))


def bands(data: Mapping[str, Any]) -> dict[str, tuple[Band | None, ...]]:
    """For each dtype: one query in inference, more queries in inference, one in training, more in training."""
    found: dict[str, tuple[Band | None, ...]] = {}
    for dtype in DTYPES:
        own = [cell for cell in data["cells"] if cell["dtype"] == dtype]
        groups = [
            [cell for cell in own if cell["train"] == train and (cell["queries"] == 1) == one]
            for train in (False, True)
            for one in (True, False)
        ]
        found[dtype] = tuple(map(band, groups))
    return found


def constants(data: Mapping[str, Any]) -> str:
    """The lines of templates/_policy.py between the marks."""
    tables = block_sizes(data)
    least = min(rows for table in tables.values() for rows, size in table if size)
    kept = {kind: tuple(pair for pair in table if pair[0] >= least) for kind, table in tables.items()}
    lines = ["_EAGER: dict[tuple[torch.dtype, torch.dtype, torch.dtype], tuple[tuple[float, float], ...]] = {"]
    for dtype, found in bands(data).items():
        lines.append(f"    ({', '.join(f'torch.{name}' for name in DTYPES[dtype])}): (")
        lines += [f"        ({', '.join(map(_power, limits))})," if limits else "        _NEVER," for limits in found]
        lines.append("    ),")
    sizes = [f"    {kind}: {table}," for kind, table in kept.items()]
    lines += ["}", f"LEAST_ROWS_FOR_BLOCKS = {least}", "_BLOCKS = {", *sizes, "}", _narrow(data)]
    return "\n".join(lines) + "\n"


def _narrow(data: Mapping[str, Any]) -> str:
    told = (f"{train}: {rows or 'math.inf'}" for train, rows in narrow_rows(data).items())
    return f"_NARROW = {{{', '.join(told)}}}"


def narrow_rows(data: Mapping[str, Any]) -> dict[bool, int | None]:
    """In inference and in training (True), from how many queries on operands in bfloat16 gain, and all more do."""
    found: dict[bool, int | None] = {}
    for train in (False, True):
        ratios = {
            rows: [cell["ratio"] for cell in data[NARROW] if (cell["queries"], cell["train"]) == (rows, train)]
            for rows in NARROW_ROWS
        }
        gains = {rows: math.prod(own) ** (1 / len(own)) * BLOCK_DRAW < 1.0 for rows, own in ratios.items()}
        gaining = itertools.takewhile(gains.__getitem__, reversed(NARROW_ROWS))
        found[train] = min(gaining, default=None)
    return found


def block_sizes(data: Mapping[str, Any]) -> dict[tuple[bool, bool], tuple[tuple[int, int], ...]]:
    """For `is_causal` (True) and for a bias, in training (True) and in inference: the queries of a block (0: the whole
    call), from so many queries on."""
    found: dict[tuple[bool, bool], tuple[tuple[int, int], ...]] = {}
    for is_causal, train in itertools.product((True, False), (False, True)):
        table: list[tuple[int, int]] = []
        for rows in BLOCK_ROWS:
            own = [
                cell["ratios"]
                for cell in data[BLOCKS]
                if (cell["queries"], cell["train"]) == (rows, train) and (cell["hiding"] == "is_causal") == is_causal
            ]
            costs = {0: 0.0}
            for size in (size for size in BLOCK_SIZES if own and size < rows):
                costs[size] = sum(math.log(ratios[str(size)]) for ratios in own) / len(own)
            best = min(costs, key=lambda size: costs[size])
            size = best if costs[best] < -math.log(BLOCK_DRAW) else 0
            if not table or table[-1][1] != size:
                table.append((rows, size))
        if is_causal and table[-1][1]:
            table.append((BLOCK_ROWS[-1] + 1, 0))  # what was not measured stays whole
        found[is_causal, train] = tuple(table)
    return found


def _power(limit: int | None) -> str:
    return "_MOST" if limit is None else f"2.0**{limit.bit_length() - 1}"


def tables(data: Mapping[str, Any]) -> str:
    """The lines of docs/runtime.md between the marks."""
    kept = [
        (cell["queries"], cell["keys"]) for cell in data["cells"] if cell["heads"] == 12 and cell["head_dim"] == 64
    ]
    shapes = sorted(dict.fromkeys(kept), key=lambda shape: (shape[0] != shape[1], shape))
    ratios = {
        (cell["dtype"], cell["train"], cell["mask"], cell["queries"], cell["keys"]): cell["ratio"]
        for cell in data["cells"]
        if cell["heads"] == 12 and cell["head_dim"] == 64
    }
    lines = [
        f"Torch {data['torch']}, {data['cpu']}; 12 heads of 64:",
        "",
        "| queries x keys | " + " | ".join(f"{queries}x{keys}" for queries, keys in shapes) + " |",
        "| --- |" + " --- |" * len(shapes),
    ]
    for dtype, train, mask in itertools.product(DTYPES, (False, True), MASKS):
        row = [ratios.get((dtype, train, mask, *shape)) for shape in shapes]
        if any(row):
            name = f"{dtype}, {'train' if train else 'eval'}, {'no' if mask == 'none' else mask} mask"
            lines.append(f"| {name} | " + " | ".join("" if value is None else f"{value:.2f}" for value in row) + " |")
    lines += [
        "",
        "The eager formula runs from so many scores (batch x heads x queries x keys) on, and below so many:",
        "",
        "| | one query, eval | more, eval | one query, train | more, train |",
        "| --- | --- | --- | --- | --- |",
    ]
    for dtype, found in bands(data).items():
        lines.append(f"| {dtype} | " + " | ".join(map(_told, found)) + " |")
    lines += [
        "",
        "Causal calls in blocks of so many queries: time over that of the whole call, below 1 where they win; on two",
        "threads, float32, 12 heads of 64:",
        "",
        "| queries | hidden by | " + " | ".join(f"{size}, {mode}" for mode in MODES for size in BLOCK_SIZES) + " |",
        "| --- | --- |" + " --- |" * len(BLOCK_SIZES) * len(MODES),
    ]
    ratios_of = {(cell["hiding"], cell["queries"], cell["train"]): cell["ratios"] for cell in data[BLOCKS]}
    for hiding, rows in itertools.product(HIDING, BLOCK_ROWS):
        row = [ratios_of[hiding, rows, train].get(str(size)) for train in (False, True) for size in BLOCK_SIZES]
        told = " | ".join("" if value is None else f"{value:.2f}" for value in row)
        lines.append(f"| {rows} | {HIDING[hiding]} | {told} |")
    lines += ["", "Queries of a block, from so many queries of the call on:", "", "| hidden by | |", "| --- | --- |"]
    for (is_causal, train), table in block_sizes(data).items():
        told = ", ".join(f"{size or 'whole'} from {rows}" for rows, size in table)
        lines.append(f"| {'`is_causal`' if is_causal else 'a bias'}, {MODES[train]} | {told} |")
    lines += [
        "",
        "Queries and keys that the source casts from bfloat16 to float32, given to the kernel as they were before:",
        "time over that of the casts, below 1 where it gains; 12 heads of 64:",
        "",
        "| | " + " | ".join(map(str, NARROW_ROWS)) + " |",
        "| --- |" + " --- |" * len(NARROW_ROWS),
    ]
    narrow = {(cell["mask"], cell["train"], cell["queries"]): cell["ratio"] for cell in data[NARROW]}
    for train, mask in itertools.product((False, True), MASKS):
        told = " | ".join(f"{narrow[mask, train, rows]:.2f}" for rows in NARROW_ROWS)
        lines.append(f"| {MODES[train]}, {'no' if mask == 'none' else mask} mask | {told} |")
    starts = ", ".join(
        f"{MODES[train]} {'never' if rows is None else f'from {rows} queries on'}"
        for train, rows in narrow_rows(data).items()
    )
    lines += ["", f"So it is done on a CPU: {starts}."]
    return "\n".join(lines) + "\n"


def _told(limits: Band | None) -> str:
    if limits is None:
        return "never"
    return f"{limits[0]:,}" + ("" if limits[1] is None else f" to {limits[1]:,}")


def files(data: Mapping[str, Any]) -> dict[Path, str]:
    """What the files that hold the policy should say."""
    contents = {POLICY: constants(data), DOCS: "\n" + tables(data) + "\n"}
    return {path: rendered(path.read_text(encoding="utf-8"), content, MARKS) for path, content in contents.items()}


def save(data: Mapping[str, Any]) -> None:
    """Write the measurements, one cell a line."""
    lines = ",\n".join(f"  {json.dumps(cell)}" for cell in data["cells"])
    blocks = ",\n".join(f"  {json.dumps(cell)}" for cell in data[BLOCKS])
    narrow = ",\n".join(f"  {json.dumps(cell)}" for cell in data[NARROW])
    head = "".join(f"{json.dumps(key)}: {json.dumps(data[key])},\n" for key in ("torch", "cpu"))
    text = f'{{\n{head}"cells": [\n{lines}\n],\n"{BLOCKS}": [\n{blocks}\n],\n"{NARROW}": [\n{narrow}\n]\n}}\n'
    DATA.write_text(text, encoding="utf-8")


def main(words: Sequence[str]) -> int:
    """Measure or render."""
    command, *dtypes = words or [""]
    if command not in ("measure", "render") or not set(dtypes) <= {*DTYPES, BLOCKS, NARROW}:
        known = "|".join((*DTYPES, BLOCKS, NARROW))
        sys.stderr.write(f"usage: python benchmarks/policy.py measure [{known} ...] | render\n")
        return 2
    if command == "measure":
        import torch

        wanted = dtypes or [*DTYPES, BLOCKS, NARROW]
        kept = json.loads(DATA.read_text(encoding="utf-8")) if dtypes else {"cells": []}
        cells_now = [cell for cell in kept["cells"] if cell["dtype"] not in wanted] + measure(wanted)
        narrow = list(measured_narrow()) if NARROW in wanted else kept[NARROW]
        blocks = list(measured_blocks()) if BLOCKS in wanted else kept[BLOCKS]
        version = torch.__version__.partition("+")[0]
        save({"torch": version, "cpu": processor(), "cells": cells_now, BLOCKS: blocks, NARROW: narrow})
    for path, text in files(json.loads(DATA.read_text(encoding="utf-8"))).items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
