"""Time and memory of generated classes beside eager attention, on models of a realistic width.

A bench model is a row of `tiny_models.json`, widened by `data/bench_models.json` (or by settings of the command
line), so that the lengths asked for fit in. Of each model these variants run in turns, on the same weights and inputs:

- `eager`: the model as it is, in eager attention;
- `ours`: the same, transformed;
- `native`: loaded with transformers' own SDPA, where it has one;
- `eager compiled`, `ours compiled`: under `torch.compile`, if asked for;
- `free`: transformed, but the core softmax(scale * Q Kᵀ + bias) V gives back a tensor of the context's shape and costs
  nothing. What comes before and after it (projections, masks, biases) is still computed. No attention can be faster.

In each round every variant is timed once, so that what else the machine does touches all of them. A ratio is the
eager time of a round over the variant's, above 1 where the variant is faster; its median and quartiles are told. The
gain captured is (eager - ours) / (eager - free), round by round, its median told. With one thread, times are CPU time
of the process; with more, time on the wall, and other processes disturb them far more than their share. Memory is
measured in a fresh process for each variant: the peak of one call above what the process holds before it, weights and
inputs included.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import functools
import gc
import importlib
import json as json_format
import math
import multiprocessing
import statistics
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .tiny import Padding, TinyModel, build, forward, inputs, rows, table, tensors

EAGER, OURS, NATIVE, FREE = "eager", "ours", "native", "free"
COMPILED = " compiled"
MARGIN = 8
"""Positions beyond the length asked for: some models start to count at a padding index."""
SAMPLE = 0.02
"""Seconds that one sample takes at least; shorter calls are repeated."""


@dataclass(frozen=True)
class Setting:
    """What is measured. `seq` tokens go in at each call, onto `cache` that went in before; `batch` sequences."""

    name: str
    seq: int
    cache: int = 0
    batch: int = 1
    dtype: str = "float32"
    device: str = "cpu"
    padding: Padding | None = None
    train: bool = False
    overrides: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Timing:
    """One variant. `ms` is the median time of a call; `ratio`, `low` and `high` are median and quartiles of eager's
    time over this one's; `memory` is the peak in MiB above what was held before the call, None where not measured."""

    ms: float
    ratio: float
    low: float
    high: float
    memory: float | None = None


@dataclass(frozen=True)
class Result:
    """A setting with its variants by name. `gain` is the share of what attention costs in eager that ours saves, None
    where attention costs nothing that can be measured; `added`: bytes of parameters and buffers that ours adds."""

    setting: Setting
    variants: Mapping[str, Timing]
    gain: float | None
    added: int


# Models --------------------------------------------------------------------------------------------------------------


@functools.cache
def wide() -> Mapping[str, Mapping[str, Any]]:
    """`bench_models.json`: the name of a row -> `config`, values in place of the row's; `positions`, the configuration
    values that bound the length; `image`, for a model whose tokens are patches of one image: the configuration value
    that holds its `size`, and the edge of a `patch`."""
    inside = Path(__file__).parent / "_data"
    folder = inside if inside.is_dir() else Path(__file__).parent.parent / "data"
    found: dict[str, dict[str, Any]] = json_format.loads((folder / "bench_models.json").read_text(encoding="utf-8"))
    return found


def names(arch: str) -> list[str]:
    """The bench models of an architecture, else its rows in the table of tiny models. Empty where there is none."""
    known = [row.name for row in rows(arch)]
    return [name for name in known if name in wide()] or known


def widened(setting: Setting) -> TinyModel:
    """The row of a setting: wider, long enough, and with inputs of the setting's length.

    Raises:
        KeyError: there is no such row.
        ValueError: the row says that no model can be built, and why.

    """
    row, entry = table()[setting.name], wide().get(setting.name, {})
    if row.reason:
        raise ValueError(row.reason)
    config: dict[str, Any] = copy.deepcopy({**(row.config or {}), **entry.get("config", {})})
    total = setting.cache + setting.seq
    for key in entry.get("positions", ()):
        config[key] = total + MARGIN
    shapes = {key: dict(given) if isinstance(given, dict) else {"shape": given} for key, given in row.inputs.items()}
    length = shapes[row.tokens]["shape"][1]
    if image := entry.get("image"):
        config[image["size"]] = edge = image["patch"] * math.isqrt(total)
        for given in shapes.values():
            given["shape"] = [*given["shape"][:-2], edge, edge]
    else:
        for given in shapes.values():
            if shape := given.get("shape"):
                given["shape"] = [shape[0], *(total if size == length else size for size in shape[1:])]
    for path, value in setting.overrides:
        *parents, last = path.split(".")
        target = config
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = value
    return replace(row, config=config if row.config is not None else None, inputs=shapes)


