"""Every generated class against eager: tiny models, real numbers, a table.

`tiny_models.json` says how to build one small model of each type with random weights; where one cannot be built it
says why. A model is run as it is (eager) and transformed, on the same weights and inputs, over

    {no mask, right-padded, left-padded, one sequence left-padded, one sequence masked out}
    x {whole input, second chunk on a cache, one token on a cache} x {float32, bfloat16}
    x {eval, training with gradients} + {attention weights asked for} + {greedy generation}

as far as the model has them. Policy:

- Only real positions are compared; all positions must be finite where eager's are.
- float32: the largest difference is at most 1e-5, times the size of eager's outputs (root mean square) where that
  exceeds one.
- bfloat16: both are measured against float32 on the same rounded weights. The transformed model may be at most twice
  as far away as eager (root mean square), since rounding differs between kernels, in either direction.
- Gradients: 1e-4 relative, by the norm of each parameter's gradient.
- Generated tokens are identical.
- Each replaced module that a forward reaches must call SDPA at least once; the runtime's own count must agree with
  what `torch.nn.functional` saw.
- Weights are drawn with a spread of 0.3 where the library's own initialisation is so small that the softmax is flat,
  which hides a wrong scale. `sensitivity` shows that attention matters: how far outputs move when scores are halved.
- A case in which eager itself raises is skipped, by name.

Imports torch and transformers, as no other part of `codemod` does besides `bench`.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import json as json_format
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import torch
from torch import Tensor, nn

Padding = Literal["left", "right", "empty"]
"""Where padding stands: before the tokens, after them, or one whole sequence masked out."""

FLOAT32_LIMIT = 1e-5
GRADIENT_LIMIT = 1e-4
BFLOAT16_RATIO = 2.0
NEW_TOKENS = 6
MASK_VALUE = 1e3
"""Outputs beyond this are constants that stand for "masked": they say nothing about the size of the rest."""
SPREAD = 0.3
FAN_IN = 32
"""Up to this many summands `SPREAD` is used as it is; wider layers get less, so that activations stay in range."""


@dataclass(frozen=True)
class TinyModel:
    """One row of `tiny_models.json`.

    `inputs` maps an argument's name to its shape, or to `{"shape": …, "kind": …}` where the name does not tell the
    kind. `resizable`: any batch size goes. `cache`: takes and returns `past_key_values`; `generate`: `generate()` works; `causal`: no position sees a
    later one. `config` is null for a plain module that takes none; `arguments`: further arguments of the constructor.
    `outputs`: the only outputs that
    are compared. `skip`: case (or its first word) -> why it cannot be compared. `reason` is set where no model can be
    built, and says why.
    """

    name: str
    model_class: str = ""
    config: Mapping[str, Any] | None = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    module: str = ""
    config_class: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    skip: Mapping[str, str] = field(default_factory=dict)
    resizable: bool = True
    cache: bool = False
    generate: bool = False
    causal: bool = False
    reason: str = ""
    note: str = ""

    @property
    def arch(self) -> str:
        """The folder of transformers/models that the row belongs to."""
        return (self.module.split(".")[2] if self.module else self.name).split("(")[0]


@functools.cache
def table() -> Mapping[str, TinyModel]:
    """All rows, by name. The file lies in the package where it is installed, beside it in a checkout."""
    inside = Path(__file__).parent / "_data"
    folder = inside if inside.is_dir() else Path(__file__).parent.parent / "data"
    data = json_format.loads((folder / "tiny_models.json").read_text(encoding="utf-8"))
    return {name: TinyModel(name, **row) for name, row in sorted(data.items())}


def rows(arch: str) -> tuple[TinyModel, ...]:
    """The rows of an architecture; of one row if its full name is given. Empty where there is none."""
    wanted = arch.replace("-", "_")
    return tuple(row for row in table().values() if wanted in (row.name.split("(")[0], row.arch) or row.name == arch)


# Building ------------------------------------------------------------------------------------------------------------


def _without_dropout(config: Any) -> None:
    """Set every probability of dropping something to zero, in nested configs too: eager and fused draw differently."""
    for name, value in list(vars(config).items()):
        if isinstance(value, float) and "drop" in name:
            setattr(config, name, 0.0)
        elif hasattr(value, "to_dict") and not name.startswith("_"):
            _without_dropout(value)


def spread(model: nn.Module, seed: int = 0) -> None:
    """Draw all weights so that the softmax is not flat: matrices and embeddings N(0, 0.3), narrower for a wide
    fan-in; biases, gains and the like moved from where they are, so that a norm's weight stays around one."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not parameter.is_floating_point():
                continue
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.numel() == max(parameter.shape, default=1):
                if not bool(parameter.isfinite().all()):
                    parameter.zero_()
                parameter.add_(noise * (SPREAD if name.endswith("bias") else 0.1))
            else:
                parameter.copy_(noise * SPREAD * math.sqrt(FAN_IN / max(FAN_IN, parameter[0].numel())))


