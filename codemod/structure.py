"""What can be told of names from syntax alone: what a scope binds, who changes a class from outside, and what a method
holds that would mean something else in a copy of it.

Everything here answers "may it?", never "does it?": a name that may have been bound anew has no known meaning.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeGuard

from .source import SourceFile, children, walk

NAMESPACES = frozenset({"__globals__", "__builtins__", "f_globals", "f_builtins"})
"""Attributes that hold the names of a module."""
RUNTIME = frozenset(
    [
        "additive",
        "arrange",
        "as_written",
        "at_least",
        "augmented",
        "combined",
        "constant",
        "dropout_probability",
        "eager_attention",
        "enlarged",
        "expand_bias",
        "expanded",
        "fuse",
        "given",
        "implementation_of",
        "interface_causal",
        "interface_heads",
        "interface_mask",
        "is_one_token",
        "listening",
        "multihead_attention",
        "over_one_key",
        "promoted",
        "quotient",
        "restore",
        "scores_dtype",
        "scores_like",
        "scores_shape",
        "unfilled",
        "recast",
        "updated",
        "view_bias",
        "weights_requested",
        "widened",
    ]
)
"""What generated code takes from the runtime by name."""
ASIDE = "upstream_"
"""Before the source's own names that generated code needs for itself."""
MODULE_NAMES = frozenset({"__name__", "__file__", "__package__", "__spec__", "__loader__", "__path__", "__doc__"})
SCOPE_READERS = frozenset({"locals", "eval", "exec", "globals"})
BINDERS = SCOPE_READERS | {"vars"}
REFLECTIVE = frozenset({"__dict__", "__setattr__", "__delattr__", "__class__"})
REGISTERS = frozenset({"__dict__", "_buffers", "_parameters", "_modules"})
"""Where a module keeps its attributes."""
OPEN_DEFINITIONS = frozenset({"__getattribute__", "__setattr__", "__delattr__", "__init_subclass__"})
TALK = frozenset({"warn", "warning", "warning_once", "info", "debug", "error", "print"})

OF_CLASSES = frozenset(
    {"__class__", "__subclasses__", "__mro__", "__bases__", "__module__", "__qualname__", "__code__", "_get_name"}
)
"""Attributes that say which class, or which text, something is of."""
FRAMES = frozenset({"_getframe", "currentframe"})
BUFFERS = frozenset({"buffers", "named_buffers", "_buffers"})
DEFAULTS = frozenset({"__defaults__", "__kwdefaults__"})

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Doubt:
    """Why something cannot be told, and where one sees it."""

    code: str
    message: str
    file: SourceFile
    node: ast.AST


# Scopes


