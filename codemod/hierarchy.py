"""What names and attributes mean, from source alone: classes with their parents, methods, module functions, and the
attributes that `__init__` gives a module."""

from __future__ import annotations

import ast
import builtins
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from . import lower, structure
from .ir import Location
from .source import Import, Library, SourceFile, walk
from .structure import Definition, Doubt
from .values import (
    GLOBAL,
    Choice,
    Instance,
    Method,
    Opaque,
    Self,
    Symbol,
    Value,
    join_opaque,
    of_number,
    whole_number,
)

if TYPE_CHECKING:
    from .calls import Calls
    from .interpret import Interpreter

CONSTANTS = {
    "math.inf": math.inf, "torch.inf": math.inf, "numpy.inf": math.inf, "math.pi": math.pi, "torch.pi": math.pi,
    "math.e": math.e, "numpy.pi": math.pi,
}  # fmt: skip
NEUTRAL = frozenset(
    {"torch.nn.Module", "torch.nn.modules.Module", "torch.nn.modules.module.Module", "object", "abc.ABC",
     "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "?object"}
)  # fmt: skip
"""Parents that define nothing an attention calls."""
PROPERTIES = (["property"], ["functools.cached_property"])
DROPOUT = "torch.nn.Dropout"
ATTENTIONS = {
    "torch.nn.TransformerEncoderLayer": ("self_attn",),
    "torch.nn.TransformerDecoderLayer": ("self_attn", "multihead_attn"),
}
"""By class of torch, the attributes that hold an attention of torch."""
LONGEST = 200_000
"""How many characters of one function are read."""
CALL_NAMES = frozenset({"__call__", "_wrapped_call_impl", "_call_impl", "__getattribute__"})
"""With these a class says itself what a call of a module does."""
DEEPEST = 60
"""How many parents of one class are read."""


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
        return lower.lower(self.tree, generator="yield" in self.text and lower.yields(self.tree.body))

    @cached_property
    def tree(self) -> cst.FunctionDef:
        tree = self._spelled(lower.parse_function(self.text, self.definition))
        assert isinstance(tree, cst.FunctionDef)
        return tree

    def _spelled(self, node: cst.CSTNode) -> cst.CSTNode:
        """The tree with names as Python reads them (NFKC), private ones as they read outside the class, and the
        module's own out of the way of those that generated code needs."""
        owner = self.owner.name if self.owner is not None and structure.has_private_names(self.text) else ""
        aside = {name: structure.ASIDE + name for name in self.aside}
        if not owner and not aside and self.text.isascii():
            return node
        changed = node.visit(Spelling(owner, aside))
        assert isinstance(changed, cst.CSTNode)
        return changed

    @cached_property
    def aside(self) -> frozenset[str]:
        """Names of the module that the function reads and that generated code uses with another meaning."""
        known = structure.facts(self.file).bound
        wanted = {name for name in structure.RUNTIME if name in known}
        if "torch" in known and self.file.imports.get("torch") != ("torch", None):
            wanted.add("torch")
        local = structure.local_names(self.definition) if wanted else set()
        return frozenset(name for name in wanted - local if re.search(rf"\b{name}\b", self.text))

    @cached_property
    def receiver(self) -> str:
        """The name of the first parameter of a method, "" where there is none."""
        names = structure.parameters(self.definition)
        return names[0] if self.is_method and names else ""

    @property
    def is_property(self) -> bool:
        """Whether reading the attribute runs it."""
        named = {part.id for d in self.definition.decorator_list for part in ast.walk(d) if isinstance(part, ast.Name)}
        return bool(named & {"property", "cached_property"})

    @property
    def is_static(self) -> bool:
        return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in self.definition.decorator_list)

    @property
    def is_method(self) -> bool:
        return self.owner is not None and not self.is_static

    @cached_property
    def _positions(self) -> dict[str, list[tuple[int, int]]]:
        original = self._spelled(cst.parse_module(self.text))
        assert isinstance(original, cst.Module)
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

    @cached_property
    def _places(self) -> Mapping[cst.CSTNode, CodeRange]:
        """Where the nodes of `tree` stand in the text; nothing where tidying has moved them."""
        if not lower.is_tidy(self.definition):
            return {}
        module = cst.parse_module(self.text).with_changes(body=[self.tree])  # the text's own indentation
        return MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)

    def location(self, node: cst.CSTNode) -> Location:
        """Where a node of `tree` stands in its file."""
        column = self.definition.col_offset
        place = self._places.get(node)
        if place is not None:
            start = place.start
            return Location(self.file.display, self.first_line + start.line - 1, column + start.column + 1)
        places = self._positions.get(render(node), [])
        index = self._order.get(node, 0)
        if not places:
            return Location(self.file.display, self.first_line, column + 1)
        line, offset = sorted(places)[min(index, len(places) - 1)]
        return Location(self.file.display, self.first_line + line - 1, column + offset + 1)


