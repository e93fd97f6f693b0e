"""Where a program tells a class from the subclass that stands in for it: by its type, by its name, by its parents.

`isinstance` sees no difference between the two. Everything else that asks what an object is may: what becomes of each
type that is read is followed to a comparison that decides, or to where track of it is lost. There it is enough that
the class, or a text that tells the two names apart, is said anywhere else in the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from . import structure
from .hierarchy import ClassRef, World
from .source import SourceFile, walk
from .structure import Doubt

ANCESTRY = frozenset({"__subclasses__", "__mro__", "mro", "__bases__", "__base__", "__module__", "__code__"})
"""What a subclass in another module has otherwise, whatever it is compared with."""
MEMBERSHIP = frozenset({"__instancecheck__", "__subclasscheck__"})
CONSTRUCTOR = "__init__"
NAMES = frozenset({"__name__", "__qualname__"})
SAME_TEXT = frozenset({"lower", "upper", "casefold", "strip"})
SEARCHES = frozenset({"startswith", "endswith", "find", "rfind", "index", "rindex", "count"})
SHOWN = frozenset({"str", "repr", "format", "ascii"})
GENERATED_METHOD = "_attn"
DRAWING = "_init_weights"
"""Where a model of transformers draws its weights: when it is made or loaded, before anything stands in."""
DRAWN_BY = frozenset({DRAWING, "init_weights", "initialize_weights", "_initialize_weights"})
"""What calls it, or is it."""


@dataclass(eq=False)
class Nodes:
    """A file's nodes by what stands around them."""

    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    silent: set[ast.AST] = field(default_factory=set)
    """What is said to a reader only, annotations, lists of exported names, and how weights are drawn."""


def _nodes(file: SourceFile) -> Nodes:
    found: Nodes | None = file.__dict__.get("_around")
    if found is None:
        found = file.__dict__["_around"] = Nodes()
        for node in file.nodes:
            found.parents.update((child, node) for child in ast.iter_child_nodes(node))
            found.silent.update(inner for part in _silent(node) for inner in walk(part))
        if not any(_draws_later(node, found.parents) for node in file.nodes):
            found.silent.update(inner for node in file.nodes for part in _drawing(node) for inner in walk(part))
    return found


def _drawing(node: ast.AST) -> Iterator[ast.AST]:
    """The methods of a class in which weights are drawn."""
    if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("PreTrainedModel") for base in node.bases):
        yield from (item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == DRAWING)