def scope(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that are evaluated in one scope: not those in the bodies of functions, classes and lambdas in it."""
    queue = list(body)
    while queue:
        node = queue.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            queue += [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        elif isinstance(node, ast.ClassDef):
            queue += [*node.decorator_list, *node.bases, *node.keywords]
        elif isinstance(node, ast.Lambda):
            queue += [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            queue += [inner for inner in walk(node) if isinstance(inner, ast.NamedExpr)]
        else:
            queue += children(node)


def bound(body: Iterable[ast.AST]) -> dict[str, list[ast.AST]]:
    """Each name that a scope binds, with the nodes that do; `del` counts, and so does `from … import *` (as "*")."""
    found: dict[str, list[ast.AST]] = {}

    def bind(name: str | None, node: ast.AST) -> None:
        if name:
            found.setdefault(name, []).append(node)

    for node in scope(body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            bind(node.id, node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bind(node.name, node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                bind(alias.asname or alias.name.partition(".")[0], alias)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                bind(alias.asname or alias.name, alias)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            bind(node.name, node)
        elif isinstance(node, ast.MatchMapping):
            bind(node.rest, node)
    return found


def only_handed_on(node: Definition, name: str) -> bool:
    """Whether a function only unpacks its own `*name` or `**name` into calls, and takes out of it what has a key: so
    that nothing is in there but what it was given."""
    handed = 0
    for call in walk(node):
        if not isinstance(call, ast.Call):
            continue
        parts = [part.value for part in call.args if isinstance(part, ast.Starred)]
        parts += [keyword.value for keyword in call.keywords if keyword.arg is None]
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("get", "pop"):
            parts.append(call.func.value)
        handed += sum(isinstance(part, ast.Name) and part.id == name for part in parts)
    return handed == sum(isinstance(inner, ast.Name) and inner.id == name for inner in walk(node))


def parameters(node: Definition | ast.Lambda) -> list[str]:
    """The names of a function's parameters."""
    args = node.args
    every = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [arg.arg for arg in every if arg is not None]


def local_names(node: Definition) -> set[str]:
    """Names that a function, or one inside it, binds."""
    found = {*parameters(node), *bound(node.body)}
    for inner in walk(node):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and inner is not node:
            found.update(parameters(inner))
            found.update(bound([inner.body] if isinstance(inner, ast.Lambda) else inner.body))
        elif isinstance(inner, ast.comprehension):
            found.update(n.id for n in walk(inner.target) if isinstance(n, ast.Name))
        elif isinstance(inner, ast.ClassDef):
            found.update(bound(inner.body))
    return found


def mangled(name: str, owner: str) -> str:
    """A name as it reads in the body of class `owner`: two underscores in front are its own."""
    stem = owner.lstrip("_")
    if not name.startswith("__") or name.endswith("__") or "." in name or not stem:
        return name
    return f"_{stem}{name}"


def has_private_names(text: str) -> bool:
    """Whether source holds a name that a class body changes."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return any(not name.endswith("__") for name in re.findall(r"(?<![A-Za-z0-9_])__\w+", plain))


# Files


@dataclass
class Stored:
    """Names of attributes that are set somewhere; `prefixes` where only how they begin is known."""

    names: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self.names or any(name.startswith(prefix) for prefix in self.prefixes)

    def key(self, node: ast.expr | None) -> None:
        """Adds what `setattr(…, node, …)` may set."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.names.add(node.value)
        elif isinstance(node, ast.JoinedStr) and node.values and isinstance(first := node.values[0], ast.Constant):
            self.prefixes.add(str(first.value))
        else:
            self.prefixes.add("")


@dataclass
class Facts:
    """What a module does to names. `stores` are attributes set on anything but a method's own receiver: its base, the
    name (None: any), the node."""

    bound: dict[str, list[ast.AST]]
    meanings: dict[str, int]
    """How many different things each module-level name may be."""
    globals: set[str]
    """Names that a function binds with `global`."""
    stores: list[tuple[ast.expr, str | None, ast.AST]]
    unclear: ast.AST | None
    """What may bind any name: `from … import *`, `exec`, a use of `globals()` or of `sys.modules`."""
    typing_only: set[str]
    """Names that exist for a type checker alone."""
    sure: set[str]
    """Names that exist whatever the module's conditions come to."""
    defaults: ast.AST | None
    """What may change the defaults of a function after its `def`: a mention of `__defaults__`, or `setattr` with a
    computed name on a function of the module."""
    written: frozenset[str]
    """Attributes that hold a tensor which is changed in place somewhere; "*" where any buffer may be."""
    changed: dict[ast.ClassDef, Changed] = field(default_factory=dict)
    """What `changed` said of the file's classes so far."""


def facts(file: SourceFile) -> Facts:
    """The facts of a file, read once; they live as long as it does."""
    found: Facts | None = file.__dict__.get("_facts")
    if found is None:
        found = file.__dict__["_facts"] = _facts(file)
    return found


def _facts(file: SourceFile) -> Facts:
    tree = file.tree
    names = bound(tree.body)
    declared: set[str] = set()
    imported: dict[int, str] = {}
    dynamic: ast.AST | None = None
    # a module that is put there, or looked for, changes no names of this one
    put: set[ast.expr] = {n.value for n in file.nodes if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)}
    looked_up: set[ast.expr] = set()  # `globals()` of which a name is read
    for node in file.nodes:
        if isinstance(node, ast.Compare) and all(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops):
            put.update(node.comparators)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Call):
            looked_up.add(node.value.func)
    for node in file.nodes:
        if isinstance(node, ast.Name):
            if node.id in ("globals", "exec") and isinstance(node.ctx, ast.Load) and node not in looked_up:
                dynamic = dynamic or node
        elif isinstance(node, ast.Attribute):
            of_sys = isinstance(node.value, ast.Name) and file.imports.get(node.value.id) == ("sys", None)
            if node.attr in NAMESPACES or (node.attr == "modules" and of_sys and node not in put):
                dynamic = dynamic or node
        elif isinstance(node, ast.Call):
            if called(node) in ("import_module", "__import__") and any(_is(arg, "__name__") for arg in node.args):
                dynamic = dynamic or node
        elif isinstance(node, ast.ImportFrom) and node.module == "sys":
            dynamic = dynamic or next((alias for alias in node.names if alias.name == "modules"), None)
        elif isinstance(node, ast.Global):
            declared.update(node.names)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imported.update(_imported(file, node))
    meanings = {name: _meanings(imported, nodes) + (name in declared) for name, nodes in names.items()}
    unclear = next(iter(names.get("*", ())), dynamic)
    stores = _stores(tree)
    typing_only: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            typing_only |= set(bound(node.body)) - set(bound([n for n in tree.body if n is not node]))
    calls = [node for node in scope(tree.body) if isinstance(node, ast.Call)]
    unclear = unclear or next((c for c in calls if called(c) in ("vars", "locals") and not c.args), None)
    defaults = _defaults(file, names, stores)
    return Facts(
        names,
        meanings,
        declared,
        stores,
        unclear,
        typing_only,
        surely_bound(tree.body),
        defaults,
        _written(file),
    )


