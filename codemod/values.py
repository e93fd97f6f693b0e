"""The abstract domain: what the interpreter knows of a value.

Policy: values are immutable and compared by identity. What happened to a score product over time (its steps, uses and
losses) is logged in its `Product`; a value only says which product it is an image of, and at which version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from .frames import Frame
    from .hierarchy import ClassRef, Code
    from .ir import Stage
    from .lower import Expr, Loop

Path: TypeAlias = "tuple[tuple[Expr, bool, Frame], ...]"
"""Conditions on the way to a place: test, its outcome, and the frame it was evaluated in."""

GLOBAL = -1
"""The storage that stands for whatever the objects of modules hold, which anybody may have put there."""

DECISIVE = -1e4
"""A constant at or below this empties a position of the softmax: exp underflows against any score a model makes."""

SWALLOWING = -1e20
"""A constant at or below this is the same number after any score a model makes was added to it."""


LARGEST = 10**300
"""Whole numbers that are larger are not computed with."""


@dataclass(frozen=True, eq=False)
class Value:
    """Anything an expression can be."""


@dataclass(frozen=True, eq=False)
class Loss:
    """Why a value that came from a product is no longer affine in it."""

    code: str
    message: str
    expr: Expr
    frame: Frame


Width = Literal["", "own", "whole", "unsaid", "float32", "default", "float64", "other"]
"""A dtype: the model's, as most of a module has, some of which may be kept in float32; the scores' own; whole numbers
or truth values; that of an argument, of which the source says nothing; float32; torch's default; float64; or another
that may be wider."""
Told = Literal["none", "same", "tensor", "maybe", "untold"]
"""Whether the dtype of what was added to scores tells what theirs is: there is no tensor among it, it is one of their
very dtype, it is one, it is one or None, or it is of a dtype of its own."""


def widest(widths: Iterable[Width]) -> Width:
    """What comes of several in one operation."""
    every = set(widths)
    found = every - {"", "own"}
    if not found:
        return "own" if every == {"own"} else ""
    return found.pop() if len(found) == 1 else "other"


def either_width(a: Width, b: Width) -> Width:
    """What is known where it may be either."""
    if a == b:
        return a
    return "" if {a, b} <= {"", "own"} else "unsaid" if {a, b} <= {"", "own", "unsaid"} else "other"


def either_told(a: Told, b: Told) -> Told:
    """What is told where it may be either."""
    if a == b:
        return a
    return "untold" if "untold" in (a, b) else "maybe"


def kept_width(before: Opaque, after: Opaque) -> Width:
    """The dtype of what was changed in place: a tensor's own, whatever it was changed by."""
    if before.kind in ("tensor", "row", "scalar"):
        return before.wide
    return after.wide if after.wide == before.wide else "other"


@dataclass(frozen=True, eq=False)
class Opaque(Value):
    """A value that is not an affine image of a live product.

    `kind`: "none", "number" (any Python number), "scalar" (0-dim tensor), "row" (tensor whose last axis has size 1),
    "tensor" (any other tensor), "string", "dtype", "unknown".
    `storages` may alias; `depends` are the products it was computed from; `lost_probs` marks what came out of a
    softmax of a lost product.
    """

    kind: str = "unknown"
    constant: float | str | bool | None = None
    most: float | None = None
    """Which number it is at most, where only that is known."""
    storages: frozenset[int] = frozenset()
    depends: frozenset[Product] = frozenset()
    loss: Loss | None = None
    lost_probs: Loss | None = None
    zero: bool = False
    positive: bool = False
    floating: bool | None = None
    """Whether it is a tensor of a floating dtype, or such a dtype: True if it can be nothing else, False if it may be
    another, None if nothing in the source speaks against it."""
    mask: tuple[int, bool] | None = None
    """A 0/1-valued tensor: its identity, and whether it is the complement of it."""
    fill: tuple[int, bool, float] | None = None
    """`constant * mask`: identity, complement, constant."""
    definition: tuple[Expr, Frame] | None = None
    """The one expression that made it, where that is known."""
    texts: tuple[tuple[Path, str], ...] = ()
    """What a string says, by the conditions that decide it."""
    rank: int | None = None
    """How many axes a tensor has, where that is known."""
    single: bool = False
    """Whether it may have size 1 along some axis since a sum kept that, or one entry was taken of it."""
    narrow: bool = False
    """Whether the source makes it of a dtype narrower than float32, or it is such a dtype."""
    wide: Width = ""
    """Of which dtype the source makes it, or which it is, whatever the model runs in; of a number, that of a tensor
    made of it."""
    given: bool = False
    """Whether it is an argument of which nothing is said."""
    perhaps_number: bool = False
    """Whether it is an argument of which nothing is said, and the source has a number in its place where that is not
    given: what it is can be seen when it is called."""


