"""What becomes of attention weights in the classes that call an attention.

A fused call makes no weights: where upstream has them whether asked or not, a caller now gets None. So each result
that may hold weights is followed from the call through the caller's statements, and out of what the caller returns
into its own callers, until it is dropped, is read only where an `output_attentions` argument is true (which the
runtime sees), or is used.

The domain is the shape of a value, no more: which places of which tuples hold weights.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import libcst as cst

from . import lower, structure
from .frames import NAMED_AFTER_WEIGHTS, REQUEST
from .hierarchy import ClassRef, Code, World
from .holding import ASKING, BLIND, PASSES, TRANSPARENT, Holdings
from .scope import one_line
from .source import SourceFile
from .whereabouts import CLEAN, MIXED, Shape, any_of, each_of, join, joined, many, passed_on, taken_apart

DEPTH = 6
WALKS = 500
"""How many methods are read for one class: helpers that call one another in loops are read over and over."""
ANY_MODULE = frozenset(
    {"__dict__", "_modules", "children", "get_submodule", "modules", "named_children", "named_modules"}
)
OF_A_CONTAINER = frozenset({"copy", "get", "items", "pop", "values"})
"""Methods of what holds modules that give modules."""
COUNTING = frozenset({"count", "index", "remove", "__contains__"})
"""Methods of a list that compare its items with something."""


@dataclass(frozen=True, eq=False)
class Use:
    """A place where weights are used whether they were asked for or not; `sure` where they, and nothing beside them in
    a value that was lost track of, are used; `flag` where an argument of another name asks for them there, `origin`
    the function whose argument it is, and the name there, where helpers got it from one."""

    code: Code
    expr: lower.Expr
    reason: str
    sure: bool
    flag: str = ""
    origin: tuple[Code, str] | None = None


@dataclass
class Question:
    """Whose weights are followed. `given` is what a call of a class returns, by class; `asked`, where the class has an
    argument for it, returns what a call of it gives instead, or None where the call is no concern. In `doubt` what may
    be a call of a class is taken for one, so that a use of what it may give is found; where `certain`, for none."""

    given: dict[ClassRef, Shape]
    asked: Callable[[ClassRef, lower.Call, Walk], Shape | None] = lambda *_: None
    doubt: bool = False
    certain: bool = False
    heard: dict[Code, set[str]] = field(default_factory=dict)
    """Arguments of a `forward`, other than the usual one, by which weights are asked for: the runtime listens."""
    strayed: set[ClassRef] = field(default_factory=set)
    """Classes that were given to what is not followed, so that whatever is called may be one."""


@dataclass(frozen=True, eq=False)
class Comprehension:
    """A comprehension by its parts: target, subject and conditions of each `for`, and what it makes for each item;
    `key` of a dictionary."""

    loops: tuple[tuple[lower.Expr, lower.Expr, tuple[lower.Expr, ...]], ...]
    item: lower.Expr
    key: lower.Expr | None


def comprehended(node: cst.CSTNode) -> Comprehension | None:
    """The parts of a node that is a comprehension."""
    if not isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
        return None
    loops = []
    clause: cst.CompFor | None = node.for_in
    while clause is not None:
        conditions = tuple(lower.expression(condition.test) for condition in clause.ifs)
        loops.append((lower.expression(clause.target), lower.expression(clause.iter), conditions))
        clause = clause.inner_for_in
    if isinstance(node, cst.DictComp):
        return Comprehension(tuple(loops), lower.expression(node.value), lower.expression(node.key))
    return Comprehension(tuple(loops), lower.expression(node.elt), None)


class Spread:
    """Follows weights through all classes of some files."""

    def __init__(self, world: World, files: Iterable[SourceFile]) -> None:
        self.world = world
        self.holdings = Holdings(world, tuple(files))
        self._comprehended: dict[cst.CSTNode, Comprehension | None] = {}

    def run(self, question: Question) -> tuple[list[Use], set[Code]]:
        """Every use, and the methods that were read for it."""
        uses: dict[ClassRef, list[Use]] = {}
        read: set[Code] = set()
        if question.doubt:
            question.strayed |= self.holdings.strayed
        for _ in range(PASSES):
            changed = False
            before_strayed = set(question.strayed)
            doubted = question.doubt and any(question.given.get(ref, CLEAN).tainted for ref in question.strayed)
            for cls in self.holdings.classes:
                touched = doubted or self._touches(cls, question)
                if not touched:
                    continue
                walks, shape = self._walk(cls, question)
                uses[cls] = [use for walk in walks for use in walk.uses]
                read |= {walk.code for walk in walks}
                uses[cls] += [
                    Use(code, lower.Expr(code.tree), f"where `{inner.name}` goes is not known", False)
                    for inner, code in self.holdings.lost(cls)
                    if question.given.get(inner, CLEAN).tainted
                ]
                if shape.lost or (shape.tainted and self.is_model(cls)):
                    code = walks[0].code
                    reason = "what is returned is not known" if shape.lost else "the model returns them"
                    uses[cls].append(Use(code, lower.Expr(code.tree), reason, shape.certain))
                before = question.given.get(cls, CLEAN)
                if before.tainted:
                    astray = [code for code in self._methods(cls) if strays(code) is not None]
                    reason = "the module itself goes where its calls are not seen"
                    uses[cls] += [Use(code, lower.Expr(code.tree), reason, before.firm) for code in astray]
                joined = join(before, shape) if before.tainted else shape
                if shape.tainted and before != joined:
                    question.given[cls] = joined
                    changed = True
            if not changed and question.strayed == before_strayed:
                break
        every = [use for found in uses.values() for use in found]
        for cls, (code, attribute) in self.holdings.piped.items() if question.doubt else ():
            called = not attribute or attribute in self.holdings.called
            if called and (shape := question.given.get(cls, CLEAN)).tainted:
                every.append(Use(code, lower.Expr(code.tree), "they go into the next module", shape.firm))
        return every, read

    def comprehended(self, node: cst.CSTNode) -> Comprehension | None:
        """The parts of a comprehension, the same at each time: calls in them are told by identity."""
        if node not in self._comprehended:
            self._comprehended[node] = comprehended(node)
        return self._comprehended[node]

    def is_model(self, cls: ClassRef) -> bool:
        """Whether nothing but a user is the caller: a whole model in transformers' sense."""
        paths = (path for ref in self.world.mro(cls) for path in self.world.bases(ref))
        return any(path is not None and path.endswith("PreTrainedModel") for path in paths)

    def _touches(self, cls: ClassRef, question: Question) -> bool:
        held = self.holdings.held(cls).values()
        inside = {ref for shape in held for ref in shape.classes} | {ref for ref, _ in self.holdings.lost(cls)}
        return any(ref in question.given for ref in inside) or (cls in question.given and self._calls_itself(cls))

    def _calls_itself(self, cls: ClassRef) -> bool:
        """Whether a method of a class may call the module that it is of."""
        return any(
            strays(code) is not None
            or any(isinstance(n, ast.Call) and ast.unparse(n.func) in itself(code) for n in ast.walk(code.definition))
            for code in self._methods(cls)
        )

    def _methods(self, cls: ClassRef) -> Iterator[Code]:
        for ref in self.world.mro(cls):
            if not self.world.is_library(ref):
                found = (self.holdings.method(cls, name) for name in self.world.methods(ref))
                yield from (code for code in found if code is not None)

    def _walk(self, cls: ClassRef, question: Question) -> tuple[list[Walk], Shape]:
        """`forward` and what it calls, then the methods that it does not reach."""
        walks: list[Walk] = []
        shape = CLEAN
        start = self.holdings.method(cls, "forward")
        if start is not None:
            requests = {REQUEST} if has(start, REQUEST) else set()
            walk = Walk(self, cls, start, question, {}, requests | question.heard.get(start, set()), walks)
            shape = walk.run()
        reached = {walk.code for walk in walks}
        for ref in self.world.mro(cls):
            if self.world.is_library(ref):
                continue
            for name in self.world.methods(ref):
                code = self.holdings.method(cls, name)
                if code is not None and code not in reached and name != "__init__" and code.owner == ref:
                    reached.add(code)
                    Walk(self, cls, code, question, {}, set(), walks).run()
        return walks, shape


