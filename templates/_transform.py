"""Swaps the attention classes of a live model for the generated ones, and back.

Nothing is copied: a swap assigns `module.__class__`, so parameters, buffers, hooks, devices, dtypes, flags, ties and
an optimizer's references stay. Every check comes before the first swap, and a failure rolls back.
"""

from __future__ import annotations

import functools
import importlib
import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from ._check import Check
from ._copies import Model, shared_copy
from ._drift import drift, regenerate
from ._errors import (
    AlreadyTransformedError,
    CheckError,
    CopyError,
    DriftError,
    NothingToReplaceError,
    NotTransformedError,
    TransformError,
)
from ._hearing import Listener, stop_listening
from ._patches import changed_instance, changed_part, patched
from ._swap import GENERATED, Swap, bound_forwards, generated_base, is_generated, name_of, undo_all
from .registry import REFUSED, REGISTRY

__all__ = [
    "AlreadyTransformedError",
    "BetterTransformer",
    "CheckError",
    "CopyError",
    "DriftError",
    "LeftAlone",
    "NotTransformedError",
    "NothingToReplaceError",
    "Replaced",
    "Report",
    "TransformError",
    "report",
    "reverse",
    "transform",
]

_LOCK = threading.RLock()


@dataclass(frozen=True)
class Replaced:
    """A replaced module: its path in the model ("" is the model itself), both classes, its fused calls until now, and
    what `transform(check=True)` found ("" where it was not asked)."""

    path: str
    original: str
    replacement: str
    calls: int
    check: str


@dataclass(frozen=True)
class LeftAlone:
    """A module that keeps its class, and why."""

    path: str
    cls: str
    reason: str


@dataclass(frozen=True)
class Report:
    """What `report` found; `str()` of it is a table."""

    replaced: tuple[Replaced, ...]
    left: tuple[LeftAlone, ...]

    def __str__(self) -> str:
        calls = sum(item.calls for item in self.replaced)
        blocks = [f"{len(self.replaced)} replaced ({calls} fused calls), {len(self.left)} left alone"]
        for item in self.replaced:
            check = f"; check: {item.check}" if item.check else ""
            names = f"{item.original.rpartition('.')[2]} -> {item.replacement}"
            caller = REGISTRY[item.original].seam == "caller"
            done = "calls a replaced attention" if caller else f"{item.calls} fused calls"
            blocks.append(f"  {item.path or '(root)'}: {names}, {done}{check}")
        blocks.extend(f"  {item.path or '(root)'}: {item.cls} left alone: {item.reason}" for item in self.left)
        return "\n".join(blocks)


def transform(model: Model, keep_original_model: bool = False, *, check: bool = False) -> Model:
    """Gives every attention module of `model` that has a generated class that class, in place, and returns the model.

    `keep_original_model=True` leaves `model` as it is and returns a second model that shares its parameters and
    buffers. `check=True` runs each replaced module beside its original on its first real inputs, once, and raises
    CheckError from that forward, with the model reversed, where the results differ.

    Raises DriftError, NothingToReplaceError, AlreadyTransformedError or CopyError; the model is then as it was.
    """
    with _LOCK:
        swaps, _ = _plan(model)
        if keep_original_model:
            model = shared_copy(model)
            swaps, _ = _plan(model)
        done: list[Swap] = []
        listener = Listener(model, swaps)
        try:
            for swap in swaps:
                done.append(swap)
                swap.make()
                swap.module.__dict__["_sdpa_calls"] = 0
                listener.listen(swap.path)
                if check:
                    Check(swap, functools.partial(reverse, model)).install()
        except BaseException:
            for swap in reversed(done):
                swap.undo()
            stop_listening(model)
            raise
    return model


def reverse(model: Model) -> Model:
    """Gives every replaced module of `model` its original class back, in place, and returns the model.

    Raises NotTransformedError where nothing was replaced, and TransformError where a replaced module's class was
    changed since (parametrized, sharded); the model is then as it was.
    """
    with _LOCK:
        swaps: list[Swap] = []
        for path, module in model.named_modules():
            cls = type(module)
            if is_generated(cls):
                original: type[nn.Module] = cls.__bases__[0]
                swaps.append(Swap(path, module, original, cls, bound_forwards(module, cls)))
            elif generated_base(cls) is not None:
                raise TransformError(
                    f"{path or 'the model'} became a {cls.__qualname__} after transform, and cannot be reversed; undo "
                    f"what changed its class first ({_runtime_class(module) or 'a subclass was assigned'})"
                )
        if not swaps:
            raise NotTransformedError("the model holds no generated attention class; call transform(model) first")
        undo_all(swaps)
        stop_listening(model)
    return model


def report(model: nn.Module) -> Report:
    """Which modules of `model` are replaced, with their fused calls, and which attention modules are not, and why."""
    replaced = []
    for path, module in model.named_modules():
        cls, generated = type(module), generated_base(type(module))
        if generated is not None:
            state = module.__dict__.get("_sdpa_check", "")
            check = "waits for the first forward" if isinstance(state, Check) else str(state)
            calls = module.__dict__.get("_sdpa_calls", 0)
            original = GENERATED[generated.__module__, generated.__qualname__]
            replaced.append(Replaced(path, original, cls.__name__, calls, check))
    swaps, left, _ = _survey(model)
    ready = "has a replacement; call transform(model)"
    waiting = [LeftAlone(swap.path, name_of(swap.original), ready) for swap in swaps]
    return Report(tuple(replaced), (*waiting, *left))