def build(name: str, *, implementation: str = "eager", dropout: bool = False, seed: int = 0) -> nn.Module:
    """The tiny model of a row, in eval mode, with weights from `spread`. `dropout=False` zeroes all dropout.

    Raises:
        KeyError: there is no such row.
        ValueError: the row says that the model cannot be built, and why.
    """
    row = table()[name]
    if row.reason:
        raise ValueError(f"{name}: {row.reason}")
    module = importlib.import_module(row.module or f"transformers.models.{row.arch}.modeling_{row.arch}")
    cls = getattr(module, row.model_class)
    configs = importlib.import_module("transformers")
    torch.manual_seed(seed)
    if row.config is None:
        model: nn.Module = cls(**row.arguments)
    else:
        config_class = getattr(configs, row.config_class, None) or getattr(module, row.config_class or "_", None)
        config = (config_class or cls.config_class)(**copy.deepcopy(dict(row.config)))
        if not dropout:
            _without_dropout(config)
        if hasattr(cls, "_from_config"):
            model = cls._from_config(config, attn_implementation=implementation, **row.arguments)
        else:
            config._attn_implementation = implementation
            model = cls(config, **row.arguments)
    spread(model.float(), seed)
    _settle(model, row)
    return model.eval()


def _settle(model: nn.Module, row: TinyModel) -> None:
    """Let batch norms see one batch: with spread weights and the statistics they start with, activations would
    explode or fade from layer to layer."""
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    for module in norms:
        module.reset_running_stats()
    momenta = [module.momentum for module in norms]
    if norms:
        model.eval()
        for module in norms:
            module.train()
            module.momentum = None  # the plain average over what is seen
        with torch.no_grad():
            forward(model, inputs(row.name, batch=8 if row.resizable else None))
    for module, momentum in zip(norms, momenta, strict=True):
        module.momentum = momentum


def _kind(name: str) -> str:
    if name.endswith("input_ids"):
        return "ids"
    if name.endswith("mask"):
        return "ones"
    if name.endswith("bbox"):
        return "boxes"
    if name.endswith(("_ids", "_types")):
        return "integers"
    return "flags" if name.startswith("is_") else "normal"