UNTOLD = Opaque("dtype", wide="other")
"""The dtype of what is given one in one branch and another in another."""


@dataclass(frozen=True, eq=False)
class Scores(Value):
    """An affine image of `product`. `axes` names the axes in order: "l" (left operand's rows), "r" (right operand's),
    any other label a leading axis, "..." any number of leading axes; `natural` their order in the product, or in the
    last view. `fill` is the weakest constant filled in so far; `pending` a 0/1 mask it was multiplied by, and whose
    fill has yet to come. `when` are conditions without which an `optional` value is None. `sink` says when a sink's
    column is the last one: "", "always", or a condition. `views` is the number of the last of the product's views that
    it went through, 0 for none."""

    product: Product
    version: int
    axes: tuple[str, ...]
    fill: float | None = None
    pending: tuple[int, bool] | None = None
    upcast: bool | None = False
    """Whether they were cast to float32; None where that is a matter of branches."""
    views: int = 0
    optional: bool = False
    sink: str = ""
    natural: tuple[str, ...] = ()
    when: Path = ()
    promoted: Width = ""
    """The dtype of what was added to them since the product or the last cast, where it may be wider than the
    product's."""
    told: Told = "none"
    met: bool = False
    """Whether they have met a tensor with axes, which may have expanded them."""
    rounded: Loss | None = None
    """That they were changed in place by something of a wider dtype, and kept theirs; a cast to float32 mends it."""
    shifted: bool = False
    """Whether a row constant was subtracted after something that may have masked whole rows."""


@dataclass(frozen=True, eq=False)
class RowShift(Value):
    """Constant along the scores' last axis, and made from them: subtracting it leaves a softmax over that axis as it
    is."""

    product: Product
    kept: bool
    axes: tuple[str, ...]
    """The axes of the scores that it was made from; none where it is one number for all of them."""
    wrapped: bool = False
    share: Share | None = None


@dataclass(frozen=True, eq=False)
class Share:
    """How far a row constant has come to the keys' share of a softmax that has a sink as well,
    `sigmoid(logsumexp(scores) - sink)`: `stage` is "sum", "logit" or "share"; `version` that of the scores, `step` the
    subtraction of the sink."""

    stage: str
    version: int
    step: Step | None = None
    wide: bool = False
    """Whether it may be float32 beside an output of another dtype."""


@dataclass(frozen=True, eq=False)
class Shared:
    """Where the product with V, `context`, is multiplied by the keys' share beside a sink."""

    expr: Expr
    statement: object
    frame: Frame
    context: Expr
    before: Value


@dataclass(frozen=True, eq=False)
class Reshape:
    """Where probabilities are viewed, and in which sizes; `path` says on which paths alone."""

    sizes: tuple[Expr, ...]
    frame: Frame
    statement: object
    path: Path


