"""Hooks by which a replaced attention learns that a caller of a module around it asks for attention weights."""

from __future__ import annotations

import inspect
from typing import NamedTuple

from torch import nn

from ._installed import definitions, digest_of
from ._patches import patched
from ._requests import Request, position_of, records
from ._swap import is_generated, name_of
from .registry import HANDING, Entry

_REQUEST = "output_attentions"


class Hearing(NamedTuple):
    """How the modules of a class can be asked for attention weights."""

    named: bool
    """By an argument `output_attentions`."""
    among_others: bool
    """Among other keywords alone."""
    alone: bool
    """They hand the argument on, or hear it by themselves."""
    recorded: bool
    """transformers records what is returned inside of them, and has the request itself."""

    @classmethod
    def of(cls, asked: type) -> Hearing:
        forward = asked.forward  # type: ignore[attr-defined]  # of modules
        parameters = inspect.signature(forward).parameters
        named = _REQUEST in parameters
        keywords = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        original = asked.__bases__[0] if is_generated(asked) else asked
        alone = named and (getattr(forward, "listens", False) or _hands_on(original))
        return cls(named, keywords and not named, alone, records(forward))


def listen(model: nn.Module, path: str, hearing: dict[type, Hearing]) -> None:
    """Hooks by which what is replaced at `path` learns that a caller asks for the weights: on every module around it
    that can be asked, since any of them may collect what the others hand on. What hands the very argument on needs
    none, nor does a generated class that is `listening`. Where the outermost that can be asked takes the request among
    other keywords, it has hooks, too, unless one of them records what is returned inside of it. `hearing` keeps what
    is known of each class."""
    names = path.split(".") if path else []
    around = [model.get_submodule(".".join(names[:length])) for length in range(len(names) + 1)]
    for cls in map(type, around):
        if cls not in hearing:
            hearing[cls] = Hearing.of(cls)
    known = [hearing[type(module)] for module in around]
    recorded = any(one.recorded for one in known)
    first = next((place for place, one in enumerate(known[:-1]) if one.named or one.among_others), None)
    for place, module in enumerate(around):
        one = known[place]
        among_others = place == first and one.among_others and not recorded
        if ((one.named and not one.alone) or among_others) and "_sdpa_requests" not in module.__dict__:
            request = Request(position_of(type(module).forward, _REQUEST))
            before = module.register_forward_pre_hook(request.opened, prepend=True, with_kwargs=True)
            module.__dict__["_sdpa_requests"] = (request, before)
            after = module.register_forward_hook(request.closed, always_call=True)
            module.__dict__["_sdpa_requests"] = (request, before, after)


def _hands_on(cls: type) -> bool:
    """Whether a class is, to the letter, one of those that hand on by which argument they were asked for weights."""
    digest = HANDING.get(name_of(cls))
    if digest is None or cls.__qualname__ not in (definitions(cls.__module__) or {}):
        return False
    read = Entry("", "", "", "", (f"{cls.__module__}:{cls.__qualname__}",))
    return digest_of(cls.__module__, cls.__qualname__) == digest and not patched(read)


def stop_listening(model: nn.Module) -> None:
    for module in model.modules():
        request, *handles = module.__dict__.pop("_sdpa_requests", (None,))
        for handle in handles:
            handle.remove()
        if request is not None:
            request.withdraw()
