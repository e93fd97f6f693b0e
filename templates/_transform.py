"""Swaps the attention classes of a live model for the generated ones, and back.

Nothing is copied: a swap assigns `module.__class__`, so parameters, buffers, hooks, devices, dtypes, flags, ties and
an optimizer's references stay. Every check comes before the first swap, and a failure rolls back.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import sys
import threading
import types
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from . import _policy
from ._requests import Request, position_of, records
from .registry import HANDING, REFUSED, REGISTRY, VERSIONS, Entry

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

Model = TypeVar("Model", bound=nn.Module)

_GENERATED = {(f"{__package__}.{entry.module}", entry.cls): path for path, entry in REGISTRY.items()}
_LOCK = threading.RLock()
_REQUEST = "output_attentions"
_ABSORBED = (nn.Dropout, nn.Identity, nn.Softmax)
"""Modules of torch that a generated class has in its call."""
_KNOWN_PACKAGES = ("torch", "builtins", "abc", "typing", "typing_extensions", "collections", "enum")
_BY_PYTHON = (type, classmethod, types.GetSetDescriptorType, types.MemberDescriptorType)
"""What Python puts into a class besides functions, or what is a class itself; methods of a class are looked at."""
_STATE = ("_sdpa_calls", "_sdpa_asked", "_sdpa_check")
"""What a replaced module keeps in its own attributes."""


class TransformError(RuntimeError):
    """A model could not be transformed or reversed; it is as it was before the call."""

    code = "TRANSFORM_FAILED"

    def __str__(self) -> str:
        return f"{self.code} {self.args[0]}"


class DriftError(TransformError):
    """The installed source of a class is not the source that its replacement was generated from."""

    code = "DRIFT"


class NothingToReplaceError(TransformError):
    """No module of the model has a replacement."""

    code = "NOTHING_TO_REPLACE"


class AlreadyTransformedError(TransformError):
    """The model holds generated classes already."""

    code = "ALREADY_TRANSFORMED"


class NotTransformedError(TransformError):
    """The model holds no generated class."""

    code = "NOT_TRANSFORMED"


class CopyError(TransformError):
    """`keep_original_model=True`, and the model cannot be copied."""

    code = "COPY_FAILED"


class CheckError(TransformError):
    """`check=True`, and a replaced module gave another result than its original. The model was reversed.

    `path` names the module, `difference` is the largest absolute difference, `tolerance` what was allowed.
    """

    code = "CHECK_FAILED"

    def __init__(self, message: str, path: str, difference: float, tolerance: float) -> None:
        super().__init__(message, path, difference, tolerance)
        self.path, self.difference, self.tolerance = path, difference, tolerance


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


class _Swap(NamedTuple):
    """One planned swap. `rebound` names the instance attributes that hold the class's own forward, bound."""

    path: str
    module: nn.Module
    original: type[nn.Module]
    replacement: type[nn.Module]
    rebound: tuple[str, ...]


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
            model = _shared_copy(model)
            swaps, _ = _plan(model)
        done: list[_Swap] = []
        hearing: dict[type, _Hearing] = {}
        try:
            for swap in swaps:
                done.append(swap)
                _assign(swap.module, swap.replacement, swap.rebound)
                swap.module.__dict__["_sdpa_calls"] = 0
                _listen(model, swap.path, hearing)
                if check:
                    _Check(model, swap).install()
        except BaseException:
            for swap in reversed(done):
                _restore(swap.module, swap.original, swap.rebound)
            _stop_listening(model)
            raise
    return model


def reverse(model: Model) -> Model:
    """Gives every replaced module of `model` its original class back, in place, and returns the model.

    Raises NotTransformedError where nothing was replaced, and TransformError where a replaced module's class was
    changed since (parametrized, sharded); the model is then as it was.
    """
    with _LOCK:
        swaps: list[_Swap] = []
        for path, module in model.named_modules():
            cls = type(module)
            if _is_generated(cls):
                original: type[nn.Module] = cls.__bases__[0]
                swaps.append(_Swap(path, module, original, cls, _bound_forwards(module, cls)))
            elif _generated_base(cls) is not None:
                raise TransformError(
                    f"{path or 'the model'} became a {cls.__qualname__} after transform, and cannot be reversed; undo "
                    f"what changed its class first ({_runtime_class(module) or 'a subclass was assigned'})"
                )
        if not swaps:
            raise NotTransformedError("the model holds no generated attention class; call transform(model) first")
        _restore_all(swaps)
        _stop_listening(model)
    return model