def arguments(row: TinyModel, setting: Setting) -> dict[str, Tensor]:
    """The inputs of a setting, on its device. Without padding there is no mask among them."""
    found = inputs(row, batch=setting.batch if row.resizable else None, padding=setting.padding)
    if setting.padding is None and found.get("attention_mask", torch.empty(0)).ndim == 2:
        del found["attention_mask"]
    return {key: value.to(setting.device) for key, value in found.items()}


def loaded(row: TinyModel, setting: Setting, implementation: str = "eager") -> nn.Module:
    """The model of a setting, in its dtype and mode, on its device."""
    model = build(row, implementation=implementation).to(setting.device, getattr(torch, setting.dtype))
    return model.train(setting.train)


def variant(name: str, row: TinyModel, setting: Setting, package: str, like: nn.Module | None = None) -> nn.Module:
    """The model of a variant; `like` is the eager model whose parameters it is to share.

    Raises:
        ValueError: the model has no such variant.

    """
    kind = name.removesuffix(COMPILED)
    if kind == NATIVE:
        model = loaded(row, setting, "sdpa")
        if model.config._attn_implementation != "sdpa":  # type: ignore[union-attr]  # a configuration
            raise ValueError(f"{setting.name}: not loaded with SDPA")
        if like is not None:
            model.load_state_dict(like.state_dict(keep_vars=True), assign=True)
    else:
        model = loaded(row, setting) if like is None else like
        if kind != EAGER:
            model = importlib.import_module(package).transform(model, keep_original_model=like is not None)
    return torch.compile(model) if name.endswith(COMPILED) else model  # type: ignore[return-value]  # a module


class _Free(torch.autograd.Function):
    """Attention at no cost: a context out of nothing, and gradients of zero where gradients are due."""

    @staticmethod
    def forward(context: Any, query: Tensor, key: Tensor, value: Tensor, shape: Sequence[int]) -> Tensor:
        """A tensor of `shape`, the query's own memory where it fits."""
        context.operands = query, key, value
        return query.view_as(query) if query.shape == torch.Size(shape) else value.new_zeros(tuple(shape))

    @staticmethod
    def backward(context: Any, *_: Tensor) -> Any:
        """Zeros, so that the projections' own backward runs."""
        return *(torch.zeros_like(operand) for operand in context.operands), None


def _context(query: Tensor, value: Tensor, shape: Sequence[int] | None) -> tuple[int, ...]:
    """The shape of `softmax(scores) @ value`, of scores or probabilities that are viewed as `shape` before they meet
    the value."""
    lead = query.shape[:-2]
    if shape is not None:
        lead = value.shape[:-2]
    elif value.shape[:-2] != lead:
        with contextlib.suppress(RuntimeError):  # grouped heads broadcast to nothing: the query has them all
            lead = torch.broadcast_shapes(lead, value.shape[:-2])  # type: ignore[no-untyped-call]  # torch's own
    return (*lead, query.shape[-2], value.shape[-1])


@contextlib.contextmanager
def attention_removed(package: str) -> Iterator[None]:
    """Let every generated class that is loaded call attention at no cost, see the top of this file."""

    def fuse(_: nn.Module, query: Tensor, key: Tensor, value: Tensor, *__: Any, **given: Any) -> Any:
        shape = _context(query, value, given.get("met") or given.get("shape"))
        # the source's casts between the scores and the value end in the value's dtype
        context = _Free.apply(query.to(value.dtype), key, value, shape)  # type: ignore[no-untyped-call]  # torch's own
        return types.SimpleNamespace(
            query=context, key=key, value=value, bias=None, is_causal=False, scale=1.0, grouped=False
        )

    def attention(query: Tensor, *_: Any, **__: Any) -> Tensor:
        return query

    def restore(output: Tensor, *_: Any) -> Tensor:
        return output

    places: list[tuple[Any, str, Any]] = [(nn.functional, "scaled_dot_product_attention", attention)]
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{package}.") and not name.endswith("._runtime"):
            stand_ins = {"fuse": fuse, "restore": restore}
            places += [(module, key, value) for key, value in stand_ins.items() if hasattr(module, key)]
    originals = [getattr(owner, name) for owner, name, _ in places]
    for owner, name, value in places:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for (owner, name, _), original in zip(places, originals, strict=True):
            setattr(owner, name, original)


