"""Whether anybody waits for attention weights, which the fused kernel does not make."""

from __future__ import annotations

import sys
import threading
from typing import Any

import torch
from torch import Tensor, nn


def weights_requested(module: nn.Module, asked: object = None) -> bool:
    """Whether somebody waits for the attention weights of `module`, so that the eager formula must run.

    The request comes as an argument (`asked`), in the module's config, or through the output recorders of
    transformers, which collect what a module returns without telling the module.
    """
    compiling = torch.compiler.is_compiling()
    if compiling:
        return _says_yes(asked) or _is_waited_for(module, compiling)
    state = module.__dict__
    if torch._C._current_graph_task_id() != -1:
        # In a backward pass a checkpoint runs the forward anew, and whoever asked the first time is not there.
        if state.get("_sdpa_asked"):
            state["_sdpa_asked"] = "computed anew"
            return True
        return _says_yes(asked) or _is_waited_for(module, compiling)
    requested = _says_yes(asked) or _is_waited_for(module, compiling)
    if requested or "_sdpa_asked" in state:
        _remember(module, requested)
    return requested


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


def _is_waited_for(module: nn.Module, compiling: bool) -> bool:
    """Whether somebody who does not pass the request on to `module` waits for its weights."""
    config = _config_of(module)
    if config is not None and (getattr(config, "output_attentions", False) if compiling else _asks(config)):
        return True
    if _everywhere.traced or (_everywhere.eager if compiling else threading.get_ident() in _asking):
        return True
    capturing = sys.modules.get(_RECORDERS)
    collector: Any = getattr(capturing, "_active_collector", None)
    if collector is None:
        return not compiling and _recorder_waits(module)
    if compiling:
        # torch.compile cannot trace a ContextVar. Where it traces the whole model, transformers keeps what it collects
        # in a plain attribute meanwhile; where it traces one layer, a recorder's hook is all that can be seen.
        if not collector.compiling:
            return any(getattr(hook, "__module__", "") == _RECORDERS for hook in module._forward_hooks.values())
        collected = collector.global_var
    else:
        collected = collector.get()
    return any(name.endswith("attentions") for name in collected or ())


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
    asked = values.get("_output_attentions", values.get("output_attentions"))
    return bool(getattr(config, "output_attentions", False) if asked is None else asked)


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
    """Forward hooks on a module whose caller can ask for weights by an argument `output_attentions` that the attention
    inside does not see: `opened` before its forward and `closed` after it. `position` is the argument's place after
    `self`, -1 if it has none.

    A call that ends without `closed` (an interrupt) leaves its request open until the module is called again. Both
    hooks may run in compiled code, or one of them alone.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self.traced = False

    def opened(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Notes whether the call that begins asks for weights."""
        asked = kwargs.get("output_attentions")
        if asked is None and 0 <= self.position < len(args):
            asked = args[self.position]
        if asked is None:  # the configuration's stands in for it
            config = _config_of(module)
            compiling = torch.compiler.is_compiling()
            asked = config is not None and (
                getattr(config, "output_attentions", False) if compiling else _asks(config)
            )
        self._note(asked is not False and _says_yes(asked))

    def closed(self, _module: nn.Module, _args: object, _output: object) -> None:
        """Whatever the call asked for, nobody waits for it any more."""
        self._note(False)

    def withdraw(self) -> None:
        """Ends it in all threads: nobody will call `closed`."""
        with _ASKING_LOCK:
            for thread in list(_asking):
                self._leave(thread)

    def _note(self, asked: bool) -> None:
        if not (asked or self.traced or _everywhere.eager):
            return  # nothing is open, and nothing is to be
        compiling = torch.compiler.is_compiling()
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


_RECORDERS = "transformers.utils.output_capturing"
"""Where transformers collects what modules return: the attention weights, among others."""