def report(model: nn.Module) -> Report:
    """Which modules of `model` are replaced, with their fused calls, and which attention modules are not, and why."""
    replaced = []
    for path, module in model.named_modules():
        cls, generated = type(module), _generated_base(type(module))
        if generated is not None:
            state = module.__dict__.get("_sdpa_check", "")
            check = "waits for the first forward" if isinstance(state, _Check) else str(state)
            calls = module.__dict__.get("_sdpa_calls", 0)
            original = _GENERATED[generated.__module__, generated.__qualname__]
            replaced.append(Replaced(path, original, cls.__name__, calls, check))
    swaps, left, _ = _survey(model)
    ready = "has a replacement; call transform(model)"
    waiting = [LeftAlone(swap.path, _name(swap.original), ready) for swap in swaps]
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


def _plan(model: nn.Module) -> tuple[list[_Swap], list[LeftAlone]]:
    """What to swap. Raises where a transform must not begin."""
    for path, module in model.named_modules():
        if _generated_base(type(module)) is not None:
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


def _survey(model: nn.Module) -> tuple[list[_Swap], list[LeftAlone], list[str]]:
    """Every attention module of `model`: to be swapped, or left alone; and what has drifted."""
    swaps: list[_Swap] = []
    left: list[LeftAlone] = []
    drifted: dict[type, str] = {}
    verdicts: dict[type[nn.Module], type[nn.Module] | str] = {}
    handled: set[str] = set()
    unknown: list[LeftAlone] = []
    for path, module in model.named_modules():
        cls = type(module)
        if _generated_base(cls) is not None:
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
                left.append(LeftAlone(path, _name(cls), f"{tool}; call transform before it" if tool else verdict))
            elif "attention" in cls.__name__.lower():
                reason = "not in the registry; `python -m codemod list` says whether it can be"
                unknown.append(LeftAlone(path, _name(cls), reason))
            continue
        handled.add(path)
        rebound = _bound_forwards(module, cls)
        reason = _changed_instance(module, cls, rebound) or _changed_part(module, REGISTRY[_name(cls)], verdict)
        if reason:
            left.append(LeftAlone(path, _name(cls), reason))
        else:
            swaps.append(_Swap(path, module, cls, verdict, rebound))
    # A container of an attention that has its verdict (`ToyAttention` holds `ToySelfAttention`) needs none of its own.
    for item in unknown:
        within = f"{item.path}." if item.path else ""
        if not any(path.startswith(within) for path in handled):
            left.append(item)
    return swaps, left, list(drifted.values())


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _is_generated(cls: type) -> bool:
    return (cls.__module__, cls.__qualname__) in _GENERATED


def _generated_base(cls: type) -> type | None:
    """The generated class that `cls` is, or that some tool made it from after `transform`."""
    return next((base for base in cls.__mro__ if _is_generated(base)), None)


def _replacement(cls: type[nn.Module]) -> type[nn.Module] | str:
    """The generated class for `cls`, or why it stays ("" where nothing is known of it). Raises DriftError."""
    path = _name(cls)
    entry = REGISTRY.get(path)
    if entry is None:
        if path in REFUSED:
            return "; ".join(f"{code} {message} (in {method})" for method, code, message in REFUSED[path])
        for base in cls.__mro__[1:]:
            if _name(base) in REGISTRY:
                return f"a subclass of {base.__qualname__}, and may compute something else"
        return ""
    drift = _drift(path, entry) or ""
    if drift:
        raise DriftError(drift)
    patched = _patched(entry)
    if patched:
        return patched
    try:
        module = importlib.import_module(f".{entry.module}", __package__)
        replacement: type[nn.Module] = getattr(module, entry.cls)
    except (ImportError, AttributeError) as error:
        raise DriftError(f"{path}: its generated module cannot be imported ({error}); {_regenerate(entry)}") from error
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


def _bound_forwards(module: nn.Module, cls: type[nn.Module]) -> tuple[str, ...]:
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


def _changed_instance(module: nn.Module, cls: type[nn.Module], rebound: tuple[str, ...]) -> str:
    """Why an instance is not what its class says: a method was replaced on it; "" where nothing was."""
    hooked = "_old_forward" in rebound and "_hf_hook" in module.__dict__
    for name, value in module.__dict__.items():
        if name in rebound or (name == "forward" and hooked):
            continue
        if callable(value) and isinstance(inspect.getattr_static(cls, name, None), types.FunctionType):
            return f"its {name} was replaced on the instance, by something that is not known here"
    return ""


