"""One run of one function, and how far a run may go."""

from __future__ import annotations

from dataclasses import dataclass, field

from .hierarchy import ClassRef, Code
from .lower import Expr
from .values import Path, Product, Value

DEPTH = 8
"""How deep helpers are entered."""
BUDGET = 60_000
"""How many expressions one run may evaluate."""


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
    captured: set[str] = field(default_factory=set)
    """Names that a nested function or lambda reads which may change what they hold."""
    read_later: dict[str, Expr] = field(default_factory=dict)
    """Names that a lambda or a generator reads, whenever it is run, and the last that does."""
    defaults: dict[tuple[str, str], Value] = field(default_factory=dict)
    """What the defaults of nested functions were when these were defined, by function and parameter."""
    path_start: int = 0

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    def called_in(self, frame: Frame) -> bool:
        """Whether this is a call that `frame` made, directly or not, or `frame` itself."""
        return self is frame or (self.parent is not None and self.parent.called_in(frame))


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
