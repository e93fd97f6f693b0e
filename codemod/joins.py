"""Where branches meet, and the passes of a loop: what still holds of the values of both sides."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from . import lower
from .chain import Chain
from .lower import Expr
from .values import (
    Choice,
    Instance,
    Interface,
    Method,
    Opaque,
    Path,
    Probs,
    Product,
    Record,
    RowShift,
    Scores,
    Self,
    Symbol,
    Value,
    all_floating,
    join_opaque,
)


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
                    return Record("dict", (*self.chain_values(a), *self.chain_values(b)), sure=0, own=a.own | b.own)
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
            return Record(a.kind, tuple(items), a.keys if a.keys == b.keys else (), a.sure, a.own | b.own)
        done = [value for value in (a, b) if isinstance(value, (Scores, Probs)) and value.product.closed]
        if done and all(value in done or isinstance(value, Opaque) for value in (a, b)):
            return Record("either", (a, b))  # only what reads it is a use
        if isinstance(a, Record) or isinstance(b, Record):
            probs = [*self.chain_values(a), *self.chain_values(b)]
            if probs:
                either = any(isinstance(value, Record) and value.kind == "either" for value in (a, b))
                return Record("either", tuple(probs)) if either else Record("tuple", tuple(probs), sure=0)
        if isinstance(a, Opaque) and isinstance(b, Opaque):
            return replace(join_opaque(a, b), floating=all_floating(map(self.has_floating, (a, b))))
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
        return replace(join_opaque(joined[0], joined[1]), floating=all_floating(map(self.has_floating, joined)))

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
