"""Random attention programs: source text put together from the spellings that people use, and from those that only
look like attention.

`compose(pick)` writes one program; `pick` chooses among options, the simplest first, so that whoever chooses
(Hypothesis, a random number generator, a shrinker) can also simplify. A program is a file as in `cases/`, with its own
samples. Its label is known by construction: every fragment says whether an exact call of SDPA exists for it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from spellings import (
    ALIASES,
    ARITHMETIC,
    BROKEN_STEPS,
    CARRIER_NEEDS,
    CARRIERS,
    CHANGE_NEEDS,
    CHANGES,
    CHUNKS,
    CONTEXTS,
    EXACT_STEPS,
    FACTORS,
    FILL_TENSORS,
    FLOAT_MASKS,
    FRAMES,
    MASK_CASTS,
    PRODUCTS,
    SOFTMAX_NEEDS,
    SOFTMAXES,
    SURE,
    WEIGHT_NEEDS,
    WEIGHT_STEPS,
    WEIGHTS,
    carried,
)

T = TypeVar("T")
Pick = Callable[[Sequence[Any]], Any]

FILLS = (
    'float("-inf")',
    "torch.finfo({s}.dtype).min",
    "-1e9",
    "-1e10",
    "-float(10**9)",
    "-torch.finfo(torch.float32).max / 2",
    "self.negative",
)
WEAK_FILLS = ("-1e4", "-10000.0", "-65504", "-1e6")


SEEDS = 400
"""How many random programs the test suite itself tries, by their numbers."""


@dataclass(frozen=True)
class Program:
    """`source` is a whole file. `expressible` is None where refusing and converting are both right. `hazard` names
    the one fragment that is not plain attention, "" where there is none; `spelled` names all fragments."""

    source: str
    expressible: bool | None
    hazard: str
    spelled: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """How operands lie: `axes` of query, and the shapes that parameters and masks may have against the scores."""

    name: str
    axes: str
    query_length: int
    lead: str
    head: str
    masks: tuple[str, ...]
    rows: str


# b batch, w window, h head, n merged batch and head, q query, k key, d head_dim; sizes in samples are named the same
LAYOUTS = (
    Layout(
        "heads first",
        "bhqd",
        2,
        "bh",
        "heads, 1, 1",
        (
            "queries, keys",
            "batch, 1, 1, keys",
            "batch, 1, queries, keys",
            "batch, heads, queries, keys",
            "keys,",
            "1, 1, queries, keys",
        ),
        "batch, heads, queries, 1",
    ),
    Layout(
        "merged",
        "nqd",
        1,
        "n",
        "1, 1, 1",
        ("queries, keys", "batch * heads, 1, keys", "batch * heads, queries, keys", "keys,"),
        "batch * heads, queries, 1",
    ),
    Layout(
        "heads last",
        "bqhd",
        1,
        "bh",
        "heads, 1, 1",
        ("queries, keys", "batch, 1, 1, keys", "batch, heads, queries, keys"),
        "batch, heads, queries, 1",
    ),
    Layout(
        "windows",
        "bwhqd",
        3,
        "bwh",
        "heads, 1, 1",
        ("queries, keys", "batch, 1, 1, 1, keys", "3, 1, queries, keys", "batch, 3, heads, queries, keys"),
        "batch, 3, heads, queries, 1",
    ),
    Layout(
        "length first",
        "qbhd",
        0,
        "bh",
        "heads, 1, 1",
        ("queries, keys", "batch, 1, 1, keys"),
        "batch, heads, queries, 1",
    ),
    Layout("plain", "qd", 0, "", "1, 1", ("queries, keys", "keys,"), "queries, 1"),
)
SIZES = {"b": "batch", "w": "3", "h": "heads", "n": "batch * heads", "q": "queries", "k": "keys", "d": "dim"}


@dataclass
class Draft:
    """A program while it is written. `lines` is the body of forward; the other parts are keyed so that each is
    written once."""

    pick: Pick
    layout: Layout
    heads: int
    lines: list[str] = field(default_factory=list)
    init: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    globals: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Optional arguments of forward: the expressions that samples pass for each; the first one is the default."""
    spelled: list[str] = field(default_factory=list)
    filled: bool = False
    """Whether rows may be masked as a whole."""
    weak: bool = False
    """Whether they had better not be."""
    replaced: bool = False
    """Whether a constant stands in the place of scores."""
    slight: bool = False
    """Whether one does that a scale may bring too close to live scores."""
    biased: bool = False
    shifted: bool = False
    """Whether a row constant was subtracted from scores that were biased."""
    moved: bool = False
    """Whether one was subtracted at all."""
    hazard: str = ""
    expressible: bool | None = True
    key_turned: bool = False
    unused: int = 0

    @property
    def head(self) -> str:
        """The shape of a parameter with an entry for each head."""
        return self.layout.head.replace("heads", str(self.heads))

    @property
    def matmul(self) -> bool:
        """Whether matmul can take the operands as they lie."""
        return self.layout.query_length == len(self.layout.axes) - 2

    def one(self, *options: T) -> T:
        """One of the options, the first being the simplest."""
        choice: T = self.pick(options)
        return choice

    def maybe(self) -> bool:
        """A coin."""
        return self.one(False, True)

    def line(self, text: str) -> None:
        """One or more lines of forward."""
        self.lines += textwrap.dedent(text).strip("\n").split("\n")

    def name(self, stem: str) -> str:
        """A name that is not used yet."""
        self.unused += 1
        return f"{stem}_{self.unused}"

    def doubt(self, kind: str) -> None:
        """Something that it is right to convert, and right to refuse."""
        if kind not in SURE and self.expressible:
            self.expressible = None
            self.hazard = self.hazard or kind
        self.spelled.append(kind)

    def spelling(self, what: str, kinds: Iterable[str]) -> str:
        """One of many spellings, half of the time one that is expressible."""
        options = list(kinds)
        sure = [kind for kind in options if f"{what}: {kind}" in SURE]
        plain = bool(sure) and self.one(True, False)
        kind = self.one(*(sure if plain else options))
        self.doubt(f"{what}: {kind}")
        return kind

    def number(self) -> str:
        """A factor, spelled as people do."""
        choice: str = self.one(
            "0.5",
            "self.scaling",
            "dim**-0.5",
            "(1.0 / math.sqrt(dim))",
            "SCALE",
            "0-dim",
            "float(self.index + 1)",
            "1 / (self.index + 1.0)",
            "spelled",
            "spelled",
        )
        if choice == "spelled":
            return self.factor()
        if choice == "self.scaling":
            self.init["scaling"] = "self.scaling = head_dim**-0.5"
        elif choice == "SCALE":
            self.globals["SCALE"] = "SCALE = 0.25"
        elif "self.index" in choice:
            self.init["index"] = "self.index = 1"
        elif choice == "0-dim":
            return "torch.tensor(0.3)"
        return choice

    def factor(self) -> str:
        """A factor that is spelled less often."""
        kind = self.spelling("factor", FACTORS)
        if self.filled or self.replaced:
            self.doubt("factor behind a mask")
        text, before, init, member = (part.replace("{head}", self.head) for part in FACTORS[kind])
        if before:
            self.line(before)
        # two factors of one program may not give one name two meanings
        name = self.name("sharpness")
        text, init, member = (part.replace("sharpness", name) for part in (text, init, member))
        if init:
            self.init[name] = init
        if member:
            self.methods[name] = member
        if "Settings(" in init:
            self.globals["Settings"] = SETTINGS
        return text

    def fill(self, s: str) -> str:
        """A constant that masks."""
        strong = not self.maybe()
        value: str = self.one(*(FILLS if strong else WEAK_FILLS))
        self.slight |= not strong
        self.replaced = True
        if value == "self.negative":
            self.init["negative"] = "self.negative = -1e30"
        self.filled = True
        value = value.format(s=s)
        if self.one(False, False, True):
            kind = self.spelling("fill", FILL_TENSORS)
            value = FILL_TENSORS[kind].format(c=value, s=s)
        return value

    def keep(self, s: str) -> tuple[str, str]:
        """Expressions for the mask where a key is attended, and where it is not; through other dtypes now and then."""
        keep, drop = self.attended()
        if self.one(False, False, True):
            kind = self.spelling("mask", MASK_CASTS)
            if self.maybe():
                keep = f"({MASK_CASTS[kind].format(mask=keep, s=s)})"
                return keep, f"~{keep}"
            drop = f"({MASK_CASTS[kind].format(mask=drop, s=s)})"
            return f"~{drop}", drop
        return keep, drop

    def attended(self) -> tuple[str, str]:
        """The same, as boolean tensors."""
        source = self.one("keep", "drop", "integers", "causal", "buffer")
        shape = self.one(*self.layout.masks)
        kept = f"kept(({shape}), full_rows)"
        if source == "keep":
            self.arguments["keep"] = (kept,)
            return self.one("keep", "keep.bool()", "(keep == 1)"), self.one(
                "~keep", "keep == 0", "keep.logical_not()", "(1 - keep.long()).bool()", "~keep.bool()"
            )
        if source == "drop":
            self.arguments["drop"] = (f"~{kept}",)
            return self.one("~drop", "drop == 0"), self.one("drop", "drop.bool()", "drop > 0")
        if source == "integers":
            self.arguments["visible"] = (f"{kept}.long()",)
            return self.one("visible == 1", "visible.bool()", "visible > 0"), self.one(
                "visible == 0", "visible < 1", "visible.eq(0)"
            )
        if source == "causal":
            text = "torch.ones(queries, keys, dtype=torch.bool)"
            return f"{text}.tril()", f"{text}.triu(1)"
        self.init["causal"] = 'self.register_buffer("causal", torch.ones(12, 12, dtype=torch.bool).tril())'
        return "self.causal[:queries, :keys]", "~self.causal[:queries, :keys]"