@dataclass(frozen=True, eq=False)
class Probs(Value):
    """The softmax of `product`'s scores. `views` replays shape changes since the softmax, None if they differ by
    branch; `stage` is "probabilities" or "dropped"; `factors` counts what they were multiplied by. `natural`, `when`
    and `sink` as for the scores; `after` marks what was made of them, for who asked, when they had met the values."""

    product: Product
    axes: tuple[str, ...]
    key_axis: str
    stage: Stage = "probabilities"
    views: tuple[Expr, ...] | None = ()
    optional: bool = False
    sink: str = ""
    version: int = 0
    factors: int = 0
    natural: tuple[str, ...] = ()
    when: Path = ()
    after: bool = False
    casts: int | None = 0
    """How often they were cast since the softmax; None if that differs by branch."""
    reshaped: Reshape | None = None
    """The last view that gave them other sizes, where there is one such view and no other in its place."""
    given: Value | None = None
    """The dtype that they were given last, or what has it; None where it is the scores', `UNTOLD` where it differs by
    branch."""
    whole: bool = False
    """Whether the last of these casts may have been to whole numbers: what meets the values so raises an error."""


@dataclass(frozen=True, eq=False)
class Record(Value):
    """A tuple, list or dict display. Where branches made it of different lengths, the first `sure` items stand where
    they stand, and each of the others may be missing or stand anywhere behind them; None: all is sure. `own` are the
    storages of the container itself, which can be changed where it is a list or a dict: what is known of its items
    holds until then."""

    kind: str
    items: tuple[Value, ...]
    keys: tuple[str | None, ...] = ()
    sure: int | None = None
    own: frozenset[int] = frozenset()

    def __add__(self, other: Record) -> Record:
        if self.sure is None:
            sure = None if other.sure is None else len(self.items) + other.sure
        else:
            sure = self.sure
        return Record(self.kind, self.items + other.items, sure=sure)

    def at(self, index: int) -> Value | None:
        """The item that surely stands there, if it stands anywhere; None where that is not known."""
        if self.sure is None:
            return self.items[index] if -len(self.items) <= index < len(self.items) else None
        if 0 <= index < self.sure or index == self.sure == len(self.items) - 1:
            return self.items[index]
        return None

    def behind(self, start: int) -> Record:
        """The slice from `start`, not negative, to the end."""
        if self.sure is None:
            return Record(self.kind, self.items[start:])
        return Record(self.kind, self.items[min(start, self.sure) :], sure=max(0, self.sure - start))

    def beside(self, other: Record) -> tuple[Record, Record]:
        """Both with as many sure items as both have; the rest is behind."""
        one, two = (len(r.items) if r.sure is None else r.sure for r in (self, other))
        sure = min(one, two)
        return replace(self, sure=sure), replace(other, sure=sure)


@dataclass(frozen=True, eq=False)
class Self(Value):
    """The module a method runs on, of class `cls`; `foreign` where it is another module than the entered one."""

    cls: ClassRef | None = None
    foreign: bool = False


@dataclass(frozen=True, eq=False)
class Super(Value):
    """`super()` in a method of `owner`."""

    owner: ClassRef | None


@dataclass(frozen=True, eq=False)
class Interface(Value):
    """transformers' attention interface: a function looked up by the configured implementation, `default` where that
    is eager."""

    default: Symbol | None


@dataclass(frozen=True, eq=False)
class Read:
    """A read of the scores' or probabilities' shape, dtype or device; `what` is "like" where something is given them
    that reads these alone, "typed" where it is the dtype and the device, and "new" where a tensor of a stated dtype is
    made beside them."""

    value: Scores | Probs
    what: str
    dims: tuple[int, ...]
    expr: Expr
    frame: Frame
    statement: object
    behind: int | None = None
    """How many steps of the product the scores had gone through, where they are what these gave."""
    after_context: bool = False
    path: Path = ()


@dataclass(frozen=True, eq=False)
class Nested(Value):
    """A function defined inside the running one; free names are looked up in `frame` when it is called."""

    code: Code
    frame: Frame


@dataclass(frozen=True, eq=False)
class Symbol(Value):
    """Something named in a module: `path` is its dotted name ("torch.nn.functional.softmax")."""

    path: str


@dataclass(frozen=True, eq=False)
class Method(Value):
    """`base.name`, about to be called."""

    base: Value
    name: str
    expr: Expr


@dataclass(frozen=True, eq=False)
class Instance(Value):
    """An object made by calling the class `path` ("torch.nn.Dropout"); `args` by parameter name or position."""

    path: str
    args: tuple[tuple[str, Value], ...] = ()
    attribute: str | None = None


