"""What the analysis found, as frozen values.

Policy: every value here is made once, complete, by `analyzer`, and never changed. Nothing here refers to a
syntax tree: expressions are the source's own text, places are `Location`s. `emitter` and `cli` see only this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["generated", "native", "convertible", "refused"]
"""generated: written as SDPA; native: transformers reaches SDPA by itself; convertible: could be written, was not
asked for; refused: stays eager, with a code that says why."""

Seam = Literal["_attn", "method", "interface", "function", "caller"]
Stage = Literal["scores", "probabilities", "weighted", "dropped", "none"]
"""Where the new call stands: in the class's own `_attn`; in another method that holds the softmax; in place of the
attention interface; in place of a module-level function; nowhere, in a class that only calls an attention and always
asked it for its weights."""


@dataclass(frozen=True, order=True)
class Location:
    """A place in a source file. `path` is relative to the root that holds the package, never absolute; 1-based line
    and column."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Refusal:
    """Why something stays as it is. `code` is documented in docs/refusals.md; `remedy` is one line: what to do."""

    code: str
    message: str
    location: Location
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.location} {self.code} {self.message}"


@dataclass(frozen=True)
class Expression:
    """A piece of source text with its place, as the analysis understood it."""

    text: str
    location: Location


@dataclass(frozen=True)
class Scale:
    """One factor on the scores. `operation` is "*" or "/"; `kind` is "number", "scalar" (0-dim tensor), "row"
    (a tensor whose last axis has size 1) or "any" (an argument that is looked at when it is there). `rule` is the
    transfer rule that read it."""

    operation: str
    factor: Expression
    kind: str
    condition: str | None
    rule: str


@dataclass(frozen=True)
class BiasTerm:
    """One thing that was added to, or filled into, the scores. `operation` is "+", "-" or "fill"; for a fill `value`
    is the constant that is put in and `term` the mask."""

    operation: str
    term: Expression
    value: str | None
    condition: str | None
    rule: str


@dataclass(frozen=True)
class Weights:
    """How the probabilities leave the method: `stage` says which tensor is returned ("scores" before the softmax,
    "probabilities" before the dropout, "dropped" after it, "none" never), `request` the expression that asks for it,
    or None where the module cannot see the request."""

    stage: Stage
    request: str | None


@dataclass(frozen=True)
class Guard:
    """Where the original method runs: the condition at the first line of the generated one, and what cannot be written
    there, by the code of its refusal."""

    condition: str
    code: str
    message: str
    location: Location


@dataclass(frozen=True)
class AttentionSite:
    """One softmax chain, understood: `softmax(scale * query @ key.T + bias) @ value`.

    `query` is (..., query, head_dim), `key` (..., key, head_dim), `value` (..., key, value_dim).
    """

    module: str
    class_name: str
    method: str
    location: Location
    seam: Seam
    query: Expression
    key: Expression
    value: Expression
    scales: tuple[Scale, ...]
    terms: tuple[BiasTerm, ...]
    dropout: Expression | None
    weights: Weights
    rules: tuple[str, ...]
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True)
class SiteRecord:
    """The verdict on one site, as `--json` prints it."""

    arch: str
    module: str
    class_name: str
    method: str
    line: int
    status: Status
    code: str = ""
    message: str = ""
    location: Location | None = None
    remedy: str = ""
    site: AttentionSite | None = None
    reached: bool = False
    """Whether transformers reaches SDPA here by itself (an interface call in a model whose flag says so)."""
    silent: bool = False
    """Whether the models around the site say that they run SDPA, and this site of them does not."""

    def as_json(self) -> dict[str, str | int]:
        """The published record: arch, module, class, method, line, status, code, message."""
        return {
            "arch": self.arch,
            "module": self.module,
            "class": self.class_name,
            "method": self.method,
            "line": self.line,
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }


@dataclass(frozen=True)
class MethodText:
    """One method of a generated class: `text` is dedented source (no class indent), `original` the upstream text it
    stands for, dedented likewise, or "" where the method is new."""

    name: str
    text: str
    original: str


@dataclass(frozen=True)
class ClassText:
    """One generated class. `digest` is the sha256 of the normalised source of everything the analysis read to reach
    its verdict."""

    name: str
    base: str
    module: str
    digest: str
    seam: Seam
    methods: tuple[MethodText, ...]
    sites: tuple[AttentionSite, ...]
    refused: tuple[SiteRecord, ...] = ()
    reads: tuple[str, ...] = ()
    """What the digest covers, as "module:name", sorted."""
    flags: tuple[str, ...] = ()
    """Arguments, other than `output_attentions`, by which callers of the class ask for its weights: what the runtime
    listens to."""


@dataclass(frozen=True)
class ImportLine:
    """`from module import names` (or `import module as alias` where names is empty)."""

    module: str
    names: tuple[str, ...] = ()
    alias: str | None = None


@dataclass(frozen=True)
class ArchReport:
    """Everything known about one architecture: the verdict on each site, and what can be written.

    `runtime` names what the classes use from the generated package's own `_runtime`.
    """

    arch: str
    modules: tuple[str, ...]
    records: tuple[SiteRecord, ...]
    classes: tuple[ClassText, ...]
    imports: tuple[ImportLine, ...]
    runtime: tuple[str, ...]
    handing: tuple[tuple[str, str], ...] = ()
    """Classes, with the sha256 of their source, that hand the argument by which weights are asked for on to all that
    makes weights in them: a request to one of them is seen inside."""
    license: str = ""
    command: str = ""