# Fragments that keep the scores affine. Each writes statements on the name `s` and gives the name of its result.

Fragment = Callable[[Draft, str], str]


def scale(d: Draft, s: str) -> str:
    factor = d.number()
    form = d.one(
        f"{s} = {s} * {factor}",
        f"{s} = {s} / {factor}",
        f"{s} = {factor} * {s}",
        f"{s} *= {factor}",
        f"{s} = torch.div({s}, {factor})",
        f"{s} = {s}.mul({factor})",
        f"{s}.div_({factor})",
    )
    d.line(form)
    return s


def negate(d: Draft, s: str) -> str:
    if not (d.filled or d.replaced):  # a fill that changes its sign selects what it should hide
        d.line(d.one(f"{s} = {s} * -0.7", f"{s} = -{s}"))
    return s


def scale_per_head(d: Draft, s: str) -> str:
    d.init["temperature"] = d.one(
        f"self.temperature = nn.Parameter(0.5 + torch.rand({d.head}))",
        f"self.temperature = nn.Parameter(0.7 * torch.ones({d.head}))",
    )
    d.line(
        f"{s} = {s} * {d.one('self.temperature', 'self.temperature.exp()', 'torch.clamp(self.temperature, max=2.0)')}"
    )
    return s


def scale_per_query(d: Draft, s: str) -> str:
    d.arguments["sharpness"] = (f"0.5 + torch.rand({d.layout.rows})",)
    d.line(f"{s} = {s} * sharpness")
    return s


def additive(d: Draft, s: str) -> str:
    shape = d.one(*d.layout.masks)
    mask = d.one("mask", "bias")
    d.arguments[mask] = ("None", f"hidden(({shape}), full_rows)" if mask == "mask" else f"torch.randn({shape})")
    d.filled |= mask == "mask"
    form = d.one(
        f"{s} = {s} + {mask}",
        f"{s} = {mask} + {s}",
        f"{s} += {mask}",
        f"{s} = torch.add({s}, {mask})",
        f"{s} = {s}.add({mask})",
        f"{s}.add_({mask})",
        f"{s} = {s} - (-{mask})",
        f"{s} = {s} + {mask}.to({s}.dtype)",
    )
    d.line(f"if {mask} is not None:\n    {form}")
    return s


def masked_fill(d: Draft, s: str) -> str:
    keep, drop = d.keep(s)
    value = d.fill(s)
    form = d.one(
        f"{s} = {s}.masked_fill({drop}, {value})",
        f"{s}.masked_fill_({drop}, {value})",
        f"{s} = torch.masked_fill({s}, {drop}, {value})",
        f"{s} = torch.where({keep}, {s}, torch.tensor({value}, dtype={s}.dtype))",
        f"{s} = torch.where({drop}, {value}, {s})",
        f"{s} = {s}.where({keep}, torch.full([], {value}, dtype={s}.dtype))",
        f"{s} = torch.where({keep}, {s}, torch.full_like({s}, {value}))",
    )
    d.line(form)
    return s


def inverted_mask(d: Draft, s: str) -> str:
    keep, _ = d.keep(s)
    d.filled = d.weak = True  # in a row that it hides as a whole, what -10000 leaves of the scores is rounding
    d.line(f"{s} = {s} + (1.0 - ({keep}).to({s}.dtype)) * -10000.0")
    return s


def multiplied_mask(d: Draft, s: str) -> str:
    d.filled = d.slight = d.replaced = True
    d.init["triangle"] = 'self.register_buffer("triangle", torch.ones(12, 12).tril(), persistent=False)'
    d.line(f"b = self.triangle[:queries, :keys]\n{s} = {s} * b - 1e4 * (1 - b)")
    return s


def table(d: Draft, s: str) -> str:
    shape = d.one("12, 12", d.head.replace(", 1, 1", ", 12, 12") if d.layout.lead else "12, 12")
    d.init["table"] = f"self.table = nn.Parameter(torch.randn({shape}))"
    d.line(f"{s} = {s} + self.table[..., :queries, :keys]")
    return s


def embedded_distance(d: Draft, s: str) -> str:
    d.init["distance"] = "self.distance = nn.Embedding(23, 1)"
    d.line(
        "distance = torch.arange(keys)[None, :] - torch.arange(queries)[:, None]\n"
        f"{s} = {s} + self.distance(distance + 11).squeeze(-1)"
    )
    return s


def alibi(d: Draft, s: str) -> str:
    d.init["slopes"] = f'self.register_buffer("slopes", -torch.rand({d.head}))'
    d.line(f"{s} = {s} + self.slopes * torch.arange(keys)")
    return s


def second_product(d: Draft, s: str) -> str:
    if not d.matmul:
        return embedded_distance(d, s)
    d.init["positions"] = "self.positions = nn.Parameter(torch.randn(12, head_dim))"
    d.line(
        d.one(
            f"{s} = {s} + torch.matmul(query, self.positions[:keys].t())",
            f"{s} = {s} + query @ self.positions[:keys].transpose(-1, -2) / 3.0",
            f'relative = torch.einsum("...qd,kd->...qk", query, self.positions[:keys])\n{s} = relative + {s}',
        )
    )
    return s


def constant(d: Draft, s: str) -> str:
    d.line(d.one(f"{s} = {s} + 0.5", f"{s} = {s} - 1"))
    return s


def clamp_to_minimum(d: Draft, s: str) -> str:
    d.line(
        d.one(
            f"{s} = torch.max({s}, torch.tensor(torch.finfo({s}.dtype).min))",
            f"{s} = torch.clamp({s}, min=torch.finfo({s}.dtype).min)",
        )
    )
    return s


def upcast(d: Draft, s: str) -> str:
    d.line(d.one(f"{s} = {s}.float()", f"{s} = {s}.to(torch.float32)"))
    return s


def shift(d: Draft, s: str) -> str:
    d.moved = True
    d.shifted |= d.biased  # a fully masked row becomes zeros here, to which later terms count
    d.line(
        d.one(
            f"{s} = {s} - {s}.amax(dim=-1, keepdim=True)",
            f"{s} = {s} - {s}.max(dim=-1, keepdim=True)[0].detach()",
            f"{s} = {s} - torch.max({s}, dim=-1, keepdim=True).values",
        )
    )
    return s


def rename(d: Draft, s: str) -> str:
    new = d.one("attention", "w", "attn_weights")
    new = d.name(new) if any(new in line for line in d.lines) else new
    d.line(f"{new} = {s}")
    return new


def rename_and_scale(d: Draft, s: str) -> str:
    new = d.name("scaled")
    d.line(f"{new} = {s} * 0.5\ndel {s}")
    return new


def size_check(d: Draft, s: str) -> str:
    d.line(
        d.one(
            f'if {s}.size(-1) != keys:\n    raise ValueError(f"{{tuple({s}.size())}}")',
            f"assert {s}.shape[-2] == queries",
            f'if {s}.dim() != {len(d.layout.axes)}:\n    raise ValueError("axes")',
        )
    )
    return s


def branch(d: Draft, s: str) -> str:
    d.init["flag"] = f"self.flag = {d.one('True', 'False')}"
    one = d.one("* 0.5", "+ 1.0", "+ torch.arange(keys)", "/ 3")
    form = d.one(
        f"if self.flag:\n    {s} = {s} {one}",
        f"if self.flag:\n    {s} = {s} {one}\nelse:\n    {s} = {s} + torch.arange(keys) / 2",
        f"{s} = {s} {one} if self.flag else {s}",
        f"if keys > 3:\n    {s} = {s} {one}",
        f"if self.training:\n    {s} = {s} {one}",
    )
    d.line(form)
    return s


def loop(d: Draft, s: str) -> str:
    d.line(
        d.one(
            f"for _ in range(2):\n    {s} = {s} * 0.7",
            f"for slope in (0.5, 1.0):\n    {s} = {s} + slope * torch.arange(keys)",
            f"for place in range(3):\n    if place == 1:\n        continue\n    {s} += 0.2 * torch.arange(keys)",
            f"steps = 0.2 * torch.arange(keys)\nfor _ in range(2):\n    {s} = {s} + steps\n    steps = steps / 2",
        )
    )
    return s


def stored(d: Draft, s: str) -> str:
    place = d.one("..., -1", "..., keys - 1 :", "..., torch.arange(keys) == 1")
    d.line(f"if keys > 2:\n    {s}[{place}] = {d.fill(s)}")
    return s


def shape_helper(d: Draft, s: str) -> str:
    d.methods["places"] = (
        "def places(self, scores):\n"
        "    size = scores.shape[-1]\n"
        "    return torch.arange(size, device=scores.device).to(scores.dtype)"
    )
    steps = d.name("steps")
    d.line(f"{steps} = self.places({s})\n{s} = {s} + 0.3 * {steps}")
    return s


