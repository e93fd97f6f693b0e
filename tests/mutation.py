"""Whether the tests notice each side condition: `python tests/mutation.py`.

Changes the transfer rules, the abstract domain and the decisive functions of the interpreter and the rewriter in one
place at a time: a check dropped, a comparison turned, `and` for `or`, a constant off by one, a side effect or a
keyword left out. Each mutant has to be noticed by a program of `cases/`, an example of docs/refusals.md, a random
program, an architecture whose generated text is checked in, or the table of facts.py: by a verdict that is not the
expected one, by facts or text that are not, by a crash, or by other numbers. What is not noticed is printed: "unseen"
where nothing makes a difference to the condition, "silent" where the difference has no effect, "codes" where only the
code of a refusal is another, "equal" where the text is another and the numbers are the same. It is a case that is
missing, a condition that nothing needs, or a mutant that means the same and stands in `EQUIVALENT` with the reason.
Exit status 0 if nothing is left and every entry of `EQUIVALENT` is one.

Mutants are found in the syntax tree, never by lines. One analysis of all programs, in which every condition is
evaluated beside its mutants, says which programs each mutant may concern. Only these are looked at again, in forked
processes in which everything is imported already and one function's code is swapped; and only what comes out otherwise
is executed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import dataclasses
import gc
import importlib
import json
import multiprocessing
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

import facts  # noqa: E402
from conversion import MODES, differences, importable, samples_of, swapper, write_package  # noqa: E402
from mutants_that_mean_the_same import EQUIVALENT  # noqa: E402
from programs import SEEDS, compose  # noqa: E402

from codemod import hierarchy, ir  # noqa: E402
from codemod.analyzer import analyze  # noqa: E402
from codemod.source import Architecture, Library  # noqa: E402

ROOT = Path(__file__).parent.parent
TARGETS: Mapping[str, Sequence[str]] = {
    "codemod.operations": (),
    "codemod.dtypes": (),
    "codemod.results": (),
    "codemod.rules": (),
    "codemod.products": (),
    "codemod.values": (),
    "codemod.chain": (
        "Chain.make_product",
        "Chain.make_probs",
        "Chain.make_context",
        "Chain.check",
        "Chain.step",
        "Chain.widened_by",
        "Chain.note_read",
        "Chain.changed_by",
        "Chain.noted",
        "Chain.width_of_parts",
        "Chain.same",
        "Chain.unchanged",
        "Chain.mutated",
        "Chain.disturbed",
        "Chain.blame",
        "Chain.ambient",
        "Chain.demote",
        "Chain.hindered",
        "Chain.aside",
        "Chain.only",
    ),
    "codemod.joins": (
        "Joins.join_values",
        "Joins.joined_layout",
        "Joins.joined_given",
        "Joins.joined_reshape",
        "Joins.renewed",
        "Joins.repeatedly",
        "Joins.joined_scores",
        "Joins.joined_probs",
        "Joins.joined_records",
        "Joins.joined_callables",
        "Joins.called",
        "Joins.joined_interfaces",
        "Joins.one_goes_on",
        "Joins.loses",
        "Joins.going_on",
        "Joins.differing",
    ),
    "codemod.calls": (
        "Calls.module_dropout",
        "Calls.only_reads",
        "changes_itself",
    ),
    "codemod.torch_calls": (
        "TorchCalls.filled",
        "TorchCalls.laid_out",
        "TorchCalls.made_width",
        "TorchCalls.width",
        "TorchCalls.perhaps_viewed",
    ),
    "codemod.entering": ("loaded_width",),
    "codemod.layout": (),
    "codemod.lower": ("keeps",),
    "codemod.analyzer": ("changed_for_a_caller", "used_above", "run_of", "asks"),
    "codemod.demands": ("Demands._request", "Demands._stage", "Demands._gate", "Demands._guard"),
    "codemod.operands": (
        "Operands._besides",
        "Operands._unmade",
        "Operands._views_before",
        "Operands._met",
        "Operands._expanded",
        "Operands._dtype_of_scores",
        "Operands._bias_is_there",
        "Operands._says",
        "Operands._dtype_of_upcast",
        "Operands._promoted_dtype",
        "width_met",
        "Operands._unsaid",
        "Operands._leave_as_given",
    ),
    "codemod.steps": (
        "Steps._step",
        "Steps._scaled",
        "Steps._keeps_dtype",
        "Steps._keeps_width",
        "Steps._widens_in_place",
        "Steps._augmented",
        "Steps._unfilled",
    ),
    "codemod.site": (
        "Site._optional_mask",
        "Site._join",
        "Site._layout",
        "Site._met_as",
        "Site._promoting",
        "Site._wider",
    ),
}
"""The functions that are changed, by module; of a module without a list, all."""
CONSTANTS = {
    "codemod.dtypes": ("FLOATING",),
    "codemod.results": (
        "ELEMENTWISE",
        "FRESH",
        "CASTS",
        "MASKLIKE",
        "WHOLE",
        "FLOATING_RESULT",
        "STAY_WHOLE",
    ),
    "codemod.values": ("DECISIVE",),
}
"""The tables and limits of a module that are changed too."""
SECONDS = 10.0
"""Processor time for one program; what takes longer does not end."""
EXECUTED = 12
"""How many programs that came out otherwise are executed before a mutant counts as one that means the same."""
ARCHITECTURES = 6
"""How many of the installed architectures look at one mutant; their text is checked in."""
CHECKED_IN = "checked in"
FACTS = "facts"
IMPURE = re.compile(r"fresh|next\(self|:=|popped|\.pop\(|_keep\(")
"""What must not be evaluated twice."""
AT_ONCE = 3
"""How many of them as soon as they are seen."""
BATCH = 12
"""Mutants for one forked process."""
CHUNK = 110
"""Programs for one forked process, before there are mutants."""
QUIET = frozenset({"loss", "note", "fail"})
"""Calls that only word a verdict."""


def say(line: str = "") -> None:
    """The figures go to stdout."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