def _changed_part(module: nn.Module, entry: Entry, replacement: type[nn.Module]) -> str:
    """Why a submodule of an attention, which its generated class may not call, is not what was analysed; "" where none
    is. What a hook on a dropout or a softmax sees, as tools that look at weights use it, would be nothing."""
    for name, part in module.named_modules():
        if part is module or not _is_absorbed(type(part), entry):
            continue
        if part._forward_hooks or part._forward_pre_hooks or part._backward_hooks or part._backward_pre_hooks:
            return f"its {name} has hooks, which the generated class may not call"
        if "forward" in part.__dict__ and "_hf_hook" not in part.__dict__:
            return f"its {name}.forward was replaced on the instance"
    for name in _dropouts(replacement.__module__, replacement.__name__):
        dropout: Any = module
        for attribute in name.split("."):
            dropout = getattr(dropout, attribute, None)
        if dropout is not None and not _is_absorbed(type(dropout), entry):
            return f"its {name} is a {_name(type(dropout))}, and no dropout that is known here"
    return ""


def _is_absorbed(kind: type, entry: Entry) -> bool:
    """Whether a generated class may have the modules of a class in its call, or in its own lines."""
    return kind in _ABSORBED or f"{kind.__module__}:{kind.__qualname__}" in entry.reads


@functools.cache
def _dropouts(module: str, name: str) -> tuple[str, ...]:
    """The attributes of which a generated class asks how much they drop."""
    classes = [node for node in _statements(module)[0] if isinstance(node, ast.ClassDef) and node.name == name]
    calls = [node for cls in classes for node in ast.walk(cls) if isinstance(node, ast.Call)]
    asked = [node.args[0] for node in calls if getattr(node.func, "id", "") == "dropout_probability" and node.args]
    texts = [ast.unparse(node) for node in asked]
    found = [text for text in texts if text.startswith("self.") and text.replace(".", "_").isidentifier()]
    return tuple(text.removeprefix("self.") for text in found)


def _assign(module: nn.Module, cls: type[nn.Module], rebound: tuple[str, ...]) -> None:
    # not setattr: a module may have a __setattr__ of its own
    object.__setattr__(module, "__class__", cls)
    for name in rebound:
        module.__dict__[name] = types.MethodType(cls.forward, module)


def _restore(module: nn.Module, original: type[nn.Module], rebound: tuple[str, ...]) -> None:
    """The inverse of a swap, whole or half done."""
    _assign(module, original, rebound)
    module.__dict__.pop("_sdpa_calls", None)
    module.__dict__.pop("_sdpa_asked", None)
    check = module.__dict__.pop("_sdpa_check", None)
    if isinstance(check, _Check):
        check.remove()


class _Hearing(NamedTuple):
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
    def of(cls, asked: type) -> _Hearing:
        forward = asked.forward  # type: ignore[attr-defined]  # of modules
        parameters = inspect.signature(forward).parameters
        named = _REQUEST in parameters
        keywords = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        original = asked.__bases__[0] if _is_generated(asked) else asked
        alone = named and (getattr(forward, "listens", False) or _hands_on(original))
        return cls(named, keywords and not named, alone, records(forward))


def _listen(model: nn.Module, path: str, hearing: dict[type, _Hearing]) -> None:
    """Hooks by which what is replaced at `path` learns that a caller asks for the weights: on every module around it
    that can be asked, since any of them may collect what the others hand on. What hands the very argument on needs
    none, nor does a generated class that is `listening`. Where the outermost that can be asked takes the request among
    other keywords, it has hooks, too, unless one of them records what is returned inside of it. `hearing` keeps what
    is known of each class."""
    names = path.split(".") if path else []
    around = [model.get_submodule(".".join(names[:length])) for length in range(len(names) + 1)]
    for cls in map(type, around):
        if cls not in hearing:
            hearing[cls] = _Hearing.of(cls)
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
    digest = HANDING.get(_name(cls))
    if digest is None or cls.__qualname__ not in (_definitions(cls.__module__) or {}):
        return False
    read = Entry("", "", "", "", (f"{cls.__module__}:{cls.__qualname__}",))
    return _digest(cls.__module__, cls.__qualname__) == digest and not _patched(read)