def helper(d: Draft, s: str) -> str:
    kind = d.one("scale", "bias", "function", "static")
    if kind == "scale":
        d.methods["temper"] = "def temper(self, scores, factor=0.5):\n    return scores * factor"
        d.line(f"{s} = self.temper({d.one(s, s + ', 0.7', 'scores=' + s)})")
    elif kind == "bias":
        d.methods["slope"] = (
            "def slope(self, weights):\n    steps = torch.arange(weights.size(-1))\n    return weights + 0.3 * steps"
        )
        d.line(f"{s} = self.slope({s})")
    elif kind == "function":
        d.globals["temper"] = (
            "def temper(tensor, factor):\n    if factor is None:\n        return tensor\n    return tensor * factor"
        )
        d.line(f"{s} = temper({s}, {d.one('0.4', 'None')})")
    else:
        d.methods["halve"] = "@staticmethod\ndef halve(scores):\n    return scores / 2"
        d.line(f"{s} = self.halve({s})")
    return s


def called_again(d: Draft, s: str) -> str:
    """One helper, called more than once, with other things each time."""
    kind = d.one(*HELPERS)
    body, calls = HELPERS[kind]
    d.methods[kind] = body
    for _ in range(d.one(2, 3)):
        call = d.one(*calls)
        if "{factor}" in call:
            call = call.replace(
                "{factor}", d.one("0.5", "dim**-0.5", "torch.tensor(0.3)", "self.index + 1", "self.scaling", "None")
            )
            d.init["scaling"] = "self.scaling = head_dim**-0.5"
            d.init["index"] = "self.index = 1"
        if "{hidden}" in call:
            call = call.replace("{hidden}", d.attended()[1]).replace("{fill}", d.fill(s))
        if "{term}" in call:
            d.arguments["slant"] = ("torch.randn(keys)",)
            call = call.replace(
                "{term}",
                d.one("slant", "torch.arange(keys)", "0.3 * slant", "slant.bool()", "slant.double().float()", "None"),
            )
        d.line(call.replace("{s}", s))
        if d.maybe():
            s = AFFINE[d.one("rename", "viewed", "scale", "upcast", "additive")](d, s)
    return s


HELPERS = {
    "shrunk": (
        "def shrunk(self, scores, other):\n    return scores / other.shape[-1]",
        ("{s} = self.shrunk({s}, {s})", "{s} = self.shrunk({s}, query)", "{s} = self.shrunk({s}, torch.ones(3))"),
    ),
    "soften": (
        "def soften(self, scores, by=None):\n    if by is None:\n        return scores\n    return scores * by",
        ("{s} = self.soften({s}, {factor})", "{s} = self.soften(by={factor}, scores={s})", "{s} = self.soften({s})"),
    ),
    "lean": (
        "def lean(self, scores, term):\n    if term is not None:\n        scores = scores + term\n    return scores",
        (
            "{s} = self.lean({s}, {term})",
            "{s} = self.lean(term={term}, scores={s})",
            "{s} = self.lean(self.lean({s}, slant), {term})",
        ),
    ),
    "cover": (
        "def cover(self, scores, hidden, value):\n    return scores.masked_fill(hidden, value)",
        ("{s} = self.cover({s}, {hidden}, {fill})", "{s} = self.cover({s}, {hidden}, value={fill})"),
    ),
    "steps": (
        "def steps(self, scores):\n    size = scores.size(-1)\n    return scores + torch.arange(size) / size",
        ("{s} = self.steps({s})", "{s} = self.steps({s})", "{s} = self.steps(self.steps({s}))"),
    ),
    "typed": (
        "def typed(self, scores, like):\n    return scores + torch.ones(scores.shape[-1], dtype=like.dtype)",
        ("{s} = self.typed({s}, {s})", "{s} = self.typed({s}, query)", "{s} = self.typed({s}, torch.ones(1).long())"),
    ),
    "halved": (
        "def halved(self, scores, now):\n    return scores * 0.5 if now else scores",
        ("{s} = self.halved({s}, True)", "{s} = self.halved({s}, False)", "{s} = self.halved({s}, self.training)",
         "{s} = self.halved({s}, keys > 3)"),
    ),
}  # fmt: skip
"""Helpers, and how they are called."""


def unrelated(d: Draft, s: str) -> str:
    d.line(d.one("# nothing happens here", "self.calls = getattr(self, 'calls', 0) + 1", "factor = 3.0\ndel factor"))
    return s


def viewed(d: Draft, s: str) -> str:
    if d.layout.name not in ("merged", "heads first"):
        d.line(f"{s} = {s}.view({d.one(s + '.shape', s + '.size()')})")
        return s
    split, whole = f"-1, {d.heads}, queries, keys", "-1, queries, keys"
    if d.layout.name == "heads first":
        split, whole = f"-1, 1, {split[4:]}", split
    form = d.one("bias", "scale", "helper", "shape")
    if form == "scale":
        d.init["sharper"] = f"self.sharper = nn.Parameter(0.5 + torch.rand({d.heads}, 1, 1))"
        if not d.replaced:
            d.line(f"{s} = ({s}.view({split}) * self.sharper).view({whole})")
    elif form == "helper":
        d.methods["spread"] = (
            "def spread(self, scores, queries, keys):\n"
            f"    scores = scores.view({split})\n    return scores + 0.1 * torch.arange(keys)"
        )
        d.line(f"{s} = self.spread({s}, queries, keys).view({whole})")
    elif form == "shape":
        before = d.name("before")
        d.line(f"{before} = {s}.shape\n{s} = {s}.view({split}) + torch.arange(keys)\n{s} = {s}.view({before})")
    elif d.layout.name == "merged":
        d.arguments["padding"] = ("hidden((batch, 1, 1, keys), full_rows)",)
        d.filled = True
        d.line(f"{s} = {s}.view({split}) + padding\n{s} = {s}.view({whole})")
    else:
        d.arguments["window"] = ("torch.randn(1, 1, heads, queries, keys)",)
        d.line(f"{s} = ({s}.view({split}) + window).view({whole})")
    return s


def carried_step(d: Draft, s: str) -> str:
    """A step on the scores, on one of many ways from one version to the next."""
    carrier, step = d.spelling("carrier", CARRIERS), d.one(*EXACT_STEPS)
    scaled = step in ("factor", "quotient")
    if (scaled and d.slight) or (not scaled and d.moved):
        d.doubt("carrier after a fill or a shift")
    d.biased |= not scaled
    d.replaced |= step in ("fill", "where")
    add(d, carried(carrier, EXACT_STEPS[step], s))
    return s


def float_mask(d: Draft, s: str) -> str:
    """A mask made for the sum, in one of its polarities."""
    keep, _ = d.keep(s)
    kind = d.spelling("float mask", FLOAT_MASKS)
    d.filled = d.weak = True
    form = d.one("{s} = {s} + {m}", "{s} += {m}", "late = {m}\n{s} = {s} + late", "late = {m}\n{s} = late + {s}")
    d.line(form.format(s=s, m=f"({FLOAT_MASKS[kind].format(keep=keep, s=s)})"))
    return s


def add(d: Draft, text: str) -> None:
    """Statements, with what they refer to."""
    need(d, text)
    d.line(text)


AFFINE: dict[str, Fragment] = {
    fragment.__name__: fragment
    for fragment in (
        scale,
        additive,
        masked_fill,
        table,
        scale_per_head,
        alibi,
        inverted_mask,
        multiplied_mask,
        second_product,
        embedded_distance,
        constant,
        upcast,
        shift,
        branch,
        helper,
        size_check,
        rename,
        rename_and_scale,
        viewed,
        clamp_to_minimum,
        unrelated,
        loop,
        stored,
        shape_helper,
        negate,
        scale_per_query,
        carried_step,
        float_mask,
        called_again,
    )
}
BIASES = {
    "additive", "masked_fill", "table", "alibi", "inverted_mask", "multiplied_mask", "second_product",
    "embedded_distance", "branch", "helper", "viewed", "loop", "carried_step", "float_mask", "called_again",
}  # fmt: skip
SCALES = {
    "called_again",
    "scale",
    "scale_per_head",
    "scale_per_query",
    "branch",
    "helper",
    "rename_and_scale",
    "loop",
    "viewed",
}
RARE = {"called_again", "loop", "scale_per_query", "stored", "shape_helper"}
"""Expressible, but nothing is lost if they are refused: they do not count as expressible."""


# Statements on the scores after which no exact call of SDPA exists.

