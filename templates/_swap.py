"""The swap of a module's class, there and back, and which classes are generated.

A swap assigns `module.__class__`: parameters, buffers, hooks, devices, dtypes, flags and ties stay as they are.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import nn

from .registry import REGISTRY

GENERATED = {(f"{__package__}.{entry.module}", entry.cls): path for path, entry in REGISTRY.items()}
"""The dotted name of the class that each generated one stands in for."""

_STATE = ("_sdpa_calls", "_sdpa_asked", "_sdpa_unrecorded", "_sdpa_check")
"""What a replaced module keeps in its own attributes."""


class Swap(NamedTuple):
    """One swap. `rebound` names the instance attributes that hold the class's own forward, bound."""

    path: str
    module: nn.Module
    original: type[nn.Module]
    replacement: type[nn.Module]
    rebound: tuple[str, ...]

    def make(self) -> None:
        """Gives the module its generated class."""
        self.assign(self.replacement)

    def undo(self) -> None:
        """The inverse of `make`, whole or half done; what the generated class noted on the module goes, too."""
        self.assign(self.original)
        kept = [self.module.__dict__.pop(name, None) for name in _STATE]
        for value in kept:
            if hasattr(value, "remove"):  # a check that waits for the first forward
                value.remove()

    def assign(self, cls: type[nn.Module]) -> None:
        """Gives the module a class, and its bound forwards with it."""
        # not setattr: a module may have a __setattr__ of its own
        object.__setattr__(self.module, "__class__", cls)
        for name in self.rebound:
            self.module.__dict__[name] = types.MethodType(cls.forward, self.module)


def undo_all(swaps: Sequence[Swap]) -> None:
    """Undoes all, or none where one fails."""
    kept: list[dict[str, Any]] = [
        {name: swap.module.__dict__[name] for name in _STATE if name in swap.module.__dict__} for swap in swaps
    ]
    done = 0
    try:
        for swap in swaps:
            done += 1
            swap.assign(swap.original)
        for swap in swaps:
            swap.undo()
    except BaseException:
        for swap, state in zip(swaps[:done], kept, strict=False):
            swap.make()
            swap.module.__dict__.update(state)
        raise


def name_of(cls: type) -> str:
    """The dotted name by which the registry knows a class."""
    return f"{cls.__module__}.{cls.__qualname__}"


def is_generated(cls: type) -> bool:
    """Whether a class is one of this package's."""
    return (cls.__module__, cls.__qualname__) in GENERATED


def generated_base(cls: type) -> type | None:
    """The generated class that `cls` is, or that some tool made it from after `transform`."""
    return next((base for base in cls.__mro__ if is_generated(base)), None)


def bound_forwards(module: nn.Module, cls: type[nn.Module]) -> tuple[str, ...]:
    """Instance attributes that hold `cls.forward` bound to `module`.

    accelerate's hooks put a function of their own into `forward` and the bound original into `_old_forward`; when they
    are removed, the bound original stays behind in `forward`.
    """
    found = []
    for name in ("forward", "_old_forward"):
        value = module.__dict__.get(name)
        if isinstance(value, types.MethodType) and value.__self__ is module and value.__func__ is cls.forward:
            found.append(name)
    return tuple(found)
