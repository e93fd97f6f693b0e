"""Hooks by which a replaced attention learns that a caller of a module around it asks for attention weights."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import NamedTuple

from torch import nn

from ._installed import definitions, digest_of
from ._patches import patched
from ._requests import REQUEST, Argument, Request, argument_of, records
from ._swap import Swap, is_generated, name_of
from .registry import HANDING, REGISTRY, Entry


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
    flags: tuple[str, ...]
    """By these arguments of other names."""

    @classmethod
    def of(cls, asked: type, flags: frozenset[str]) -> Hearing:
        """What is known of the class `asked`, where the attention inside gives its weights for one of `flags`."""
        forward = asked.forward  # type: ignore[attr-defined]  # of modules
        parameters = inspect.signature(forward).parameters
        named = REQUEST in parameters
        keywords = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        original = asked.__bases__[0] if is_generated(asked) else asked
        alone = named and (getattr(forward, "listens", False) or _hands_on(original))
        return cls(named, keywords and not named, alone, records(forward), tuple(sorted(flags & {*parameters})))


class Listener:
    """Puts hooks on the modules of a model by which what is replaced in it learns that a caller asks for weights."""

    def __init__(self, model: nn.Module, swaps: Iterable[Swap]) -> None:
        self.model = model
        self.flags = frozenset(flag for swap in swaps for flag in REGISTRY[name_of(swap.original)].flags)
        self.known: dict[type, Hearing] = {}

    def listen(self, path: str) -> None:
        """Hooks for what is replaced at `path`: on every module around it that can be asked, since any of them may
        collect what the others hand on. What hands the very argument on needs none, nor does a generated class that is
        `listening`; what is replaced hears it by itself. Where the outermost that can be asked takes the request among
        other keywords, it has hooks, too, unless one of them records what is returned inside of it."""
        names = path.split(".") if path else []
        around = [self.model.get_submodule(".".join(names[:length])) for length in range(len(names) + 1)]
        known = [self._known(type(module)) for module in around]
        recorded = any(one.recorded for one in known)
        first = next((place for place, one in enumerate(known[:-1]) if one.named or one.among_others), None)
        for place, (module, one) in enumerate(zip(around, known, strict=True)):
            among_others = place == first and one.among_others and not recorded
            named = one.named and not one.alone and place < len(names)
            asking = [*one.flags, *([REQUEST] if named or among_others else [])]
            if asking and "_sdpa_requests" not in module.__dict__:
                _ask(module, {name: argument_of(type(module).forward, name) for name in asking})

    def _known(self, cls: type) -> Hearing:
        if cls not in self.known:
            self.known[cls] = Hearing.of(cls, self.flags)
        return self.known[cls]


def _ask(module: nn.Module, arguments: dict[str, Argument]) -> None:
    request = Request(arguments)
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
