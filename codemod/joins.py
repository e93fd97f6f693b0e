"""Where branches meet, and the passes of a loop: what still holds of the values of both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import libcst as cst

from . import lower
from .chain import Chain
from .frames import UNSAID
from .lower import Expr
from .values import (
    MOST_TEXTS,
    UNTOLD,
    Choice,
    Instance,
    Interface,
    Method,
    Opaque,
    Path,
    Probs,
    Product,
    Record,
    Reshape,
    RowShift,
    Scores,
    Self,
    Super,
    Symbol,
    Value,
    all_floating,
    either_told,
    either_width,
    join_opaque,
    texts_of,
)

CALLABLE = (Symbol, Instance, Method, Choice, Interface)


@dataclass(frozen=True)
class Meeting:
    """Where two sides meet: each product's version on either, its version from now on where these differ, and the
    conditions under which each side was taken, where they are known."""

    versions: tuple[dict[Product, int], dict[Product, int]]
    merged: dict[Product, int]
    when: tuple[Path, Path] | None

    def current(self, value: Scores | Probs, side: int) -> bool:
        """Whether a side ends with a value as the latest image of its product."""
        return self.versions[side].get(value.product) == value.version

    def version(self, value: Scores | Probs) -> int:
        """The version of what is the latest image on both sides."""
        return self.merged.get(value.product, value.version)

    def place(self, chain: list[Scores | Probs]) -> Expr:
        """What a message points at."""
        if self.when is not None and self.when[0]:
            return self.when[0][0][0]
        return chain[0].product.expr if chain else Expr(cst.Pass())


class Joins(Chain):
    """What is known where branches meet, and after a loop."""

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
        at = Meeting((first[1], second[1]), merged, when)
        env: dict[str, Value] = {}
        for name in {**first[0], **second[0]}:
            if name in first[0] and name in second[0]:
                env[name] = self.join_values(first[0][name], second[0][name], at)
            else:
                env[name] = first[0][name] if name in first[0] else second[0][name]
        self.frame.env, self.current = env, versions

    def join_values(self, a: Value, b: Value, at: Meeting) -> Value:
        """What holds of a value that is `a` after the first side and `b` after the second."""
        if a is b:
            return a
        joined: Value | None = None
        if isinstance(a, Scores) and isinstance(b, Scores) and a.product is b.product:
            joined = self.joined_scores(a, b, at)
        elif isinstance(a, Probs) and isinstance(b, Probs) and a.product is b.product:
            joined = self.joined_probs(a, b, at)
        elif isinstance(a, RowShift) and isinstance(b, RowShift) and a.product is b.product:
            alike = (a.kept, a.axes, a.wrapped) == (b.kept, b.axes, b.wrapped)
            joined = replace(a, share=None) if alike else None
        elif isinstance(a, Record) and isinstance(b, Record) and a.kind == b.kind != "either":
            joined = self.joined_records(a, b, at)
        elif isinstance(a, CALLABLE) and isinstance(b, CALLABLE):
            joined = self.joined_callables(a, b)
        elif isinstance(a, Opaque) and isinstance(b, Opaque) and a.kind == b.kind == "string":
            joined = self.joined_texts(a, b, at)
        if joined is None:
            joined = self.one_goes_on(a, b, at, 0)
        if joined is None:
            joined = self.one_goes_on(b, a, at, 1)
        return self.differing(a, b, at) if joined is None else joined

    @staticmethod
    def joined_layout(a: Scores | Probs, b: Scores | Probs) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The axes that both sides leave, and their natural order; None where these are not the same."""
        if (a.axes, a.natural) == (b.axes, b.natural):
            return a.axes, a.natural
        if a.axes == a.natural and b.axes == b.natural:
            # a view of other rows is refused at the softmax
            axes = ("...", *a.axes[-2:])
            return axes, axes
        return None

    def joined_scores(self, a: Scores, b: Scores, at: Meeting) -> Scores | None:
        """Two images of one product as one."""
        layout = self.joined_layout(a, b)
        sink = self.joined_sink(a, b, at.when)
        if layout is None or sink is None or a.pending != b.pending:
            return None
        fresh = at.current(a, 0) and at.current(b, 1)
        fills = [f for f in (a.fill, b.fill) if f is not None]
        return Scores(
            a.product,
            # a stale one has a version of its own: whoever computes with it is refused, and nobody has yet
            version=at.version(a) if fresh else next(self._ids),
            axes=layout[0],
            natural=layout[1],
            fill=max(fills, default=None),
            pending=a.pending,
            upcast=a.upcast if a.upcast == b.upcast else None,
            promoted=either_width(a.promoted, b.promoted),
            met=a.met or b.met,
            told=either_told(a.told, b.told),
            views=max(a.views, b.views),
            optional=a.optional or b.optional,
            sink=sink,
            rounded=a.rounded or b.rounded,
            shifted=a.shifted or b.shifted,
        )

    def joined_probs(self, a: Probs, b: Probs, at: Meeting) -> Probs | None:
        """Two images of one product's probabilities as one."""
        layout = self.joined_layout(a, b)
        sink = self.joined_sink(a, b, at.when)
        fresh = at.current(a, 0) and at.current(b, 1)
        if layout is None or a.after != b.after or sink is None or not (fresh or a.version == b.version):
            return None
        if a.when != b.when and a.product.closed:
            return None  # each is there under its own conditions
        return Probs(
            a.product,
            axes=layout[0],
            natural=layout[1],
            key_axis=a.key_axis,
            stage=a.stage if a.stage == b.stage else "dropped",
            views=a.views if a.views == b.views else None,
            optional=a.optional or b.optional,
            sink=sink,
            version=at.version(a) if fresh else a.version,
            factors=max(a.factors, b.factors),
            after=a.after,
            reshaped=self.joined_reshape(a, b),
            casts=a.casts if a.casts == b.casts else None,
            given=self.joined_given(a.given, b.given),
            whole=a.whole or b.whole,
            when=a.when if a.when == b.when else ((UNSAID, True, self.frame),),
        )

    def joined_given(self, a: Value | None, b: Value | None) -> Value | None:
        """The dtype that probabilities were given on both sides: of two tensors, as far as the source says."""
        if a == b:
            return a
        of = [value and self.dtypes.get(value, value) for value in (a, b)]
        said = [value.wide for value in of if isinstance(value, Opaque)]
        return a if len(said) == 2 and said[0] == said[1] else UNTOLD

    @staticmethod
    def joined_reshape(a: Probs, b: Probs) -> Reshape | None:
        """The view that one side, or both, went through."""
        if a.reshaped is b.reshaped or b.views == ():
            return a.reshaped
        return b.reshaped if a.views == () else None

    def joined_records(self, a: Record, b: Record, at: Meeting) -> Record:
        """Two tuples, lists or dicts of one kind."""
        if len(a.items) != len(b.items) or a.sure is not None or b.sure is not None:
            a, b = a.beside(b)
        for side, (one, other) in enumerate(((a, b), (b, a))):
            lost = [(x, y) for x, y in zip(one.items, other.items, strict=False) if self.loses(y, x, at)]
            for x, y in lost:
                self.one_goes_on(x, y, at, side)
            if lost:
                return replace(one, items=tuple(self.going_on(x, at, side) for x in one.items))
        items = [self.join_values(x, y, at) for x, y in zip(a.items[: a.sure], b.items[: b.sure], strict=True)]
        if a.sure is not None:
            here, there = a.items[a.sure :], b.items[a.sure :]
            both = [x for x in here if any(x is y for y in there)]
            items += [x if x in both else self.only_there(x, at, 0) for x in here]
            items += [self.only_there(y, at, 1) for y in there if y not in both]
        return Record(a.kind, tuple(items), a.keys if a.keys == b.keys else (), a.sure, a.own | b.own)

    def only_there(self, value: Value, at: Meeting, side: int) -> Value:
        """An item that only one side has put into a tuple, a list or a dict: who hands that on hands the item on under
        these conditions alone."""
        if isinstance(value, (Scores, Probs)):
            return replace(value, when=(*value.when, *self.taken(at, side)))
        if isinstance(value, Record):
            return replace(value, items=tuple(self.only_there(item, at, side) for item in value.items))
        return value

    def joined_callables(self, a: Value, b: Value) -> Value | None:
        """One of several functions or modules."""
        if isinstance(a, Interface) or isinstance(b, Interface):
            return self.joined_interfaces(a, b)
        if not (self.of_the_module(a) and self.of_the_module(b)):
            return None  # an attribute of a tensor, or of what may be one, may be a view of it
        options = {self.called(option): option for option in (*self.options(b), *self.options(a))}
        return Choice(tuple(options.values())) if len(options) > 1 else a

    def joined_texts(self, a: Opaque, b: Opaque, at: Meeting) -> Opaque | None:
        """A string that says one thing or another."""
        sides = texts_of(a), texts_of(b)
        if at.when is None or not all(sides) or a.constant == b.constant is not None:
            return None
        found = [
            ((*self.path, *when, *path), text)
            for when, side in zip(at.when, sides, strict=True)
            for path, text in side
        ]
        return Opaque("string", texts=tuple(found) if len(found) <= MOST_TEXTS else ())

    @staticmethod
    def of_the_module(value: Value) -> bool:
        """Whether what may be called is no attribute of a value that is watched."""
        return not isinstance(value, Method) or isinstance(value.base, (Self, Super, Instance))

    @staticmethod
    def called(value: Value) -> object:
        """What two names of one function have in common."""
        return value.path if isinstance(value, Symbol) else value

    def joined_interfaces(self, a: Value, b: Value) -> Interface | None:
        """The attention interface, where what is eager is the same on both sides."""
        eager = [value.default if isinstance(value, Interface) else value for value in (a, b)]
        found = {self.called(value): value for value in eager if value is not None}
        default = next(iter(found.values()), None)
        return Interface(default) if len(found) == 1 and isinstance(default, Symbol) else None

    def one_goes_on(self, one: Value, other: Value, at: Meeting, side: int) -> Value | None:
        """The scores or probabilities that one side has: where the other has None they are optional, and where it has
        lost them the original runs."""
        if not isinstance(one, (Scores, Probs)) or not isinstance(other, Opaque):
            return None
        if other.kind == "none":
            return replace(one, optional=True, when=(*one.when, *self.taken(at, side)))
        if not self.loses(other, one, at):
            return None
        assert other.loss is not None
        assert at.when is not None
        one.product.guards.append(((*self.path, *at.when[1 - side]), other.loss))
        return self.going_on(one, at, side)

    def taken(self, at: Meeting, side: int) -> Path:
        """The conditions under which a side was taken; one that cannot be said, where they are not known."""
        return at.when[side] if at.when is not None else ((UNSAID, True, self.frame),)

    @staticmethod
    def loses(value: Value, other: Value, at: Meeting) -> bool:
        """Whether a side has lost the scores that the other has, under conditions: there the original runs, so that
        nothing else of it matters."""
        lost = isinstance(value, Opaque) and value.loss is not None and isinstance(other, (Scores, Probs))
        return lost and at.when is not None

    @staticmethod
    def going_on(value: Value, at: Meeting, side: int) -> Value:
        """A value of the side that is gone on with, at the version that both sides have from now on."""
        if isinstance(value, (Scores, Probs)) and at.current(value, side):
            return replace(value, version=at.version(value))
        return value

    def differing(self, a: Value, b: Value, at: Meeting) -> Value:
        """Values that have nothing in common."""
        chain = [*self.chain_values(a), *self.chain_values(b)]
        if any(value.product.closed for value in chain) or isinstance(a, Record) or isinstance(b, Record):
            # only what reads it is a use, under the conditions of its side
            sides = [self.only_there(a, at, 0), self.only_there(b, at, 1)]
            return Record("either", tuple(dict.fromkeys(part for side in sides for part in self.alternatives(side))))
        place = at.place(chain)
        message = "the scores come from different products in different branches"
        if len({value.product for value in chain}) < 2:
            message = "the scores are not the same tensor in different branches"
        loss = self.note("BRANCH", message, place)
        side = self.side_of_attention(a, b, at)
        if side is not None and at.when is not None:
            one, other = (a, b) if side == 0 else (b, a)
            if isinstance(one, (Scores, Probs)) and at.current(one, side):
                one.product.guards.append(((*self.path, *at.when[1 - side]), loss))
                if isinstance(one, Scores) and isinstance(other, Scores):
                    self.use("escape", other, place, "they differ by branch")
                return replace(one, version=at.version(one))
        joined = [self.opaque(value, place, "they differ by branch", loss=loss) for value in (a, b)]
        found = replace(join_opaque(joined[0], joined[1]), floating=all_floating(map(self.has_floating, joined)))
        if self.in_order.issuperset(joined):
            self.in_order.add(found)
        return found

    def side_of_attention(self, a: Value, b: Value, at: Meeting) -> int | None:
        """Which of two values goes on, where the original runs on the other side: the scores that were through a
        softmax; of two products that of the side which is taken as the module was made, or the else's, which stands
        for more cases."""
        if at.when is None:
            return None
        if isinstance(a, Scores) and isinstance(b, Scores):
            return 0 if self.as_made(at.when[0]) else 1
        for side, (one, other) in enumerate(((a, b), (b, a))):
            if isinstance(one, Probs) and isinstance(other, Scores) and other.product is one.product:
                return side
        return None

    def as_made(self, path: Path) -> bool:
        """Whether conditions ask whether a tensor of the module's is there, and it is when the module is made."""
        for test, polarity, _ in path:
            if not isinstance(test, lower.Compare) or test.ops not in (("is",), ("is not",)):
                return False
            tensor, none = self.facts.get(test.left), self.facts.get(test.rights[0])
            there = isinstance(tensor, Opaque) and tensor.kind in ("tensor", "row", "scalar")
            if (
                not there
                or not isinstance(none, Opaque)
                or none.kind != "none"
                or polarity != (test.ops == ("is not",))
            ):
                return False
        return bool(path)

    @staticmethod
    def alternatives(value: Value) -> tuple[Value, ...]:
        """What a value may be, as far as that was kept apart."""
        return value.items if isinstance(value, Record) and value.kind == "either" and not value.own else (value,)

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

    @staticmethod
    def options(value: Value) -> tuple[Value, ...]:
        return value.options if isinstance(value, Choice) else (value,)

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
        """The same scores as each pass of a loop finds them, stale under any other name: what a pass before has added
        may have expanded and widened them."""
        version = self.current[value.product] = next(self._ids)
        return replace(value, version=version, met=True, promoted="other")

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
        rounded, told = start.rounded, start.told
        for env, versions in ends:
            value = env.get(name)
            others = (self.depends(v) for n, v in env.items() if n in assigned and n != name)
            # the steps that may stand in a loop leave axes, views, casts and sinks as they are
            if (
                not isinstance(value, Scores)
                or versions.get(product) != value.version
                or value.optional
                or value.shifted != start.shifted
                or any(product in found for found in others)
            ):
                loss = self.note("LOOP", "the scores leave a loop otherwise than they came", statement.subject)
                return self.opaque(start, statement.subject, "they change in a loop", loss=loss)
            if value.fill is not None:
                fills.append(value.fill)
            rounded, told = rounded or value.rounded, either_told(told, value.told)
        return replace(start, version=next(self._ids), fill=max(fills, default=None), rounded=rounded, told=told)