# Mutants


Route = tuple[tuple[str, int | None], ...]
"""How to get from a function to a node: fields, with the index where a field is a list."""


@dataclass(frozen=True)
class Mutant:
    """One change. `function` is "module:name"; `build` makes the changed
    syntax tree, or the changed value of a constant; `label` says what is what now, and names the mutant."""

    function: str
    kind: str
    label: str
    build: Callable[[], ast.AST]
    place: Route = ()
    """Where in the function the condition stands that the change turns, or the statement."""
    changed: Route = ()
    """Where in the changed function the condition stands; empty for a change that is no condition's."""
    word: str = ""
    """What a program's text must hold to be concerned."""

    @property
    def name(self) -> str:
        return f"{self.function.removeprefix('codemod.')} | {self.label}"


Numbered = tuple[int, Mutant]
Edit = Callable[[ast.AST, "Tree"], None]


class Tree:
    """A syntax tree that knows parents; nodes are numbered as `ast.walk` meets them."""

    def __init__(self, root: ast.AST) -> None:
        self.root = root
        self.nodes = list(ast.walk(root))
        self.parents = {id(child): node for node in self.nodes for child in ast.iter_child_nodes(node)}

    def parent(self, node: ast.AST) -> ast.AST:
        return self.parents[id(node)]

    def replace(self, node: ast.AST, new: ast.AST | None) -> None:
        """Puts `new` in the place of a node; None takes it out of its list."""
        parent = self.parent(node)
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, new)
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if item is node:
                        value[index : index + 1] = [] if new is None else [new]
                        return

    def route(self, node: ast.AST) -> Route:
        """How to get to a node from the root."""
        steps: list[tuple[str, int | None]] = []
        while node is not self.root:
            parent = self.parent(node)
            for name, value in ast.iter_fields(parent):
                if value is node:
                    steps.append((name, None))
                elif isinstance(value, list) and any(item is node for item in value):
                    steps.append((name, next(i for i, item in enumerate(value) if item is node)))
            node = parent
        return tuple(steps[::-1])

    def condition(self, node: ast.AST) -> ast.AST:
        """The outermost condition around a node whose value is a matter of the node, or else its statement."""
        found: ast.AST | None = None
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            found = node.test
        while not isinstance(node, ast.stmt):
            parent = self.parent(node)
            tested = isinstance(parent, (ast.If, ast.While, ast.IfExp)) and parent.test is node
            filters = isinstance(parent, ast.comprehension) and any(node is test for test in parent.ifs)
            negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
            if isinstance(node, (ast.Compare, ast.BoolOp)) or negated or tested or filters:
                found = node
            node = parent
        return found if found is not None and not IMPURE.search(ast.unparse(found)) else node


def follow(root: ast.AST, route: Route) -> Any:
    """The node at the end of a route."""
    node: Any = root
    for name, index in route:
        node = getattr(node, name) if index is None else getattr(node, name)[index]
    return node


def constant(value: Any) -> ast.expr:
    return ast.Constant(value)