BROKEN_SCORES: dict[str, str] = {
    "tanh": "{s} = torch.tanh({s})",
    "softcap": "{s} = 2.0 * torch.tanh({s} / 2.0)",
    "relu": "{s} = {s}.relu()",
    "in-place relu": "F.relu({s}, inplace=True)",
    "in-place tanh": "{s}.tanh_()",
    "gate": "{s} = {s} * torch.sigmoid({s})",
    "absolute": "{s} = {s}.abs()",
    "square": "{s} = {s} * {s}",
    "power": "{s} = {s}.pow(3)",
    "weak store": "{s}[..., 0] = -1.0",
    "store of a tensor": "{s}[..., 0] = query.mean()",
    "clamp": "{s} = {s}.clamp(-1.0, 1.0)",
    "clamp from above": "{s} = torch.clamp({s}, max=0.1)",
    "minimum": "{s} = torch.minimum({s}, torch.zeros(()))",
    "deviation": "{s} = {s} / {s}.std()",
    "own mean": "{s} = {s} * {s}.mean(dim=-1, keepdim=True)",
    "key temperature": "{s} = {s} * torch.linspace(0.1, 2.0, keys)",
    "pair temperature": "{s} = {s} / (1.0 + torch.arange(queries)[:, None] + torch.arange(keys))",
    "weak fill": "{s} = {s}.masked_fill(torch.arange(keys) % 2 == 0, -1.0)",
    "zero fill": "{s} = torch.where(torch.arange(keys) % 2 == 0, {s}, torch.zeros_like({s}))",
    "positive fill": "{s} = {s}.masked_fill(torch.arange(keys) % 2 == 1, 7.0)",
    "weak fill in place": "{s}.masked_fill_(torch.arange(keys) > 0, -2)",
    "thinned": "{s} = {s} * (torch.arange(keys) % 2)",
    "triangle": "{s} = {s}.tril()",
    "flipped": "{s} = {s}.flip(-1)",
    "rolled": "{s} = {s}.roll(1, -1)",
    "sorted": "{s} = torch.sort({s}, dim=-1)[0]",
    "cumulated": "{s} = {s}.cumsum(-1)",
    "detached": "{s} = {s}.detach()",
    "dropped": "{s} = F.dropout({s}, 0.3, self.training)",
    "with its tanh": "{s} = {s} + torch.tanh({s})",
    "query shift": "{s} = {s} - {s}.amax(dim=-2, keepdim=True)",
    "own mask": "{s} = {s}.masked_fill({s} < 0, -1e9)",
    "column set": "{s}[..., 0] = 1.0",
    "rounded": "{s} = ({s} * 2).round()",
    "own branch": "if {s}.max() > 0.5:\n    {s} = {s} * 0.5",
    "own loop": "late = 0\nwhile {s}.abs().max() > 1.0 and late < 20:\n    {s} = {s} * 0.5\n    late += 1",
    "batch norm": "{s} = ({s} - {s}.mean()) / ({s}.var() + 1e-3)",
    "noise factor": "{s} = {s} * torch.rand_like({s})",
    "logarithm": "{s} = torch.log1p({s}.exp())",
    "no gradient": "with torch.no_grad():\n    {s} = {s} * 1.0",
    "helper with tanh": "{s} = self.cap({s})",
    "branch with tanh": "if self.flagged:\n    {s} = torch.tanh({s})",
    "local function": "def cap(x):\n    return torch.tanh(x)\n\n{s} = cap({s})",
    "lambda": "cap = lambda x: x.sigmoid() * 4  # noqa: E731\n{s} = cap({s})",
    "submodule": "{s} = self.activation({s})",
    "mask by fill and factor": "b = (torch.arange(keys) % 2).to({s}.dtype)\n{s} = {s} * b - 1.0 * (1 - b)",
}

# Statements that are right to convert with care, and right to refuse: the numbers decide.
DOUBTFUL_SCORES: dict[str, str] = {
    "alias, then out of place": "other = {s}\n{s} = {s} + torch.arange(keys)\n{s} = other",
    "alias, then in place": "other = {s}\n{s} += torch.arange(keys)\n{s} = other",
    "clone, then in place": "other = {s}.clone()\n{s} += torch.arange(keys)\n{s} = other",
    "in place through alias": "other = {s}\nother.add_(torch.arange(keys))",
    "in place through view": "other = {s}.view({s}.shape)\nother *= 0.5",
    "in place through slice": "{s}[..., :1] += 1.0",
    "in place through data": "{s}.data.mul_(0.5)",
    "in place in helper": "self.change({s})",
    "store, then alias": "other = {s}\n{s}[..., keys - 1 :] = -1e9\n{s} = other",
    "in place in loop": "steps = torch.zeros(keys)\nfor _ in range(2):\n    steps[0] += 1.0\n    {s} = {s} + steps",
    "last of a loop": "first = {s}\nfor step in range(2):\n    {s} = first + step * torch.arange(keys)",
    "helper makes its bias in place": "{s} = self.climb({s})",
    "in place in closure": "def change():\n    {s}.add_(torch.arange(keys))\n\nchange()",
    "in place in list": "holder = [{s}]\nholder[0] += torch.arange(keys)",
    "in place in dict": 'holder = {{"s": {s}}}\nholder["s"] *= torch.tensor(0.5)',
    "query in place": "query.mul_(1.5)",
    "query through view": "query.view(-1).add_(0.1)",
    "query rebound": "query = query * 3.0",
    "key in place": "key.zero_()",
    "key rebound": "key = None",
    "value in place": "value[..., 0] = 0.0",
    "value rebound": "value = value * 2.0",
    "names swapped": "query, key = key, query",
    "deleted": "del query, key",
    "queries rebound": "queries = queries + 1",
    "mask in place later": "late = torch.arange(keys) / 1.0\n{s} = {s} + late\nlate.zero_()",
    "mask rebound later": "late = torch.arange(keys) / 1.0\n{s} = {s} + late\nlate = None",
    "same name twice": "late = torch.arange(keys) / 2.0\n{s} = {s} + late\nlate = late * 0.0 + 1\n{s} = {s} + late",
    "scale rebound later": "late = 0.5\n{s} = {s} * late\nlate = 7.0",
    "attribute changed": "self.level = 0.5\n{s} = {s} * self.level\nself.level = 9.0",
    "counter as scale": "self.turn = getattr(self, 'turn', 0) + 1\n{s} = {s} / self.turn",
    "side effect in argument": "{s} = {s} * self.tick()",
    "iterator": "steps = iter((0.5, 0.25))\n{s} = {s} * next(steps)\n{s} = {s} + next(steps) * torch.arange(keys)",
    "stored on self": "self.kept = {s}",
    "stored in list": "kept = [{s}]",
    "stored mean": "self.mean = {s}.mean()",
    "printed shape": "self.note = str({s}.shape)",
    "try around": "try:\n    {s} = {s} + torch.arange(keys)\nexcept RuntimeError:\n    {s} = {s} * 0.0",
    "try that fails": "try:\n    {s} = {s} + torch.zeros(keys + 1)\nexcept RuntimeError:\n    {s} = {s} * 0.5",
    "finally": "try:\n    {s} = {s} * 0.5\nfinally:\n    {s} = {s} + torch.arange(keys)",
    "with enable_grad": "with torch.enable_grad():\n    {s} = {s} * 0.5",
    "with own context": "with shadow({s}):\n    {s} = {s} * 0.5",
    "walrus": "if ({s} := {s} * 0.5) is not None:\n    {s} = {s} + torch.arange(keys)",
    "tuple": "{s}, late = {s} * 0.5, torch.arange(keys)\n{s} = {s} + late",
    "chained assignment": "{s} = other = {s} * 0.5\nother += torch.arange(keys)",
    "star": "{s} = torch.mul(*({s}, 0.5))",
    "keywords": "{s} = torch.add({s}, **{{'other': 1.0}})",
    "alpha": "{s} = torch.add({s}, torch.arange(keys), alpha=2)",
    "sub alpha": "{s} = {s}.sub(torch.arange(keys), alpha=0.5)",
    "rsub": "{s} = torch.rsub({s}, 1.0)",
    "number minus scores": "{s} = 1.0 - {s}",
    "lerp": "{s} = torch.lerp({s}, torch.ones(keys), 0.25)",
    "addcmul": "{s} = torch.addcmul({s}, torch.ones(keys), torch.arange(keys).float(), value=0.1)",
    "boolean sum": "{s} = {s} + (torch.arange(keys) % 2 == 0)",
    "integer sum": "{s} = {s} + torch.arange(keys)",
    "double sum": "{s} = {s} + torch.arange(keys, dtype=torch.float64).to({s}.dtype)",
    "mean shift": "{s} = {s} - {s}.mean(dim=-1, keepdim=True)",
    "global shift": "{s} = {s} - {s}.max()",
    "row shift": "{s} = {s} + torch.arange(queries)[:, None]",
    "turned twice": "{s} = {s}.transpose(-1, -2)\n{s} = ({s} * 0.5).transpose(-1, -2)",
    "half": "{s} = {s}.half().to({s}.dtype)",
    "double": "{s} = {s}.double()",
    "contiguous": "{s} = {s}.contiguous()",
    "expanded": "{s} = {s}.expand_as({s})",
    "chunked": "{s} = torch.cat({s}.chunk(2, dim=-1), dim=-1)",
    "stacked": "{s} = torch.stack([{s}, {s} * 0.5])[1]",
    "selected": "{s} = {s}[..., :keys]",
    "random bias": "{s} = {s} + torch.rand(keys)",
    "noise": "{s} = {s} + torch.rand_like({s})",
    "unsqueezed": "{s} = ({s}.unsqueeze(0) * 0.5).squeeze(0)",
    "early return": "if keys == 1:\n    return {s}",
    "raise on values": "if {s}.isnan().any():\n    raise ValueError",
    "functional": "{s} = functools.reduce(torch.add, [{s}, torch.arange(keys)])",
    "operator": "{s} = operator.mul({s}, 0.5)",
    "getattr": '{s} = getattr({s}, "mul")(0.5)',
    "hook": "if {s}.requires_grad:\n    {s}.register_hook(lambda grad: grad * 2.0)",
    "private name": "{s} = self.__halve({s})",
    "class name": '{s} = {s} * (0.5 if type(self).__name__ == "Attention" else 1.0)',
    "super": "{s} = super().temper({s})",
    "decorated": "{s} = self.decorated({s})",
    "property": "{s} = {s} * self.ticking",
    "default list": "{s} = {s} * self.remember()",
    "global counter": "global COUNT\nCOUNT = COUNT * 0.5\n{s} = {s} * COUNT",
    "shadowed float": "{s} = {s} * float(2)",
    "exec": 'exec("pass")',
    "locals": "self.note = len(locals())",
    "match": "match keys % 2:\n    case 0:\n        {s} = {s} * 0.5\n    case _:\n        pass",
    "nested call": "{s} = (lambda x, y=0.5: x * y)({s})",
    "conditional mask": "{s} = {s} + (torch.arange(keys) if keys > 2 else 0.0)",
    "comprehension": "{s} = torch.stack([row * 0.5 for row in {s}.unbind(0)])",
    "exponent and log": "{s} = {s}.exp().log()",
    "identity module": "{s} = nn.Identity()({s})",
    "addition of own zero": "{s} = {s} + {s} * 0.0",
    "twice itself": "{s} = {s} + {s}",
    "grad mode": "if torch.is_grad_enabled():\n    {s} = {s} * 0.5",
    "unbound branch": "if keys > 100:\n    {s} = torch.tanh({s})",
    "fill then factor": "{s} = {s}.masked_fill(torch.arange(keys) > 2, -1e9)\n{s} = {s} * 1e-9",
    "fill then clamp": "{s} = {s}.masked_fill(torch.arange(keys) > 2, -1e9)\n{s} = {s}.clamp(min=-3.0)",
    "fill and alias": "other = {s}\n{s} = {s}.masked_fill(torch.arange(keys) > 2, -1e9)\n{s} = other.max({s})",
    "loop with else": "for late in range(2):\n    {s} = {s} * 0.9\nelse:\n    {s} = {s} + late * torch.arange(keys)",
    "loop with break": "for late in range(5):\n    if late == 2:\n        break\n    {s} = {s} + torch.arange(keys)",
    "loop with continue": "for late in range(3):\n    if late:\n        continue\n    {s} = {s} + torch.arange(keys)",
    "loop rebinding query": "for query in (query,):\n    {s} = {s} * 0.5",
    "while": "late = 0\nwhile late < 2:\n    {s} = {s} * 0.5\n    late += 1",
    "full_like added": "{s} = {s} + torch.full_like({s}, 2.0)",
    "full_like named": "low = torch.full_like({s}, -1e9)\n{s} = torch.where(torch.arange(keys) > 2, low, {s})",
    "scaled by a size": "{s} = {s} / {s}.size(0)",
    "shift, then bias": "{s} = {s} - {s}.amax(-1, keepdim=True)\n{s} = {s} + torch.arange(keys)",
    "shift of turned": "{s} = {s}.transpose(-1, -2)\n{s} = {s} - {s}.amax(-1, keepdim=True)\n{s} = {s}.mT",
    "first axes swapped": "{s} = {s}.transpose(0, -3) if {s}.dim() > 3 else {s}",
    "first axes swapped twice": "{s} = {s}.transpose(0, -3).contiguous().transpose(0, -3)",
    "flattened": "{s} = {s}.reshape(-1, queries, keys).view({s}.shape)",
    "flattened and scaled": "{s} = ({s}.reshape(-1, queries, keys) * torch.rand(1, 1, 1)).view({s}.shape)",
    "clamp that lifts masks": "{s} = {s}.clamp(min=-1e4)",
    "clamp of infinite fill": "{s} = {s}.masked_fill(torch.arange(keys) > 0, float('-inf')).clamp(min=-3e38)",
    "two weak fills": "{s} = {s}.masked_fill(torch.arange(keys) > 2, -1e4)\n"
    "{s} = torch.where(torch.arange(keys) < 3, -1e4, {s})",
    "weak mask beside weak fill": "{s} = {s}.masked_fill(torch.arange(keys) > 2, -1e4)\n"
    "{s} = {s} - 1e4 * (torch.arange(keys) < 3)",
    "with statement": "with contextlib.suppress(RuntimeError):\n    {s} = {s} + torch.zeros(keys + 1)",
    **ARITHMETIC,
}

