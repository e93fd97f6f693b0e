"""What torch is doing at the moment (tracing a program, recording gradients), and what a configuration says."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.compiler import is_compiling


def is_recorded() -> bool:
    """Whether a program is being traced, or a transform of functions is at work: nothing is to be looked at then, and
    nothing to be overwritten."""
    return is_compiling() or _tracing() is not None or _dispatched() > 0 or _transformed() or is_forward()


_tracing: Callable[[], object] = torch._C._get_tracing_state
_dispatched: Callable[[], int] = torch._C._len_torch_dispatch_stack
_transformed: Callable[[], bool] = torch._C._are_functorch_transforms_active


def is_forward() -> bool:
    """Whether derivatives may be carried along with the values, as `torch.func.jvp` does: no fused kernel can."""
    return forward_ad._current_level >= 0


def is_autocast(tensor: Tensor) -> bool:
    """Whether autocast gives operations on the device of `tensor` dtypes of its own."""
    if tensor.is_cpu:
        return torch.is_autocast_enabled("cpu")
    device = tensor.device.type
    return torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)


def is_exporting() -> bool:
    """Whether the program that is traced is to run elsewhere, without gradients."""
    return bool(getattr(torch.compiler, "is_exporting", bool)())


def needs_gradient(query: Tensor, key: Tensor, value: Tensor) -> bool:
    """Whether gradients of any of the operands are recorded."""
    return torch.is_grad_enabled() and (query.requires_grad or key.requires_grad or value.requires_grad)


def implementation_of(module: Any) -> Any:
    """`module.config._attn_implementation`, read past the properties of transformers' configurations, which take as
    long as a quarter of a small attention call, where these are what reads it."""
    config = module.config
    if not is_compiling() and _is_plain(config.__class__):
        try:
            values = object.__getattribute__(config, "__dict__")
        except AttributeError:
            values = {}
        found = values.get("_attn_implementation_internal")
        if found is not None:
            return found
    return config._attn_implementation


@functools.lru_cache(maxsize=256)
def _is_plain(kind: type) -> bool:
    """Whether the configurations of a class read their attention's implementation as transformers has it: they give
    what they keep."""
    reader = getattr(getattr(kind, "_attn_implementation", None), "fget", None)
    return all(
        getattr(method, "__module__", "") == "transformers.configuration_utils"
        for method in (reader, kind.__getattribute__)
    )
