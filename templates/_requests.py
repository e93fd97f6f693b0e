"""Whether anybody waits for attention weights, which the fused kernel does not make."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling

Forward = TypeVar("Forward", bound=Callable[..., Any])

REQUEST = "output_attentions"
"""The argument by which transformers' models are asked for attention weights."""


def weights_requested(module: nn.Module, asked: object = None) -> bool:
    """Whether somebody waits for the attention weights of `module`, so that the eager formula must run.

    The request comes as an argument (`asked`), in the module's config, or through the output recorders of
    transformers, which collect what a module returns without telling the module.
    """
    if is_compiling():
        return _says_yes(asked) or _is_waited_for_in_trace(module)
    return requested(module, asked)


def requested(module: nn.Module, asked: object) -> bool:
    """`weights_requested` outside of compiled code.

    It runs in each layer at each token, after weights of megabytes went through the caches: what is looked up costs
    more than what is computed.
    """
    state = module.__dict__
    wanted = asked is not None and asked is not False and _says_yes(asked)
    if _backward() != -1 and state.get("_sdpa_asked"):
        # In a backward pass a checkpoint runs the forward anew, and whoever asked the first time is not there.
        state["_sdpa_asked"] = "computed anew"
        return True
    if not wanted:
        config = state.get("config")
        if config is None:
            config = _config_of(module)
        wanted = (
            (config is not None and _asks(config))
            or _everywhere.traced > 0
            or (_everywhere.eager and threading.get_ident() in _asking)
            or _is_collected(module)
        )
    if (wanted or "_sdpa_asked" in state) and _backward() == -1:
        _remember(module, wanted)
    return wanted


def _says_yes(asked: object) -> bool:
    """Whether the argument that asks for weights does so. Some callers in transformers put another argument in its
    place: a tensor of several elements has no truth, so that nothing can depend on it."""
    return bool(asked) if not isinstance(asked, Tensor) or asked.numel() == 1 else False


def _remember(module: nn.Module, requested: bool) -> None:
    """For a checkpoint's second forward, note whether weights are requested in the first.

    That one runs without gradients where the checkpoint is reentrant; then a request holds until a forward was
    computed anew, since its weights, and their gradients, would be lost in silence.
    """
    state = module.__dict__
    if torch.is_grad_enabled():
        state["_sdpa_asked"] = requested
    elif module.training:
        state["_sdpa_asked"] = requested or state.get("_sdpa_asked") is True


def is_fused_anew(module: nn.Module, *, recording: bool) -> bool:
    """Whether a checkpoint runs a forward anew that was fused the first time, without gradients: nobody was given
    weights there, and torch would look for their gradient, were they given now."""
    state = module.__dict__
    if not recording:
        state["_sdpa_unrecorded"] = state.get("_sdpa_calls", 0)
        return False
    if _backward() == -1:
        state.pop("_sdpa_unrecorded", None)
        return False
    before = state.get("_sdpa_unrecorded")
    return before is not None and state.get("_sdpa_calls", 0) > before


def _is_collected(module: nn.Module) -> bool:
    """Whether a recorder of transformers waits for what `module` returns."""
    collector = getattr(sys.modules.get(_RECORDERS), "_active_collector", None)
    if collector is None:
        return _recorder_waits(module)
    collected = collector.get()
    return bool(collected) and any(name.endswith("attentions") for name in collected)


def _is_waited_for_in_trace(module: nn.Module) -> bool:
    """Whether somebody who does not pass the request on to `module` waits for its weights, in compiled code."""
    config = _config_of(module)
    if config is not None and getattr(config, REQUEST, False):
        return True
    if _everywhere.traced or _everywhere.eager:
        return True
    collector: Any = getattr(sys.modules.get(_RECORDERS), "_active_collector", None)
    if collector is None:
        return False
    # torch.compile cannot trace a ContextVar. Where it traces the whole model, transformers keeps what it collects
    # in a plain attribute meanwhile; where it traces one layer, a recorder's hook is all that can be seen.
    if not collector.compiling:
        return any(getattr(hook, "__module__", "") == _RECORDERS for hook in module._forward_hooks.values())
    return any(name.endswith("attentions") for name in collector.global_var or ())


def _recorder_waits(module: nn.Module) -> bool:
    """Whether a recorder of an older transformers waits for weights: it stands in the module's own `forward` during a
    call of the model, and what it collects is the `key` that its closure holds."""
    forward: Any = vars(module).get("forward")
    while forward is not None:
        names = getattr(getattr(forward, "__code__", None), "co_freevars", ())
        if "key" in names and forward.__globals__.get("__name__") == "transformers.utils.generic":
            collects = forward.__closure__[names.index("key")].cell_contents
            if str(collects).endswith("attentions"):
                return True
        forward = getattr(forward, "__wrapped__", None)
    return False


def _config_of(module: nn.Module) -> Any:
    """`module.config` or None; what is not there is looked for in a module's registers first, which takes long."""
    config = module.__dict__.get("config")
    return getattr(module, "config", None) if config is None and hasattr(type(module), "config") else config