class Walk:
    """One method of `cls`, statement by statement. `requests` are the names that ask for weights here, `assumed` what
    is known of arguments."""

    def __init__(
        self,
        spread: Spread,
        cls: ClassRef,
        code: Code,
        question: Question,
        env: dict[str, Shape],
        requests: set[str],
        walks: list[Walk],
        *,
        source: Callable[[lower.Expr], Shape | None] = lambda _: None,
        assumed: dict[str, bool] | None = None,
        origins: dict[str, tuple[Code, str]] | None = None,
        depth: int = 0,
    ) -> None:
        self.spread, self.cls, self.code, self.question = spread, cls, code, question
        self.env = dict(env)
        self.walks, self.source, self.depth = walks, source, depth
        bound = lower.assigned_names(code.function.body)
        self.bound = bound | {parameter.name for parameter in code.function.parameters}
        self.requests = {name for name in requests if name not in bound or self._resolved(name)}
        self.assumed = {name: value for name, value in (assumed or {}).items() if name not in bound}
        self.origins = {name: origin for name, origin in (origins or {}).items() if name not in bound}
        """Arguments that a caller got as its own."""
        self.uses: list[Use] = []
        self.returned: list[Shape] = []
        self.asked = 0
        self.flags: list[str] = []
        """Flags that are true here."""
        self.named: set[str] = set()
        """Names for such."""
        self.decided: list[tuple[Shape, lower.Expr, frozenset[str]]] = []
        """What is returned, each with the arguments that are true there."""
        walks.append(self)

    def run(self) -> Shape:
        """What the method returns."""
        self.block(self.code.function.body)
        self.decide()
        shape = self.returned[0] if self.returned else CLEAN
        for other in self.returned[1:]:
            shape = join(shape, other)
        return shape

    def decide(self) -> None:
        """Notes returns of weights that an argument of this method asks for: they are nowhere else."""
        firm = [(expr, flags) for shape, expr, flags in self.decided if shape.firm]
        common = frozenset.intersection(*(flags for _, flags in firm)) if firm else frozenset()
        if common and len(firm) < len(self.decided):
            self.note(firm[0][0], "they are returned", True, min(common))

    def _resolved(self, name: str) -> bool:
        """Whether a request is bound anew only by its own value or the configuration's in its place."""
        for statement in lower.walk(self.code.function.body):
            if name not in lower.assigned_names((statement,)) or isinstance(
                statement, (lower.Branch, lower.Loop, lower.Within, lower.Attempt)
            ):
                continue
            value = statement.value if isinstance(statement, lower.Assign) else None
            if not isinstance(value, lower.Conditional) or not isinstance(value.body, lower.Name):
                return False
            other = one_line(value.orelse.node)
            if value.body.id != name or one_line(value.test.node) != f"{name} is not None":
                return False
            if other != f"self.config.{name}":
                return False
        return True

    # --- statements ---------------------------------------------------------------------------------------------

    def block(self, statements: tuple[lower.Stmt, ...]) -> bool:
        """Runs statements; False where control does not come out at the end."""
        asked, flags = self.asked, list(self.flags)
        alive = True
        for statement in statements:
            if not self.statement(statement):
                alive = False
                break
            if isinstance(statement, lower.Branch) and not statement.orelse and _leaves(statement.body):
                # `if not output_attentions: return …`: what follows was asked for
                self.asked += self.asks(statement.test, False)
                self.flags += self.told(statement.test, False)
            elif isinstance(statement, lower.Branch) and _leaves(statement.orelse) and not _leaves(statement.body):
                self.flags += self.told(statement.test, True)
        self.asked, self.flags = asked, flags
        return alive

    def statement(self, statement: lower.Stmt) -> bool:
        match statement:
            case lower.Assign():
                shape = self.evaluate(statement.value)
                for target in statement.targets:
                    if isinstance(target, lower.Name):
                        self.keep(target, self.env.get(target.id), shape)
                    self.assign(target, shape)
                    self.note_flag(target, statement.value)
            case lower.AugAssign():
                held = self.env.get(statement.target.id) if isinstance(statement.target, lower.Name) else None
                shape = self.add(statement.target, statement.value, statement.op)
                self.keep(statement.target, held, shape)
                self.assign(statement.target, shape)
            case lower.Branch():
                return self.branch(statement)
            case lower.Loop():
                subject = self.evaluate(statement.subject)
                if statement.target is None and subject.tainted:
                    self.use(statement.subject, "they are tested", subject.kind == "weights")
                for _ in range(3):
                    before = dict(self.env)
                    if statement.target is not None:
                        self.each(statement.target, subject)
                    self.block(statement.body)
                    self.env = joined(before, self.env)
                self.block(statement.orelse)
            case lower.Within():
                for item, _ in statement.items:
                    self.evaluate(item)
                return self.block(statement.body)
            case lower.Attempt():
                before = dict(self.env)
                self.block(statement.body)
                for other in statement.others:
                    self.env = joined(before, self.env)
                    self.block(other)
            case lower.Return():
                shape = self.evaluate(statement.value) if statement.value is not None else CLEAN
                if self.code.is_property:
                    self.stray([shape])
                if not self.asked:
                    self.returned.append(shape)
                    self.decided.append((shape, statement.value or lower.Expr(statement.node), frozenset(self.flags)))
                return False
            case lower.Raise() | lower.Leave():
                return False
            case lower.Define() | lower.Strange():
                seen = [self.env[name] for name in statement.reads if name in self.env]
                if any(shape.tainted for shape in seen):
                    sure = any(shape.certain for shape in seen)
                    self.use(lower.Expr(statement.node), "a nested function or statement has them", sure)
                if isinstance(statement, lower.Define):
                    modules = [shape for shape in seen if shape.kind == "modules"]
                    self.env[statement.name] = _lost(modules) if modules else CLEAN
            case _:
                for expr in lower.expressions(statement):
                    shape = self.evaluate(expr)
                    if shape.tainted and not isinstance(statement, (lower.Delete, lower.Evaluate)):
                        self.use(expr, "they are tested", shape.kind == "weights")
        return True

    def branch(self, statement: lower.Branch) -> bool:
        test = self.evaluate(statement.test)
        if test.tainted:
            self.use(statement.test, "they are tested", test.kind == "weights")
        known = self.known(statement.test)
        before = dict(self.env)
        states: list[dict[str, Shape]] = []
        for polarity, body in ((True, statement.body), (False, statement.orelse)):
            if known is not None and known != polarity:
                continue
            self.env = dict(before)
            asked, flags = self.asked, list(self.flags)
            self.asked += self.asks(statement.test, polarity)
            self.flags += self.told(statement.test, polarity)
            if self.block(body):
                states.append(self.env)
            self.asked, self.flags = asked, flags
        if not states:
            return False
        self.env = states[0]
        for state in states[1:]:
            self.env = joined(self.env, state)
        return True

    def asks(self, test: lower.Expr, polarity: bool) -> bool:
        """Whether weights were asked for where a test came out so."""
        if isinstance(test, lower.Name):
            return polarity and test.id in self.requests
        if isinstance(test, lower.Unary) and test.op == "not":
            return self.asks(test.operand, not polarity)
        if isinstance(test, lower.Boolean) and (test.op == "and") == polarity:
            return self.asks(test.left, polarity) or self.asks(test.right, polarity)
        return False

    def told(self, test: lower.Expr, polarity: bool) -> list[str]:
        """The flags that are true where a test came out so: arguments of the method, what is taken of its keywords,
        names for these, and attributes that are called after weights."""
        match test:
            case lower.Name():
                own = has(self.code, test.id) or test.id in self.named
                return [test.id] if polarity and own and test.id not in self.requests else []
            case lower.Attribute():
                mine = isinstance(test.base, lower.Name) and test.base.id == self.code.receiver
                return [f"self.{test.name}"] if polarity and mine and NAMED_AFTER_WEIGHTS.search(test.name) else []
            case lower.Call(function=lower.Attribute(name="get" | "pop", base=lower.Name(id=base))) if test.args:
                key = test.args[0].value
                keywords = any(p.name == base and p.star == "**" for p in self.code.function.parameters)
                if polarity and keywords and isinstance(key, lower.Constant) and isinstance(key.value, str):
                    return [key.value] if key.value != REQUEST else []
            case lower.Unary(op="not"):
                return self.told(test.operand, not polarity)
            case lower.Boolean():
                return [*self.told(test.left, polarity), *self.told(test.right, polarity)]
            case lower.Compare() if len(test.ops) == 1 and isinstance(test.rights[0], lower.Constant):
                value = test.rights[0].value
                said = value is True or (isinstance(value, str) and test.ops[0] in ("==", "!="))
                same = test.ops[0] in ("is", "==")
                if value is False:
                    said, same = True, not same
                return self.told(test.left, True) if said and same == polarity else []
        return []

    def note_flag(self, target: lower.Expr, value: lower.Expr) -> None:
        """A name that is bound to a flag, or to what is made of flags alone."""
        if not isinstance(target, lower.Name):
            return
        told = self.told(value, True)
        if isinstance(value, (lower.Conditional, lower.Boolean)) and not told:
            told = [flag for part in value.children() for flag in self.told(part, True)]
        if told:
            self.named.add(target.id)
        else:
            self.named.discard(target.id)

    def keep(self, target: lower.Expr, before: Shape | None, shape: Shape) -> None:
        """Notes weights that a name gets where a flag is true, and else has not."""
        if self.flags and shape.firm and before is not None and not before.tainted and not self.asked:
            self.note(target, "they are kept", True, self.flags[-1])

    def known(self, test: lower.Expr) -> bool | None:
        """What a test comes out as, by what is assumed."""
        if isinstance(test, lower.Name):
            return self.assumed.get(test.id)
        if isinstance(test, lower.Attribute):
            return self.assumed.get(one_line(test.node))
        if isinstance(test, lower.Unary) and test.op == "not":
            inner = self.known(test.operand)
            return None if inner is None else not inner
        if isinstance(test, lower.Boolean):
            sides = (self.known(test.left), self.known(test.right))
            decisive = test.op == "or"
            if decisive in sides:
                return decisive
            return None if None in sides else not decisive
        return None

    def assign(self, target: lower.Expr, shape: Shape) -> None:
        if isinstance(target, lower.Name):
            self.env[target.id] = shape
        elif isinstance(target, lower.Display):
            for item, part in zip(target.items, taken_apart(shape, target.items), strict=True):
                self.assign(item, part)
        elif isinstance(target, lower.Starred):
            self.assign(target.value, shape)
        elif shape.kind == "modules":
            self.stray([shape])
        elif shape.tainted:
            self.use(target, "they are stored", shape.firm)

    def each(self, target: lower.Expr, subject: Shape) -> None:
        """The names of a loop over `subject`, each of which may be one of the modules that it runs over."""
        item = each_of(subject)
        if item.kind != "modules":
            self.assign(target, item)
            return
        for name in lower.below(target):
            if isinstance(name, lower.Name):
                self.env[name.id] = item

    def use(self, expr: lower.Expr, reason: str, sure: bool = True) -> None:
        if not self.asked:
            self.note(expr, reason, sure, self.flags[-1] if self.flags else "")

    def note(self, expr: lower.Expr, reason: str, sure: bool, flag: str) -> None:
        self.uses.append(Use(self.code, expr, reason, sure, flag, self.origins.get(flag, (self.code, flag))))

    # --- expressions --------------------------------------------------------------------------------------------

    def evaluate(self, expr: lower.Expr) -> Shape:
        shape = self._evaluate(expr)
        return CLEAN if self.asked and shape.tainted else shape

    def _evaluate(self, expr: lower.Expr) -> Shape:
        told = self.source(expr)
        parts = isinstance(expr, (lower.Call, lower.Conditional, lower.Boolean, lower.Display))
        if told is not None and not parts and not (isinstance(expr, lower.Name) and expr.id in self.env):
            return told
        match expr:
            case lower.Name():
                return self.env.get(expr.id, CLEAN)
            case lower.Display():
                return self.display(expr)
            case lower.Subscript():
                return self.subscript(expr)
            case lower.Binary() if expr.op == "+":
                return self.add(expr.left, expr.right, "+")
            case lower.Call():
                return self.call(expr)
            case lower.Conditional():
                return self.conditional(expr)
            case lower.Boolean():
                left = self.evaluate(expr.left)
                if left.kind == "weights":
                    self.use(expr.left, "they are tested")
                asked = self.asks(expr.left, expr.op == "and")
                self.asked += asked
                right = self.evaluate(expr.right)
                self.asked -= asked
                return join(left, right)
            case lower.Attribute():
                base = self.evaluate(expr.base)
                if isinstance(expr.base, lower.Name) and expr.base.id == self.code.receiver:
                    if expr.name in ANY_MODULE:
                        return self.any_module()
                    return self.spread.holdings.held(self.cls).get(expr.name, CLEAN)
                if base.kind == "modules":
                    return _lost([base]) if self.may_call(base, expr.name) else CLEAN
                if not base.sure and base.kind == "tuple" and expr.name not in COUNTING:
                    return CLEAN  # a tuple has no such attribute: it is something else
                if base.tainted:
                    counting = expr.name in COUNTING and base.certain
                    self.use(expr, f"`{expr.name}` of them is read", counting or base.kind == "weights")
                    return MIXED
                return CLEAN
            case lower.Closure():
                return self.closure(expr)
            case lower.Starred():
                return self.evaluate(expr.value)
            case lower.Walrus():
                shape = self.evaluate(expr.value)
                self.env[expr.target] = shape
                return shape
            case _:
                items = isinstance(expr, lower.Compare) and any(op not in ("is", "is not") for op in expr.ops)
                for child in expr.children():
                    shape = self.evaluate(child)
                    if shape.tainted:
                        self.use(child, "they are computed with", shape.kind == "weights" or (items and shape.certain))
                return CLEAN

    def display(self, expr: lower.Display) -> Shape:
        items: list[Shape] = []
        sure = expr.kind in ("tuple", "list")
        for item in expr.items:
            shape = self.evaluate(item)
            if isinstance(item, lower.Starred):
                sure = sure and shape.kind == "tuple"
                items += shape.items if shape.kind == "tuple" else [shape]
            else:
                items.append(shape)
        modules = [item for item in items if item.kind == "modules"]
        if modules:
            return _lost(modules)
        if sure:
            return Shape("tuple", tuple(items))
        if expr.kind in ("tuple", "list") and any(item.kind == "many" for item in items):
            return many(each_of(Shape("tuple", tuple(each_of(i) if i.kind == "many" else i for i in items))))
        return MIXED if any(item.tainted for item in items) else CLEAN

    def subscript(self, expr: lower.Subscript) -> Shape:
        base = self.evaluate(expr.base)
        for index in expr.indices:
            self.evaluate(index)
        if base.kind == "modules":
            return base
        if base.kind == "weights":
            self.use(expr, "a part of them is taken")
            return MIXED
        index = expr.indices[0]
        if base.kind == "either":
            return any_of([self.item(way, index) for way in base.items])
        return self.item(base, index)

    def item(self, base: Shape, index: lower.Expr) -> Shape:
        """What an index takes from a value."""
        if base.kind == "many":
            return base if isinstance(index, lower.Slice) else base.items[0]
        if base.kind != "tuple":
            return MIXED if base.tainted else CLEAN
        if isinstance(index, lower.Slice):
            bounds = [_integer(part) if part is not None else None for part in index.parts]
            if all(part is None or number is not None for part, number in zip(index.parts, bounds, strict=True)):
                return Shape("tuple", base.items[slice(*bounds)], sure=base.sure)
        number = _integer(index)
        if number is not None and -len(base.items) <= number < len(base.items):
            return base.items[number]
        if number is None and self.question.doubt and not isinstance(index, lower.Slice):
            return each_of(base)
        return MIXED if base.tainted else CLEAN

    def add(self, left: lower.Expr, right: lower.Expr, op: str) -> Shape:
        a, b = self.evaluate(left), self.evaluate(right)
        if op == "+" and a.kind == b.kind == "tuple":
            both = Shape("tuple", a.items + b.items, sure=a.sure and b.sure)
            return both if len(both.items) < 40 else join(a, MIXED)
        for shape, expr in ((a, left), (b, right)):
            if shape.kind == "weights" or (shape.tainted and op != "+"):
                self.use(expr, "they are computed with", shape.kind == "weights")
        # what is only perhaps a tuple is none where it is added to something else
        return MIXED if any(shape.tainted and shape.sure for shape in (a, b)) else CLEAN

    def conditional(self, expr: lower.Conditional) -> Shape:
        test = self.evaluate(expr.test)
        if test.tainted:
            self.use(expr.test, "they are tested", test.kind == "weights")
        known = self.known(expr.test)
        found: list[Shape] = []
        told: list[tuple[Shape, lower.Expr, list[str]]] = []
        for polarity, part in ((True, expr.body), (False, expr.orelse)):
            if known is not None and known != polarity:
                continue
            asked = self.asks(expr.test, polarity)
            self.asked += asked
            shape = self.evaluate(part)
            self.asked -= asked
            if not asked:
                found.append(shape)
                told.append((shape, part, self.told(expr.test, polarity)))
        firm = [(part, flags) for shape, part, flags in told if shape.firm]
        if len(firm) == 1 < len(told) and firm[0][1] and not self.asked:
            self.note(firm[0][0], "they are given", True, firm[0][1][0])
        return join(found[0], found[-1]) if found else CLEAN

    def closure(self, expr: lower.Closure) -> Shape:
        parts = self.spread.comprehended(expr.node)
        if parts is not None:
            return self.comprehension(parts)
        seen = [self.env[name] for name in expr.reads if name in self.env]
        if any(shape.tainted for shape in seen):
            self.use(expr, "a nested expression has them", any(shape.certain for shape in seen))
        text = one_line(expr.node)
        held = self.spread.holdings.held(self.cls)
        modules = [shape for name, shape in held.items() if f"{self.code.receiver}.{name}" in text]
        modules += [shape for shape in seen if shape.kind == "modules"]
        return _lost(modules) if modules else CLEAN

    def comprehension(self, parts: Comprehension) -> Shape:
        before = dict(self.env)
        asked = 0
        for target, subject, conditions in parts.loops:
            self.each(target, self.evaluate(subject))
            for condition in conditions:
                shape = self.evaluate(condition)
                if shape.tainted:
                    self.use(condition, "they are tested", shape.kind == "weights")
                if self.asks(condition, True):
                    self.asked += 1
                    asked += 1
        if parts.key is not None and (key := self.evaluate(parts.key)).tainted:
            self.use(parts.key, "they are computed with", key.kind == "weights")
        item = self.evaluate(parts.item)
        self.asked -= asked
        self.env = before
        return many(item) if not asked else CLEAN

    # --- calls --------------------------------------------------------------------------------------------------

    def call(self, expr: lower.Call) -> Shape:
        function = expr.function
        shapes = [self.evaluate(argument.value) for argument in expr.args]
        if self.cls in self.question.given and one_line(function.node) in itself(self.code):
            self.hand(expr, shapes, "they go into the module itself")
            return self.result(Shape("modules", classes=frozenset({self.cls})), expr)
        told = self.source(expr)
        inner = self.method(expr)
        if inner is not None:
            return self.enter(inner, expr, shapes)
        if told is not None:
            return told
        name = function.id if isinstance(function, lower.Name) else ""
        callee = self.evaluate(function)
        if callee.kind == "modules" and isinstance(function, lower.Attribute) and self.holds(function, callee):
            return callee
        if callee.kind == "modules":
            self.hand(expr, shapes, "they go into another module")
            self.stray(shapes)
            return self.result(callee, expr)
        if callee.tainted and not isinstance(function, lower.Attribute):
            self.use(function, "they are called", callee.kind == "weights")
            return self.perhaps(callee)  # a call that was put off
        if name in BLIND and name not in self.env:
            for argument, shape in zip(expr.args, shapes, strict=True):
                if name in ASKING | {"len"} and shape.kind == "weights":
                    self.use(argument.value, f"`{name}` receives them")
            return CLEAN
        first = expr.args[0].value if expr.args else None
        if name == "getattr" and isinstance(first, lower.Name) and first.id == self.code.receiver:
            return self.any_module()
        if name in TRANSPARENT and name not in self.env:
            modules = [shape for shape in shapes if shape.kind == "modules"]
            if modules and not any(shape.tainted for shape in shapes):
                found = modules[0]
                for shape in modules[1:]:
                    found = join(found, shape)
                return found
            if name in ("list", "tuple") and len(shapes) == 1:
                return shapes[0]
            if shapes and any(shape.tainted for shape in shapes) and not any(a.star or a.keyword for a in expr.args):
                return passed_on(name, shapes)
        said = one_line(function.node)
        self.hand(expr, shapes, "they are collected" if said.endswith(".append") else f"`{said}` receives them")
        modules = [shape for shape in shapes if shape.kind == "modules"]
        if not modules:
            return self.unknown(function)
        if isinstance(function, lower.Attribute) and function.name in ("append", "extend"):
            if isinstance(function.base, lower.Name):
                self.env[function.base.id] = _lost(modules)
            return CLEAN
        self.stray(shapes)
        found = self.result(_lost(modules), expr)
        return many(found) if name == "map" and name not in self.env else found

    def unknown(self, function: lower.Expr) -> Shape:
        """What a call of something may give that may be a module lost sight of."""
        if not self.question.doubt or not self.question.strayed or not self.opaque(function):
            return CLEAN
        if isinstance(function, lower.Attribute) and function.name in ANY_MODULE | OF_A_CONTAINER:
            return CLEAN  # modules, which are told by the name that they get
        found = CLEAN
        for ref in sorted(self.question.strayed, key=lambda ref: ref.path):
            shape = self.question.given.get(ref, CLEAN)
            found = join(found, shape) if found.tainted and shape.tainted else shape if shape.tainted else found
        return replace(found, sure=False) if found.kind == "tuple" else CLEAN

    def opaque(self, function: lower.Expr) -> bool:
        """Whether what is called may be a module that was put there from elsewhere."""
        match function:
            case lower.Name():
                known = function.id in self.bound or function.id in self.code.file.assigns
                return known and function.id != self.code.receiver
            case lower.Attribute() if isinstance(function.base, lower.Name) and function.base.id == self.code.receiver:
                return function.name in ANY_MODULE or self.spread.holdings.is_open(self.cls, function.name)
            case lower.Attribute():
                named = function.name in ANY_MODULE | OF_A_CONTAINER | {"forward", "__call__"}
                return (named or function.name in self.spread.holdings.attributes) and self.opaque(function.base)
            case lower.Subscript():
                return self.opaque(function.base)
            case lower.Call():
                given = [argument.value for argument in function.args]
                return self.opaque(function.function) or any(self.opaque(value) for value in given)
        return False

    def holds(self, function: lower.Attribute, modules: Shape) -> bool:
        """Whether a method gives what a container, or this module, holds."""
        mine = isinstance(function.base, lower.Name) and function.base.id == self.code.receiver
        named = function.name in ANY_MODULE or (function.name in OF_A_CONTAINER and not mine)
        return named and not any(self.spread.holdings.method(ref, function.name) for ref in modules.classes)

    def may_call(self, modules: Shape, name: str) -> bool:
        """Whether an attribute of modules (`layer.forward`) may be a way to call them, or another module: none that
        their own class binds to something else."""
        holdings = self.spread.holdings
        return any(
            holdings.method(ref, name) is not None or name in holdings.held(ref) or name not in holdings.bound(ref)
            for ref in modules.classes
        )

    def stray(self, shapes: list[Shape]) -> None:
        """Notes modules that are handed to what is not followed."""
        for shape in shapes:
            if shape.kind == "modules":
                self.question.strayed |= shape.classes

    def any_module(self) -> Shape:
        """A module of this one, no telling which."""
        modules = list(self.spread.holdings.held(self.cls).values())
        return _lost(modules) if modules else CLEAN

    def hand(self, expr: lower.Call, shapes: list[Shape], reason: str) -> None:
        for argument, shape in zip(expr.args, shapes, strict=True):
            if shape.tainted:
                self.use(argument.value, reason, shape.firm)

    def perhaps(self, shape: Shape) -> Shape:
        """What a call gives that may be one, with that result."""
        if self.question.certain:
            return CLEAN
        return shape if self.question.doubt and shape.kind == "tuple" else MIXED

    def result(self, callee: Shape, expr: lower.Call) -> Shape:
        """What calling one of these modules gives."""
        found: Shape | None = None
        for ref in sorted(callee.classes, key=lambda r: r.path):
            shape = self.question.asked(ref, expr, self)
            if shape is None:
                shape = self.question.given.get(ref, CLEAN)
            if not callee.sure and shape.tainted:
                shape = replace(self.perhaps(shape), sure=False)
            # modules that stand for one another return alike, as far as one can be followed
            found = shape if found is None or not found.tainted else join(found, shape) if shape.tainted else found
        return found or CLEAN

    def method(self, expr: lower.Call) -> Code | None:
        """The method of the class itself that a call means."""
        function = expr.function
        if not isinstance(function, lower.Attribute):
            return None
        if isinstance(function.base, lower.Name) and function.base.id == self.code.receiver and self.code.receiver:
            code = self.spread.holdings.method(self.cls, function.name)
            return None if code is not None and code.is_property else code
        base = function.base
        if isinstance(base, lower.Call) and isinstance(base.function, lower.Name) and base.function.id == "super":
            return self.spread.holdings.method(self.cls, function.name, after=self.code.owner)
        return None

    def enter(self, code: Code, expr: lower.Call, shapes: list[Shape]) -> Shape:
        """The result of a method of the same class."""
        deep = self.depth >= DEPTH or len(self.walks) >= WALKS
        if deep or any(argument.star for argument in expr.args):
            self.hand(expr, shapes, f"`{code.name}` receives them")
            if deep:
                return CLEAN
        names = [p.name for p in code.function.parameters if not p.star.startswith("*")]
        if code.is_method:
            names = names[1:]
        env: dict[str, Shape] = {}
        requests: set[str] = set()
        assumed: dict[str, bool] = {}
        origins: dict[str, tuple[Code, str]] = {}
        for index, (argument, shape) in enumerate(zip(expr.args, shapes, strict=True)):
            name = argument.keyword or (names[index] if index < len(names) else "")
            if argument.star:
                break
            env[name] = shape
            value = argument.value
            if isinstance(value, lower.Name) and value.id in self.requests:
                requests.add(name)
            if isinstance(value, lower.Name) and value.id in self.assumed:
                assumed[name] = self.assumed[value.id]
            if isinstance(value, lower.Name):
                origins[name] = self.origins.get(value.id, (self.code, value.id))
            if isinstance(value, lower.Constant) and isinstance(value.value, bool):
                assumed[name] = value.value
        walk = Walk(
            self.spread, self.cls, code, self.question, env, requests, self.walks,
            source=self.source, assumed=assumed, origins=origins, depth=self.depth + 1,
        )  # fmt: skip
        walk.asked = self.asked
        return walk.run()