NEEDS: dict[str, tuple[str, str, str]] = {
    "cap": ("methods", "cap", "def cap(self, scores):\n    scores = scores / 2\n    return torch.tanh(scores) * 2"),
    "climb": (
        "methods",
        "climb",
        "def climb(self, scores):\n    b = torch.zeros(scores.size(-1))\n    b[0] = 2\n    return scores + b",
    ),
    "change": ("methods", "change", "def change(self, scores):\n    scores += torch.arange(scores.size(-1))"),
    "tick": (
        "methods",
        "tick",
        "def tick(self):\n    self.ticks = getattr(self, 'ticks', 0) + 1\n    return 1.0 / self.ticks",
    ),
    "ticking": (
        "methods",
        "ticking",
        "@property\ndef ticking(self):\n    self.ticks = getattr(self, 'ticks', 0) + 1\n    return 1.0 / self.ticks",
    ),
    "remember": ("methods", "remember", "def remember(self, calls=[]):\n    return 0.5 + 0.0 * len(calls)"),
    "__halve": ("methods", "__halve", "def __halve(self, scores):\n    return scores * 0.5"),
    "decorated": ("methods", "decorated", "@doubling\ndef decorated(self, scores):\n    return scores * 0.3"),
    "flagged": ("init", "flagged", "self.flagged = True"),
    "activation": ("init", "activation", "self.activation = nn.Tanh()"),
    "shadow(": (
        "globals",
        "shadow",
        "@contextlib.contextmanager\ndef shadow(tensor):\n    tensor.add_(torch.arange(tensor.size(-1)))\n    yield",
    ),
    "@doubling": (
        "globals",
        "doubling",
        "def doubling(function):\n    def inner(*args):\n        return 2.0 * function(*args)\n\n    return inner",
    ),
    "COUNT": ("globals", "COUNT", "COUNT = 1.0"),
    "float(2)": ("globals", "float", "def float(number):\n    return number / 5.0"),
    "super()": (
        "globals",
        "Base",
        "class Base(nn.Module):\n    def temper(self, scores):\n        return scores * 0.5",
    ),
}


