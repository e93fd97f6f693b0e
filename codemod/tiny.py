"""Tiny models: one small model with random weights for each type, described in `data/tiny_models.json`.

The file is data: which class, which configuration values, which inputs, and where no model can be built, why. What is
here builds a model from its row, gives it weights under which attention matters, draws its inputs, and runs it.

A part of `verify` and `bench`: imports torch at once, transformers when a model is built.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import json
import math
import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

Padding = Literal["left", "right", "empty"]
"""Where padding stands: before the tokens, after them, or one whole sequence masked out."""

SPREAD = 0.3
"""Standard deviation of weights. The library's own 0.02 leaves the softmax flat, which hides a wrong scale."""

MASK_VALUE = 1e3
"""Outputs beyond this are constants that stand for "masked": they say nothing about the size of the rest."""

FAN_IN = 32
"""Up to this many summands `SPREAD` is used as it is; wider layers get less, so that activations stay in range."""


@dataclass(frozen=True)
class TinyModel:
    """One row of `tiny_models.json`.

    `name` is the model type, with a variant in parentheses. `config` is null for a plain module that takes none;
    `arguments` are further arguments of the constructor. `inputs` maps an argument's name to its shape, or to
    `{"shape": …, "kind": …}` where the name does not tell the kind. `resizable`: any batch size goes. `outputs`: the
    only outputs worth comparing. `cache`: takes and returns `past_key_values`; `generate`: `generate()` works;
    `causal`: no position sees a later one. `skip`: how a case's name starts -> why it cannot be compared. `eager`: a
    class that has a generated one -> why it stays eager here. `reason`: why no model can be built. `note`: what else a
    reader should know.
    """

    name: str
    model_class: str = ""
    module: str = ""
    config_class: str = ""
    config: Mapping[str, Any] | None = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    resizable: bool = True
    cache: bool = False
    generate: bool = False
    causal: bool = False
    skip: Mapping[str, str] = field(default_factory=dict)
    eager: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    note: str = ""

    @property
    def type(self) -> str:
        """The name without its variant."""
        return self.name.split("(")[0]

    @property
    def arch(self) -> str:
        """The folder of transformers/models that the row belongs to."""
        return self.module.split(".")[2] if self.module else self.type

    @property
    def tokens(self) -> str:
        """The argument whose axis 1 grows in decoding."""
        return "decoder_input_ids" if "decoder_input_ids" in self.inputs else next(iter(self.inputs))

    def answers(self, arch: str) -> bool:
        """Whether it is a row of an architecture or model type, or the one of that name."""
        return arch == self.name or arch.replace("-", "_") in (self.type, self.arch)

    @property
    def place(self) -> str:
        """The module that its class stands in."""
        return self.module or f"transformers.models.{self.arch}.modeling_{self.arch}"


@functools.cache
def table() -> Mapping[str, TinyModel]:
    """All rows, by name."""
    return _read("tiny_models.json")


@functools.cache
def older() -> Mapping[str, TinyModel]:
    """Rows of models whose attention only older releases of transformers write out, by name."""
    return _read("tiny_models_older.json")


def _read(file: str) -> Mapping[str, TinyModel]:
    """The rows of a file, which lies in the package where that is installed, beside it in a checkout."""
    inside = Path(__file__).parent / "_data"
    folder = inside if inside.is_dir() else Path(__file__).parent.parent / "data"
    data = json.loads((folder / file).read_text(encoding="utf-8"))
    return {name: TinyModel(name, **row) for name, row in sorted(data.items())}


def rows(arch: str) -> tuple[TinyModel, ...]:
    """The rows of an architecture or model type, or the one row of that name. Empty where there is none."""
    return tuple(row for row in table().values() if row.answers(arch))


# Building ------------------------------------------------------------------------------------------------------------


