"""Every generated class against eager: tiny models, real numbers, a table.

A tiny model (see `tiny`) is run as it is, in eager attention, and transformed, on the same weights and inputs, over

    {no mask, right-padded, left-padded, one sequence left-padded, one sequence masked out}
    x {whole input, second chunk on a cache, one token on a cache} x {float32, bfloat16}

and trained with gradients (with and without dropout), asked for attention weights, loaded with transformers' own SDPA
before it is transformed, made to generate, and run under the kernel policy of other devices: as far as the model has
all that. Policy:

- Only real positions are compared; all positions must be finite where eager's are.
- float32: the largest difference is at most 1e-5, times the size of eager's outputs (root mean square) where that
  exceeds one, or twice what rounding alone costs eager (measured against float64) where that is more, up to tenfold.
- bfloat16: both are measured against float32 on the same rounded weights. The transformed model may be three times as
  far away as eager (root mean square), and a unit in the last place: rounding differs between kernels, both ways.
- Gradients: 1e-4 relative, by the norm of each parameter's gradient, or twice eager's rounding, up to tenfold.
- Generated tokens are identical. So are the elements that dropout drops, on CPU.
- Each replaced module that is reached calls SDPA at least once, at least under the policy of other devices, unless the
  row says why not; and the runtime's count agrees with what `torch.nn.functional` saw.
- A case that eager itself cannot run is skipped, and listed as skipped.
"""

from __future__ import annotations

import contextlib
import copy
import difflib
import importlib
import json as json_format
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import metadata
from types import FrameType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from .tiny import (
    MASK_VALUE,
    TinyModel,
    build,
    forward,
    forward_on_cache,
    inputs,
    older,
    padding_mask,
    table,
    tensors,
)

T = TypeVar("T")

FLOAT32_LIMIT = 1e-5
GRADIENT_LIMIT = 1e-4
DROPOUT_LIMIT = 1e-4
BFLOAT16_RATIO = 3.0
BFLOAT16_UNIT = 2.0**-7
ROUNDING_RATIO = 2.0
WIDEST = 10.0
NEW_TOKENS = 6


@dataclass(frozen=True)
class Outcome:
    """One case of one model. `error` and `limit` are in the case's own measure, see the top of this file. `skipped` is
    eager's own error."""

    case: str
    error: float = 0.0
    limit: float = 0.0
    problem: str = ""
    skipped: str = ""


@dataclass(frozen=True)
class ModuleCount:
    """One replaced module: the path of its original class, its generated class, how often the cases in float32 reached
    it, how many of its calls were fused, and how many are where the kernel policy for CPU does not hold."""

    name: str
    original: str
    generated: str
    calls: int
    fused: int
    elsewhere: int


@dataclass(frozen=True)
class ModelReport:
    """Everything about one row. `problem` concerns the model as a whole; `note` says why nothing was compared."""

    name: str
    model_class: str
    outcomes: tuple[Outcome, ...] = ()
    modules: tuple[ModuleCount, ...] = ()
    problem: str = ""
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem and not any(outcome.problem for outcome in self.outcomes)

    def fuses(self, original: str) -> bool:
        """Whether a module of that class, given by its path, made fused calls, on whatever device."""
        return any(module.fused or module.elsewhere for module in self.modules if module.original == original)

    def worst(self, starts: tuple[str, ...]) -> Outcome | None:
        """The outcome nearest to its limit, or furthest beyond, of the cases whose name starts so."""
        found = [outcome for outcome in self.outcomes if outcome.case.startswith(starts) and not outcome.skipped]
        return max(found, key=lambda o: (bool(o.problem), o.error / o.limit if o.limit else o.error), default=None)


# Counting ------------------------------------------------------------------------------------------------------------


def replaced(model: nn.Module, package: str = "generated") -> dict[str, nn.Module]:
    """The modules of a transformed model whose class comes from the generated package, by name."""
    return {n: module for n, module in model.named_modules() if type(module).__module__.startswith(f"{package}.")}


def registered(model: nn.Module, package: str = "generated") -> dict[str, str]:
    """The modules of a model that the registry has a class for: name -> path of the original class."""
    registry = importlib.import_module(f"{package}.registry").REGISTRY
    paths = {name: f"{type(m).__module__}.{type(m).__qualname__}" for name, m in model.named_modules()}
    return {name: path for name, path in paths.items() if path in registry}