def itself(code: Code) -> tuple[str, ...]:
    """How a method calls the module that it is of."""
    name = code.receiver
    owner = code.owner.name if code.owner is not None else ""
    of_parent = ("super().__call__", f"super({owner}, {name}).__call__")
    return (name, f"{name}.forward", f"{name}.__call__", f"{name}._call_impl", *of_parent) if name else ()


HOLDING = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.IfExp, ast.List, ast.Tuple, ast.Dict, ast.Set)
CALLING = frozenset({"checkpoint", "filter", "map", "partial", "partialmethod", "starmap"})
"""Functions that call what they are given."""


def strays(code: Code) -> ast.AST | None:
    """Where a method has the module that it is of, or its `forward`, as a value that may be called elsewhere."""
    name, called = code.receiver, set[ast.AST]()
    if not name:
        return None
    parents = {child: node for node in ast.walk(code.definition) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(code.definition):
        if isinstance(node, ast.Call):
            called.add(node.func)
    for node in ast.walk(code.definition):
        around = parents.get(node)
        if isinstance(node, ast.Attribute) and node.attr in ("forward", "__call__", "_call_impl"):
            mine = isinstance(node.value, ast.Name) and node.value.id == name
            if mine and (node not in called or node.attr == "_call_impl"):
                return node
        if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load) or node in called:
            continue
        if isinstance(around, HOLDING) or (isinstance(around, ast.Call) and _calls_its_argument(code, around, node)):
            return node
    nested = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)
    for inner in ast.walk(code.definition):
        if isinstance(inner, nested) and inner is not code.definition:
            for node in ast.walk(inner):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in itself(code):
                    return node
    return None