BROKEN_SOFTMAX = {
    "softmax over queries": "{p} = torch.softmax({s}, dim=-2)",
    "softmax over the first axis": "{p} = {s}.softmax(0)",
    "log softmax": "{p} = F.log_softmax({s}, dim=-1)",
    "logarithm of softmax": "{p} = {s}.softmax(-1).log()",
    "softmax twice": "{p} = {s}.softmax(-1).softmax(-1)",
    "sigmoid": "{p} = torch.sigmoid({s})",
    "softmax over pairs": "{p} = {s}.flatten(-2).softmax(-1).view_as({s})",
    "softmax of transposed": "{p} = {s}.transpose(-1, -2).softmax(-1).transpose(-1, -2)",
    "softmax with epsilon": "{p} = {s}.exp() / ({s}.exp().sum(-1, keepdim=True) + 1.0)",
    "gumbel": "{p} = F.gumbel_softmax({s}, dim=-1)",
    "log softmax module": "{p} = nn.LogSoftmax(dim=-1)({s})",
    "softmin of positive": "{p} = F.softmin({s}.abs(), dim=-1)",
}
DOUBTFUL_SOFTMAX = {
    "softmin": "{p} = F.softmin({s}, dim=-1)",
    "by hand": "{p} = {s}.exp() / {s}.exp().sum(-1, keepdim=True)",
    "log-sum-exp": "{p} = ({s} - {s}.logsumexp(-1, keepdim=True)).exp()",
    "exp of log softmax": "{p} = {s}.log_softmax(-1).exp()",
    "turned": "{p} = {s}.transpose(-1, -2).softmax(-2).transpose(-1, -2)",
    "lossy": "{p} = torch.softmax({s}, -1, dtype=torch.float16).to({s}.dtype)",
    "in two branches": "if keys > 3:\n    {p} = {s}.softmax(-1)\nelse:\n    {p} = torch.softmax({s}, dim=-1)",
    "into out": "made = torch.empty_like({s})\ntorch.softmax({s}.detach(), -1, out=made)\n{p} = made",
    "sequential": "{p} = nn.Sequential(nn.Softmax(dim=-1))({s})",
    "by name": '{p} = getattr(torch, "softmax")({s}, -1)',
    "keywords": '{p} = torch.softmax({s}, **{{"dim": -1}})',
    "partial": "{p} = functools.partial(torch.softmax, dim=-1)({s})",
    "sink": "{p} = torch.cat([{s}, torch.zeros(*{s}.shape[:-1], 1)], dim=-1).softmax(-1)[..., :-1]",
    "first keys": "{p} = F.pad({s}[..., :1].softmax(-1), (0, keys - 1))",
    "under a nested name": "normalise = torch.softmax\n{p} = normalise({s}, -1)",
    "try": "try:\n    {p} = {s}.softmax(-1)\nexcept ValueError:\n    {p} = {s}",
    **SOFTMAXES,
}
BROKEN_PROBS = {
    "factor per key": "{p} = {p} * torch.rand(keys)",
    "masked without fill": "{p} = {p}.masked_fill(torch.arange(keys) % 2 == 1, 0.0)",
    "filled with a tenth": "{p} = {p}.masked_fill(torch.arange(keys) % 2 == 1, 0.1)",
    "renormalised": "{p} = {p} * (torch.arange(keys) % 2)\n{p} = {p} / ({p}.sum(-1, keepdim=True) + 0.1)",
    "squared": "{p} = {p} ** 2",
    "flipped heads": "{p} = {p}.flip(0)",
    "flipped keys": "{p} = {p}.flip(-1)",
    "mean of queries": "{p} = {p}.mean(-2, keepdim=True).expand_as({p})",
    "detached": "{p} = {p}.detach()",
    "threshold": "{p} = torch.where({p} > 0.2, {p}, 0.0)",
    "cumulated": "{p} = {p}.cumsum(-1)",
    "plus one": "{p} = {p} + 0.1",
    "custom dropout": "{p} = self.thin({p})",
    "rounded": "{p} = {p}.round()",
}
DOUBTFUL_PROBS = {
    "zero in place after": "{p}.mul_(0.5)",
    "stored": "self.kept = {p}",
    "stored mean": "self.kept = {p}.mean()",
    "row factor": "{p} = {p} * torch.rand(queries, 1)",
    "number factor": "{p} = {p} * 0.5",
    "division": "{p} = {p} / 2.0",
    "alias": "kept = {p}\n{p} = {p} * 2.0\n{p} = kept",
    "alias in place": "kept = {p}\nkept *= 2.0",
    "dropout always on": "{p} = F.dropout({p}, 0.4)",
    "dropout twice": "{p} = F.dropout(F.dropout({p}, 0.4, self.training), 0.3, self.training)",
    "dropout in place": "F.dropout({p}, 0.4, self.training, True)",
    "dropout own flag": "{p} = F.dropout({p}, 0.4, training=self.noisy)",
    "hook": "if {p}.requires_grad:\n    {p}.register_hook(lambda grad: grad * 0.0)",
    "half": "{p} = {p}.half().to(value.dtype)",
    "nan to num": "{p} = torch.nan_to_num({p})",
    "value changed": "value = value * 2.0",
    "value in place": "value.mul_(0.5)",
    "value from probabilities": "value = value * {p}.sum()",
    "list": "kept = [{p}]",
    "callback": "(lambda x: x.mul_(0.5))({p})",
    "closure": "def kept():\n    return {p}.sum()\n\nvalue = value + kept()",
    "shape in result": "value = value * {p}.size(-1)",
    "first axes swapped": "{p} = {p}.transpose(0, -3)",
    "first axes swapped twice": "{p} = {p}.transpose(0, -3).contiguous()\n{p} = {p}.transpose(0, -3)",
    "flattened": "{p} = {p}.reshape(-1, queries, keys).view({p}.shape)",
    "turned and back": "{p} = {p}.transpose(-1, -2).contiguous().transpose(-1, -2)",
    **WEIGHTS,
}
NEEDS_PROBS = {
    "self.thin": ("methods", "thin", "def thin(self, probs):\n    return probs * 0.5 + probs.mean()"),
    "self.noisy": ("init", "noisy", "self.noisy = True"),
}


def need(d: Draft, text: str) -> None:
    """Adds what the text of a fragment refers to."""
    for table in (NEEDS, NEEDS_PROBS, CARRIER_NEEDS, CHANGE_NEEDS, SOFTMAX_NEEDS, WEIGHT_NEEDS):
        for word, (part, name, code) in table.items():
            if word in text and name not in getattr(d, part):
                getattr(d, part)[name] = code
                need(d, code)


def product(d: Draft, s: str) -> None:
    """The statement of the first product."""
    axes = d.layout.axes
    forms = []
    if d.matmul:
        turned = (
            "key"
            if d.key_turned
            else d.one("key.transpose(-1, -2)", "key.transpose(-2, -1)", "key.mT", "torch.transpose(key, -1, -2)")
        )
        forms += [
            f"torch.matmul(query, {turned})",
            f"query @ {turned}",
            f"query.matmul({turned})",
            f"torch.matmul(input=query, other={turned})",
        ]
        if not d.key_turned:
            forms.append("torch.matmul(key, query.transpose(-1, -2)).transpose(-1, -2)")
        if d.layout.name == "merged":
            forms += [
                f"torch.bmm(query, {turned})",
                f"query.bmm({turned})",
                f"torch.baddbmm(query.new_empty(query.size(0), queries, keys), query, {turned}, beta=0, alpha=0.4)",
                f"torch.baddbmm(torch.zeros(1, queries, keys, dtype=query.dtype), query, {turned})",
            ]
    if not d.key_turned:
        query, key, scores = axes, axes.replace("q", "k"), f"{d.layout.lead}qk"
        forms += [
            f'torch.einsum("{query},{key}->{scores}", query, key)',
            f'torch.einsum("{query}, {key} -> {scores}", [query, key])',
            f'torch.einsum("{key},{query}->{scores}", key, query)',
        ]
        if d.matmul:
            forms.append('torch.einsum("...id,...jd->...ij", query, key)')
    if d.one(False, False, True):
        kind = spelled(d, "product", PRODUCTS)
        form = formatted(d, PRODUCTS[kind], s=s, turned="key" if d.key_turned else "key.mT")
        d.line(f"{s} = {form}")
    else:
        form = d.one(*forms)
        if "queries" not in form and sum(map(ord, form + "".join(d.lines))) % 6 == 0:
            form = in_helper(d, form)  # drawn from what is there, so that all other programs keep their numbers
        d.line(f"{s} = {form}")


PREPARATIONS = (
    "query = query * 0.5",
    "key = key / 2.0",
    "query = query + key.mean()",
    "query = query.float()\nkey = key.float()",
    "query, key = query * 0.5, key * 0.5",
    "if self.training:\n    query = query * 0.5",
    "if query.shape[-1] > 4:\n    query = query * 0.5\nelse:\n    key = key * 0.25",
    "if self.training:\n    if key.shape[-1] > 4:\n        key = key * 0.5\n    query = query * 0.5",
    "early = query.shape[0] > 1\nif early:\n    key = key * 0.5\nearly = False",
    "for _ in range(2):\n    query = query * 0.5",
    "with torch.no_grad():\n    query = query * 0.5",
    "with torch.no_grad():\n    level = query.mean()\nkey = key + level",
    "before = query\nquery = before + 0.1\nbefore = None",
    "before = query * 0.5\ndel query\nquery = before * 0.5",
    "import math as numbers\nquery = query / numbers.sqrt(2.0)",
    "query = F.dropout(query, 0.5, self.training)\nkey = key * query.shape[-1] ** -0.5",
    "query = query * 0.5\nquery.mul_(2.0)",
    "query = query * 0.5\nother = query\nother += 0.1",
    "try:\n    query = query * 0.5\nfinally:\n    key = key * 2.0",
    "if (query := query * 0.5).dim() > 2:\n    key = key * 0.5",
    "self.level = 0.5\nif self.level < 1.0:\n    query = query * self.level\nself.level = 2.0",
    "shifted = [key + 0.1 for key in (key,)]\nkey = shifted[0]",
)
"""What a helper does with its arguments before it multiplies them."""


def in_helper(d: Draft, form: str) -> str:
    """The product in a helper that binds its arguments anew."""
    if d.expressible:
        d.expressible = None
    lines = "\n".join(d.one(*PREPARATIONS) for _ in range(d.one(1, 2, 3)))
    result = d.one(f"return {form}", f"met = {form}\nquery = query * 3.0\nreturn met", f"key = ({form})\nreturn key")
    d.methods["meet"] = f"def meet(self, query, key):\n{textwrap.indent(lines + chr(10) + result, '    ')}"
    return "self.meet(query, key)"


def spelled(d: Draft, what: str, table: dict[str, str]) -> str:
    """One entry of a table whose texts begin with the layouts that they are for, if they are not for all."""
    kinds = [kind for kind, text in table.items() if not text.startswith("<") or f"<{d.layout.name}>" in text]
    return d.spelling(what, kinds)


def formatted(d: Draft, text: str, **names: str) -> str:
    """A text of `PRODUCTS` or `CONTEXTS`, with the layout's axes in the places of its equations' names."""
    axes = d.layout.axes
    text = text.rpartition(">>")[2] if text.startswith("<") else text
    row = str(d.layout.query_length)
    return text.format(row=row, q=axes, k=axes.replace("q", "k"), w=f"{d.layout.lead}qk", heads=d.heads, **names)


