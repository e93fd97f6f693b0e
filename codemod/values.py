"""The abstract domain: what the interpreter knows of a value.

Policy: values are immutable and compared by identity. What happened to a score product over time (its steps, uses and
losses) is logged in its `Product`; a value only says which product it is an image of, and at which version.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .hierarchy import ClassRef, Code
    from .interpret import Frame
    from .ir import Stage
    from .lower import Expr

Path: TypeAlias = "tuple[tuple[Expr, bool, Frame], ...]"
"""Conditions on the way to a place: test, its outcome, and the frame it was evaluated in."""

DECISIVE = -1e4
"""A constant at or below this empties a position of the softmax: exp underflows against any score a model makes."""


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
    storages: frozenset[int] = frozenset()
    depends: frozenset[Product] = frozenset()
    loss: Loss | None = None
    lost_probs: Loss | None = None
    zero: bool = False
    positive: bool = False
    floating: bool = True
    mask: tuple[int, bool] | None = None
    """A 0/1-valued tensor: its identity, and whether it is the complement of it."""
    fill: tuple[int, bool, float] | None = None
    """`constant * mask`: identity, complement, constant."""
    definition: tuple[Expr, Frame] | None = None
    """The one expression that made it, where that is known."""


@dataclass(frozen=True, eq=False)
class Scores(Value):
    """An affine image of `product`. `axes` names the axes in order: "l" (left operand's rows), "r" (right operand's),
    any other label a leading axis, "..." any number of leading axes. `fill` is the weakest constant filled in so far;
    `pending` a 0/1 mask it was multiplied by and whose fill has yet to come."""

    product: Product
    version: int
    axes: tuple[str, ...]
    fill: float | None = None
    pending: tuple[int, bool] | None = None
    upcast: bool = False
    views: int = 0
    optional: bool = False
    sink: bool = False


@dataclass(frozen=True, eq=False)
class RowShift(Value):
    """Constant along the key axis and made from the scores: subtracting it leaves the softmax as it is."""

    product: Product
    kept: bool
    axes: tuple[str, ...]
    """The axes of the scores that it was made from."""
    wrapped: bool = False


@dataclass(frozen=True, eq=False)
class Probs(Value):
    """The softmax of `product`'s scores. `views` replays shape changes since the softmax, None if they differ by
    branch; `stage` is "probabilities" or "dropped"; `factors` counts what they were multiplied by."""

    product: Product
    axes: tuple[str, ...]
    key_axis: str
    stage: Stage = "probabilities"
    views: tuple[Expr, ...] | None = ()
    optional: bool = False
    sink: bool = False
    version: int = 0
    factors: int = 0


@dataclass(frozen=True, eq=False)
class Record(Value):
    """A tuple, list or dict display."""

    kind: str
    items: tuple[Value, ...]
    keys: tuple[str | None, ...] = ()


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
    """A read of the scores' or probabilities' shape, dtype or device."""

    value: Scores | Probs
    what: str
    dims: tuple[int, ...]
    expr: Expr
    frame: Frame
    statement: object


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
    loops: tuple[object, ...] = ()
    statement: object = None
    path: Path = ()
    depends: frozenset[Product] = frozenset()
    steps: list[Step] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    guards: list[tuple[Path, Loss]] = field(default_factory=list)
    softmax: Step | None = None
    softmax_axes: tuple[str, ...] = ()
    key_axis: str = ""
    context: Step | None = None
    problem: Loss | None = None
    tainted: Loss | None = None
    softmax_version: int = 0
    final: Probs | None = None
    result: Value | None = None
    custom_gradient: bool = False
    live: dict[str, Value] = field(default_factory=dict)
    interface: bool = False
    closed: bool = False


def numeric(value: Value) -> float | None:
    """The number a value is known to be."""
    if isinstance(value, Opaque) and isinstance(value.constant, (int, float)) and not isinstance(value.constant, bool):
        return float(value.constant)
    return None


def join_opaque(a: Opaque, b: Opaque) -> Opaque:
    """What holds of both."""
    kinds = {"number" if v.kind == "config" and (a.kind, b.kind) != ("config", "config") else v.kind for v in (a, b)}
    if len(kinds) == 1 and a.kind != b.kind:
        kind = "number"
    elif len(kinds) == 1:
        kind = a.kind
    elif kinds <= {"number", "scalar"}:
        kind = "scalar"
    elif kinds <= {"number", "scalar", "row"}:
        kind = "row"
    else:
        kind = "unknown"
    constants = (numeric(a), numeric(b))
    constant = None
    if a.constant == b.constant and type(a.constant) is type(b.constant):
        constant = a.constant
    elif constants[0] is not None and constants[1] is not None and max(constants[0], constants[1]) <= DECISIVE:
        constant = max(constants[0], constants[1])
    return Opaque(
        kind=kind,
        constant=constant,
        storages=a.storages | b.storages,
        depends=a.depends | b.depends,
        loss=a.loss or b.loss,
        lost_probs=a.lost_probs or b.lost_probs,
        zero=a.zero and b.zero,
        positive=a.positive and b.positive,
        floating=a.floating and b.floating,
        mask=a.mask if a.mask == b.mask else None,
        fill=a.fill if a.fill == b.fill else None,
    )


def with_loss(value: Opaque, loss: Loss | None) -> Opaque:
    """`value` with `loss`, unless one came before."""
    return replace(value, loss=value.loss or loss)
