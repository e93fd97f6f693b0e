"""The source of installed modules, read without running it: what a module defines and imports, and digests of that.

The registry has the digests of what was analysed: `_drift` compares those, and `_patches` looks at what is in memory.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import importlib.util
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple


class Definition(NamedTuple):
    """A class, a function or a constant at module level: its source and lines, the names that a class's body binds,
    the numbers among what it binds them to (of a constant, its value), and each function among them (of a function,
    itself)."""

    text: str
    lines: range
    is_class: bool
    names: frozenset[str]
    numbers: Mapping[str, float | str | None]
    functions: Mapping[str, Function]


class Function(NamedTuple):
    """A function: the name in its code, and how many decorators it has, None where it is bound among other things."""

    name: str
    decorators: int | None


def version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def file_of(module: str) -> str:
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
def statements(module: str) -> tuple[list[ast.stmt], str] | tuple[list[ast.stmt], None]:
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
def definitions(module: str) -> dict[str, Definition] | None:
    """The classes and functions at the top of a module, None where its source is not available."""
    body, text = statements(module)
    if text is None:
        return None
    lines = text.split("\n")
    classes: dict[str, Definition] = {}
    functions: dict[str, Definition] = {}
    constants: dict[str, Definition] = {}
    for node in _module_level(body):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            last = node.end_lineno or node.lineno
            found = classes if isinstance(node, ast.ClassDef) else functions
            segment = "\n".join(lines[first - 1 : last])
            found[node.name] = Definition(segment, range(first, last + 1), found is classes, *_bound(node))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                with contextlib.suppress(ValueError, TypeError):  # no literal
                    value = ast.literal_eval(node.value)
                    if isinstance(target, ast.Name) and (value is None or isinstance(value, (int, float, str))):
                        text = f"{target.id} = {value!a}"
                        constants[target.id] = Definition(text, range(0), False, frozenset(), {target.id: value}, {})
    return constants | functions | classes


def _bound(
    node: ast.ClassDef | ast.FunctionDef,
) -> tuple[frozenset[str], dict[str, float | str | None], dict[str, Function]]:
    """`names`, `numbers` and `functions` of a definition."""
    if isinstance(node, ast.FunctionDef):
        return frozenset(), {}, {node.name: Function(node.name, _decorators(node))}
    names: Counter[str] = Counter()
    numbers: dict[str, float | str | None] = {}
    functions: dict[str, Function] = {}
    direct = set(node.body)
    for part in _class_level(node.body):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"_{node.name.lstrip('_')}{part.name}" if _is_private(part.name) else part.name
            names[name] += 1
            if not isinstance(part, ast.ClassDef):
                functions[name] = Function(part.name, _decorators(part) if part in direct else None)
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
def imports(module: str) -> dict[str, tuple[str, str]]:
    """What a module imports from others at its top: the local name, the other module, and the name there."""
    found: dict[str, tuple[str, str]] = {}
    for node in _module_level(statements(module)[0]):
        if isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            package = getattr(sys.modules.get(module), "__package__", None)
            with contextlib.suppress(ImportError, ValueError):
                other = importlib.util.resolve_name(name, package)
                found.update({alias.asname or alias.name: (other, alias.name) for alias in node.names})
    return found


def origin(module: str, name: str, depth: int = 8) -> str:
    """Where a name of a module is defined, in it or in another, as the registry writes it; "" where that is lost."""
    if name in (definitions(module) or {}):
        return f"{module}:{name}"
    if depth == 0 or name not in imports(module):
        return ""
    return origin(*imports(module)[name], depth - 1)


@functools.cache
def digest_of(module: str, name: str) -> str:
    return normalised_digest((definitions(module) or {})[name].text)


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