def _written(file: SourceFile) -> frozenset[str]:
    found: set[str] = set()
    for node in file.nodes:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            targets = [node.value]
        elif isinstance(node, ast.Call) and called(node).endswith("_") and not called(node).endswith("__"):
            receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            targets = [*receiver, *node.args[:1]]
        elif isinstance(node, ast.Attribute) and node.attr in BUFFERS:
            found.add("*")
        for target in targets:
            inner: ast.expr = target
            while isinstance(inner, (ast.Attribute, ast.Subscript, ast.Call)):
                if isinstance(inner, ast.Attribute):
                    found.add(inner.attr)
                inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return frozenset(found)


def _defaults(
    file: SourceFile, names: dict[str, list[ast.AST]], stores: list[tuple[ast.expr, str | None, ast.AST]]
) -> ast.AST | None:
    for node in file.nodes:
        if isinstance(node, ast.Attribute) and node.attr in DEFAULTS:
            return node
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in DEFAULTS:
            return node
    for base, attribute, node in stores:
        bound_to = names.get(base.id, ()) if attribute is None and isinstance(base, ast.Name) else ()
        if any(isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) for n in bound_to):
            return node
    return None


def _imported(file: SourceFile, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[int, str]]:
    """What each `alias` node of an import stands for."""
    module = (file.absolute(node) or "?") + "." if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        whole = module or alias.asname
        yield id(alias), f"{module}{alias.name}" if whole else alias.name.partition(".")[0]


def _meanings(imported: dict[int, str], nodes: list[ast.AST]) -> int:
    aliases = [node for node in nodes if isinstance(node, ast.alias)]
    return len(nodes) - len(aliases) + len({imported.get(id(node)) for node in aliases})


def _stores(tree: ast.Module) -> list[tuple[ast.expr, str | None, ast.AST]]:
    """Attributes set on anything but the receiver of the method around; under a computed name, on anything but what an
    attribute of it holds, which `Changed.inner` has."""
    found: list[tuple[ast.expr, str | None, ast.AST]] = []

    def visit(node: ast.AST, receiver: str) -> None:
        for child in children(node):
            if isinstance(child, (ast.Name, ast.Constant)):
                continue
            if isinstance(child, ast.ClassDef):
                for item in child.body:
                    if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        first = [a.arg for a in (*item.args.posonlyargs, *item.args.args)][:1]
                        visit(item, first[0] if first else "")
                    else:
                        visit(ast.Module([item], []), receiver)
                continue
            if isinstance(child, ast.Attribute) and isinstance(child.ctx, (ast.Store, ast.Del)):
                if not (isinstance(child.value, ast.Name) and child.value.id == receiver):
                    found.append((child.value, child.attr, child))
            elif isinstance(child, ast.Call) and (setting := set_by(child)) is not None:
                base, key = setting
                if not (isinstance(base, ast.Name) and base.id == receiver):
                    literal = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
                    if literal is not None or _root(base) != receiver:
                        found.append((base, literal, child))
            elif isinstance(child, ast.Attribute) and child.attr == "__dict__" and _root(child.value) != receiver:
                found.append((child.value, None, child))
            elif (
                isinstance(child, ast.Call)
                and called(child) == "vars"
                and child.args
                and _root(child.args[0]) != receiver
            ):
                found.append((child.args[0], None, child))
            visit(child, receiver)

    visit(tree, "")
    return found