def texts_of(value: Value) -> tuple[tuple[Path, str], ...]:
    """What a string may say, and under which conditions; nothing where that is not known."""
    if not isinstance(value, Opaque) or value.kind != "string":
        return ()
    return (((), value.constant),) if isinstance(value.constant, str) else value.texts


def put_together(between: Sequence[str], values: Sequence[Value]) -> Opaque:
    """A string of what stands around others, and these."""
    found: list[tuple[Path, str]] = [((), between[0])]
    for text, value in zip(between[1:], values, strict=True):
        options = texts_of(value)
        found = [
            (tuple(dict.fromkeys((*path, *own))), start + word + text)
            for path, start in found
            for own, word in options
            if not any(test is other and polarity != there for test, polarity, _ in path for other, there, _ in own)
        ]
    if len(found) == 1 and not found[0][0]:
        return Opaque("string", constant=found[0][1])
    return Opaque("string", texts=tuple(found) if len(found) <= MOST_TEXTS else ())


MOST_TEXTS = 8
"""Of how many texts of one string is kept which it may be."""


@dataclass(frozen=True, eq=False)
class Choice(Value):
    """One of several callables or modules, chosen at run time."""

    options: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class Step:
    """One thing done to the scores or probabilities, in order. `conditions` are the tests, in frames below the
    statement's own, under which it happens."""

    kind: str
    rule: str
    expr: Expr
    frame: Frame
    statement: object
    operand: Expr | None = None
    value: Expr | None = None
    scale_kind: str = ""
    details: tuple[object, ...] = ()
    conditions: Path = ()
    path: Path = ()
    operand_known: Value = Opaque()
    """What its operand was; the same expression is another thing at each call of a helper."""
    value_known: Value = Opaque()
    """The same of its value."""

    @property
    def has_axes(self) -> bool:
        """Whether it is a scale that is a tensor with axes, or may be one."""
        return self.scale_kind in ("row", "any")


@dataclass(frozen=True, eq=False)
class Use:
    """A use of scores or probabilities outside the chain."""

    kind: str
    value: Scores | Probs
    expr: Expr
    frame: Frame
    statement: object
    path: Path
    reason: str
    after_context: bool
    loss: Loss | None = None


@dataclass(frozen=True, eq=False)
class CastOnce:
    """A cast of probabilities: the version that was cast, what has the dtype it was given, and the result."""

    version: int
    of: Value
    made: Probs

    def again(self, probs: Probs, of: Value, current: int | None) -> bool:
        """Whether a cast of `probs` is the same once more, and nothing was done with its result since."""
        alike = of is self.of or of is self.made
        if isinstance(of, Symbol) and isinstance(self.of, Symbol):
            alike = of.path == self.of.path
        return alike and probs.version == self.version and current == self.made.version