def _stop_listening(model: nn.Module) -> None:
    for module in model.modules():
        request, *handles = module.__dict__.pop("_sdpa_requests", (None,))
        for handle in handles:
            handle.remove()
        if request is not None:
            request.withdraw()


def _restore_all(swaps: list[_Swap]) -> None:
    """Reverses all, or none where one fails."""
    kept: list[dict[str, Any]] = [
        {name: swap.module.__dict__[name] for name in _STATE if name in swap.module.__dict__} for swap in swaps
    ]
    done = 0
    try:
        for swap in swaps:
            done += 1
            _assign(swap.module, swap.original, swap.rebound)
        for swap in swaps:
            _restore(swap.module, swap.original, swap.rebound)
    except BaseException:
        for swap, state in zip(swaps[:done], kept, strict=False):
            _assign(swap.module, swap.replacement, swap.rebound)
            swap.module.__dict__.update(state)
        raise


# A second model that shares every tensor -----------------------------------------------------------------------------


def _shared_copy(model: Model) -> Model:
    """A deep copy of `model` that holds the same tensors."""
    memo: dict[int, Any] = {}
    for module in model.modules():
        memo.update((id(tensor), tensor) for tensor in _tensors(vars(module)))
    try:
        return copy.deepcopy(model, memo)
    except Exception as error:
        raise CopyError(
            f"{type(model).__qualname__} cannot be copied ({type(error).__name__}: {error}); use "
            "keep_original_model=False, or transform it before it is wrapped or dispatched"
        ) from error


def _tensors(value: object, seen: set[int] | None = None) -> Iterator[Tensor]:
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
        yield from _tensors(child, seen)


# Drift: is the installed source what was analysed? -------------------------------------------------------------------


class _Definition(NamedTuple):
    """A class, a function or a constant at module level: its source and lines, the names that a class's body binds,
    the numbers among what it binds them to (of a constant, its value), and each function among them (of a function,
    itself)."""

    text: str
    lines: range
    is_class: bool
    names: frozenset[str]
    numbers: Mapping[str, float | str | None]
    functions: Mapping[str, _Function]


class _Function(NamedTuple):
    """A function: the name in its code, and how many decorators it has, None where it is bound among other things."""

    name: str
    decorators: int | None


def _drift(path: str, entry: Entry) -> str:
    """How the installed source of a class differs from what its replacement was generated from; "" if it does not."""
    pairs = []
    place = ""
    for read in entry.reads:
        module, _, name = read.partition(":")
        definitions = _definitions(module)
        if definitions is None:
            package = module.partition(".")[0]
            installed = _version(package)
            if installed and installed == VERSIONS.get(package):
                return ""
            return (
                f"{path}: {module} has no source to compare, and {package} {installed or 'of unknown version'} is "
                f"installed where {VERSIONS.get(package, 'no version')} is registered; {_regenerate(entry)}"
            )
        place = place or _file(module)
        if name not in definitions:
            return f"{path}: {read} is not in the installed {_file(module)}; {_regenerate(entry)}"
        pairs.append((read, _digest(module, name)))
    if combined_digest(pairs) != entry.sha256:
        return f"{path}: the installed source in {place} is not what {entry.cls} was made from; {_regenerate(entry)}"
    return ""


def _regenerate(entry: Entry) -> str:
    """The command that writes the class anew, as its generated file states it."""
    marker = "# regenerate: "
    command = f"python -m codemod generate --arch {entry.module}"
    try:
        with Path(__file__).with_name(f"{entry.module}.py").open(encoding="utf-8") as file:
            command = next((line[len(marker) :].strip() for line in file if line.startswith(marker)), command)
    except OSError:
        pass  # a package without source files: the usual command stands
    return f"run `{command}`"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _file(module: str) -> str:
    """The source file of a module that need not be imported, "" where there is none."""
    loaded = sys.modules.get(module)
    spec = getattr(loaded, "__spec__", None)
    if spec is None:
        try:
            spec = importlib.util.find_spec(module)
        except (ImportError, ValueError):
            return ""
    return (spec.origin if spec is not None else None) or ""