def _draw(name: str, given: Any, batch: int | None, generator: torch.Generator) -> Tensor:
    """One input. A shape stands alone where the argument's name tells what it holds."""
    entry = given if isinstance(given, dict) else {"shape": given}
    kind = entry.get("kind") or _kind(name)
    if kind == "value":
        return torch.tensor(entry["value"])
    shape = list(entry["shape"])
    if batch is not None and not entry.get("unbatched"):
        shape[0] = batch
    if kind == "ids":
        ids = torch.randint(entry.get("low", 3), entry.get("high", 60), shape, generator=generator)
        if prefix := entry.get("prefix"):
            ids[:, : len(prefix)] = torch.tensor(prefix)
        return ids
    if kind == "integers":
        return torch.randint(entry.get("low", 0), entry.get("high", 2), shape, generator=generator)
    if kind == "ones":
        return torch.ones(shape, dtype=torch.long)
    if kind == "flags":
        return torch.ones(shape, dtype=torch.bool)
    if kind == "additive":
        bias = torch.zeros(shape)
        bias[..., shape[-1] - shape[-1] // 3 :] = torch.finfo(torch.float32).min
        return bias
    if kind == "zeros":
        return torch.zeros(shape, dtype=torch.long)
    if kind == "positions":
        return torch.arange(shape[-1]).expand(shape)
    if kind == "unset":
        return torch.zeros(shape, dtype=torch.bool)
    if kind == "boxes":
        corners = torch.randint(0, 30, (*shape[:-1], shape[-1] // 2), generator=generator)
        sizes = torch.randint(1, 30, corners.shape, generator=generator)
        return torch.cat([corners, corners + sizes], dim=-1)
    if kind == "uniform":
        return torch.rand(shape, generator=generator)
    return torch.randn(shape, generator=generator)


def token_argument(row: TinyModel) -> str:
    """The argument whose axis 1 grows in decoding."""
    return "decoder_input_ids" if "decoder_input_ids" in row.inputs else next(iter(row.inputs))


def inputs(name: str, *, batch: int | None = None, padding: Padding | None = None, seed: int = 1) -> dict[str, Tensor]:
    """Arguments of `model(**…)`. `padding` needs an `attention_mask` of shape (batch, length).

    A padded sequence keeps at least half of its positions; padding differs between sequences, and its token id is
    the configuration's `pad_token_id` (some models derive positions from it).
    """
    row = table()[name]
    generator = torch.Generator().manual_seed(seed)
    drawn = {key: _draw(key, given, batch, generator) for key, given in row.inputs.items()}
    if padding is None:
        return drawn
    mask = drawn["attention_mask"]
    length = mask.shape[1]
    for sequence in range(mask.shape[0]):
        pads = max(1, length // 3 if sequence == 0 else length // 10)
        if padding == "empty":
            mask[sequence] = int(sequence != mask.shape[0] - 1)
        elif padding == "left":
            mask[sequence, :pads] = 0
        else:
            mask[sequence, length - pads :] = 0
    tokens = drawn.get("input_ids")
    if tokens is not None and tokens.shape == mask.shape and padding != "empty":
        tokens[mask == 0] = (row.config or {}).get("pad_token_id") or 0
    return drawn


# Running -------------------------------------------------------------------------------------------------------------


def tensors(output: Any, prefix: str = "") -> dict[str, Tensor]:
    """All floating tensors of a model's output by dotted name; caches are left out."""
    if isinstance(output, Tensor):
        return {prefix or "output": output} if output.is_floating_point() else {}
    if isinstance(output, Mapping):
        pairs: list[tuple[str, Any]] = [(str(key), value) for key, value in output.items()]
    elif isinstance(output, (tuple, list)):
        pairs = [(str(position), value) for position, value in enumerate(output)]
    else:
        return {}
    found: dict[str, Tensor] = {}
    for key, value in pairs:
        if key not in ("past_key_values", "cache_params"):
            found.update(tensors(value, f"{prefix}.{key}" if prefix else key))
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What a model warns about is not news here: eager warns as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def forward(model: nn.Module, arguments: Mapping[str, Any]) -> Any:
    """One call, with arguments in the model's dtype and the random state set (some models sample)."""
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    cast = {k: v.to(dtype) if isinstance(v, Tensor) and v.is_floating_point() else v for k, v in arguments.items()}
    torch.manual_seed(0)
    with _quiet():
        return model(**cast)


def chunks(row: TinyModel, arguments: Mapping[str, Tensor], start: int, end: int) -> dict[str, Tensor]:
    """The arguments for positions start..end: what runs along the tokens is cut, a mask keeps its past."""
    name = token_argument(row)
    shape = arguments[name].shape[:2]
    cut: dict[str, Tensor] = {}
    for key, value in arguments.items():
        along = value.shape[:2] == shape and (key == name or name == "input_ids")
        if along and key.endswith("attention_mask"):
            cut[key] = value[:, :end]
        else:
            cut[key] = value[:, start:end] if along else value
    return cut


def run_cached(row: TinyModel, model: nn.Module, arguments: Mapping[str, Tensor], start: int) -> Any:
    """The output for positions start.., on a cache that holds those before."""
    end = arguments[token_argument(row)].shape[1]
    first = forward(model, {**chunks(row, arguments, 0, start), "use_cache": True})
    return forward(
        model,
        {**chunks(row, arguments, start, end), "use_cache": True, "past_key_values": first.past_key_values},
    )


@contextlib.contextmanager
def _halved_scores() -> Iterator[None]:
    """Every softmax of a tensor with at least three axes gets half its input: attention with another scale."""
    places: list[tuple[Any, str]] = [
        (torch, "softmax"),
        (Tensor, "softmax"),
        (nn.functional, "scaled_dot_product_attention"),
    ]
    originals = [getattr(owner, name) for owner, name in places]

    def halving(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda first, *args, **kwargs: original(first * 0.5 if first.ndim > 2 else first, *args, **kwargs)

    for (owner, name), original in zip(places, originals, strict=True):
        setattr(owner, name, halving(original))
    try:
        yield
    finally:
        for (owner, name), original in zip(places, originals, strict=True):
            setattr(owner, name, original)


def sensitivity(name: str) -> float:
    """The largest change of an output, relative to the largest output, when attention scores are halved."""
    model, arguments = build(name), inputs(name)
    with torch.no_grad():
        before = tensors(forward(model, arguments))
        with _halved_scores():
            after = tensors(forward(model, arguments))
    changes = [
        float((before[key] - after[key]).abs().max() / before[key].abs().max().clamp_min(1e-9))
        for key in before
        if key in after and before[key].shape == after[key].shape and before[key].numel()
    ]
    return max((change for change in changes if math.isfinite(change)), default=0.0)


# Counting ------------------------------------------------------------------------------------------------------------


def _caller(frame: FrameType | None, package: str) -> nn.Module | None:
    """The generated module that is calling: the nearest `self` of a class from the package."""
    for _ in range(6):
        if frame is None:
            return None
        owner = frame.f_locals.get("self")
        if isinstance(owner, nn.Module) and type(owner).__module__.startswith(f"{package}."):
            return owner
        frame = frame.f_back
    return None


@contextlib.contextmanager
def fused_calls(model: nn.Module, package: str = "generated") -> Iterator[Counter[str]]:
    """Count calls of `torch.nn.functional.scaled_dot_product_attention` by the name of the generated module that made
    them, independently of the runtime's own count."""
    names = {id(module): name for name, module in model.named_modules()}
    counted: Counter[str] = Counter()
    original = torch.nn.functional.scaled_dot_product_attention

    def counting(*args: Any, **kwargs: Any) -> Tensor:
        owner = _caller(sys._getframe(1), package)
        if owner is not None and id(owner) in names:
            counted[names[id(owner)]] += 1
        return original(*args, **kwargs)

    torch.nn.functional.scaled_dot_product_attention = counting
    try:
        yield counted
    finally:
        torch.nn.functional.scaled_dot_product_attention = original


@contextlib.contextmanager
def reached(model: nn.Module, package: str = "generated") -> Iterator[Counter[str]]:
    """Count the calls of each generated module, fused or not."""
    counted: Counter[str] = Counter()
    hooks = []
    for name, module in replaced(model, package).items():
        hooks.append(module.register_forward_pre_hook(lambda _module, _args, name=name: counted.update([name])))
    try:
        yield counted
    finally:
        for hook in hooks:
            hook.remove()


def replaced(model: nn.Module, package: str = "generated") -> dict[str, nn.Module]:
    """The modules of a transformed model whose class comes from the generated package, by name."""
    return {
        name: module for name, module in model.named_modules() if type(module).__module__.startswith(f"{package}.")
    }


def registered(model: nn.Module, package: str = "generated") -> dict[str, str]:
    """The modules of a model that the registry has a class for: name -> path of the original class."""
    registry = importlib.import_module(f"{package}.registry").REGISTRY
    paths = {name: f"{type(m).__module__}.{type(m).__qualname__}" for name, m in model.named_modules()}
    return {name: path for name, path in paths.items() if path in registry}


def runtime_counts(model: nn.Module, package: str = "generated") -> dict[str, int]:
    """The runtime's own count of fused calls of each generated module, by name."""
    return {name: int(vars(m).get("_sdpa_calls", 0)) for name, m in replaced(model, package).items()}


# Comparing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """One case of one model. `error` and `limit` are in the case's own measure (see the top of this file)."""

    case: str
    error: float
    limit: float
    problem: str = ""
    skipped: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(frozen=True)
class Module:
    """One replaced module: its generated class, how often a forward reached it, its fused calls."""

    name: str
    original: str
    generated: str
    calls: int
    fused: int


@dataclass(frozen=True)
class ModelReport:
    """Everything about one row. `problem` concerns the model as a whole; `note` says why nothing was compared."""

    name: str
    model_class: str
    outcomes: tuple[Outcome, ...] = ()
    modules: tuple[Module, ...] = ()
    problem: str = ""
    note: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem and all(outcome.ok for outcome in self.outcomes)

    def worst(self, *starts: str) -> Outcome | None:
        """The outcome that comes closest to its limit, among cases that start with one of the words."""
        found = [o for o in self.outcomes if o.case.startswith(starts) and not o.skipped]
        return max(found, key=lambda o: (bool(o.problem), o.error / o.limit if o.limit else o.error), default=None)


def real_rows(value: Tensor, mask: Tensor | None) -> Tensor:
    """The real positions of an output: (batch, length, …) or (batch, heads, length, keys) with a mask of shape
    (batch, length); other outputs as they are, without sequences that are wholly masked."""
    if mask is None or value.ndim == 0 or value.shape[0] != mask.shape[0]:
        return value
    real = mask.bool()
    if value.ndim >= 2 and value.shape[1] == real.shape[1]:
        return value[real]
    if value.ndim == 4 and value.shape[2] == real.shape[1]:
        return value.transpose(1, 2)[real]
    return value[real.any(dim=1)]


def compare(
    eager: Mapping[str, Tensor], fused: Mapping[str, Tensor], mask: Tensor | None, outputs: Sequence[str] = ()
) -> tuple[float, float, str]:
    """Largest absolute difference on real positions, the size of eager's values there (largest root mean square of an
    output, mask constants aside), and what is wrong beyond numbers."""
    error, size = 0.0, 0.0
    for key, expected in eager.items():
        if outputs and not key.startswith(tuple(outputs)):
            continue
        if key not in fused:
            return math.inf, size, f"output {key} is missing"
        actual = fused[key]
        if actual.shape != expected.shape or actual.dtype != expected.dtype:
            return math.inf, size, f"output {key} is {_form(actual)}, eager's is {_form(expected)}"
        if not bool((actual.isfinite() | ~expected.isfinite()).all()):
            return math.inf, size, f"output {key} is not finite where eager's is"
        expected, actual = real_rows(expected, mask).double(), real_rows(actual, mask).double()
        finite = expected.isfinite()
        if finite.any():
            error = max(error, float((expected - actual)[finite].abs().max()))
            usual = expected[finite & (expected.abs() < MASK_VALUE)]
            size = max(size, float(usual.square().mean().sqrt()) if usual.numel() else 0.0)
    return error, size, ""


def _form(value: Tensor) -> str:
    return f"{tuple(value.shape)} {value.dtype}"


def root_mean_square(left: Mapping[str, Tensor], right: Mapping[str, Tensor], mask: Tensor | None) -> float:
    """Root mean square difference over all real positions of all outputs, each in units of its own size."""
    total, count = 0.0, 0
    for key, value in left.items():
        a, b = real_rows(value, mask).double(), real_rows(right[key], mask).double()
        finite = a.isfinite() & b.isfinite()
        if finite.any():
            unit = b[finite].square().mean().clamp_min(1e-12)
            total += float((a - b)[finite].square().mean() / unit)
            count += 1
    return math.sqrt(total / count) if count else 0.0


def gradients(model: nn.Module, row: TinyModel, arguments: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gradients of a fixed random projection of all real outputs, by parameter name. Leaves `.grad` unset."""
    model.zero_grad(set_to_none=True)
    mask = _mask(arguments)
    generator = torch.Generator().manual_seed(2)
    loss = torch.zeros(())
    for key, value in tensors(forward(model, arguments)).items():
        if row.outputs and not key.startswith(tuple(row.outputs)):
            continue
        rows_ = real_rows(value, mask).float()
        rows_ = rows_[rows_.isfinite()]
        if rows_.requires_grad and rows_.numel():
            loss = loss + (rows_ * torch.randn(rows_.shape, generator=generator)).sum() / math.sqrt(rows_.numel())
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad(set_to_none=True)
    return found


def gradient_error(eager: Mapping[str, Tensor], fused: Mapping[str, Tensor]) -> tuple[float, str]:
    """Largest relative difference of a parameter's gradient. A gradient far below the largest counts in units of a
    thousandth of it: it is rounding noise."""
    if eager.keys() != fused.keys():
        return math.inf, f"gradients differ in {sorted(eager.keys() ^ fused.keys())[:3]}"
    floor = 1e-3 * max((float(g.norm()) for g in eager.values()), default=0.0)
    errors = [float((g - fused[n]).norm()) / max(float(g.norm()), floor, 1e-12) for n, g in eager.items()]
    return max(errors, default=0.0), ""


def _mask(arguments: Mapping[str, Tensor]) -> Tensor | None:
    mask = arguments.get("attention_mask")
    return mask if mask is not None and mask.ndim == 2 and not mask.is_floating_point() else None


@dataclass(frozen=True)
class _Pair:
    """A model as it is and transformed, on the same weights."""

    row: TinyModel
    eager: nn.Module
    fused: nn.Module

    def compare(self, case: str, run: Callable[[nn.Module], Any], mask: Tensor | None) -> Outcome:
        """Run both in float32 and compare all outputs."""
        try:
            expected = tensors(run(self.eager))
        except Exception as error:  # noqa: BLE001  # whatever eager cannot do is not ours to check
            return Outcome(case, 0.0, 0.0, skipped=_short(error))
        try:
            actual = tensors(run(self.fused))
        except Exception as error:  # noqa: BLE001  # any failure of the transformed model is the finding
            return Outcome(case, math.inf, FLOAT32_LIMIT, problem=_short(error))
        error, size, problem = compare(expected, actual, mask, self.row.outputs)
        limit = FLOAT32_LIMIT * max(1.0, size)
        return Outcome(case, error, limit, problem or ("" if error <= limit else "differs"))


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]


def masks(row: TinyModel) -> dict[str, dict[str, Tensor]]:
    """The arguments of each mask case by its name."""
    found = {"no mask": inputs(row.name)}
    mask = _mask(found["no mask"])
    if mask is not None:
        found["right-padded"] = inputs(row.name, padding="right")
        found["left-padded"] = inputs(row.name, padding="left")
        if row.resizable:
            found["one left-padded"] = inputs(row.name, batch=1, padding="left")
            found["one masked out"] = inputs(row.name, padding="empty")
        # Without padding the mask is left out altogether: builders then return None, another path.
        found["no mask"] = {k: v for k, v in found["no mask"].items() if k != "attention_mask"}
    return found


def _forward_cases(pair: _Pair) -> Iterator[Outcome]:
    for name, arguments in masks(pair.row).items():
        with torch.no_grad():
            yield pair.compare(f"forward, {name}", lambda m, a=arguments: forward(m, a), _mask(arguments))


def _cache_cases(pair: _Pair) -> Iterator[Outcome]:
    if not pair.row.cache:
        return
    name = token_argument(pair.row)
    for mask_name, arguments in masks(pair.row).items():
        length = arguments[name].shape[1]
        for phase, start in (("chunk", length // 2), ("token", length - 1)):
            mask = _mask(arguments) if name == "input_ids" else None
            cut = None if mask is None else mask[:, start:]
            with torch.no_grad():
                yield pair.compare(
                    f"{phase}, {mask_name}", lambda m, a=arguments, s=start: run_cached(pair.row, m, a, s), cut
                )


def _weights_cases(pair: _Pair) -> Iterator[Outcome]:
    for name, arguments in masks(pair.row).items():
        if name not in ("no mask", "left-padded"):
            continue
        asked = {**arguments, "output_attentions": True}
        case = f"weights, {name}"
        try:
            with torch.no_grad():
                keys = tensors(forward(pair.eager, asked)).keys()
        except Exception as error:  # noqa: BLE001  # whatever eager cannot do is not ours to check
            yield Outcome(case, 0.0, 0.0, skipped=_short(error))
            continue
        if not any("attentions" in key for key in keys):
            yield Outcome(case, 0.0, 0.0, skipped="eager returns no attention weights")
            continue
        with torch.no_grad():
            yield pair.compare(case, lambda m, a=asked: forward(m, a), _mask(arguments))


def _generate_cases(pair: _Pair) -> Iterator[Outcome]:
    if not pair.row.generate:
        return
    for name, arguments in masks(pair.row).items():
        if name not in ("no mask", "left-padded", "one left-padded"):
            continue
        case = f"generate, {name}"

        def run(model: Any, given: Mapping[str, Tensor] = arguments) -> Tensor:
            torch.manual_seed(0)
            given = {k: v for k, v in given.items() if k != "decoder_input_ids"}
            with _quiet():
                tokens: Tensor = model.generate(
                    **given, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0
                )
            return tokens

        try:
            expected = run(pair.eager)
        except Exception as error:  # noqa: BLE001  # whatever eager cannot do is not ours to check
            yield Outcome(case, 0.0, 0.0, skipped=_short(error))
            continue
        try:
            actual = run(pair.fused)
        except Exception as error:  # noqa: BLE001  # any failure of the transformed model is the finding
            yield Outcome(case, math.inf, 0.0, problem=_short(error))
            continue
        differing = int((expected != actual).sum()) if expected.shape == actual.shape else NEW_TOKENS
        yield Outcome(case, differing, 0.0, "" if differing == 0 else f"{differing} tokens differ")


def _train_cases(pair: _Pair) -> Iterator[Outcome]:
    pair.eager.train()
    pair.fused.train()
    for name, arguments in masks(pair.row).items():
        if name == "one masked out":
            continue
        case = f"train, {name}"
        try:
            expected = gradients(pair.eager, pair.row, arguments)
        except Exception as error:  # noqa: BLE001  # whatever eager cannot do is not ours to check
            yield Outcome(case, 0.0, 0.0, skipped=_short(error))
            continue
        if not all(bool(gradient.isfinite().all()) for gradient in expected.values()):
            yield Outcome(case, 0.0, 0.0, skipped="eager's gradients are not finite")
            continue
        try:
            actual = gradients(pair.fused, pair.row, arguments)
        except Exception as error:  # noqa: BLE001  # any failure of the transformed model is the finding
            yield Outcome(case, math.inf, GRADIENT_LIMIT, problem=_short(error))
            continue
        error, problem = gradient_error(expected, actual)
        yield Outcome(
            case, error, GRADIENT_LIMIT, problem or ("" if error <= GRADIENT_LIMIT else "gradients differ")
        )
    pair.eager.eval()
    pair.fused.eval()


def _bfloat16_cases(pair: _Pair, transform: Callable[..., Any]) -> Iterator[Outcome]:
    eager = copy.deepcopy(pair.eager).bfloat16()
    reference = copy.deepcopy(eager).float()
    fused = transform(eager, keep_original_model=True)
    for name, arguments in masks(pair.row).items():
        phases: dict[str, Callable[[nn.Module], Any]] = {"": lambda m, a=arguments: forward(m, a)}
        length = arguments[token_argument(pair.row)].shape[1]
        if pair.row.cache:
            for phase, start in ((" chunk", length // 2), (" token", length - 1)):
                phases[phase] = lambda m, a=arguments, s=start: run_cached(pair.row, m, a, s)
        for phase, run in phases.items():
            case = f"bfloat16{phase}, {name}"
            mask = _mask(arguments)
            if phase:
                start = length // 2 if phase == " chunk" else length - 1
                mask = mask[:, start:] if mask is not None and token_argument(pair.row) == "input_ids" else None
            with torch.no_grad():
                yield _compare_bfloat16(pair.row, case, run, (reference, eager, fused), mask)


def _compare_bfloat16(
    row: TinyModel,
    case: str,
    run: Callable[[nn.Module], Any],
    models: tuple[nn.Module, nn.Module, nn.Module],
    mask: Tensor | None,
) -> Outcome:
    reference, eager, fused = models
    try:
        exact, rounded = tensors(run(reference)), tensors(run(eager))
    except Exception as error:  # noqa: BLE001  # whatever eager cannot do is not ours to check
        return Outcome(case, 0.0, 0.0, skipped=_short(error))
    try:
        actual = tensors(run(fused))
    except Exception as error:  # noqa: BLE001  # any failure of the transformed model is the finding
        return Outcome(case, math.inf, 0.0, problem=_short(error))
    if row.outputs:
        exact = {key: value for key, value in exact.items() if key.startswith(tuple(row.outputs))}
    if any(key not in rounded or rounded[key].shape != exact[key].shape for key in exact):
        return Outcome(case, 0.0, 0.0, skipped="eager's outputs depend on rounding")
    _, _, problem = compare(rounded, actual, mask, row.outputs)
    if problem:
        return Outcome(case, math.inf, 0.0, problem=problem)
    error = root_mean_square({k: actual[k] for k in exact}, exact, mask)
    limit = BFLOAT16_RATIO * root_mean_square({k: rounded[k] for k in exact}, exact, mask) + 1e-3
    return Outcome(case, error, limit, "" if error <= limit else "further from float32 than eager")


def verify(row: TinyModel, package: str = "generated") -> ModelReport:
    """Compare one model with itself, transformed, in every case that it has."""
    if row.reason:
        return ModelReport(row.name, row.model_class, note=row.reason)
    eager = build(row.name)
    due = registered(eager, package)
    if not due:
        return ModelReport(row.name, row.model_class, note="no generated class stands for a module of this model")
    runtime = importlib.import_module(package)
    try:
        fused: nn.Module = runtime.transform(eager, keep_original_model=True)
    except Exception as error:  # noqa: BLE001  # any failure of transform is the finding
        return ModelReport(row.name, row.model_class, problem=f"transform: {_short(error)}")
    pair = _Pair(row, eager, fused)
    outcomes: list[Outcome] = []
    problem = ""
    missed = sorted(due.keys() - replaced(fused, package).keys())
    if missed:
        problem = f"registered, not replaced: {', '.join(missed[:3])}"
    before = runtime_counts(fused, package)
    with fused_calls(fused, package) as counted, reached(fused, package) as calls:
        outcomes += [*_forward_cases(pair), *_cache_cases(pair)]
    after = runtime_counts(fused, package)
    modules = tuple(
        Module(name, due.get(name, ""), type(module).__name__, calls[name], counted[name])
        for name, module in replaced(fused, package).items()
    )
    for module in modules:
        own = after[module.name] - before[module.name]
        if own != module.fused and not problem:
            problem = f"{module.name}: the runtime counts {own} fused calls, torch saw {module.fused}"
        if module.calls and not module.fused and not problem:
            problem = f"{module.name} ({module.generated}): reached {module.calls} times, never fused"
    if not any(module.fused for module in modules) and not problem:
        problem = "nothing is fused"
    outcomes += [*_weights_cases(pair), *_generate_cases(pair)]
    outcomes += [*_bfloat16_cases(pair, runtime.transform), *_train_cases(pair)]
    kept = tuple(
        outcome if not (why := _skip(row, outcome.case)) else Outcome(outcome.case, 0.0, 0.0, skipped=why)
        for outcome in outcomes
    )
    return ModelReport(row.name, row.model_class, kept, modules, problem)


def _skip(row: TinyModel, case: str) -> str:
    return next((why for start, why in row.skip.items() if case.startswith(start)), "")


# Reporting -----------------------------------------------------------------------------------------------------------


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "–"
    return f"{'✗ ' if outcome.problem else ''}{outcome.error:.1e}" if outcome.error else "0"


def as_json(report: ModelReport) -> dict[str, Any]:
    """A report as plain data; an infinite error is null, which JSON can say."""
    data = asdict(report)
    for outcome in data["outcomes"]:
        outcome["error"] = outcome["error"] if math.isfinite(outcome["error"]) else None
    return {"ok": report.ok, **data}


def unreached(reports: Sequence[ModelReport], package: str) -> list[str]:
    """Registered classes that no model of the table has fused."""
    registry = importlib.import_module(f"{package}.registry").REGISTRY
    seen = {module.original for report in reports for module in report.modules if module.fused}
    return sorted(set(registry) - seen)


def _print(reports: Sequence[ModelReport], missing: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    grid = Table("model", "class", "replaced", "fused calls per module", title="eager against generated")
    for column in ("forward", "cache", "weights", "generate", "gradients", "bfloat16", "verdict"):
        grid.add_column(column)
    for report in reports:
        if report.note:
            continue
        counts = [module.fused for module in report.modules if module.calls or module.fused]
        span = f"{min(counts)}–{max(counts)}" if counts else "0"
        groups = (("forward",), ("chunk", "token"), ("weights",), ("generate",), ("train",), ("bfloat16",))
        cells = [_cell(report.worst(*starts)) for starts in groups]
        grid.add_row(
            report.name, report.model_class, str(len(report.modules)), span, *cells, "same" if report.ok else "differs"
        )
    console.print(grid)
    for report in reports:
        if report.problem:
            console.print(f"{report.name}: {report.problem}", markup=False)
        for outcome in report.outcomes:
            if outcome.problem:
                detail = f"{outcome.error:.2e} against {outcome.limit:.2e}"
                console.print(f"{report.name}: {outcome.case}: {outcome.problem} ({detail})", markup=False)
    for report in reports:
        if report.note:
            console.print(f"{report.name}: not compared: {report.note}", markup=False)
    for path in missing:
        console.print(f"{path}: generated, but no tiny model reaches it", markup=False)


def main(archs: list[str], all: bool, package: str = "generated", json: bool = False) -> int:  # noqa: A002
    """The `verify` command. Returns the exit code: 1 if anything differs, nothing is fused, or (with `all`) a
    registered class is not reached by any model; 2 for an unknown architecture."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    unknown = [arch for arch in archs if not rows(arch)]
    if unknown or not (archs or all):
        known = ", ".join(sorted({row.arch for row in table().values()}))
        print(f"no tiny model of {', '.join(unknown) or 'nothing'}; known: {known}", file=sys.stderr)
        return 2
    chosen = list(table().values()) if all else [row for arch in archs for row in rows(arch)]
    reports = []
    for position, row in enumerate(chosen, 1):
        if sys.stderr.isatty():
            print(f"\r{position}/{len(chosen)} {row.name:<40}", end="", file=sys.stderr, flush=True)
        reports.append(verify(row, package))
    if sys.stderr.isatty():
        print(f"\r{'':<60}\r", end="", file=sys.stderr)
    missing = unreached(reports, package) if all else []
    if json:
        print(json_format.dumps({"models": [as_json(report) for report in reports], "unreached": missing}, indent=1))
    else:
        _print(reports, missing)
    compared = any(not report.note for report in reports)
    return 0 if compared and not missing and all_ok(reports) else 1


def all_ok(reports: Sequence[ModelReport]) -> bool:
    """Nothing differs, and every model that has generated classes makes fused calls."""
    return not [report for report in reports if not report.ok]
