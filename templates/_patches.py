"""Patches: whether what lives in memory is the source that was analysed, classes, functions and single modules."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import sys
import types
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from ._installed import Definition, definitions, imports, origin, statements
from ._swap import is_generated, name_of
from .registry import Entry

_ABSORBED = (nn.Dropout, nn.Identity, nn.Softmax)
"""Modules of torch that a generated class has in its call."""
_KNOWN_PACKAGES = ("torch", "builtins", "abc", "typing", "typing_extensions", "collections", "enum")
_BY_PYTHON = (type, classmethod, types.GetSetDescriptorType, types.MemberDescriptorType)
"""What Python puts into a class besides functions, or what is a class itself; methods of a class are looked at."""


def patched(entry: Entry) -> str:
    """What a user, or other code, put in place of something that the analysis read; "" where nothing was."""
    live: dict[str, object] = {}
    for read in entry.reads:
        module_name, _, name = read.partition(":")
        module = sys.modules.get(module_name)
        definition = (definitions(module_name) or {}).get(name)
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
                return f"{value.__qualname__} descends from {name_of(strange)}, which was not read"
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
        for local, (other, symbol) in imports(module_name).items():
            if symbol in wanted and local in space:
                read = origin(other, symbol)
                if read in live and space[local] is not live[read]:
                    return f"{module_name}.{local} was replaced by code from elsewhere"
    return ""


def _changed(live: type, module: types.ModuleType, definition: Definition) -> str:
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


def _from_source(value: object, name: str, module: types.ModuleType, definition: Definition) -> bool:
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


def changed_instance(module: nn.Module, cls: type[nn.Module], rebound: tuple[str, ...]) -> str:
    """Why an instance is not what its class says: a method was replaced on it; "" where nothing was."""
    hooked = "_old_forward" in rebound and "_hf_hook" in module.__dict__
    for name, value in module.__dict__.items():
        if name in rebound or (name == "forward" and hooked):
            continue
        if callable(value) and isinstance(inspect.getattr_static(cls, name, None), types.FunctionType):
            return f"its {name} was replaced on the instance, by something that is not known here"
    return ""


def changed_part(module: nn.Module, entry: Entry, replacement: type[nn.Module]) -> str:
    """Why a submodule of an attention, which its generated class may not call, is not what was analysed; "" where none
    is. What a hook on a dropout or a softmax sees, as tools that look at weights use it, would be nothing."""
    for name, part in module.named_modules():
        if part is module or not _is_absorbed(type(part), entry):
            continue
        if part._forward_hooks or part._forward_pre_hooks or part._backward_hooks or part._backward_pre_hooks:
            return f"its {name} has hooks, which the generated class may not call"
        if "forward" in part.__dict__ and "_hf_hook" not in part.__dict__:
            return f"its {name}.forward was replaced on the instance"
    for name, owner in module.named_modules():
        if owner is module or f"{type(owner).__module__}:{type(owner).__qualname__}" in entry.reads:
            changed = _made_otherwise(owner, entry)
            if changed:
                return f"its {name}{'.' if name else ''}{changed}"
    for name in _dropouts(replacement.__module__, replacement.__name__):
        dropout: Any = module
        for attribute in name.split("."):
            dropout = getattr(dropout, attribute, None)
        if dropout is not None and not _is_absorbed(type(dropout), entry):
            return f"its {name} is a {name_of(type(dropout))}, and no dropout that is known here"
    return ""


def _made_otherwise(module: nn.Module, entry: Entry) -> str:
    """Which submodule is not what the constructor makes of that attribute: a softmax, or a module of a class that was
    read, either of which a generated class may have in its own lines; "" where none is."""
    known = {name for name in map(_class_read, entry.reads) if name}
    made: dict[str, tuple[str, float | None]] = {}
    for cls in type(module).__mro__:
        if f"{cls.__module__}:{cls.__qualname__}" in entry.reads:
            made = {**_constructed(cls.__module__, cls.__qualname__), **made}
    for name, (called, dim) in made.items():
        part = module._modules.get(name)
        if part is None or is_generated(type(part)) or not (called == "Softmax" or called in known):
            continue
        if type(part).__name__ != called:
            return f"{name} is a {name_of(type(part))}, where its constructor makes a {called}"
        if dim is not None and isinstance(part, nn.Softmax) and part.dim != dim:
            return f"{name}.dim is {part.dim}, where its constructor makes it {dim}"
    return ""


@functools.cache
def _class_read(read: str) -> str:
    """The name of a class that was read, "" for a function or a constant."""
    module, _, name = read.partition(":")
    definition = (definitions(module) or {}).get(name)
    return name if definition is not None and definition.is_class else ""


@functools.cache
def _constructed(module: str, name: str) -> dict[str, tuple[str, float | None]]:
    """By attribute that the constructor of a class sets in one place: the class that it calls there, by its name, and
    the number that it gives first, or as `dim`."""
    classes = [node for node in statements(module)[0] if isinstance(node, ast.ClassDef) and node.name == name]
    functions = [node for cls in classes for node in cls.body if isinstance(node, ast.FunctionDef)]
    constructors = [node for node in functions if node.name == "__init__"]
    if len(constructors) != 1:
        return {}
    stored: Counter[str] = Counter()
    found: dict[str, tuple[str, float | None]] = {}
    for node in ast.walk(constructors[0]):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            stored[node.attr] += 1
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called = node.value.func
            text = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            given = [*node.value.args[:1], *(word.value for word in node.value.keywords if word.arg == "dim")]
            dim: Any = None
            with contextlib.suppress(ValueError, TypeError):  # no literal
                dim = ast.literal_eval(given[0]) if given else None
            for target in node.targets:
                if isinstance(target, ast.Attribute):
                    found[target.attr] = text, dim if isinstance(dim, int) else None
    return {attribute: made for attribute, made in found.items() if stored[attribute] == 1}


def _is_absorbed(kind: type, entry: Entry) -> bool:
    """Whether a generated class may have the modules of a class in its call, or in its own lines."""
    return kind in _ABSORBED or f"{kind.__module__}:{kind.__qualname__}" in entry.reads


@functools.cache
def _dropouts(module: str, name: str) -> tuple[str, ...]:
    """The attributes of which a generated class asks how much they drop."""
    classes = [node for node in statements(module)[0] if isinstance(node, ast.ClassDef) and node.name == name]
    calls = [node for cls in classes for node in ast.walk(cls) if isinstance(node, ast.Call)]
    asked = [node.args[0] for node in calls if getattr(node.func, "id", "") == "dropout_probability" and node.args]
    texts = [ast.unparse(node) for node in asked]
    found = [text for text in texts if text.startswith("self.") and text.replace(".", "_").isidentifier()]
    return tuple(text.removeprefix("self.") for text in found)