def _draws_later(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether weights may be drawn here after the model is made: by its own code, that is."""
    name = node.attr if isinstance(node, ast.Attribute) else _text(node)
    if name not in DRAWN_BY:
        return False
    here: ast.AST | None = node
    while here is not None and not isinstance(here, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        here = parents.get(here)
    return getattr(here, "name", "") not in (CONSTRUCTOR, DRAWING)


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    spoken = structure.said(node)
    if spoken is not None:
        yield spoken
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list:
        yield from structure.annotations_of(node)
    elif isinstance(node, ast.AnnAssign):
        yield node.annotation
    elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
        yield node.value


def told_apart(world: World, files: Iterable[SourceFile], cls: ClassRef, stand_in: str) -> Doubt | None:
    """Where one of `files` may tell an instance of `cls` from one of the class `stand_in`, which descends from it."""
    readers = [Reader(world, file, cls, stand_in) for file in files]
    for reader in readers:
        file, node = reader.file, reader.look()
        if isinstance(node, ast.Constant) and node.value == GENERATED_METHOD:
            return Doubt("CLASS", f"something asks for `{node.value}`, which only a generated class has", file, node)
        if node is not None:
            message = f"something asks for the very class `{cls.name}`, which a generated one is not"
            return Doubt("CLASS", message, file, node)
    beneath = any(reader.lost or reader.sought for reader in readers)
    if beneath or any(reader.beside for reader in readers):
        return _unequal(readers, beneath)
    return None


def _unequal(readers: Sequence[Reader], beneath: bool) -> Doubt | None:
    """Where types of objects are compared with each other: what is of the very class, and stays, beside what is of the
    one that stands in; where instances of such a type are sought (`beneath`), what is of a subclass, too."""
    makers = _makers(readers)
    for reader in readers:
        cls = reader.cls.name
        for node in reader.file.nodes:
            if reader.made_anew(node, makers):
                message = f"types are compared with each other, and an object that `{cls}` is part of is made anew"
                return Doubt("CLASS", message, reader.file, node)
            if beneath and isinstance(node, ast.ClassDef) and reader.descends(node):
                message = f"instances of the type of an object are sought, and `{node.name}` descends from `{cls}`"
                return Doubt("CLASS", message, reader.file, node)
    return None


def _makers(readers: Sequence[Reader]) -> set[ClassRef]:
    """The class, and those whose constructors make what has it in it."""
    makers = {readers[0].cls}
    classes = [(reader, node) for reader in readers for node in reader.file.classes.values()]
    grown = True
    while grown:
        found = {
            ClassRef(reader.file.module, node.name)
            for reader, node in classes
            if any(reader.names_one(inner, makers) for inner in walk(node))
        }
        grown = not found <= makers
        makers |= found
    return makers


LITERALS = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set)


class Reader:
    """Looks through one file for what tells `cls` from `stand_in`."""

    def __init__(self, world: World, file: SourceFile, cls: ClassRef, stand_in: str) -> None:
        self.world, self.file, self.cls, self.stand_in = world, file, cls, stand_in
        nodes = _nodes(file)
        self.parents, self.silent = nodes.parents, nodes.silent
        self.kin = {ref.name for ref in world.mro(cls)}
        self.asked: ast.AST | None = None
        self.lost = False
        self.beside = False
        """Whether a type is compared with that of another object."""
        self.sought = False
        """Whether instances, or subclasses, of the type of an object are sought."""
        self.seen: set[ast.AST] = set()

    def look(self) -> ast.AST | None:
        """The place, None if there is none."""
        for node in self.file.nodes:
            if node in self.silent:
                continue
            if self._decides(node):
                return node
            if self._reads_type(node):
                self._follow(node, named=isinstance(node, ast.Call) and structure.called(node) == "_get_name")
            if self.asked is not None:
                return self.asked
        return next((node for node in self.file.nodes if self._mentioned(node)), None) if self.lost else None

    def tells(self, text: str) -> bool:
        """Whether a text is found in, or is, one of the two names and not the other."""
        own, other, text = self.cls.name.lower(), self.stand_in.lower(), text.lower()
        if not text:
            return False
        return own in text or any(
            (test(own, text) != test(other, text)) for test in (str.__contains__, str.startswith, str.endswith)
        )

    # --- what decides at once -----------------------------------------------------------------------------------

    def _decides(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute) and node.attr in ANCESTRY:
            return not self._elsewhere(node.value)
        if isinstance(node, ast.Constant) and node.value == GENERATED_METHOD:
            return not any(GENERATED_METHOD in self.world.methods(ref) for ref in self.world.mro(self.cls))
        if isinstance(node, ast.Compare):
            # a mere name beside the class may be a class that never was read from an object
            computed = not all(isinstance(part, (ast.Name, ast.Constant)) for part in (node.left, *node.comparators))
            return (computed and self._names_class(node)) or self._shown(walk(node))
        searches = isinstance(node, ast.Call) and structure.called(node) in SEARCHES
        return searches and self._shown(walk(node))

    def _names_class(self, node: ast.AST) -> bool:
        every = [inner for inner in walk(node) if not isinstance(inner, ast.Constant)]
        return any(self._mentioned(inner, compared=True) for inner in every)

    def _shown(self, nodes: list[ast.AST]) -> bool:
        """Whether what an object looks like is searched for a text that tells the two apart."""
        shows = any(
            isinstance(node, ast.FormattedValue) or (isinstance(node, ast.Call) and structure.called(node) in SHOWN)
            for node in nodes
        )
        return shows and any(self.tells(text) for node in nodes if (text := _text(node)))

    def _elsewhere(self, node: ast.expr) -> bool:
        """Whether an object is plainly not one of `cls`, nor `cls`: a literal, the receiver of a class that is none of
        its parents, a method of such a receiver, or a class that is not."""
        if isinstance(node, LITERALS):
            return True
        held = node.value if isinstance(node, ast.Attribute) else node
        owner = self._receiver_of(held) if isinstance(held, ast.Name) else None
        if owner is not None and owner not in self.kin and owner in self.file.classes:
            return held is node or getattr(node, "attr", "") in structure.methods(self.file.classes[owner])
        if owner is not None:
            return False
        path = self.world.path_of(self.file, node)
        known = self.world.class_at(path) if path is not None else None
        return known is not None and known not in self.world.mro(self.cls)

    def _receiver_of(self, node: ast.Name) -> str | None:
        """The class of whose method a name is the receiver."""
        here: ast.AST | None = node
        while here is not None:
            around = self.parents.get(here)
            if isinstance(here, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.id in structure.parameters(here):
                first = structure.parameters(here)[0] == node.id and node.id not in structure.bound(here.body)
                return around.name if first and isinstance(around, ast.ClassDef) else None
            here = around
        return None

    def _is_local(self, node: ast.Name) -> bool:
        """Whether a name is one that a function binds in whose body it stands."""
        inner: ast.AST = node
        while (around := self.parents.get(inner)) is not None:
            in_body = isinstance(around, (ast.FunctionDef, ast.AsyncFunctionDef)) and inner in around.body
            if in_body and node.id in structure.local_names(cast("structure.Definition", around)):
                return True
            inner = around
        return False

    def _dropped(self, node: ast.Constant) -> bool:
        """Whether a name is the key under which something is taken out of a collection, and thrown away."""
        around = self.parents.get(node)
        if isinstance(around, ast.Subscript):
            return isinstance(around.ctx, ast.Del)
        if not isinstance(around, ast.Call) or structure.called(around) != "pop" or around.args[:1] != [node]:
            return False
        return isinstance(self.parents.get(around), ast.Expr)

    # --- what is read of an object ------------------------------------------------------------------------------

    def _reads_type(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and structure.called(node) == "_get_name":
            return isinstance(node.func, ast.Attribute) and not self._elsewhere(node.func.value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "type":
            return len(node.args) == 1 and not self._elsewhere(node.args[0])
        if isinstance(node, ast.Attribute):
            return node.attr == "__class__" and not self._elsewhere(node.value)
        if isinstance(node, ast.Name) and node.id == "type":
            around = self.parents.get(node)
            calls = isinstance(around, ast.Call) and around.func is node
            if calls or (isinstance(around, ast.Subscript) and around.value is node):
                return False
            return isinstance(node.ctx, ast.Load) and not self._is_local(node)
        return isinstance(node, ast.Constant) and node.value in ("__class__", "_get_name") and not self._dropped(node)

    def _follow(self, node: ast.AST, named: bool) -> None:
        """What becomes of a type, or of its name."""
        if node in self.seen or node in self.silent:
            return
        self.seen.add(node)
        around = self.parents.get(node)
        if isinstance(around, ast.Attribute):
            self._attribute(around, named)
        elif isinstance(around, ast.Call) and around.func is node and not named:
            pass  # another object of the type
        elif isinstance(around, ast.Call) and getattr(around.func, "id", "") in ("isinstance", "issubclass"):
            self.sought |= around.args[0] is not node
        elif isinstance(around, ast.Call) and self._reads_text(around.func):
            self.asked = around
        elif isinstance(around, ast.Compare):
            for operand in (around.left, *around.comparators):
                if operand is not node:
                    self._compared(operand, around)
        elif isinstance(around, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and around.value is node:
            self._bound(around, named)
        elif isinstance(around, (ast.BoolOp, ast.IfExp)):
            if not (isinstance(around, ast.IfExp) and around.test is node):
                self._follow(around, named)
        elif isinstance(around, ast.Match):
            for case in around.cases:
                self._pattern(case.pattern)
        elif not isinstance(around, ast.Expr):
            self.lost = True

    def _reads_text(self, function: ast.expr) -> bool:
        """Whether a function says what a class itself holds, or how it is written."""
        path = self.world.path_of(self.file, function) or ""
        return path in ("vars", "dir") or path.startswith("inspect.")

    def _attribute(self, node: ast.Attribute, named: bool) -> None:
        """An attribute of a type, or a method of its name."""
        around = self.parents.get(node)
        called = around if isinstance(around, ast.Call) and around.func is node else None
        if node.attr in NAMES:
            self._follow(node, named=True)
        elif named and called is not None and node.attr in SAME_TEXT:
            self._follow(called, named=True)
        elif named and called is not None and node.attr in SEARCHES:
            for argument in called.args:
                self._compared(argument, called)
        elif node.attr == "__dict__":
            self.asked = node
        elif node.attr in MEMBERSHIP:
            self.sought = True
        elif named:
            self.lost = True
        # else what a subclass inherits

    def _compared(self, operand: ast.expr, place: ast.AST) -> None:
        """What a type or a name is compared with."""
        if isinstance(operand, (ast.Tuple, ast.List, ast.Set)):
            for item in operand.elts:
                self._compared(item, place)
        elif isinstance(operand, ast.Constant):
            if isinstance(operand.value, str) and self.tells(operand.value):
                self.asked = place
        elif self._names_class(operand):
            self.asked = place
        elif self._reads_type(operand):
            self.beside = True
        else:
            path = self.world.path_of(self.file, operand)
            known = path is not None and (
                self.world.class_at(path) is not None or path.startswith("torch.") or "." not in path
            )
            self.lost |= not known

    def _bound(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr, named: bool) -> None:
        """A local name for it."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        here: ast.AST | None = node
        while here is not None and not isinstance(here, (ast.FunctionDef, ast.AsyncFunctionDef)):
            here = self.parents.get(here)
        if isinstance(node, ast.NamedExpr):
            self._follow(node, named)
        for target in targets:
            if here is None or not isinstance(target, ast.Name):
                self.lost = True
                continue
            for inner in walk(here):
                if isinstance(inner, ast.Name) and inner.id == target.id and isinstance(inner.ctx, ast.Load):
                    self._follow(inner, named)

    def _pattern(self, pattern: ast.pattern) -> None:
        if isinstance(pattern, ast.MatchOr):
            for part in pattern.patterns:
                self._pattern(part)
        elif isinstance(pattern, ast.MatchValue):
            self._compared(pattern.value, pattern)
        elif isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
            self._pattern(pattern.pattern)
            self.lost |= pattern.name is not None
        elif not isinstance(pattern, ast.MatchAs) or pattern.name is not None:
            self.lost = True

    # --- objects of the class that stay what they are ------------------------------------------------------------

    def made_anew(self, node: ast.AST, makers: set[ClassRef]) -> bool:
        """Whether a node may make an object of the class after something stands in for it."""
        return self.names_one(node, makers) and not self._constructing(node)

    def names_one(self, node: ast.AST, classes: set[ClassRef]) -> bool:
        """Whether a node is one of `classes` as what can be called."""
        if (
            node in self.silent
            or not isinstance(node, (ast.Name, ast.Attribute))
            or not isinstance(node.ctx, ast.Load)
        ):
            return False
        if self.world.class_of(self.file, node, exact=True) not in classes:
            return False
        around = self.parents.get(node)
        if isinstance(around, ast.Call) and around.func is node:
            return True
        return not isinstance(around, ast.Attribute) and not self._plain(node, compared=False)

    def _constructing(self, node: ast.AST) -> bool:
        """Whether a node stands in a constructor, and not in a function that may run later."""
        here: ast.AST | None = node
        while here is not None and not isinstance(here, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            here = self.parents.get(here)
        around = self.parents.get(here) if here is not None else None
        return getattr(here, "name", "") == CONSTRUCTOR and isinstance(around, ast.ClassDef)

    def descends(self, node: ast.ClassDef) -> bool:
        """Whether a class of the file is a subclass of the class."""
        bases = [self.world.class_of(self.file, base, exact=True) for base in node.bases]
        return any(self.cls in self.world.mro(base) for base in bases if base is not None)

    # --- where the class is said --------------------------------------------------------------------------------

    def _mentioned(self, node: ast.AST, *, compared: bool = False) -> bool:
        """Whether a node is the class as a value, or a text that tells it from the one that stands in."""
        if node in self.silent:
            return False
        text = _text(node)
        if text:
            return self.tells(text)
        if isinstance(node, ast.keyword):
            return node.arg is not None and self.cls.name in node.arg
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.cls.name in node.name
        if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
            return False
        if self.world.class_of(self.file, node, exact=True) != self.cls:
            return False
        return not self._plain(node, compared)

    def _plain(self, node: ast.AST, compared: bool) -> bool:
        """Whether a class is named where one that descends from it means the same: it is called, inherited from, an
        attribute of it is read, or instances are sought."""
        around = self.parents.get(node)
        if isinstance(around, ast.Attribute):
            beyond = self.parents.get(around)
            called = isinstance(beyond, ast.Call) and beyond.func is around
            return called or not (compared or around.attr in NAMES)
        if isinstance(around, ast.Call) and around.func is node:
            return True
        if isinstance(around, ast.ClassDef):
            return True
        while isinstance(around, (ast.Tuple, ast.BinOp)):
            node, around = around, self.parents.get(around)
        if not isinstance(around, ast.Call):
            return False
        name = getattr(around.func, "id", "")
        return name == "super" or (name in ("isinstance", "issubclass") and around.args[0] is not node)


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
