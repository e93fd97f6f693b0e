"""What names and attributes mean, from source alone: classes with their parents, methods, module functions, and the
attributes that `__init__` gives a module."""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from . import lower
from .ir import Location
from .source import Library, SourceFile
from .values import Choice, Instance, Method, Opaque, Record, Self, Symbol, Value, join_opaque

if TYPE_CHECKING:
    from .interpret import Interpreter

CONSTANTS = {
    "math.inf": math.inf, "torch.inf": math.inf, "numpy.inf": math.inf, "math.pi": math.pi, "torch.pi": math.pi,
    "math.e": math.e, "numpy.pi": math.pi,
}  # fmt: skip


@dataclass(frozen=True)
class ClassRef:
    """A class by where it is defined."""

    module: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False)
class Code:
    """One function or method with its place."""

    file: SourceFile
    owner: ClassRef | None
    name: str
    definition: ast.FunctionDef | ast.AsyncFunctionDef

    @cached_property
    def text(self) -> str:
        """Dedented source, decorators included."""
        return dedent(self.file.segment(self.definition))

    @cached_property
    def first_line(self) -> int:
        lines = [self.definition.lineno, *(d.lineno for d in self.definition.decorator_list)]
        return min(lines)

    @cached_property
    def function(self) -> lower.Function:
        return lower.lower(self.tree)

    @cached_property
    def tree(self) -> cst.FunctionDef:
        return lower.parse_function(self.text)

    @property
    def is_static(self) -> bool:
        return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in self.definition.decorator_list)

    @property
    def is_method(self) -> bool:
        return self.owner is not None and not self.is_static

    @cached_property
    def _positions(self) -> dict[str, list[tuple[int, int]]]:
        original = cst.parse_module(self.text)
        found: dict[str, list[tuple[int, int]]] = {}
        wrapper = MetadataWrapper(original, unsafe_skip_copy=True)
        for node, span in wrapper.resolve(PositionProvider).items():
            if isinstance(node, (cst.BaseExpression, cst.BaseStatement, cst.BaseSmallStatement)):
                found.setdefault(render(node), []).append((span.start.line, span.start.column))
        return found

    @cached_property
    def _order(self) -> dict[cst.CSTNode, int]:
        """How many equal texts stand before a node."""
        counts: dict[str, int] = {}
        order: dict[cst.CSTNode, int] = {}

        class Visit(cst.CSTVisitor):
            def on_visit(self, node: cst.CSTNode) -> bool:
                if isinstance(node, (cst.BaseExpression, cst.BaseStatement, cst.BaseSmallStatement)):
                    text = render(node)
                    order[node] = counts.get(text, 0)
                    counts[text] = order[node] + 1
                return True

        self.tree.visit(Visit())
        return order

    def location(self, node: cst.CSTNode) -> Location:
        """Where a node of `tree` stands in its file."""
        column = self.definition.col_offset
        places = self._positions.get(render(node), [])
        index = self._order.get(node, 0)
        if not places:
            return Location(self.file.display, self.first_line, column + 1)
        line, offset = sorted(places)[min(index, len(places) - 1)]
        return Location(self.file.display, self.first_line + line - 1, column + offset + 1)


class NestedCode(Code):
    """A function defined inside another, read from the other's tree."""

    def __init__(self, outer: Code, node: cst.FunctionDef) -> None:
        super().__init__(outer.file, None, node.name.value, outer.definition)
        self.outer = outer
        self._node = node

    @cached_property
    def text(self) -> str:
        return render(self._node) + "\n"

    @cached_property
    def tree(self) -> cst.FunctionDef:
        return self._node

    def location(self, node: cst.CSTNode) -> Location:
        return self.outer.location(node)


def render(node: cst.CSTNode) -> str:
    """Source text of a node."""
    return cst.Module([]).code_for_node(node).strip()


def dedent(text: str) -> str:
    """Source of a definition moved to column 0."""
    lines = text.splitlines()
    width = len(lines[0]) - len(lines[0].lstrip())
    prefix = lines[0][:width]
    moved = [line[width:] if line.startswith(prefix) else line.lstrip() if not line.strip() else line for line in lines]
    return "\n".join(moved) + "\n"