def _root(node: ast.expr) -> str | None:
    """The name that a chain of attributes and items begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def set_by(call: ast.Call) -> tuple[ast.expr, ast.expr | None] | None:
    """Whose attribute `setattr(x, name, …)`, `delattr(x, name)`, `x.__setattr__(name, …)` or
    `object.__setattr__(x, name, …)` sets, and the name where it is given by place; None for other calls."""
    function = call.func
    args = call.args
    if isinstance(function, ast.Attribute) and function.attr in ("__setattr__", "__delattr__"):
        unbound = 3 if function.attr == "__setattr__" else 2
        if len(args) + len(call.keywords) < unbound and not any(isinstance(arg, ast.Starred) for arg in args):
            return function.value, args[0] if args else None
    elif not (isinstance(function, ast.Name) and function.id in ("setattr", "delattr")):
        return None
    return (args[0], args[1] if len(args) > 1 else None) if args else None


# Classes


def methods(definition: ast.ClassDef) -> dict[str, Definition | None]:
    """What a class body binds: a function where that is the name's one plain `def`, None for everything else. What is
    for type checkers alone binds nothing: names with an annotation and no value, and overloads."""
    top = {id(node) for node in definition.body}
    silent = {id(node.target) for node in definition.body if isinstance(node, ast.AnnAssign) and node.value is None}
    found: dict[str, Definition | None] = {}
    for name, every in bound(definition.body).items():
        nodes = [node for node in every if id(node) not in silent and not _is_overload(node)]
        if not nodes:
            continue
        only = nodes[0] if len(nodes) == 1 else None
        plain = isinstance(only, (ast.FunctionDef, ast.AsyncFunctionDef)) and id(only) in top
        found[mangled(name, definition.name)] = only if plain else None  # type: ignore[assignment]  # checked above
    return found


def _is_overload(node: ast.AST) -> bool:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else ()
    return any(ast.unparse(decorator) in ("overload", "typing.overload") for decorator in decorators)


@dataclass
class Changed:
    """What a class's own methods do to its instances: `stores` sets attributes of the receiver, `inner` changes what
    an attribute holds (`self.softmax.dim = 1`, a hook on it), and `rates` its `p` alone, as of a dropout."""

    stores: Stored
    elsewhere: Stored
    """Those of `stores` that another method than `__init__` sets."""
    shadowing: Stored
    """Those that are found before what the class itself has: submodules, parameters and buffers are not."""
    inner: Stored
    rates: Stored


TENSOR_HOOKS = frozenset(["register_hook", "register_post_accumulate_grad_hook"])
"""Hooks on a tensor; modules have none of these names."""


def changed(file: SourceFile, definition: ast.ClassDef) -> Changed:
    """What the methods of one class body of a file set on their receiver; read once."""
    known = facts(file).changed
    if definition not in known:
        known[definition] = _changed(definition)
    return known[definition]


def _changed(definition: ast.ClassDef) -> Changed:
    result = Changed(Stored(), Stored(), Stored(), Stored(), Stored())
    own = definition.name
    for method in definition.body:
        if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        first = [a.arg for a in (*method.args.posonlyargs, *method.args.args)][:1]
        receiver = first[0] if first else ""
        targets = [result.stores] if method.name == "__init__" else [result.stores, result.elsewhere]
        looked_at = _looked_at(method)
        for node in walk(method):
            if isinstance(node, ast.Attribute) and node not in looked_at:
                if isinstance(node.ctx, (ast.Store, ast.Del)):
                    if _is(node.value, receiver):
                        for target in (*targets, result.shadowing):
                            target.names.add(mangled(node.attr, own))
                    else:
                        _inner(node.value, receiver, own, result.rates if node.attr == "p" else result.inner)
                elif node.attr in REGISTERS and _is(node.value, receiver):
                    _anything(result, shadowing=node.attr == "__dict__")
                elif node.attr in REGISTERS:
                    _inner(node.value, receiver, own, result.inner)
            elif isinstance(node, ast.Call):
                _called(node, receiver, own, targets, result)
    return result


def _called(node: ast.Call, receiver: str, own: str, targets: list[Stored], result: Changed) -> None:
    function = node.func
    if (setting := set_by(node)) is not None:
        base, key = setting
        of_super = isinstance(base, ast.Call) and called(base) == "super"
        if of_super or _is(base, receiver):
            # in `__init__` too: no statement there shows it
            for target in (result.stores, result.elsewhere, result.shadowing):
                target.key(key)
        else:
            _inner(base, receiver, own, result.inner)
    elif isinstance(function, ast.Name) and function.id == "vars" and node.args:
        if _is(node.args[0], receiver):
            _anything(result, shadowing=True)
        else:
            _inner(node.args[0], receiver, own, result.inner)
    elif isinstance(function, ast.Attribute):
        if function.attr in ("add_module", "register_module") and _is(function.value, receiver):
            for target in targets:
                target.key(node.args[0] if node.args else None)
        elif function.attr.startswith("register_") and "hook" in function.attr and function.attr not in TENSOR_HOOKS:
            if isinstance(function.value, ast.Name):
                result.inner.prefixes.add("")
            else:
                _inner(function.value, receiver, own, result.inner)


def _looked_at(method: Definition) -> set[ast.expr]:
    """Mentions of where a module keeps its attributes that only look something up there; what is taken out elsewhere
    than in `__getattr__` may be changed."""
    found: set[ast.expr] = set()
    for node in walk(method):
        if method.name == "__getattr__" and isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            found.add(node.value)
        elif isinstance(node, ast.Compare) and all(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops):
            found.update(node.comparators)
    return {node for node in found if isinstance(node, ast.Attribute) and node.attr in REGISTERS}


def _anything(result: Changed, *, shadowing: bool) -> None:
    """Any attribute may be set."""
    for target in (result.stores, result.elsewhere, *([result.shadowing] if shadowing else [])):
        target.prefixes.add("")


def _is(node: ast.expr, receiver: str) -> bool:
    return isinstance(node, ast.Name) and node.id == receiver


def is_attribute(node: ast.expr, receiver: str, name: str) -> bool:
    """Whether an expression is that attribute of a method's receiver."""
    return isinstance(node, ast.Attribute) and node.attr == name and _is(node.value, receiver)


