"""A second model that shares every tensor with the first."""

from __future__ import annotations

import copy
import types
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from torch import Tensor, nn

from ._errors import CopyError

Model = TypeVar("Model", bound=nn.Module)


def shared_copy(model: Model) -> Model:
    """A deep copy of `model` that holds the same tensors."""
    memo: dict[int, Any] = {}
    for module in model.modules():
        memo.update((id(tensor), tensor) for tensor in tensors_in(vars(module)))
    try:
        return copy.deepcopy(model, memo)
    except Exception as error:
        raise CopyError(
            f"{type(model).__qualname__} cannot be copied ({type(error).__name__}: {error}); use "
            "keep_original_model=False, or transform it before it is wrapped or dispatched"
        ) from error


def tensors_in(value: object, seen: set[int] | None = None) -> Iterator[Tensor]:
    """The tensors that a value holds: in containers and in the attributes of plain objects, but not in submodules."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Tensor):
        yield value
        return
    if isinstance(value, (nn.Module, type, types.ModuleType, types.FunctionType, types.MethodType)):
        return
    # not every Mapping: some load what they are asked for from a disk
    if isinstance(value, dict):
        children: Iterable[object] = list(value.values())
    elif isinstance(value, (list, tuple, set, frozenset)):
        children = value
    else:
        children = getattr(value, "__dict__", {}).values()
    for child in list(children):
        yield from tensors_in(child, seen)
