"""Convert a file, run original and converted modules side by side, and say where they differ.

Shared by the case files, the property tests and the fuzzer. A difference is a sentence; no difference is no sentence.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import importlib
import inspect
import linecache
import re
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from codemod.analyzer import analyze
from codemod.emitter import render, runtime_files
from codemod.ir import ArchReport
from codemod.source import Library

TOLERANCE = 1e-5
GRADIENT_TOLERANCE = 1e-4
ROUNDED_GRADIENT = 1e-2
"""What a kernel's own rounding may make of it, where float64 has the same within a ten-thousandth of that."""
NUDGES = 4
"""How many runs on arguments that are off by rounding show how an original's own rounding grows."""
STEP = 2.0**-10
"""How far off, relatively, arguments are on which an original's float32 is measured against its own float64: near
enough to be the same case, and far enough to be rounded anew."""
ALLOWANCE = 8
"""What differs by at most so many times the largest of these changes is rounding, if nothing differs in float64."""
EXACT = 1e-8
"""What float64 leaves of rounding."""
ROUNDED = 64 * torch.finfo(torch.float64).eps
"""How far off, relatively, is what went through some dozens of roundings in float64."""
NOT_FINITE = "is not finite where the original is"
HIDDEN = ", which hides a NaN that it makes"

MASKLIKE = re.compile("mask|bias|position|term")
"""In the names of what may be added to scores."""

Sample = tuple[nn.Module, tuple[Any, ...], dict[str, Any]]
Samples = Callable[[], Sequence[Sample]]
"""Makes the same samples anew at each call: modules with equal parameters, equal arguments."""
Swap = Callable[[nn.Module], nn.Module]


# From a file to classes