def code_of(file: SourceFile, owner: ClassRef | None, name: str, definition: Definition) -> Code:
    """The code of one definition of a file; it lives as long as the file does: to read it is much of the work."""
    known: dict[tuple[ClassRef | None, str], Code] = file.__dict__.setdefault("_codes", {})
    if (owner, name) not in known:
        known[owner, name] = Code(file, owner, name, definition)
    return known[owner, name]


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


class Spelling(cst.CSTTransformer):
    """Names of `owner` with two underscores as they read from outside; names in `aside` replaced."""

    def __init__(self, owner: str, aside: dict[str, str]) -> None:
        self.owner = owner
        self.aside = aside

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        name = normal(updated_node.value)
        name = self.aside.get(name, name)
        return updated_node.with_changes(value=structure.mangled(name, self.owner))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        name = structure.mangled(normal(original_node.attr.value), self.owner)
        return updated_node.with_changes(attr=original_node.attr.with_changes(value=name))

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        keyword = original_node.keyword
        if keyword is not None:
            keyword = keyword.with_changes(value=structure.mangled(normal(keyword.value), self.owner))
        return updated_node.with_changes(keyword=keyword)


def normal(name: str) -> str:
    """An identifier as Python reads it."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def upstream(file: SourceFile, name: str) -> str:
    """A module-level name as the source has it."""
    plain = name.removeprefix(structure.ASIDE)
    if plain != name and name not in structure.facts(file).bound and plain in (*structure.RUNTIME, "torch"):
        return plain
    return name


def render(node: cst.CSTNode) -> str:
    """Source text of a node."""
    return cst.Module([]).code_for_node(node).strip()


def dedent(text: str) -> str:
    """Source of a definition moved to column 0."""
    lines = text.split("\n")  # not splitlines: a string may hold other line ends
    width = len(lines[0]) - len(lines[0].lstrip())
    prefix = lines[0][:width]
    moved = [
        line[width:] if line.startswith(prefix) else line.lstrip() if not line.strip() else line for line in lines
    ]
    return "\n".join(moved) + "\n"


class World:
    """Everything the interpreter asks of the source around a method."""

    def __init__(self, library: Library, interpreter: Callable[[World, ClassRef | None], Interpreter]) -> None:
        self.library = library
        self._interpreter = interpreter
        self._attributes: dict[ClassRef, dict[str, Value]] = {}
        self._busy: set[ClassRef] = set()
        self._orders: dict[ClassRef, tuple[ClassRef | str, ...]] = {}
        self.disorder: dict[ClassRef, str] = {}
        self._methods: dict[ClassRef, dict[str, ast.FunctionDef | ast.AsyncFunctionDef | None]] = {}
        self._doubts: dict[tuple[ClassRef, str], Doubt | None] = {}
        self._bases: dict[ClassRef, tuple[str | None, ...]] = {}
        self._extra: dict[str, SourceFile] = {}
        self._for_everybody: dict[str, bool] = {}

    def add(self, file: SourceFile) -> None:
        """A file that stands outside the library's roots."""
        self._extra[file.module] = file

    def file(self, module: str) -> SourceFile | None:
        return self._extra.get(module) or self.library.module(module)

    # --- names --------------------------------------------------------------------------------------------------

    def resolve(self, file: SourceFile, name: str, depth: int = 0) -> str | None:
        """The dotted path a module-level name stands for; None where it may stand for several things."""
        name = upstream(file, name)
        if self.unclear(file, name):
            return None
        if name in file.functions or name in file.classes:
            return f"{file.module}.{name}"
        return self._resolve_import(file.imports[name], depth) if name in file.imports else None

    def _resolve_import(self, target: Import, depth: int = 0) -> str:
        module, symbol = target
        if symbol is None:
            return module
        file = self.file(module) if depth < 6 else None
        found = self.resolve(file, symbol, depth + 1) if file is not None else None
        return found or f"{module}.{symbol}"

    def imported_path(self, file: SourceFile, name: str) -> str | None:
        """The dotted path of what a file, or a function in it, imports under a name."""
        if self.unclear(file, name) or name not in file.every_import:
            return None
        return self._resolve_import(file.every_import[name])

    def imported(self, file: SourceFile, node: cst.CSTNode, machine: Calls) -> dict[str, Value]:
        """What an import statement inside of a function binds."""
        paths = {name: self._resolve_import(to) for name, to in file.imported(ast.parse(render(node)).body[0])}
        return {
            name: self._at(paths[name], machine) if name in paths else Opaque(storages=machine.fresh() | {GLOBAL})
            for name in lower.imported_names(node)
        }

    def static_path(self, file: SourceFile, expr: lower.Expr | ast.expr) -> str | None:
        """The dotted path of `a.b.c` without running anything."""
        if isinstance(expr, (lower.Name, ast.Name)):
            found = self.resolve(file, expr.id)
            builtin = hasattr(builtins, expr.id) and not self.unclear(file, expr.id)
            return found or (expr.id if builtin and expr.id not in structure.facts(file).bound else None)
        if isinstance(expr, lower.Attribute):
            base = self.static_path(file, expr.base)
            return f"{base}.{expr.name}" if base else None
        if isinstance(expr, ast.Attribute):
            base = self.static_path(file, expr.value)
            return f"{base}.{expr.attr}" if base else None
        return None

    def unclear(self, file: SourceFile, name: str) -> bool:
        """Whether a module-level name may mean more than one thing."""
        facts = structure.facts(file)
        return facts.unclear is not None or name in facts.globals or facts.meanings.get(name, 0) > 1

    def global_value(self, file: SourceFile, name: str, machine: Calls) -> Value:
        """A module-level name; one that is bound more than once is unknown."""
        name = upstream(file, name)
        if self.unclear(file, name):
            return Opaque("foreign", storages=machine.fresh() | {GLOBAL})
        if name in file.assigns:
            return self._constant(file, name, machine)
        path = self.resolve(file, name)
        if path is not None:
            return self._at(path, machine)
        if name in structure.facts(file).bound:
            return Opaque("foreign", storages=machine.fresh() | {GLOBAL})
        if hasattr(builtins, name) and f"builtins.{name}" not in self.patched:
            return Symbol(f"builtins.{name}")
        return Opaque(storages=machine.fresh() | {GLOBAL})

    def _at(self, path: str, machine: Calls) -> Value:
        """What a dotted path stands for."""
        if path in CONSTANTS:
            return of_number(CONSTANTS[path])
        return Symbol(path) if path not in self.patched else Opaque("foreign", storages=machine.fresh() | {GLOBAL})

    def _constant(self, file: SourceFile, name: str, machine: Calls) -> Value:
        try:
            value = ast.literal_eval(file.assigns[name])
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return Opaque(storages=machine.fresh() | {GLOBAL})
        if value is None or isinstance(value, (bool, int, float, str)):
            return machine.constant(value)
        return Opaque(storages=machine.fresh() | {GLOBAL})

    def member(self, base: Symbol, name: str) -> Value:
        path = f"{base.path}.{name}"
        if path in self.patched:
            return Opaque("foreign")
        if path in CONSTANTS:
            return of_number(CONSTANTS[path])
        return Symbol(path)

    def for_everybody(self, path: str) -> bool:
        """Whether a dotted name is that of an object which a module or a class holds, or of something of it."""
        known = self._for_everybody.get(path)
        if known is None:
            space, _, name = path.rpartition(".")
            known = bool(space) and (self._holds(space, name) or self.for_everybody(space))
            self._for_everybody[path] = known
        return known

    def _holds(self, space: str, name: str) -> bool:
        """Whether the class or the module `space` binds a name to neither a class nor a function."""
        cls = self.class_at(space)
        for ref in self.mro(cls) if cls is not None else ():
            nodes = structure.bound(self.definition(ref).body).get(name)
            if nodes is not None:
                return not all(
                    isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) for node in nodes
                )
        file = self.file(space)
        return file is not None and name in structure.facts(file).bound and self.resolve(file, name) is None

    # --- classes ------------------------------------------------------------------------------------------------

    def class_at(self, path: str, depth: int = 0) -> ClassRef | None:
        module, _, name = path.rpartition(".")
        file = self.file(module) if module else None
        if file is None:
            return None
        if name in file.classes:
            return ClassRef(module, name)
        target = self.resolve(file, name)
        if target is not None and target != path and depth < 6:
            return self.class_at(target, depth + 1)
        return None

    def definition(self, cls: ClassRef) -> ast.ClassDef:
        file = self.file(cls.module)
        assert file is not None
        return file.classes[cls.name]

    def bases(self, cls: ClassRef) -> tuple[str | None, ...]:
        """Dotted paths of a class's bases; None for one that cannot be read."""
        if cls not in self._bases:
            file = self.file(cls.module)
            assert file is not None
            bases = [b.value if isinstance(b, ast.Subscript) else b for b in self.definition(cls).bases]
            self._bases[cls] = tuple(self.static_path(file, base) for base in bases)
        return self._bases[cls]

    def mro(self, cls: ClassRef) -> tuple[ClassRef, ...]:
        """The class and its parents whose source is at hand, in Python's order of lookup."""
        return tuple(ref for ref in self.order(cls) if isinstance(ref, ClassRef))

    def order(self, cls: ClassRef) -> tuple[ClassRef | str, ...]:
        """Python's order of lookup (C3), a parent that cannot be read as its dotted path or "?". Where there is no
        such order, the class alone, and `disorder` says why."""
        if cls not in self._orders:
            try:
                self._orders[cls] = self._linear(cls, ())
            except Disorder as error:
                self._orders[cls] = (cls, "?")
                self.disorder[cls] = str(error)
        return self._orders[cls]

    def _linear(self, cls: ClassRef, above: tuple[ClassRef, ...]) -> tuple[ClassRef | str, ...]:
        if cls in self._orders:
            return self._orders[cls]
        if cls in above:
            raise Disorder("the class descends from itself")
        if len(above) > DEEPEST:
            raise Disorder(f"the class has more than {DEEPEST} parents")
        parents: list[ClassRef | str] = []
        for path in self.bases(cls):
            parent = self.class_at(path) if path else None
            parents.append(parent if parent is not None else path or "?")
        rows: list[list[ClassRef | str]] = [
            list(self._linear(p, (*above, cls))) if isinstance(p, ClassRef) else [p] for p in parents
        ]
        merged = merge([*rows, list(parents)])
        if merged is None:
            raise Disorder("its parents cannot be brought into one order")
        if len(merged) > DEEPEST:
            raise Disorder(f"the class has more than {DEEPEST} parents")
        self._orders[cls] = (cls, *merged)
        return self._orders[cls]

    def is_module(self, cls: ClassRef) -> bool:
        """Whether a class descends from `torch.nn.Module` (through transformers' own base classes too)."""
        if "?" in self.order(cls):
            return True  # it may be one
        for ref in self.mro(cls):
            for path in self.bases(ref):
                if path is not None and (
                    path.startswith("torch.nn.")
                    or path.endswith(("Module", "PreTrainedModel", "GradientCheckpointingLayer"))
                ):
                    return True
        # what is imported from a file that is not at hand may be one
        unread = any(isinstance(p, str) and p not in NEUTRAL and not p.startswith("torch.") for p in self.order(cls))
        return unread and "forward" in self.methods(cls)

    def methods(self, cls: ClassRef) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef | None]:
        """Methods a class body defines; None for a name that is bound more than once or not by a plain `def`."""
        if cls not in self._methods:
            self._methods[cls] = structure.methods(self.definition(cls))
        return self._methods[cls]

    def method_code(self, cls: ClassRef | None, name: str, after: ClassRef | None = None) -> Code | None:
        """The method that `self.name` finds, or the one that `super().name` finds after `after`; None where there is
        none, or where it may be another one."""
        found = self.lookup(cls, name, after)
        return found if isinstance(found, Code) else None

    def lookup(self, cls: ClassRef | None, name: str, after: ClassRef | None = None) -> Code | Doubt | None:
        """As `method_code`, with the reason where the method that runs is not known."""
        if cls is None:
            return None
        order = self.order(cls)
        if after is not None:
            order = order[order.index(after) + 1 :] if after in order else ()
        for ref in order:
            if not isinstance(ref, ClassRef):
                if ref in NEUTRAL:
                    continue
                message = f"a parent of the class, {'?' if ref == '?' else ref}, cannot be read"
                return self._doubt(cls, "PARENT", message) if self._defined(order, name) else None
            methods = self.methods(ref)
            if name not in methods:
                continue
            file = self.file(ref.module)
            assert file is not None
            definition = methods[name]
            if definition is None and self._datum(ref, name):
                return None
            if definition is None:
                places = [n for n in self.definition(ref).body if getattr(n, "name", "") == name]
                place = places[-1] if places else self.definition(ref)
                return Doubt("METHOD", f"`{name}` is not bound by one plain `def`", file, place)
            doubt = self._replaced(cls, name, shadowed=after is None)
            if doubt is not None:
                return doubt
            code = self.code(ref, name, definition)
            if len(code.text) > LONGEST:
                return Doubt("TOO_COMPLEX", f"`{name}` is longer than {LONGEST} characters", file, definition)
            return code
        return None

    def called(self, cls: ClassRef) -> Code | None:
        """What a call of a module of the class runs: its `forward`, unless the class says something else."""
        for ref in self.mro(cls):
            if not self.is_library(ref) and not CALL_NAMES.isdisjoint(self.methods(ref)):
                return None
        if any(self._replaced(cls, name, shadowed=False) is not None for name in CALL_NAMES):
            return None
        return self.method_code(cls, "forward")

    def of_torch(self, cls: ClassRef, after: ClassRef | None = None) -> str | None:
        """The module of torch ("torch.nn.Linear") whose `forward` a call of a module of the class runs, or
        `super().forward` in `after`: none of the files' classes before it says what a call does, or puts a hook on
        itself."""
        order = self.order(cls)
        if after is not None:
            order = order[order.index(after) + 1 :] if after in order else ()
        for ref in order:
            if isinstance(ref, str):
                if ref in NEUTRAL:
                    continue
                space, _, name = ref.rpartition(".")
                return f"torch.nn.{name}" if space == "torch.nn" or space.startswith("torch.nn.modules") else None
            said = {"forward", *CALL_NAMES} & set(self.methods(ref))
            hooked = any(
                isinstance(node, ast.Attribute) and node.attr.startswith("register_forward")
                for node in walk(self.definition(ref))
            )
            if said or hooked or self._replaced(cls, "forward", shadowed=True) is not None:
                return None
        return None

    def _datum(self, cls: ClassRef, name: str) -> bool:
        """Whether a class body binds a name to constants only, as in `is_causal = False`, or to literals of such."""
        constants = [
            statement
            for statement in self.definition(cls).body
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and _is_data(statement.value)
            for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
            if isinstance(target, ast.Name) and target.id == name
        ]
        return len(constants) == len(structure.bound(self.definition(cls).body)[name])

    def kept(self, cls: ClassRef) -> Mapping[str, frozenset[str]]:
        """Methods that a constructor names without calling them: `self.attend = self.dense if dense else self.sparse`,
        or a method that it calls does. What it keeps is bound, and is called under another name: those names, where
        the statement tells them."""
        found: dict[str, frozenset[str]] = {}
        for ref, definition in self._constructing(cls):
            if not definition.args.args:
                continue
            receiver = definition.args.args[0].arg
            own = [
                node
                for node in walk(definition)
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == receiver
            ]
            called = {id(node.func) for node in walk(definition) if isinstance(node, ast.Call)}
            methods = {
                id(node): name
                for node in own
                if isinstance(node.ctx, ast.Load) and id(node) not in called
                and self._defined(self.order(cls), name := structure.mangled(node.attr, ref.name))
            }  # fmt: skip
            found |= {name: found.get(name, frozenset()) for name in methods.values()}
            for statement in walk(definition) if methods else ():
                if isinstance(statement, ast.Assign):
                    inside = [id(node) for node in walk(statement)]
                    names = {node.attr for node in own if isinstance(node.ctx, ast.Store) and id(node) in inside}
                    for name in {methods[node] for node in inside if node in methods}:
                        found[name] |= names
        return found

    def _constructing(self, cls: ClassRef) -> list[tuple[ClassRef, structure.Definition]]:
        """The constructors of a class and its parents, and the methods that these call on the module, in turn."""
        rows = [ref for ref in self.mro(cls) if not self.is_library(ref)]
        found = [(ref, m) for ref in rows if (m := self.methods(ref).get("__init__")) is not None]
        seen = {"__init__"}
        for _, definition in found:
            receiver = definition.args.args[0].arg if definition.args.args else ""
            for node in walk(definition):
                called = node.func if isinstance(node, ast.Call) else None
                if not isinstance(called, ast.Attribute) or not isinstance(called.value, ast.Name):
                    continue
                if called.value.id == receiver and called.attr not in seen:
                    seen.add(called.attr)
                    found += [(ref, m) for ref in rows if (m := self.methods(ref).get(called.attr)) is not None]
        return found

    def _defined(self, order: tuple[ClassRef | str, ...], name: str) -> bool:
        return any(name in self.methods(ref) for ref in order if isinstance(ref, ClassRef))

    def _doubt(self, cls: ClassRef, code: str, message: str, node: ast.AST | None = None) -> Doubt:
        file = self.file(cls.module)
        assert file is not None
        return Doubt(code, message, file, node or self.definition(cls))

    def _replaced(self, cls: ClassRef, name: str, shadowed: bool) -> Doubt | None:
        """Whether something else may stand under a method's name: set on the class from outside, or on instances."""
        for ref in self.mro(cls):
            if (ref, name) not in self._doubts:
                self._doubts[ref, name] = self._set_outside(ref, name)
            found = self._doubts[ref, name]
            if found is not None:
                return found
        if shadowed:
            for ref in self.mro(cls):
                stores = self.changed(ref).shadowing
                if name in stores:
                    sets = "sets" if name in stores.names else "may set any attribute, as"
                    return self._doubt(ref, "METHOD", f"a method of the class {sets} `{name}`, which is a method too")
        return None

    def _set_outside(self, cls: ClassRef, name: str) -> Doubt | None:
        for file in self.files_around(cls):
            facts = structure.facts(file)
            for base, attribute, node in facts.stores:
                if attribute is not None and attribute != name and not isinstance(base, ast.Attribute):
                    continue
                owner = self.class_of(file, base)
                if owner == cls and (attribute in (None, name) or self._attribute_of_class(file, base) == name):
                    return Doubt("REPLACED", f"`{name}` of the class is set from outside", file, node)
                if owner is None and attribute == name:
                    return Doubt("REPLACED", f"`{name}` is set on an object from outside", file, node)
        return None

    def files_around(self, cls: ClassRef) -> list[SourceFile]:
        own = self.file(cls.module)
        return [
            file
            for file in (own, *self._extra.values())
            if file is not None and (file is own or file.module != cls.module)
        ]

    def defaults_changed(self, file: SourceFile) -> bool:
        """Whether a function of the file may have other defaults than its `def` says."""
        return any(structure.facts(f).defaults is not None for f in (file, *self._extra.values()))

    def path_of(self, file: SourceFile, node: ast.expr) -> str | None:
        """The dotted path of `a.b.c`, where the file says what `a` is."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        root = self.resolve(file, node.id)
        if root is None:
            if not hasattr(builtins, node.id) or node.id in structure.facts(file).bound:
                return None
            root = node.id
        return ".".join([root, *reversed(names)])

    def class_of(self, file: SourceFile, node: ast.expr, exact: bool = False) -> ClassRef | None:
        """The class that an expression is, or an attribute of which it is."""
        while True:
            path = self.path_of(file, node)
            found = self.class_at(path) if path is not None else None
            if found is not None or exact or not isinstance(node, ast.Attribute):
                return found
            node = node.value

    def _attribute_of_class(self, file: SourceFile, node: ast.expr) -> str | None:
        """`forward` in `Attention.forward.__defaults__`."""
        while isinstance(node, ast.Attribute):
            if self.class_of(file, node.value, exact=True) is not None:
                return node.attr
            node = node.value
        return None

    @cached_property
    def patched(self) -> frozenset[str]:
        """Dotted paths that the analysed files set: what stands there is not what the library has."""
        found: set[str] = set()
        for file in self._extra.values():
            for base, attribute, _ in structure.facts(file).stores:
                path = self.path_of(file, base) if attribute is not None else None
                if path is not None and path.startswith(("torch", "math", "transformers", "numpy", "builtins")):
                    found.add(f"{path}.{attribute}")
        return frozenset(found)

    def changed(self, cls: ClassRef) -> structure.Changed:
        """What the class's own methods set."""
        file = self.file(cls.module)
        assert file is not None
        return structure.changed(file, file.classes[cls.name])

    def open_class(self, cls: ClassRef) -> Doubt | None:
        """What makes the class mean more than its methods say."""
        order = self.order(cls)
        if cls in self.disorder:
            return self._doubt(cls, "PARENT", self.disorder[cls])
        for parent in order:
            if isinstance(parent, str) and parent not in NEUTRAL and not parent.startswith("torch."):
                return self._doubt(cls, "PARENT", f"a parent of the class, {parent}, cannot be read")
        for ref in self.mro(cls):
            file = self.file(ref.module)
            if file is None or self.is_library(ref):
                continue
            definition = self.definition(ref)
            for keyword in definition.keywords:
                if keyword.arg != "metaclass" or self.path_of(file, keyword.value) != "abc.ABCMeta":
                    message = "the class statement has a metaclass or other keywords"
                    return Doubt("CLASS", message, file, keyword.value)
            found = structure.open_class(definition)
            if found is not None:
                return Doubt("CLASS", found[1], file, found[0])
        file = self.file(cls.module)
        assert file is not None
        if self.unclear(file, cls.name):
            return self._doubt(cls, "CLASS", f"`{cls.name}` is bound more than once, or may be")
        return None

    @staticmethod
    def is_library(ref: ClassRef) -> bool:
        """Transformers' own base classes, whose tricks are known."""
        return ref.module.startswith("transformers.") and ".models." not in ref.module

    def code(self, ref: ClassRef, name: str, definition: ast.FunctionDef | ast.AsyncFunctionDef) -> Code:
        """A definition in a class body, one object for each."""
        file = self.file(ref.module)
        assert file is not None
        return code_of(file, ref, name, definition)

    def function_code(self, path: str) -> Code | None:
        module, _, name = path.rpartition(".")
        file = self.file(module) if module else None
        if file is None:
            return None
        if name in file.functions and not self.unclear(file, name) and path not in self.patched:
            code = code_of(file, None, name, file.functions[name])
            return code if len(code.text) <= LONGEST else None
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
                if isinstance(self.lookup(base.cls, name), Doubt):
                    return Opaque("foreign")
                if any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in definition.decorator_list):
                    return Symbol(f"{ref.path}.{name}")
                file = self.file(ref.module)
                if file is None or not all(self.leaves_as_is(file, d) for d in definition.decorator_list):
                    return Opaque()
                return Method(base, name, expr)
            if self._described(ref, name):
                return Opaque(storages=frozenset({GLOBAL}))
            break
        attributes = self.attributes(base.cls)
        if name in attributes:
            return attributes[name]
        return Opaque() if name not in ("register_buffer", "register_parameter") else Method(base, name, expr)

    def getter(self, cls: ClassRef | None, name: str) -> Code | None:
        """What runs where a property of a class is read."""
        for ref in self.mro(cls) if cls is not None else ():
            file = self.file(ref.module)
            if file is None or name not in self.methods(ref):
                continue
            defined = [s for s in self.definition(ref).body if isinstance(s, ast.FunctionDef) and s.name == name]
            for definition in defined:
                if [self.path_of(file, d) for d in definition.decorator_list] in PROPERTIES:
                    return self.code(ref, name, definition)
            return None
        return None

    def _described(self, ref: ClassRef, name: str) -> bool:
        """Whether a class binds a name to what a call gives: it may say itself what the attribute is."""
        return any(
            isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call)
            and any(isinstance(t, ast.Name) and t.id == name
                    for t in (node.targets if isinstance(node, ast.Assign) else [node.target]))
            for node in self.definition(ref).body
        )  # fmt: skip

    def leaves_as_is(self, file: SourceFile, decorator: ast.expr) -> bool:
        """Whether a decorated method is still what `self.name(…)` calls with the arguments that are written."""
        path = self.path_of(file, decorator.func if isinstance(decorator, ast.Call) else decorator)
        return path is not None and path not in (
            "property",
            "classmethod",
            "functools.cached_property",
            "torch.jit.unused",
        )

    def instance_attribute(self, base: Instance, name: str) -> Value:
        if base.path == "torch.nn.Dropout" and name == "p":
            return Opaque("number")
        if name in ("weight", "bias"):
            return Opaque("tensor")
        cls = self.class_at(base.path)
        if cls is not None:
            return self.self_attribute(Self(cls, foreign=True), name, lower.Expr(cst.Name("self")))
        return Opaque(perhaps_number=base.path.startswith("torch.nn."))

    def attributes(self, cls: ClassRef) -> dict[str, Value]:
        """What `__init__` and its parents' leave on the module, joined over every assignment."""
        if cls in self._attributes:
            return self._attributes[cls]
        if cls in self._busy:
            return {}
        self._busy.add(cls)
        found: dict[str, Value] = {
            name: Instance("torch.nn.MultiheadAttention", ())
            for ref in self.mro(cls)
            for base in self.bases(ref)
            for name in ATTENTIONS.get(base or "", ())
        }
        for ref in reversed(self.mro(cls)):
            for statement in self.definition(ref).body:
                if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                    for target in targets:
                        if isinstance(target, ast.Name):
                            once = len(structure.bound(self.definition(ref).body)[target.id]) == 1
                            found[target.id] = (
                                self._class_constant(statement.value) if once else Opaque(storages=frozenset({GLOBAL}))
                            )
        code = self.method_code(cls, "__init__")
        if code is not None:
            machine = self._interpreter(self, cls)
            assumed: dict[str, Value] = {}
            for parameter in code.function.parameters:
                assumption = machine.parameter(parameter)
                if assumption.kind == "unknown":
                    assumption = replace(assumption, kind="config")
                assumed[parameter.name] = assumption
            machine.run(code, assumed)
            for name, values in machine.stores.items():
                joined = values[0]
                for value in values[1:]:
                    joined = join_attribute(joined, value)
                if isinstance(joined, Opaque) and joined.kind != "number":
                    joined = replace(joined, zero=False)  # a tensor that begins at zero need not stay there
                found[name] = joined
        for name, value in found.items():
            if isinstance(value, Opaque) and value.storages and value.kind != "number" and self.written(cls, name):
                value = found[name] = replace(value, constant=None, most=None, zero=False, positive=False, fill=None)
            elsewhere = self.set_elsewhere(cls, name)
            if elsewhere in ("computed", "rate") and isinstance(value, Instance) and value.path == DROPOUT:
                continue  # `transform` looks at each dropout, and what it drops is asked for at each call
            if elsewhere == "computed" and isinstance(value, Instance) and self._softmax_looked_at(cls, name):
                continue
            if elsewhere:  # a number that most likely is none of these is looked at when it is there
                found[name] = join_attribute(value, Opaque(given=elsewhere == "computed"))
        self._busy.discard(cls)
        self._attributes[cls] = found
        return found

    def _softmax_looked_at(self, cls: ClassRef, name: str) -> bool:
        """Whether `transform` sees that a softmax is what the constructor makes of that attribute: it is made in one
        place, of torch's class under its own name, over an axis that is written there."""
        for ref in self.mro(cls):
            constructor = self.methods(ref).get("__init__")
            nodes = list(walk(constructor)) if constructor is not None else []
            stored = [
                n for n in nodes if isinstance(n, ast.Attribute) and n.attr == name and isinstance(n.ctx, ast.Store)
            ]
            if not stored:
                continue
            made = [n.value for n in nodes if isinstance(n, ast.Assign) and stored[0] in n.targets]
            if len(stored) > 1 or len(made) != 1 or not isinstance(made[0], ast.Call):
                return False
            given = [*made[0].args[:1], *(word.value for word in made[0].keywords if word.arg == "dim")]
            file = self.file(ref.module)
            path = self.static_path(file, made[0].func) if file is not None else None
            literal = bool(given) and whole_number(self._class_constant(given[0])) is not None
            return path == "torch.nn.Softmax" and structure.called(made[0]) == "Softmax" and literal
        return False

    @staticmethod
    def _class_constant(node: ast.expr) -> Value:
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError):
            return Opaque(storages=frozenset({GLOBAL}))
        if value is None:
            return Opaque("none")
        if isinstance(value, (bool, int, float)):
            return of_number(value)
        return Opaque("string", constant=value) if isinstance(value, str) else Opaque(storages=frozenset({GLOBAL}))

    def written(self, cls: ClassRef, name: str) -> bool:
        """Whether a tensor that an attribute holds may be changed in place, wherever and by whomever."""
        files = [file for file in map(self.file, {ref.module for ref in self.mro(cls)}) if file is not None]
        facts = [structure.facts(file) for file in (*files, *self._extra.values())]
        return any(name in known.written or "*" in known.written for known in facts)

    def is_mapping(self, cls: ClassRef | None, name: str) -> bool:
        """Whether all that the methods of a class set an attribute to is a dict."""
        values: list[ast.expr | None] = []
        for ref in self.mro(cls) if cls is not None else ():
            for method in self.methods(ref).values() if not self.is_library(ref) else ():
                receiver = next(iter(structure.parameters(method)), "") if method is not None else ""
                for node in walk(method) if method is not None else ():
                    targets = node.targets if isinstance(node, ast.Assign) else []
                    targets = [node.target] if isinstance(node, (ast.AnnAssign, ast.AugAssign)) else targets
                    if any(structure.is_attribute(target, receiver, name) for target in targets):
                        values.append(getattr(node, "value", None))
        return bool(values) and all(isinstance(value, ast.Dict) for value in values)

    def set_elsewhere(self, cls: ClassRef, name: str) -> Literal["", "named", "rate", "computed"]:
        """Whether an attribute, or what it holds, may be changed by anything but `__init__` binding it: by something
        that names it, by what sets its `p` alone, or only by what sets attributes under computed names."""
        for ref in self.mro(cls):
            if self.is_library(ref):
                continue
            changed = self.changed(ref)
            if name in changed.elsewhere or name in changed.inner:
                return "named"
        computed = False
        rate = any(name in self.changed(ref).rates for ref in self.mro(cls) if not self.is_library(ref))
        for file in self.files_around(cls):
            for base, attribute, node in structure.facts(file).stores:
                if attribute == name and not structure.plain_object(file, base, node):
                    return "named"
                if attribute is None:
                    owner = self.class_of(file, base)
                    plain = structure.plain_object(file, base, node) or structure.plain_values(base)
                    computed |= owner in self.mro(cls) or (owner is None and not plain)
        return "rate" if rate else "computed" if computed else ""


