"""Callers of generated classes: those that use weights that may be None from now on, and those that always ask for
weights, so that nothing would ever be fused."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from . import ir, lower
from .flow import Question, Spread, Use, Walk, has
from .frames import REQUEST, TooComplex, is_listenable
from .hierarchy import ClassRef, Code, World
from .interpret import Interpreter
from .scope import one_line
from .source import SourceFile, walk
from .values import Probs, Record, Value
from .whereabouts import CLEAN, MIXED, WEIGHTS, Shape
from .wording import INDENT, Layout

_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


@dataclass(frozen=True, eq=False)
class Demand:
    """A call in `code` that says True for the argument that asks for weights. `flag` is the argument by which the
    method itself is asked for them, "" where it has none."""

    code: Code
    call: lower.Call
    flag: str


@dataclass(frozen=True, eq=False)
class Insistent:
    """The class `cls`, some of whose methods always ask; `uses` is what becomes of the weights, empty where they are
    used only if `cls` or what runs it was asked. `read` is the code that says so. `results` is how many results a call
    gives, `missing` how many of them are left out where it is not asked."""

    cls: ClassRef
    demands: tuple[Demand, ...]
    uses: tuple[Use, ...]
    read: frozenset[Code]
    results: int
    missing: int


def gathered(use: Use) -> bool:
    """Whether what is collected goes into a field of the returned output as it is, and nowhere else."""
    return _gathered(use.code, use.expr, _fields)


def handed_on_in_a_list(code: Code, expr: lower.Expr) -> bool:
    """Whether what is collected is returned, as it is, beside something else, and goes nowhere else."""
    return _gathered(code, expr, _results)


def _gathered(code: Code, expr: lower.Expr, served_by: Callable[[lower.Expr], Iterable[lower.Expr]]) -> bool:
    """Whether `expr` is appended to a list that is only appended to, and served by what is returned."""
    every = [e for s in lower.walk(code.function.body) for root in lower.expressions(s) for e in lower.below(root)]
    calls = [e for e in every if isinstance(e, lower.Call) and any(arg.value is expr for arg in e.args)]
    function = calls[0].function if len(calls) == 1 else None
    if not isinstance(function, lower.Attribute) or function.name != "append":
        return False
    base = function.base
    if not isinstance(base, lower.Name):
        return False
    read: set[lower.Expr] = set()
    served: set[lower.Expr] = set()
    for statement in lower.walk(code.function.body):
        targets = statement.targets if isinstance(statement, lower.Assign) else ()
        bound = {part for target in targets for part in _parts(target)}
        if isinstance(statement, (lower.Define, lower.Strange)) and base.id in statement.reads:
            return False
        for root in lower.expressions(statement):
            for inner in lower.below(root):
                if isinstance(inner, lower.Closure) and base.id in inner.reads:
                    return False
                if isinstance(inner, lower.Name) and inner.id == base.id and inner not in bound:
                    read.add(inner)
                if isinstance(inner, lower.Attribute) and inner.name == "append":
                    served.add(inner.base)
        if isinstance(statement, lower.Return) and statement.value is not None:
            served.update(served_by(statement.value))
    return read <= served


def _parts(target: lower.Expr) -> Iterator[lower.Expr]:
    """The targets in a target that takes several values apart."""
    if isinstance(target, lower.Display):
        for item in target.items:
            yield from _parts(item)
    else:
        yield target


def _fields(returned: lower.Expr) -> Iterator[lower.Expr]:
    """What goes as it is, or as a whole into a tuple or a list, into a field of an output."""
    if isinstance(returned, lower.Call) and one_line(returned.function.node)[:1].isupper():
        for field in (arg.value for arg in returned.args if arg.keyword is not None):
            whole = isinstance(field, lower.Call) and one_line(field.function.node) in ("tuple", "list")
            yield field.args[0].value if isinstance(field, lower.Call) and whole and field.args else field


def _results(returned: lower.Expr) -> Iterable[lower.Expr]:
    """The results of a method that returns several."""
    return returned.items if isinstance(returned, lower.Display) and returned.kind == "tuple" else ()


class Callers:
    """What the classes of some files do with the weights of the attention classes in them."""

    def __init__(self, world: World, files: Iterable[SourceFile]) -> None:
        self.world = world
        self.spread = Spread(world, files)

    def collecting(self, cls: ClassRef, flags: Iterable[str]) -> tuple[Use | None, Use | None, set[str]]:
        """Where weights that the class returned, though none of the arguments `flags` asked for them, are used all the
        same; where they are only gathered for a field of an output; and by which arguments of other names callers ask
        for them, so that the runtime is to listen. Where a caller loses track of a value that holds them nothing is
        said: that they may be None is documented."""
        forward = self.world.method_code(cls, "forward")
        names = [p.name for p in forward.function.parameters][1:] if forward is not None else []
        flags = set(flags)
        listened = [flag for flag in flags if flag in names]
        own = [flag for flag in flags if re.fullmatch(r"self\.\w+", flag)]  # whoever is asked, it is not the caller
        shape = self._returned(cls, dict.fromkeys([*listened, *own], False))
        if not shape.tainted:
            return None, None, set()

        def asked(ref: ClassRef, call: lower.Call, _: Walk) -> Shape | None:
            told = ref == cls and any(says_true(call, flag, names) for flag in listened)
            return CLEAN if told else None

        heard: dict[Code, set[str]] = {}
        while True:
            # in doubt more is found, but what surely is a call of the class is lost among what may be one
            questions = (
                Question({cls: shape}, asked, doubt=True, heard=heard),
                Question({cls: shape}, asked, certain=True, heard=heard),
            )
            runs = [self.spread.run(question)[0] for question in questions]
            sure = [use for uses in runs for use in uses if use.sure]
            told = {use.origin for use in sure if use.origin is not None and is_listenable(*use.origin)}
            told -= {(code, flag) for code, flags in heard.items() for flag in flags}
            if not told:
                break
            for code, flag in told:
                heard.setdefault(code, set()).add(flag)
        gathering = [use for use in sure if gathered(use) and not use.flag]
        used = next((use for use in sure if use not in gathering), None)
        return used, next(iter(gathering), None), {flag for found in heard.values() for flag in found}

    def insisting(self, cls: ClassRef, flag: str) -> list[Insistent]:
        """The callers that always say True for the argument `flag` of the class."""
        forward = self.world.method_code(cls, "forward")
        if forward is None or not has(forward, flag):
            return []
        names = [p.name for p in forward.function.parameters][1:]
        told, untold = (self._returned(cls, {flag: value}) for value in (True, False))
        if told.kind != "tuple" or not told.tainted or untold.kind != "tuple" or untold.tainted:
            return []
        missing = len(told.items) - len(untold.items)
        if missing < 0:
            return []
        found: dict[ClassRef, list[Demand]] = {}

        def asked(ref: ClassRef, call: lower.Call, walk: Walk) -> Shape | None:
            if ref != cls:
                return None
            if not says_true(call, flag, names):
                return CLEAN
            mine = found.setdefault(walk.cls, [])
            if all(demand.call is not call for demand in mine):
                own = sorted(name for name in walk.requests)
                mine.append(Demand(walk.code, call, own[0] if own else ""))
            return told if walk.cls in followed else CLEAN

        followed: set[ClassRef] = set()
        self.spread.run(Question({cls: CLEAN}, asked))
        result: list[Insistent] = []
        for caller in sorted(found, key=lambda ref: ref.path):
            followed = {caller}
            uses, read = self.spread.run(Question({cls: CLEAN}, asked))
            result.append(
                Insistent(
                    caller, tuple(found[caller]), tuple(uses), frozenset({forward, *read}), len(told.items), missing
                )
            )
        return result

    def handing(self, asked: Mapping[ClassRef, bool]) -> list[ClassRef]:
        """The classes that hand the argument by which weights are asked for on, as it is, to whatever they hold that
        makes weights: nobody has to listen to their callers. `asked` says of each class that makes some whether it
        gives them to whoever says so to its `forward`."""
        inside, grown = set(asked), True
        while grown:
            around = {cls for cls in self.spread.holdings.classes if inside & self._inner(cls)}
            grown = not around <= inside
            inside |= around
        calls: dict[tuple[ClassRef, ClassRef], list[bool]] = {}

        def note(ref: ClassRef, call: lower.Call, walk: Walk) -> Shape:
            forward = self.world.method_code(ref, "forward")
            names = [p.name for p in forward.function.parameters][1:] if forward is not None else []
            plain = walk.code is self._asked(walk.cls) and REQUEST in names
            handed = plain and hands_on(call, REQUEST, names)
            calls.setdefault((walk.cls, ref), []).append(handed)
            return CLEAN

        self.spread.run(Question(dict.fromkeys(inside, CLEAN), note))
        return [
            cls
            for cls in self.spread.holdings.classes
            if asked.get(cls, cls in inside)
            and self._asked(cls) is not None
            and not inside.intersection(ref for ref, _ in self.spread.holdings.lost(cls))
            and all(all(calls.get((cls, ref), [False])) for ref in inside & self._inner(cls))
        ]

    def _inner(self, cls: ClassRef) -> set[ClassRef]:
        """The classes of the modules that a class holds."""
        return {ref for shape in self.spread.holdings.held(cls).values() for ref in shape.classes}

    def _asked(self, cls: ClassRef) -> Code | None:
        """The `forward` of a class, where it has one of its own with the argument that asks for weights, and the
        argument stays what it is."""
        forward = self.spread.holdings.method(cls, "forward")
        if forward is None or forward.owner != cls or not has(forward, REQUEST):
            return None
        own = {id(argument) for argument in ast.walk(forward.definition.args)}
        bound = any(
            (isinstance(node, ast.Name) and node.id == REQUEST and not isinstance(node.ctx, ast.Load))
            or (isinstance(node, ast.arg) and node.arg == REQUEST and id(node) not in own)
            for node in walk(forward.definition)
        )
        return None if bound else forward

    def _returned(self, cls: ClassRef, assumed: dict[str, bool]) -> Shape:
        """Where weights are in what `forward` returns."""
        forward = self.world.method_code(cls, "forward")
        if forward is None:
            return CLEAN
        machine = Interpreter(self.world, cls)
        try:
            machine.run(forward)
        except (TooComplex, RecursionError):
            return CLEAN

        def source(expr: lower.Expr) -> Shape | None:
            value = machine.facts.get(expr)
            return None if value is None else shape_of(value, whole=isinstance(expr, lower.Call))

        requests = {REQUEST} if has(forward, REQUEST) and REQUEST not in assumed else set()
        walk = Walk(self.spread, cls, forward, Question({}), {}, requests, [], source=source, assumed=assumed)
        return walk.run()


def shape_of(value: Value, *, whole: bool) -> Shape | None:
    """The shape of an interpreted value, None where it says nothing. Only a record that is `whole` has all its items:
    where records of several lengths meet, the interpreter keeps what they hold and not where."""
    if isinstance(value, Probs):
        return WEIGHTS
    if isinstance(value, Record) and whole and value.kind in ("tuple", "list"):
        items = tuple(shape_of(item, whole=True) or CLEAN for item in value.items)
        if any(item.tainted for item in items):
            return MIXED if all(item.tainted for item in items) else Shape("tuple", items)
    return None


def past_hooks(file: SourceFile, flag: str) -> ast.Call | None:
    """A call of a `forward` itself that may say True for the argument `flag`: no hook of the module sees it."""
    for node in file.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "forward":
            named = [word.value for word in node.keywords if word.arg == flag]
            if any(not isinstance(value, ast.Name) or value.id != flag for value in named):
                return node
            if any(isinstance(value, ast.Constant) and value.value is True for value in node.args):
                return node
    return None


def says_true(call: lower.Call, flag: str, names: list[str]) -> bool:
    """Whether a call passes True for the parameter `flag`, one of `names`."""
    for index, argument in enumerate(call.args):
        if argument.star:
            break
        name = argument.keyword or (names[index] if index < len(names) else "")
        if name == flag:
            return isinstance(argument.value, lower.Constant) and argument.value.value is True
    named = [argument.value for argument in call.args if argument.keyword == flag]
    return any(isinstance(value, lower.Constant) and value.value is True for value in named)


def hands_on(call: lower.Call, flag: str, names: list[str]) -> bool:
    """Whether a call passes the name `flag` for the parameter `flag`, one of `names`."""
    for index, argument in enumerate(call.args):
        if argument.star:
            return False
        name = argument.keyword or (names[index] if index < len(names) else "")
        if name == flag:
            return isinstance(argument.value, lower.Name) and argument.value.id == flag
    return False


def relieved(text: str, demands: list[Demand], flag: str, names: list[str], insistent: Insistent) -> str | None:
    """A method whose calls ask for weights only where somebody waits for them; results that the attention leaves out
    then are None. None where a call stands where that cannot be said."""
    own = next((demand.flag for demand in demands if demand.flag), "")
    value = cst.parse_expression(f"weights_requested(self{f', {own}' if own else ''})")
    wanted = {one_line(demand.call.function.node) for demand in demands}
    fresh = "results"
    while fresh in lower.names_read(cst.parse_module(text)):
        fresh += "_"

    class Relieve(cst.CSTTransformer):
        left = 0

        def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
            call = lower.expression(original_node)
            assert isinstance(call, lower.Call)
            if one_line(original_node.func) not in wanted or not says_true(call, flag, names):
                return updated_node
            args = list(updated_node.args)
            for index, argument in enumerate(args):
                positional = argument.keyword is None and index < len(names) and names[index] == flag
                if positional or (argument.keyword is not None and argument.keyword.value == flag):
                    args[index] = argument.with_changes(value=value)
            if not isinstance(args[-1].comma, cst.Comma):  # as `Layout` takes it
                args = [argument.with_changes(comma=_COMMA) for argument in args[:-1]] + args[-1:]
                args[-1] = args[-1].with_changes(whitespace_after_arg=cst.SimpleWhitespace(""))
                updated_node = updated_node.with_changes(whitespace_before_args=cst.SimpleWhitespace(""))
            self.left += 1
            return updated_node.with_changes(args=args)

        def leave_SimpleStatementLine(
            self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
        ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
            part = updated_node.body[0]
            if not insistent.missing or not self.left or len(updated_node.body) != 1:
                return updated_node
            if self.left == 1 and isinstance(part, cst.Assign) and isinstance(part.value, cst.Call):
                original = original_node.body[0]
                assert isinstance(original, cst.Assign)
                if one_line(original.value) != one_line(part.value) and one_line(part.value.func) in wanted:
                    self.left = 0
                    made = part.with_changes(targets=[cst.AssignTarget(cst.Name(fresh))])
                    kept = cst.parse_expression(
                        f"(*{fresh}, {', '.join(['None'] * insistent.missing)})[:{insistent.results}]"
                    )
                    return cst.FlattenSentinel(
                        [
                            updated_node.with_changes(body=[made]),
                            cst.SimpleStatementLine([part.with_changes(value=kept)]),
                        ]
                    )
            return updated_node

    edit = Relieve()
    tree = cst.parse_module(text).visit(edit)
    if insistent.missing and edit.left:
        return None
    function = tree.body[0].visit(Layout(INDENT))
    assert isinstance(function, cst.FunctionDef)
    return cst.Module([function]).code.strip("\n") + "\n"


def insistence(insistent: Insistent) -> tuple[str, ir.Location]:
    """What is said of a caller that cannot be relieved, and the place."""
    demand, use = insistent.demands[0], insistent.uses[0]
    said = one_line(demand.call.function.node)
    owner = f"{use.code.owner.name}." if use.code.owner is not None else ""
    message = (
        f"the caller always asks `{said}` for its weights, and they are used: in {owner}{use.code.name}, {use.reason}"
    )
    return message, demand.code.location(demand.call.node)