class World:
    """Everything the interpreter asks of the source around a method."""

    def __init__(self, library: Library, interpreter: Callable[[World, ClassRef | None], Interpreter]) -> None:
        self.library = library
        self._interpreter = interpreter
        self._codes: dict[tuple[str, str | None, str], Code] = {}
        self._attributes: dict[ClassRef, dict[str, Value]] = {}
        self._busy: set[ClassRef] = set()
        self._mro: dict[ClassRef, tuple[ClassRef, ...]] = {}
        self._extra: dict[str, SourceFile] = {}

    def add(self, file: SourceFile) -> None:
        """A file that stands outside the library's roots."""
        self._extra[file.module] = file

    def file(self, module: str) -> SourceFile | None:
        return self._extra.get(module) or self.library.module(module)

    # --- names --------------------------------------------------------------------------------------------------

    def resolve(self, file: SourceFile, name: str, depth: int = 0) -> str | None:
        """The dotted path a module-level name stands for."""
        if name in file.functions or name in file.classes:
            return f"{file.module}.{name}"
        if name in file.imports:
            module, symbol = file.imports[name]
            if symbol is None:
                return module
            target = self.file(module) if depth < 6 else None
            if target is not None:
                return self.resolve(target, symbol, depth + 1) or f"{module}.{symbol}"
            return f"{module}.{symbol}"
        return None

    def static_path(self, file: SourceFile, expr: lower.Expr) -> str | None:
        """The dotted path of `a.b.c` without running anything."""
        if isinstance(expr, lower.Name):
            return self.resolve(file, expr.id) or (expr.id if hasattr(builtins, expr.id) else None)
        if isinstance(expr, lower.Attribute):
            base = self.static_path(file, expr.base)
            return f"{base}.{expr.name}" if base else None
        return None

    def global_value(self, file: SourceFile, name: str, machine: Interpreter) -> Value:
        """A module-level name; one that is bound more than once is unknown."""
        bound = rebound(file).get(name, 0)
        if bound > 1 and name not in file.imports:
            return Opaque(storages=machine.fresh())
        if name in file.assigns and name not in file.imports and name not in file.functions:
            return self._constant(file, name, machine)
        if bound > 1 and (name in file.assigns or name in file.functions):
            return Opaque(storages=machine.fresh())
        path = self.resolve(file, name)
        if path is not None:
            if path in CONSTANTS:
                return Opaque("number", constant=CONSTANTS[path], positive=True)
            return Symbol(path)
        if hasattr(builtins, name):
            return Symbol(f"builtins.{name}")
        return Opaque(storages=machine.fresh())

    def _constant(self, file: SourceFile, name: str, machine: Interpreter) -> Value:
        try:
            value = ast.literal_eval(file.assigns[name])
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return Opaque(storages=machine.fresh())
        if value is None or isinstance(value, (bool, int, float, str)):
            return machine.constant(value)
        return Opaque(storages=machine.fresh())

    def member(self, base: Symbol, name: str) -> Value:
        path = f"{base.path}.{name}"
        if path in CONSTANTS:
            return Opaque("number", constant=CONSTANTS[path], positive=True)
        return Symbol(path)

    # --- classes ------------------------------------------------------------------------------------------------

    def class_at(self, path: str) -> ClassRef | None:
        module, _, name = path.rpartition(".")
        file = self.file(module) if module else None
        if file is None:
            return None
        if name in file.classes:
            return ClassRef(module, name)
        target = self.resolve(file, name)
        if target is not None and target != path:
            return self.class_at(target)
        return None

    def definition(self, cls: ClassRef) -> ast.ClassDef:
        file = self.file(cls.module)
        assert file is not None
        return file.classes[cls.name]

    def bases(self, cls: ClassRef) -> Iterator[str | None]:
        """Dotted paths of a class's bases; None for one that cannot be read."""
        file = self.file(cls.module)
        assert file is not None
        for base in self.definition(cls).bases:
            if isinstance(base, ast.Subscript):
                base = base.value
            expr = lower.expression(cst.parse_expression(ast.unparse(base)))
            yield self.static_path(file, expr)

    def mro(self, cls: ClassRef) -> tuple[ClassRef, ...]:
        """The class and its parents whose source is at hand, nearest first (depth first, later duplicates kept)."""
        if cls not in self._mro:
            self._mro[cls] = tuple(self._linear(cls, ()))
        return self._mro[cls]

    def _linear(self, cls: ClassRef, seen: tuple[ClassRef, ...]) -> list[ClassRef]:
        if cls in seen or len(seen) > 40:
            return []
        found = [cls]
        for path in self.bases(cls):
            parent = self.class_at(path) if path else None
            if parent is not None:
                found.extend(self._linear(parent, (*seen, cls)))
        return [ref for index, ref in enumerate(found) if ref not in found[index + 1 :]]

    def is_module(self, cls: ClassRef) -> bool:
        """Whether a class descends from `torch.nn.Module` (through transformers' own base classes too)."""
        for ref in self.mro(cls):
            for path in self.bases(ref):
                if path is not None and (path.startswith("torch.nn.") or path.endswith(("Module", "PreTrainedModel", "GradientCheckpointingLayer"))):
                    return True
        return False

    def methods(self, cls: ClassRef) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef | None]:
        """Methods a class body defines; None for a name that is bound more than once or not by a plain `def`."""
        found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef | None] = {}
        for statement in self.definition(cls).body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[statement.name] = None if statement.name in found else statement
            elif isinstance(statement, ast.Assign):
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = None
            elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                for inner in ast.walk(statement):
                    if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        found[inner.name] = None
        return found

    def method_code(self, cls: ClassRef | None, name: str, after: ClassRef | None = None) -> Code | None:
        """The method that `self.name` finds, or the one that `super().name` finds after `after`."""
        if cls is None:
            return None
        order = self.mro(cls)
        if after is not None:
            order = order[order.index(after) + 1 :] if after in order else ()
        for ref in order:
            methods = self.methods(ref)
            if name in methods:
                definition = methods[name]
                return self._code(ref, name, definition) if definition is not None else None
        return None

    def _code(self, ref: ClassRef, name: str, definition: ast.FunctionDef | ast.AsyncFunctionDef) -> Code:
        key = (ref.module, ref.name, name)
        if key not in self._codes:
            file = self.file(ref.module)
            assert file is not None
            self._codes[key] = Code(file, ref, name, definition)
        return self._codes[key]

    def function_code(self, path: str) -> Code | None:
        module, _, name = path.rpartition(".")
        file = self.file(module) if module else None
        if file is None:
            return None
        if name in file.functions and rebound(file).get(name, 0) == 1:
            key = (module, None, name)
            if key not in self._codes:
                self._codes[key] = Code(file, None, name, file.functions[name])
            return self._codes[key]
        return None

    # --- attributes ---------------------------------------------------------------------------------------------

    def self_attribute(self, base: Self, name: str, expr: lower.Expr) -> Value:
        """`self.name`: a method, or what every assignment in `__init__` agrees on."""
        if base.cls is None:
            return Opaque()
        if name == "training":
            return Opaque("number")
        for ref in self.mro(base.cls):
            definition = self.methods(ref).get(name, "absent")
            if definition == "absent":
                continue
            if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in definition.decorator_list):
                    return Symbol(f"{ref.path}.{name}")
                if definition.decorator_list and any(
                    ast.unparse(d) in ("property", "cached_property", "functools.cached_property")
                    for d in definition.decorator_list
                ):
                    return Opaque()
                return Method(base, name, expr)
            break
        attributes = self.attributes(base.cls)
        if name in attributes:
            return attributes[name]
        return Opaque() if name not in ("register_buffer", "register_parameter") else Method(base, name, expr)

    def instance_attribute(self, base: Instance, name: str) -> Value:
        if base.path in ("torch.nn.Dropout",) and name == "p":
            return Opaque("number")
        if name in ("weight", "bias"):
            return Opaque("tensor")
        cls = self.class_at(base.path)
        if cls is not None:
            return self.self_attribute(Self(cls, foreign=True), name, lower.Expr(cst.Name("self")))
        return Opaque()

    def attributes(self, cls: ClassRef) -> dict[str, Value]:
        """What `__init__` and its parents' leave on the module, joined over every assignment."""
        if cls in self._attributes:
            return self._attributes[cls]
        if cls in self._busy:
            return {}
        self._busy.add(cls)
        found: dict[str, Value] = {}
        for ref in reversed(self.mro(cls)):
            for statement in self.definition(ref).body:
                if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                    for target in targets:
                        if isinstance(target, ast.Name):
                            found[target.id] = self._class_constant(statement.value)
        code = self.method_code(cls, "__init__")
        if code is not None:
            machine = self._interpreter(self, cls)
            assumed: dict[str, Value] = {}
            for parameter in code.function.parameters:
                assumption = machine.parameter(parameter, code)
                if assumption.kind == "unknown":
                    assumption = replace(assumption, kind="config")
                assumed[parameter.name] = assumption
            machine.run(code, assumed)
            for name, values in machine.stores.items():
                joined = values[0]
                for value in values[1:]:
                    joined = join_attribute(joined, value)
                found[name] = joined
        for name in self._stored_elsewhere(cls):
            if name in found:
                found[name] = join_attribute(found[name], Opaque())
        self._busy.discard(cls)
        self._attributes[cls] = found
        return found

    @staticmethod
    def _class_constant(node: ast.expr) -> Value:
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError):
            return Opaque()
        if value is None:
            return Opaque("none")
        if isinstance(value, (bool, int, float)):
            return Opaque("number", constant=value, positive=value > 0)
        return Opaque("string", constant=value) if isinstance(value, str) else Opaque()

    def _stored_elsewhere(self, cls: ClassRef) -> set[str]:
        """Attributes of `self` that methods other than `__init__` set."""
        found: set[str] = set()
        for ref in self.mro(cls):
            for name, definition in self.methods(ref).items():
                if definition is None or name == "__init__":
                    continue
                for node in ast.walk(definition):
                    if (
                        isinstance(node, ast.Attribute)
                        and isinstance(node.ctx, (ast.Store, ast.Del))
                        and isinstance(node.value, ast.Name)
                        and node.value.id == "self"
                    ):
                        found.add(node.attr)
        return found


