"""One run of one function, and how far a run may go."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import libcst as cst

from .hierarchy import ClassRef, Code
from .lower import Attribute, Boolean, Expr, Name, Unary, assigned_names
from .values import Path, Product, Use, Value

REQUEST = "output_attentions"
"""The argument that asks for weights, and that the runtime listens to."""
NAMED_AFTER_WEIGHTS = re.compile("(output|return|need|keep|save|store|with|get)_?(attn|attention|weight|prob)")
"""In a name that says whether weights are returned, and not whether there is an attention."""
MOST_TESTS = 6
"""Of so many tests all answers are gone through."""
DEPTH = 8
"""How deep helpers are entered."""
BUDGET = 60_000
"""How many expressions one run may evaluate."""


class TooComplex(Exception):  # noqa: N818  # a verdict on a method, caught in this package, not an error
    """The budget of one run is spent."""


@dataclass(frozen=True, eq=False)
class Either:
    """What a name is bound to where two sides of a branch meet; None for what it was when its function was entered."""

    name: str
    test: Expr
    body: Source | None
    orelse: Source | None


Source = Expr | Either
"""What a name is bound to."""
UNSAID = Expr(cst.Ellipsis())
"""Something that no one expression stands for; as a test, one that cannot be said."""


def parts_of(source: Source | None) -> Iterator[Expr]:
    """The expressions that decide what a name is."""
    if isinstance(source, Expr):
        yield source
    elif source is not None:
        yield source.test
        yield from parts_of(source.body)
        yield from parts_of(source.orelse)


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
    """What each name is bound to, None where that is no one expression, or not the only one."""
    sources: dict[str, Source] = field(default_factory=dict)
    """What each name is bound to at the moment, as far as it was bound anew since the function was entered."""
    reached: dict[Expr, Source | None] = field(default_factory=dict)
    """For each read of a name what it was bound to, None where that is what the function was entered with."""
    closure: Frame | None = None
    returns: list[tuple[Value, dict[Product, int], Path, Expr | None]] = field(default_factory=list)
    """What is returned, where each product is by then, the conditions, and the expression."""
    captured: set[str] = field(default_factory=set)
    """Names that a nested function or lambda reads which may change what they hold."""
    read_later: dict[str, Expr] = field(default_factory=dict)
    """Names that a lambda or a generator reads, whenever it is run, and the last that does."""
    defaults: dict[tuple[str, str], Value] = field(default_factory=dict)
    """What the defaults of nested functions were when these were defined, by function and parameter."""
    path_start: int = 0

    def read(self, name: Name) -> None:
        """Notes what a name is bound to where it is read, in every pass of a loop."""
        source = self.sources.get(name.id)
        self.reached[name] = source if self.reached.get(name, source) is source else UNSAID

    def said(self, name: Name) -> Source | None:
        """What a name stands for where it is read, or anywhere if it was not read but bound once; None for what it was
        when the function was entered."""
        if name in self.reached:
            return self.reached[name]
        return (self.definitions[name.id] or UNSAID) if name.id in self.definitions else None

    def meet(self, test: Expr | None, first: Mapping[str, Source], second: Mapping[str, Source]) -> None:
        """What names are bound to behind two sides of a branch; no test where either may have been left midway."""
        self.sources = {}
        for name in {**first, **second}:
            one, other = first.get(name), second.get(name)
            if one is other and one is not None:
                self.sources[name] = one
            elif test is None or UNSAID in (one, other):
                self.sources[name] = UNSAID
            else:
                self.sources[name] = Either(name, test, one, other)

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    def called_in(self, frame: Frame) -> bool:
        """Whether this is a call that `frame` made, directly or not, or `frame` itself."""
        return self is frame or (self.parent is not None and self.parent.called_in(frame))


def always_flows(use: Use, here: Path) -> bool:
    """Whether something that is returned at a use is returned wherever the function returns behind what stands at
    `here`: nobody asks for it. Where the function returns without it, what decides that asks, in whatever words."""
    if use.kind != "flow":
        return False
    start, product = use.frame.path_start, use.value.product
    before = _taken(here[start:])
    made = [(_taken(path), expr) for _, versions, path, expr in use.frame.returns if product in versions]
    behind = [(path, expr) for path, expr in made if not any((test, not given) in before for test, given in path)]
    flows = [
        (_taken(u.path[start:]), u.expr)
        for u in product.uses
        if u.kind == "flow" and type(u.value) is type(use.value)  # scores are no probabilities
    ]
    return bool(behind) and all(
        _covers([taken - before - path for taken, at in flows if at is expr]) for path, expr in behind
    )


def _taken(path: Path) -> frozenset[tuple[int, bool]]:
    return frozenset((id(test), polarity) for test, polarity, _ in path)


def _covers(ways: list[frozenset[tuple[int, bool]]]) -> bool:
    """Whether one of some sets of answers is met, however the tests come out."""
    tests = sorted({test for way in ways for test, _ in way})
    if len(tests) > MOST_TESTS:
        return False
    answers = (set(zip(tests, given, strict=True)) for given in itertools.product((False, True), repeat=len(tests)))
    return all(any(way <= each for way in ways) for each in answers)


def conjuncts(test: Expr, polarity: bool) -> Iterator[tuple[Expr, bool]]:
    """What must have come out so where a test came out so, all of it."""
    if isinstance(test, Unary) and test.op == "not":
        yield from conjuncts(test.operand, not polarity)
    elif isinstance(test, Boolean) and (test.op == "and") == polarity:
        yield from conjuncts(test.left, polarity)
        yield from conjuncts(test.right, polarity)
    else:
        yield test, polarity


def requests_of(path: Path) -> list[str]:
    """The arguments by which weights are asked for where something happens, each enough, in a way that the runtime
    hears: by the caller of a `forward`, which listens for that, or in the configuration. The usual one comes first."""
    found = {
        name
        for test, polarity, frame in path
        for part, given in conjuncts(test, polarity)
        if given and (name := _listened_for(part, frame) or _configured(part))
    }
    return sorted(found, key=lambda name: (name != REQUEST, NAMED_AFTER_WEIGHTS.search(name) is None, name))


def _listened_for(test: Expr | None, frame: Frame | None) -> str:
    """The argument of a `forward` that a test is, or is what a helper got for it."""
    if frame is None or not isinstance(test, Name) or test.id in assigned_names(frame.code.function.body):
        return ""
    if is_listenable(frame.code, test.id):
        return test.id
    return _listened_for(frame.arguments.get(test.id), frame.parent)


def is_listenable(code: Code, name: str) -> bool:
    """Whether a name is an argument of a module's call that stays what it is, so that the runtime sees it."""
    given = any(p.name == name and not p.star.startswith("*") for p in code.function.parameters[1:])
    return given and code.name == "forward" and code.is_method and name not in assigned_names(code.function.body)


def _configured(test: Expr) -> str:
    base = test.base if isinstance(test, Attribute) and test.name == REQUEST else None
    return REQUEST if isinstance(base, Attribute) and base.name == "config" and isinstance(base.base, Name) else ""


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