def build(name: str | TinyModel, *, implementation: str = "eager", dropout: bool = False, seed: int = 0) -> nn.Module:
    """The model of a row, in float32 and eval mode, with weights from `spread`; equal arguments give equal weights.

    `implementation` is the attention that the model is loaded with. Without `dropout` all its probabilities are zero.

    Raises:
        KeyError: there is no such row.
        ValueError: the row says that no model can be built, and why; or the model has no such implementation.

    """
    row = name if isinstance(name, TinyModel) else table()[name]
    if row.reason:
        raise ValueError(f"{row.name}: {row.reason}")
    module = importlib.import_module(row.place)
    cls = getattr(module, row.model_class)
    plain = not hasattr(cls, "_from_config")
    if plain and implementation != "eager":
        raise ValueError(f"{row.name}: a plain module is not loaded with an implementation")
    torch.manual_seed(seed)
    if row.config is None:
        model: nn.Module = cls(**row.arguments)
    else:
        config_class = getattr(module, row.config_class) if row.config_class else cls.config_class
        config = config_class(**copy.deepcopy(dict(row.config)))
        if not dropout:
            _without_dropout(config)
        if plain:
            config._attn_implementation = implementation
            model = cls(config, **row.arguments)
        else:
            model = cls._from_config(config, attn_implementation=implementation, **row.arguments)
    _without_weight_norm(model)
    spread(model.float(), seed)
    _settle(model, row)
    return model.eval()


def _without_weight_norm(model: nn.Module) -> None:
    """Makes plain parameters of weights that older releases compute anew in a hook: such a model cannot be copied."""
    for module in model.modules():
        hooks: list[Any] = list(module._forward_pre_hooks.values())
        for hook in hooks:
            if type(hook).__name__ == "WeightNorm":
                nn.utils.remove_weight_norm(module, hook.name)


def _without_dropout(config: Any) -> None:
    """Set every probability of dropping something to zero, in nested configurations too."""
    for name, value in list(vars(config).items()):
        if isinstance(value, float) and "drop" in name:
            setattr(config, name, 0.0)
        elif hasattr(value, "to_dict") and not name.startswith("_"):
            _without_dropout(value)