class Disorder(Exception):  # noqa: N818  # a verdict on a class, caught in this file, not an error
    """A class has no order of lookup; says why."""


def _is_data(node: ast.expr | None) -> bool:
    """Whether an expression is a constant, or a literal of constants."""
    try:
        return node is not None and ast.literal_eval(node) is not Ellipsis
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False


def merge(rows: list[list[ClassRef | str]]) -> list[ClassRef | str] | None:
    """C3: the heads that stand in no other row's tail, one after the other; None where there is no such order."""
    rows = [list(row) for row in rows if row]
    merged: list[ClassRef | str] = []
    while rows:
        for row in rows:
            head = row[0]
            if not any(head in other[1:] for other in rows):
                break
        else:
            return None
        merged.append(head)
        rows = [rest for row in rows if (rest := row[1:] if row[0] == head else row)]
    return merged


def join_attribute(a: Value, b: Value) -> Value:
    """What holds of an attribute that is assigned in two places."""
    if isinstance(a, Opaque) and isinstance(b, Opaque):
        return join_opaque(a, b)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Instance) and isinstance(other, Opaque) and other.kind == "none":
            return one  # where it is None, the call of it fails as it does upstream
    if isinstance(a, (Instance, Symbol, Choice)) and isinstance(b, (Instance, Symbol, Choice)):
        first = a.options if isinstance(a, Choice) else (a,)
        second = b.options if isinstance(b, Choice) else (b,)
        return Choice((*first, *second))
    return Opaque()