@functools.cache
def _statements(module: str) -> tuple[list[ast.stmt], str] | tuple[list[ast.stmt], None]:
    """The statements of a module and its source, None where that is not available."""
    loaded = sys.modules.get(module)
    spec = getattr(loaded, "__spec__", None)
    try:
        spec = spec or importlib.util.find_spec(module)
        text = spec.loader.get_source(module)  # type: ignore[union-attr]  # a loader without it has no source
        tree = ast.parse(text)
    except (AttributeError, ImportError, OSError, SyntaxError, TypeError, ValueError):
        return [], None
    return tree.body, text


@functools.cache
def _definitions(module: str) -> dict[str, _Definition] | None:
    """The classes and functions at the top of a module, None where its source is not available."""
    body, text = _statements(module)
    if text is None:
        return None
    lines = text.split("\n")
    classes: dict[str, _Definition] = {}
    functions: dict[str, _Definition] = {}
    constants: dict[str, _Definition] = {}
    for node in _module_level(body):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            last = node.end_lineno or node.lineno
            found = classes if isinstance(node, ast.ClassDef) else functions
            segment = "\n".join(lines[first - 1 : last])
            found[node.name] = _Definition(segment, range(first, last + 1), found is classes, *_bound(node))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                with contextlib.suppress(ValueError, TypeError):  # no literal
                    value = ast.literal_eval(node.value)
                    if isinstance(target, ast.Name) and (value is None or isinstance(value, (int, float, str))):
                        text = f"{target.id} = {value!a}"
                        constants[target.id] = _Definition(text, range(0), False, frozenset(), {target.id: value}, {})
    return constants | functions | classes


def _bound(
    node: ast.ClassDef | ast.FunctionDef,
) -> tuple[frozenset[str], dict[str, float | str | None], dict[str, _Function]]:
    """`names`, `numbers` and `functions` of a definition."""
    if isinstance(node, ast.FunctionDef):
        return frozenset(), {}, {node.name: _Function(node.name, _decorators(node))}
    names: Counter[str] = Counter()
    numbers: dict[str, float | str | None] = {}
    functions: dict[str, _Function] = {}
    direct = set(node.body)
    for part in _class_level(node.body):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"_{node.name.lstrip('_')}{part.name}" if _is_private(part.name) else part.name
            names[name] += 1
            if not isinstance(part, ast.ClassDef):
                functions[name] = _Function(part.name, _decorators(part) if part in direct else None)
        elif isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            names[part.id] += 1
        elif isinstance(part, ast.alias):
            names[part.asname or part.name.partition(".")[0]] += 1
        elif isinstance(part, ast.Assign) and part in direct and isinstance(part.targets[0], ast.Name):
            with contextlib.suppress(ValueError, TypeError):  # no literal
                value = ast.literal_eval(part.value)
                if isinstance(value, (int, float)):
                    numbers[part.targets[0].id] = value
    once = {name for name, times in names.items() if times == 1}
    return (
        frozenset(names),
        {name: number for name, number in numbers.items() if name in once},
        {
            name: function if name in once else function._replace(decorators=None)
            for name, function in functions.items()
        },
    )


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many decorators may put another function in the place of one."""
    plain = ("staticmethod", "classmethod", "property")
    return sum(not (isinstance(inner, ast.Name) and inner.id in plain) for inner in node.decorator_list)


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _class_level(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Whatever runs in the body of a class itself, and not in what it defines."""
    for node in body:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _class_level(ast.iter_child_nodes(node))