def _asks(config: object) -> bool:
    """`config.output_attentions`, read past the properties of transformers' configs, which cost more than the rest."""
    try:
        values = object.__getattribute__(config, "__dict__")
    except AttributeError:
        values = {}
    asked = values.get("_output_attentions")
    if asked is False:
        return False
    if asked is None:
        asked = values.get(REQUEST)
    return bool(getattr(config, REQUEST, False) if asked is None else asked)


_backward: Callable[[], int] = torch._C._current_graph_task_id
"""The backward pass that runs in this thread, -1 where none does."""


class _Everywhere:
    """What can be seen in compiled code, which cannot look at what belongs to one thread: how many running calls asked
    there, and whether any asked outside, in whatever thread. One request too many costs time and changes nothing."""

    traced = 0
    eager = False


_everywhere = _Everywhere()
_asking: dict[int, set[Request]] = {}
"""By thread: what running calls outside of compiled code asked for attention weights."""
_ASKING_LOCK = threading.Lock()


class Request:
    """Asks for attention weights while a call runs whose caller can do so by one of its `arguments`, by name, that the
    attention inside does not see.

    `opened` and `closed` are forward hooks. A call that ends without `closed` (an interrupt) leaves its request open
    until the module is called again. Both may run in compiled code, or one of them alone.
    """

    def __init__(self, arguments: Mapping[str, Argument]) -> None:
        self.arguments = arguments
        self.traced = False

    def opened(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Notes whether the call that begins asks for weights."""
        self.note(_asked_for(module, self.arguments, args, kwargs))

    def closed(self, _module: nn.Module, _args: object, _output: object) -> None:
        """Whatever the call asked for, nobody waits for it any more."""
        self.note(False)

    def withdraw(self) -> None:
        """Ends it in all threads: nobody will call `closed`."""
        with _ASKING_LOCK:
            for thread in list(_asking):
                self._leave(thread)

    def note(self, asked: bool) -> None:
        """Opens or closes the request."""
        if not (asked or self.traced or _everywhere.eager):
            return  # nothing is open, and nothing is to be
        compiling = is_compiling()
        if self.traced != (asked and compiling):
            self.traced = not self.traced
            _everywhere.traced += 1 if self.traced else -1
        if not compiling and (asked or _asking):
            with _ASKING_LOCK:
                thread = threading.get_ident()
                if asked:
                    _asking.setdefault(thread, set()).add(self)
                    _everywhere.eager = True
                else:
                    self._leave(thread)

    def _leave(self, thread: int) -> None:
        requests = _asking.get(thread, set())
        requests.discard(self)
        if not requests:
            _asking.pop(thread, None)
        _everywhere.eager = bool(_asking)


def _asked_for(
    module: nn.Module, arguments: Mapping[str, Argument], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> bool:
    """Whether a call with these arguments asks for weights, or the configuration does where `output_attentions` is
    None."""
    for name, (position, default) in arguments.items():
        asked = kwargs.get(name, default)
        if 0 <= position < len(args):
            asked = args[position]
        if asked is None and name == REQUEST:
            config = _config_of(module)
            asked = config is not None and (getattr(config, REQUEST, False) if is_compiling() else _asks(config))
        if asked is not None and asked is not False and _says_yes(asked):
            return True
    return False


class Argument(NamedTuple):
    """An argument that asks for weights: its place after `self`, -1 where it goes by name only, and its default."""

    position: int
    default: Any


def argument_of(forward: Callable[..., Any], name: str) -> Argument:
    """An argument of a method, which may be among its further keywords."""
    parameters = inspect.signature(forward).parameters
    if name not in parameters:
        return Argument(-1, None)
    named = parameters[name]
    by_name = named.kind is inspect.Parameter.KEYWORD_ONLY
    default = None if named.default is inspect.Parameter.empty else named.default
    return Argument(-1 if by_name else list(parameters).index(name) - 1, default)


def listening(forward: Forward) -> Forward:
    """A method `forward` whose argument `output_attentions` its attention does not see: while a call asks for weights,
    the attention in it gives them. A class that stands in for another has it in the place of the hooks of `Request`,
    which take ten times as long."""
    arguments = {REQUEST: argument_of(forward, REQUEST)}

    @functools.wraps(forward)
    def listened(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if not _asked_for(self, arguments, args, kwargs):
            return forward(self, *args, **kwargs)
        request = Request(arguments)
        request.note(True)
        try:
            return forward(self, *args, **kwargs)
        finally:
            request.note(False)

    listened.listens = True  # type: ignore[attr-defined]  # read where hooks are put
    return cast("Forward", listened)


def records(forward: Callable[..., Any] | None) -> bool:
    """Whether transformers collects what modules return while `forward` runs, so that it has the request itself."""
    while forward is not None:
        if getattr(forward, "__globals__", {}).get("__name__") == _RECORDERS:
            return True
        forward = getattr(forward, "__wrapped__", None)
    return False


_RECORDERS = "transformers.utils.output_capturing"
"""Where transformers collects what modules return: the attention weights, among others."""
