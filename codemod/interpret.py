"""The abstract interpreter: walks the normal form, joins branches, enters helpers.

It runs one method of one class on abstract arguments, never on tensors, and logs in each `Product` what became of it.
The state that branches fork and join is the environment of the running frame and the current version of each product;
everything else is a log.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from . import lower
from .hierarchy import ClassRef, Code, NestedCode, World, join_attribute, render
from .lower import Expr
from .rules import (
    FLOATING,
    RULES,
    Operand,
    Operation,
    is_one,
    opaque_result,
    parse_equation,
)
from .values import (
    Choice,
    Instance,
    Interface,
    Loss,
    Method,
    Nested,
    Opaque,
    Path,
    Probs,
    Product,
    Read,
    Record,
    RowShift,
    Scores,
    Self,
    Step,
    Super,
    Symbol,
    Use,
    Value,
    join_opaque,
    leading,
    numeric,
)

DEPTH = 8
"""How deep helpers are entered."""
BUDGET = 60_000
"""How many expressions one run may evaluate."""
TENSOR_SPACES = ("torch", "torch.nn.functional", "torch.Tensor")
METADATA = frozenset({"shape", "dtype", "device", "ndim", "is_cuda", "requires_grad", "is_quantized"})
METADATA_CALLS = frozenset(
    {"size", "dim", "ndimension", "numel", "get_device", "is_contiguous", "element_size", "stride"}
)
REPEATABLE = frozenset({"add", "sub", "fill", "keep", "same"})
"""Steps that may stand in a loop which the scores pass through: they are the same at each pass."""
SHAPE_ALONE = frozenset({"shape", "size", "dtype", "device", "dim", "ndim", "ndimension", "numel", "like"})
"""What something may read of the scores that is given others of their shape."""
AFTERWARDS = frozenset(
    [
        "view",
        "reshape",
        "transpose",
        "permute",
        "swapaxes",
        "movedim",
        "flatten",
        "unflatten",
        "unsqueeze",
        "squeeze",
        "contiguous",
        "mean",
        "sum",
        "detach",
        "clone",
        "float",
        "to",
        "type_as",
        "cpu",
    ]
)
"""Methods that make something new of weights that were asked for, when they have met the values."""
UNSAFE_BUILTINS = frozenset(
    {"eval", "exec", "locals", "vars", "globals", "setattr", "delattr", "compile", "__import__"}
)
PLAIN_DECORATORS = ("staticmethod", "torch.jit", "torch.compile", "torch._dynamo", "functools.lru_cache")
QUIET_CONTEXTS = ("contextlib.nullcontext", "torch.profiler", "torch.autograd.profiler")
FRESH_MODULES = (
    "Linear",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "LayerNorm",
    "Embedding",
    "Bilinear",
    "BatchNorm2d",
    "GroupNorm",
    "AvgPool2d",
)


class TooComplex(Exception):  # noqa: N818  # a verdict on a method, caught in this package, not an error
    """The budget of one run is spent."""


@dataclass(eq=False)
class Frame:
    """One running function: `arguments` maps parameters to the caller's expressions."""

    code: Code
    cls: ClassRef | None
    env: dict[str, Value]
    parent: Frame | None = None
    call: Expr | None = None
    arguments: dict[str, Expr | None] = field(default_factory=dict)
    definitions: dict[str, Expr | None] = field(default_factory=dict)
    closure: Frame | None = None
    returns: list[tuple[Value, dict[Product, int], Path]] = field(default_factory=list)
    path_start: int = 0

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1


class Mark:
    """How far a product's log goes at one moment."""

    def __init__(self, product: Product, rows: int) -> None:
        self.steps = len(product.steps)
        self.rows = rows
        self.state = self._state(product)

    @staticmethod
    def _state(product: Product) -> tuple[object, ...]:
        return len(product.uses), len(product.guards), product.problem, product.closed, product.softmax

    def unused(self, product: Product, rows: int) -> bool:
        """Whether nothing but the scores' shape has changed since, and no row constant was made."""
        kinds = {step.kind for step in product.steps[self.steps :]}
        return (
            rows == self.rows
            and self._state(product) == self.state
            and kinds <= {"view", "permute", "same", "cast", "upcast"}
        )


def view_of(name: str, expr: Expr) -> bool:
    """Whether an expression changes nothing: of calls it holds only methods of the tensor `name`, not in place."""
    if isinstance(expr, lower.Call):
        base: Expr = expr.function
        if not isinstance(base, lower.Attribute) or base.name.endswith("_"):
            return False
        while isinstance(base, (lower.Attribute, lower.Subscript, lower.Call)):
            base = base.function if isinstance(base, lower.Call) else base.base
        return isinstance(base, lower.Name) and base.id == name
    plain = (lower.Name, lower.Attribute, lower.Subscript, lower.Constant, lower.Display, lower.Slice, lower.Binary)
    return isinstance(expr, plain)