class BetterTransformer:
    """The calls of the tool that optimum had until 2025."""

    @staticmethod
    def transform(
        model: Model,
        keep_original_model: bool = False,
        max_memory: Mapping[int | str, int | str] | None = None,  # noqa: ARG004  # the old signature
        offload_dir: str | os.PathLike[str] | None = None,  # noqa: ARG004  # the old signature
        **kwargs: Any,
    ) -> Model:
        """`transform`. `max_memory` and `offload_dir` are taken and not needed: nothing is moved."""
        return transform(model, keep_original_model, **kwargs)

    @staticmethod
    def reverse(model: Model) -> Model:
        """`reverse`."""
        return reverse(model)


def _plan(model: nn.Module) -> tuple[list[Swap], list[LeftAlone]]:
    """What to swap. Raises where a transform must not begin."""
    for path, module in model.named_modules():
        if generated_base(type(module)) is not None:
            raise AlreadyTransformedError(
                f"{path or 'the model'} is a {type(module).__qualname__} already; call reverse(model) first"
            )
    swaps, left, drifted = _survey(model)
    if drifted:
        raise DriftError("\n".join(drifted))
    if not swaps:
        seen = Counter((item.cls, item.reason) for item in left)
        lines = [f"  {count} x {cls}: {reason}" for (cls, reason), count in seen.items()]
        raise NothingToReplaceError(
            "\n".join(["no module of the model has a replacement:", *lines])
            if lines
            else f"{type(model).__qualname__} holds no attention class that is known here; "
            "`python -m codemod list` says which model types are"
        )
    return swaps, left


def _survey(model: nn.Module) -> tuple[list[Swap], list[LeftAlone], list[str]]:
    """Every attention module of `model`: to be swapped, or left alone; and what has drifted."""
    swaps: list[Swap] = []
    left: list[LeftAlone] = []
    drifted: dict[type, str] = {}
    verdicts: dict[type[nn.Module], type[nn.Module] | str] = {}
    handled: set[str] = set()
    unknown: list[LeftAlone] = []
    for path, module in model.named_modules():
        cls = type(module)
        if generated_base(cls) is not None:
            handled.add(path)
            continue
        if cls not in verdicts:
            try:
                verdicts[cls] = _replacement(cls)
            except DriftError as error:
                drifted[cls] = error.args[0]
                verdicts[cls] = str(error)
        verdict = verdicts[cls]
        if isinstance(verdict, str):
            if verdict:
                handled.add(path)
                tool = _runtime_class(module)
                left.append(LeftAlone(path, name_of(cls), f"{tool}; call transform before it" if tool else verdict))
            elif "attention" in cls.__name__.lower():
                reason = "not in the registry; `python -m codemod list` says whether it can be"
                unknown.append(LeftAlone(path, name_of(cls), reason))
            continue
        handled.add(path)
        rebound = bound_forwards(module, cls)
        reason = changed_instance(module, cls, rebound) or changed_part(module, REGISTRY[name_of(cls)], verdict)
        if reason:
            left.append(LeftAlone(path, name_of(cls), reason))
        else:
            swaps.append(Swap(path, module, cls, verdict, rebound))
    # A container of an attention that has its verdict (`ToyAttention` holds `ToySelfAttention`) needs none of its own.
    for item in unknown:
        within = f"{item.path}." if item.path else ""
        if not any(path.startswith(within) for path in handled):
            left.append(item)
    return swaps, left, list(drifted.values())


def _replacement(cls: type[nn.Module]) -> type[nn.Module] | str:
    """The generated class for `cls`, or why it stays ("" where nothing is known of it). Raises DriftError."""
    path = name_of(cls)
    entry = REGISTRY.get(path)
    if entry is None:
        if path in REFUSED:
            return "; ".join(f"{code} {message} (in {method})" for method, code, message in REFUSED[path])
        for base in cls.__mro__[1:]:
            if name_of(base) in REGISTRY:
                return f"a subclass of {base.__qualname__}, and may compute something else"
        return ""
    drifted = drift(path, entry)
    if drifted:
        raise DriftError(drifted)
    changed = patched(entry)
    if changed:
        return changed
    try:
        module = importlib.import_module(f".{entry.module}", __package__)
        replacement: type[nn.Module] = getattr(module, entry.cls)
    except (ImportError, AttributeError) as error:
        raise DriftError(f"{path}: its generated module cannot be imported ({error}); {regenerate(entry)}") from error
    if replacement.__bases__[0] is not cls:
        return "another class object than the one that its generated class extends (was its module loaded twice?)"
    return replacement


def _runtime_class(module: nn.Module) -> str:
    """Which known tool made the class of `module` at run time, as a reason; "" where none did."""
    if any(base.__name__ == "FSDPModule" for base in type(module).__mro__):
        return "its class was made by fully_shard (FSDP2)"
    if nn.utils.parametrize.is_parametrized(module):
        return "its class was made by torch.nn.utils.parametrize"
    return ""