def _inner(node: ast.expr, receiver: str, own: str, inner: Stored) -> None:
    """Notes the attribute of the receiver through which something deeper is changed."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute) and _is(node.value, receiver):
            inner.names.add(mangled(node.attr, own))
            return
        node = node.value


# Copies


def open_class(definition: ast.ClassDef) -> tuple[ast.AST, str] | None:
    """What makes a class mean more than its methods say, or its subclasses mean something else."""
    for node in definition.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in OPEN_DEFINITIONS:
            return node, f"the class defines `{node.name}`"
    for inner in scope(definition.body):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id in BINDERS:
            return inner, f"`{inner.func.id}` in the body of the class may bind any name"
    return None


def said(node: ast.AST) -> ast.AST | None:
    """The part of a statement or call that is only said to a reader: an error, what an assertion says, a message."""
    if isinstance(node, ast.Assert):
        return node.msg
    return node if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and called(node) in TALK) else None


def asks_its_class(method: Definition) -> ast.AST | None:
    """Where a method reads its own class, which is another one where it runs in a generated subclass; not in what is
    only said to a reader."""
    spoken = {inner for node in walk(method) if (part := said(node)) is not None for inner in walk(part)}
    receiver = next(iter(parameters(method)), "")
    for node in walk(method):
        if node in spoken:
            continue
        if isinstance(node, ast.Attribute) and node.attr in OF_CLASSES:
            return node
        if isinstance(node, ast.FormattedValue) and _is(node.value, receiver):
            return node
        if _asks_type(node) and _is(node.args[0], receiver):
            return node
    return None


def _asks_type(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "type" and len(node.args) == 1


def uncopyable(
    file: SourceFile, method: Definition, owner: ast.ClassDef | None, *, defaults_kept: bool = False
) -> tuple[ast.AST, str] | None:
    """Why a copy of a method in another class of another module would not mean the same; `defaults_kept` says that it
    takes the very defaults of the method, where a copy of their text would not be the same."""
    module = facts(file)
    if module.unclear is not None:
        return module.unclear, "what the module's names mean cannot be told"
    names = set() if owner is None else set(bound(owner.body))
    own = local_names(method)
    for node in walk(method):
        if isinstance(node, ast.Global):
            return node, "the method binds a global name"
        if (isinstance(node, ast.Attribute) and node.attr in FRAMES) or (
            isinstance(node, ast.Name) and node.id in FRAMES
        ):
            return node, "the method looks at the frame that it runs in"
        if isinstance(node, ast.Name) and node.id not in own:
            if node.id in MODULE_NAMES:
                return node, f"the method reads its module's `{node.id}`"
            if node.id == "__class__":
                return node, "the method reads its own class"
            if node.id in module.globals:
                return node, f"the method reads `{node.id}`, which a function binds anew"
            if node.id in SCOPE_READERS or (node.id in ("vars", "dir") and node.id not in module.bound):
                return node, f"`{node.id}` can read any name of the method"
    if owner is None and has_private_names(file.segment(method)):
        return method, "a name with two underscores means something else in a class"
    scoped = [*method.args.defaults, *(d for d in method.args.kw_defaults if d is not None)]
    if scoped and module.defaults is not None:
        return module.defaults, "the defaults of a function may be changed after its `def`"
    for default in scoped if not defaults_kept else ():
        message = odd_default(file, default, owner)
        if message is not None:
            return default, message
    lazy = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in file.tree.body)
    for annotation in annotations_of(method):
        for node in walk(annotation):
            if isinstance(node, ast.Name) and (node.id in names or node.id in module.typing_only):
                return annotation, f"an annotation reads `{node.id}`, which does not exist in a copy"
            if isinstance(node, ast.Name) and node.id not in module.bound and not hasattr(builtins, node.id):
                return annotation, f"an annotation reads `{node.id}`, which does not exist"
            if (
                lazy
                and isinstance(node, ast.BinOp)
                and any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in walk(node))
            ):
                return annotation, "an annotation cannot be evaluated"
    return None


def odd_default(file: SourceFile, default: ast.expr, owner: ast.ClassDef | None) -> str | None:
    """Why a default of a method, written out once more elsewhere, would not be the same."""
    names = set() if owner is None else set(bound(owner.body))
    for node in walk(default):
        if isinstance(node, (ast.Call, ast.List, ast.Dict, ast.Set, ast.Lambda, ast.NamedExpr, ast.ListComp)):
            return "a default is made anew when it is copied"
        if isinstance(node, ast.Name) and node.id in names:
            return f"a default reads `{node.id}` of the class body"
        if isinstance(node, ast.Name) and facts(file).meanings.get(node.id, 1) > 1:
            return f"a default reads `{node.id}`, which is bound more than once"
    return None


def annotations_of(method: Definition) -> list[ast.expr]:
    """The annotations that are evaluated when a function is defined."""
    args = method.args
    every = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    found = [arg.annotation for arg in every if arg is not None and arg.annotation is not None]
    return [*found, method.returns] if method.returns is not None else found


def is_generator(method: Definition) -> ast.AST | None:
    """A `yield` or `await` of the function itself."""
    for node in scope(method.body):
        if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await)):
            return node
    return method if isinstance(method, ast.AsyncFunctionDef) else None


def surely_bound(body: Iterable[ast.stmt]) -> set[str]:
    """Names that a module has whatever its conditions come to."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.If):
            found |= surely_bound(node.body) & surely_bound(node.orelse)
        elif isinstance(node, TRIES):
            sides = [surely_bound([*node.body, *node.orelse]), *(surely_bound(h.body) for h in node.handlers)]
            found |= set.intersection(*sides) | surely_bound(getattr(node, "finalbody", []))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            found |= surely_bound(node.body)
        elif not isinstance(node, (ast.For, ast.AsyncFor, ast.While, ast.Match)):
            names = bound([node])
            gone = {
                n for n, nodes in names.items() if any(isinstance(getattr(x, "ctx", None), ast.Del) for x in nodes)
            }
            found = (found | set(names)) - gone
    return found


TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))  # `except*` came with Python 3.11


def global_names(text: str) -> set[str]:
    """Names that a definition takes from the module around it, builtins included."""
    found: set[str] = set()
    tables = [symtable.symtable(text, "<copy>", "exec")]
    top = tables[0]
    own = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if table is top:
                outside = symbol.is_referenced() and symbol.get_name() not in own
            else:
                outside = symbol.is_global() and symbol.is_referenced() and symbol.get_name() not in own
            if outside:
                found.add(symbol.get_name())
    return found


def introduced(before: str, after: str) -> set[str]:
    """Names that generated code means as globals and that stand in a rewritten method more often than before: builtins
    where they are called, so that a test of an argument which has such a name is none."""

    def count(text: str) -> dict[str, int]:
        counts: dict[str, int] = {}
        for node in walk(ast.parse(text)):
            named = node.func if isinstance(node, ast.Call) else node
            if isinstance(named, ast.Name) and (isinstance(node, ast.Call) == (named.id in BUILTINS_CALLED)):
                counts[named.id] = counts.get(named.id, 0) + 1
        return counts

    old, new = count(before), count(after)
    return {n for n in (*RUNTIME, "torch", *BUILTINS_CALLED) if new.get(n, 0) > old.get(n, 0)}


BUILTINS_CALLED = ("super", "type")
"""Builtins that generated code calls."""


PRODUCT_NAMES = frozenset(
    {
        "matmul", "bmm", "baddbmm", "addbmm", "einsum", "mm", "addmm", "mv", "addmv", "dot", "vdot", "vecdot",
        "tensordot", "inner", "multi_dot", "chain_matmul",
    }
)  # fmt: skip