def runtime_counts(model: nn.Module, package: str = "generated") -> dict[str, int]:
    """The runtime's own count of fused calls of each replaced module, by name."""
    found = importlib.import_module(package).report(model).replaced
    return {item.path: item.calls for item in found}


@contextlib.contextmanager
def fused_calls(model: nn.Module, package: str = "generated") -> Iterator[Counter[str]]:
    """Count calls of `torch.nn.functional.scaled_dot_product_attention` by the name of the generated module that made
    them, independently of the runtime."""
    names = {id(module): name for name, module in model.named_modules()}
    counted: Counter[str] = Counter()
    original = nn.functional.scaled_dot_product_attention

    def counting(*args: Any, **kwargs: Any) -> Tensor:
        owner = _caller(sys._getframe(1), package)
        if id(owner) in names:
            counted[names[id(owner)]] += 1
        return original(*args, **kwargs)

    nn.functional.scaled_dot_product_attention = counting
    try:
        yield counted
    finally:
        nn.functional.scaled_dot_product_attention = original


def _caller(frame: FrameType | None, package: str) -> nn.Module | None:
    """The module whose generated code is calling: `self` in the nearest frame of the package that has one. A call that
    transformers makes on behalf of a generated class does not count."""
    ours = (f"{package}.", "torch.nn.functional")  # torch calls SDPA itself for `nn.MultiheadAttention`
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(ours):
        owner = frame.f_locals.get("self")
        if isinstance(owner, nn.Module):
            return owner
        frame = frame.f_back
    return None


@contextlib.contextmanager
def as_elsewhere(package: str = "generated") -> Iterator[None]:
    """Fuse wherever the operands allow it, as on devices that the kernel policy for CPU is not about."""
    fused, policy = (importlib.import_module(f"{package}.{name}") for name in ("_fused", "_policy"))
    changes: list[tuple[Any, str, Any]] = [
        (fused, "eager_wins", lambda *_: False),
        (fused, "eager_by_size", lambda *_, **__: False),
        (policy, "ROWS_AS_WRITTEN", 0),
    ]
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
    for owner, name, value in changes:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in originals:
            setattr(owner, name, value)


@contextlib.contextmanager
def reached(model: nn.Module, package: str = "generated") -> Iterator[Counter[str]]:
    """Count the calls of each replaced module, fused or not, by name."""
    counted: Counter[str] = Counter()

    def count(name: str, *_: Any) -> None:
        counted[name] += 1

    hooks = [m.register_forward_pre_hook(partial(count, name)) for name, m in replaced(model, package).items()]
    try:
        yield counted
    finally:
        for hook in hooks:
            hook.remove()


# Comparing -----------------------------------------------------------------------------------------------------------


def real_positions(value: Tensor, mask: Tensor | None) -> Tensor:
    """The real positions of an output of shape (batch, length, …) or (batch, heads, length, keys), given a mask of
    shape (batch, length). Other outputs as they are, without sequences that are wholly masked."""
    if mask is None or value.ndim == 0 or value.shape[0] != mask.shape[0]:
        return value
    real = mask.bool()
    if value.ndim >= 2 and value.shape[1] == real.shape[1]:
        return value[real]
    if value.ndim == 4 and value.shape[2] == real.shape[1]:
        return value.transpose(1, 2)[real]
    return value[real.any(dim=1)]


def difference(
    expected: Mapping[str, Tensor], actual: Mapping[str, Tensor], mask: Tensor | None = None
) -> tuple[float, float, str]:
    """Largest absolute difference on real positions; the size of the expected values there (the largest root mean
    square of an output, mask constants aside); what is wrong beyond numbers."""
    error, size = 0.0, 0.0
    for key, wanted in expected.items():
        found = actual.get(key)
        if found is None:
            return math.inf, size, f"output {key} is missing"
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            return math.inf, size, f"output {key} is {_form(found)}, eager's is {_form(wanted)}"
        if not bool((found.isfinite() | ~wanted.isfinite()).all()):
            return math.inf, size, f"output {key} is not finite where eager's is"
        left, right = real_positions(wanted, mask).double(), real_positions(found, mask).double()
        finite = left.isfinite()
        if finite.any():
            error = max(error, float((left - right)[finite].abs().max()))
        usual = left[left.abs() < MASK_VALUE]
        if usual.numel():
            size = max(size, float(usual.square().mean().sqrt()))
    return error, size, ""


