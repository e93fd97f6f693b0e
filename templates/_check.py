"""`transform(check=True)`: the original beside its replacement, once, on real inputs."""

from __future__ import annotations

import copy
import functools
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from . import _policy
from ._copies import tensors_in
from ._errors import CheckError
from ._swap import Swap

_UNIT = {torch.float64: 1e-10, torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 4e-2}
"""What `check` allows, relative to 1 + the largest absolute value of the original's result."""


class Check:
    """The hooks of one replaced module under `check=True`; `reverse` gives the whole model its classes back."""

    def __init__(self, swap: Swap, reverse: Callable[[], object]) -> None:
        self.swap = swap
        self.reverse = reverse
        self.handles: list[RemovableHandle] = []
        self.expected: dict[int, tuple[Any, Tensor | None]] = {}
        """By thread: the original's output, and which rows (batch, query) see no key at all."""
        self.rows: int | None = None
        """Up to how many queries run as written, once this call has ended."""

    def install(self) -> None:
        module = self.swap.module
        module.__dict__["_sdpa_check"] = self
        # Last before and first after the module's own forward, so that other hooks see what they always see.
        self.handles.append(module.register_forward_pre_hook(self.before, with_kwargs=True))
        self.handles.append(module.register_forward_hook(self.after, prepend=True))
        self.handles.append(module.register_forward_hook(self.ended, always_call=True))

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def conclude(self, result: str) -> None:
        self.swap.module.__dict__["_sdpa_check"] = result
        self.remove()

    def before(self, _module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Runs the original on copies of the inputs: a cache is changed by every forward."""
        if torch.compiler.is_compiling():
            return
        self.expected.pop(threading.get_ident(), None)
        tensors = list(tensors_in([args, kwargs]))
        devices = sorted({tensor.device.index for tensor in tensors if tensor.is_cuda})
        try:
            inputs = copy.deepcopy((args, kwargs), {id(tensor): tensor.detach().clone() for tensor in tensors})
        except Exception as error:
            self.conclude(f"not done, as the inputs cannot be copied ({type(error).__name__}: {error})")
            return
        with torch.random.fork_rng(devices=devices), torch.no_grad():
            states = _random_states(devices)
            output = self.twin().forward(*inputs[0], **inputs[1])
            random = any(not torch.equal(*pair) for pair in zip(states, _random_states(devices), strict=True))
        if random:
            self.conclude("not done, as dropout is active; call model.eval() before the first forward")
            return
        self.expected[threading.get_ident()] = (output, _unseeing(tensors))
        if self.rows is None:  # what was generated is to run, for a single query, too
            self.rows, _policy.ROWS_AS_WRITTEN = _policy.ROWS_AS_WRITTEN, 0

    def ended(self, *_: object) -> None:
        """A single query runs as its source has it again."""
        if self.rows is not None:
            _policy.ROWS_AS_WRITTEN = self.rows
            self.rows = None

    def twin(self) -> nn.Module:
        """A module of the original class with the very attributes of the replaced one, which other threads may use."""
        module, original = self.swap.module, self.swap.original
        twin: nn.Module = original.__new__(original)
        twin.__dict__.update(module.__dict__)
        for name in self.swap.rebound:
            twin.__dict__[name] = types.MethodType(original.forward, twin)
        hooked = twin.__dict__.get("forward")
        if isinstance(hooked, functools.partial):
            args = [twin if value is module else value for value in hooked.args]
            twin.__dict__["forward"] = functools.partial(hooked.func, *args, **hooked.keywords)
        return twin

    def after(self, _module: nn.Module, _args: tuple[Any, ...], output: Any) -> None:
        self.ended()
        if torch.compiler.is_compiling() or threading.get_ident() not in self.expected:
            return
        expected, unseeing = self.expected.pop(threading.get_ident())
        worst = (0.0, 0.0)
        for want, got in _pairs(expected, output):
            difference, tolerance = _difference(want, got, unseeing)
            if not difference <= tolerance:
                self.reverse()
                raise CheckError(
                    f"{self.swap.path or 'the model'} ({self.swap.replacement.__qualname__}) differs from "
                    f"{self.swap.original.__qualname__} by {difference:.3g} where {tolerance:.3g} is allowed; the "
                    "model was reversed. Please report this, with the model's config and the inputs' shapes",
                    self.swap.path,
                    difference,
                    tolerance,
                )
            worst = max(worst, (difference, tolerance))
        self.conclude(f"equal to {self.swap.original.__qualname__} within {worst[0]:.1e}")


def _random_states(devices: list[int]) -> list[Tensor]:
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state(device) for device in devices)]


def _pairs(expected: Any, output: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """Tensors at the same place in two outputs. Weights that nobody asked for are None in one of them."""
    if isinstance(expected, Tensor) and isinstance(output, Tensor):
        yield expected, output
    elif isinstance(expected, Mapping) and isinstance(output, Mapping):
        for name in expected.keys() & output.keys():
            yield from _pairs(expected[name], output[name])
    elif isinstance(expected, (list, tuple)) and isinstance(output, (list, tuple)):
        for want, got in zip(expected, output, strict=False):
            yield from _pairs(want, got)


def _unseeing(tensors: Iterable[Tensor]) -> Tensor | None:
    """Which rows `(batch or 1, query)` a mask among `tensors`, `(batch, heads, query, key)`, lets see no key at all.

    What an attention gives there is not defined: the mean of the values, zeros, or NaN, by kernel.
    """
    for tensor in tensors:
        if tensor.dim() == 4 and (tensor.dtype == torch.bool or tensor.is_floating_point()):
            hidden = ~tensor if tensor.dtype == torch.bool else tensor <= torch.finfo(tensor.dtype).min / 2
            rows = hidden.all(-1).any(1)
            if bool(rows.any()):
                return rows
    return None


def _difference(want: Tensor, got: Tensor, unseeing: Tensor | None) -> tuple[float, float]:
    """The largest absolute difference, and the tolerance."""
    if want.shape != got.shape:
        return float("inf"), 0.0
    if not want.is_floating_point() or want.numel() == 0:
        return (0.0 if torch.equal(want, got) else float("inf")), 0.0
    device = want.device.type
    dtypes = {want.dtype, got.dtype}
    if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
        dtypes.add(torch.get_autocast_dtype(device))
    unit = max(_UNIT.get(dtype, 4e-2) for dtype in dtypes)
    want, got = want.detach().double(), got.detach().double()
    real = torch.isfinite(want)
    if unseeing is not None and want.dim() >= 3 and unseeing.shape[0] in (1, want.shape[0]):
        axis = next((axis for axis in range(1, want.dim() - 1) if want.shape[axis] == unseeing.shape[1]), None)
        if axis is not None:
            shape = [1] * want.dim()
            shape[0], shape[axis] = unseeing.shape
            real = real & ~unseeing.reshape(shape)
    if not bool(real.any()):
        return 0.0, unit
    tolerance = unit * (1.0 + float(want[real].abs().max()))
    difference = float((want - got)[real].abs().max())
    return (float("inf") if difference != difference else difference), tolerance