def multiplies(node: ast.AST) -> bool:
    """Whether a node is a matrix product, by its name."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        return isinstance(node.op, ast.MatMult)
    return isinstance(node, ast.Call) and called(node).rstrip("_") in PRODUCT_NAMES


def multiplies_at_length(node: ast.AST) -> bool:
    """Whether a node may be a matrix product: by its name, or as a projection by a tensor, or as a sum of products."""
    return multiplies(node) or (isinstance(node, ast.Call) and (_linear(node) or _summed(node)))


def _linear(node: ast.Call) -> bool:
    """`F.linear` of two tensors, of which neither is a parameter of the module, as those of a projection are."""
    given = [*node.args[:2], *(k.value for k in node.keywords if k.arg in ("input", "weight"))]
    return called(node) == "linear" and len(given) == 2 and not any(map(_of_module, given))


def _summed(node: ast.Call) -> bool:
    """`(a * b).sum(-1)`, of which neither is a parameter of the module."""
    if called(node) != "sum" or not isinstance(node.func, ast.Attribute):
        return False
    for part in (node.func.value, *node.args[:1]):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            return not (_of_module(part.left) or _of_module(part.right))
    return False


def _of_module(node: ast.expr) -> bool:
    """Whether something of `self`, or of another module, is in an expression."""
    attributes = [n for n in walk(node) if isinstance(n, ast.Attribute)]
    return any(n.attr == "weight" or _root(n) == "self" for n in attributes)


def products(method: Definition, multiplying: frozenset[str]) -> int:
    """How many matrix products stand in a method; `multiplying` are functions that hold one themselves."""
    nodes = list(walk(method))
    return sum(multiplies(n) or (isinstance(n, ast.Call) and called(n) in multiplying) for n in nodes)


REPEATED = (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
"""What is in them may run after what follows it."""


def _end(node: ast.stmt | ast.expr) -> tuple[int, int]:
    """Where a statement or an expression is done; of a loop, where its names are bound."""
    last = node.iter if isinstance(node, (ast.For, ast.AsyncFor)) else node
    return last.end_lineno or 0, last.end_col_offset or 0


def attention_shaped(
    method: Definition,
    multiplying: frozenset[str],
    normalising: frozenset[str],
    methods: Mapping[str, Definition] = MappingProxyType({}),
    given: frozenset[str] = frozenset(),
    product: Callable[[ast.AST], bool] = multiplies,
) -> ast.Call | None:
    """The first softmax of something that came from a product whose result goes into a product again, or the call of a
    method in which that happens to what it is given. By names alone, in the order of the statements up to the first
    loop: what this finds may be attention, what it does not find is none that is written out.
    `multiplying` are functions that hold a product themselves, `normalising` those that hold a softmax; `methods` are
    those that can be called on the receiver, `given` the parameters that came from a product; `product` says what one
    is."""
    products, exponentials, logarithms, softmaxes = set(given), set[str](), set[str](), dict[str, ast.Call]()

    def names(node: ast.AST) -> set[str]:
        found = {n.id for n in walk(node) if isinstance(n, ast.Name)}
        return found | {ast.unparse(n) for n in walk(node) if isinstance(n, ast.Attribute)}

    def normalises(node: ast.Call) -> bool:
        text = ast.unparse(node.func).lower()
        return called(node) in normalising or any(word in text for word in ("softmax", "softmin"))

    def from_product(node: ast.AST) -> bool:
        inner = any(product(n) or (isinstance(n, ast.Call) and called(n) in multiplying) for n in walk(node))
        return inner or bool(names(node) & products)

    def exponential(node: ast.AST) -> bool:
        inner = any(isinstance(n, ast.Call) and called(n) in ("exp", "exp_") and from_product(n) for n in walk(node))
        return inner or bool(names(node) & exponentials)

    def normalised(node: ast.AST) -> ast.Call | None:
        """A softmax written by hand: exponentials over their sum, or of what lies below the logarithm of one."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and exponential(node.left):
            sums = [n for n in walk(node.right) if isinstance(n, ast.Call) and called(n) == "sum"]
            return sums[0] if sums and names(node.left) & names(node.right) - {"torch"} else None
        if isinstance(node, ast.Call) and called(node) == "exp" and from_product(node):
            return node if logarithmic(node) else None
        return None

    def logarithmic(node: ast.AST) -> bool:
        inner = any(isinstance(n, ast.Call) and called(n) == "logsumexp" for n in walk(node))
        return inner or bool(names(node) & logarithms)

    def softmax_in(node: ast.AST) -> ast.Call | None:
        for inner in walk(node):
            by_hand = normalised(inner)
            if by_hand is not None:
                return by_hand
            if isinstance(inner, ast.Call) and normalises(inner):
                receiver = [inner.func.value] if isinstance(inner.func, ast.Attribute) else []
                if called(inner) in multiplying & normalising or any(
                    from_product(part) for part in (*receiver, *inner.args, *(k.value for k in inner.keywords))
                ):
                    return inner
        return next((softmaxes[name] for name in sorted(names(node)) if name in softmaxes), None)

    every = walk(method)
    calls = [n for n in every if isinstance(n, ast.Call)]
    multiplied = any(product(n) for n in every) or any(called(n) in multiplying for n in calls)
    if not (multiplied or given) or not any(normalises(n) or called(n) in ("exp", "exp_") for n in calls):
        return None  # as what follows would find, at a greater cost
    nodes = sorted((n for n in every if isinstance(n, (ast.stmt, ast.NamedExpr, ast.Call))), key=_end)
    again = [n for n in every if n is not method and isinstance(n, REPEATED)]
    start = min(((n.lineno, n.col_offset) for n in again), default=_end(method))
    for turn in range(8):
        before = len(products), len(softmaxes), len(logarithms)
        for node in nodes if not turn else [n for n in nodes if _end(n) > start]:
            value = getattr(node, "value", None)
            targets: set[str] = set()
            if isinstance(node, ast.Assign):
                targets = set().union(*(names(target) for target in node.targets))
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
                targets = names(node.target)
            elif isinstance(node, (ast.For, ast.AsyncFor)):
                value, targets = node.iter, names(node.target)
            elif isinstance(node, ast.Call):
                out = [k.value for k in node.keywords if k.arg == "out"]
                if isinstance(node.func, ast.Attribute) and node.func.attr.rstrip("_") != node.func.attr:
                    out.append(node.func.value)  # changed in place
                value, targets = node, set().union(*map(names, out)) if out else set()
            targets -= {"self", "torch"}
            if not isinstance(value, ast.AST) or not targets:
                continue
            if from_product(value) or product(node):
                products |= targets
            if exponential(value):
                exponentials |= targets
            if logarithmic(value):
                logarithms |= targets
            softmax = softmax_in(value)
            if softmax is not None:
                softmaxes.update(dict.fromkeys(targets - set(softmaxes), softmax))
        if before == (len(products), len(softmaxes), len(logarithms)):
            break
    for outer in every:
        if product(outer) or (isinstance(outer, ast.Call) and called(outer) in multiplying):
            for part in ast.iter_child_nodes(outer):
                softmax = softmax_in(part)
                if softmax is not None:
                    return softmax
    for call in calls if not given else ():
        inner = methods.get(called(call)) if called(call) in multiplying & normalising else None
        if inner is None:
            continue
        handed = _parameters_of(inner, call, from_product)
        if handed and attention_shaped(inner, multiplying, normalising, given=handed, product=product) is not None:
            return call
    return None