# Running -------------------------------------------------------------------------------------------------------------


def call_of(row: TinyModel, setting: Setting, model: nn.Module, given: Mapping[str, Tensor]) -> Callable[[], Any]:
    """One call of the model, to be timed; what need not be timed is done when this is made."""
    if setting.train:
        return functools.partial(_step, model, given)
    if not setting.cache:
        return functools.partial(_evaluate, model, given)
    past, now = _split(row, given, setting.cache)
    filled = _evaluate(model, {**past, "use_cache": True}).past_key_values

    def run() -> Any:
        return _evaluate(model, {**now, "use_cache": True, "past_key_values": caches.pop()})

    caches: list[Any] = []
    run.prepare = lambda count: caches.extend(copy.deepcopy(filled) for _ in range(count))  # type: ignore[attr-defined]
    return run


def _split(row: TinyModel, given: Mapping[str, Tensor], cache: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The arguments for what goes onto the cache and for what is timed. A mask keeps its past."""
    length = given[row.tokens].shape[1]
    past, now = dict(given), dict(given)
    for key, value in given.items():
        if value.ndim > 1 and value.shape[1] == length:
            past[key] = value[:, :cache]
            now[key] = value if key.endswith("attention_mask") else value[:, cache:]
    return past, now


def _evaluate(model: nn.Module, given: Mapping[str, Any]) -> Any:
    with torch.no_grad():
        return forward(model, given)


def _step(model: nn.Module, given: Mapping[str, Any]) -> None:
    model.zero_grad(set_to_none=True)
    found = [value.float().mean() for value in tensors(forward(model, given)).values() if value.requires_grad]
    torch.autograd.backward(torch.stack(found).sum())


def seconds(call: Callable[[], Any], repeats: int, device: str = "cpu") -> float:
    """The mean time of a call among so many."""
    getattr(call, "prepare", lambda _: None)(repeats)
    _wait(device)
    clock = _clock(device)
    start = clock()
    for _ in range(repeats):
        call()
    _wait(device)
    return (clock() - start) / repeats


def _clock(device: str) -> Callable[[], float]:
    """With one thread the CPU's time, which other processes do not take part in; else the time on the wall."""
    return time.process_time if device == "cpu" and torch.get_num_threads() == 1 else time.perf_counter


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def interleaved(
    calls: Mapping[str, Callable[[], Any]],
    *,
    rounds: int,
    budget: float,
    device: str = "cpu",
    around: Mapping[str, Callable[[], contextlib.AbstractContextManager[None]]] | None = None,
) -> dict[str, list[float]]:
    """Seconds of each call, round by round. Each round runs all of them once, and starts with another one. After
    three rounds, no round starts that would end beyond the `budget` in seconds. `around` is entered untimed."""
    around = around or {}

    def timed(name: str, repeats: int) -> float:
        with around.get(name, contextlib.nullcontext)():
            return seconds(calls[name], repeats, device)

    for name in calls:
        timed(name, 1)  # what is made at the first call is not timed
    repeats = {name: max(1, math.ceil(SAMPLE / timed(name, 1))) for name in calls}
    found: dict[str, list[float]] = {name: [] for name in calls}
    start, order = time.perf_counter(), list(calls)
    for number in range(rounds):
        for name in order:
            found[name].append(timed(name, repeats[name]))
        order = order[1:] + order[:1]
        if number >= 2 and (time.perf_counter() - start) * (number + 2) / (number + 1) > budget:
            break
    return found


# Memory --------------------------------------------------------------------------------------------------------------


def peak(name: str, setting: Setting, package: str) -> float:
    """MiB that a call of a variant takes beyond what is held before it, in a process of its own.

    Raises:
        RuntimeError: what the variant raised there, or the process died.

    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_peak, args=(sender, name, setting, package))
    process.start()
    sender.close()
    try:
        found: float | Exception = receiver.recv()
    except EOFError:
        found = RuntimeError(f"{setting.name}: the process that measures the memory of {name} died")
    process.join()
    if isinstance(found, Exception):
        raise found
    return found


def _send_peak(sender: Any, name: str, setting: Setting, package: str) -> None:
    sys.path.insert(0, "")
    try:
        sender.send(_peak(name, setting, package))
    except Exception as failure:  # told to the process that asked
        sender.send(RuntimeError(f"{type(failure).__name__}: {failure}"))


def _peak(name: str, setting: Setting, package: str) -> float:
    row = widened(setting)
    model, given = variant(name, row, setting, package), arguments(row, setting)
    small = replace(setting, seq=min(setting.seq, 16), cache=min(setting.cache, 16))
    with attention_removed(package) if name == FREE else contextlib.nullcontext():
        if "image" not in wide().get(setting.name, {}):
            seconds(call_of(row, small, model, arguments(widened(small), small)), 1)  # what is made once, is made
        call = call_of(row, setting, model, given)
        getattr(call, "prepare", lambda _: None)(1)
        model.zero_grad(set_to_none=True)
        gc.collect()
        if setting.device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            call()
            return (torch.cuda.max_memory_allocated() - before) / 2**20
        before_kib = _resident()
        call()
    return max(0.0, _highest() - before_kib) / 1024


def _resident() -> float:
    """KiB in memory now; what was in memory before is forgotten, where the system can do that."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # freed memory that the allocator keeps would be used first, unseen
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _status("VmRSS")
    return _highest()


def _highest() -> float:
    """The most KiB that were in memory. `ru_maxrss` counts what the process was forked from, so it comes second."""
    with contextlib.suppress(OSError):
        return _status("VmHWM")
    import resource

    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found / 1024 if sys.platform == "darwin" else found


def _status(key: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith(key)).split()[1])