def _form(value: Tensor) -> str:
    return f"{tuple(value.shape)} {value.dtype}"


def distance(values: Mapping[str, Tensor], reference: Mapping[str, Tensor], mask: Tensor | None = None) -> float:
    """Root mean square difference over all real positions, each output in units of its own size."""
    squares = []
    for key, exact in reference.items():
        left, right = real_positions(values[key], mask).double(), real_positions(exact, mask).double()
        finite = left.isfinite() & right.isfinite() & (right.abs() < MASK_VALUE)
        if finite.any():
            unit = right[finite].square().mean().clamp_min(1e-12)
            squares.append(float((left - right)[finite].square().mean() / unit))
    return math.sqrt(sum(squares) / len(squares)) if squares else 0.0


def gradients(row: TinyModel, model: nn.Module, arguments: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gradients of a fixed random projection of all real outputs, by parameter name. Leaves `.grad` unset."""
    model.zero_grad(set_to_none=True)
    generator = torch.Generator().manual_seed(2)
    loss = torch.zeros(())
    for value in outputs(row, forward(model, arguments)).values():
        real = real_positions(value, padding_mask(arguments)).float()
        real = real[real.isfinite() & (real.abs() < MASK_VALUE)]
        if real.requires_grad and real.numel():
            loss = loss + (real * torch.randn(real.shape, generator=generator)).sum() / math.sqrt(real.numel())
    torch.autograd.backward(loss)
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad(set_to_none=True)
    if not all(bool(gradient.isfinite().all()) for gradient in found.values()):
        raise ArithmeticError("gradients are not finite")
    return found


def gradient_difference(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]) -> tuple[float, str]:
    """Largest relative difference of a parameter's gradient, and what is wrong beyond numbers. A gradient below a
    hundredth of the largest counts in units of that hundredth: a key's bias has none but rounding."""
    if expected.keys() != actual.keys():
        return math.inf, f"gradients differ in {', '.join(sorted(expected.keys() ^ actual.keys())[:3])}"
    floor = max((float(gradient.norm()) for gradient in expected.values()), default=0.0) / 100
    errors = [
        float((gradient - actual[name]).norm()) / max(float(gradient.norm()), floor, 1e-12)
        for name, gradient in expected.items()
    ]
    return max(errors, default=0.0), ""


def outputs(row: TinyModel, output: Any) -> dict[str, Tensor]:
    """The tensors of an output that the row compares."""
    found = tensors(output)
    return {k: v for k, v in found.items() if not row.outputs or k.startswith(tuple(row.outputs))}


# Cases ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One way to run a model, and the mask of what it returns."""

    name: str
    run: Callable[[nn.Module], Any]
    mask: Tensor | None = None


def masks(row: TinyModel) -> dict[str, dict[str, Tensor]]:
    """The arguments of each mask case, by its name."""
    full = inputs(row)
    if padding_mask(full) is None:
        return {"no mask": full}
    # Without padding the mask is left out altogether: mask builders then return None, another path.
    found = {
        "no mask": {key: value for key, value in full.items() if key != "attention_mask"},
        "right-padded": inputs(row, padding="right"),
        "left-padded": inputs(row, padding="left"),
    }
    if row.resizable:
        found["one left-padded"] = inputs(row, batch=1, padding="left")
        found["one masked out"] = inputs(row, padding="empty")
    return found


def cases(row: TinyModel) -> Iterator[Case]:
    """Whole inputs and, where the row has a cache, its second chunk and its last token: each with every mask."""
    for name, arguments in masks(row).items():
        mask = padding_mask(arguments)
        yield Case(f"forward, {name}", partial(forward, arguments=arguments), mask)
        if not row.cache:
            continue
        length = arguments[row.tokens].shape[1]
        for phase, start in (("chunk", length // 2), ("token", length - 1)):
            cut = mask[:, start:] if mask is not None and row.tokens == "input_ids" else None
            yield Case(f"{phase}, {name}", partial(_on_cache, row, arguments, start), cut)


def _on_cache(row: TinyModel, arguments: Mapping[str, Tensor], start: int, model: nn.Module) -> Any:
    return forward_on_cache(row, model, arguments, start)


def _outcome(
    row: TinyModel,
    case: str,
    eager: Callable[[], T],
    fused: Callable[[], T],
    judge: Callable[[T, T], tuple[float, float, str]],
) -> Outcome:
    """Run both sides and judge: (error, limit, what is wrong beyond numbers)."""
    if reason := next((why for start, why in row.skip.items() if case.startswith(start)), ""):
        return Outcome(case, skipped=reason)
    try:
        expected = eager()
    except Exception as failure:  # whatever eager cannot do is not ours to check
        return Outcome(case, skipped=_short(failure))
    try:
        actual = fused()
    except Exception as failure:  # whatever eager can do must work: any failure is the finding
        return Outcome(case, math.inf, problem=_short(failure))
    error, limit, problem = judge(expected, actual)
    return Outcome(case, error, limit, problem or ("" if error <= limit else "differs"))


def _short(failure: Exception) -> str:
    return f"{type(failure).__name__}: {str(failure).strip().partition(chr(10))[0]}"[:200]


def float32_outcomes(row: TinyModel, eager: nn.Module, fused: nn.Module, prefix: str = "") -> Iterator[Outcome]:
    """All cases in eval mode."""
    exact = copy.deepcopy(eager).double()
    for case in cases(row):

        def run(model: nn.Module, case: Case = case) -> dict[str, Tensor]:
            with torch.no_grad():
                return outputs(row, case.run(model))

        judge = partial(_judge_float32, case.mask, partial(run, exact))
        yield _outcome(row, prefix + case.name, partial(run, eager), partial(run, fused), judge)


def _judge_float32(
    mask: Tensor | None,
    exact: Callable[[], Mapping[str, Tensor]],
    expected: Mapping[str, Tensor],
    actual: Mapping[str, Tensor],
) -> tuple[float, float, str]:
    """`exact` computes in float64; it is asked only where rounding decides."""
    error, size, problem = difference(expected, actual, mask)
    limit = FLOAT32_LIMIT * max(1.0, size)
    if not problem and error > limit:
        with contextlib.suppress(Exception):  # a model that has no float64 is held to the plain limit
            rounding, _, different = difference(_as_float32(exact()), _as_float32(expected), mask)
            limit = limit if different else _widened(limit, rounding)
    return error, limit, problem


def _widened(limit: float, rounding: float) -> float:
    """A limit that leaves room for rounding, but not for more: where rounding flips a choice (an argmax, a route), its
    size says nothing about attention, and would let any error pass."""
    return max(limit, min(ROUNDING_RATIO * rounding, WIDEST * limit))


def _as_float32(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key: value.float() for key, value in values.items()}


def weights_outcomes(row: TinyModel, eager: nn.Module, fused: nn.Module) -> Iterator[Outcome]:
    """Attention weights asked for: real weights, equal to eager's, and unchanged outputs."""
    exact = copy.deepcopy(eager).double()
    for name, arguments in masks(row).items():

        def run(model: nn.Module, arguments: Mapping[str, Any] = arguments) -> dict[str, Tensor]:
            with torch.no_grad():
                output = forward(model, {**arguments, "output_attentions": True})
            weights = {key: value for key, value in tensors(output).items() if "attentions" in key}
            found = {**outputs(row, output), **weights}
            if not any("attentions" in key for key in found):
                raise LookupError("no attention weights are returned")
            return found

        judge = partial(_judge_float32, padding_mask(arguments), partial(run, exact))
        yield _outcome(row, f"weights, {name}", partial(run, eager), partial(run, fused), judge)


def generate_outcomes(row: TinyModel, eager: nn.Module, fused: nn.Module) -> Iterator[Outcome]:
    """Greedy generation, token by token on a cache where the model has one."""
    if not row.generate:
        return
    for name, arguments in masks(row).items():

        def run(model: Any, arguments: Mapping[str, Tensor] = arguments) -> Tensor:
            prompt = {key: value for key, value in arguments.items() if key != "decoder_input_ids"}
            torch.manual_seed(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a model that warns does so in eager as well
                found: Tensor = model.generate(
                    **prompt, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0
                )
            mask = padding_mask(prompt)
            # A sequence without a single real token has no right answer.
            return found if mask is None else found[mask.any(dim=1)]

        yield _outcome(row, f"generate, {name}", partial(run, eager), partial(run, fused), _judge_tokens)


def _judge_tokens(expected: Tensor, actual: Tensor) -> tuple[float, float, str]:
    if expected.shape != actual.shape:
        return math.inf, 0.0, f"{_form(actual)} tokens, eager's are {_form(expected)}"
    differing = int((expected != actual).sum())
    return float(differing), 0.0, f"{differing} tokens differ" if differing else ""


def train_outcomes(row: TinyModel, eager: nn.Module, fused: nn.Module) -> Iterator[Outcome]:
    """Gradients in train mode, without dropout. Leaves both models in eval mode."""
    exact = copy.deepcopy(eager).double()
    for model in (eager, fused, exact):
        model.train()
    for name, arguments in masks(row).items():

        def run(model: nn.Module, arguments: Mapping[str, Tensor] = arguments) -> dict[str, Tensor]:
            return gradients(row, model, arguments)

        judge = partial(_judge_gradients, partial(run, exact))
        yield _outcome(row, f"train, {name}", partial(run, eager), partial(run, fused), judge)
    eager.eval()
    fused.eval()


def _judge_gradients(
    exact: Callable[[], Mapping[str, Tensor]], expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]
) -> tuple[float, float, str]:
    """`exact` computes in float64; it is asked only where rounding decides."""
    error, problem = gradient_difference(expected, actual)
    limit = GRADIENT_LIMIT
    if not problem and error > limit:
        with contextlib.suppress(Exception):  # a model that has no float64 is held to the plain limit
            rounding, different = gradient_difference(_as_float32(exact()), expected)
            limit = limit if different else _widened(limit, rounding)
    return error, limit, problem


def dropout_outcomes(row: TinyModel, transform: Callable[..., nn.Module]) -> Iterator[Outcome]:
    """Train mode with dropout: the eager formula runs on CPU, and must drop the same elements."""
    eager = build(row, dropout=True)
    fused = transform(eager, keep_original_model=True)
    eager.train()
    fused.train()
    for name, arguments in masks(row).items():

        def run(model: nn.Module, arguments: Mapping[str, Tensor] = arguments) -> dict[str, Tensor]:
            with torch.no_grad():
                return outputs(row, forward(model, arguments))

        judge = partial(_judge_dropout, padding_mask(arguments))
        yield _outcome(row, f"dropout, {name}", partial(run, eager), partial(run, fused), judge)


def _judge_dropout(
    mask: Tensor | None, expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]
) -> tuple[float, float, str]:
    """An element more or less is far above this limit, and float64, which draws other elements, cannot sharpen it."""
    error, size, problem = difference(expected, actual, mask)
    return error, DROPOUT_LIMIT * max(1.0, size), problem


def bfloat16_outcomes(row: TinyModel, eager: nn.Module, transform: Callable[..., nn.Module]) -> Iterator[Outcome]:
    """All cases in eval mode, each side measured against float32 on the same rounded weights."""
    rounded = copy.deepcopy(eager).bfloat16()
    exact = copy.deepcopy(rounded).float()
    fused = transform(rounded, keep_original_model=True)
    for case in cases(row):

        def run(models: Iterable[nn.Module], case: Case = case) -> list[dict[str, Tensor]]:
            with torch.no_grad():
                found = [outputs(row, case.run(model)) for model in models]
            if any(value.shape != found[-1][key].shape for key, value in found[0].items()):
                raise LookupError("the shapes of outputs depend on rounding")
            return found

        def judge(
            expected: Sequence[Mapping[str, Tensor]], actual: Sequence[Mapping[str, Tensor]], case: Case = case
        ) -> tuple[float, float, str]:
            reference, theirs = expected
            (ours,) = actual
            _, _, problem = difference(theirs, ours, case.mask)
            if problem:
                return math.inf, 0.0, problem
            limit = BFLOAT16_RATIO * distance(theirs, reference, case.mask) + BFLOAT16_UNIT
            return distance(ours, reference, case.mask), limit, ""

        yield _outcome(row, f"bfloat16 {case.name}", partial(run, (exact, rounded)), partial(run, (fused,)), judge)


def native_outcomes(row: TinyModel, transform: Callable[..., nn.Module], package: str) -> Iterator[Outcome]:
    """All cases for a model that was loaded with transformers' own SDPA, against itself: its masks are boolean or
    None then, and causality is the kernel's."""
    try:
        native = build(row, implementation="sdpa")
    except ValueError:  # the model has eager attention only
        return
    if not registered(native, package):
        return
    fused = transform(native, keep_original_model=True)
    with fused_calls(fused, package) as seen, as_elsewhere(package):
        yield from float32_outcomes(row, native, fused, "sdpa ")
    yield Outcome("sdpa calls", problem="" if seen or row.eager else "nothing is fused")


class NotBuilt(Exception):  # noqa: N818  # says what is the case, like the outcomes of a row
    """The installed transformers does not build the model of a row; says why."""


def verify(row: TinyModel, package: str = "generated") -> ModelReport:
    """Compare one model with itself, transformed, in every case that it has.

    Raises:
        NotBuilt: the model cannot be built.

    """
    report = partial(ModelReport, row.name, row.model_class)
    if row.reason:
        return report(note=row.reason)
    try:
        eager = build(row)
    except Exception as failure:
        raise NotBuilt(_short(failure)) from failure
    due = registered(eager, package)
    if not due:
        return report(note="no generated class stands for a module of this model")
    transform = importlib.import_module(package).transform
    try:
        fused: nn.Module = transform(eager, keep_original_model=True)
    except Exception as failure:  # any failure of transform is the finding
        return report(problem=f"transform: {_short(failure)}")
    before = runtime_counts(fused, package)
    with fused_calls(fused, package) as seen, reached(fused, package) as calls:
        outcomes = [*float32_outcomes(row, eager, fused)]
    own = {name: count - before[name] for name, count in runtime_counts(fused, package).items()}
    with fused_calls(fused, package) as elsewhere, as_elsewhere(package):
        outcomes += float32_outcomes(row, eager, fused, "elsewhere ")
    modules = tuple(
        ModuleCount(name, due.get(name, ""), type(module).__name__, calls[name], seen[name], elsewhere[name])
        for name, module in replaced(fused, package).items()
    )
    outcomes += weights_outcomes(row, eager, fused)
    outcomes += generate_outcomes(row, eager, fused)
    outcomes += bfloat16_outcomes(row, eager, transform)
    outcomes += native_outcomes(row, transform, package)
    outcomes += dropout_outcomes(row, transform)
    outcomes += train_outcomes(row, eager, fused)  # last: batch norms of both models learn from it
    return report(tuple(outcomes), modules, problem=_miscount(row, due, modules, own, package))


def _verified(row: TinyModel, package: str) -> ModelReport:
    """A row's report, also where it cannot be compared: the other rows are to be compared still."""
    report = partial(ModelReport, row.name, row.model_class)
    try:
        return verify(row, package)
    except NotBuilt as failure:  # the rows are those of one version of transformers
        return report(note=f"the installed transformers does not build it: {failure}")
    except Exception as failure:  # neither eager's nor ours: a module that cannot be copied
        return report(problem=f"not compared: {_short(failure)}")


def _calls_only(original: str, package: str) -> bool:
    """Whether a class, given by its path, holds no attention and was replaced as the caller of one."""
    entry = importlib.import_module(f"{package}.registry").REGISTRY.get(original)
    return entry is not None and entry.seam == "caller"


def _miscount(
    row: TinyModel, due: Mapping[str, str], modules: Sequence[ModuleCount], own: Mapping[str, int], package: str
) -> str:
    """What is wrong with the counts, or nothing."""
    if missed := sorted(due.keys() - {module.name for module in modules}):
        return f"registered, not replaced: {', '.join(missed[:3])}"
    for module in modules:
        where = f"{module.name} ({module.generated})"
        if own[module.name] != module.fused:
            return f"{where}: the runtime counts {own[module.name]} fused calls, torch saw {module.fused}"
        excused = module.original.rpartition(".")[2] in row.eager
        alike = [other for other in modules if other.original == module.original]
        if excused and all(other.fused or other.elsewhere for other in alike):
            return f"{where}: said to stay eager, and fused"
        if _calls_only(module.original, package):  # its attention is counted, in modules of their own
            continue
        if module.calls and not (excused or module.fused or module.elsewhere):
            return f"{where}: reached {module.calls} times, never fused"
    return "" if row.eager or any(module.fused or module.elsewhere for module in modules) else "nothing is fused"


# Reporting -----------------------------------------------------------------------------------------------------------

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "forward": ("forward",),
    "cache": ("chunk", "token"),
    "weights": ("weights",),
    "generate": ("generate",),
    "gradients": ("train",),
    "dropout": ("dropout",),
    "bfloat16": ("bfloat16",),
    "elsewhere": ("elsewhere",),
    "loaded as sdpa": ("sdpa",),
}
"""Columns of the table, and the cases of which each shows the worst error."""


def unreached(reports: Sequence[ModelReport], package: str) -> list[str]:
    """Registered classes that no model of the table has fused; of those that only call an attention, has not run."""
    registry = importlib.import_module(f"{package}.registry").REGISTRY
    ran = {module.original for report in reports for module in report.modules}
    calling = {path for path, entry in registry.items() if entry.seam == "caller" and path in ran}
    return sorted(path for path in set(registry) - calling if not any(report.fuses(path) for report in reports))


def written_out(package: str) -> list[TinyModel]:
    """The rows for releases of transformers before 5 in whose modules a class was replaced, where such a one is
    installed."""
    if int(metadata.version("transformers").partition(".")[0]) >= 5:
        return []
    registry = importlib.import_module(f"{package}.registry").REGISTRY
    modules = {path.rpartition(".")[0] for path in registry}
    return [row for row in older().values() if row.place in modules]


def as_json(report: ModelReport) -> dict[str, Any]:
    """A report as plain data; an infinite error is null, since JSON has no infinity."""
    data = asdict(report)
    for outcome in data["outcomes"]:
        outcome["error"] = outcome["error"] if math.isfinite(outcome["error"]) else None
    return {"ok": report.ok, **data}


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "-"
    return f"{outcome.error:.0e}{' !' if outcome.problem else ''}" if outcome.error else "0"


def _show(reports: Sequence[ModelReport], missing: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=True, highlight=False)
    if not console.is_terminal:
        console = Console(soft_wrap=True, highlight=False, width=200)  # a file has no edge to fit into
    grid = Table("model", "class", "modules", "fused calls each", *COLUMNS, "verdict", title="eager against generated")
    for report in reports:
        counts = [module.fused for module in report.modules if module.calls or module.fused]
        span = "-".join(str(count) for count in sorted({min(counts), max(counts)})) if counts else "0"
        errors = [_cell(report.worst(starts)) for starts in COLUMNS.values()]
        verdict = "same" if report.ok else "differs"
        if not report.note:
            grid.add_row(report.name, report.model_class, str(len(report.modules)), span, *errors, verdict)
    if grid.row_count:
        console.print(grid)
    for report in reports:
        if report.problem:
            console.print(f"{report.name}: {report.problem}", markup=False)
        for outcome in report.outcomes:
            if outcome.problem:
                numbers = f"{outcome.error:.2e}, at most {outcome.limit:.2e}"
                console.print(f"{report.name}: {outcome.case}: {outcome.problem} ({numbers})", markup=False)
    for report in reports:
        if report.note:
            console.print(f"{report.name}: not compared: {report.note}", markup=False)
    for path in missing:
        console.print(f"{path}: generated, but no tiny model reaches it", markup=False)


def main(archs: list[str], all: bool, package: str = "generated", json: bool = False) -> int:  # noqa: A002  # as typed
    """The `verify` command: a table (or JSON) on stdout.

    Returns 0 where everything is the same; 1 if anything differs, nothing is compared, a module that is due makes no
    fused call, or (with `all`) a registered class is not reached by any model; 2 for an unknown architecture.
    """
    from rich.console import Console
    from rich.progress import track
    from transformers.utils import logging

    talk = Console(stderr=True, soft_wrap=True, highlight=False)
    every = [*table().values(), *written_out(package)]
    chosen = every if all else []
    for arch in [] if all else archs:
        chosen += [row for row in every if row.answers(arch)]
        if not any(row.answers(arch) for row in every):
            known = sorted({row.arch for row in every} | {row.type for row in every})
            near = difflib.get_close_matches(arch.replace("-", "_"), known)
            hint = f"near: {', '.join(near)}" if near else f"known: {', '.join(known)}"
            talk.print(f"error: no tiny model of {arch}; {hint}", markup=False)
            return 2
    if not archs and not all:
        talk.print("error: name an architecture, or --all")
        return 2
    logging.set_verbosity_error()
    shown = track(chosen, "verify", console=talk, transient=True, disable=not talk.is_terminal)
    reports = [_verified(row, package) for row in shown]
    missing = unreached(reports, package) if all else []
    if json:
        data = {"models": [as_json(report) for report in reports], "unreached": missing}
        sys.stdout.write(json_format.dumps(data, indent=1) + "\n")
    else:
        _show(reports, missing)
    compared = any(not report.note for report in reports)
    return 0 if compared and not missing and all_same(reports) else 1


def all_same(reports: Sequence[ModelReport]) -> bool:
    """Whether nothing is wrong with any model."""
    return not [report for report in reports if not report.ok]