def softmax(d: Draft, s: str, p: str) -> None:
    """The statement of the softmax."""
    last = len(d.layout.axes) - 1
    form = d.one(
        f"{p} = torch.softmax({s}, dim=-1)",
        f"{p} = {s}.softmax(-1)",
        f"{p} = F.softmax({s}, dim=-1)",
        f"{p} = nn.functional.softmax({s}, -1)",
        f"{p} = nn.Softmax(dim=-1)({s})",
        f"{p} = self.softmax({s})",
        f"{p} = torch.softmax({s}, dim=-1, dtype=torch.float32).to(value.dtype)",
        f"{p} = F.softmax({s}.float(), dim=-1).to(value.dtype)",
        f"{p} = self.normalise({s})",
        f"{p} = torch.softmax({s}, dim={last})"
        if d.layout.name in ("heads last", "length first")
        else f"{p} = torch.softmax(input={s}, dim=-1)",
    )
    if "self.softmax" in form:
        d.init["softmax"] = "self.softmax = nn.Softmax(dim=-1)"
    if "self.normalise" in form:
        d.methods["normalise"] = "def normalise(self, scores):\n    return nn.functional.softmax(scores, dim=-1)"
    d.line(form)


def dropout(d: Draft, p: str) -> None:
    """No dropout, or one of its spellings."""
    form = d.one(
        "",
        f"{p} = self.dropout({p})",
        f"{p} = F.dropout({p}, p=0.3, training=self.training)",
        f"{p} = nn.functional.dropout({p}, self.rate, self.training)",
        f"if self.rate > 0:\n    {p} = F.dropout({p}, self.rate, self.training)",
    )
    if "self.dropout" in form:
        d.init["dropout"] = "self.dropout = nn.Dropout(0.3)"
    if "self.rate" in form:
        d.init["rate"] = "self.rate = 0.2"
    if form:
        d.line(form)


def context(d: Draft, p: str, c: str) -> None:
    """The statement of the second product."""
    axes = d.layout.axes
    probs, value = f"{d.layout.lead}qk", axes.replace("q", "k")
    forms = [f"torch.matmul({p}, value)", f"{p} @ value", f"{p}.matmul(value)"] if d.matmul else []
    if d.layout.name == "merged":
        forms.append(f"torch.bmm({p}, value)")
    forms += [
        f'torch.einsum("{probs},{value}->{axes}", {p}, value)',
        f'torch.einsum("{value},{probs}->{axes}", value, {p})',
    ]
    if d.one(False, False, False, True):
        kind = spelled(d, "context", CONTEXTS)
        d.line(f"{c} = {formatted(d, CONTEXTS[kind], p=p)}")
    else:
        d.line(f"{c} = {d.one(*forms)}")


BROKEN_CONTEXT = {
    "two values": "{c} = torch.matmul({p}, value) + torch.matmul({p}, value * value)",
    "sum of probabilities": "{c} = torch.matmul({p}, value) + {p}.sum()",
    "transposed": "{c} = torch.matmul({p}.transpose(-1, -2), query)",
    "applied twice": "{c} = torch.matmul({p}, torch.matmul({p}.transpose(-1, -2), query))",
    "entropy": "{c} = torch.matmul({p}, value) * ({p} * {p}).sum()",
    "scores again": "{c} = torch.matmul({p}, value) * {s}.mean()",
}


def scores_hazard(d: Draft, s: str) -> tuple[str, str, bool]:
    """Something before the softmax that is not plain: what it is, its text, and whether no exact call exists."""
    source = d.one("broken", "doubtful", "carried", "alias", "lent")
    if source == "broken":
        kind = d.one(*BROKEN_SCORES)
        return kind, BROKEN_SCORES[kind].format(s=s), True
    if source == "doubtful":
        kind = d.one(*DOUBTFUL_SCORES)
        return kind, DOUBTFUL_SCORES[kind].format(s=s), False
    if source == "carried":
        carrier, step = d.one(*CARRIERS), d.one(*BROKEN_STEPS)
        return f"{carrier}: {step}", carried(carrier, BROKEN_STEPS[step], s), True
    if source == "alias":
        return changed(d, d.one(s, s, "query", "key", "value"))
    late = d.name("lent")
    made, used = d.one(
        ("torch.arange(keys)[None] / 2", f"{s} = {s} + {late}"),
        ("torch.full((1, 1), 0.5)", f"{s} = {s} * {late}"),
        ("torch.arange(keys)[None] > 2", f"{s} = {s}.masked_fill({late}, -1e9)"),
        (f"torch.zeros_like({s})", f"{s} = {s} + {late}"),
    )
    kind, text, broken = changed(d, late)
    return kind, f"{late} = {made}\n{used}\n{text}", broken


def changed(d: Draft, name: str) -> tuple[str, str, bool]:
    """A change in place of what a name holds, through another one."""
    alias, change = d.one(*ALIASES), d.one(*CHANGES)
    return f"{alias}, {change}", f"{ALIASES[alias].format(s=name)}\n{CHANGES[change]}", False


def weights_hazard(d: Draft, s: str, p: str) -> tuple[str, str, bool]:
    """The same between the softmax and the product with V."""
    source = d.one("broken", "doubtful", "carried", "alias")
    if source == "broken":
        kind = d.one(*BROKEN_PROBS)
        return kind, BROKEN_PROBS[kind].format(p=p, s=s), True
    if source == "doubtful":
        kind = d.one(*DOUBTFUL_PROBS)
        return kind, DOUBTFUL_PROBS[kind].format(p=p, s=s), False
    if source == "carried":
        carrier, step = d.one(*CARRIERS), d.one(*WEIGHT_STEPS)
        return f"{carrier}: {step}", carried(carrier, WEIGHT_STEPS[step], p), False
    return changed(d, d.one(p, p, s, "query", "value"))


def chain(d: Draft, names: Sequence[str], hazard: str) -> tuple[str, str, str]:
    """One attention: from q, k, v to its context. `hazard` is the stage that is not plain, or "". Gives the names of
    scores, probabilities, and probabilities after the dropout."""
    s, p, c = names
    for _ in range(d.one(0, 1, 2)):
        operand = d.one("query", "key")
        form = d.one(
            f"{operand} = {operand} * {d.number()}",
            f"{operand} = {operand} / 3.0",
            f"{operand} = {operand}.float()",
            f"{operand} = {operand} + self.offset",
            f"{operand} = F.normalize({operand}, dim=-1)",
        )
        if "offset" in form:
            d.init["offset"] = "self.offset = nn.Parameter(torch.randn(head_dim))"
        if not (operand == "key" and d.key_turned):
            d.line(form)
    if d.matmul and not d.key_turned and d.maybe():
        d.line("key = key.transpose(-1, -2)")
        d.key_turned = True
    product(d, s)
    count = d.one(1, 2, 3, 0, 4)
    place = d.one(*range(count + 1)) if hazard == "scores" else -1
    for index in range(count + 1):
        if index == place:
            kind, text, broken = scores_hazard(d, s)
            add(d, text)
            d.hazard, d.expressible = f"scores: {kind}", False if broken else None
            if "fill" in kind or "sink" in kind:
                d.filled = True
            d.weak |= "weak mask" in kind
        if index < count:
            name = d.one(*AFFINE)
            d.spelled.append(name)
            unknown_sign = name in ("scale_per_head", "scale_per_query") and d.replaced
            late = (name in BIASES and d.shifted) or (name in ("masked_fill", "multiplied_mask") and d.moved)
            if d.expressible and (name in RARE or late or (name in SCALES and d.slight) or unknown_sign):
                d.expressible = None
            s = AFFINE[name](d, s)
            d.biased |= name in BIASES
    if hazard == "softmax":
        broken = d.one(True, False)
        kinds = BROKEN_SOFTMAX if broken else DOUBTFUL_SOFTMAX
        kind = d.one(*kinds)
        add(d, kinds[kind].format(s=s, p=p))
        d.hazard, d.expressible = f"softmax: {kind}", False if broken else None
    else:
        softmax(d, s, p)
    returned = p
    if hazard == "probabilities":
        kind, text, broken = weights_hazard(d, s, p)
        add(d, text)
        d.hazard, d.expressible = f"probabilities: {kind}", False if broken else None
    before = d.maybe()
    if before:
        dropped = d.name("dropped")
        d.line(f"{dropped} = {p}")
        dropout(d, dropped)
        p = dropped
    else:
        dropout(d, p)
    if hazard == "context" and d.matmul:
        kind = d.one(*BROKEN_CONTEXT)
        d.line(BROKEN_CONTEXT[kind].format(p=p, c=c, s=s))
        d.hazard, d.expressible = f"context: {kind}", False
    else:
        context(d, p, c)
    return s, returned, p