@contextlib.contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Modules of `folder` can be imported; those that were are forgotten afterwards."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    before = set(sys.modules)
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            module = sys.modules[name]
            if (getattr(module, "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]


def understand(path: Path, import_as: str) -> ArchReport:
    """The report on one file of plain modules."""
    return analyze(Library().file(path, import_as), command=f"python -m codemod generate --import-as {import_as}")


def write_package(report: ArchReport, package: Path) -> None:
    """The generated module and its runtime, without the registry: enough to run the classes."""
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for name, text in runtime_files().items():
        (package / name).write_text(text, encoding="utf-8")
    (package / f"{report.arch}.py").write_text(render(report), encoding="utf-8")


def swapper(report: ArchReport, package: str) -> Swap:
    """Puts the generated classes of `package`, which must be importable, in the place of the originals."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        generated = importlib.import_module(f"{package}.{report.arch}")
    policy: Any = importlib.import_module(f"{package}._policy")
    policy.ROWS_AS_WRITTEN = 0  # what was written is judged for a single query, too
    policy._NARROW = dict.fromkeys(policy._NARROW, 0)  # and where nothing was cast yet
    table = {
        getattr(sys.modules[item.module], item.base): getattr(generated, item.name)
        for item in report.classes
        if hasattr(sys.modules[item.module], item.base)
    }

    def swap(model: nn.Module) -> nn.Module:
        for module in model.modules():
            if type(module) in table:
                module.__class__ = table[type(module)]
        return model

    return swap


# Running


@dataclasses.dataclass(frozen=True)
class Mode:
    """How a sample is run."""

    name: str
    train: bool = False
    gradients: bool = False
    dtype: torch.dtype = torch.float32
    weights: bool = False
    wide: bool = False
    """Masks and biases that are given stay float32, whatever the module is."""


MODES = (
    Mode("plain"),
    Mode("gradients", gradients=True),
    Mode("train", train=True, gradients=True),
    Mode("bfloat16", dtype=torch.bfloat16),
    Mode("bfloat16, float32 masks", dtype=torch.bfloat16, weights=True, wide=True),
    Mode("weights", weights=True),
    Mode("weights, train", train=True, weights=True),
)


@dataclasses.dataclass
class Outcome:
    """What a run left behind: `result` flattened by place, arguments and state afterwards, or the error."""

    result: dict[str, Any]
    arguments: dict[str, Any]
    state: dict[str, Any]
    leaves: dict[str, Tensor]
    error: BaseException | None
    fused: int


Moved = tuple[Outcome, Outcome]
"""Two runs of an original that rounding alone sets apart."""


def shrink(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:  # noqa: A002  # torch's name
    """Stands in for dropout: not random, and yet it shows what was dropped, with which p, and how many times."""
    if not training:
        return input
    return input.mul_(1 - p) if inplace else input * (1 - p)


@contextlib.contextmanager
def observed() -> Iterator[list[int]]:
    """Counts the calls of SDPA, and makes dropout deterministic."""
    calls: list[int] = []
    original = torch.nn.functional.scaled_dot_product_attention

    def counted(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        **kwargs: Any,
    ) -> Tensor:
        calls.append(1)
        return original(query, key, value, attn_mask, 0.0, is_causal, **kwargs) * (1 - dropout_p)

    with (
        mock.patch("torch.nn.functional.scaled_dot_product_attention", counted),
        mock.patch("torch.nn.functional.dropout", shrink),
    ):
        yield calls


def run(sample: Sample, mode: Mode, swap: Swap | None = None) -> Outcome:
    """One run of one sample, of the original or of what `swap` makes of it."""
    module, args, kwargs = copied(sample, mode)
    if swap is not None:
        module = swap(module)
    module.train(mode.train)
    leaves: dict[str, Tensor] = {}
    if mode.weights:
        for part in module.modules():
            config = copy.copy(getattr(part, "config", SimpleNamespace()))
            config.output_attentions = True
            with contextlib.suppress(AttributeError):  # a property that nobody can set
                part.config = config  # type: ignore[assignment]  # no tensor
    if mode.gradients:
        leaves.update({f"parameter {name}": value for name, value in module.named_parameters()})
        for name, value in flat({"args": args, "kwargs": kwargs}).items():
            if isinstance(value, Tensor) and value.is_floating_point():
                leaves[name] = value.requires_grad_()
        # a leaf must not be changed in place; what is derived from it may
        args, kwargs = (
            mapped(part, lambda tensor: tensor * 1 if tensor.requires_grad else tensor) for part in (args, kwargs)
        )
    torch.default_generator.manual_seed(1)
    error: BaseException | None = None
    result: Any = None
    with observed() as calls, torch.set_grad_enabled(mode.gradients), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = module(*args, **kwargs)
        except Exception as raised:  # whatever the original raises, the converted one has to raise
            error = raised
    return Outcome(
        result=flat(result),
        arguments=flat({"args": args, "kwargs": kwargs}),
        state=state(module),
        leaves=leaves,
        error=error,
        fused=len(calls),
    )


def copied(sample: Sample, mode: Mode) -> Sample:
    """The sample with its module and the float tensors of its arguments in a mode's dtype; a mask's minimum stays
    finite."""
    dtype = mode.dtype

    def cast(tensor: Tensor) -> Tensor:
        if tensor.dtype != torch.float32:
            return tensor.clone()
        infinite = tensor.isinf()
        return torch.where(infinite, tensor, tensor.clamp(min=torch.finfo(dtype).min)).to(dtype)

    def given(name: str, value: Any) -> Any:
        return mapped(value, Tensor.clone if mode.wide and MASKLIKE.search(name) else cast)

    module, args, kwargs = sample
    names = [*inspect.signature(module.forward).parameters][: len(args)]
    names += [""] * (len(args) - len(names))  # what a star takes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (
            module.to(dtype) if dtype != torch.float32 else module,
            tuple(given(name, value) for name, value in zip(names, args, strict=True)),
            {name: given(name, value) for name, value in kwargs.items()},
        )


def mapped(value: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """`value` with `function` applied to each tensor in it."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, Mapping):
        return {key: mapped(item, function) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(mapped(item, function) for item in value)
    return value


def flat(value: Any, place: str = "") -> dict[str, Any]:
    """The tensors, numbers, dtypes and None in `value`, by place. The length of each container counts too."""
    if isinstance(value, Mapping):
        items = {f"{place}[{key!r}]": item for key, item in value.items()}
    elif isinstance(value, (tuple, list)):
        items = {f"{place}[{index}]": item for index, item in enumerate(value)}
    else:
        plain = value is None or isinstance(value, (Tensor, bool, int, float, str, torch.dtype))
        return {place: value} if plain else {}
    found: dict[str, Any] = {f"length of {place or 'result'}": len(items)}
    for name, item in items.items():
        found |= flat(item, name)
    return found


def state(model: nn.Module) -> dict[str, Any]:
    """Buffers, and every attribute that a forward may have left on a module."""
    found: dict[str, Any] = dict(model.named_buffers())
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if not name.startswith("_sdpa") and name not in ("training", "config"):
                found |= flat(value, f"{path}.{name}") if not name.startswith("_") else {}
    return found


# Comparing


def differences(samples: Samples, swap: Swap, *, modes: Sequence[Mode] = MODES) -> tuple[list[str], int]:
    """What differs between the original and the swapped modules on each sample in each mode, and the fused calls."""
    found: list[str] = []
    fused = 0
    count = len(list(samples()))
    for mode in modes:
        originals, others, references = (list(samples()) for _ in range(3))
        here = [mode] * count
        expected = [run(sample, mode) for sample, mode in zip(originals, here, strict=True)]
        if mode.dtype != torch.float32 and any(outcome.error for outcome in expected):
            continue  # the program does not run in half precision
        for index in range(count):
            reference = None
            if mode.dtype != torch.float32:
                rounded = copied(references[index], mode)
                reference = run(widened(rounded), dataclasses.replace(mode, dtype=torch.float32, wide=False))
            actual = run(others[index], here[index], swap)
            if mode.name == "plain":
                fused += actual.fused
            said = compare(expected[index], actual, here[index], reference)
            if said:
                # an ill-conditioned program: what its own rounding does to it is no difference
                wide = dataclasses.replace(here[index], dtype=torch.float32, wide=False)
                sources = (widened(copied(samples()[index], mode)) for _ in range(NUDGES))
                rounding = torch.finfo(mode.dtype).eps
                centre = reference or expected[index]
                moved = [(centre, run(nudged(source, seed, rounding), wide)) for seed, source in enumerate(sources)]
                if mode.dtype == torch.float32:
                    moved += own_rounding(samples, index, wide)
                moved = [pair for pair in moved if not any(outcome.error for outcome in pair)]
                said = compare(expected[index], actual, here[index], reference, moved)
                if mode.dtype == torch.float32 and (precise := in_float64(samples, index, wide, swap)) != said:
                    rough = compare(expected[index], actual, here[index], reference, moved, ROUNDED_GRADIENT)
                    said = precise or rough
            if any(text.endswith(NOT_FINITE) for text in said) and makes_nan(samples()[index], here[index]):
                said = [text + HIDDEN if text.endswith(NOT_FINITE) else text for text in said]
            found += [f"sample {index}, {mode.name}: {text}" for text in said]
    return found, fused


def widened(sample: Sample) -> Sample:
    """A sample in half precision with the same numbers in float32."""
    module, args, kwargs = sample
    wide = [
        mapped(part, lambda tensor: tensor.float() if tensor.dtype == torch.bfloat16 else tensor)
        for part in (args, kwargs)
    ]
    return module.float(), wide[0], wide[1]


def own_rounding(samples: Samples, index: int, mode: Mode) -> list[Moved]:
    """The original in float32 and in float64, on the arguments of a sample and on some close by."""
    pairs: list[Moved] = []
    for seed in range(NUDGES + 1):
        step = STEP if seed else 0.0
        narrow = run(nudged(samples()[index], seed, step), mode)
        with InFloat64():
            pairs.append((narrow, run(doubled(nudged(samples()[index], seed, step)), mode)))
    return pairs


def moved_in_float64(samples: Samples, index: int, mode: Mode, expected: Outcome) -> list[Moved]:
    """The original in float64, beside itself on arguments that are off by rounding, as each gradient within is: beside
    1e9 that is much."""
    pairs: list[Moved] = []
    for seed in range(NUDGES):
        with RoundedBackward(seed):
            moved = run(nudged(doubled(samples()[index]), seed, ROUNDED), mode)
        pairs.append((expected, moved))
    return pairs


def in_float64(samples: Samples, index: int, mode: Mode, swap: Swap) -> list[str]:
    """What differs between the original and the swapped module where rounding is no excuse."""
    with InFloat64():
        expected = run(doubled(samples()[index]), mode)
        actual = run(doubled(samples()[index]), mode, swap)
    if expected.error is not None:
        return []  # the original does not run there
    if actual.error is not None:
        return [f"raises {actual.error!r} in float64"]
    found: list[str] = []
    moved: list[Moved] = []
    for place, left in expected.result.items():
        right = actual.result.get(place)
        if isinstance(left, Tensor) and isinstance(right, Tensor) and left.dtype == right.dtype == torch.float64:
            finite = left.isfinite()
            error = (left - right)[finite].abs()
            limit = EXACT * max(1.0, left[finite].abs().max().item()) if error.numel() else 0.0
            if error.numel() and not error.max() <= limit:
                moved = moved or moved_in_float64(samples, index, mode, expected)
                limit += spread(place, [(one.result, other.result) for one, other in moved])
            if error.numel() and not error.max() <= limit:
                found.append(f"result{place} differs by {error.max().item():.2e} in float64")
    if mode.gradients and not found:
        places = [p for p, left in expected.result.items() if isinstance(left, Tensor)]
        places = [
            p for p in places if isinstance(actual.result.get(p), Tensor)
        ]  # weights that nobody asked for are None
        limit = ROUNDED_GRADIENT / 1e4
        if compare_gradients(expected, actual, places, (), limit):
            moved = moved_in_float64(samples, index, mode, expected)
            found += [f"{text} in float64" for text in compare_gradients(expected, actual, places, moved, limit)]
    return found


def nudged(sample: Sample, seed: int, rounding: float) -> Sample:
    """A sample whose arguments and parameters, in float32 or float64, are off by about `rounding`, relatively."""
    generator = torch.Generator().manual_seed(seed)

    def nudge(tensor: Tensor) -> Tensor:
        if tensor.dtype not in (torch.float32, torch.float64):
            return tensor
        moved = tensor * (1 + rounding * torch.randn(tensor.shape, generator=generator, dtype=tensor.dtype))
        # the limits of the dtype are masks, and stay what they are
        return torch.where(tensor.abs() < torch.finfo(torch.float32).max / 2, moved, tensor)

    module, args, kwargs = sample
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(nudge(parameter))
    return module, mapped(args, nudge), mapped(kwargs, nudge)


class SeesNan(TorchFunctionMode):
    """Whether anything that torch gives holds a NaN."""

    seen = False

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Calls `func` and looks at its result."""
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.is_floating_point():
            self.seen = self.seen or bool(torch.isnan(result.detach()).any())
        return result


def makes_nan(sample: Sample, mode: Mode) -> bool:
    """Whether the original makes a NaN on its way to the result."""
    looking = SeesNan()
    with looking:
        run(sample, mode)
    return looking.seen


class InFloat64(TorchFunctionMode):
    """Casts to float32 are casts to float64."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Calls `func` with the wider dtype."""
        wider: Callable[..., Any] = Tensor.double if func is Tensor.float else func
        wide = [torch.float64 if arg is torch.float32 else arg for arg in args]
        named = {key: torch.float64 if value is torch.float32 else value for key, value in (kwargs or {}).items()}
        return wider(*wide, **named)


class RoundedBackward(InFloat64):
    """Float64 in which each gradient within is off by rounding."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Calls `func` with the wider dtype, and rounds the gradient of what it gives."""
        result = super().__torch_function__(func, types, args, kwargs)
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, Tensor) and tensor.dtype == torch.float64 and tensor.requires_grad:
                tensor.register_hook(self.rounded)  # type: ignore[no-untyped-call]
        return result

    def rounded(self, gradient: Tensor) -> Tensor:
        """The gradient, off by rounding."""
        noise = torch.randn(gradient.shape, generator=self.generator, dtype=gradient.dtype)
        return gradient * (1 + ROUNDED * noise)


def doubled(sample: Sample) -> Sample:
    """A sample in float64: how far the original is from it is its own rounding too. Masks stay at float32's limits."""

    def wide(tensor: Tensor) -> Tensor:
        return tensor.double() if tensor.dtype == torch.float32 else tensor

    module, args, kwargs = sample
    return module.double(), mapped(args, wide), mapped(kwargs, wide)


def spread(place: str, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> float:
    """The largest finite change of one tensor within the pairs, with the allowance on it."""
    changes = [0.0]
    for one, other in pairs:
        left, right = one.get(place), other.get(place)
        if isinstance(left, Tensor) and isinstance(right, Tensor) and left.shape == right.shape:
            change = (left.detach().double() - right.detach().double()).abs()
            changes += change[change.isfinite()].flatten().tolist()
    return ALLOWANCE * max(changes)


def compare(
    expected: Outcome,
    actual: Outcome,
    mode: Mode,
    reference: Outcome | None = None,
    moved: Sequence[Moved] = (),
    tolerance: float = GRADIENT_TOLERANCE,
) -> list[str]:
    """What differs between two runs. Weights may be missing where nobody asked for them. `reference` is the original
    in float32, for a run in half precision; `moved` are pairs of runs of the original that differ by rounding;
    `tolerance` is that of gradients."""
    if expected.error is not None or actual.error is not None:
        # an error of torch's own (shapes, dtypes) need not be kept: no number was ever returned
        if isinstance(expected.error, RuntimeError) or (expected.error is not None and mode.dtype != torch.float32):
            return []
        if type(expected.error) is type(actual.error):
            return []
        if isinstance(expected.error, IndexError) and isinstance(actual.error, RuntimeError):
            return []  # torch's own word for an axis that is not there, where another operation misses it
        return [f"raises {actual.error!r} instead of {expected.error!r}"]
    found: list[str] = []
    compared: list[str] = []
    rounded = False  # the original's own rounding is all that sets the results apart; gradients are told in float64
    for place in sorted({*expected.result, *actual.result}):
        if place not in actual.result or place not in expected.result:
            found.append(f"result{place} is there only once")
            continue
        left, right = expected.result[place], actual.result[place]
        if right is None and isinstance(left, Tensor) and not mode.weights:
            continue
        if isinstance(left, Tensor):
            compared.append(place)
        near = reference.result.get(place) if reference is not None and reference.error is None else None
        slack = spread(place, [(one.result, other.result) for one, other in moved])
        found += differing(f"result{place}", left, right, mode, near, slack)
        rounded = rounded or (bool(moved) and bool(differing(place, left, right, mode, near)))
    if not compared and any(isinstance(value, Tensor) for value in expected.result.values()):
        found.append("no tensor is left of the result")
    known = reference if reference is not None and reference.error is None else None
    for title, part in (("argument ", "arguments"), ("state ", "state")):
        before, after = getattr(expected, part), getattr(actual, part)
        wide = getattr(known, part) if known else {}
        for place in sorted({*before, *after}):
            slack = spread(place, [(getattr(one, part), getattr(other, part)) for one, other in moved])
            found += differing(f"{title}{place}", before.get(place), after.get(place), mode, wide.get(place), slack)
    if mode.gradients and not found and not rounded:
        found += compare_gradients(expected, actual, compared, moved, tolerance)
    return found


def differing(title: str, left: Any, right: Any, mode: Mode, near: Any, slack: float = 0.0) -> list[str]:
    """Where `right` is not `left`, up to rounding. Only finite entries of `left` count, and there both are finite."""
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return [f"{title} is {describe(right)} instead of {describe(left)}"]
        same = left == right or (
            isinstance(left, float) and isinstance(right, float) and abs(left - right) < TOLERANCE
        )
        return [] if same else [f"{title} is {right!r} instead of {left!r}"]
    if left.shape != right.shape or left.dtype != right.dtype:
        return [f"{title} is {describe(right)} instead of {describe(left)}"]
    if not left.is_floating_point():
        return [] if torch.equal(left, right) else [f"{title} differs"]
    left, right = left.detach().float(), right.detach().float()
    finite = left.isfinite()
    if not bool(right[finite].isfinite().all()):
        return [f"{title} {NOT_FINITE}"]
    if not bool(finite.any()):
        return []
    tolerance = TOLERANCE * max(1.0, left[finite].abs().max().item()) + slack
    error = (left - right)[finite].abs().max().item()
    if mode.dtype != torch.float32:
        # bfloat16 is judged by the distance to the result in float32, against the original's own distance
        centre = near.detach().float() if isinstance(near, Tensor) and near.shape == left.shape else left
        finite = finite & centre.isfinite()
        if not bool(finite.any()):
            return []
        error = (right - centre)[finite].abs().max().item()
        own = 2 * (left - centre)[finite].abs().max().item()
        tolerance = own + 0.03 * max(1.0, centre[finite].abs().max().item()) + slack
    return [] if error <= tolerance else [f"{title} differs by {error:.2e}"]


def describe(value: Any) -> str:
    """A tensor by its shape and dtype, anything else as it is."""
    return f"{tuple(value.shape)} {value.dtype}" if isinstance(value, Tensor) else repr(value)


def compare_gradients(
    expected: Outcome, actual: Outcome, places: Sequence[str], moved: Sequence[Moved], tolerance: float
) -> list[str]:
    """What differs between the gradients of one random combination of the results."""
    wanted = gradients(expected, places)
    if isinstance(wanted, RuntimeError):
        return []  # the original cannot be trained
    if any(left is not None and left.numel() and not bool(left.isfinite().any()) for left in wanted.values()):
        return []  # neither by this one
    given = gradients(actual, places)
    if isinstance(given, RuntimeError):
        return [f"backward raises {given!r}"]
    others: list[tuple[Mapping[str, Tensor | None], Mapping[str, Tensor | None]]] = []
    for one, other in moved:
        first = wanted if one is expected else gradients(one, places)
        second = gradients(other, places)
        if not isinstance(first, RuntimeError) and not isinstance(second, RuntimeError):
            others.append((first, second))
    found: list[str] = []
    for name, left in wanted.items():
        right = given[name]
        if left is None or right is None:
            only = right if left is None else left
            if only is not None and bool((only.abs() > GRADIENT_TOLERANCE).any()):
                found.append(f"gradient of {name} is there only once")  # and is not zero
            continue
        finite = left.isfinite()
        if not bool(right[finite].isfinite().all()):
            found.append(f"gradient of {name} is not finite where the original's is")
        elif bool(finite.any()):
            error = (left - right)[finite].abs().max().item()
            if error > tolerance * max(1.0, left[finite].abs().max().item()) + spread(name, others):
                found.append(f"gradient of {name} differs by {error:.2e}")
    return found


def gradients(outcome: Outcome, places: Sequence[str]) -> dict[str, Tensor | None] | RuntimeError:
    """The gradient of each leaf, None where it has none, or the error of the backward pass."""
    generator = torch.Generator().manual_seed(2)
    leaves = {name: leaf for name, leaf in outcome.leaves.items() if leaf.requires_grad}
    total = torch.zeros(())
    for place in places:
        value = outcome.result[place]
        weight = torch.randn(value.shape, generator=generator)
        if value.requires_grad:
            total = total + (value.float() * weight).sum()
    found: Sequence[Tensor | None] = [None] * len(leaves)
    if total.requires_grad:
        try:
            found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True, retain_graph=True)
        except RuntimeError as error:
            return error
    return dict(zip(leaves, found, strict=True))


def samples_of(module: ModuleType) -> Samples:
    """The samples that a case file or a random program gives."""

    def samples() -> Sequence[Sample]:
        return list(module.examples()) if hasattr(module, "examples") else [module.example()]

    return samples


# Judging a program


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What became of one program: "converted", "refused", "silent" (neither converted nor refused), "different",
    "hidden" (all that differs is a NaN that the original makes and hides, see docs/runtime.md) or "crashed" (the tool
    did). `codes` are the refusals', `details` say what differs or how it crashed."""

    kind: str
    codes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def unsound(self) -> bool:
        """Whether the tool broke its promise."""
        return self.kind in ("different", "crashed")


def judge(source: str, folder: Path, name: str) -> Verdict:
    """Convert a program and run it. `name`, a fresh one, names its file in `folder`; nothing of it is left there."""
    path, package = folder / f"{name}.py", folder / f"{name}_fused"
    path.write_text(source, encoding="utf-8")
    try:
        with importable(folder):
            return _judge(path, package)
    finally:
        path.unlink()
        shutil.rmtree(package, ignore_errors=True)
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
        linecache.clearcache()


def _judge(path: Path, package: Path) -> Verdict:
    try:
        report = understand(path, path.stem)
    except Exception as error:  # the tool must not crash, whatever it reads
        return Verdict("crashed", details=tuple(traceback.format_exception(error)[-3:]))
    refused = [record for record in report.records if record.status == "refused"]
    codes = tuple(sorted({record.code for record in refused}))
    for record in refused:
        if not (record.code and record.message and record.location):
            return Verdict("crashed", codes, (f"a refusal says nothing: {record}",))
    if not report.classes:
        return Verdict("refused" if refused else "silent", codes)
    module = importlib.import_module(path.stem)
    try:
        write_package(report, package)
        importlib.invalidate_caches()
        swap = swapper(report, package.name)
    except Exception as error:
        return Verdict("crashed", codes, tuple(traceback.format_exception(error)[-3:]))
    modes = MODES if getattr(module, "GRADIENTS", True) else [mode for mode in MODES if not mode.gradients]
    found, _ = differences(samples_of(module), swap, modes=modes)
    hidden = all(text.endswith(HIDDEN) for text in found)
    return Verdict(("hidden" if hidden else "different") if found else "converted", codes, tuple(found))