FLIPPED: Mapping[type[ast.cmpop], Sequence[type[ast.cmpop]]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OTHER: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
OPPOSITE = {"any": "all", "all": "any", "max": "min", "min": "max", "sorted": "list"}


def edits(node: ast.AST, tree: Tree) -> Iterator[tuple[str, Edit]]:
    """What can be changed at one node: kind and change."""
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for other in FLIPPED[type(operator)]:
                yield "comparison", lambda n, _, i=index, o=other: n.ops.__setitem__(i, o())  # type: ignore[misc]
    elif isinstance(node, ast.BoolOp):
        other_op = ast.Or if isinstance(node.op, ast.And) else ast.And
        if not any(narrows(node, index) for index in range(len(node.values))):
            yield "and/or", lambda n, _: setattr(n, "op", other_op())
        for index in range(len(node.values)):
            if narrows(node, index):
                continue
            yield "condition dropped", lambda n, t, i=index: without(n, t, i)  # type: ignore[misc]
    elif isinstance(node, ast.UnaryOp):
        kind = "not" if isinstance(node.op, ast.Not) else "sign"
        yield kind, lambda n, t: t.replace(n, n.operand)  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "constant", lambda n, _: setattr(n, "value", not n.value)  # type: ignore[attr-defined]
        elif isinstance(node.value, (int, float)):
            yield "constant", lambda n, _: setattr(n, "value", n.value + 1)  # type: ignore[attr-defined]
    elif isinstance(node, (ast.If, ast.While)):
        yield "check dropped", lambda n, _: setattr(n, "test", constant(False))
        if isinstance(node, ast.If):
            yield "check always", lambda n, _: setattr(n, "test", constant(True))
    elif isinstance(node, ast.IfExp):
        for always in (True, False):
            yield "side", lambda n, _, a=always: setattr(n, "test", constant(a))  # type: ignore[misc]
    elif isinstance(node, ast.comprehension):
        for index in range(len(node.ifs)):
            yield "filter dropped", lambda n, _, i=index: n.ifs.pop(i)  # type: ignore[misc]
    elif isinstance(node, ast.BinOp):
        if type(node.op) in OTHER:
            yield "arithmetic", lambda n, _: setattr(n, "op", OTHER[type(n.op)]())  # type: ignore[attr-defined]
        else:
            for side in ("left", "right") if not isinstance(node.op, ast.Mod) else ("left",):
                yield "arithmetic", lambda n, t, s=side: t.replace(n, getattr(n, s))  # type: ignore[misc]
    elif isinstance(node, ast.Slice):
        for side in ("lower", "upper", "step"):
            if getattr(node, side) is not None:
                yield "slice", lambda n, _, s=side: setattr(n, s, None)  # type: ignore[misc]
    elif isinstance(node, (ast.Set, ast.Tuple, ast.List)):
        if len(node.elts) > 1 and all(isinstance(e, ast.Constant) and isinstance(e.value, str) for e in node.elts):
            for index in range(len(node.elts)):
                yield "name dropped", lambda n, _, i=index: n.elts.pop(i)  # type: ignore[misc]
    elif isinstance(node, ast.Call):
        yield from edits_of_call(node, tree)
    elif isinstance(node, ast.stmt):
        yield from edits_of_statement(node, tree)


def narrows(node: ast.BoolOp, index: int) -> bool:
    """Whether an operand says what type something has that a later one asks for more: a type checker misses it."""
    operand = node.values[index]
    if isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.Not):
        operand = operand.operand
    if isinstance(operand, ast.Call) and getattr(operand.func, "id", "") == "isinstance":
        subject = operand.args[0]
    elif isinstance(operand, ast.Compare) and isinstance(operand.ops[0], (ast.Is, ast.IsNot)):
        subject = operand.left
    else:
        return False
    text = ast.unparse(subject)
    return any(ast.unparse(inner) == text for later in node.values[index + 1 :] for inner in ast.walk(later))


def without(node: ast.BoolOp, tree: Tree, index: int) -> None:
    """A Boolean expression with one operand less."""
    del node.values[index]
    if len(node.values) == 1:
        tree.replace(node, node.values[0])


def edits_of_call(node: ast.Call, tree: Tree) -> Iterator[tuple[str, Edit]]:
    """Another function of two that are alike, an argument left out."""
    called = node.func
    if isinstance(called, ast.Name) and called.id in OPPOSITE:
        yield "opposite", lambda n, _: setattr(n.func, "id", OPPOSITE[n.func.id])  # type: ignore[attr-defined]
    if isinstance(called, ast.Name) and called.id in ("any", "all", "bool"):
        return
    for index, word in enumerate(node.keywords):
        if word.arg not in (None, "strict"):  # what is as long as another is for the type checker and the reader
            yield "keyword dropped", lambda n, _, i=index: n.keywords.pop(i)  # type: ignore[misc]
    if isinstance(called, ast.Attribute) and called.attr == "bind":
        for index in range(len(node.args)):
            yield "parameter dropped", lambda n, _, i=index: n.args.pop(i)  # type: ignore[misc]
    if isinstance(called, ast.Attribute) and called.attr == "copy":
        yield "copy", lambda n, t: t.replace(n, n.func.value)  # type: ignore[attr-defined]


def edits_of_statement(node: ast.stmt, tree: Tree) -> Iterator[tuple[str, Edit]]:
    """A side effect left out, or a second binding of a name."""
    removable = (
        isinstance(node, (ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete))
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        or (isinstance(node, ast.Assign) and not all(isinstance(t, (ast.Name, ast.Tuple)) for t in node.targets))
        or (isinstance(node, ast.Assign) and bound_before(node, tree))
    )
    if removable:
        yield "statement dropped", lambda n, t: t.replace(n, ast.Pass())


def bound_before(node: ast.Assign, tree: Tree) -> bool:
    """Whether the one name that a statement binds may have a value already."""
    target = node.targets[0]
    if len(node.targets) > 1 or not isinstance(target, ast.Name):
        return False
    for other in tree.nodes:
        if isinstance(other, ast.arg) and other.arg == target.id:
            return True
        if not isinstance(other, ast.Name) or other.id != target.id or not isinstance(other.ctx, ast.Store):
            continue
        if (other.lineno, other.col_offset) < (target.lineno, target.col_offset):
            return True
    return False


def left_alone(node: ast.AST) -> bool:
    """Nodes below which nothing is changed: types, messages, what only the type checker needs."""
    return isinstance(node, (ast.JoinedStr, ast.Assert, ast.arguments))


def changeable(root: ast.AST) -> set[int]:
    """The ids of the nodes that may be changed."""
    found: set[int] = set()
    pending: list[ast.AST] = [root]
    while pending:
        node = pending.pop()
        if left_alone(node) and node is not root:
            continue
        found.add(id(node))
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            if isinstance(node, ast.Call) and name == "keywords" and getattr(node.func, "attr", "") in QUIET:
                continue
            items = value if isinstance(value, list) else [value]
            pending += [i for i in items if isinstance(i, ast.AST) and getattr(i, "arg", "") != "strict"]
    return found


