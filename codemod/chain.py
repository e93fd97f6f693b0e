"""The chain from a product to its meeting with the values: each step is logged, each other use noticed, and each loss
kept with its reason.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from . import lower
from .dtypes import DTYPES, FLOATING, floating_of, narrow_of, wide_of
from .frames import UNSAID, Frame
from .hierarchy import ClassRef, Code, World, render
from .layout import context_layout, is_reshape, misplaced, named_alike, product_axes
from .lower import Expr
from .operations import RULES, Operand, Operation
from .results import WITH_AXES, opaque_result
from .values import (
    GLOBAL,
    Choice,
    Instance,
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
    Width,
    is_false,
    leading,
    widest,
)

SAME_DTYPE = frozenset(
    ["transpose", "permute", "view", "reshape", "contiguous", "unsqueeze", "expand", "flatten", "mul", "div"]
)
"""Methods whose result is floating only where what they are called on is."""
CHANGED = "a tensor that the attention still reads is changed in place"
CHANGEABLE_NUMBER = "an argument that the attention may have read is changed in place, if it is a tensor"
ONE_TENSOR = "an argument is changed in place, and another that the attention still reads may be the same tensor"
CHANGEABLE = "a tensor that the attention still reads may be changed by a call that is not understood"
OWN = 0
"""The storage that stands for whatever the module holds, where something may be any of it."""
IDS = itertools.count(1)
"""Storages and versions: what one run has learnt of an attribute is read in others."""
SETTINGS: dict[str, int] = {}
"""By name, the storages of what configurations hold: plain values, but should one be a tensor, it is no other."""
UNCHANGING = ("number", "none", "string", "size", "dtype", "device", "config")
"""Kinds of what nobody can change."""
COPYING = frozenset({"tensor", "row", "scalar", *UNCHANGING} - {"config"})
"""Kinds of what keeps no object that is put into it."""
UNWATCHED = Opaque()
"""Of what has no storage nothing is watched."""
REPEATABLE = frozenset({"add", "sub", "fill", "keep", "same"})
"""Steps that may stand in a loop which the scores pass through: they are the same at each pass."""


def setting(name: str) -> int:
    """The storage of what configurations hold under that name."""
    return SETTINGS.setdefault(name, next(IDS))


def lost_to(values: Sequence[Value], reason: str) -> tuple[str, str]:
    """Code and message of scores, or of probabilities alone, that something without a rule is given."""
    if all(isinstance(value, Probs) for value in values):
        return "PROBABILITIES", f"the probabilities are not what meets the values: {reason}"
    return "NONLINEAR", f"the scores are not affine in Q Kᵀ: {reason}"


class Chain:
    """The log of each product: what became of its scores on the way to the values."""

    def __init__(self, world: World, cls: ClassRef | None) -> None:
        self.world = world
        self.cls = cls
        self.products: list[Product] = []
        self.lost: list[Loss] = []
        self.reads: list[Read] = []
        self.made_at: dict[int, int] = {}
        """How many steps a version of scores had gone through when it was made."""
        self.frame: Frame = None  # type: ignore[assignment]  # set by run
        self.current: dict[Product, int] = {}
        self.path: list[tuple[Expr, bool, Frame]] = []
        self.loops: tuple[lower.Loop, ...] = ()
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
        self.taken_sizes: dict[Expr, tuple[Expr, int]] = {}
        """Reads of shapes of which one size is taken at once: where, and which."""
        self.dtypes: dict[Value, Value] = {}
        """Dtypes, and whose they are."""
        self.fillers: dict[Expr, Expr] = {}
        """Calls of `full_like`, and what they fill with."""
        self.interface_calls: dict[Frame, tuple[Expr, Frame]] = {}
        self.stores: dict[str, list[Value]] = {}
        self.multihead: list[tuple[lower.Call, Frame, Product, Path]] = []
        """Calls of `nn.MultiheadAttention`; what becomes of their weights is logged in the product."""
        self.suspects: list[tuple[Loss, frozenset[Product]]] = []
        """Softmaxes of something that came from a product and is lost."""
        self.effects: list[tuple[Frame, Expr, Path, Product | None]] = []
        """What helpers change: attributes, and tensors in place, and of these which product's scores they are, whose
        steps say it."""
        self.floats: set[Value] = set()
        """Tensors that are floating, since nothing else can be multiplied so, and their dtypes."""
        self.altered: set[int] = set()
        """Storages, and in the next attributes of `self` ("": any), that something may have changed so far."""
        self.altered_attributes: set[str] = set()
        self.altered_parts: set[str] = set()
        """Attributes of `self` that were called: what they hold may be another."""
        self.before: dict[Expr, tuple[frozenset[int], frozenset[str], frozenset[str]]] = {}
        """What had been changed when a test was evaluated."""
        self.made: list[tuple[Frame, Expr, Path]] = []
        """What helpers compute for names of their own."""
        self.in_order: set[Value] = set()
        """Values that lie in memory as their axes follow one another, and views of such."""
        self.elementwise: dict[Value, frozenset[Product]] = {}
        """What was made of products with V entry by entry, and lies in memory as they do."""
        self.uncast: tuple[object, ...] = ()
        """Blocks around the statement in which autocast is off."""
        self.raises: list[tuple[Frame, Expr, Path]] = []
        """Where an error may be raised."""
        self.held_elsewhere: set[int] = set()
        """Storages that an object, an array or an iterator has, which may change them whenever it is used."""
        self.given: frozenset[int] = frozenset()
        """Storages of what was put where others may find it: it may be anything that is found there."""
        self.arguments: frozenset[int] = frozenset()
        """The storages of the arguments of `forward`, any two of which may be one tensor."""
        self.kept: dict[str, frozenset[int]] = {}
        """The storages of attributes: each read of one gives the same tensor."""
        self.settings: set[int] = set()
        """Those of what the constructor was given as it is: most are sizes, and one may be a tensor."""
        self.rows = 0
        """How many row constants of scores were made."""
        self.opened: set[str] = set()
        """Classes whose `forward` is entered however long it is."""
        self.lambdas: dict[Value, Nested] = {}
        """What is entered where one of these values is called."""
        self.displaced: set[Expr] = set()
        """Calls with positional arguments behind unpacked ones: which parameters they are for is not known."""
        self.plain_arguments: frozenset[int] = frozenset()
        """Storages of the method's own arguments that have a number for their default."""
        self.chosen = ""
        """The function that is assumed to be in an attribute which may have one of several."""
        self.handed: set[Expr] = set()
        """Calls by which a constructor hands on what it was given, whatever it was."""
        self._ids = IDS
        self._spent = 0
        self._tries = 0
        self._merge: dict[Product, int] | None = None

    def fresh(self) -> frozenset[int]:
        """A storage nobody else has."""
        return frozenset({next(self._ids)})

    def note(self, code: str, message: str, expr: Expr) -> Loss:
        return Loss(code, message, expr, self.frame)

    def bind(self, name: str, value: Value, source: Expr | None) -> None:
        known = name in self.frame.env or name in self.frame.definitions
        if name in self.frame.captured:
            value = self.weakened(value)  # what has captured the name may change what it holds, whenever it runs
        if name in self.frame.read_later:
            self.touch(value, self.frame.read_later[name], "a nested expression reads them whenever it is run")
        self.frame.definitions[name] = None if known or self.path_in_frame() else source
        self.frame.sources[name] = UNSAID if source is None else source
        self.frame.env[name] = value

    def effect(self, expr: Expr, of: Product | None = None) -> None:
        """A change that a helper makes, and that is lost where its steps are said in its caller; where it is one of a
        product's own scores, to the other products alone."""
        if self.frame.parent is not None:
            self.effects.append((self.frame, expr, tuple(self.path), of))

    def tested(self, test: Expr) -> None:
        """Notes what had been changed by the time of a test, in any pass of a loop: what it reads may have been
        something else before."""
        now = frozenset(self.altered), frozenset(self.altered_attributes), frozenset(self.altered_parts)
        known = self.before.get(test)
        if known is not None and not self.loops:
            return
        self.before[test] = now if known is None else (known[0] | now[0], known[1] | now[1], known[2] | now[2])

    def keep_row(self, value: Value, expr: Expr) -> None:
        """A row constant of the scores that is stored."""
        if isinstance(value, RowShift):
            self.blame(value.product, self.note("ESCAPE", "a row constant of the scores is stored", expr))

    def path_in_frame(self) -> bool:
        return any(frame is self.frame for _, _, frame in self.path)

    def element(self, value: Opaque) -> Opaque:
        """One element of an opaque container or size."""
        if value.kind == "size":
            return Opaque("number", positive=True, storages=self.fresh(), wide="whole")
        rank = value.rank - 1 if value.rank else None
        return Opaque(
            storages=value.storages,
            depends=value.depends,
            loss=value.loss,
            lost_probs=value.lost_probs,
            rank=rank,
            floating=value.floating,
            narrow=value.narrow,
            wide=value.wide,
        )

    @staticmethod
    def width_of_scores(scores: Scores) -> Width:
        """The dtype of scores, as far as the source says."""
        return "float32" if scores.upcast is not False else scores.promoted or "own"

    def metadata(self, value: Scores | Probs, what: str, dims: tuple[int, ...], expr: Expr) -> Value:
        """Shape, dtype and device of the scores, which are known without the scores."""
        self.note_read(value, what, dims, expr)
        if what == "dtype":
            return self.dtype_of(value)
        if what in ("shape", "size"):
            if dims:
                return Opaque("number", positive=True, wide="whole")
            size = Opaque("size", storages=frozenset())
            self.shapes[size] = value
            return size
        if what == "device":
            return Opaque("device", storages=frozenset())
        return Opaque("number", positive=what in ("dim", "ndim") or what.startswith("size"))

    def typed(self, operand: Operand) -> Operand:
        """For scores of which a cast takes the dtype and the device alone, their dtype."""
        if not isinstance(operand.value, Scores) or not isinstance(operand.expr, lower.Name):
            return operand
        self.note_read(operand.value, "typed", (), operand.expr)
        return Operand(self.dtype_of(operand.value), operand.expr)

    def dtype_of(self, value: Scores | Probs) -> Opaque:
        """The dtype of scores or probabilities, which remembers whose it is."""
        wide: Width = "" if isinstance(value, Probs) else self.width_of_scores(value)
        dtype = Opaque("dtype", storages=frozenset(), wide=wide)
        self.dtypes[dtype] = value
        return dtype

    def note_read(self, value: Scores | Probs, what: str, dims: tuple[int, ...], expr: Expr) -> None:
        """Something of a value is read here, or something is given it that reads this alone."""
        product = value.product
        behind = len(product.steps) if self.current.get(product) == value.version else self.made_at.get(value.version)
        path = tuple(self.path)
        self.reads.append(Read(value, what, dims, expr, self.frame, self.statement, behind, product.closed, path))

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
            return value.own.union(*(self.storages(item) for item in value.items))
        if isinstance(value, Method) and value.base is not None:
            return self.storages(value.base)
        if isinstance(value, (Self, Super, Instance)):
            return frozenset({OWN})
        if isinstance(value, Nested):  # what it reads of the variables around it, other functions aside
            reads = lower.names_read(value.code.function.node)
            around = (v for name, v in value.frame.env.items() if name in reads and not isinstance(v, Nested))
            return frozenset[int]().union(*map(self.storages, around))
        if isinstance(value, Symbol):
            return frozenset({GLOBAL}) if self.world.for_everybody(value.path) else frozenset()
        return frozenset[int]().union(*map(self.storages, value.options)) if isinstance(value, Choice) else frozenset()

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

    @staticmethod
    def perhaps_none(value: Value) -> bool:
        """Whether a value is made of weights that have met the values: where nobody asks for them, they are None."""
        return isinstance(value, (Scores, Probs)) and value.product.closed

    def flow(self, value: Value, expr: Expr | None) -> None:
        """What the entered method returns."""
        for found in self.chain_values(value):
            self.use("flow", found, expr or found.product.expr, "they are returned")

    def opaque(self, value: Value, expr: Expr, reason: str, loss: Loss | None = None) -> Opaque:
        """The value seen by an operation without a rule: scores are lost there."""
        if isinstance(value, Opaque):
            return value
        if isinstance(value, Symbol) and value.path.startswith(DTYPES):
            return Opaque(
                "dtype",
                storages=self.fresh(),
                floating=floating_of(value),
                narrow=narrow_of(value),
                wide=wide_of(value),
            )
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
            loss = self.note(*lost_to(found, reason), expr)
        lost_probs = loss if any(isinstance(item, Probs) for item in found) else None
        parts = [value] if isinstance(value, Symbol) else self.opaques(value)
        return Opaque(
            storages=self.storages(value) | fresh, depends=self.depends(value),
            loss=loss if found else None, lost_probs=lost_probs,
            floating=False if False in map(floating_of, parts) else None, narrow=any(map(narrow_of, parts)),
            wide=self.width_of_parts(parts),
        )  # fmt: skip

    @staticmethod
    def width_of_parts(parts: Sequence[Value]) -> Width:
        """The dtype of the tensors among some values; of sizes alone, that of whole numbers."""
        numbers = [part for part in parts if isinstance(part, Opaque) and part.kind == "number"]
        if numbers and len(numbers) == len(parts):
            return "whole" if all(part.wide == "whole" for part in numbers) else ""
        return widest(wide_of(part) for part in parts if part not in numbers)

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
            if isinstance(value, Probs):
                value.product.lent_probs |= storages
            else:
                value.product.lent |= storages
        return storages

    @staticmethod
    def aliases(value: Scores | Probs) -> frozenset[int]:
        """Storages of plain tensors that may alias the value."""
        return value.product.lent_probs if isinstance(value, Probs) else value.product.lent

    def demote(self, value: Scores | Probs | RowShift, expr: Expr) -> Opaque:
        """Another product's image as a plain tensor, which is added to scores; scores become a bias as they are."""
        reason = "is added to other scores as a bias"
        if isinstance(value, RowShift):
            return self.opaque(value, expr, reason)
        self.use("term" if isinstance(value, Scores) else "escape", value, expr, reason)
        return Opaque("tensor", storages=self.lend([value]), depends=frozenset({value.product}))

    @staticmethod
    def blame(product: Product, loss: Loss) -> None:
        """What stands in the way of a product's chain; the first thing that does is the one to name."""
        product.problem = product.problem or loss

    def spoil(self, value: Scores | Probs, expr: Expr, reason: str, why: Loss | None = None) -> None:
        """Scores changed behind the chain's back; `why` where the change has a reason of its own to be a loss."""
        self.effect(expr, value.product)
        self.mutated(self.aliases(value), expr)
        self.hindered(value.product, why or self.note("INPLACE", f"the scores are lost: {reason}", expr))

    def changed_by(self, value: Scores | Probs, by: Value, result: Value, expr: Expr) -> Value:
        """Scores that an operation changes in place keep their dtype, whatever they are changed by."""
        wide = isinstance(by, Opaque) and by.kind in WITH_AXES and by.wide not in ("own", "whole")
        if not wide or not isinstance(value, Scores) or not isinstance(result, Scores):
            return result
        assert isinstance(by, Opaque)
        if by.wide not in ("", "unsaid") and value.upcast is not True:
            message = "something that may be of a wider dtype changes the scores in place, and they keep theirs"
            result = replace(result, rounded=self.note("INPLACE", message, expr))
        # of what was added in place the bias has the dtype, and the scores have not
        return replace(result, promoted=value.promoted, told="untold")

    def overwritten(self, value: Value, expr: Expr, name: str) -> None:
        """A function changes its argument in place."""
        self.mutated(self.storages(value), expr)
        for found in self.chain_values(value):
            if isinstance(found, Scores):
                self.spoil(found, expr, f"`{name}` changes them in place")
            else:
                self.effect(expr, found.product)
                self.mutated(self.aliases(found), expr)

    def alone(self, operand: Operand) -> bool:
        """Whether nothing else holds probabilities that an operation changes in place, and nothing has used them."""
        value, expr = operand.value, operand.expr
        assert isinstance(value, Probs)
        used = any(isinstance(use.value, Probs) for use in value.product.uses)
        return not used and (self.only(value, expr) or self.holders(value) == 0)

    def only(self, value: Value, receiver: Expr) -> bool:
        """Whether a name is the only one for what it holds, in every running frame."""
        return isinstance(receiver, lower.Name) and self.holders(value) == 1

    def holders(self, value: Value) -> int:
        """How many names there are for a value in the running frames; of probabilities, for views of them as well."""

        def holds(other: Value) -> bool:
            if isinstance(value, Probs) and isinstance(other, Probs):
                return other.product is value.product and other.version == value.version
            return other is value

        held = 0
        frame: Frame | None = self.frame
        while frame is not None:
            held += sum(any(map(holds, self.chain_values(other))) for other in frame.env.values())
            frame = frame.parent
        return held

    def mutated(self, storages: frozenset[int], expr: Expr, *, surely: bool = True) -> None:
        """An in-place change, or one that may be: a problem for every open product that reads the storage later."""
        if storages:  # an empty set: the scores themselves, whose changes are steps
            self.effect(expr)
        self.disturbed(storages, expr, surely=surely)

    def disturbed(self, storages: frozenset[int], expr: Expr, *, surely: bool) -> None:
        """What an in-place change of storages means for what is known of them, and for the products that read them."""
        own = frozenset({OWN}).union(*self.kept.values())
        changed = storages
        if storages & self.given or (self.given and storages & self.shared()):
            storages |= self.given | self.shared()
        elif storages & own:
            storages |= own
        for product in self.products:  # plain tensors that may alias one product may alias one another
            for lent in (product.lent, product.lent_probs):
                storages |= lent if lent & storages else frozenset()
        self.weaken(storages)
        for product in self.products:
            if surely and product.result is not None and self.storages(product.result) & storages:
                product.overwritten = True
            product.altered |= changed & self.arguments if surely else frozenset()
            if surely and changed & product.read:
                product.custom_gradient = True
            if not product.closed and product.storages & storages:
                loss = self.note("OPERAND_CHANGED", CHANGED if surely else CHANGEABLE, expr)
                product.changed.append(loss)
                self.hindered(product, loss)

    def hindered(self, product: Product, loss: Loss) -> None:
        """What stands in the way of a product's chain from here on: on one side of a branch the original can run."""
        here = self.aside(product)
        if here is None:
            self.blame(product, loss)
        else:
            product.guards.append((here, loss))

    def aside(self, product: Product) -> Path | None:
        """The conditions of this side of a branch behind the product, where the original can run, as far as they stand
        outside of any loop on that side; None where this is not on such a side."""
        around, inside = self.loops[: len(product.loops)], self.loops[len(product.loops) :]
        end = len(self.path)
        if inside:  # what a pass of a loop meets is not known where the method begins
            end = next(place for place, (test, _, _) in enumerate(self.path) if test is inside[0].subject)
        return tuple(self.path[:end]) if around == product.loops and end > len(product.path) else None

    def within_reach(self, storages: frozenset[int]) -> frozenset[int]:
        """What an object with these storages may change: one that the module holds, whatever the module holds."""
        kept = frozenset[int]().union(*self.kept.values())
        return storages | {OWN} if storages & kept else storages

    def shared(self) -> frozenset[int]:
        """The storages of what others have as well: the module's, and those of objects of modules."""
        return frozenset({OWN, GLOBAL}).union(*self.kept.values())

    def put_into(self, holder: Value, values: Sequence[Value]) -> None:
        """Values are put into a container or an object: what is reached through it may be theirs from now on."""
        if isinstance(holder, Opaque) and holder.kind in COPYING:
            return  # a tensor has copies of what is put into it
        self.kept_by(holder, values)

    def kept_by(self, holder: Value, values: Sequence[Value]) -> None:
        """Values are known by another way from now on: what is reached through their holder may be they. Where that is
        an object that others have too, they may be reached through any such; where nothing of it is watched, they are
        not watched either."""
        values = [v for v in values if not (isinstance(v, Opaque) and v.kind in UNCHANGING)]
        inside = self.storages(holder)
        added = frozenset[int]().union(*(self.storages(v) for v in values)) - inside
        if not inside:
            self.hold(values)
        if inside & self.shared():
            self.given |= added
            for found in (found for value in values for found in self.chain_values(value)):
                self.given |= self.lend([found])
        if not added:
            return
        reached = inside | self.shared() if inside & self.shared() else inside
        if self.statement is not None and any(changed & reached for changed in self.changes):
            self.disturbed(added, Expr(self.statement.node), surely=False)  # the next pass of a loop changes it
        for frame in self.frames():
            for name, value in frame.env.items():
                if self.storages(value) & inside:
                    frame.env[name] = self.reaching(value, added)
        for name, stored in self.stores.items():
            self.stores[name] = [self.reaching(v, added) if self.storages(v) & inside else v for v in stored]

    def reaching(self, value: Value, storages: frozenset[int]) -> Value:
        """A value through which other storages can be reached too."""
        if isinstance(value, Opaque):
            if storages <= value.storages or value.kind in UNCHANGING:
                return value
            return self.same_facts(value, replace(value, storages=value.storages | storages))
        if isinstance(value, Record):
            return replace(value, own=value.own | storages)
        if isinstance(value, Method):
            return replace(value, base=self.reaching(value.base, storages))
        return value

    def belonging(self, value: Value, storages: frozenset[int]) -> Value:
        """What an object holds, at whatever depth of tuples: its storages are among the object's."""
        if isinstance(value, Record):
            return replace(value, items=tuple(self.belonging(item, storages) for item in value.items))
        if not isinstance(value, Opaque) or value.kind in UNCHANGING:
            return value
        return self.same_facts(value, replace(value, storages=value.storages | storages))

    def same_facts(self, before: Opaque, after: Opaque) -> Opaque:
        """A value that is known by what was known of another: it is the same one, of which less is watched."""
        for known in (self.floats, self.in_order):
            if before in known:
                known.add(after)
        if before in self.elementwise:
            self.elementwise[after] = self.elementwise[before]
        if before in self.dtypes:
            self.dtypes[after] = self.dtypes[before]
        return after

    def hold(self, values: Sequence[Value]) -> None:
        """Values are given to what may keep them, and change them whenever it is used later."""
        self.held_elsewhere |= frozenset[int]().union(*(self.storages(v) for v in values))
        for found in (found for value in values for found in self.chain_values(value)):
            self.held_elsewhere |= self.lend([found])

    def frames(self) -> list[Frame]:
        """The running frames, and those around nested functions."""
        found: list[Frame] = []
        queue: list[Frame | None] = [self.frame]
        for frame in queue:
            if frame is not None and frame not in found:
                found.append(frame)
                queue += [frame.parent, frame.closure]
        return found

    def rearranged(self, base: Value, expr: Expr) -> None:
        """A list or dict is changed: its items are no longer known."""
        if isinstance(base, Record):
            self.effect(expr)
            self.weaken(base.own)

    def weaken(self, storages: frozenset[int]) -> None:
        """What was known of the contents of these storages is forgotten, under every name."""
        self.altered |= storages
        for changed_inside in self.changes:
            changed_inside |= storages
        known: dict[Value, Value] = {}
        for frame in self.frames():
            for name, value in frame.env.items():
                if self.storages(value) & storages:
                    frame.env[name] = self.weakened(value, storages, known)
        for name, values in self.stores.items():
            self.stores[name] = [
                self.weakened(v, storages, known) if self.storages(v) & storages else v for v in values
            ]

    def weakened(
        self, value: Value, storages: frozenset[int] | None = None, known: dict[Value, Value] | None = None
    ) -> Value:
        """A value after its contents may have changed; only what is in `storages`, where these are given. `known` are
        those that were met before: one value under several names, or in several records, stays one."""
        known = {} if known is None else known
        if value not in known:
            known[value] = self._weakened(value, storages, known)
        return known[value]

    def _weakened(self, value: Value, storages: frozenset[int] | None, known: dict[Value, Value]) -> Value:
        if isinstance(value, Opaque):
            if storages is not None and not value.storages & storages:
                return value
            if not value.storages or value.kind in UNCHANGING:
                return value  # nothing that can change
            return replace(
                value,
                constant=None,
                most=None,
                zero=False,
                positive=False,
                mask=None,
                fill=None,
                rank=None,
            )
        if not isinstance(value, Record):
            return value
        if value.kind != "tuple" and value.own and (storages is None or value.own & storages):
            perhaps = (UNSAID, True, self.frame)  # it may hold them no more
            found = [replace(item, when=(*item.when, perhaps)) for item in self.chain_values(value)]
            return Record("either", tuple(found)) if found else Opaque(
                storages=self.storages(value), depends=self.depends(value)
            )  # fmt: skip
        items = tuple(self.weakened(item, storages, known) for item in value.items)
        return replace(value, items=items) if items != value.items else value

    def ambient(self, product: Product, kind: str = "") -> None:
        """What surrounds a piece of the chain: loops, `try`, `with`, nested functions."""
        inside = self.loops[len(product.loops) :]
        if (
            self.loops[: len(product.loops)] != product.loops
            or any((product, loop) not in self.repeated for loop in inside)
            or (inside and kind not in REPEATABLE)
        ):
            self.blame(product, self.note("LOOP", "the chain crosses a loop", product.expr))
        if self._tries:
            self.blame(product, self.note("TRY", "part of the chain is inside `try`", product.expr))
        if self.contexts:
            self.blame(product, self.contexts[0])

    def floating(self, value: Value) -> bool:
        """Whether a tensor, or a dtype, can only be a floating one."""
        if isinstance(value, Symbol):
            return value.path in FLOATING
        value = self.dtypes.get(value, value)
        return isinstance(value, (Scores, Probs, RowShift)) or value in self.floats or floating_of(value) is True

    def has_floating(self, value: Value) -> bool | None:
        """As `floating`; None where nothing speaks against it."""
        return True if self.floating(value) else floating_of(value)

    def float_dtype(self, operands: Sequence[Operand], keywords: dict[str, Operand]) -> bool:
        """Whether a number stays what it is in a tensor of the dtype that a call states, or takes from a tensor."""
        given = [o.value for o in (*operands, *(keywords[key] for key in ("dtype", "other") if key in keywords))]
        return all(self.floating(v) or (isinstance(v, Opaque) and v.kind == "device") for v in given)

    def note_floating(self, expr: Expr) -> None:
        """Notes that an expression is floating, and so what it is a view of."""
        while True:
            value = self.facts.get(expr)
            if isinstance(value, Opaque):
                self.floats.add(value)
            if not isinstance(expr, lower.Call) or not isinstance(expr.function, lower.Attribute):
                return
            if expr.function.name not in SAME_DTYPE:
                return
            expr = expr.function.base

    def make_product(
        self, op: Operation, left: Operand, right: Operand, left_labels: str, right_labels: str, out: str
    ) -> Value | Loss:
        axes = product_axes(left_labels, right_labels, out)
        operands = [self.opaque(o.value, o.expr, "they are an operand of another product") for o in (left, right)]
        if axes is None:
            return opaque_result(op, operands)
        product = Product(op.expr, self.frame, left.expr, right.expr, operands[0].storages | operands[1].storages,
                          left_labels, right_labels, out, loops=self.loops, statement=self.statement,
                          path=tuple(self.path), uncast=self.uncast,
                          widths=frozenset(map(wide_of, operands)))  # fmt: skip
        self.products.append(product)
        for operand in (left, right):
            self.note_floating(operand.expr)
        self.ambient(product)
        ranks = {o.rank for o in operands}
        if axes[0] == "..." and len(ranks) == 1 and (size := ranks.pop()) is not None:
            letters = min(len(text.replace("...", "")) for text in (left_labels, right_labels))
            axes = (*(f"#{place}" for place in range(size - letters)), *axes[1:])
        product.leading = leading(axes)
        version = next(self._ids)
        self.current[product] = version
        self.made_at[version] = 0
        return Scores(product, version, axes, natural=axes)

    def perhaps_vector(self, operand: Operand) -> bool:
        """Whether a tensor has one axis, or is an entry of another, and how many axes that leaves is not known."""
        value, expr = operand.value, operand.expr
        if not isinstance(value, Opaque) or value.rank is not None:
            return isinstance(value, Opaque) and value.rank == 1
        made = self.frame.definitions.get(expr.id) if isinstance(expr, lower.Name) else expr
        indices = made.indices if isinstance(made, lower.Subscript) else ()
        return any(isinstance(known := self.facts.get(i), Opaque) and known.kind == "number" for i in indices)

    def check(self, value: Scores | Probs, op: Operation) -> Loss | None:
        product, current = value.product, self.current.get(value.product) == value.version
        if not current and product.softmax is not None and value.version == product.softmax_version:
            return op.loss("TWICE", "the scores are computed with again, after a softmax has taken them")
        if not current or value.optional:
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
        watch: Value = UNWATCHED,
    ) -> Value | Loss:
        """Log one step and give the scores their next version."""
        product = target.product
        if product.closed:
            again = "the scores are computed with again, after their probabilities met the values"
            changed = "the probabilities are changed after they met the values"
            return op.loss("AFTER", again if isinstance(target, Scores) else changed)
        stale = self.check(target, op)
        if stale is not None:
            return stale
        target = replace(target, version=next(self._ids))
        if isinstance(target, Scores) and isinstance(watch, Opaque):
            if watch.wide == "float64" and watch.kind in WITH_AXES:
                return op.loss("CAST", "the scores become float64 by what they are computed with")
            target = self.widened_by(target, kind, watch)
        self.current[product] = target.version
        product.steps.append(self.noted(product, kind, op, operand, value, scale_kind, details, watch))
        self.made_at[target.version] = len(product.steps)
        return target

    @staticmethod
    def widened_by(scores: Scores, kind: str, by: Opaque) -> Scores:
        """Scores after a step: which dtype they may have become, and whether their bias tells it."""
        promoted, told = scores.promoted, scores.told
        met = scores.met or (by is not UNWATCHED and by.kind in WITH_AXES)
        tensor = by is not UNWATCHED and by.kind in WITH_AXES
        # what has the model's dtype as far as the source says may be kept in float32
        unsaid = ("",) if scores.upcast is False else ("", "own")  # what had their dtype before they were cast
        width: Width = "" if not tensor or by.wide == "whole" else "unsaid" if by.wide in unsaid else by.wide
        width = "" if width == "own" else width
        if kind in ("add", "sub", "rsub"):
            promoted = widest((promoted, width))
            if by.kind in WITH_AXES and told not in ("same", "untold"):
                told = "tensor"
        elif kind in ("fill", "keep"):
            # beside no tensor, a constant is of torch's default dtype
            told = told if told in ("same", "tensor") else "untold"
        elif width:
            promoted, told = "other", "untold"
        return replace(scores, promoted=promoted, told=told, met=met)

    def noted(
        self,
        product: Product,
        kind: str,
        op: Operation,
        operand: Expr | None = None,
        value: Expr | None = None,
        scale_kind: str = "",
        details: tuple[object, ...] = (),
        watch: Value = UNWATCHED,
    ) -> Step:
        """A step as it stands here."""
        product.storages |= self.storages(watch)
        self.ambient(product, kind)
        return Step(
            kind, RULES[op.name][0], op.expr, self.frame, self.statement, operand, value, scale_kind, details,
            tuple(self.path[self.statement_path :]), tuple(self.path), self.known(operand), self.known(value),
        )  # fmt: skip

    def known(self, expr: Expr | None) -> Value:
        """What an expression was when it was last evaluated."""
        return self.facts.get(expr, UNWATCHED) if expr is not None else UNWATCHED

    def taken_twice(self, op: Operation, value: Scores, axis: str) -> None:
        """A softmax takes scores that another has taken, along other keys."""
        product = value.product
        if product.softmax is None or product.closed:
            return
        if (product.key_axis, product.softmax_axes[-2:]) != (axis, value.axes[-2:]):
            self.blame(product, op.loss("TWICE", "two softmaxes over different axes read the scores"))

    def make_probs(self, op: Operation, value: Scores, axis: str, dtype: Operand | None) -> Value | Loss:
        stale = self.check(value, op)
        if stale is not None:
            return stale
        product = value.product
        if product.closed:
            return op.loss("AFTER", "a softmax takes the scores again after their probabilities met the values")
        if value.sink and axis != "r":
            return op.loss("SOFTMAX_AXIS", "the softmax runs over another axis than the one that holds the sink")
        if misplaced(product.steps, axis):
            return op.loss("SOFTMAX_AXIS", "the scores are scaled or shifted by what may differ from key to key")
        if dtype is None or not isinstance(dtype.value, Symbol):
            product.problem = product.problem or value.rounded
        result = self.step(value, "softmax", op, operand=dtype.expr if dtype else None)
        assert isinstance(result, Scores)
        product.softmax = product.steps[-1]
        product.key_axis = axis
        product.softmax_axes, product.softmax_natural = value.axes, value.natural
        product.softmax_version = value.version
        product.softmax_input = value
        given = dtype.value if dtype else None
        return Probs(
            product, value.axes, axis, sink=value.sink, version=result.version, natural=value.natural, given=given
        )

    def drop(
        self, op: Operation, operand: Operand, inplace: Value | None, *, p: Expr | None,
        training: Expr | None = None, details: tuple[object, ...],
    ) -> Value | Loss:  # fmt: skip
        """A dropout of probabilities; `inplace` says whether it changes their own tensor, None for no."""
        value = operand.value
        assert isinstance(value, Probs)
        if value.stage == "dropped":
            return op.loss("DROPOUT", "the probabilities are dropped out twice")
        apart = inplace is None or is_false(inplace)
        if not apart and not self.alone(operand):
            return op.loss("DROPOUT", "the probabilities are dropped out in place")
        result = self.step(replace(value, stage="dropped"), "dropout", op, operand=p, value=training, details=details)
        if not apart and not isinstance(result, Loss):
            # the name that they have is one for what they are now, or for what they were: whoever reads it uses both
            self.rebound(value, Record("either", (value, result)))
            self.changed_beside(value, result, op.expr)
        return result

    def changed_beside(self, value: Probs, result: Value, expr: Expr) -> None:
        """Probabilities are changed in place that other names may be for: casts, views and dropouts may give what they
        are given. Each of these is one for what it was, or for what it has become."""

        def shares(other: Value) -> bool:
            known = other is result or (isinstance(other, Probs) and other.version == value.version)
            return isinstance(other, Probs) and other.product is value.product and not known

        frame: Frame | None = self.frame
        while frame is not None:
            for name, held in frame.env.items():
                if shares(held):
                    frame.env[name] = Record("either", (held, result))
                elif any(map(shares, self.chain_values(held))):
                    self.spoil(value, expr, "the probabilities are changed in place, and kept elsewhere")
            frame = frame.parent

    def rebound(self, old: Value, new: Value) -> None:
        """What has a name in the running frames has another value from now on."""
        frame: Frame | None = self.frame
        while frame is not None:
            frame.env.update({name: new for name, held in frame.env.items() if held is old})
            frame = frame.parent

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

    def meets_elsewhere(self, product: Product) -> tuple[Path, Path] | None:
        """Where the probabilities have met the values under a condition that is not met here: the paths, up to that
        condition, to there and to here."""
        there = product.context.path if product.context is not None else ()
        for place, (test, polarity, frame) in enumerate(self.path):
            for other, (past, taken, _) in enumerate(there):
                if past is test and taken is not polarity and frame is self.frame:
                    return there[: other + 1], tuple(self.path[: place + 1])
        return None

    def covered(self, product: Product, path: Path) -> bool:
        """Whether the original runs wherever a path is taken."""
        taken = {self.condition((entry,)) for entry in path} - {None}
        ids = {(id(test), polarity) for test, polarity, _ in path}
        return any(
            all((id(e[0]), e[1]) in ids or self.condition((e,)) in taken for e in guard) for guard, _ in product.guards
        )

    def make_context(
        self, op: Operation, probs: Operand, labels: str, other: Operand, other_labels: str, out: str, first: bool
    ) -> Value | Loss:
        value = probs.value
        assert isinstance(value, Probs)
        product = value.product
        v = self.opaque(other.value, other.expr, "they are multiplied with the probabilities")
        if product in v.depends:
            return op.loss("PROBABILITIES", "the values depend on the scores")
        if product.altered & v.storages and product.storages & self.arguments:
            product.changed.append(op.loss("OPERAND_CHANGED", ONE_TENSOR))
            self.blame(product, product.changed[-1])
        contracted = context_layout(value.axes, value.key_axis, labels, other_labels, out)
        met = product.softmax_natural if "..." in value.axes else value.axes
        if leading(met) != leading(product.softmax_axes):
            return op.loss(
                "CONTEXT_AXIS", "the probabilities meet the values with their leading axes in another order"
            )
        if not contracted:
            return op.loss(
                "CONTEXT_AXIS",
                "the probabilities are contracted over another axis than the keys, as where heads are mixed",
            )
        elsewhere = self.meets_elsewhere(product)
        if elsewhere is not None:
            assert product.context is not None
            there, here = elsewhere
            loss = op.loss("TWICE", "the probabilities meet the values in two branches")
            if not self.covered(product, there):
                product.guards.append((here, loss))
                return Opaque("tensor")
            product.guards.append((there, loss))
            product.steps.remove(product.context)
            product.closed, product.context, product.final, product.result = False, None, None, None
        if product.closed:
            return op.loss("TWICE", "the probabilities are used a second time")
        if value.sink:
            return op.loss("PROBABILITIES", "the sink's column meets the values")
        reshaped = [v for v in value.views or () if is_reshape(v)]
        if len(reshaped) == 1 and not any(s.kind == "view" for s in product.steps):
            return op.loss("VIEW", "the probabilities meet the values in another shape than that of the scores")
        if value.optional:
            return op.loss("BRANCH", "the probabilities are None in one branch")
        held = self.held_elsewhere
        if OWN in held:  # whatever the module holds
            held = held.union(*self.kept.values())
        if product.storages & held:
            message = (
                "a tensor that the attention reads was given to an object, an array or an iterator that may change it"
            )
            self.blame(product, op.loss("OPERAND_CHANGED", message))
        result = self.step(value, "context", op, operand=other.expr, details=(labels, other_labels, out, first, value))
        if isinstance(result, Loss):
            return result
        product.context = product.steps[-1]
        product.closed, product.read = True, product.storages | self.storages(v)
        product.cast_anew = bool(product.uncast) != bool(self.uncast)
        product.final = value
        home = self.frame
        while home.parent is not None:
            home = home.parent
        product.live = {n: v for n, v in home.env.items() if isinstance(v, (Scores, Probs)) and v.product is product}
        product.result = Opaque(
            "tensor", storages=self.fresh(), depends=v.depends, loss=v.loss, lost_probs=v.lost_probs
        )
        return product.result

    def same(self, first: Operand, frame: Frame, other: Operand) -> bool:
        """Whether an earlier operand and this one are the same tensor: the same value, or the same text over the same
        values, which gives the same each time."""
        if first.value is other.value:
            return True
        if frame is not self.frame or render(first.expr.node) != render(other.expr.node) or self.impure(other.expr):
            return False
        pairs = zip(lower.below(first.expr), lower.below(other.expr), strict=True)
        return all(self.unchanged(one, two) for one, two in pairs)

    def holds_here(self, path: Path) -> bool:
        """Whether the conditions of an earlier place hold at this one: they are its own, or it asks the same anew."""
        tests = [(Operand(self.known(test), test), polarity, frame) for test, polarity, frame in self.path]
        return all(
            any(
                polarity is now
                and frame is there
                and (test is asked.expr or self.same(Operand(self.known(test), test), frame, asked))
                for asked, now, there in tests
            )
            for test, polarity, frame in path
        )

    def unchanged(self, before: Expr, now: Expr) -> bool:
        """Whether a name, or an attribute of the module, is what it was."""
        if isinstance(now, lower.Name):
            one, two = self.facts.get(before), self.facts.get(now)
            return one is two or named_alike(one, two)
        if not isinstance(now, lower.Attribute):
            return True
        changed = self.storages(self.facts.get(now, UNWATCHED)) & self.altered
        return not (changed or {"", now.name} & (self.altered_attributes | set(self.stores)))

    def impure(self, expr: Expr, depth: int = 0, *, strict: bool = True) -> bool:
        raise NotImplementedError  # `Calls` knows

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