def ending(d: Draft, c: str, last: tuple[str, str, str]) -> None:
    """What forward returns."""
    s, probs, dropped = last
    form = d.one(
        "context", "context", "weights", "flag", "or none", "dropped", "dictionary", "doubtful", "kept", "appended"
    )
    if form == "doubtful" and d.hazard:
        form = "context"
    if form == "context":
        d.line(f"return {c}")
    elif form == "weights":
        d.line(f"return {c}, {probs}")
    elif form == "dropped":
        d.line(f"return {c}, {dropped}")
    elif form == "dictionary":
        d.line(f'return {{"context": {c}, "weights": {probs}}}')
    elif form == "flag":
        d.arguments["output_attentions"] = ("False", "True")
        d.line(
            d.one(
                f"outputs = ({c},)\nif output_attentions:\n    outputs += ({probs},)\nreturn outputs",
                f"return ({c}, {probs}) if output_attentions else ({c},)",
            )
        )
    elif form == "kept":
        d.doubt("weights kept")
        d.arguments["output_attentions"] = ("False", "True")
        d.line(
            d.one(
                f"self.weights = {probs} if output_attentions else None\nreturn {c}",
                f"if output_attentions:\n    self.weights = {probs}\nreturn {c}",
                f"self.weights = {probs}\nreturn {c}",
                f"self.weights = [{probs}, {c}]\nreturn {c}",
            )
        )
    elif form == "appended":
        d.doubt("weights appended")
        d.arguments["store"] = ("None", "[]")
        d.line(
            d.one(
                f"if store is not None:\n    store.append({probs})\nreturn {c}",
                f"if store is not None:\n    store += [{probs}]\nreturn {c}",
                f"if store is not None:\n    store[:] = [{probs}]\nreturn {c}",
                f"if store is not None:\n    self.store = store\n    self.store.append({dropped})\nreturn {c}",
            )
        )
    elif form == "or none":
        d.arguments["output_attentions"] = ("False", "True")
        d.line(f"return {c}, {probs} if output_attentions else None")
    else:
        kind = d.one(
            "weights halved",
            "weights zeroed",
            "scores",
            "weights turned",
            "weights and mean",
            "mean only",
            "value of weights",
            "list of weights",
        )
        text = {
            "weights halved": f"return {c}, {probs} * 0.5",
            "weights zeroed": f"{dropped}.zero_()\nreturn {c}, {dropped}",
            "scores": f"return {c}, {s}",
            "weights turned": f"return {c}, {probs}.transpose(-1, -2)",
            "weights and mean": f"return {c}, {probs}, {probs}.mean()",
            "mean only": f"return {c}, {probs}.mean(dim=-2)",
            "value of weights": f"return {c} + {probs}.sum()",
            "list of weights": f"kept = [{probs}]\nreturn {c}, kept",
        }[kind]
        d.line(text)
        d.hazard, d.expressible = f"return: {kind}", False if kind == "value of weights" else None


PREAMBLE = """
def kept(shape, full_rows):
    keep = torch.rand(shape) > 0.4
    keep[..., 0] = True
    if full_rows:
        keep.view(-1, keep.shape[-1])[0] = False
    return keep


def hidden(shape, full_rows):
    return torch.zeros(shape).masked_fill(~kept(shape, full_rows), torch.finfo(torch.float32).min)
"""


SETTINGS = "class Settings:\n    def __init__(self, **values):\n        self.__dict__.update(values)"


def framed(text: str, lines: Sequence[str], **names: Any) -> list[str]:
    """`lines` in the place of `{body}` in a text of `FRAMES` or `CHUNKS`."""
    found: list[str] = []
    for line in text.format(body="{body}", **names).split("\n"):
        inside, _, _ = line.partition("{body}")
        found += [inside + part if part else part for part in lines] if "{body}" in line else [line]
    return found


def in_chunks(d: Draft, names: tuple[str, str, str], hazard: str) -> None:
    """The chain for one part of the operands after the other."""
    axes = d.layout.axes
    letter = d.one(*(letter for letter in axes if letter in "bhn")) if d.layout.lead else "q"
    before, d.lines = d.lines, []
    _, _, _ = chain(d, names, hazard)
    kind = d.one(*CHUNKS)
    body = [*d.lines, f"outputs.append({names[2]})"]
    inside = framed(CHUNKS[kind], body, axis=axes.index(letter), row=d.layout.query_length)
    ends = f"return torch.cat(outputs, {d.one(axes.index(letter), d.layout.query_length)})"
    d.lines = [*before, "outputs = []", *inside, ends]
    d.doubt(f"chunks: {kind}")


def compose(pick: Pick) -> Program:
    """One random program."""
    d = Draft(pick, pick(LAYOUTS), pick((2, 1, 3)))
    dim = pick((8, 4))
    length = d.layout.query_length
    hazard = pick(("", "", "", "", "scores", "scores", "softmax", "probabilities", "context"))
    d.line(f"queries, keys, dim = query.size({length}), key.size({length}), query.size(-1)")
    wrapped = pick(("", "", "", "", "projections", "helper", "site before", "frame", "frame", "chunks"))
    names = pick(
        (
            ("scores", "probs", "context"),
            ("attn", "attn", "output"),
            ("x", "x", "x"),
            ("attn_weights", "attn_probs", "attn_output"),
            ("w", "weights", "out"),
        )
    )
    if wrapped == "projections":
        d.init["projections"] = (
            "self.to_query, self.to_key, self.to_value = (nn.Linear(head_dim, head_dim) for _ in range(3))"
        )
        d.line("query, key, value = self.to_query(query), self.to_key(key), self.to_value(value)")
    if wrapped == "site before":
        first = pick((("scores", "probs", "context"), ("x", "x", "x")))
        chain(d, first, "")
        d.line(f"query = query + {first[2]}")
    if wrapped == "chunks":
        in_chunks(d, names, hazard)
    else:
        ending(d, names[2], chain(d, names, hazard))
    if wrapped == "frame":
        kind = d.spelling("frame", FRAMES)
        d.lines = framed(FRAMES[kind], d.lines)
    if wrapped == "helper":
        # everything moves to a helper, which forward calls
        passed = ", ".join(["query", "key", "value", *(f"{name}={name}" for name in d.arguments)])
        signature = ", ".join(["query", "key", "value", *(f"{name}=None" for name in d.arguments)])
        body = textwrap.indent("\n".join(d.lines), "    ")
        name = pick(("attend", "_attn"))
        d.methods[name] = f"def {name}(self, {signature}):\n{body}"
        d.lines = [f"return self.{name}({passed})"]
    d.spelled += [d.layout.name, *([wrapped] if wrapped else [])]
    return Program(whole(d, dim), d.expressible, d.hazard, tuple(d.spelled))


def whole(d: Draft, dim: int) -> str:
    """The text of the file."""
    parameters = "".join(
        f", {name}={'False' if values[0] == 'False' else 'None'}" for name, values in d.arguments.items()
    )
    init = ["def __init__(self, head_dim):", "    super().__init__()"]
    init += [f"    {line}" for text in d.init.values() for line in text.split("\n")]
    forward = [f"def forward(self, query, key, value{parameters}):", *(f"    {line}" for line in d.lines)]
    methods = ["\n".join(init), *d.methods.values(), "\n".join(forward)]
    body = "\n\n".join(textwrap.indent(method, "    ") for method in methods)
    full_rows = d.filled and not d.weak
    clamped = any("clamp" in name for name in (d.hazard, *d.spelled))
    facts = [
        f"EXPECT = { ({True: 'generated', False: 'refused', None: 'either'}[d.expressible])!r}",
        f"WHY = {'composed at random: ' + (d.hazard or ', '.join(d.spelled))!r}",
        "EAGER_ALLOWED = True",
        *(["GRADIENTS = False  # of rows that are clamped as a whole"] if full_rows and clamped else []),
    ]
    text = "\n".join([*d.globals.values(), body])
    imports = ["math", *(word for word in ("contextlib", "functools", "operator", "types") if f"{word}." in text)]
    parts = [
        "\n".join(f"import {word}" for word in sorted(imports)),
        "import torch\nimport torch.nn.functional as F\nfrom torch import nn",
        "\n".join(facts) + "\n",
        *(f"{text}\n" for text in d.globals.values()),
        f"class Attention({'Base' if 'Base' in d.globals else 'nn.Module'}):\n{body}\n",
        PREAMBLE.strip("\n") + "\n",
        samples(d, dim, full_rows),
    ]
    return "\n\n".join(parts) + "\n"


def samples(d: Draft, dim: int, full_rows: bool) -> str:
    """The text of `examples`: sizes, with and without optional arguments, with and without fully masked rows."""
    query = ", ".join(SIZES[letter] for letter in d.layout.axes)
    key = query.replace("queries", "keys")
    if d.layout.name == "heads first" and d.maybe():
        key = key.replace("heads", "1")  # one head of keys for all
    given = [{name: values[turn] for name, values in d.arguments.items() if len(values) > turn} for turn in (0, 1)]
    turns = [given[0] | given[1]] + ([given[0]] if given[1] else [])
    sizes = d.one("((2, 5, 5), (1, 3, 7), (3, 1, 6))", "((1, 4, 4),)", "((2, 7, 2), (1, 1, 1))")
    lines = [
        "def examples():",
        *(["    global COUNT", "    COUNT = 1.0"] if "COUNT" in d.globals else []),
        "    torch.manual_seed(0)",
        f"    heads, dim = {d.heads}, {dim}",
        f"    for batch, queries, keys in {sizes}:",
        f"        for full_rows in {'(False, True)' if full_rows else '(False,)'}:",
    ]
    for values in turns:
        keywords = "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"
        lines += [
            f"            operands = (2.0 * torch.randn({query}), 2.0 * torch.randn({key}), torch.randn({key}))",
            f"            yield Attention({dim}), operands, {keywords}",
        ]
    return "\n".join(lines)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Random programs, as Hypothesis chooses."""
    return compose(lambda options: draw(st.sampled_from(options)))