def _calls_its_argument(code: Code, call: ast.Call, given: ast.Name) -> bool:
    """Whether a function may call a module that it is given: `map` and the like, `__call__` of a class, what is looked
    up by such a name, and a function of the file that says so."""
    if structure.called(call) in {*CALLING, "__call__"}:
        return True
    names = {node.value for node in call.args if isinstance(node, ast.Constant)}
    if structure.called(call) == "getattr" and names & {"forward", "__call__", "_call_impl"}:
        return True
    function = code.file.functions.get(getattr(call.func, "id", ""))
    if function is None:
        return False
    parameters = structure.parameters(function)
    places = {i for i, argument in enumerate(call.args) if argument is given}
    named = {keyword.arg for keyword in call.keywords if keyword.value is given}
    mine = {name for i, name in enumerate(parameters) if i in places or name in named}
    return any(isinstance(n, ast.Call) and getattr(n.func, "id", "") in mine for n in ast.walk(function))


def _lost(modules: list[Shape]) -> Shape:
    """One of some modules, called who knows how."""
    return Shape("modules", classes=frozenset().union(*(shape.classes for shape in modules)), sure=False)


def has(code: Code, name: str) -> bool:
    """Whether a function has a parameter of that name."""
    return any(p.name == name and not p.star.startswith("*") for p in code.function.parameters)


def _leaves(statements: tuple[lower.Stmt, ...]) -> bool:
    return bool(statements) and isinstance(statements[-1], (lower.Return, lower.Raise))


def _integer(expr: lower.Expr) -> int | None:
    if isinstance(expr, lower.Constant) and type(expr.value) is int:
        return expr.value
    if isinstance(expr, lower.Unary) and expr.op == "-":
        inner = _integer(expr.operand)
        return None if inner is None else -inner
    return None
