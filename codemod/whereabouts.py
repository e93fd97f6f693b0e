"""Where attention weights are in a value: which places of which tuples hold them, no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import lower
from .hierarchy import ClassRef


@dataclass(frozen=True)
class Shape:
    """Where weights are in a value. `kind`: "clean" (nowhere), "weights" (it is some, or None in their place), "tuple"
    (by item; unless it is `sure`, it may be something else that has none), "many" (in each of any number of items, as
    in its one), "either" (as in one of them), "mixed" (somewhere), "modules" (none; instances of `classes`, all of
    them if `sure`)."""

    kind: str
    items: tuple[Shape, ...] = ()
    classes: frozenset[ClassRef] = frozenset()
    sure: bool = True

    @property
    def lost(self) -> bool:
        """Whether weights are in it, it is not known where."""
        return self.kind in ("mixed", "either") or any(item.lost for item in self.items)

    @property
    def certain(self) -> bool:
        """Whether it holds weights, and it is known where."""
        return self.firm and not self.lost

    @property
    def firm(self) -> bool:
        """Whether it holds weights, and not only perhaps."""
        inside = any(item.firm or item.kind == "mixed" for item in self.items)
        return self.kind == "weights" or (self.sure and self.kind != "either" and inside)

    @property
    def tainted(self) -> bool:
        return self.kind in ("weights", "mixed") or any(item.tainted for item in self.items)


CLEAN, WEIGHTS, MIXED = Shape("clean"), Shape("weights"), Shape("mixed")


def each_of(shape: Shape) -> Shape:
    """What may be in any one item of a value."""
    if shape.kind == "either":
        return any_of([each_of(item) for item in shape.items])
    if not shape.sure and shape.tainted:
        return MIXED
    if shape.kind in ("tuple", "many"):
        found = shape.items[0] if shape.items else CLEAN
        for item in shape.items[1:]:
            found = join(found, item)
        return found
    return MIXED if shape.tainted else shape if shape.kind == "modules" else CLEAN


def many(shape: Shape) -> Shape:
    """A value of any number of items of that shape."""
    return Shape("many", (shape,)) if shape.tainted else shape if shape.kind == "modules" else CLEAN


def join(a: Shape, b: Shape) -> Shape:
    """What may be in either."""
    if a == b:
        return a
    if "mixed" in (a.kind, b.kind):
        return MIXED
    if a.kind == b.kind == "modules":
        return Shape("modules", classes=a.classes | b.classes, sure=a.sure and b.sure)
    if a.kind == b.kind == "tuple" and len(a.items) == len(b.items):
        return Shape("tuple", tuple(map(join, a.items, b.items)), sure=a.sure and b.sure)
    if a.kind == b.kind == "many":
        return Shape("many", (join(a.items[0], b.items[0]),))
    if {a.kind, b.kind} <= {"tuple", "either"}:
        ways = {*(a.items if a.kind == "either" else (a,)), *(b.items if b.kind == "either" else (b,))}
        return _either(ways)
    for one, other in ((a, b), (b, a)):
        perhaps = one.kind == "tuple" and not one.sure
        if other.kind == "clean" and (perhaps or one.kind in ("weights", "modules")):
            return one
        if one.kind == "many" and other == Shape("tuple"):
            return one  # a list that is empty at first
    return MIXED if a.tainted or b.tainted else CLEAN


def _either(ways: Iterable[Shape]) -> Shape:
    """One of several tuples, of which there is one of each length."""
    by_length: dict[int, Shape] = {}
    for way in ways:
        length = len(way.items)
        by_length[length] = join(by_length[length], way) if length in by_length else way
    if not any(way.tainted for way in by_length.values()):
        return CLEAN
    return Shape("either", tuple(by_length[length] for length in sorted(by_length)))


def any_of(shapes: list[Shape]) -> Shape:
    """What may be in any of several values."""
    found = shapes[0]
    for shape in shapes[1:]:
        found = join(found, shape)
    return found


def passed_on(name: str, shapes: list[Shape]) -> Shape:
    """What an iterator over values gives."""
    items = [each_of(shape) for shape in shapes]
    if name == "enumerate":
        return many(Shape("tuple", (CLEAN, items[0])))
    if name == "zip":
        return many(Shape("tuple", tuple(items)))
    if name == "next":
        return join(items[0], shapes[1]) if len(shapes) > 1 else items[0]
    return many(items[0])


def taken_apart(shape: Shape, targets: tuple[lower.Expr, ...]) -> list[Shape]:
    """What each of several targets gets of a value."""
    if shape.kind == "either":
        fitting = [way for way in shape.items if len(way.items) == len(targets)]
        if fitting and not any(isinstance(target, lower.Starred) for target in targets):
            return list(fitting[0].items)
        return [MIXED] * len(targets)
    starred = [index for index, target in enumerate(targets) if isinstance(target, lower.Starred)]
    if shape.kind == "many":
        return [shape if index in starred else shape.items[0] for index in range(len(targets))]
    more = len(shape.items) - len(targets)
    if shape.kind != "tuple" or len(starred) > 1 or (more < -1 if starred else more != 0):
        return [MIXED if shape.tainted else CLEAN] * len(targets)
    if not starred:
        return list(shape.items)
    at = starred[0]
    rest = Shape("tuple", shape.items[at : at + more + 1])
    return [*shape.items[:at], rest, *shape.items[at + more + 1 :]]


def joined(a: dict[str, Shape], b: dict[str, Shape]) -> dict[str, Shape]:
    """What names may hold, on either side."""
    return {name: join(a.get(name, CLEAN), b.get(name, CLEAN)) for name in {**a, **b}}
