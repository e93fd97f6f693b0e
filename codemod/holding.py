"""Which modules the classes of some files hold: in which attributes, from whichever constructor's arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from . import structure
from .hierarchy import ClassRef, Code, World
from .source import SourceFile, walk
from .whereabouts import Shape, join

PASSES = 12
TRANSPARENT = frozenset({"enumerate", "zip", "reversed", "iter", "next", "list", "tuple"})
"""What gives on what it is given."""
ASKING = frozenset({"isinstance", "hasattr", "callable", "type", "id"})
"""What tells weights from None."""
BLIND = ASKING | {"len", "print"}
"""What does nothing with what it is given."""
WRAPPERS = frozenset({"torch.nn.ModuleList", "torch.nn.ModuleDict", "torch.nn.modules.container.ModuleList"})
"""What holds modules and calls none of them."""
SEQUENCES = frozenset({"torch.nn.Sequential", "torch.nn.modules.container.Sequential"})
"""What gives the result of each of its modules to the next."""
HOLDERS = WRAPPERS | SEQUENCES


class Holdings:
    """The modules of known classes that each class of some files holds."""

    def __init__(self, world: World, files: Iterable[SourceFile]) -> None:
        files = tuple(files)
        self.world = world
        refs = [ClassRef(file.module, name) for file in files for name in file.classes]
        self.classes = [ref for ref in refs if world.is_module(ref)]
        self.strayed: set[ClassRef] = set()
        """Known classes that functions of the module do with what cannot be followed."""
        self._passed: dict[ClassRef, dict[str, frozenset[ClassRef]]] = {}
        self.piped: dict[ClassRef, tuple[Code, str]] = {}
        """Classes whose results go into the next module, where that is said, and the attribute that holds both."""
        self.called = {
            node.func.attr
            for file in files
            for node in file.nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        """Attributes that are called somewhere."""
        self._closed: dict[ClassRef, dict[str, bool]] = {}
        self._held: dict[ClassRef, dict[str, Shape]] = {}
        self._lost: dict[ClassRef, list[tuple[ClassRef, Code]]] = {}
        self._known = frozenset(self.classes)
        self._names: dict[tuple[str, str], frozenset[ClassRef]] = {}
        self._paths: dict[str, frozenset[ClassRef]] = {}
        self._settle(files)

    def _settle(self, files: Iterable[SourceFile]) -> None:
        """Reads what constructors are given, until nothing new is given on."""
        functions = [
            Code(file, None, name, node)
            for file in files
            for name, node in file.functions.items()
            if any(self._meant(file, part, {}) for part in walk(node))
        ]
        for _ in range(PASSES):
            before = {ref: dict(passed) for ref, passed in self._passed.items()}
            self._held, self._lost = {}, {}
            for cls in self.classes:
                self.held(cls)
            for code in functions:
                self.strayed |= self._bindings(code, {}, {})[0]
            for file in files:
                self._module_level(file)
            if self._passed == before:
                return

    def _module_level(self, file: SourceFile) -> None:
        """Notes what is made outside of all functions."""
        bodies = [file.tree.body, *(node.body for node in file.classes.values())]
        for node in (node for body in bodies for node in structure.scope(body)):
            if isinstance(node, ast.Call) and (made := self._classes(file, node.func, {})[0]):
                self.strayed |= made | self._pass(file, node, made, {})[0]

    def method(self, cls: ClassRef, name: str, after: ClassRef | None = None) -> Code | None:
        """A method as it stands in the source, whatever may be put in its place: what is not known to run is read
        all the same, as a caller."""
        order = self.world.mro(cls)
        for ref in order[order.index(after) + 1 :] if after in order else order:
            definition = self.world.methods(ref).get(name)
            if definition is not None:
                return None if self.world.is_library(ref) else self.world.code(ref, name, definition)
        return None

    def held(self, cls: ClassRef) -> dict[str, Shape]:
        """The modules of known classes in each attribute."""
        if cls not in self._held:
            found: dict[str, Shape] = {}
            self._lost[cls] = []
            for ref in self.world.mro(cls):
                if self.world.is_library(ref):
                    continue
                for name in self.world.methods(ref):
                    code = self.method(cls, name)
                    if code is not None and code.owner == ref:
                        self._attributes(cls, code, found)
            self._held[cls] = found
            self._reread(cls, found)
        return self._held[cls]

    def _reread(self, cls: ClassRef, found: dict[str, Shape]) -> None:
        """Notes the modules that the constructor reads again, to keep them, or what calls them, elsewhere."""
        code = self.method(cls, "__init__")
        if code is None or not found:
            return
        for node in walk(code.definition):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _of_self(node, code.receiver):
                self.strayed |= found[node.attr].classes if node.attr in found else frozenset()

    def lost(self, cls: ClassRef) -> list[tuple[ClassRef, Code]]:
        """The known classes that a class does with what cannot be followed, and where."""
        self.held(cls)
        return self._lost[cls]

    def _attributes(self, cls: ClassRef, code: Code, found: dict[str, Shape]) -> None:
        """Reads `self.name = …` in one method. A class that is named to another end is lost sight of."""
        given: dict[str, frozenset[ClassRef]] = {}
        for ref in self.world.mro(cls) if code.name == "__init__" else ():
            for name, classes in self._passed.get(ref, {}).items():
                given[name] = given.get(name, frozenset()) | classes
        if not any(self._meant(code.file, node, given) for node in walk(code.definition)):
            return  # most methods name no class at all
        lost, passed = self._bindings(code, given, found)
        self.strayed |= lost
        self._lost[cls] += [(ref, code) for ref in lost | passed]

    def _bindings(
        self, code: Code, given: dict[str, frozenset[ClassRef]], found: dict[str, Shape]
    ) -> tuple[set[ClassRef], set[ClassRef]]:
        """Reads what a function binds, its arguments being instances of what is `given`, into `found`; the classes
        that are lost sight of, and those that constructors are given."""
        local = dict(given)
        passed: set[ClassRef] = set()
        kept: dict[int, str] = {}
        for _ in range(2):  # a name may be bound below its first use
            seen: set[int] = set()
            lost: set[ClassRef] = set()
            for node in structure.scope(code.definition.body):
                if isinstance(node, ast.Assign) and _of_self(node.targets[0], code.receiver):
                    assert isinstance(node.targets[0], ast.Attribute)
                    kept[id(node.value)] = node.targets[0].attr
                if isinstance(node, ast.Call) and _path(self.world, code.file, node.func) in SEQUENCES:
                    inside = node.args if any(isinstance(a, ast.Starred) for a in node.args) else node.args[:-1]
                    for ref in self._all(code.file, inside, local)[0]:
                        self.piped[ref] = (code, kept.get(id(node), ""))
                if isinstance(node, ast.Call) and (made := self._classes(code.file, node.func, local)[0]):
                    noted = self._pass(code.file, node, made, local)[1]
                    passed |= self._all(code.file, noted, local)[0]
                    seen.update(id(part) for argument in noted for part in walk(argument))
                targets, value = _binding(node)
                if value is not None:
                    classes, strange = self._classes(code.file, value, local)
                    seen.update(id(part) for part in walk(value))
                    lost |= strange
                    for target in targets:
                        if isinstance(target, ast.Name):
                            local[target.id] = local.get(target.id, frozenset()) | classes
                        elif _of_self(target, code.receiver) and classes:
                            assert isinstance(target, ast.Attribute)
                            shape = Shape("modules", classes=classes)
                            shape = join(found.get(target.attr, shape), shape)
                            if isinstance(node, ast.Call) and len(shape.classes) > 1:
                                shape = Shape("modules", classes=shape.classes, sure=False)  # a list of several kinds
                            found[target.attr] = shape
                        else:
                            lost |= classes
        for node in walk(code.definition):
            seen.update(id(part) for inner in _harmless(node) for part in walk(inner))
        for node in walk(code.definition):
            if isinstance(getattr(node, "ctx", None), ast.Load) and id(node) not in seen:
                lost |= self._meant(code.file, node, local)
        return lost, passed

    def _pass(
        self, file: SourceFile, call: ast.Call, made: frozenset[ClassRef], local: dict[str, frozenset[ClassRef]]
    ) -> tuple[set[ClassRef], list[ast.expr]]:
        """Notes by parameter what the constructors of some classes are given: the classes that are lost sight of, and
        the arguments that were noted."""
        lost: set[ClassRef] = set()
        noted: list[ast.expr] = []
        named = [(keyword.arg, keyword.value) for keyword in call.keywords]
        stars = any(isinstance(value, ast.Starred) for value in call.args)
        constructors = [self.method(ref, "__init__") for ref in made]
        for place, (name, value) in enumerate([*((None, value) for value in call.args), *named]):
            given, strange = self._classes(file, value, local)
            lost |= strange
            if not given:
                continue
            unknown = name is None and (stars or place >= len(call.args))
            if unknown or None in constructors:
                lost |= given
                continue
            noted.append(value)
            for ref, code in zip(made, constructors, strict=True):
                assert code is not None
                parameters = [p.arg for p in (*code.definition.args.posonlyargs, *code.definition.args.args)][1:]
                key = name or next(iter(parameters[place : place + 1]), None)
                if key not in {*parameters, *(p.arg for p in code.definition.args.kwonlyargs)} or key is None:
                    lost |= given
                    continue
                passed = self._passed.setdefault(ref, {})
                passed[key] = passed.get(key, frozenset()) | given
        return lost, noted

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The attributes that the classes bind."""
        return frozenset(name for cls in self.classes for name in self.bound(cls))

    def is_open(self, cls: ClassRef, attribute: str) -> bool:
        """Whether an attribute may hold a module that was put there from elsewhere."""
        return not self.bound(cls).get(attribute, False)

    def bound(self, cls: ClassRef) -> Mapping[str, bool]:
        """The attributes that a class binds, and of each whether it is surely no module from elsewhere."""
        if cls not in self._closed:
            found: dict[str, bool] = {}
            for ref in self.world.mro(cls):
                if self.world.is_library(ref):
                    continue
                for name in self.world.methods(ref):
                    code = self.method(cls, name)
                    if code is not None and code.owner == ref:
                        self._close(code, found)
            self._closed[cls] = found
        return self._closed[cls]

    def _close(self, code: Code, found: dict[str, bool]) -> None:
        """Says of each attribute that a method binds whether it is made by a part of torch, of nothing that the method
        was given."""
        local = {part.id for part in walk(code.definition) if isinstance(part, ast.Name)} - set(code.file.imports)
        for node in walk(code.definition):
            if not isinstance(node, (ast.Assign, ast.AnnAssign)):
                continue
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if _of_self(target, code.receiver):
                    assert isinstance(target, ast.Attribute)
                    value = node.value
                    bare = isinstance(value, ast.Call) and any(
                        isinstance(part, (ast.Starred, ast.Call)) or (isinstance(part, ast.Name) and part.id in local)
                        for part in (*value.args, *(keyword.value for keyword in value.keywords))
                    )
                    of_torch = isinstance(value, ast.Call) and _path(self.world, code.file, value.func).startswith(
                        "torch."
                    )
                    table = isinstance(value, ast.Subscript) and _path(self.world, code.file, value.value) != ""
                    holder = isinstance(value, ast.Call) and _path(self.world, code.file, value.func) in HOLDERS
                    closed = isinstance(value, ast.Constant) or table or (of_torch and not bare and not holder)
                    found[target.attr] = found.get(target.attr, True) and closed

    def _classes(
        self, file: SourceFile, value: ast.expr, local: dict[str, frozenset[ClassRef]]
    ) -> tuple[frozenset[ClassRef], frozenset[ClassRef]]:
        """The classes that an expression is, or makes instances of, and those that it does something else with."""
        nothing: frozenset[ClassRef] = frozenset()
        if isinstance(value, ast.Name) or self._meant(file, value, local):
            return self._meant(file, value, local), nothing
        if isinstance(value, ast.Call):
            inside = [*value.args, *(keyword.value for keyword in value.keywords)]
            known = isinstance(value.func, ast.Name) and value.func.id in TRANSPARENT
            if known or _path(self.world, file, value.func) in WRAPPERS:
                return self._all(file, inside, local)
            made, lost = self._classes(file, value.func, local)
            if made:
                return made, lost | self._pass(file, value, made, local)[0]
            passed, more = self._all(file, inside, local)
            return made, lost | passed | more
        if isinstance(value, (ast.Subscript, ast.Starred)):
            return self._classes(file, value.value, local)
        if isinstance(value, (ast.ListComp, ast.GeneratorExp)):
            return self._classes(file, value.elt, local)
        parts: list[ast.expr] | None = None
        if isinstance(value, ast.IfExp):
            parts = [value.body, value.orelse]
        elif isinstance(value, (ast.BoolOp, ast.Dict)):
            parts = value.values
        elif isinstance(value, (ast.List, ast.Tuple)):
            parts = value.elts
        if parts is not None:
            return self._all(file, parts, local)
        blind = {id(part) for node in walk(value) for inner in _harmless(node) for part in walk(inner)}
        named = [node for node in walk(value) if id(node) not in blind]
        return nothing, nothing.union(*(self._meant(file, node, local) for node in named))

    def _all(
        self, file: SourceFile, values: Iterable[ast.expr], local: dict[str, frozenset[ClassRef]]
    ) -> tuple[frozenset[ClassRef], frozenset[ClassRef]]:
        pairs = [self._classes(file, value, local) for value in values]
        nothing: frozenset[ClassRef] = frozenset()
        return nothing.union(*(made for made, _ in pairs)), nothing.union(*(lost for _, lost in pairs))

    def _meant(self, file: SourceFile, node: ast.AST, local: dict[str, frozenset[ClassRef]]) -> frozenset[ClassRef]:
        """The classes that a name is or stands for, or `module.name`."""
        if isinstance(node, ast.Name):
            return self._named(file, node.id, local)
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if root is node or not isinstance(root, ast.Name) or root.id in local or root.id not in file.every_import:
            return frozenset()
        assert isinstance(node, ast.Attribute)
        path = _path(self.world, file, node)
        if path not in self._paths:
            ref = self.world.class_at(path)
            self._paths[path] = self._known & {ref} if ref is not None else frozenset()
        return self._paths[path]

    def _named(self, file: SourceFile, name: str, local: dict[str, frozenset[ClassRef]]) -> frozenset[ClassRef]:
        if name in local:
            return local[name]
        if (file.module, name) not in self._names:
            # only these are ever asked about
            self._names[file.module, name] = self._global(file, name) & self._known
        return self._names[file.module, name]

    def _global(self, file: SourceFile, name: str, depth: int = 0) -> frozenset[ClassRef]:
        """The classes that a name of a module is, or that it holds in a table."""
        if name in file.classes:
            return frozenset({ClassRef(file.module, name)})
        path = self.world.imported_path(file, name) or ""
        ref = self.world.class_at(path) if path else None
        if ref is not None:
            return frozenset({ref})
        origin = self.world.file(path.rpartition(".")[0]) if path else file
        value = origin.assigns.get(path.rpartition(".")[2] or name) if origin is not None else None
        if origin is None or depth > PASSES or not isinstance(value, (ast.Dict, ast.Name)):
            return frozenset()
        named = [part.id for part in walk(value) if isinstance(part, ast.Name) and part.id != name]
        nothing: frozenset[ClassRef] = frozenset()
        return nothing.union(*(self._global(origin, part, depth + 1) for part in named))