def join_attribute(a: Value, b: Value) -> Value:
    """What holds of an attribute that is assigned in two places."""
    if isinstance(a, Opaque) and isinstance(b, Opaque):
        kinds = {"number" if v.kind == "config" else v.kind for v in (a, b)}
        if len(kinds) == 1 and a.kind != b.kind:
            a, b = replace(a, kind="number"), replace(b, kind="number")
        return join_opaque(a, b)
    if isinstance(a, Instance) and isinstance(b, Instance) and a.path == b.path == "torch.nn.Dropout":
        return a
    if isinstance(a, (Instance, Symbol, Choice)) and isinstance(b, (Instance, Symbol, Choice)):
        first = a.options if isinstance(a, Choice) else (a,)
        second = b.options if isinstance(b, Choice) else (b,)
        return Choice((*first, *second))
    if isinstance(a, Record) or isinstance(b, Record):
        return Opaque()
    return Opaque()


def rebound(file: SourceFile) -> dict[str, int]:
    """How often each module-level name is bound; `global` anywhere and assignments to a class's or module's
    attributes from outside count as one more."""
    cached = _REBOUND.get(id(file))
    if cached is not None and cached[0] is file:
        return cached[1]
    counts: dict[str, int] = {}

    def bind(name: str) -> None:
        counts[name] = counts.get(name, 0) + 1

    def visit(statements: list[ast.stmt]) -> None:
        for statement in statements:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                bind(statement.name)
            elif isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                for target in targets:
                    for node in ast.walk(target):
                        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                            bind(node.id)
            elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                for name in ("body", "orelse", "finalbody"):
                    visit(getattr(statement, name, []))
                for handler in getattr(statement, "handlers", []):
                    visit(handler.body)

    visit(file.tree.body)
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Global):
            for name in node.names:
                bind(name)
    _REBOUND[id(file)] = (file, counts)
    return counts


_REBOUND: dict[int, tuple[SourceFile, dict[str, int]]] = {}