def spread(model: nn.Module, seed: int = 0) -> None:
    """Draw all weights so that attention matters: matrices and embeddings N(0, 0.3), narrower for a wide fan-in;
    vectors (biases, gains, scales) moved from where they are, so that a norm's weight stays around one."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not parameter.is_floating_point():
                continue
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.numel() != max(parameter.shape, default=1):
                parameter.copy_(noise * SPREAD * math.sqrt(FAN_IN / max(FAN_IN, parameter[0].numel())))
                continue
            if not bool(parameter.isfinite().all()):
                parameter.zero_()  # a plain module leaves memory as it found it
            parameter.add_(noise * (SPREAD if name.endswith("bias") else 0.1))


def _settle(model: nn.Module, row: TinyModel) -> None:
    """Let batch norms see one batch: with spread weights and the statistics they start with, activations would
    explode or fade from layer to layer."""
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        norm.momentum = None  # the plain average over what is seen
    with torch.no_grad():
        forward(model, inputs(row, batch=8 if row.resizable else None))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


# Inputs --------------------------------------------------------------------------------------------------------------


def inputs(
    name: str | TinyModel, *, batch: int | None = None, padding: Padding | None = None, seed: int = 1
) -> dict[str, Tensor]:
    """Arguments of `model(**…)`. `padding` needs an `attention_mask` of shape (batch, length).

    A padded sequence keeps at least half of its positions; padding differs between sequences, and its token id is
    the configuration's `pad_token_id` (some models derive positions from it).
    """
    row = name if isinstance(name, TinyModel) else table()[name]
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


def padding_mask(arguments: Mapping[str, Tensor]) -> Tensor | None:
    """The mask of real positions among the arguments, (batch, length), if there is one."""
    mask = arguments.get("attention_mask")
    return mask if mask is not None and mask.ndim == 2 and not mask.is_floating_point() else None


def _draw(name: str, given: Any, batch: int | None, generator: torch.Generator) -> Tensor:
    """One input. A shape stands alone where the argument's name tells what it holds."""
    entry: dict[str, Any] = given if isinstance(given, dict) else {"shape": given}
    kind = entry.get("kind") or _kind(name)
    if kind == "value":
        return torch.tensor(entry["value"])
    shape = tuple(entry["shape"])
    if batch is not None:
        shape = (batch, *shape[1:])
    if kind == "ids":
        ids = torch.randint(entry.get("low", 3), entry.get("high", 60), shape, generator=generator)
        if prefix := entry.get("prefix"):
            ids[:, : len(prefix)] = torch.tensor(prefix)
        return ids
    if kind == "boxes":
        corners = torch.randint(0, 30, (*shape[:-1], shape[-1] // 2), generator=generator)
        return torch.cat([corners, corners + torch.randint(1, 30, corners.shape, generator=generator)], dim=-1)
    if kind == "additive":
        bias = torch.zeros(shape)
        bias[..., shape[-1] - shape[-1] // 3 :] = torch.finfo(bias.dtype).min
        return bias
    draws: dict[str, Callable[[], Tensor]] = {
        "integers": lambda: torch.randint(entry.get("low", 0), entry.get("high", 2), shape, generator=generator),
        "positions": lambda: torch.arange(shape[-1]).expand(shape),
        "ones": lambda: torch.ones(shape, dtype=torch.long),
        "zeros": lambda: torch.zeros(shape, dtype=torch.long),
        "set": lambda: torch.ones(shape, dtype=torch.bool),
        "unset": lambda: torch.zeros(shape, dtype=torch.bool),
        "uniform": lambda: torch.rand(shape, generator=generator),
        "normal": lambda: torch.randn(shape, generator=generator),
    }
    return draws[kind]()


def _kind(name: str) -> str:
    """What an argument of that name usually holds."""
    endings = {"input_ids": "ids", "mask": "ones", "bbox": "boxes", "_ids": "integers"}
    found = next((kind for ending, kind in endings.items() if name.endswith(ending)), "normal")
    return "set" if name.startswith("is_") else found


# Running -------------------------------------------------------------------------------------------------------------


def forward(model: nn.Module, arguments: Mapping[str, Any]) -> Any:
    """One call, with arguments in the model's dtype and the random state set, since some models sample."""
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    cast = {k: v.to(dtype) if isinstance(v, Tensor) and v.is_floating_point() else v for k, v in arguments.items()}
    torch.manual_seed(0)
    random.seed(0)  # layer drop
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a model that warns does so in eager as well
        return model(**cast)


def forward_on_cache(row: TinyModel, model: nn.Module, arguments: Mapping[str, Tensor], start: int) -> Any:
    """The output for positions start.., on a cache that the positions before have filled."""
    end = arguments[row.tokens].shape[1]
    first = forward(model, {**_chunk(row, arguments, 0, start), "use_cache": True})
    second = {**_chunk(row, arguments, start, end), "use_cache": True}
    return forward(model, {**second, "past_key_values": first.past_key_values})


def _chunk(row: TinyModel, arguments: Mapping[str, Tensor], start: int, end: int) -> dict[str, Tensor]:
    """The arguments for positions start..end: what runs along the tokens is cut, a mask keeps its past."""
    shape = arguments[row.tokens].shape[:2]
    cut = dict(arguments)
    for key, value in arguments.items():
        if value.shape[:2] == shape and (key == row.tokens or row.tokens == "input_ids"):
            cut[key] = value[:, 0 if key.endswith("attention_mask") else start : end]
    return cut


def tensors(output: Any, prefix: str = "") -> dict[str, Tensor]:
    """All floating tensors of a model's output by dotted name; caches are left out."""
    if isinstance(output, Tensor):
        return {prefix or "output": output} if output.is_floating_point() else {}
    if isinstance(output, Mapping):
        pairs = [(str(key), value) for key, value in output.items()]
    elif isinstance(output, (tuple, list)):
        pairs = [(str(position), value) for position, value in enumerate(output)]
    else:
        return {}
    found: dict[str, Tensor] = {}
    for key, value in pairs:
        if key != "past_key_values":
            found.update(tensors(value, f"{prefix}.{key}" if prefix else key))
    return found


def sensitivity(name: str) -> float:
    """The largest change of an output, relative to the largest value in it, when all attention scores are halved.

    A model in which this is small says nothing about attention, whatever it agrees with.
    """
    model, arguments = build(name), inputs(name)
    with torch.no_grad():
        before = tensors(forward(model, arguments))
        with _halved_scores():
            after = tensors(forward(model, arguments))
    changes = [0.0]
    for key, value in before.items():
        if key in after and value.shape == after[key].shape:
            usual = (value.abs() < MASK_VALUE) & (after[key].abs() < MASK_VALUE)
            if usual.any():
                change = (value - after[key])[usual].abs().max() / value[usual].abs().max().clamp_min(1e-9)
                changes.append(float(change))
    return max(changes)


@contextlib.contextmanager
def _halved_scores() -> Iterator[None]:
    """Every softmax of a tensor with at least three axes gets half its input: attention with another scale."""
    places: tuple[tuple[Any, str], ...] = (
        (torch, "softmax"),
        (Tensor, "softmax"),
        (nn.functional, "scaled_dot_product_attention"),
    )
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