def _parameters_of(method: Definition, call: ast.Call, found: Callable[[ast.AST], bool]) -> frozenset[str]:
    """The parameters of a method, called on its receiver, that are given what is looked for."""
    places = zip(parameters(method)[1:], call.args, strict=False)
    named = {keyword.arg for keyword in call.keywords if keyword.arg is not None and found(keyword.value)}
    return frozenset(name for name, argument in places if found(argument)) | frozenset(named)


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


LINE_ENDS = re.compile("[\\n\\r\\x0b\\x0c\\x1c\\x1d\\x1e\\x85\\u2028\\u2029]")


def lines_in_strings(text: str) -> set[str]:
    """The strings in the source of a function that hold line ends, docstrings aside."""
    tree = ast.parse(f"class _:\n{text}" if text[:1] in (" ", "\t") else text)
    documentation: set[ast.AST] = set()
    for node in walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and isinstance(node.body[0], ast.Expr):
            documentation.add(node.body[0].value)
    strings = [n for n in walk(tree) if isinstance(n, ast.Constant) and n not in documentation]
    return {n.value for n in strings if isinstance(n.value, str) and LINE_ENDS.search(n.value)}


def plain_object(file: SourceFile, base: ast.expr, place: ast.AST) -> bool:
    """Whether a local name can only be an instance of a class of the file that has no parents: made here, or taken
    from an attribute of the method's class that holds nothing else."""
    if not isinstance(base, ast.Name):
        return False

    def made(node: ast.expr | None) -> bool:
        if isinstance(node, ast.List):
            return all(made(item) for item in node.elts)
        if isinstance(node, ast.Constant):
            return node.value is None
        known = (
            file.classes.get(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
        )
        return (
            known is not None
            and all(_is(parent, "object") for parent in known.bases)
            and not known.keywords
            and not known.decorator_list
        )

    for owner in file.classes.values():
        for method in owner.body:
            if not isinstance(method, ast.FunctionDef) or not any(node is place for node in walk(method)):
                continue
            receiver = next(iter(parameters(method)), "")
            names = [n for n in walk(method) if isinstance(n, ast.Name) and n.id == base.id]
            values = [
                n.value
                for n in walk(method)
                if isinstance(n, ast.Assign) and len(n.targets) == 1 and _is(n.targets[0], base.id)
            ]
            if base.id in parameters(method) or len(values) != sum(not isinstance(n.ctx, ast.Load) for n in names):
                return False
            return bool(values) and all(made(v) or made_of(owner, receiver, v, made) for v in values)
    return False


def plain_values(base: ast.expr) -> bool:
    """Whether an object is called a configuration: those hold plain values, and are no modules."""
    name = base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""
    return name.endswith("config")


def made_of(owner: ast.ClassDef, receiver: str, value: ast.expr, made: Callable[[ast.expr | None], bool]) -> bool:
    """Whether `value` is an element of an attribute that holds nothing but what `made` says."""
    source = value.value if isinstance(value, ast.Subscript) else None
    if not isinstance(source, ast.Attribute) or not _is(source.value, receiver):
        return False
    for node in walk(owner):
        if isinstance(node, ast.Assign) and any(_names(target, source.attr) for target in node.targets):
            if not made(node.value):
                return False
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and _names(node.func.value, source.attr)
        ) and (node.func.attr != "append" or not all(made(arg) for arg in node.args)):
            return False
    return True


def _names(node: ast.expr, attribute: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == attribute