def shown(tree: Tree, index: int, root: ast.AST) -> ast.AST:
    """The smallest expression around a node that says enough to be found by."""
    node = tree.nodes[index]
    while not isinstance(node, ast.stmt):
        if isinstance(node, ast.expr) and len(ast.unparse(node)) >= 24:
            break
        node = tree.parent(node)
    return node


def text_of(node: ast.AST) -> str:
    """One line for a node, of a compound statement its head."""
    if isinstance(node, (ast.If, ast.While)):
        return f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
    if isinstance(node, ast.For):
        return f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
    return " ".join(ast.unparse(node).split())


def mutants_of(function: str, definition: ast.AST) -> Iterator[Mutant]:
    """Everything that can be changed in one function."""
    tree = Tree(definition)
    allowed = changeable(definition)
    seen: Counter[str] = Counter()
    for index, node in enumerate(tree.nodes):
        if id(node) not in allowed or node is definition:
            continue
        for order, (kind, _) in enumerate(edits(node, tree)):

            def build(index: int = index, order: int = order) -> ast.AST:
                other = Tree(copy.deepcopy(definition))
                list(edits(other.nodes[index], other))[order][1](other.nodes[index], other)
                return ast.fix_missing_locations(other.root)

            other = Tree(copy.deepcopy(definition))
            around = shown(other, index, other.root)
            holder = other.parent(around)
            places = [
                (name, at)
                for name, value in ast.iter_fields(holder)
                for at, item in enumerate(value if isinstance(value, list) else [value])
                if item is around
            ]
            before = text_of(around)
            list(edits(other.nodes[index], other))[order][1](other.nodes[index], other)
            value = getattr(holder, places[0][0])
            after = text_of(value[places[0][1]] if isinstance(value, list) else value) if value else "(nothing)"
            label = f"{before}  ->  {after}"
            seen[label] += 1
            label = label if seen[label] == 1 else f"{label}  #{seen[label]}"
            where = tree.condition(node)
            route = tree.route(where)
            yield Mutant(function, kind, label, build, route, route if isinstance(where, ast.expr) else ())


