"""Terms of a bias that a module alone decides, kept between calls while what they are made of has the same values."""

from __future__ import annotations

import weakref
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ._state import is_recorded


def constant(module: nn.Module, make: Callable[[], Tensor], *read: object) -> Tensor:
    """What `make` gives, which computes from `read` alone: attributes of `module`, modules among them.

    On a CPU, where no gradient is due, the result is kept with copies of what was read, and given again while all of
    that has the same values: they are compared at each call, so that no change, by whatever means, is overlooked.
    """
    if is_recorded() or torch.is_autocast_enabled("cpu") or torch._C._len_torch_function_stack() > 0:
        return make()
    values = _values_of(read)
    if values is None:
        return make()
    kept = _constants.setdefault(module, {})
    found = kept.get(make.__code__)
    if found is not None and found[1].is_inference() == torch.is_inference_mode_enabled() and _same(found[0], values):
        return found[1]
    copies = [value.clone() if isinstance(value, Tensor) else value for value in values]
    result = make()
    after = _values_of(read)
    if type(result) is Tensor and result.is_cpu and not result.requires_grad and after and _same(copies, after):
        kept[make.__code__] = (copies, result)
    return result


_constants: MutableMapping[nn.Module, dict[object, tuple[list[Any], Tensor]]] = weakref.WeakKeyDictionary()
"""By module, and by the function that makes it: what a constant was made of, and the constant."""
_VALUES = frozenset((bool, int, float, str, type(None), torch.dtype, torch.device, torch.Size))
_COMPUTING = frozenset(
    (nn.Sequential, nn.Linear, nn.Identity, nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.LayerNorm)
)
"""Modules that compute from their parameters and arguments alone."""


def _values_of(read: Sequence[object]) -> list[Any] | None:
    """Tensors and plain values that `read` consists of, in order; None where that is not known, or not to be kept."""
    common = nn.modules.module
    if common._global_forward_hooks or common._global_forward_pre_hooks:
        return None
    found: list[Any] = [torch.get_default_dtype()]
    return found if all(_note_values(item, found) for item in read) else None


def _note_values(item: Any, found: list[Any]) -> bool:
    kind = type(item)
    if kind is Tensor or kind is nn.Parameter:
        found.append(item)
        return item.is_cpu and item.layout == torch.strided and not (item.requires_grad and torch.is_grad_enabled())
    found.append(item if kind in _VALUES else kind)
    if kind in _VALUES:
        return True
    if kind in (tuple, list):
        found.append(len(item))
        return all(_note_values(part, found) for part in item)
    if kind not in _COMPUTING:
        return False
    for name, value in vars(item).items():
        if name in ("_parameters", "_buffers", "_modules"):
            found.extend((name, *value))
            if not all(_note_values(part, found) for part in value.values()):
                return False
        elif name.startswith("_"):
            if value and name.endswith("_hooks"):
                return False
        elif not _note_values(value, found):  # a `forward` of its own, too
            return False
    return True


def _same(before: Sequence[Any], now: Sequence[Any]) -> bool:
    if len(before) != len(now):
        return False
    for one, other in zip(before, now):  # noqa: B905  # of one length
        if isinstance(one, Tensor):
            if not isinstance(other, Tensor) or one.dtype != other.dtype or not torch.equal(one, other):
                return False
        elif isinstance(other, Tensor) or type(one) is not type(other) or one != other:
            return False
    return True