# A setting -----------------------------------------------------------------------------------------------------------


def bench(
    setting: Setting,
    package: str = "generated",
    *,
    rounds: int = 15,
    budget: float = 60.0,
    compiled: bool = False,
    memory: bool = True,
) -> Result:
    """Measure one setting. `budget` is in seconds, for the timed rounds alone.

    Raises:
        KeyError: there is no such row.
        ValueError: the row can have no model.

    """
    row = widened(setting)
    given = arguments(row, setting)
    eager = loaded(row, setting)
    models = {EAGER: eager, OURS: variant(OURS, row, setting, package, eager)}
    with contextlib.suppress(ValueError):  # the model has eager attention only
        models[NATIVE] = variant(NATIVE, row, setting, package, eager)
    if compiled:
        models |= {kind + COMPILED: variant(kind + COMPILED, row, setting, package, eager) for kind in (EAGER, OURS)}
    models[FREE] = models[OURS]
    calls = {name: call_of(row, setting, model, given) for name, model in models.items()}
    around = {FREE: functools.partial(attention_removed, package)}
    found = interleaved(calls, rounds=rounds, budget=budget, device=setting.device, around=around)
    added = _bytes(models[OURS]) - _bytes(eager)
    model_names = list(models)
    del models, calls, eager
    gc.collect()
    peaks = {name: peak(name, setting, package) for name in model_names} if memory else {}
    variants = {name: _timing(found[EAGER], times, peaks.get(name)) for name, times in found.items()}
    return Result(setting, variants, gain(found[EAGER], found[OURS], found[FREE]), added)


def gain(eager: Sequence[float], ours: Sequence[float], free: Sequence[float]) -> float | None:
    """The median of (eager - ours) / (eager - free), round by round; None if eager is not slower than free."""
    shares = [(e - o) / (e - f) for e, o, f in zip(eager, ours, free, strict=True) if e > f]
    return statistics.median(shares) if len(shares) * 2 > len(eager) else None