def functions_of(module: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions to change in a module, by qualified name."""
    wanted = TARGETS[module]
    tree = ast.parse(source_of(module))
    found: dict[str, ast.FunctionDef] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            found.update({f"{node.name}.{n.name}": n for n in node.body if isinstance(n, ast.FunctionDef)})
    missing = set(wanted) - set(found)
    if missing:
        raise SystemExit(f"{module} has no {', '.join(sorted(missing))}")
    for name, definition in found.items():
        if name in wanted or not wanted:
            yield name, definition


def source_of(module: str) -> str:
    return Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8")


def tables_of(module: str) -> Iterator[Mutant]:
    """Names that a table of the module, or the decorator of a rule, loses."""
    for node in ast.parse(source_of(module)).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in CONSTANTS.get(module, ()):
                tree = Tree(node)
                for index, inner in enumerate(tree.nodes):
                    for order, (kind, _) in enumerate(edits(inner, tree)):
                        if inner is node:
                            continue

                        def build(index: int = index, order: int = order, node: ast.Assign = node) -> ast.AST:
                            other = Tree(copy.deepcopy(node))
                            list(edits(other.nodes[index], other))[order][1](other.nodes[index], other)
                            return ast.fix_missing_locations(other.root)

                        changed = build()
                        assert isinstance(changed, ast.Assign)
                        lost = strings(node) - strings(changed)
                        label = f"without {next(iter(lost))!r}" if lost else ast.unparse(changed)
                        yield Mutant(f"{module}:{name}", kind, label, build, word=lost.pop() if lost else "")
        elif isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "rule":
                    for part in decorator.args:
                        assert isinstance(part, ast.Constant)
                        word = "] = " if part.value == "setitem" else str(part.value)
                        yield Mutant(f"{module}:RULES", "name dropped", f"without {part.value!r} of {node.name}",
                                     lambda part=part: part, word=word)  # type: ignore[misc]  # fmt: skip


def strings(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def all_mutants() -> list[Mutant]:
    found: list[Mutant] = []
    for module in TARGETS:
        importlib.import_module(module)
        for name, definition in functions_of(module):
            found += mutants_of(f"{module}:{name}", definition)
        found += tables_of(module)
    return found


# Putting a mutant in place


def function_at(place: str) -> FunctionType:
    """The function of "module:Class.name"."""
    module, _, path = place.partition(":")
    value: Any = sys.modules[module]
    for name in path.split("."):
        value = value.__dict__[name]
    value = getattr(value, "__func__", getattr(value, "fget", value))
    assert isinstance(value, FunctionType)
    return value


@contextlib.contextmanager
def installed(mutant: Mutant) -> Iterator[None]:
    """Inside, this process runs the mutant."""
    module = sys.modules[mutant.function.partition(":")[0]]
    name = mutant.function.partition(":")[2]
    tree = mutant.build()
    if isinstance(tree, ast.FunctionDef):
        tree.decorator_list = []
        function = function_at(mutant.function)
        original = function.__code__
        function.__code__ = compiled(tree, module)[tree.name].__code__
        try:
            yield
        finally:
            function.__code__ = original
        return
    if isinstance(tree, ast.Assign):
        before, after = module.__dict__[name], compiled(tree, module)[name]
    else:
        assert isinstance(tree, ast.Constant)
        before = module.__dict__[name]
        after = {key: value for key, value in before.items() if key != tree.value}
    holders = [
        other.__dict__
        for other in list(sys.modules.values())
        if getattr(other, "__name__", "").startswith("codemod") and other.__dict__.get(name) is before
    ]
    for holder in holders:
        holder[name] = after
    try:
        yield
    finally:
        for holder in holders:
            holder[name] = before


def compiled(statement: ast.stmt, module: ModuleType) -> dict[str, Any]:
    space = dict(module.__dict__)
    tree = ast.Module(
        [ast.ImportFrom("__future__", [ast.alias("annotations", None)], 0, lineno=1, col_offset=0), statement], []
    )
    exec(compile(ast.fix_missing_locations(tree), module.__file__ or "", "exec", dont_inherit=True), space)
    return space


# Programs


@dataclass
class Outcome:
    """What the analysis says of one program: codes of refusals, of all and by class, what they say, the classes' texts
    by base, facts of the sites."""

    codes: frozenset[str]
    refused: dict[str, set[str]]
    messages: dict[str, str]
    classes: dict[str, tuple[str, ...]]
    facts: dict[str, list[tuple[int, int, str, list[str]]]]
    rest: tuple[Any, ...]


@dataclass
class Program:
    """A program with what is expected of it. `expect` is as in a case file, a code for an example of docs, or FACTS,
    where facts.py states what is to be known."""

    name: str
    path: Path
    expect: str
    facts: dict[str, Any] = field(default_factory=dict)
    arch: Architecture | None = None
    baseline: Outcome | None = None
    used: frozenset[str] = frozenset()
    text: str = ""
    concerned: frozenset[int] = frozenset()
    """The mutants whose condition has another value when the program is analysed, or whose statement is run."""


def programs(folder: Path) -> list[Program]:
    """The case files, and the examples of the docs, written to `folder`."""
    found: list[Program] = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.py")):
        given: dict[str, Any] = {}
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                with contextlib.suppress(ValueError):
                    given[node.targets[0].id] = ast.literal_eval(node.value)
        found.append(Program(path.stem, path, given["EXPECT"], given, text=path.read_text(encoding="utf-8")))
    for code, text in examples():
        path = folder / f"docs_{code.lower()}.py"
        path.write_text(text, encoding="utf-8")
        found.append(Program(path.stem, path, code, text=text))
    for seed in range(SEEDS):
        made = compose(random.Random(seed).choice)
        path = folder / f"random_{seed}.py"
        path.write_text(made.source, encoding="utf-8")
        expect = "generated" if made.expressible else "either"
        found.append(Program(path.stem, path, expect, {"EAGER_ALLOWED": True}, text=made.source))
    path = folder / "values.py"
    path.write_text(facts.source(), encoding="utf-8")
    found.append(Program(FACTS, path, FACTS, text=path.read_text(encoding="utf-8")))
    written = [path for path in sorted((ROOT / "generated").glob("[!_]*.py")) if path.stem != "registry"]
    return found + [Program(f"checked in: {path.stem}", path, CHECKED_IN) for path in written]


def examples() -> Iterator[tuple[str, str]]:
    """The examples of docs/refusals.md as whole programs."""
    from test_docs import EXAMPLES, FORWARD, IMPORTS

    for code, text in EXAMPLES.items():
        if "class " not in text:
            body = "".join(f"        {line}" for line in [*text.splitlines(keepends=True), "return output\n"])
            text = FORWARD + body
        yield code, IMPORTS + text


def look(program: Program) -> tuple[Outcome, ir.ArchReport]:
    """Runs the analysis."""
    assert program.arch is not None
    wrong = tuple(facts.differing(program.arch)) if program.expect == FACTS else ()
    report = analyze(program.arch, command="")
    refused: dict[str, set[str]] = defaultdict(set)
    messages: dict[str, str] = defaultdict(str)
    for record in report.records:
        if record.status == "refused":
            refused[record.class_name].add(record.code)
            messages[record.class_name] += f"{record.message}\n"
    return Outcome(
        codes=frozenset(r.code for r in report.records if r.status == "refused"),
        refused=refused,
        messages=messages,
        classes={c.base: tuple(m.text for m in c.methods) for c in report.classes},
        facts={
            c.base: [(len(s.scales), len(s.terms), s.weights.stage, list(s.rules)) for s in c.sites]
            for c in report.classes
        },
        rest=(report.imports, report.runtime, tuple(c.name for c in report.classes), *wrong),
    ), report


def complaint(program: Program, outcome: Outcome) -> str:
    """How an outcome is not what the program expects, "" if it is."""
    if program.expect == CHECKED_IN:
        before = program.baseline
        same = before is None or (outcome.classes, outcome.rest) == (before.classes, before.rest)
        return "" if same else "other text than is checked in"
    if program.expect == FACTS:
        return "".join(outcome.rest[3:4])
    if program.path.stem.startswith("docs_"):
        return "" if program.expect in outcome.codes else f"not refused with {program.expect}"
    replaced = program.used & set(outcome.classes)
    if program.expect == "generated" and not replaced:
        return f"refused: {' '.join(sorted(outcome.codes))}"
    if "EVERY" in program.facts and not {n for n in program.used if n.endswith("Attention")} <= replaced:
        return f"refused, one of them: {' '.join(sorted(outcome.codes))}"
    if program.expect in ("refused", "untouched") and replaced:
        return "generated"
    if program.expect == "refused" and not outcome.codes:
        return "refused without a word"
    if "CODE" in program.facts and program.facts["CODE"] not in outcome.codes:
        return f"refused with {' '.join(sorted(outcome.codes))}"
    for name, code in program.facts.get("CODES", {}).items():
        if outcome.refused.get(name) != {code}:
            return f"{name} is refused with {' '.join(sorted(outcome.refused.get(name, ())))}"
    for name, words in program.facts.get("SAYS", {}).items():
        if words not in outcome.messages.get(name, ""):
            return f"{name} is refused: {outcome.messages.get(name, '')}"
    for given, wanted in (("WRITTEN", True), ("NOT_WRITTEN", False)):
        for name, words in program.facts.get(given, {}).items():
            if (words in "\n".join(outcome.classes.get(name, ()))) is not wanted:
                return f"{words!r} is {'not ' * wanted}written for {name}"
    for index, name in enumerate(("SCALES", "TERMS", "STAGE", "RULES")):
        if name in program.facts and replaced:
            said = [facts[index] for base in replaced for facts in outcome.facts[base]]
            if said != [program.facts[name]]:
                return f"{name} is {said}"
    return ""


def execute(program: Program, report: ir.ArchReport) -> str:
    """What differs when the converted program runs, "" if nothing does."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with importable(program.path.parent), importable(folder):
            module = importlib.import_module(program.path.stem)
            if not hasattr(module, "example") and not hasattr(module, "examples"):
                return ""
            package = folder / "converted"
            write_package(report, package)
            importlib.invalidate_caches()
            modes = MODES if getattr(module, "GRADIENTS", True) else [mode for mode in MODES if not mode.gradients]
            found, fused = differences(samples_of(module), swapper(report, package.name), modes=modes)
            if not found and not fused and program.expect == "generated" and "EAGER_ALLOWED" not in program.facts:
                return "no fused call"
            return found[0] if found else ""


class TooLong(BaseException):
    """A program's processor time is spent."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


# The baseline


class Probes:
    """Watches an analysis: for which mutants a condition would have come out otherwise, or a statement is run."""

    def __init__(self, mutants: Sequence[Mutant]) -> None:
        self.concerned: set[int] = set()
        self.codes: dict[str, CodeType] = {}
        functions: dict[str, list[int]] = defaultdict(list)
        for number, mutant in enumerate(mutants):
            if mutant.place:
                functions[mutant.function].append(number)
        for place, numbers in functions.items():
            self._watch(place, {number: mutants[number] for number in numbers})

    def _watch(self, place: str, mutants: Mapping[int, Mutant]) -> None:
        module = sys.modules[place.partition(":")[0]]
        definition = next(d for n, d in functions_of(module.__name__) if n == place.partition(":")[2])
        groups: dict[Route, list[int]] = defaultdict(list)
        for number, mutant in mutants.items():
            groups[mutant.place].append(number)
        # the last statements and the innermost expressions first, so that routes stay what they are
        for route, numbers in sorted(
            groups.items(), key=lambda g: [(n, -1 if i is None else i) for n, i in g[0]], reverse=True
        ):
            node = follow(definition, route)
            holder = follow(definition, route[:-1])
            name, index = route[-1]
            if isinstance(node, ast.stmt):
                call = ast.Expr(ast.Call(ast.Name("_reached", ast.Load()), [constant(tuple(numbers))], []))
                getattr(holder, name).insert(index, call)
                continue
            nothing = ast.arguments([], [], None, [], [], None, [])
            thunks = [ast.Lambda(nothing, other_value(mutants[number])) for number in numbers]
            probe = ast.Call(
                ast.Name("_probed", ast.Load()),
                [constant(tuple(numbers)), node, *thunks],
                [],
            )
            if index is None:
                setattr(holder, name, probe)
            else:
                getattr(holder, name)[index] = probe
        definition.decorator_list = []
        self.codes[place] = compiled(definition, module)[definition.name].__code__

    def install(self) -> None:
        """From here on this process is watched."""
        for place, code in self.codes.items():
            function = function_at(place)
            function.__code__ = code
            function.__globals__.update(_reached=self._reached, _probed=self._probed)

    def _reached(self, numbers: tuple[int, ...]) -> None:
        self.concerned.update(numbers)

    def _probed(self, numbers: tuple[int, ...], value: object, *others: Callable[[], object]) -> object:
        for number, other in zip(numbers, others, strict=True):
            if number not in self.concerned:
                try:
                    same = alike(value, other())
                except Exception:
                    same = False
                if not same:
                    self.concerned.add(number)
        return value


def other_value(mutant: Mutant) -> ast.expr:
    """The condition of a mutant as it is there."""
    changed = mutant.build()
    value = follow(changed, mutant.place)
    assert isinstance(value, ast.expr)
    return value


def alike(a: object, b: object) -> bool:
    """Whether two conditions come to the same."""
    plain = (bool, int, float, str, tuple, type(None))
    return a is b or (isinstance(a, plain) and isinstance(b, plain) and a == b and bool(a) == bool(b))


Found = tuple[str, Outcome, frozenset[str], frozenset[int]]


def survey(chunk: Sequence[Program], probes: Probes) -> list[Found]:
    """What the unchanged analysis says of programs, the classes that they use, and the mutants they may concern."""
    found = []
    probes.install()
    for program in chunk:
        probes.concerned = set()
        outcome, _ = look(program)
        used: set[str] = set()
        if program.expect not in (CHECKED_IN, FACTS) and not program.path.stem.startswith("docs_"):
            with importable(program.path.parent):
                module = importlib.import_module(program.path.stem)
                used = {type(part).__name__ for sample in samples_of(module)() for part in sample[0].modules()
                        if type(part).__module__ == program.path.stem}  # fmt: skip
        found.append((program.name, outcome, frozenset(used), frozenset(probes.concerned)))
    return found


# Judging mutants


@dataclass
class Judgement:
    """`fate` is "killed", "unseen" (no program runs it), "silent" (nothing came out otherwise), "codes" (refused with
    other codes) or "equal" (other text, the same numbers)."""

    fate: str
    by: str = ""
    why: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Job:
    """What a forked process does; it answers through a pipe."""

    key: Any
    run: Callable[[Connection], None]


def judge(mutant: Mutant, order: Sequence[Program]) -> Judgement:
    """What becomes of one mutant, looked at by these programs."""
    started = time.monotonic()
    if not order:
        return Judgement("unseen")
    try:
        with installed(mutant):
            found = _judge(order)
    except (SyntaxError, ValueError) as error:
        found = Judgement("killed", "", f"does not compile: {error}")
    return dataclasses.replace(found, seconds=time.monotonic() - started)


def _judge(order: Sequence[Program]) -> Judgement:
    changed: list[tuple[Program, ir.ArchReport]] = []
    executed = 0
    codes = ""
    for program in order:
        assert program.baseline is not None
        try:
            with limited(SECONDS):
                outcome, report = look(program)
        except (Exception, TooLong) as error:
            return Judgement("killed", program.name, f"crashed: {type(error).__name__} {error}")
        why = complaint(program, outcome)
        if not why and (outcome.classes, outcome.rest) != (program.baseline.classes, program.baseline.rest):
            if not outcome.classes:
                codes = codes or program.name
            elif executed < AT_ONCE:
                executed += 1
                why = executed_well(program, report)
            else:
                changed.append((program, report))
        elif not why and outcome.codes != program.baseline.codes:
            codes = codes or f"{program.name}: {' '.join(sorted(outcome.codes ^ program.baseline.codes))}"
        if why:
            return Judgement("killed", program.name, why)
    for program, report in changed[: EXECUTED - executed]:
        if why := executed_well(program, report):
            return Judgement("killed", program.name, why)
    return Judgement("equal" if executed else "codes" if codes else "silent", codes)


def executed_well(program: Program, report: ir.ArchReport) -> str:
    """What is wrong with a converted program, "" if nothing is."""
    try:
        with limited(20 * SECONDS):
            return execute(program, report)
    except (Exception, TooLong, SystemExit) as error:
        return f"{type(error).__name__}: {error}"


def work(
    batch: Sequence[Numbered], found: Sequence[Program], kills: Mapping[str, Counter[str]], pipe: Connection
) -> None:
    """What a forked process does: one judgement after the other through the pipe."""
    for number, mutant in batch:
        judgement = judge(mutant, ordered(number, mutant, found, kills))
        if judgement.fate == "killed":
            kills[mutant.function][judgement.by] += 1
        pipe.send(judgement)


def in_processes(jobs: list[Job], processes: int) -> Iterator[tuple[Job, list[Any]]]:
    """Runs each job in a forked process, so many at a time; yields jobs and what came through their pipes."""
    fork = multiprocessing.get_context("fork")
    running: dict[Connection, tuple[Job, Any, list[Any]]] = {}
    while jobs or running:
        while jobs and len(running) < processes:
            job = jobs.pop(0)
            mine, theirs = fork.Pipe(duplex=False)
            process = fork.Process(target=job.run, args=(theirs,))
            process.start()
            theirs.close()
            running[mine] = (job, process, [])
        for pipe in wait(list(running)):
            assert isinstance(pipe, Connection)
            job, process, received = running[pipe]
            try:
                received.append(pipe.recv())
            except EOFError:
                pipe.close()
                process.join()
                del running[pipe]
                yield job, received


def prepared(processes: int, mutants: Sequence[Mutant], folder: Path) -> list[Program]:
    """All programs with what the unchanged analysis says of them."""
    found = programs(folder)
    installed_library = Library()
    for program in found:
        if program.expect == CHECKED_IN:
            program.arch = installed_library.architecture(program.path.stem)
        else:
            program.arch = Library().file(program.path, program.path.stem)
        for file in program.arch.files:
            _ = file.tree
    by_name = {program.name: program for program in found}

    probes = Probes(mutants)

    def survey_from(start: int, pipe: Connection) -> None:
        pipe.send(survey(found[start : start + CHUNK], probes))

    jobs = [Job(start, partial(survey_from, start)) for start in range(0, len(found), CHUNK)]
    for _, results in in_processes(jobs, processes):
        if not results:
            raise SystemExit("the unchanged analysis crashes")
        for name, outcome, used, concerned in results[0]:
            program = by_name[name]
            program.baseline, program.used, program.concerned = outcome, used, concerned
    # what an example is refused for may be a matter of places
    found = [p for p in found if p.expect.islower() or (p.baseline and p.expect in p.baseline.codes)]
    found = [p for p in found if p.baseline is not None and (p.path.parent != folder or not complaint(p, p.baseline))]
    wrong = [f"{p.name}: {said}" for p in found if p.baseline is not None and (said := complaint(p, p.baseline))]
    if wrong:
        raise SystemExit("the unchanged analysis is not what is expected:\n" + "\n".join(wrong))
    return found


def quick_places() -> None:
    """Places of refusals are not compared; finding them is half of the time of an analysis."""

    def location(self: hierarchy.Code, node: object) -> ir.Location:
        return ir.Location(self.file.display, self.first_line, 1)

    hierarchy.Code.location = location  # type: ignore[method-assign]


def ordered(number: int, mutant: Mutant, found: Sequence[Program], kills: Mapping[str, Counter[str]]) -> list[Program]:
    """The programs that a mutant may concern: first those that noticed mutants of the function before."""
    if mutant.place:
        found = [p for p in found if number in p.concerned]
    elif mutant.word:
        found = [p for p in found if mutant.word in p.text]
    before = kills[mutant.function]
    found = sorted(found, key=lambda p: (-before[p.name], len(p.concerned)))
    large = [p for p in found if p.expect == CHECKED_IN]
    return [p for p in found if p.expect != CHECKED_IN or p in large[:ARCHITECTURES]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs; 0 if every mutant is noticed or means the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="", metavar="REGEX", help="mutants whose name or kind matches")
    parser.add_argument("--list", action="store_true", help="print the mutants and do nothing")
    parser.add_argument("--verbose", action="store_true", help="print every mutant with what noticed it")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="every N-th mutant")
    parser.add_argument("--log", type=Path, help="write a line of JSON for each mutant")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    mutants = all_mutants()
    chosen = [m for m in mutants if re.search(options.only, f"{m.name} {m.kind}")][:: options.sample]
    if options.list:
        for mutant in chosen:
            say(f"{mutant.kind:<18} {mutant.name}")
        say(f"{len(chosen)} mutants")
        return 0
    quick_places()
    with tempfile.TemporaryDirectory() as folder:
        found = prepared(options.processes, chosen, Path(folder))
        say(f"{len(chosen)} mutants, {len(found)} programs, prepared in {time.monotonic() - started:.0f} s")
        return hunt(chosen, found, options, started, whole=len(chosen) == len(mutants))


def hunt(
    chosen: Sequence[Mutant], found: Sequence[Program], options: argparse.Namespace, started: float, whole: bool
) -> int:
    """Judges every mutant and prints the figures."""
    kills: dict[str, Counter[str]] = defaultdict(Counter)
    fates: dict[str, Counter[str]] = defaultdict(Counter)
    left: list[tuple[Mutant, Judgement]] = []
    stale = set(EQUIVALENT) - {m.name for m in chosen} if whole else set()
    gc.freeze()

    pending: list[Numbered] = []
    for number, mutant in enumerate(chosen):
        if mutant.name in EQUIVALENT and not options.only:
            fates[mutant.kind]["equivalent"] += 1
        else:
            pending.append((number, mutant))

    def job(batch: Sequence[Numbered]) -> Job:
        return Job(batch, partial(work, batch, found, kills))

    log = options.log.open("a", encoding="utf-8") if options.log else None
    jobs = [job(pending[start : start + BATCH]) for start in range(0, len(pending), BATCH)]
    done = 0
    for ended, received in in_processes(jobs, options.processes):
        batch: Sequence[Numbered] = ended.key
        if len(received) < len(batch):  # the process died over one, and goes on behind it
            received.append(Judgement("killed", "", "the process ended"))
            if len(received) < len(batch):
                jobs.append(job(batch[len(received) :]))
        for (_, mutant), judged in zip(batch, received, strict=False):
            fate = judged.fate
            if fate == "killed":
                kills[mutant.function][judged.by] += 1
            elif mutant.name in EQUIVALENT:
                fate = "equivalent"
            else:
                left.append((mutant, judged))
                say(f"{judged.fate:<7} {mutant.name}  {judged.by} {judged.why}")
            fates[mutant.kind][fate] += 1
            if options.verbose:
                say(f"{fate} {judged.seconds:.1f} s {mutant.name}: {judged.by}: {judged.why}")
            if log:
                log.write(json.dumps([fate, mutant.kind, mutant.name, judged.by, judged.why, judged.seconds]) + "\n")
                log.flush()
        done += len(received)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {len(chosen)}, {len(left)} left ")
    say(f"\n{'kind':<18} {'mutants':>8} {'killed':>8} {'equivalent':>11} {'left':>6}")
    for kind, counter in sorted(fates.items()):
        total, killed, same = sum(counter.values()), counter["killed"], counter["equivalent"]
        say(f"{kind:<18} {total:>8} {killed:>8} {same:>11} {total - killed - same:>6}")
    total = sum((sum(c.values()) for c in fates.values()), 0)
    killed = sum(c["killed"] for c in fates.values())
    same = sum(c["equivalent"] for c in fates.values())
    seconds = time.monotonic() - started
    say(f"{'all':<18} {total:>8} {killed:>8} {same:>11} {total - killed - same:>6}   in {seconds:.0f} s")
    for name in sorted(stale):
        say(f"no mutant is called: {name}")
    return int(bool(left or stale))


if __name__ == "__main__":
    sys.exit(main())