def _binding(node: ast.AST) -> tuple[list[ast.expr], ast.expr | None]:
    """Targets and value of a statement that gives a name or an attribute a module, by whatever means."""
    if isinstance(node, ast.Assign):
        return node.targets, node.value
    if isinstance(node, ast.AnnAssign):
        return [node.target], node.value
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and len(node.args) == 1
    ):
        return [node.func.value], node.args[0]
    if isinstance(node, ast.Call) and len(node.args) >= 2 and not any(isinstance(a, ast.Starred) for a in node.args):
        *before, name, value = node.args  # `self.add_module("name", value)`, `setattr(self, "name", value)`
        function, holder = node.func, before[0] if before else None
        if isinstance(function, ast.Attribute) and function.attr in ("add_module", "register_module"):
            holder = function.value
        elif not isinstance(function, ast.Name) or function.id != "setattr":
            holder = None
        if holder is not None and isinstance(name, ast.Constant) and isinstance(name.value, str):
            return [ast.copy_location(ast.Attribute(holder, name.value, ast.Store()), node)], value
    return [], None


def _harmless(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a node in which a class may be named without being made or handed on."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in BLIND | {"issubclass", "super"}
    ):
        yield from node.args
    elif isinstance(node, ast.Compare):
        yield node
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from structure.annotations_of(node)
    elif isinstance(node, ast.AnnAssign):
        yield node.annotation


def _of_self(node: ast.expr, receiver: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == receiver


def _path(world: World, file: SourceFile, node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    base = world.resolve(file, node.id) or world.imported_path(file, node.id) or node.id
    return ".".join([base, *reversed(parts)])