def _module_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported, those below `if`, `try` and `with` included."""
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            if isinstance(statement, (ast.If, ast.Try, ast.With)):
                yield from _module_level(getattr(statement, name, ()))
        for branch in getattr(statement, "handlers", ()):
            yield from _module_level(branch.body)


@functools.cache
def _digest(module: str, name: str) -> str:
    return normalised_digest((_definitions(module) or {})[name].text)


def normalised_digest(text: str) -> str:
    """sha256 of Python source by what it says: comments, blank lines, formatting and docstrings do not count.

    `text` may be indented, as a method is. The dump is our own, since that of `ast` differs between Python versions.
    Raises SyntaxError where `text` does not parse.
    """

    def dump(value: object) -> str:
        if isinstance(value, ast.Constant):
            constant = value.value
            # repr of a long int is an error, repr of a str depends on the Unicode version
            shown = hex(constant) if type(constant) is int else ascii(constant)
            return f"{type(constant).__name__} {shown}"
        if isinstance(value, list):
            return f"[{', '.join(dump(item) for item in value)}]"
        if not isinstance(value, ast.AST):
            return ascii(value)
        parts = []
        for name, item in ast.iter_fields(value):
            if name == "body" and isinstance(value, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                first = item[0] if item else None
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    item = item[1:] if isinstance(first.value.value, str) else item
            if isinstance(value, ast.JoinedStr):  # Python 3.12.1 ends nested formats with an empty string
                item = [part for part in item if not (isinstance(part, ast.Constant) and part.value == "")]
            if name not in ("ctx", "kind", "type_comment") and item is not None and item != []:
                parts.append(f"{name}={dump(item)}")
        return f"{type(value).__name__}({', '.join(parts)})"

    indented = text[:1] in (" ", "\t")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # not dedented: that would change the lines of a multi-line string
        tree = ast.parse(f"if 1:\n{text}" if indented else text)
    body = tree.body[0].body if indented else tree.body  # type: ignore[attr-defined]  # it is the `if`
    return hashlib.sha256(dump(ast.Module(body=body, type_ignores=[])).encode()).hexdigest()


def combined_digest(reads: Iterable[tuple[str, str]]) -> str:
    """sha256 over (dotted name, digest) pairs, whatever their order."""
    lines = [f"{name} {digest}\n" for name, digest in sorted(set(reads))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


# Patches: is what runs the source that was analysed? -----------------------------------------------------------------


def _patched(entry: Entry) -> str:
    """What a user, or other code, put in place of something that the analysis read; "" where nothing was."""
    live: dict[str, object] = {}
    for read in entry.reads:
        module_name, _, name = read.partition(":")
        module = sys.modules.get(module_name)
        definition = (_definitions(module_name) or {}).get(name)
        if module is None or definition is None or name not in module.__dict__:
            continue
        value = live[read] = module.__dict__[name]
        if not definition.is_class and name in definition.numbers:
            if not _is_same(value, definition.numbers[name]):
                return f"{module_name}.{name} is another value than in its source"
        elif isinstance(value, type) and definition.is_class:
            changed = _changed(value, module, definition)
            if changed:
                return f"{value.__qualname__}.{changed} was replaced by code from elsewhere"
            strange = next((base for base in value.__mro__[1:] if not _is_read(base, entry)), None)
            if strange is not None:
                return f"{value.__qualname__} descends from {_name(strange)}, which was not read"
        elif definition.is_class or not _from_source(value, name, module, definition):
            return f"{module_name}.{name} was replaced by code from elsewhere"
    return _bound_anew(live)


def _is_read(base: type, entry: Entry) -> bool:
    """Whether a parent of a class that was read was read too, or is one of those that are known."""
    return _is_known(base) or f"{base.__module__}:{base.__qualname__}" in entry.reads


def _is_known(cls: type) -> bool:
    """Whether a class is one of Python, of torch, or of transformers and none of its models."""
    package, _, rest = cls.__module__.partition(".")
    return package in _KNOWN_PACKAGES or (package == "transformers" and not rest.startswith("models."))


def _bound_anew(live: Mapping[str, object]) -> str:
    """What stands under a name that a module imports, where it is not what its source imports under it."""
    wanted = {read.partition(":")[2] for read in live}
    for module_name in sorted({read.partition(":")[0] for read in live}):
        space = sys.modules[module_name].__dict__
        for local, (origin, symbol) in _imports(module_name).items():
            if symbol in wanted and local in space:
                read = _origin(origin, symbol)
                if read in live and space[local] is not live[read]:
                    return f"{module_name}.{local} was replaced by code from elsewhere"
    return ""


@functools.cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """What a module imports from others at its top: the local name, the other module, and the name there."""
    found: dict[str, tuple[str, str]] = {}
    for node in _module_level(_statements(module)[0]):
        if isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            package = getattr(sys.modules.get(module), "__package__", None)
            with contextlib.suppress(ImportError, ValueError):
                other = importlib.util.resolve_name(name, package)
                found.update({alias.asname or alias.name: (other, alias.name) for alias in node.names})
    return found


def _origin(module: str, name: str, depth: int = 8) -> str:
    """Where a name of a module is defined, in it or in another, as the registry writes it; "" where that is lost."""
    if name in (_definitions(module) or {}):
        return f"{module}:{name}"
    if depth == 0 or name not in _imports(module):
        return ""
    return _origin(*_imports(module)[name], depth - 1)


def _changed(live: type, module: types.ModuleType, definition: _Definition) -> str:
    """The attribute by which a class differs from its definition, "" where there is none. What decorators or other
    code did to it is seen here: the analysis reads none of it."""
    if not _is_known(type(live)):
        return "__class__"
    for name, value in vars(live).items():
        if name in definition.functions:
            continue
        if not (_from_source(value, name, module, definition) or _from_dataclass(live, name, value, module)):
            return name
        added = name not in definition.names and not isinstance(value, (types.FunctionType, *_BY_PYTHON))
        if added and (callable(value) or hasattr(value, "__get__")):  # it may hide what instances have
            return name
    for name in definition.functions:
        value = vars(live).get(name)
        if not (_from_source(value, name, module, definition) or _from_dataclass(live, name, value, module)):
            return name
    for name, number in definition.numbers.items() if issubclass(live, nn.Module) else ():
        if not _is_same(vars(live).get(name), number):
            return name
    return ""


def _is_same(value: object, said: float | str | None) -> bool:
    return type(value) is type(said) and value == said


def _from_source(value: object, name: str, module: types.ModuleType, definition: _Definition) -> bool:
    """Whether a function is that of its definition, as its decorators may leave it; True for data."""
    function = definition.functions.get(name)
    decorators = None if function is None else function.decorators
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    elif isinstance(value, (property, functools.cached_property)):
        value = value.fget if isinstance(value, property) else value.func
    if not isinstance(value, types.FunctionType):
        if function is None:
            return True
        made = callable(value) or hasattr(value, "__get__")  # by a decorator
        return decorators != 0 and made and not isinstance(value, (functools.partial, functools.partialmethod))
    if function is None and value.__globals__.get("__name__") in ("typing", "typing_extensions"):
        return True  # protocols
    wrappers = [value]
    while isinstance(getattr(wrappers[-1], "__wrapped__", None), types.FunctionType) and len(wrappers) < 20:
        wrappers.append(wrappers[-1].__wrapped__)  # type: ignore[attr-defined]  # `functools.wraps` puts it there
    code = wrappers.pop().__code__
    # transformers' layers wrap what is defined in their subclasses, for checkpoints
    wrappers = [wrapper for wrapper in wrappers if not _is_of_library(wrapper)]
    written = code.co_filename == module.__file__ and code.co_firstlineno in definition.lines
    if function is None:
        return not wrappers and (written or (name in definition.names and _of_its_package(code, module)))
    if decorators is not None and len(wrappers) > decorators:
        return False
    if written:
        return code.co_name == function.name or decorators != 0
    return decorators != 0 and "<locals>" in value.__qualname__ and _of_its_package(code, module)


def _is_of_library(function: types.FunctionType) -> bool:
    """Whether a function is one of transformers, and of none of its models."""
    package, _, rest = str(function.__globals__.get("__name__", "")).partition(".")
    return package == "transformers" and not rest.startswith("models.")


def _of_its_package(code: types.CodeType, module: types.ModuleType) -> bool:
    """Whether code stands in the package of a module, or in the same file where it is in none."""
    package = sys.modules.get(module.__name__.partition(".")[0])
    file = getattr(package, "__file__", None)
    if file is None or not hasattr(package, "__path__"):
        return code.co_filename == module.__file__
    return Path(file).parent in Path(code.co_filename).parents


def _from_dataclass(live: type, name: str, value: object, module: types.ModuleType) -> bool:
    """Whether a method is one that `dataclasses` wrote for a class of the module: its text is in no file."""
    if "__dataclass_fields__" not in vars(live) or not name.startswith("__"):
        return False
    written = inspect.unwrap(value) if isinstance(value, types.FunctionType) else None
    if not isinstance(written, types.FunctionType):
        return False
    return written.__code__.co_filename == "<string>" and written.__globals__ is module.__dict__


# check=True: the original beside its replacement, once ---------------------------------------------------------------


_UNIT = {torch.float64: 1e-10, torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 4e-2}
"""What `check` allows, relative to 1 + the largest absolute value of the original's result."""


class _Check:
    """The hooks of one replaced module under `check=True`."""

    def __init__(self, model: nn.Module, swap: _Swap) -> None:
        self.model = model
        self.swap = swap
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
        tensors = list(_tensors([args, kwargs]))
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
                with _LOCK:
                    reverse(self.model)
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