class Interpreter:
    """Runs methods of `cls`; after `run`, `products` and `lost` hold what was found."""

    def __init__(self, world: World, cls: ClassRef | None) -> None:
        self.world = world
        self.cls = cls
        self.products: list[Product] = []
        self.lost: list[Loss] = []
        self.reads: list[Read] = []
        self.frame: Frame = None  # type: ignore[assignment]  # set by run
        self.current: dict[Product, int] = {}
        self.path: list[tuple[Expr, bool, Frame]] = []
        self.loops: tuple[object, ...] = ()
        self.contexts: list[Loss] = []
        self.leaves: list[list[tuple[dict[str, Value], dict[Product, int]]]] = []
        """For each running loop: the states in which a pass ends."""
        self.changes: list[set[int]] = []
        """For each running loop: the storages that are changed in place in it."""
        self.repeated: set[tuple[Product, lower.Loop]] = set()
        """Products whose scores pass through a loop, and which."""
        self.statement: lower.Stmt | None = None
        self.statement_path = 0
        self.facts: dict[Expr, Value] = {}
        self.observed: dict[tuple[ClassRef | None, str], list[dict[str, Value]]] = {}
        self.used_code: set[Code] = set()
        self.shapes: dict[Value, Scores | Probs] = {}
        """Sizes as a whole, and whose they are."""
        self.fillers: dict[Expr, Expr] = {}
        """Calls of `full_like`, and what they fill with."""
        self.interface_calls: dict[Frame, tuple[Expr, Frame]] = {}
        self.stores: dict[str, list[Value]] = {}
        self.multihead: list[tuple[lower.Call, Frame, Product]] = []
        """Calls of `nn.MultiheadAttention`; what becomes of their weights is logged in the product."""
        self.suspects: list[tuple[Loss, frozenset[Product]]] = []
        """Softmaxes of something that came from a product and is lost."""
        self.effects: list[tuple[Frame, Expr, Path]] = []
        """What helpers change: attributes, and tensors in place."""
        self.rows = 0
        """How many row constants of scores were made."""
        self.opened: set[str] = set()
        """Classes whose `forward` is entered however long it is."""
        self._ids = itertools.count(1)
        self._spent = 0
        self._tries = 0
        self._merge: dict[Product, int] | None = None

    # --- running ------------------------------------------------------------------------------------------------

    def run(self, code: Code, arguments: dict[str, Value] | None = None) -> Frame:
        """Interpret one function from its entry; `arguments` override what is assumed of parameters."""
        frame = Frame(code, self.cls, {})
        self.frame = frame
        self.used_code.add(code)
        for index, parameter in enumerate(code.function.parameters):
            value: Value
            if index == 0 and code.is_method:
                value = Self(self.cls)
            elif arguments and parameter.name in arguments:
                value = arguments[parameter.name]
            else:
                value = self.parameter(parameter)
            frame.env[parameter.name] = value
        if code.function.strange:
            self.contexts.append(self.note("UNSUPPORTED", code.function.strange, Expr(code.function.node)))
        self.block(code.function.body)
        return frame

    def parameter(self, parameter: lower.Parameter) -> Opaque:
        """What is assumed of an argument nobody is known to pass."""
        kind = "unknown"
        plain = parameter.annotation.replace("Optional[", "").replace("]", "").split("|")
        words = {word.strip() for word in plain} - {"None", ""}
        default = parameter.default.value if isinstance(parameter.default, lower.Constant) else None
        if words <= {"float", "int", "bool"} and (words or isinstance(default, (int, float))):
            kind = "number"
        if parameter.name == "config" or any(word.endswith("Config") for word in words):
            kind = "config"
        return Opaque(kind, storages=self.fresh())

    def fresh(self) -> frozenset[int]:
        """A storage nobody else has."""
        return frozenset({next(self._ids)})

    def note(self, code: str, message: str, expr: Expr) -> Loss:
        return Loss(code, message, expr, self.frame)

    # --- statements ---------------------------------------------------------------------------------------------

    def block(self, statements: tuple[lower.Stmt, ...]) -> bool:
        """Run statements; False where control does not come out at the end."""
        for index, statement in enumerate(statements):
            if self.frame.parent is None:
                self.statement = statement
                self.statement_path = len(self.path)
            if not self.execute(statement, statements[index + 1 :]):
                return False
            if isinstance(statement, lower.Branch) and self._rest_done:
                self._rest_done = False
                return self._rest_alive
        return True

    _rest_done = False
    _rest_alive = True

    def execute(self, statement: lower.Stmt, rest: tuple[lower.Stmt, ...]) -> bool:
        match statement:
            case lower.Assign():
                value = self.evaluate(statement.value)
                for target in statement.targets:
                    self.assign(target, value, statement.value)
            case lower.AugAssign():
                self.augment(statement)
            case lower.Evaluate():
                self.evaluate(statement.value)
            case lower.Branch():
                return self.branch(statement, rest)
            case lower.Loop():
                self.loop(statement)
            case lower.Within():
                return self.within(statement)
            case lower.Attempt():
                return self.attempt(statement)
            case lower.Return():
                value = self.evaluate(statement.value) if statement.value is not None else Opaque("none")
                if self.frame.parent is None:
                    self.flow(value, statement.value)
                self.frame.returns.append((value, dict(self.current), tuple(self.path[self.frame.path_start :])))
                return False
            case lower.Raise():
                for part in statement.parts:
                    self.evaluate(part)
                return False
            case lower.Assert():
                self.touch(self.evaluate(statement.test), statement.test, "an assertion")
                if statement.message is not None:
                    self.touch(self.evaluate(statement.message), statement.message, "an assertion's message")
            case lower.Delete():
                for target in statement.targets:
                    if isinstance(target, lower.Name):
                        self.facts[target] = self.frame.env.pop(target.id, Opaque())
                        self.frame.definitions[target.id] = None
            case lower.Leave():
                if self.leaves:
                    self.leaves[-1].append((dict(self.frame.env), dict(self.current)))
                return False
            case lower.Define() if isinstance(statement.node, cst.FunctionDef):
                self.frame.env[statement.name] = Nested(NestedCode(self.frame.code, statement.node), self.frame)
            case lower.Define():
                self.contexts.append(self.note("UNSUPPORTED", "a nested function or class", Expr(statement.node)))
                self.frame.env[statement.name] = Opaque(storages=self.fresh())
            case lower.Strange():
                if statement.what != "import":
                    self.contexts.append(
                        self.note("UNSUPPORTED", f"the statement `{statement.what}`", Expr(statement.node))
                    )
                    for name in statement.reads:
                        if name in self.frame.env:
                            self.touch(self.frame.env[name], Expr(statement.node), statement.what)
                else:
                    self.imported(statement)
            case _:
                pass
        return True

    def imported(self, statement: lower.Strange) -> None:
        for name in lower.imported_names(statement.node):
            self.frame.env[name] = Opaque(storages=self.fresh())

    def assign(self, target: Expr, value: Value, source: Expr | None) -> None:
        if isinstance(target, lower.Name):
            self.bind(target.id, value, source)
        elif isinstance(target, lower.Display):
            self.unpack(target, value)
        elif isinstance(target, lower.Starred):
            self.assign(target.value, Opaque(storages=self.storages(value), depends=self.depends(value)), None)
        elif isinstance(target, lower.Attribute):
            base = self.evaluate(target.base)
            if isinstance(base, Opaque) and base.kind == "context" and not self.chain_values(value):
                self.frame.env[f"{target.name}\0"] = value
            if isinstance(base, Self):
                self.stores.setdefault(target.name, []).append(value)
            if isinstance(base, Instance) and isinstance(target.base, lower.Attribute):
                self.stores.setdefault(target.base.name, []).append(Opaque())
            self.touch(value, target, f"they are stored in `{target.name}`")
            self.keep_row(value, target)
            if not (isinstance(base, Opaque) and base.kind == "context"):
                self.effect(target)
            if isinstance(base, (Scores, Probs)):
                self.spoil(base, target, "an attribute of the scores is set")
        elif isinstance(target, lower.Subscript):
            base = self.evaluate(target.base)
            indices = [Operand(self.evaluate(index), index) for index in target.indices]
            if isinstance(base, Scores) and isinstance(target.base, lower.Name) and source is not None:
                operands = (Operand(base, target.base), *indices, Operand(value, source))
                stored = RULES["setitem"][1](Operation("setitem", operands, {}, target, self))
                if isinstance(stored, Scores):
                    self.bind(target.base.id, stored, None)
                    return
            self.touch(value, target, "they are stored in a container")
            self.keep_row(value, target)
            self.effect(target)
            if isinstance(base, (Scores, Probs)):
                self.spoil(base, target, "part of the scores is overwritten")
            elif not isinstance(base, Record):
                self.mutated(self.storages(base), target)
            elif isinstance(target.base, lower.Name) and isinstance(value, (Scores, Probs)):
                pass

    def effect(self, expr: Expr) -> None:
        """A change that a helper makes, and that is lost where its steps are said in its caller."""
        if self.frame.parent is not None:
            self.effects.append((self.frame, expr, tuple(self.path)))

    def keep_row(self, value: Value, expr: Expr) -> None:
        """A row constant of the scores that is stored."""
        if isinstance(value, RowShift):
            value.product.problem = value.product.problem or self.note(
                "ESCAPE", "a row constant of the scores is stored", expr
            )

    def bind(self, name: str, value: Value, source: Expr | None) -> None:
        known = name in self.frame.env or name in self.frame.definitions
        self.frame.definitions[name] = None if known or self.path_in_frame() else source
        self.frame.env[name] = value

    def path_in_frame(self) -> bool:
        return any(frame is self.frame for _, _, frame in self.path)

    def unpack(self, target: lower.Display, value: Value) -> None:
        items = target.items
        starred = any(isinstance(item, lower.Starred) for item in items)
        display = isinstance(value, Record) and value.kind not in ("dict", "either")
        sure = isinstance(value, Record) and (value.sure is None or value.sure >= len(items) - 1)
        if isinstance(value, Record) and not starred and len(value.items) == len(items) and display and sure:
            for item, part in zip(items, value.items, strict=True):
                self.assign(item, part, None)
            return
        if isinstance(value, RowShift) and value.wrapped and len(items) == 2:
            self.assign(items[0], replace(value, wrapped=False), None)
            self.assign(items[1], Opaque("tensor", storages=self.fresh(), depends=frozenset({value.product})), None)
            return
        part = self.element(self.opaque(value, target, "they are unpacked"))
        for item in items:
            self.assign(item, part, None)

    def element(self, value: Opaque) -> Opaque:
        """One element of an opaque container or size."""
        if value.kind == "size":
            return Opaque("number", positive=True, storages=self.fresh())
        return Opaque(storages=value.storages, depends=value.depends, loss=value.loss, lost_probs=value.lost_probs)

    def augment(self, statement: lower.AugAssign) -> None:
        target = statement.target
        current = self.evaluate(target)
        value = self.evaluate(statement.value)
        operation = Operation(
            statement.op,
            (Operand(current, target), Operand(value, statement.value)),
            {},
            Expr(statement.node),
            self,
        )
        joined = self.concatenated(current, value) if statement.op == "+" else None
        result = self.apply(operation) if joined is None else joined
        if isinstance(current, (Scores, Probs)):
            self.mutated(current.product.lent, target)
        if isinstance(current, Probs) and not self.only(current, target):
            self.spoil(current, target, "the probabilities are changed in place under another name too")
        if isinstance(current, Opaque) and current.kind not in ("number", "none", "string", "size"):
            self.mutated(current.storages, target)
            if isinstance(result, Opaque):
                result = replace(result, storages=result.storages | current.storages)
        if isinstance(target, lower.Name):
            self.bind(target.id, result, None)
        elif isinstance(current, (Scores, Probs)):
            self.spoil(current, target, "they are changed in a container")
        elif isinstance(target, lower.Attribute) and isinstance(self.evaluate(target.base), Self):
            self.effect(target)
            self.stores.setdefault(target.name, []).append(result)
            self.touch(result, target, f"they are stored in `{target.name}`")
        else:
            self.touch(result, target, "they are stored in a container")

    def concatenated(self, left: Value, right: Value) -> Record | None:
        """The sum of two tuples or lists, of which one may be opaque."""
        if any(isinstance(value, Record) and value.kind == "either" for value in (left, right)):
            return None  # tensors
        if isinstance(left, Record) and isinstance(right, Record):
            return left + right
        if isinstance(left, Record):
            return Record(left.kind, left.items, sure=len(left.items) if left.sure is None else left.sure)
        if isinstance(right, Record) and isinstance(left, Opaque):
            return Record(right.kind, right.items, sure=0)
        return None

    def branch(self, statement: lower.Branch, rest: tuple[lower.Stmt, ...]) -> bool:
        """Both sides from one state; where one side leaves, the rest runs under the other side's condition."""
        if self.reshapes_weights(statement):
            return True
        test = self.evaluate(statement.test)
        self.touch(test, statement.test, "a condition")
        known = self.truth(statement.test)
        before = dict(self.frame.env), dict(self.current)
        sides: list[tuple[dict[str, Value], dict[Product, int]]] = []
        alive: list[bool] = []
        for polarity, body in ((True, statement.body), (False, statement.orelse)):
            self.frame.env, self.current = dict(before[0]), dict(before[1])
            if known is not None and known is not polarity:
                alive.append(False)
                sides.append((self.frame.env, self.current))
                continue
            self.path.append((statement.test, polarity, self.frame))
            alive.append(self.block(body))
            self.path.pop()
            sides.append((self.frame.env, self.current))
        if not any(alive):
            return False
        if all(alive):
            self.join(sides[0], sides[1], self.sides(statement.test))
            return True
        side = alive.index(True)
        self.frame.env, self.current = sides[side]
        if known is not None:
            return True
        self.path.append((statement.test, side == 0, self.frame))
        self._rest_alive = self.block(rest)
        self.path.pop()
        self._rest_done = True
        return True

    def reshapes_weights(self, statement: lower.Branch) -> bool:
        """`if weights is not None: weights = …` with weights that `nn.MultiheadAttention` may leave out: they are what
        they were, to whoever gets them, and nothing else has changed."""
        test = statement.test
        if not isinstance(test, lower.Compare) or test.ops != ("is not",) or not isinstance(test.left, lower.Name):
            return False
        name, none = test.left.id, test.rights[0]
        weights = self.frame.env.get(name)
        if not isinstance(weights, Probs) or not any(p is weights.product for _, _, p in self.multihead):
            return False
        own = all(
            isinstance(s, lower.Assign)
            and all(isinstance(t, lower.Name) and t.id == name for t in s.targets)
            and all(view_of(name, expr) for expr in lower.below(s.value))
            for s in statement.body
        )
        if not own or statement.orelse or not (isinstance(none, lower.Constant) and none.value is None):
            return False
        product = weights.product
        before = dict(self.frame.env), dict(self.current), len(product.uses), len(self.reads)
        self.path.append((test, True, self.frame))
        self.block(statement.body)
        self.path.pop()
        self.frame.env, self.current = before[0], before[1]
        del product.uses[before[2] :]
        self.reads[before[3] :] = [read for read in self.reads[before[3] :] if read.value.product is not product]
        return True

    def truth(self, expr: Expr) -> bool | None:
        """What a test is known to be; only literal constants and `x is None` of known kinds."""
        if isinstance(expr, lower.Compare) and len(expr.ops) == 1 and expr.ops[0] in ("is", "is not"):
            left, right = self.facts.get(expr.left), self.facts.get(expr.rights[0])
            if isinstance(right, Opaque) and right.kind == "none" and left is not None:
                if isinstance(left, Opaque) and left.kind == "none":
                    return expr.ops[0] == "is"
                if isinstance(left, Opaque) and left.constant is not None:
                    return expr.ops[0] == "is not"
                if isinstance(left, (Scores, Probs)) and not left.optional:
                    return expr.ops[0] == "is not"
        return None

    def sides(self, test: Expr) -> tuple[Path, Path]:
        """The conditions under which each side of a test is taken."""
        return ((test, True, self.frame),), ((test, False, self.frame),)

    def join(
        self,
        first: tuple[dict[str, Value], dict[Product, int]],
        second: tuple[dict[str, Value], dict[Product, int]],
        when: tuple[Path, Path] | None,
    ) -> None:
        """The state after two sides meet; `when` says under which conditions each was taken, where that is known."""
        versions: dict[Product, int] = {}
        merged: dict[Product, int] = {}
        for product in {*first[1], *second[1]}:
            one, other = first[1].get(product), second[1].get(product)
            if one == other or one is None or other is None:
                versions[product] = one if one is not None else other if other is not None else 0
            else:
                versions[product] = merged[product] = next(self._ids)
        env: dict[str, Value] = {}
        for name in {**first[0], **second[0]}:
            if name in first[0] and name in second[0]:
                a, b = first[0][name], second[0][name]
                env[name] = a if a is b else self.join_values(a, b, first[1], second[1], merged, when)
            else:
                env[name] = first[0][name] if name in first[0] else second[0][name]
        self.frame.env, self.current = env, versions

    def join_values(
        self,
        a: Value,
        b: Value,
        versions_a: dict[Product, int],
        versions_b: dict[Product, int],
        merged: dict[Product, int],
        when: tuple[Path, Path] | None,
    ) -> Value:
        if isinstance(a, Scores) and isinstance(b, Scores) and a.product is b.product:
            product = a.product
            sink = self.joined_sink(a, b, when)
            fresh = (
                not (a.optional or b.optional or sink is None)
                and versions_a.get(product) == a.version
                and versions_b.get(product) == b.version
            )
            straight = a.axes == b.axes or (a.axes == a.natural and b.axes == b.natural)
            if fresh and straight and a.axes[-2:] == b.axes[-2:] and a.pending == b.pending:
                axes = a.axes if a.axes == b.axes else ("...", *a.axes[-2:])
                fills = [f for f in (a.fill, b.fill) if f is not None]
                version = merged.get(product, a.version)
                views = a.views if a.views == b.views else max(a.views, b.views, 1)
                assert sink is not None
                return Scores(
                    product, version, axes, max(fills, default=None), a.pending, a.upcast and b.upcast, views,
                    sink=sink, natural=a.natural if a.axes == b.axes else axes, shifted=a.shifted or b.shifted,
                )  # fmt: skip
            if not fresh and a.axes == b.axes and a.natural == b.natural:
                # stale on a side: whoever computes with it is refused, and nobody has yet
                return replace(a, version=0, upcast=a.upcast and b.upcast, views=max(a.views, b.views))
        if (
            isinstance(a, Probs)
            and isinstance(b, Probs)
            and a.product is b.product
            and (a.axes[-2:], a.key_axis, a.after) == (b.axes[-2:], b.key_axis, b.after)
            and (a.axes == b.axes or (a.axes == a.natural and b.axes == b.natural))
            and (sink := self.joined_sink(a, b, when)) is not None
        ):
            shown = a.views if a.views == b.views else None
            stage = a.stage if a.stage == b.stage else "dropped"
            product = a.product
            known = versions_a.get(product) == a.version and versions_b.get(product) == b.version
            if a.version == b.version or known:
                version = a.version if a.version == b.version else merged.get(product, a.version)
                factors = max(a.factors, b.factors)
                axes = a.axes if a.axes == b.axes else ("...", *a.axes[-2:])
                natural = a.natural if a.axes == b.axes else axes
                return Probs(
                    product, axes, a.key_axis, stage, shown, a.optional or b.optional, sink, version, factors,
                    natural, after=a.after,
                )  # fmt: skip
        versions = (versions_a, versions_b)
        for one, other, side in ((a, b, 1), (b, a, 0)):
            if isinstance(one, (Scores, Probs)) and isinstance(other, Opaque) and other.kind == "none":
                flags = () if when is None else tuple(e for e in when[1 - side] if not isinstance(e[0], lower.Compare))
                return replace(one, optional=True, when=(*one.when, *flags))
            if (
                isinstance(one, (Scores, Probs))
                and isinstance(other, Opaque)
                and other.loss is not None
                and when is not None
                and when[side]
            ):
                one.product.guards.append(((*self.path, *when[side]), other.loss))
                if one.product in merged and versions[1 - side].get(one.product) == one.version:
                    return replace(one, version=merged[one.product])
                return one
        if isinstance(a, RowShift) and isinstance(b, RowShift) and a.product is b.product and a.kept == b.kept:
            return a if a.share is b.share else replace(a, share=None)
        if (
            isinstance(a, Record)
            and isinstance(b, Record)
            and a.kind == b.kind
            and a.kind in ("tuple", "list", "dict")
        ):
            if len(a.items) != len(b.items) or a.sure is not None or b.sure is not None:
                if a.kind == "dict":
                    return Record("dict", (*self.chain_values(a), *self.chain_values(b)), sure=0)
                a, b = a.beside(b)
            alive_side = self.guarded_side(a, b, when) if a.sure is None else None
            if alive_side is not None:
                kept, lost = ((a, b), (b, a))[alive_side]
                for x, y in zip(kept.items, lost.items, strict=True):
                    if isinstance(x, (Scores, Probs)):
                        pair = ((x, y), (y, x))[alive_side]
                        self.join_values(pair[0], pair[1], versions_a, versions_b, merged, when)  # records the guard
                alive = (self.rejoined(x, (versions_a, versions_b)[alive_side], merged) for x in kept.items)
                return replace(kept, items=tuple(alive))
            items = [
                x if x is y else self.join_values(x, y, versions_a, versions_b, merged, when)
                for x, y in zip(a.items[: a.sure], b.items[: b.sure], strict=True)
            ]
            if a.sure is not None:
                items += [*a.items[a.sure :], *b.items[a.sure :]]
            return Record(a.kind, tuple(items), a.keys if a.keys == b.keys else (), a.sure)
        done = [value for value in (a, b) if isinstance(value, (Scores, Probs)) and value.product.closed]
        if done and all(value in done or isinstance(value, Opaque) for value in (a, b)):
            return Record("either", (a, b))  # only what reads it is a use
        if isinstance(a, Record) or isinstance(b, Record):
            probs = [*self.chain_values(a), *self.chain_values(b)]
            if probs:
                either = any(isinstance(value, Record) and value.kind == "either" for value in (a, b))
                return Record("either", tuple(probs)) if either else Record("tuple", tuple(probs), sure=0)
        if isinstance(a, Opaque) and isinstance(b, Opaque):
            return join_opaque(a, b)
        if isinstance(a, Symbol) and isinstance(b, Symbol) and a.path == b.path:
            return a
        if isinstance(a, Instance) and isinstance(b, Instance) and a.path == b.path and a.attribute == b.attribute:
            return a
        if isinstance(a, Self) and isinstance(b, Self):
            return a
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Interface) and isinstance(other, Symbol):
                return Interface(one.default or other)
        if isinstance(a, Interface) and isinstance(b, Interface):
            return a if a.default is not None else b
        if isinstance(a, (Symbol, Instance, Method, Choice)) and isinstance(b, (Symbol, Instance, Method, Choice)):
            return Choice((*self.options(a), *self.options(b)))
        chain = [*self.chain_values(a), *self.chain_values(b)]
        place = when[0][0][0] if when is not None and when[0] else chain[0].product.expr if chain else Expr(cst.Pass())
        loss = self.note("BRANCH", "the scores come from different products in different branches", place)
        if isinstance(a, Scores) and isinstance(b, Scores) and when is not None and when[0] and not b.optional and (
            versions_b.get(b.product) == b.version
        ):  # fmt: skip
            # one of them goes on: the else's, which stands for more cases; where the other is due the original runs
            b.product.guards.append(((*self.path, *when[0]), loss))
            self.use("escape", a, place, "they differ by branch")
            return replace(b, version=merged.get(b.product, b.version))
        joined = [self.opaque(value, place, "they differ by branch", loss=loss) for value in (a, b)]
        return join_opaque(joined[0], joined[1])

    def joined_sink(self, a: Scores | Probs, b: Scores | Probs, when: tuple[Path, Path] | None) -> str | None:
        """When there is a sink's column where two sides meet; None where that cannot be said."""
        if a.sink == b.sink:
            return a.sink
        if when is None:
            return None
        for one, other, own, others in ((a, b, *when), (b, a, *when[::-1])):
            if one.sink == "always" and not other.sink:
                return self.condition(own)  # it was added there
            if one.sink and not other.sink and one.sink == self.condition(others):
                return ""  # it was added under that condition, and taken off again under the same
        return None

    def condition(self, path: Path) -> str | None:
        """A test that gives the same answer wherever the method asks it, as text; None for any other."""
        if len(path) != 1:
            return None
        test, polarity, frame = path[0]
        bound = lower.assigned_names(frame.code.function.body)
        for inner in lower.below(test):
            if isinstance(inner, lower.Name):
                if inner.id in bound:
                    return None
            elif isinstance(inner, lower.Attribute):
                if inner.name in self.stores:
                    return None
            elif not isinstance(inner, (lower.Constant, lower.Compare, lower.Boolean)):
                return None
        return f"{id(frame)} {polarity} {render(test.node)}"

    @staticmethod
    def guarded_side(a: Record, b: Record, when: tuple[Path, Path] | None) -> int | None:
        """Of two tuples, of which one has lost the scores that the other has, the one to go on with: under the lost
        one's conditions the original runs, so that nothing of it matters."""
        if when is None:
            return None
        for side, (one, lost) in enumerate(((a, b), (b, a))):
            pairs = list(zip(one.items, lost.items, strict=True))
            if when[1 - side] and any(
                isinstance(x, (Scores, Probs)) and isinstance(y, Opaque) and y.loss is not None for x, y in pairs
            ):
                return side
        return None

    @staticmethod
    def rejoined(value: Value, versions: dict[Product, int], merged: dict[Product, int]) -> Value:
        """A value of the side that is gone on with, at the version that both sides have from now on."""
        if isinstance(value, (Scores, Probs)) and versions.get(value.product) == value.version:
            return replace(value, version=merged.get(value.product, value.version))
        return value

    @staticmethod
    def options(value: Value) -> tuple[Value, ...]:
        return value.options if isinstance(value, Choice) else (value,)

    def loop(self, statement: lower.Loop) -> None:
        """One pass over the body with everything it assigns forgotten; a chain must begin and end inside."""
        subject = self.evaluate(statement.subject)
        if statement.target is not None or isinstance(subject, (Scores, Probs)):
            self.touch(subject, statement.subject, "a loop runs over them")
        assigned = lower.assigned_names(statement.body)
        carried = self.carried(assigned)
        for name in assigned & set(self.frame.env):
            value = self.frame.env[name]
            if name in carried:
                product = carried[name].product
                self.frame.env[name] = carried[name] = self.renewed(carried[name])
                self.repeated.add((product, statement))
            elif self.chain_values(value):
                self.frame.env[name] = self.opaque(value, statement.subject, "they change in a loop")
            else:
                self.frame.env[name] = Opaque(storages=self.storages(value), depends=self.depends(value))
        before = dict(self.frame.env), dict(self.current)
        self.loops = (*self.loops, statement)
        self.leaves.append([])
        self.changes.append(set())
        self.path.append((statement.subject, True, self.frame))
        if statement.target is not None:
            element = self.element(subject) if isinstance(subject, Opaque) else Opaque(storages=self.fresh())
            if (
                isinstance(statement.subject, lower.Call)
                and isinstance(statement.subject.function, lower.Name)
                and self.is_builtin(statement.subject.function, "range")
            ):
                element = Opaque("number", storages=self.fresh())
            self.assign(statement.target, element, None)
        if self.block(statement.body):
            self.leaves[-1].append((self.frame.env, self.current))
        self.path.pop()
        self.loops = self.loops[:-1]
        ends, changes = self.leaves.pop(), self.changes.pop()
        env = dict(before[0])
        for name, start in carried.items():
            if changes & start.product.storages:
                ends.append(({}, {}))  # what one pass has added, the next one changes
            env[name] = self.repeatedly(name, start, ends, assigned, statement)
        for name in assigned | (set(self.frame.env) - set(env)):
            if name in self.frame.env and name not in carried:
                value = self.frame.env[name]
                if self.chain_values(value):
                    value = self.opaque(value, statement.subject, "they leave the loop that made them")
                env[name] = Opaque(storages=self.storages(value), depends=self.depends(value))
        self.frame.env, self.current = env, {**before[1], **self.current}
        for name in carried:
            value = env[name]
            if isinstance(value, Scores):
                self.current[value.product] = value.version
        self.block(statement.orelse)

    def carried(self, assigned: set[str] | frozenset[str]) -> dict[str, Scores]:
        """Scores that a loop takes from outside, changes, and leaves under the same name, the only one for them."""
        found: dict[str, Scores] = {}
        for name in assigned & set(self.frame.env):
            value = self.frame.env[name]
            if isinstance(value, Scores) and not value.optional and value.pending is None and not value.sink:
                product = value.product
                held = [n for n in assigned & set(self.frame.env) if product in self.held(self.frame.env[n])]
                if self.current.get(product) == value.version and held == [name] and product.softmax is None:
                    found[name] = value
        return found

    def held(self, value: Value) -> set[Product]:
        """The products whose scores a value holds."""
        return {found.product for found in self.chain_values(value)}

    def renewed(self, value: Scores) -> Scores:
        """The same scores, stale under any other name."""
        version = self.current[value.product] = next(self._ids)
        return replace(value, version=version)

    def repeatedly(
        self,
        name: str,
        start: Scores,
        ends: list[tuple[dict[str, Value], dict[Product, int]]],
        assigned: set[str] | frozenset[str],
        statement: lower.Loop,
    ) -> Value:
        """What a loop leaves of scores that it took from outside: the same product's, after any number of passes."""
        product = start.product
        fills = [start.fill] if start.fill is not None else []
        for env, versions in ends:
            value = env.get(name)
            whole = (
                isinstance(value, Scores)
                and (value.product, value.axes, value.natural) == (product, start.axes, start.natural)
                and (value.upcast, value.views) == (start.upcast, start.views)
                and not (value.optional or value.sink or value.pending)
                and versions.get(product) == value.version
            )
            others = (self.depends(v) for n, v in env.items() if n in assigned and n != name)
            if not whole or any(product in found for found in others):
                loss = self.note("LOOP", "the scores leave a loop otherwise than they came", statement.subject)
                return self.opaque(start, statement.subject, "they change in a loop", loss=loss)
            if isinstance(value, Scores) and value.fill is not None:
                fills.append(value.fill)
        return replace(start, version=next(self._ids), fill=max(fills, default=None))

    def within(self, statement: lower.Within) -> bool:
        losses = 0
        for item, target in statement.items:
            value = self.evaluate(item)
            call = self.facts.get(item.function) if isinstance(item, lower.Call) else None
            quiet = isinstance(call, Symbol) and (
                call.path.startswith(QUIET_CONTEXTS)
                or (call.path.endswith("autocast") and isinstance(item, lower.Call) and self.disabled(item))
            )
            if not quiet:
                self.contexts.append(self.note("CONTEXT_MANAGER", "a `with` block that may change numerics", item))
                losses += 1
            if target is not None:
                self.assign(target, self.opaque(value, item, "a with block"), None)
        alive = self.block(statement.body)
        del self.contexts[len(self.contexts) - losses :]
        return alive

    def disabled(self, call: lower.Call) -> bool:
        """`enabled=False` of an autocast block: numbers stay as they are."""
        for arg in call.args:
            if arg.keyword == "enabled" or (arg.keyword is None and arg is not call.args[0]):
                value = self.facts.get(arg.value)
                return isinstance(value, Opaque) and value.constant is False
        return False

    def attempt(self, statement: lower.Attempt) -> bool:
        before = dict(self.frame.env), dict(self.current)
        self._tries += 1
        alive = self.block(statement.body)
        state = (self.frame.env, self.current)
        for other in statement.others:
            start = state if alive else before
            self.frame.env, self.current = dict(start[0]), dict(start[1])
            self.frame.env = {**before[0], **self.frame.env}
            other_alive = self.block(other)
            if other_alive and alive:
                self.join(state, (self.frame.env, self.current), None)
                state = (self.frame.env, self.current)
            elif other_alive:
                state, alive = (self.frame.env, self.current), True
        self.frame.env, self.current = state
        self._tries -= 1
        return alive

    # --- the chain ----------------------------------------------------------------------------------------------

    def chain_values(self, value: Value) -> list[Scores | Probs]:
        """Scores and probabilities in a value."""
        if isinstance(value, (Scores, Probs)):
            return [value]
        if isinstance(value, Record):
            return [found for item in value.items for found in self.chain_values(item)]
        if isinstance(value, Method) and value.base is not None:
            return self.chain_values(value.base)
        return []

    def storages(self, value: Value) -> frozenset[int]:
        if isinstance(value, Opaque):
            return value.storages
        if isinstance(value, Record):
            return frozenset().union(*(self.storages(item) for item in value.items)) if value.items else frozenset()
        if isinstance(value, Method) and value.base is not None:
            return self.storages(value.base)
        return frozenset()

    def depends(self, value: Value) -> frozenset[Product]:
        if isinstance(value, Opaque):
            return value.depends
        if isinstance(value, (Scores, Probs, RowShift)):
            return frozenset({value.product})
        if isinstance(value, Record):
            return frozenset().union(*(self.depends(item) for item in value.items)) if value.items else frozenset()
        if isinstance(value, Method) and value.base is not None:
            return self.depends(value.base)
        return frozenset()

    def use(self, kind: str, value: Scores | Probs, expr: Expr, reason: str) -> None:
        value.product.uses.append(
            Use(kind, value, expr, self.frame, self.statement, (*self.path, *value.when), reason, value.product.closed)
        )

    def touch(self, value: Value, expr: Expr, reason: str) -> None:
        """A use outside the chain, of whatever scores or probabilities the value holds."""
        for found in self.chain_values(value):
            self.use("escape", found, expr, reason)

    def flow(self, value: Value, expr: Expr | None) -> None:
        """What the entered method returns."""
        for found in self.chain_values(value):
            self.use("flow", found, expr or found.product.expr, "they are returned")

    def opaque(self, value: Value, expr: Expr, reason: str, loss: Loss | None = None) -> Opaque:
        """The value seen by an operation without a rule: scores are lost there."""
        if isinstance(value, Opaque):
            return value
        if isinstance(value, RowShift):
            return Opaque(
                "row", storages=self.fresh(), depends=frozenset({value.product}),
                loss=self.note("NONLINEAR", "a row constant of the scores is used", expr),
            )  # fmt: skip
        self.touch(value, expr, reason)
        found = self.chain_values(value)
        fresh = self.lend(found)
        inner = next((v.loss for v in self.opaques(value) if v.loss is not None), None)
        if not found and inner is not None:
            probs = next((v.lost_probs for v in self.opaques(value) if v.lost_probs is not None), None)
            return Opaque(
                storages=self.storages(value) | fresh, depends=self.depends(value), loss=inner, lost_probs=probs
            )
        if found and loss is None:
            loss = self.note("NONLINEAR", f"the scores are not affine in Q Kᵀ: {reason}", expr)
        lost_probs = loss if any(isinstance(item, Probs) for item in found) else None
        return Opaque(
            storages=self.storages(value) | fresh, depends=self.depends(value),
            loss=loss if found else None, lost_probs=lost_probs,
        )  # fmt: skip

    def opaques(self, value: Value) -> list[Opaque]:
        """The opaque parts of a value."""
        if isinstance(value, Opaque):
            return [value]
        if isinstance(value, Record):
            return [found for item in value.items for found in self.opaques(item)]
        if isinstance(value, Method) and value.base is not None:
            return self.opaques(value.base)
        return []

    def lend(self, values: Sequence[Scores | Probs]) -> frozenset[int]:
        """A storage for a plain tensor that may alias these."""
        storages = self.fresh()
        for value in values:
            value.product.lent |= storages
        return storages

    def demote(self, value: Scores | Probs | RowShift, expr: Expr, reason: str, kind: str = "escape") -> Opaque:
        """Another product's image as a plain tensor; the use is a "term" where scores become a bias as they are."""
        if isinstance(value, RowShift):
            return self.opaque(value, expr, reason)
        self.use(kind if isinstance(value, Scores) and not value.optional else "escape", value, expr, reason)
        return Opaque("tensor", storages=self.lend([value]), depends=frozenset({value.product}))

    def spoil(self, value: Scores | Probs, expr: Expr, reason: str) -> None:
        """Scores changed behind the chain's back."""
        self.mutated(value.product.lent, expr)
        value.product.problem = value.product.problem or self.note("INPLACE", f"the scores are lost: {reason}", expr)

    def mutated(self, storages: frozenset[int], expr: Expr) -> None:
        """An in-place change: a problem for every open product that reads the storage later."""
        if storages:  # an empty set: the scores themselves, whose changes are steps
            self.effect(expr)
        for changed_inside in self.changes:
            changed_inside |= storages
        frame: Frame | None = self.frame
        while frame is not None:
            for name, value in frame.env.items():
                if isinstance(value, Opaque) and value.storages & storages:
                    frame.env[name] = replace(
                        value,
                        constant=None,
                        zero=False,
                        positive=False,
                        mask=None,
                        fill=None,
                        kind=changed(value.kind),
                    )
            frame = frame.parent
        for product in self.products:
            if product.closed and product.result is not None and self.storages(product.result) & storages:
                product.overwritten = True
            if not product.closed and product.storages & storages:
                product.problem = product.problem or self.note(
                    "OPERAND_CHANGED", "a tensor that the attention still reads is changed in place", expr
                )

    def ambient(self, product: Product, kind: str = "") -> None:
        """What surrounds a piece of the chain: loops, `try`, `with`, nested functions."""
        inside = self.loops[len(product.loops) :]
        if (
            self.loops[: len(product.loops)] != product.loops
            or any((product, loop) not in self.repeated for loop in inside)
            or (inside and kind not in REPEATABLE)
        ):
            product.problem = product.problem or self.note("LOOP", "the chain crosses a loop", product.expr)
        if self._tries:
            product.problem = product.problem or self.note("TRY", "part of the chain is inside `try`", product.expr)
        if self.contexts:
            product.problem = product.problem or self.contexts[0]

    def make_product(
        self, op: Operation, left: Operand, right: Operand, left_labels: str, right_labels: str, out: str
    ) -> Value | Loss:
        axes = product_axes(left_labels, right_labels, out)
        operands = [self.opaque(o.value, o.expr, "they are an operand of another product") for o in (left, right)]
        if left.expr is right.expr:
            return op.loss("OPERAND", "the operands of a product are unpacked from one value")
        if axes is None or any(o.kind in ("number", "none", "string") for o in operands):
            return opaque_result(replace(op, operands=tuple(Operand(o, op.expr) for o in operands), keywords={}))
        product = Product(op.expr, self.frame, left.expr, right.expr, operands[0].storages | operands[1].storages,
                          left_labels, right_labels, out, loops=self.loops, statement=self.statement,
                          path=tuple(self.path), depends=operands[0].depends | operands[1].depends)  # fmt: skip
        lost = [o for o in operands if o.loss is not None or o.lost_probs is not None]
        product.tainted = lost[0].loss if lost else None
        self.products.append(product)
        self.ambient(product)
        product.leading = leading(axes)
        version = next(self._ids)
        self.current[product] = version
        return Scores(product, version, axes, natural=axes)

    def check(self, value: Scores | Probs, op: Operation) -> Loss | None:
        if self.current.get(value.product) != value.version or value.optional:
            return op.loss("STALE", "the scores are used after they were changed under another name, or twice")
        return None

    def step(
        self,
        target: Scores | Probs,
        kind: str,
        op: Operation,
        *,
        operand: Expr | None = None,
        value: Expr | None = None,
        scale_kind: str = "",
        details: tuple[object, ...] = (),
        watch: Value | None = None,
    ) -> Value | Loss:
        """Log one step and give the scores their next version."""
        product = target.product
        if product.closed:
            return op.loss("AFTER", "the probabilities are changed after they met the values")
        stale = self.check(target, op)
        if stale is not None:
            return stale
        target = replace(target, version=next(self._ids))
        self.current[product] = target.version
        product.steps.append(self.noted(product, kind, op, operand, value, scale_kind, details, watch))
        return target

    def noted(
        self,
        product: Product,
        kind: str,
        op: Operation,
        operand: Expr | None = None,
        value: Expr | None = None,
        scale_kind: str = "",
        details: tuple[object, ...] = (),
        watch: Value | None = None,
    ) -> Step:
        """A step as it stands here."""
        if watch is not None:
            product.storages |= self.storages(watch)
        self.ambient(product, kind)
        name = RULES[op.name][0] if op.name in RULES else op.name
        start = self.statement_path if self.frame.parent is None or self.statement is not None else 0
        return Step(
            kind, name, op.expr, self.frame, self.statement, operand, value, scale_kind, details,
            tuple(self.path[start:]), tuple(self.path),
        )  # fmt: skip

    def make_probs(self, op: Operation, value: Scores, axis: str, dtype: Operand | None) -> Value | Loss:
        stale = self.check(value, op)
        if stale is not None:
            return stale
        product = value.product
        if value.sink and axis != "r":
            return op.loss("SOFTMAX_AXIS", "the softmax runs over another axis than the one that holds the sink")
        if misplaced(product.steps, axis):
            return op.loss("SOFTMAX_AXIS", "the scores are scaled or shifted by what may differ from key to key")
        if product.softmax is not None and (product.key_axis, product.softmax_axes[-2:]) != (axis, value.axes[-2:]):
            product.problem = product.problem or op.loss("TWICE", "two softmaxes over different axes read the scores")
        result = self.step(value, "softmax", op, operand=dtype.expr if dtype else None, details=(value.axes, axis))
        assert isinstance(result, Scores)
        product.softmax = product.steps[-1]
        product.key_axis = axis
        product.softmax_axes, product.softmax_natural = value.axes, value.natural
        product.softmax_version = value.version
        return Probs(product, value.axes, axis, sink=value.sink, version=result.version, natural=value.natural)

    def make_context(
        self, op: Operation, probs: Operand, labels: str, other: Operand, other_labels: str, out: str, first: bool
    ) -> Value | Loss:
        value = probs.value
        assert isinstance(value, Probs)
        product = value.product
        if isinstance(other.value, Scores) and other.value.product is not product:
            v: Value = self.demote(other.value, other.expr, "they are the values of another attention")
        else:
            v = self.opaque(other.value, other.expr, "they are multiplied with the probabilities")
        if not isinstance(v, Opaque) or product in v.depends:
            return op.loss("PROBABILITIES", "the values depend on the scores")
        layout = context_layout(value.axes, value.key_axis, labels, other_labels, out)
        viewed = any(step.kind == "view" for step in product.steps)
        expected = product.softmax_natural if viewed else product.softmax_axes
        met = product.softmax_natural if "..." in value.axes else value.axes
        if leading(met) != leading(expected):
            return op.loss(
                "CONTEXT_AXIS", "the probabilities meet the values with their leading axes in another order"
            )
        if layout is None:
            return op.loss("CONTEXT_AXIS", "the probabilities are not contracted with the values over the key axis")
        if product.closed:
            return op.loss("TWICE", "the probabilities are used a second time")
        if value.sink:
            return op.loss("PROBABILITIES", "the sink's column meets the values")
        reshaped = [v for v in value.views or () if is_reshape(v)]
        if len(reshaped) == 1 and not any(s.kind == "view" for s in product.steps):
            return op.loss("VIEW", "the probabilities meet the values in another shape than that of the scores")
        if value.optional:
            return op.loss("BRANCH", "the probabilities are None in one branch")
        if "..." not in value.axes and leading(value.axes) != leading(product.softmax_axes):
            return op.loss("TRANSPOSE", "the probabilities' leading axes change places after the softmax")
        if value.product.problem is None and other.expr is probs.expr:
            return op.loss("OPERAND", "the operands of a product are unpacked from one value")
        result = self.step(value, "context", op, operand=other.expr, details=(labels, other_labels, out, first, value))
        if isinstance(result, Loss):
            return result
        product.context = product.steps[-1]
        product.closed = True
        product.final = value
        home = self.frame
        while home.parent is not None:
            home = home.parent
        product.live = {n: v for n, v in home.env.items() if isinstance(v, (Scores, Probs)) and v.product is product}
        product.result = Opaque(
            "tensor", storages=self.fresh(), depends=v.depends, loss=v.loss, lost_probs=v.lost_probs
        )
        return product.result

    def same(self, expr: Expr, frame: Frame, other: Operand) -> bool:
        """Whether an earlier expression and this one are the same tensor: the same value, or the same text over the
        same values."""
        first = self.facts.get(expr)
        if first is not None and first is other.value:
            return True
        if frame is not self.frame or render(expr.node) != render(other.expr.node):
            return False
        ours = [i for i in lower.below(expr) if isinstance(i, lower.Name)]
        theirs = [i for i in lower.below(other.expr) if isinstance(i, lower.Name)]
        return all(self.facts.get(a) is self.facts.get(b) or _named_alike(self.facts.get(a), self.facts.get(b))
                   for a, b in zip(ours, theirs, strict=True))  # fmt: skip

    def has_dtype(self, value: Scores | Probs, dtype: str) -> bool:
        """Whether the conditions on the way here say that the scores are of that dtype."""
        for test, polarity, _ in self.path:
            if not isinstance(test, lower.Compare) or test.ops not in (("==",), ("is",)) or not polarity:
                continue
            left, right = test.left, self.facts.get(test.rights[0])
            of = self.facts.get(left.base) if isinstance(left, lower.Attribute) and left.name == "dtype" else None
            same = isinstance(right, Symbol) and right.path.replace("half", "float16") == dtype.replace(
                "half", "float16"
            )
            if same and isinstance(of, (Scores, Probs)) and of.product is value.product:
                return True
        return False

    def report_lost(self, loss: Loss) -> None:
        """Something that came out of a lost softmax met a matrix product: attention that cannot be expressed."""
        if loss not in self.lost:
            self.lost.append(loss)

    # --- expressions --------------------------------------------------------------------------------------------

    def evaluate(self, expr: Expr) -> Value:
        self._spent += 1
        if self._spent > BUDGET:
            raise TooComplex
        value = self._evaluate(expr)
        self.facts[expr] = value
        return value

    def _evaluate(self, expr: Expr) -> Value:
        match expr:
            case lower.Constant():
                return self.constant(expr.value)
            case lower.Name():
                return self.name(expr.id)
            case lower.Attribute():
                return self.attribute(expr)
            case lower.Call():
                return self.call(expr)
            case lower.Binary():
                left, right = self.evaluate(expr.left), self.evaluate(expr.right)
                joined = self.concatenated(left, right) if expr.op == "+" else None
                if joined is not None:
                    return joined
                return self.apply(
                    Operation(expr.op, (Operand(left, expr.left), Operand(right, expr.right)), {}, expr, self)
                )
            case lower.Unary():
                return self.unary(expr)
            case lower.Compare():
                values = [self.evaluate(expr.left), *(self.evaluate(r) for r in expr.rights)]
                for value, part in zip(values, (expr.left, *expr.rights), strict=True):
                    maybe = isinstance(value, Probs) and value.product.closed and value.product.context is None
                    if expr.ops[0] not in ("is", "is not") or maybe:
                        self.touch(value, part, "they are compared")
                kinds = {v.kind for v in values if isinstance(v, Opaque)}
                if kinds <= {"number", "none", "string", "size", "dtype", "device"} or expr.ops[0] in (
                    "is",
                    "is not",
                    "in",
                    "not in",
                ):
                    return Opaque("number", storages=frozenset())
                depends = frozenset().union(*(self.depends(v) for v in values))
                return Opaque("unknown", storages=self.fresh(), mask=(next(self._ids), False), depends=depends)
            case lower.Boolean():
                left, right = self.evaluate(expr.left), self.evaluate(expr.right)
                a = self.opaque(left, expr.left, "a Boolean expression")
                return join_opaque(a, self.opaque(right, expr.right, "a Boolean expression"))
            case lower.Conditional():
                return self.conditional(expr)
            case lower.Subscript():
                return self.subscript(expr)
            case lower.Slice():
                for bound in expr.parts:
                    if bound is not None:
                        self.touch(self.evaluate(bound), bound, "an index")
                return Opaque("slice")
            case lower.Display():
                items: list[Value] = []
                for item in expr.items:
                    if isinstance(item, lower.Starred):
                        inner = self.evaluate(item.value)
                        if isinstance(inner, Record) and inner.sure is None:
                            items.extend(inner.items)
                            continue
                        self.touch(inner, item, "they are unpacked")
                        return Opaque("tuple", storages=self.storages(inner) | self.fresh())
                    items.append(self.evaluate(item))
                return Record(expr.kind, tuple(items))
            case lower.Mapping():
                return Record("dict", tuple(self.evaluate(v) for v in expr.values), expr.keys)
            case lower.Closure():
                return self.closure(expr)
            case lower.Walrus():
                value = self.evaluate(expr.value)
                self.touch(value, expr, "a walrus names them inside an expression")
                self.bind(expr.target, self.opaque(value, expr, "a walrus"), None)
                return value
            case lower.Starred():
                return self.evaluate(expr.value)
            case lower.Unknown():
                for part in expr.parts:
                    self.touch(self.evaluate(part), part, "an f-string") if not self.in_raise() else self.evaluate(
                        part
                    )
                return Opaque("string")
            case _:
                return Opaque(storages=self.fresh())

    def in_raise(self) -> bool:
        return isinstance(self.statement, lower.Raise)

    def constant(self, value: object) -> Opaque:
        if value is None:
            return Opaque("none")
        if isinstance(value, bool):
            return Opaque("number", constant=value, zero=value is False)
        if isinstance(value, (int, float)):
            return Opaque("number", constant=value, zero=value == 0, positive=value > 0)
        if isinstance(value, str):
            return Opaque("string", constant=value)
        return Opaque("ellipsis" if value is ... else "unknown")

    def name(self, name: str) -> Value:
        if name in self.frame.env:
            return self.frame.env[name]
        if name in self.frame.definitions:
            return Opaque(storages=self.fresh())
        outer = self.frame.closure
        while outer is not None:
            if name in outer.env:
                return outer.env[name]
            outer = outer.closure
        return self.world.global_value(self.frame.code.file, name, self)

    def is_builtin(self, expr: Expr, name: str) -> bool:
        """Whether an expression is the builtin of that name, shadowed by nothing."""
        if not isinstance(expr, lower.Name) or expr.id != name:
            return False
        value = self.name(name)
        return isinstance(value, Symbol) and value.path == f"builtins.{name}"

    def attribute(self, expr: lower.Attribute) -> Value:
        base = self.evaluate(expr.base)
        if isinstance(base, Instance) and isinstance(expr.base, lower.Attribute) and expr.name.startswith("register_"):
            self.stores.setdefault(expr.base.name, []).append(Opaque())  # a hook may change what the module means
        return self.attribute_of(base, expr.name, expr)

    def attribute_of(self, base: Value, name: str, expr: Expr) -> Value:
        if isinstance(base, Symbol):
            return self.world.member(base, name)
        if isinstance(base, Self):
            return self.own_attribute(base, name, expr)
        if isinstance(base, (Scores, Probs)):
            if name in METADATA:
                return self.metadata(base, name, (), expr)
            if name in ("mT", "T"):
                if name == "T":
                    return self.opaque(base, expr, "`.T`")
                one, two = (Operand(self.constant(d), expr) for d in (-1, -2))
                return self.apply(Operation("transpose", (Operand(base, expr), one, two), {}, expr, self))
            return Method(base, name, expr)
        if isinstance(base, RowShift):
            return replace(base, wrapped=False) if base.wrapped and name == "values" else Method(base, name, expr)
        if isinstance(base, Record) and base.kind == "either":
            self.touch(base, expr, f"`{name}` of them is read")
        if isinstance(base, Instance):
            return self.world.instance_attribute(base, name)
        if isinstance(base, Method):
            base = self.opaque(base, expr, f"`{name}` of what is not understood")
        if isinstance(base, Opaque) and base.kind == "foreign":
            if name.endswith("_") and not name.endswith("__"):
                self.mutated(base.storages, expr)
            return replace(base)
        if isinstance(base, Opaque):
            if name == "shape":
                return Opaque("size", storages=frozenset())
            if name == "dtype":
                floating = base.floating and base.mask is None
                return Opaque("dtype", storages=frozenset(), floating=floating)
            if name == "device":
                return Opaque("device", storages=frozenset())
            if name == "ndim":
                return Opaque("number", positive=True)
            if base.kind == "context" and f"{name}\0" in self.frame.env:
                return self.frame.env[f"{name}\0"]
            if base.kind == "finfo":
                number = {"min": -3.0e38, "max": 3.0e38}.get(name)
                return Opaque("number", constant=number, positive=name in ("max", "eps", "tiny"))
            if base.kind == "config" and name != "get":
                return Opaque("config", storages=frozenset())
        return Method(base, name, expr)

    def own_attribute(self, base: Self, name: str, expr: Expr) -> Value:
        """`self.name`, where this run has set it: what every store so far agrees on."""
        if base.foreign or name not in self.stores:
            found = self.world.self_attribute(base, name, expr)
            if name.endswith("config") and isinstance(found, Opaque) and found.kind == "unknown":
                return replace(found, kind="config")  # plain values, whatever class holds them
            return found
        values = [Opaque() if self.chain_values(value) else value for value in self.stores[name]]
        if self.frame.code.name != "__init__" and self.frame.depth == 0:
            values.append(self.world.self_attribute(base, name, expr))
        joined = values[0]
        for value in values[1:]:
            joined = join_attribute(joined, value)
        return joined

    def metadata(self, value: Scores | Probs, what: str, dims: tuple[int, ...], expr: Expr) -> Value:
        """Shape, dtype and device of the scores, which are known without the scores."""
        self.reads.append(Read(value, what, dims, expr, self.frame, self.statement))
        if what == "dtype":
            return Opaque("dtype", storages=frozenset())
        if what in ("shape", "size"):
            if dims:
                return Opaque("number", positive=True)
            size = Opaque("size", storages=frozenset())
            self.shapes[size] = value
            return size
        if what == "device":
            return Opaque("device", storages=frozenset())
        return Opaque("number", positive=what in ("dim", "ndim") or what.startswith("size"))

    def unary(self, expr: lower.Unary) -> Value:
        value = self.evaluate(expr.operand)
        if expr.op == "-":
            if isinstance(value, Scores):
                minus = Operand(self.constant(-1), lower.expression(cst.parse_expression("-1.0")))
                return self.apply(Operation("*", (Operand(value, expr.operand), minus), {}, expr, self))
            if isinstance(value, Opaque):
                number = numeric(value)
                constant = -number if number is not None else None
                fill = (value.fill[0], value.fill[1], -value.fill[2]) if value.fill else None
                return replace(value, constant=constant, positive=False, fill=fill, mask=None)
        if expr.op == "~" and isinstance(value, Opaque):
            mask = (value.mask[0], not value.mask[1]) if value.mask else (next(self._ids), False)
            return replace(value, mask=mask, constant=None)
        self.touch(value, expr.operand, f"`{expr.op}`")
        if expr.op == "not":
            return Opaque("number")
        return self.opaque(value, expr.operand, f"`{expr.op}`")

    def conditional(self, expr: lower.Conditional) -> Value:
        test = self.evaluate(expr.test)
        self.touch(test, expr.test, "a condition")
        before = dict(self.frame.env), dict(self.current)
        known = self.truth(expr.test)
        if known is not None:
            return self.evaluate(expr.body if known else expr.orelse)
        results: list[tuple[Value, dict[Product, int]]] = []
        for polarity, part in ((True, expr.body), (False, expr.orelse)):
            self.frame.env, self.current = dict(before[0]), dict(before[1])
            self.path.append((expr.test, polarity, self.frame))
            value = self.evaluate(part)
            self.path.pop()
            results.append((value, self.current))
        self.frame.env["\0result"] = Opaque()
        sides = [({**before[0], "\0result": value}, versions) for value, versions in results]
        self.join(sides[0], sides[1], self.sides(expr.test))
        return self.frame.env.pop("\0result")

    def subscript(self, expr: lower.Subscript) -> Value:
        base = self.evaluate(expr.base)
        indices = [self.evaluate(index) for index in expr.indices]
        for value, part in zip(indices, expr.indices, strict=True):
            self.touch(value, part, "an index")
        if isinstance(base, Record) and base.kind == "either":
            return self.opaque(base, expr, "part of them is taken by index")
        if isinstance(base, Record):
            index = numeric(indices[0]) if len(indices) == 1 else None
            if base.kind == "dict":
                key = indices[0].constant if isinstance(indices[0], Opaque) else None
                if key in base.keys:
                    return base.items[base.keys.index(str(key))]
            elif index is not None and (item := base.at(int(index))) is not None:
                return item
            elif isinstance(expr.indices[0], lower.Slice):
                start, *others = expr.indices[0].parts
                first = 0.0 if start is None else numeric(self.facts[start])
                if first is not None and first >= 0 and not any(others):
                    return base.behind(int(first))
                return replace(base, sure=0)
            return self.opaque(base, expr, "they are taken from a container")
        if isinstance(base, RowShift):
            if base.wrapped and numeric(indices[0]) == 0:
                return replace(base, wrapped=False)
            last = [part.value for part in expr.indices if isinstance(part, lower.Constant)]
            if not base.kept and not base.wrapped and len(indices) == 2 and last == [..., None]:
                return replace(base, kept=True)
            return self.opaque(base, expr, "")
        taken = isinstance(base, Probs) and base.sink in ("always", *(self.condition((e,)) for e in self.path))
        if isinstance(base, Probs) and taken and without_last(expr.indices):
            return replace(base, sink="")
        if isinstance(base, (Scores, Probs)):
            return self.opaque(base, expr, "part of them is taken by index")
        if isinstance(base, Symbol) and base.path.endswith("ALL_ATTENTION_FUNCTIONS"):
            return Interface(None)
        if isinstance(base, Instance) and base.args and base.path == "dict":
            return Choice(tuple(value for _, value in base.args))
        if not isinstance(base, Opaque):
            return Opaque(storages=self.fresh())
        if base.kind == "config":
            return base
        if base.kind == "size":
            sliced = any(isinstance(i, lower.Slice) for i in expr.indices)
            return Opaque("size" if sliced else "number", positive=not sliced)
        kind = "unknown"
        if expr.indices and isinstance(expr.indices[-1], lower.Constant) and expr.indices[-1].value is None:
            kind = "row"
        elif base.kind == "tensor":
            kind = "tensor"
        mask = (next(self._ids), False) if base.mask else None
        return Opaque(
            kind, storages=base.storages, depends=base.depends | frozenset().union(*map(self.depends, indices)),
            loss=base.loss, lost_probs=base.lost_probs, mask=mask, floating=base.floating,
        )  # fmt: skip

    def closure(self, expr: lower.Closure) -> Value:
        storages = self.fresh()
        for name in expr.reads:
            value = self.frame.env.get(name)
            if value is not None:
                self.touch(value, expr, "a nested expression captures them")
                storages |= self.storages(value)
        if lower.changes_in_place(expr.node):
            self.mutated(storages, expr)
        depends = frozenset().union(*(self.depends(self.frame.env[n]) for n in expr.reads if n in self.frame.env))
        return Opaque(storages=storages, depends=depends)

    # --- calls --------------------------------------------------------------------------------------------------

    def call(self, expr: lower.Call) -> Value:
        function = expr.function
        if isinstance(function, lower.Name) and not expr.args and self.is_builtin(function, "super"):
            return Super(self.frame.code.owner)
        callee = self.evaluate(function)
        operands: list[Operand] = []
        keywords: dict[str, Operand] = {}
        complete = True
        for arg in expr.args:
            value = self.evaluate(arg.value)
            if arg.star == "*":
                if isinstance(value, Record) and value.sure is None and isinstance(arg.value, lower.Display):
                    items = arg.value.items
                    if len(items) == len(value.items):
                        operands.extend(Operand(v, e) for v, e in zip(value.items, items, strict=True))
                        continue
                complete = False
                self.touch(value, arg.value, "they are unpacked into a call")
            elif arg.star == "**":
                complete = False
                self.touch(value, arg.value, "they are unpacked into a call")
            elif arg.keyword is not None:
                keywords[arg.keyword] = Operand(value, arg.value)
            else:
                operands.append(Operand(value, arg.value))
        return self.invoke(callee, expr, operands, keywords, complete)

    def invoke(
        self, callee: Value, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        if isinstance(callee, Method):
            return self.method(callee, expr, operands, keywords, complete)
        if isinstance(callee, Symbol):
            return self.symbol(callee, expr, operands, keywords, complete)
        if isinstance(callee, Interface):
            return self.interface(callee, expr, operands, keywords)
        if isinstance(callee, Instance):
            return self.instance(callee, expr, operands, keywords, complete)
        if isinstance(callee, Nested):
            return self.enter(callee.code, expr, operands, keywords, complete, None, callee.frame)
        if isinstance(callee, Choice):
            return self.choice(callee, expr, operands, keywords, complete)
        return self.unknown(operands, keywords, "an unknown function receives them", callee)

    def choice(
        self, callee: Choice, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        """Modules of which one is chosen when the model is built: all must mean the same here."""
        live = [o for o in callee.options if not (isinstance(o, Instance) and o.path == "torch.nn.Identity")]
        paths = {o.path for o in live if isinstance(o, Instance)}
        if len(paths) == 1 and len(live) == len([o for o in live if isinstance(o, Instance)]):
            optional = len(live) < len(callee.options)
            first = live[0]
            assert isinstance(first, Instance)
            if paths == {"torch.nn.Dropout"} or (not optional and len(live) == 1):
                return self.instance(first, expr, operands, keywords, complete)
        return self.unknown(operands, keywords, "one of several functions receives them", callee)

    def unknown(
        self,
        operands: list[Operand],
        keywords: dict[str, Operand],
        reason: str,
        callee: Value | None = None,
    ) -> Opaque:
        """A call that the analysis cannot see into: scores escape there, results may alias arguments."""
        values = [self.opaque(o.value, o.expr, reason) for o in (*operands, *keywords.values())]
        storages = self.fresh() | (self.storages(callee) if callee is not None else frozenset())
        for value in values:
            storages |= value.storages
        depends = frozenset().union(*(v.depends for v in values)) if values else frozenset()
        loss = next((v.loss for v in values if v.loss is not None), None)
        lost_probs = next((v.lost_probs for v in values if v.lost_probs is not None), None)
        return Opaque(storages=storages, depends=depends, loss=loss, lost_probs=lost_probs)

    def apply(self, op: Operation) -> Value:
        """One torch operation: its rule, or an opaque result."""
        entry = RULES.get(op.name)
        if entry is not None:
            result = entry[1](op)
            if op.name == "softmax" and isinstance(result, Opaque) and result.lost_probs is not None:
                self.suspects.append((result.lost_probs, result.depends))
            if isinstance(result, Loss):
                return self.lost_result(op, result)
            if result is not None:
                return result
        values = [
            Operand(self.opaque(o.value, o.expr, f"`{op.name}` has no rule for them"), o.expr) for o in op.operands
        ]
        named = {k: Operand(self.opaque(o.value, o.expr, f"`{op.name}`"), o.expr) for k, o in op.keywords.items()}
        return opaque_result(replace(op, operands=tuple(values), keywords=named))

    def lost_result(self, op: Operation, loss: Loss) -> Opaque:
        found: list[Scores | Probs] = []
        depends: frozenset[Product] = frozenset()
        storages = self.fresh()
        for operand in (*op.operands, *op.keywords.values()):
            chain = self.chain_values(operand.value)
            found.extend(chain)
            storages |= self.lend(chain)
            for value in chain:
                value.product.uses.append(
                    Use("lost", value, operand.expr, self.frame, self.statement, tuple(self.path), loss.message,
                        value.product.closed, loss)
                )  # fmt: skip
            depends |= self.depends(operand.value)
            storages |= self.storages(operand.value)
        probs = any(isinstance(value, Probs) for value in found)
        if probs and loss.code != "AFTER" and op.name in ("matmul", "bmm", "@", "einsum"):
            self.report_lost(loss)
        if op.name == "softmax":
            return Opaque("tensor", storages=storages, depends=depends, loss=loss, lost_probs=loss)
        return Opaque("unknown", storages=storages, depends=depends, loss=loss, lost_probs=loss if probs else None)

    def method(
        self, callee: Method, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        base, name = callee.base, callee.name
        receiver = expr.function.base if isinstance(expr.function, lower.Attribute) else expr
        if isinstance(base, (Self, Super)):
            return self.self_call(base, name, expr, operands, keywords, complete)
        if isinstance(base, Record):
            return self.container(base, name, receiver, expr, operands, keywords)
        if isinstance(base, (Scores, Probs)) and name in METADATA_CALLS:
            dims = [numeric(o.value) for o in operands]
            known = tuple(int(d) for d in dims if d is not None)
            if len(known) != len(operands) or keywords:
                return self.metadata(base, f"{name} of an unknown axis", (0,), expr)
            return self.metadata(base, name, known, expr)
        if (
            isinstance(base, Probs)
            and name in AFTERWARDS
            and "out" not in keywords
            and self.made_of_weights(base, receiver, expr)
        ):
            for operand in (*operands, *keywords.values()):
                self.touch(operand.value, operand.expr, f"`{name}` receives them")
            return replace(base, after=True, when=())
        if isinstance(base, RowShift):
            if name == "unsqueeze" and len(operands) == 1 and numeric(operands[0].value) == -1 and not base.kept:
                return replace(base, kept=True, wrapped=False)
            if name in ("float", "to", "clone", "sigmoid"):
                return self.apply(Operation(name, (Operand(base, receiver), *operands), keywords, expr, self))
            if name == "detach":
                return replace(base, share=None)
            return self.opaque(base, expr, "a row constant of the scores")
        if isinstance(base, Opaque) and name == "size":
            return Opaque("number", positive=True) if operands or keywords else Opaque("size")
        if isinstance(base, Opaque) and name in ("dim", "numel", "item"):
            return Opaque("number", positive=name != "item", depends=base.depends)
        if not isinstance(base, (Opaque, Scores, Probs)):
            return self.unknown(operands, keywords, f"`{name}` receives them", base)
        if isinstance(base, Opaque) and base.kind == "config":
            return self.looked_up(operands, keywords, complete)
        if isinstance(base, Opaque) and base.kind == "context":
            return Opaque("none")
        if name in ("expand_as", "view_as", "reshape_as") and isinstance(base, Opaque) and len(operands) == 1:
            like = operands[0].value
            if isinstance(like, (Scores, Probs)):
                self.reads.append(Read(like, name, (), expr, self.frame, self.statement))
                return replace(base, kind="tensor", definition=None)
        inplace = name.endswith("_") and not name.endswith("__") and name != "requires_grad_"
        if not complete:
            found = self.unknown([Operand(base, receiver), *operands], keywords, f"`{name}` with unpacked arguments")
            plain = not keywords and not expr.args[-1].star and isinstance(base, Opaque)
            if name in ("expand", "view", "reshape") and plain and numeric(operands[-1].value) == 1:
                return replace(found, kind="row")  # whatever stands before it, the last axis has size 1
            return found
        operation = Operation(
            name.rstrip("_") if inplace and name != "masked_fill_" else name,
            (Operand(base, receiver), *operands), keywords, expr, self,
        )  # fmt: skip
        if name == "where":
            if len(operands) != 2 or keywords:
                return self.unknown([Operand(base, receiver), *operands], keywords, "`where`")
            operation = replace(operation, operands=(operands[0], Operand(base, receiver), operands[1]))
        if name in ("type", "to") or not inplace:
            return self.apply(operation)
        result = self.apply(operation)
        if isinstance(base, (Scores, Probs)):
            self.mutated(base.product.lent, expr)
        if isinstance(base, Opaque):
            self.mutated(base.storages, expr)
            if isinstance(result, Opaque):
                result = replace(result, storages=result.storages | base.storages, mask=None, constant=None)
            if isinstance(receiver, lower.Name) and isinstance(result, Opaque):
                self.bind(receiver.id, result, None)
        elif isinstance(result, (Scores, Probs)) and (isinstance(base, Scores) or self.only(base, receiver)):
            if isinstance(receiver, lower.Name):
                self.bind(receiver.id, result, None)
        else:
            self.spoil(base, expr, f"`{name}` changes them in place")
        return result

    def made_of_weights(self, base: Probs, receiver: Expr, expr: Expr) -> bool:
        """Whether a method of probabilities that have met the values can stand, where these were asked for."""
        product = base.product
        if not product.closed or product.context is None or product.context.frame is not self.frame:
            return False
        made = {id(found): name for found, name, _ in product.after}
        root = receiver.id if isinstance(receiver, lower.Name) else made.get(id(receiver))
        if root is None or self.statement is product.context.statement:
            return False
        product.after[:] = [entry for entry in product.after if entry[0] is not receiver]
        product.after.append((expr, root, self.statement))
        return True

    def looked_up(self, operands: list[Operand], keywords: dict[str, Operand], complete: bool) -> Value:
        """`config.table.get(key, default)`: a plain value, or the default."""
        if not complete or keywords or not 1 <= len(operands) <= 2:
            return self.unknown(operands, keywords, "a config receives them")
        default = operands[1].value if len(operands) == 2 else Opaque("none")
        found = Opaque("config", storages=frozenset())
        if not isinstance(default, Opaque):
            return self.unknown(operands, keywords, "a config receives them")
        plain = default.kind in ("none", "string", "number", "config")
        return found if plain else join_opaque(found, default)

    def only(self, value: Value, receiver: Expr) -> bool:
        """Whether a name is the only one for what it holds, in every running frame."""
        held = 0
        frame: Frame | None = self.frame
        while frame is not None:
            held += sum(any(value is inner for inner in self.chain_values(other)) for other in frame.env.values())
            frame = frame.parent
        return isinstance(receiver, lower.Name) and held == 1

    def container(
        self,
        base: Record,
        name: str,
        receiver: Expr,
        expr: lower.Call,
        operands: list[Operand],
        keywords: dict[str, Operand],
    ) -> Value:
        if name in ("append", "extend", "insert") and isinstance(receiver, lower.Name) and operands:
            added = operands[-1].value
            items = added.items if name == "extend" and isinstance(added, Record) else (added,)
            joined = base + Record(base.kind, items)
            self.bind(receiver.id, replace(joined, sure=0) if name == "insert" else joined, None)
            return Opaque("none")
        for operand in (*operands, *keywords.values()):
            self.touch(operand.value, operand.expr, "a container receives them")
        return self.opaque(base, expr, f"`{name}` of a container that holds them")

    def self_call(
        self,
        base: Self | Super,
        name: str,
        expr: lower.Call,
        operands: list[Operand],
        keywords: dict[str, Operand],
        complete: bool,
    ) -> Value:
        if isinstance(base, Self) and name == "register_buffer" and operands:
            key = operands[0].value
            if isinstance(key, Opaque) and isinstance(key.constant, str):
                value = (
                    operands[1].value
                    if len(operands) > 1
                    else keywords["tensor"].value
                    if "tensor" in keywords
                    else Opaque()
                )
                self.stores.setdefault(key.constant, []).append(value)
                self.touch(value, expr, "they are stored in a buffer")
                return Opaque("none")
        code = self.world.method_code(
            self.cls if isinstance(base, Super) else base.cls,
            name,
            after=base.owner if isinstance(base, Super) else None,
        )
        if code is None:
            return self.unknown(operands, keywords, f"`self.{name}` receives them")
        if isinstance(base, Self) and complete:
            self.observe(code, operands, keywords)
        receiver: Value = Self(self.cls) if isinstance(base, Super) else base
        return self.enter(code, expr, operands, keywords, complete, receiver)

    def observe(self, code: Code, operands: list[Operand], keywords: dict[str, Operand]) -> None:
        """What a helper is called with, for when it is analysed as an entry of its own."""
        parameters = [p for p in code.function.parameters if not p.star.startswith("*")]
        if code.is_method:
            parameters = parameters[1:]
        seen: dict[str, Value] = {}
        for parameter, operand in zip(parameters, operands, strict=False):
            seen[parameter.name] = operand.value
        seen.update({name: operand.value for name, operand in keywords.items()})
        for parameter in parameters:
            if parameter.name not in seen and parameter.default is not None:
                seen[parameter.name] = self.parameter(parameter)
        self.observed.setdefault((code.owner, code.name), []).append(seen)

    def enter(
        self,
        code: Code,
        expr: Expr,
        operands: list[Operand],
        keywords: dict[str, Operand],
        complete: bool,
        receiver: Value | None,
        closure: Frame | None = None,
    ) -> Value:
        """Run a helper on the caller's values."""
        running = self.frame
        active = 0
        probe: Frame | None = running
        while probe is not None:
            active += probe.code is code
            probe = probe.parent
        function = code.function
        if active or running.depth >= DEPTH or function.strange or not self.plain(code):
            return self.unknown(operands, keywords, f"`{code.name}` receives them")
        frame = Frame(code, receiver.cls if isinstance(receiver, Self) else None, {}, running, expr, closure=closure)
        parameters = list(function.parameters)
        if receiver is not None and code.is_method and parameters:
            frame.env[parameters[0].name] = receiver
            parameters = parameters[1:]
        positional = [p for p in parameters if p.star == ""]
        named = dict(keywords)
        rest = list(operands)
        for parameter in positional:
            operand = rest.pop(0) if rest else named.pop(parameter.name, None)
            self.bind_argument(frame, parameter, operand, complete)
        for parameter in parameters:
            if parameter.star == "kw":
                self.bind_argument(frame, parameter, named.pop(parameter.name, None), complete)
            elif parameter.star == "*":
                frame.env[parameter.name] = Record("tuple", tuple(o.value for o in rest))
                rest = []
            elif parameter.star == "**":
                for operand in named.values():
                    self.touch(operand.value, operand.expr, "they are passed as an extra keyword")
                named = {}
                frame.env[parameter.name] = Opaque(storages=self.fresh())
        if rest or named:
            return self.unknown(operands, keywords, f"`{code.name}` is called in a way that does not fit it")
        self.used_code.add(code)
        shown = self.shown(expr)
        before = {value.product: Mark(value.product, self.rows) for _, value in shown}
        reads = len(self.reads)
        self.frame = frame
        depth = frame.path_start = len(self.path)
        try:
            alive = self.block(function.body)
        finally:
            self.frame = running
        if alive:
            frame.returns.append((Opaque("none"), dict(self.current), tuple(self.path[depth:])))
        if not frame.returns:
            return Opaque(storages=self.fresh())
        value, self.current, path = frame.returns[0]
        for other, versions, other_path in frame.returns[1:]:
            holder = self.frame.env
            self.join(({"\0": value}, self.current), ({"\0": other}, versions), (path, other_path))
            value, path = self.frame.env["\0"], ()
            self.frame.env = holder
        if shown:
            self.only_shown(value, shown, before, reads)
        return value

    def shown(self, expr: Expr) -> list[tuple[Expr, Scores]]:
        """Current scores that a call is given by name."""
        if not isinstance(expr, lower.Call):
            return []
        found = [(arg.value, self.facts.get(arg.value)) for arg in expr.args if isinstance(arg.value, lower.Name)]
        return [(e, v) for e, v in found if isinstance(v, Scores) and self.current.get(v.product) == v.version]

    def only_shown(
        self, result: Value, shown: list[tuple[Expr, Scores]], before: dict[Product, Mark], reads: int
    ) -> None:
        """Where a helper that was given scores has read no more of them than their shape, dtype and device, it can be
        given something else that has these, and what it did to the scores is undone."""
        inside = self.reads[reads:]
        if self.depends(result) & set(before) or any(
            not mark.unused(product, self.rows) for product, mark in before.items()
        ):
            return
        if any(read.what not in SHAPE_ALONE or isinstance(read.value, Probs) for read in inside):
            return
        self.reads[reads:] = [read for read in inside if read.value.product not in before]
        for product, mark in before.items():
            del product.steps[mark.steps :]
        for expr, value in shown:
            self.current[value.product] = value.version
            self.reads.append(Read(value, "like", (), expr, self.frame, self.statement))

    def plain(self, code: Code) -> bool:
        """Whether a function's decorators leave it what it says."""
        for decorator in code.function.decorators:
            target = decorator.function if isinstance(decorator, lower.Call) else decorator
            path = self.world.static_path(code.file, target)
            library = path is not None and path.startswith("transformers.") and ".models." not in path
            if path is None or not (path.startswith(PLAIN_DECORATORS) or library):
                return False
        return True

    def bind_argument(self, frame: Frame, parameter: lower.Parameter, operand: Operand | None, complete: bool) -> None:
        if operand is not None:
            frame.env[parameter.name] = operand.value
            frame.arguments[parameter.name] = operand.expr
        elif parameter.default is not None and complete:
            frame.env[parameter.name] = self.evaluate(parameter.default)
            frame.arguments[parameter.name] = parameter.default
        else:
            frame.env[parameter.name] = self.parameter(parameter)
            frame.arguments[parameter.name] = None

    def interface(
        self, callee: Interface, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand]
    ) -> Value:
        """A call of the attention interface means what its eager default does."""
        code = self.world.function_code(callee.default.path) if callee.default is not None else None
        if code is None or not operands:
            return self.unknown(operands, keywords, "the attention interface receives them")
        before = len(self.products)
        value = self.enter(code, expr, operands, keywords, False, None)
        for product in self.products[before:]:
            product.interface = True
        return value

    def symbol(
        self, callee: Symbol, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        path = callee.path
        space, _, name = path.rpartition(".")
        if path == "torch.special.softmax":
            space = "torch"
        if path.startswith("torch."):
            return self.torch_call(space, name, expr, operands, keywords, complete)
        if path.endswith(("ALL_ATTENTION_FUNCTIONS.get_interface", "ALL_ATTENTION_FUNCTIONS.get")):
            default = operands[1].value if len(operands) > 1 else None
            return Interface(default if isinstance(default, Symbol) else None)
        if path.startswith(("builtins.", "math.", "numpy.")):
            return self.builtin(space, name, expr, operands, keywords)
        code = self.world.function_code(path)
        if code is not None:
            return self.enter(code, expr, operands, keywords, complete, None)
        owner = self.world.class_at(path)
        if owner is not None or name[:1].isupper():
            if any(self.chain_values(o.value) for o in (*operands, *keywords.values())):
                return self.unknown(operands, keywords, f"`{name}` receives them")
            args = tuple(
                [(str(i), o.value) for i, o in enumerate(operands)] + [(k, o.value) for k, o in keywords.items()]
            )
            return Instance(path, args)
        owner = self.world.class_at(space)
        if owner is not None and name == "apply" and "torch.autograd.Function" in self.world.bases(owner):
            return self.autograd(owner, expr, operands, keywords, complete)
        if owner is not None:
            static = self.world.method_code(owner, name)
            if static is not None:
                return self.enter(static, expr, operands, keywords, complete, None)
        return self.unknown(operands, keywords, f"`{name}` receives them")

    def autograd(
        self, owner: ClassRef, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        """A custom autograd function means its forward; its gradient is its own, so the original runs where one may
        be needed."""
        code = self.world.method_code(owner, "forward")
        if code is None:
            return self.unknown(operands, keywords, "a custom autograd function receives them")
        products = {v.product for o in operands for v in self.chain_values(o.value)}
        before = len(self.products)
        context = Operand(Opaque("context", storages=self.fresh()), expr)
        value = self.enter(code, expr, [context, *operands], keywords, complete, None)
        for product in {*products, *self.products[before:]}:
            product.custom_gradient = True
        return value

    def torch_call(
        self,
        space: str,
        name: str,
        expr: lower.Call,
        operands: list[Operand],
        keywords: dict[str, Operand],
        complete: bool,
    ) -> Value:
        if space not in TENSOR_SPACES:
            if space.startswith("torch.nn") and name[:1].isupper():
                if name in ("Parameter", "Buffer"):
                    value = operands[0].value if operands else Opaque()
                    if not isinstance(value, Opaque):
                        return Opaque("tensor", storages=self.fresh())
                    # training and loading change a parameter's values; its shape is all that stays
                    return value if name == "Buffer" else Opaque(value.kind, storages=value.storages)
                args = tuple(
                    [(str(i), o.value) for i, o in enumerate(operands)] + [(k, o.value) for k, o in keywords.items()]
                )
                return Instance(f"{space}.{name}", args)
            return self.unknown(operands, keywords, f"`{space}.{name}` receives them")
        if "out" in keywords:
            self.mutated(self.storages(keywords["out"].value), expr)
            return self.unknown(operands, keywords, f"`{name}` with out=")
        if name == "multi_head_attention_forward":
            return self.multihead_result(expr, self.unknown(operands, keywords, f"`{name}` receives them"))
        if not complete:
            return self.unknown(operands, keywords, f"`{name}` with unpacked arguments")
        if name == "finfo":
            return Opaque("finfo")
        if name in ("tensor", "scalar_tensor", "as_tensor") and operands:
            value = operands[0].value
            number = numeric(value)
            if isinstance(value, Opaque) and value.kind in ("number", "scalar"):
                return Opaque("scalar", constant=number, storages=self.fresh(), positive=value.positive)
            return Opaque("tensor", storages=self.fresh())
        if name in ("zeros", "ones", "empty", "full", "rand", "randn"):
            return self.filled(name, operands, keywords)
        if name in ("zeros_like", "ones_like"):
            self.metadata_of(operands)
            return Opaque("tensor", storages=self.fresh(), zero=name == "zeros_like", mask=(next(self._ids), False))
        if name == "full_like" and len(operands) == 2 and set(keywords) <= {"dtype", "device"}:
            self.fillers[expr] = operands[1].expr
            for found in self.chain_values(operands[0].value):
                self.reads.append(Read(found, name, (), expr, self.frame, self.statement))
            return Opaque("tensor", constant=numeric(operands[1].value), storages=self.fresh())
        if name in ("empty_like", "full_like", "rand_like"):
            self.metadata_of(operands)
            return Opaque("tensor", storages=self.fresh())
        if name in ("tril", "triu") and operands and isinstance(operands[0].value, Opaque):
            mask = (next(self._ids), False) if operands[0].value.mask else None
            return Opaque("tensor", storages=self.fresh(), mask=mask)
        inplace = name.endswith("_") and not name.endswith("__")
        if inplace:
            for operand in operands[:1]:
                self.mutated(self.storages(operand.value), expr)
                for value in self.chain_values(operand.value):
                    self.spoil(value, expr, f"`{name}` changes them in place")
        return self.apply(Operation(name, tuple(operands), keywords, expr, self))

    def metadata_of(self, operands: list[Operand]) -> None:
        for operand in operands[:1]:
            for value in self.chain_values(operand.value):
                if isinstance(operand.expr, lower.Name) and isinstance(value, Scores):
                    self.reads.append(Read(value, "like", (), operand.expr, self.frame, self.statement))
                else:
                    self.use("escape", value, operand.expr, "a tensor of their shape is made")

    def filled(self, name: str, operands: list[Operand], keywords: dict[str, Operand]) -> Opaque:
        """`torch.zeros` and the like: their kind from their last size."""
        sizes: list[Value]
        values = [o.value for o in operands]
        number: float | None = {"zeros": 0.0, "ones": 1.0}.get(name)
        if name == "full":
            filler = (
                values[1]
                if len(values) > 1
                else keywords["fill_value"].value
                if "fill_value" in keywords
                else Opaque()
            )
            number = numeric(filler)
            values = values[:1]
        if len(values) == 1 and isinstance(values[0], Record):
            if values[0].sure is not None:
                return Opaque("tensor", storages=self.fresh())
            sizes = list(values[0].items)
        else:
            sizes = list(values)
        kind = "tensor"
        if not sizes and values:
            kind = "scalar"
        elif sizes and numeric(sizes[-1]) == 1:
            kind = "row"
        mask = (next(self._ids), False) if name in ("zeros", "ones") else None
        dtype = keywords["dtype"].value if "dtype" in keywords else None
        floating = dtype is None or (isinstance(dtype, Symbol) and dtype.path in FLOATING) or isinstance(dtype, Opaque)
        return Opaque(
            kind, storages=self.fresh(), zero=name == "zeros", mask=mask, floating=floating,
            constant=number if kind == "scalar" or name == "full" else None,
            positive=name == "ones" or (number or 0.0) > 0,
        )  # fmt: skip

    def builtin(
        self, space: str, name: str, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand]
    ) -> Value:
        if name in UNSAFE_BUILTINS and space == "builtins":
            self.contexts.append(self.note("UNSUPPORTED", f"a call of `{name}`", expr))
        if name == "getattr" and len(operands) >= 2:
            base, key = operands[0].value, operands[1].value
            if isinstance(key, Opaque) and isinstance(key.constant, str):
                found = self.attribute_of(base, key.constant, expr)
                return (
                    found if not isinstance(found, Method) or isinstance(base, Self) else Opaque(storages=self.fresh())
                )
        for operand in (*operands, *keywords.values()):
            if name in ("isinstance", "hasattr", "callable", "type", "len"):
                continue
            self.touch(operand.value, operand.expr, f"`{name}` receives them")
        if name == "len":
            return Opaque("number", positive=False)
        values = [o.value for o in operands]
        first = values[0] if values else None
        number = numeric(first) if first is not None else None
        if name in (
            "float",
            "int",
            "bool",
            "abs",
            "round",
            "max",
            "min",
            "sum",
            "isinstance",
            "hasattr",
            "any",
            "all",
        ):
            constant: float | None = None
            if name == "float" and isinstance(first, Opaque) and isinstance(first.constant, str):
                try:
                    constant = float(first.constant)
                except ValueError:
                    constant = None
            elif name in ("float", "int") and number is not None:
                constant = number if name == "float" or not math.isfinite(number) else float(int(number))
            depends = frozenset().union(*(self.depends(v) for v in values)) if values else frozenset()
            positive = isinstance(first, Opaque) and first.positive
            return Opaque("number", constant=constant, positive=positive, depends=depends)
        if space in ("math", "numpy"):
            constant = None
            if number is not None and name == "sqrt" and number >= 0:
                constant = math.sqrt(number)
            if number is not None and name == "log" and number > 0:
                constant = math.log(number)
            plain = all(isinstance(v, Opaque) and v.kind in ("number", "unknown", "config") for v in values)
            return Opaque("number" if plain else "unknown", constant=constant, positive=name in ("sqrt", "exp"))
        if name in ("tuple", "list") and isinstance(first, Record):
            return replace(first, kind=name)
        if name in ("tuple", "list", "sorted", "reversed", "zip", "enumerate", "map", "filter", "dict", "set"):
            storages = self.fresh().union(*(self.storages(v) for v in values)) if values else self.fresh()
            return Opaque(
                "size" if isinstance(first, Opaque) and first.kind == "size" else "unknown", storages=storages
            )
        return Opaque(storages=self.fresh())

    def instance(
        self, callee: Instance, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        """A call of a module."""
        path = callee.path
        name = path.rpartition(".")[2]
        values = [o.value for o in operands]
        if path.startswith("torch.nn."):
            if name in ("Identity", "Dropout") and len(values) == 1 and not keywords and complete:
                if isinstance(values[0], (Scores, Probs)):
                    return self.module_dropout(callee, name, expr, operands[0])
                return values[0]
            if name == "Softmax" and len(values) == 1:
                dim = next((v for k, v in callee.args if k in ("0", "dim")), None)
                axis = {"dim": Operand(dim, expr)} if dim is not None else {}
                return self.apply(Operation("softmax", tuple(operands), axis, expr, self))
            result = self.unknown(operands, keywords, f"`nn.{name}` receives them")
            if name == "MultiheadAttention":
                return self.multihead_result(expr, result)
            if name in FRESH_MODULES:
                return Opaque(
                    "tensor",
                    storages=self.fresh(),
                    depends=result.depends,
                    loss=result.loss,
                    lost_probs=result.lost_probs,
                )
            return result
        owner = self.world.class_at(path)
        code = self.world.method_code(owner, "forward") if owner is not None else None
        if code is None or (path not in self.opened and len(list(lower.walk(code.function.body))) > 40):
            return self.unknown(operands, keywords, f"`{name}` receives them")
        return self.enter(code, expr, operands, keywords, complete, Self(owner, foreign=True))

    def multihead_result(self, expr: lower.Call, output: Opaque) -> Record:
        """Output and weights of `nn.MultiheadAttention`, or of its function; the weights may be None."""
        product = Product(expr, self.frame, expr, expr, frozenset(), "", "", "", statement=self.statement, closed=True)
        self.current[product] = 0
        self.multihead.append((expr, self.frame, product))
        return Record("tuple", (output, Probs(product, ("...", "l", "r"), "r", "dropped", optional=True)))

    def module_dropout(self, callee: Instance, name: str, expr: lower.Call, operand: Operand) -> Value:
        value = operand.value
        op = Operation("dropout", (operand,), {}, expr, self)
        if name == "Identity":
            return value
        if isinstance(value, Scores):
            return self.lost_result(op, op.loss("NONLINEAR", "dropout is applied to the scores before the softmax"))
        assert isinstance(value, Probs)
        if value.stage == "dropped":
            return self.lost_result(op, op.loss("DROPOUT", "the probabilities are dropped out twice"))
        inplace = next((v for k, v in callee.args if k in ("1", "inplace")), None)
        if inplace is not None and not (isinstance(inplace, Opaque) and inplace.constant is False):
            return self.lost_result(op, op.loss("DROPOUT", "the probabilities are dropped out in place"))
        result = self.step(replace(value, stage="dropped"), "dropout", op, operand=expr.function, details=("module",))
        return self.lost_result(op, result) if isinstance(result, Loss) else result


def changed(kind: str) -> str:
    """What an in-place change leaves of a kind: tensors keep their shape."""
    return kind if kind in ("scalar", "row", "tensor", "number", "none") else "unknown"


def _named_alike(a: Value | None, b: Value | None) -> bool:
    return isinstance(a, Symbol) and isinstance(b, Symbol) and a.path == b.path


def is_reshape(expr: Expr) -> bool:
    """Whether an expression is a call of `view` or `reshape`."""
    function = expr.function if isinstance(expr, lower.Call) else None
    return isinstance(function, lower.Attribute) and function.name in ("view", "reshape")


def misplaced(steps: Sequence[Step], axis: str) -> bool:
    """Whether a scale or a shift with a value for each row is along another axis than the keys', or the leading axes
    of the scores move away from it."""
    kinds = [step.kind for step in steps]
    for index, step in enumerate(steps):
        if (step.scale_kind == "row" or step.kind == "shift") and step.details != (axis,):
            return True
        if step.scale_kind == "row" and "permute" in kinds[index:]:
            return True
    return False


def without_last(indices: tuple[Expr, ...]) -> bool:
    """`[..., :-1]`: everything but the last column."""
    if len(indices) < 2 or not isinstance(indices[-1], lower.Slice):
        return False
    start, stop, step = (*indices[-1].parts, None, None)[:3]
    last = isinstance(stop, lower.Unary) and stop.op == "-" and is_one(stop.operand)
    whole = all(
        (isinstance(i, lower.Constant) and i.value is ...) or (isinstance(i, lower.Slice) and not any(i.parts))
        for i in indices[:-1]
    )
    ellipsis = any(isinstance(i, lower.Constant) and i.value is ... for i in indices[:-1])
    return last and start is None and step is None and whole and (ellipsis or len(indices) == 4)


def product_axes(left: str, right: str, out: str) -> tuple[str, ...] | None:
    """The axes of a product's scores if the contraction is `left rows x right rows` over one shared axis."""

    def letters(text: str) -> list[str]:
        return list(text.replace("...", ""))

    a, b, o = letters(left), letters(right), letters(out)
    contracted = [x for x in a if x in b and x not in o]
    rows = [x for x in a if x not in b]
    columns = [x for x in b if x not in a]
    if len(contracted) != 1 or len(rows) != 1 or len(columns) != 1 or rows[0] not in o or columns[0] not in o:
        return None
    if any(x not in a or x not in b for x in o if x not in (rows[0], columns[0])):
        return None
    if len(set(o)) != len(o) or sorted(o) != sorted({*a, *b} - {contracted[0]}):
        return None
    if ("..." in left) != ("..." in right) or ("..." in left) != ("..." in out):
        return None
    if "..." in out and not (out.startswith("...") and left.startswith("...") and right.startswith("...")):
        return None
    named = ["l" if x == rows[0] else "r" if x == columns[0] else f"#{x}" for x in o]
    return (*(("...",) if "..." in out else ()), *named)


def context_layout(axes: tuple[str, ...], key_axis: str, labels: str, other: str, out: str) -> bool | None:
    """Whether probabilities with `axes`, labelled `labels`, are contracted with the values over the key axis and keep
    their query axis."""
    query_axis = "l" if key_axis == "r" else "r"
    letters = list(labels.replace("...", ""))
    if "..." in labels:
        named = dict(zip(letters[::-1], axes[::-1], strict=False))
        if (
            len(letters) < 2
            or len(letters) > len(axes)
            or not labels.startswith("...")
            or not other.startswith("...")
            or not out.startswith("...")
        ):
            return None
    elif "..." in axes:
        if axes[0] != "..." or len(letters) < len(axes) - 1:
            return None
        named = dict(zip(letters[::-1], axes[:0:-1], strict=False))
    else:
        if len(letters) != len(axes):
            return None
        named = dict(zip(letters, axes, strict=True))
    key = next((letter for letter, axis in named.items() if axis == key_axis), None)
    query = next((letter for letter, axis in named.items() if axis == query_axis), None)
    if key is None or query is None:
        return None
    values, result = list(other.replace("...", "")), list(out.replace("...", ""))
    lead = [letter for letter in letters if letter not in (key, query)]
    extra = [letter for letter in values if letter not in letters]
    if key not in values or key in result or query not in result or query in values or len(extra) != 1:
        return None
    if sorted(result) != sorted([*lead, query, extra[0]]) or not set(lead) <= set(values):
        return None
    return True


__all__ = ["Frame", "Interpreter", "TooComplex", "context_layout", "parse_equation", "product_axes"]