@dataclass(eq=False)
class Product:
    """The log of one `Q Kᵀ`: the only mutable thing in the domain, written by the interpreter alone."""

    expr: Expr
    frame: Frame
    left: Expr
    right: Expr
    storages: frozenset[int]
    left_labels: str
    right_labels: str
    out_labels: str
    loops: tuple[Loop, ...] = ()
    statement: object = None
    path: Path = ()
    steps: list[Step] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    guards: list[tuple[Path, Loss]] = field(default_factory=list)
    softmax: Step | None = None
    softmax_axes: tuple[str, ...] = ()
    softmax_natural: tuple[str, ...] = ()
    key_axis: str = ""
    context: Step | None = None
    problem: Loss | None = None
    changed: list[Loss] = field(default_factory=list)
    """Where something changes, or may change, a tensor that the attention still reads."""
    softmax_version: int = 0
    softmax_input: Scores | None = None
    """What the softmax is given."""
    final: Probs | None = None
    result: Value | None = None
    shared: Shared | None = None
    custom_gradient: bool = False
    """Whether the original runs while gradients are recorded: it defines its own, or what it has read changes."""
    uncast: tuple[object, ...] = ()
    """Blocks around the product in which autocast is off."""
    widths: frozenset[Width] = frozenset()
    """The dtypes of its operands, as far as the source says."""
    cast_anew: bool = False
    """Whether autocast is off around one of the two products alone, so that one call has not the precision of both."""
    live: dict[str, Value] = field(default_factory=dict)
    after: list[tuple[Expr, str, object]] = field(default_factory=list)
    interface: bool = False
    closed: bool = False
    altered: frozenset[int] = frozenset()
    """Arguments that were changed in place since."""
    overwritten: bool = False
    """Whether the product with V may be changed in place later."""
    read: frozenset[int] = frozenset()
    """What the attention has read when it is done, and a fused kernel keeps for the gradient."""
    cast: CastOnce | None = None
    """The last cast of its probabilities."""
    laid_out: bool = False
    """Whether something depends on how the product with V lies in memory."""
    lent: frozenset[int] = frozenset()
    """Storages under which plain tensors are known that may alias its scores."""
    lent_probs: frozenset[int] = frozenset()
    """The same of its probabilities, which a softmax puts into a tensor of their own."""
    leading: list[str] = field(default_factory=list)
    """The scores' leading axes, in the order of the product."""


def leading(axes: tuple[str, ...]) -> list[str]:
    """The axes that are neither the left operand's rows nor the right one's, in order."""
    return [axis for axis in axes if axis not in ("l", "r")]


def numeric(value: Value) -> float | None:
    """The number a value is known to be."""
    number = value.constant if isinstance(value, Opaque) else None
    if isinstance(number, str | bool | None):
        return None
    return None if isinstance(number, int) and abs(number) >= LARGEST else number


def whole_number(value: Value) -> int | None:
    """The whole number a value is known to be, as an axis has to be one."""
    number: object = numeric(value)
    return number if isinstance(number, int) else None


def of_number(value: float) -> Opaque:
    """A number that the source states."""
    wide: Width = "whole" if isinstance(value, int) else "default"
    return Opaque("number", constant=value, zero=value == 0, positive=value > 0, wide=wide)


def is_false(value: Value) -> bool:
    """Whether a value is known to be False."""
    return isinstance(value, Opaque) and value.constant is False


def at_most(value: Value) -> float | None:
    """A number that a value is known not to exceed."""
    number = numeric(value)
    return value.most if number is None and isinstance(value, Opaque) else number


def all_floating(flags: Iterable[bool | None]) -> bool | None:
    """What is known of a dtype that comes of several; None of none."""
    found = set(flags)
    return False if False in found else True if found == {True} else None


def join_opaque(a: Opaque, b: Opaque) -> Opaque:
    """What holds of both."""
    kinds = {a.kind, b.kind}
    # beside a number the configuration's value is one; and what computes with None fails as it does upstream
    scales = [kind for kind in ("row", "scalar", "number") if kind in kinds]
    joined = scales[0] if scales and not kinds - {*scales, "config", "none"} else "unknown"
    same = a.constant == b.constant and type(a.constant) is type(b.constant)
    bounds = [bound for bound in map(at_most, (a, b)) if bound is not None]
    return Opaque(
        kind=a.kind if a.kind == b.kind else joined,
        constant=a.constant if same else None,
        most=max(bounds) if len(bounds) > 1 else None,
        storages=a.storages | b.storages,
        depends=a.depends | b.depends,
        loss=a.loss or b.loss,
        lost_probs=a.lost_probs or b.lost_probs,
        zero=a.zero and b.zero,
        positive=a.positive and b.positive,
        floating=all_floating((a.floating, b.floating)),
        mask=a.mask if a.mask == b.mask else None,
        fill=a.fill if a.fill == b.fill else None,
        rank=a.rank if a.rank == b.rank else None,
        single=a.single or b.single,
        narrow=a.narrow or b.narrow,
        wide=either_width(a.wide, b.wide),
        given=a.given and b.given,
        perhaps_number=joined == "unknown" and all(v.kind == "number" or v.given or v.perhaps_number for v in (a, b)),
    )