def _timing(eager: Sequence[float], times: Sequence[float], memory: float | None) -> Timing:
    ratios = [theirs / own for theirs, own in zip(eager, times, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return Timing(statistics.median(times) * 1e3, middle, low, high, memory)


def _bytes(model: nn.Module) -> int:
    return sum(tensor.nbytes for tensor in [*model.parameters(), *model.buffers()])


# Reporting -----------------------------------------------------------------------------------------------------------


def as_json(result: Result) -> dict[str, Any]:
    """A result as plain data: the setting's fields, then `variants`, `gain_captured` and `bytes_added`."""

    def rounded(timing: Timing) -> dict[str, float | None]:
        return {key: None if value is None else round(value, 4) for key, value in asdict(timing).items()}

    setting = {**asdict(result.setting), "overrides": dict(result.setting.overrides)}
    return {
        **setting,
        "variants": {name: rounded(timing) for name, timing in result.variants.items()},
        "gain_captured": None if result.gain is None else round(result.gain, 4),
        "bytes_added": result.added,
    }


def environment() -> dict[str, Any]:
    """What the figures hold for."""
    transformers = importlib.import_module("transformers")
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
    }


def _show(results: Sequence[Result]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=True, highlight=False)
    if not console.is_terminal:
        console = Console(soft_wrap=True, highlight=False, width=160)  # a file has no edge to fit into
    grid = Table("model", "tokens", "variant", "ms", "eager / it", "quartiles", "peak MiB", "gain captured")
    for result in results:
        setting = result.setting
        tokens = f"{setting.seq} on {setting.cache}" if setting.cache else str(setting.seq)
        for name, timing in result.variants.items():
            share = f"{result.gain:.0%}" if name == OURS and result.gain is not None else ""
            held = "" if timing.memory is None else f"{timing.memory:.0f}"
            spread = f"{timing.low:.2f}-{timing.high:.2f}"
            first = name == EAGER
            grid.add_row(
                setting.name if first else "", tokens if first else "",
                name, f"{timing.ms:.1f}", f"{timing.ratio:.2f}", spread, held, share,
            )  # fmt: skip
        grid.add_section()
    console.print(grid)


def plot(results: Sequence[Result], path: Path) -> None:
    """Time, and memory where it was measured, over the length: a row of pictures for each model.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.

    """
    import matplotlib as mpl  # type: ignore[import-not-found, unused-ignore]  # an extra

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # type: ignore[import-not-found, unused-ignore]  # an extra

    models = list(dict.fromkeys(result.setting.name for result in results))
    with_memory = any(timing.memory is not None for result in results for timing in result.variants.values())
    kinds = [("ms", "time, ms")] + ([("memory", "peak above the model, MiB")] if with_memory else [])
    figure, axes = plt.subplots(len(models), len(kinds), figsize=(5 * len(kinds), 3.6 * len(models)), squeeze=False)
    for line, model in zip(axes, models, strict=True):
        own = sorted((r for r in results if r.setting.name == model), key=lambda r: r.setting.seq)
        for axis, (kind, label) in zip(line, kinds, strict=True):
            for name in dict.fromkeys(name for result in own for name in result.variants):
                points = [(r.setting.seq, getattr(r.variants[name], kind)) for r in own if name in r.variants]
                known = [(seq, value) for seq, value in points if value is not None]
                axis.plot(*zip(*known, strict=True), marker="o", label=name)
            axis.set(title=model, xlabel="tokens", ylabel=label, ylim=(0, None))
            axis.grid(alpha=0.3)
            axis.legend()
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def main(
    settings: Sequence[Setting],
    package: str,
    *,
    rounds: int,
    budget: float,
    threads: int | None,
    compiled: bool,
    memory: bool,
    json: bool,
    picture: Path | None,
) -> int:
    """Run all settings and print a table or JSON; 1 if one of them cannot be measured, with the reason on stderr."""
    from rich.console import Console
    from rich.progress import track
    from transformers.utils import logging

    talk = Console(stderr=True, soft_wrap=True)
    logging.set_verbosity_error()
    if threads is not None:
        torch.set_num_threads(threads)
    results: list[Result] = []
    failed = False
    for setting in track(settings, "bench", console=talk, transient=True, disable=not talk.is_terminal):
        try:
            results.append(bench(setting, package, rounds=rounds, budget=budget, compiled=compiled, memory=memory))
        except Exception as failure:  # noqa: PERF203  # one model that cannot run here must not hide the others
            text = f"error: {setting.name}, {setting.seq} tokens: {type(failure).__name__}: {failure}"
            talk.print(text, markup=False, highlight=False)
            failed = True
    if json:
        data = {"environment": environment(), "results": [as_json(result) for result in results]}
        sys.stdout.write(json_format.dumps(data, indent=1) + "\n")
    elif results:
        _show(results)
    if picture is not None and results:
        plot(results, picture)
        talk.print(f"written: {picture}", markup=False, highlight=False)
    return 1 if failed or not results else 0
