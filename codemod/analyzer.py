"""From a class to an `AttentionSite` or a `Refusal`: which methods to interpret, what their logs amount to, and what
is written for them."""

from __future__ import annotations

import ast
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

import libcst as cst

from . import callers, ir, lower, multihead, roles, structure
from .demands import Unwritable, Written
from .emitter import indent
from .flow import has
from .frames import REQUEST, Frame, TooComplex, always_flows, requests_of
from .hierarchy import ATTENTIONS, ClassRef, Code, NestedCode, World
from .identity import told_apart
from .importers import importers
from .inlining import InlinedCode, inlined
from .interpret import Interpreter
from .rewrite import Rewriter
from .scope import one_line
from .seams import (
    as_method,
    attn_method,
    bound_before,
    captured,
    handed_over,
    own_argument,
    route_calls,
    super_named,
)
from .source import Architecture, SourceError, SourceFile, walk
from .structure import Doubt
from .subclass import REMEDY, Found, Imports, class_text, generated_name, is_found, keeps_defaults, with_own_defaults
from .values import Choice, Instance, Loss, Opaque, Path, Product, Self, Step, Symbol, Value, numeric
from .wording import negated

DEEPEST = 3
"""So many helpers, one in another, are written out."""
GROUPS = "num_key_value_groups"
"""The attribute of a module that tells transformers' SDPA function how often to repeat each head of key and value."""
PRODUCT = re.compile(r"matmul|bmm|einsum| @ |[\w)\]]@")
"""A matrix product in a text, which is quicker to see than to parse; a decorator is none."""
ELSEWHERE = re.compile("ALL_ATTENTION_FUNCTIONS|ultiheadAttention")
"""What multiplies matrices in functions or modules of others."""
SOFTMAX = re.compile("softmax")


def analyze(arch: Architecture, *, command: str = "") -> ir.ArchReport:
    """Everything there is to say of one architecture. Pure: reads source text, runs none of it."""
    world = World(arch.library, Interpreter)
    for file in arch.files:
        world.add(file)
    records: list[ir.SiteRecord] = []
    classes: list[ir.ClassText] = []
    names = Imports()
    runtime: set[str] = set()
    results: list[Found] = []
    for file in arch.files:
        softmax = may_hold_attention(file.text)
        for name in file.classes:
            cls = ClassRef(file.module, name)
            if not (softmax or roles.is_named(name)) or not world.is_module(cls):
                continue
            results.append(ClassAnalysis(world, arch.name, cls).run())
    _callers(world, arch, results)
    _listeners(world, results)
    names.reserve(results)
    for found in results:
        if found.methods:
            used = set().union(*(structure.global_names(method.text) for method in found.methods))
            found.runtime &= used
            classes.append(class_text(world, found, names))
            runtime |= found.runtime
        records += found.records
    records = [replace(record, silent=is_silent(world, record)) for record in records]
    license_text = next((file.license for file in arch.files if file.license), "")
    return ir.ArchReport(
        arch=arch.name,
        modules=tuple(file.module for file in arch.files),
        records=tuple(sorted(records, key=lambda r: (r.module, r.line, r.class_name, r.method, r.code))),
        classes=tuple(classes),
        imports=names.lines(),
        runtime=tuple(sorted(runtime)),
        handing=_handing(world, arch, results),
        license=license_text,
        command=command or arch.command,
    )


def _callers(world: World, arch: Architecture, results: list[Found]) -> None:
    """Refuses classes whose weights a caller uses, asked or not, and adds the callers that always ask for them."""
    known = callers.Callers(world, arch.files)
    giving = [found.cls for found in results if any(site.weights.stage != "none" for site in found.sites)]
    others = importers(world, arch.library, giving)
    try:
        wide = callers.Callers(world, (*arch.files, *others)) if others else known
    except SourceError:
        wide = known
    for found in results:
        requests = [site.weights for site in found.sites if site.weights.stage != "none"]
        if requests:
            asking = {weights.request or "" for weights in requests}
            try:
                use, gathering, heard = wide.collecting(found.cls, asking)
            except SourceError:  # another file names something in one that cannot be read
                use, gathering, heard = known.collecting(found.cls, asking)
            found.flags |= heard
            unheard = [(file, call) for flag in found.flags for file in (*arch.files, *others)
                       if (call := callers.past_hooks(file, flag)) is not None]  # fmt: skip
            if use is None and unheard:
                file, call = unheard[0]
                message = "a `forward` is asked for weights by a call of itself, which nothing listens to"
                found.refuse_all("CALLER", message, file.location(call))
            if gathering is not None and use is None:
                owner = f"{gathering.code.owner.name}." if gathering.code.owner is not None else ""
                note = f"{owner}{gathering.code.name} gathers the weights unasked; where nobody asks, it gathers None"
                found.records = [replace(r, message=note) if r.status == "generated" else r for r in found.records]
            if use is not None:
                owner = f"{use.code.owner.name}." if use.code.owner is not None else ""
                asked = "whether it was asked for them or not"
                if use.flag:
                    asked = f"where `{use.flag}` asks for them, which the attention is not told"
                found.refuse_all(
                    "CALLER",
                    f"{owner}{use.code.name} uses the returned probabilities {asked}: {use.reason}",
                    use.code.location(use.expr.node),
                )
    for found in [found for found in results if found.methods]:
        flags = {site.weights.request for site in found.sites if site.weights.stage != "none"}
        flag = next(iter(flags)) if len(flags) == 1 else None
        if flag is not None and flag.isidentifier():
            for insistent in known.insisting(found.cls, flag):
                _relieve(world, arch, results, found.cls, flag, insistent)


def _handing(world: World, arch: Architecture, results: list[Found]) -> tuple[tuple[str, str], ...]:
    """`ArchReport.handing` of the classes that are written."""
    asked = {found.cls: _is_told(found) for found in results if found.methods}
    files = {file.module: file for file in arch.files}
    handing = callers.Callers(world, arch.files).handing(asked) if asked else []
    return tuple(sorted((ref.path, files[ref.module].digest(ref.name)) for ref in handing if ref.module in files))


def _listeners(world: World, results: list[Found]) -> None:
    """Marks the classes whose `forward` can be asked for weights, and does not tell the attention in it."""
    for found in results:
        forward = world.method_code(found.cls, "forward")
        if found.methods and forward is not None and has(forward, REQUEST):
            found.listening = not _is_told(found, own=True)


def _is_told(found: Found, *, own: bool = False) -> bool:
    """Whether every attention of a class sees the argument by which the caller of `forward` asks for weights, or gives
    them for something of its `own` alone."""
    return all(
        site.weights.stage == "none"
        or (site.weights.request, site.method) == (REQUEST, "forward")
        or (own and site.weights.request not in (None, REQUEST))
        for site in found.sites
    )


def _relieve(
    world: World, arch: Architecture, results: list[Found], cls: ClassRef, flag: str, insistent: callers.Insistent
) -> None:
    """A class that always asks its attention for weights, as one that asks only where somebody waits for them."""
    found = next((item for item in results if item.cls == insistent.cls), None)
    if found is None:
        found = Found(insistent.cls)
        results.append(found)
    analysis = ClassAnalysis(world, arch.name, insistent.cls)
    before = replace(found, methods=list(found.methods), texts=list(found.texts))
    forward = world.method_code(cls, "forward")
    assert forward is not None
    names = [parameter.name for parameter in forward.function.parameters][1:]
    demands = {demand.code: [d for d in insistent.demands if d.code is demand.code] for demand in insistent.demands}
    doubt: tuple[str, str, ir.Location] | None = None
    if insistent.uses:
        doubt = ("CALLER", *callers.insistence(insistent))
    for code, calls in demands.items() if doubt is None else ():
        written = next((method for method in found.methods if method.name == code.name), None)
        before_text = super_named(written.text if written is not None else code.text, code)
        text = callers.relieved(before_text, calls, flag, names, insistent)
        if text is None:
            doubt = ("CALL", f"the call of `{one_line(calls[0].call.function.node)}` cannot be replaced",
                     code.location(calls[0].call.node))  # fmt: skip
            break
        if written is not None:
            found.methods.remove(written)
            found.texts = [pair for pair in found.texts if pair[1] != written.text]
        found.methods.append(ir.MethodText(code.name, text, code.text))
        found.texts.append((code.file, text))
    if doubt is None:
        analysis.found = found
        unlike = analysis.copy_doubt()
        if unlike is not None:
            doubt = (unlike.code, unlike.message, unlike.file.location(unlike.node))
    if doubt is not None:
        found.methods, found.texts = before.methods, before.texts
    else:
        if not before.methods:
            found.seam = "caller"
        found.runtime.add("weights_requested")
        found.codes |= insistent.read
    for code, calls in demands.items():
        said = one_line(calls[0].call.function.node)
        place = code.location(calls[0].call.node)
        message = f"`{said}` is asked for its weights only where somebody waits for them"
        found.records.append(
            ir.SiteRecord(
                arch=arch.name, module=insistent.cls.module, class_name=insistent.cls.name, method=code.name,
                line=doubt[2].line if doubt else place.line, status="refused" if doubt else "generated",
                code=doubt[0] if doubt else "", message=doubt[1] if doubt else message,
                location=doubt[2] if doubt else place, remedy=REMEDY if doubt else "",
            )
        )  # fmt: skip


def may_hold_attention(text: str) -> bool:
    """A file without a softmax in its text, under whatever name, has no site; a cheap first look."""
    words = ["softmax", "softmin", "exp(", "multiheadattention", multihead.FUNCTION]
    words += [path.rpartition(".")[2].lower() for path in ATTENTIONS]
    return any(word in text.lower() for word in words)


def supports_sdpa(world: World, module: str) -> bool:
    """Whether every model class of a module says `_supports_sdpa = True`, itself or through a parent."""
    file = world.file(module)
    if file is None:
        return False
    flags: list[bool] = []
    for name in file.classes:
        cls = ClassRef(module, name)
        if not is_model(world, cls):
            continue
        for ref in world.mro(cls):
            values = [
                statement.value
                for statement in world.definition(ref).body
                if isinstance(statement, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == "_supports_sdpa" for t in statement.targets)
            ]
            if values:
                flags.append(isinstance(values[-1], ast.Constant) and values[-1].value is True)
                break
    return bool(flags) and all(flags)


def is_silent(world: World, record: ir.SiteRecord) -> bool:
    """Whether an attention stays eager, without a word, in models that are loaded as SDPA: it is not reached through
    the attention interface, every model of its module has the flag, and the module calls SDPA nowhere itself. A call
    of an attention is none."""
    file = world.file(record.module)
    if record.reached or (record.status == "generated" and record.site is None):
        return False
    if file is None or "scaled_dot_product_attention" in file.text or not supports_sdpa(world, record.module):
        return False
    if record.site is not None:
        return record.site.seam != "interface"
    texts = [
        file.segment(world.definition(ref))
        for ref in world.mro(ClassRef(record.module, record.class_name))
        if not world.is_library(ref) and (file := world.file(ref.module)) is not None
    ]
    return record.code not in ("CALLER", "NO_PRODUCT", "NO_SOFTMAX") and not any(
        "ALL_ATTENTION_FUNCTIONS" in text for text in texts
    )


def is_model(world: World, cls: ClassRef) -> bool:
    """Whether a class is a whole model in transformers' sense."""
    return any(
        path is not None and path.endswith("PreTrainedModel") for ref in world.mro(cls) for path in world.bases(ref)
    )


def reached_by_itself(arch: Architecture) -> bool:
    """Whether, by a first look, every attention of an architecture already reaches SDPA: no softmax outside the eager
    defaults of the attention interface, no `nn.MultiheadAttention`, and the models' flags say so."""
    world = World(arch.library, Interpreter)
    for file in arch.files:
        world.add(file)
    for file in arch.files:
        named = [definition for name, definition in file.classes.items() if roles.is_named(name)]
        if any(roles.in_class(file, definition) for definition in named):
            return False
        if "softmax" not in file.text.lower() and "MultiheadAttention" not in file.text:
            continue
        if "MultiheadAttention" in file.text or not supports_sdpa(world, file.module):
            return False
        if "getattr(" in file.text and any(_is_default_always(node) for node in walk(file.tree)):
            return False
        if any(
            "softmax" in file.segment(f).lower() and not _is_default(file, name) for name, f in file.functions.items()
        ):
            return False
        for name, definition in file.classes.items():
            text = file.segment(definition)
            if "softmax" in text.lower() and PRODUCT.search(text):
                return False
            if any(
                world.class_at(path or "") is not None
                and "transformers.models" in (path or "")
                and file.module not in (path or "")
                for path in world.bases(ClassRef(file.module, name))
            ):
                return False
    return True


def _is_default_always(node: ast.AST) -> bool:
    """Whether an implementation is looked for among the attributes of the attention interface, which has none."""
    is_call = isinstance(node, ast.Call) and structure.called(node) == "getattr" and len(node.args) == 3
    return is_call and ast.unparse(node.args[0]) == "ALL_ATTENTION_FUNCTIONS"  # type: ignore[attr-defined]


def _is_default(file: SourceFile, name: str) -> bool:
    """Whether a function is what the attention interface falls back to."""
    return "ALL_ATTENTION_FUNCTIONS" in file.text and f", {name}" in file.text and "attention" in name


class ClassAnalysis:
    """The verdict on every softmax chain that a class's own methods reach."""

    def __init__(self, world: World, arch: str, cls: ClassRef) -> None:
        self.world = world
        self.arch = arch
        self.cls = cls
        self.found = Found(cls)
        self.seen: set[tuple[str, int, int]] = set()
        self._forward: Interpreter | None = None
        self._forward_frame: Frame | None = None
        self._callers: list[Interpreter] | None = None
        self.doubts: list[Doubt] = []
        """Methods that are not known, by what is wrong with them."""
        self.suspects: list[tuple[Code, Loss, frozenset[Product]]] = []

    @property
    def _is_model(self) -> bool:
        """A whole model holds attention of its own only where it multiplies matrices itself."""
        return is_model(self.world, self.cls)

    def run(self) -> Found:
        entries = self._reachable()
        observed: dict[str, dict[str, Value]] = {}
        for code in entries:
            if not self._interesting(code):
                continue
            self._entry(code, observed.get(code.name))
            for chosen in self._kept_functions() if not self.found.records else ():
                if not self.found.methods:
                    self._entry(code, observed.get(code.name), chosen)
        if self.found.methods:
            doubt = self.copy_doubt()
            if doubt is not None:
                self.found.refuse_all(doubt.code, doubt.message, doubt.file.location(doubt.node))
            else:
                self._finish()
        if not self.found.records:
            self._unsaid()
        if not self.found.records:
            self._fused_already()
        if not self.found.records:
            self._doubted(self._by_functions())
        return self.found

    # --- whether copies mean the same ---------------------------------------------------------------------------

    def copy_doubt(self) -> Doubt | None:
        """Why the rewritten methods would not mean the same in a subclass in another module."""
        doubt = self.world.open_class(self.cls)
        if doubt is not None:
            return doubt
        file = self.world.file(self.cls.module)
        assert file is not None
        if self.cls.name in (*structure.RUNTIME, "torch"):
            return Doubt(
                "NAME_CLASH",
                f"generated code means something else by `{self.cls.name}`",
                file,
                self.world.definition(self.cls),
            )
        for code in self._reachable():
            for ref in self.world.mro(self.cls):
                definition = self.world.methods(ref).get(code.name)
                place = self.world.file(ref.module)
                if definition is not None and place is not None and not self.world.is_library(ref):
                    node = structure.asks_its_class(definition)
                    if node is not None:
                        return Doubt(
                            "CLASS", "a method asks for its own class, which a generated one is not", place, node
                        )
        doubt = told_apart(self.world, self.world.files_around(self.cls), self.cls, generated_name(self.cls.name))
        if doubt is not None:
            return doubt
        for method in self.found.methods:
            copied = self._copied(method)
            doubt = self._method_doubt(copied, method) if copied is not None else None
            if doubt is not None:
                return doubt
        return None

    def _copied(self, method: ir.MethodText) -> Code | None:
        """The code that a rewritten method is a copy of."""
        for code in (*self._reachable(), *self.found.codes):
            if method.original and code.text == method.original:
                return code
        return None

    def _method_doubt(self, code: Code, method: ir.MethodText) -> Doubt | None:
        world, node = self.world, code.definition
        if code.is_method and code.name in world.kept(self.cls):
            message = f"the constructor keeps `{code.name}` bound, which a swap of the class leaves as it is"
            return Doubt("METHOD", message, code.file, node)
        owner = world.definition(code.owner) if code.owner is not None else None
        kept = keeps_defaults(world, self.cls, method) is not None
        found = structure.uncopyable(code.file, node, owner, defaults_kept=kept)
        if found is not None:
            return Doubt("COPY", found[1], code.file, found[0])
        if code.is_method and (code.receiver != "self" or "self" in structure.bound(node.body)):
            return Doubt("COPY", "the method's first parameter is not `self`, or is bound anew", code.file, node)
        if code.is_method and not Interpreter(world, self.cls).plain(code, whole=True):
            return Doubt("DECORATOR", "a decorator may change what the method does", code.file, node.decorator_list[0])
        before = cst.Module([code.tree]).code
        here = structure.local_names(node)
        shared = structure.facts(code.file).bound
        for name in sorted(structure.introduced(before, method.text)):
            if name in here or (name in shared and name in structure.BUILTINS_CALLED):
                return Doubt("NAME_CLASH", f"generated code means something else by `{name}`", code.file, node)
        if code.is_static:
            if "self" in here:
                return Doubt("NAME_CLASH", "a static method has a `self` of its own", code.file, node)
            for file in {id(f): f for f in (code.file, *(c.file for c in self._reachable()))}.values():
                for use in walk(file.tree):
                    if (
                        isinstance(use, ast.Attribute)
                        and use.attr == code.name
                        and not (isinstance(use.value, ast.Name) and use.value.id == "self")
                    ):
                        return Doubt("COPY", "a static method is called other than on `self`", file, use)
        if structure.lines_in_strings(indent(method.text)) - structure.lines_in_strings(code.file.segment(node)):
            return Doubt("COPY", "a string over several lines would change where it is indented anew", code.file, node)
        text = with_own_defaults(world, self.cls, method)
        for name in sorted(structure.global_names(text) - structure.RUNTIME - {"torch"}):
            if not is_found(code.file, name, text):
                return Doubt("NAME", f"`{name}` may not exist when a copy is imported", code.file, node)
        return None

    def _unsaid(self) -> None:
        """What looked like attention and was not understood, where nothing else was said of the class."""
        if self._is_model:
            return
        for code, loss, depends in self.suspects:
            if any(product.context is None for product in depends) and self._multiplies_again():
                self._refuse(code, loss)
                return
        doubt = next(iter(self.doubts), None) or self.world.open_class(self.cls)
        if doubt is None or not self._looks_like_attention():
            doubt = self._unread() or self._by_roles() or self._unread(structure.multiplies_at_length)
        if doubt is None:
            return
        if doubt.code == "UNKNOWN":
            for code, loss, depends in self.suspects:
                if not depends:  # what made the softmax's operand was never known as a product
                    self._refuse(code, loss)
                    return
        self._doubted(doubt)

    def _doubted(self, doubt: Doubt | None) -> None:
        """Refuses the class for what is known of it from its text alone."""
        if doubt is None:
            return
        place = doubt.file.location(doubt.node)
        self.found.records.append(
            ir.SiteRecord(
                arch=self.arch, module=self.cls.module, class_name=self.cls.name, method="forward", line=place.line,
                status="refused", code=doubt.code, message=doubt.message, location=place, remedy=REMEDY,
            )
        )  # fmt: skip

    def _multiplies_again(self) -> bool:
        """Whether the class has another product than the one under its softmax, which alone makes weights only."""
        codes = self._reachable()
        multiplying = frozenset().union(*(self._holding(code.file, PRODUCT) for code in codes))
        return sum(structure.products(code.definition, multiplying) for code in codes) > 1

    def _unread(self, product: Callable[[ast.AST], bool] = structure.multiplies) -> Doubt | None:
        """Attention by its names, of which the interpretation could make nothing; `product` says what a product is."""
        if self._is_model:
            return None
        for code in self._reachable():
            if self.cls != code.owner and not self._interesting(code):
                continue
            multiplying = self._holding(code.file, PRODUCT)
            methods = {c.name: c.definition for c in self._reachable() if c.is_method}
            softmax = structure.attention_shaped(
                code.definition, multiplying, self._holding(code.file, SOFTMAX), methods, product=product
            )
            if softmax is None:
                continue
            message = "the softmax's operand comes from a product in a way that is not understood"
            if structure.called(softmax) in ("exp", "exp_", "sum", "softmin"):
                message = "what comes from a product is normalised by something else than a softmax"
            for node in walk(softmax.func):
                if isinstance(node, ast.Name) and self.world.unclear(code.file, node.id):
                    message = f"what `{node.id}` means cannot be told: it may be bound more than once"
                elif (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == code.receiver
                    and self.world.set_elsewhere(self.cls, node.attr)
                ):
                    message = f"`self.{node.attr}` is changed after it was made"
            return Doubt("UNKNOWN", message, code.file, softmax)
        return None

    def _fused_already(self) -> None:
        """Attention that is a call of SDPA itself, or of the attention interface in models whose flag says SDPA."""
        words: tuple[str, ...] = ("scaled_dot_product_attention", "ALL_ATTENTION_FUNCTIONS")
        codes = [code for code in self._reachable() if any(word in code.text for word in words)]
        if codes and not supports_sdpa(self.world, self.cls.module):
            words = words[:1]
        for code in codes:
            for node in walk(code.definition):
                if (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) in words:
                    place = code.file.location(node)
                    self.found.records.append(
                        ir.SiteRecord(
                            arch=self.arch, module=self.cls.module, class_name=self.cls.name, method=code.name,
                            line=place.line, status="native", location=place, reached=True,
                        )
                    )  # fmt: skip
                    return

    def _by_functions(self) -> Doubt | None:
        """A function of the module that holds an attention, and goes where its call cannot be followed."""
        for code in self._reachable() if not self._is_model else ():
            for node in walk(code.definition):
                path = self.world.resolve(code.file, node.id) if isinstance(node, ast.Name) else None
                inner = self.world.function_code(path) if path else None
                if inner is None or "softmax" not in inner.text.lower():
                    continue
                if structure.attention_shaped(inner.definition, frozenset(), frozenset()) is not None:
                    return Doubt(
                        "CALL", f"`{inner.name}` holds an attention, and its call is not understood", code.file, node
                    )
        return None

    def _by_roles(self) -> Doubt | None:
        """Attention by the names of its parts, which is no softmax of a product."""
        held = self.world.attributes(self.cls).items()
        plain = {
            n for n, v in held if isinstance(v, Instance) and v.path.startswith("torch.nn.") and "Soft" not in v.path
        }
        for code in self._reachable():
            if code.owner is None or not roles.is_written_out(code.file, self.world.definition(code.owner)):
                continue
            met = roles.met(code.file, code.definition, plain)
            if met is not None:
                return Doubt(met.code, met.message, code.file, met.node)
        return None

    def _holding(self, file: SourceFile, word: re.Pattern[str]) -> frozenset[str]:
        """Names of the class's methods and the module's functions whose text has a word."""
        codes = [c for c in self._reachable() if word.search(c.text)]
        functions = [n for n, f in file.functions.items() if word.search(file.segment(f))]
        kept = self.world.kept(self.cls)
        also = {name for c in codes if c.name in kept for name in kept[c.name]}
        return frozenset({c.name for c in codes if c.name != "forward"} | also | set(functions))

    def _looks_like_attention(self) -> bool:
        """Whether the text of the class and its parents has a softmax and a product."""
        texts = [
            file.segment(self.world.definition(ref))
            for ref in self.world.mro(self.cls)
            if not self.world.is_library(ref) and (file := self.world.file(ref.module)) is not None
        ]
        return any("softmax" in text.lower() for text in texts) and any(map(PRODUCT.search, texts))

    # --- which methods ------------------------------------------------------------------------------------------

    def _reachable(self) -> list[Code]:
        """`forward` and the methods it calls on itself, in order of first call; then those that the constructor keeps
        under other names, which are called by these."""
        if self._order is None:
            self._order = []
            names = {"forward"}
            self._reach("forward", names)
            for name in sorted(self.world.kept(self.cls).keys() - names):
                names.add(name)
                self._reach(name, names)
        return self._order

    _order: list[Code] | None = None

    def _reach(self, first: str, names: set[str]) -> None:
        assert self._order is not None
        queue = [first]
        while queue:
            found = self.world.lookup(self.cls, queue.pop(0))
            if isinstance(found, Doubt):
                self.doubts.append(found)
            if not isinstance(found, Code):
                continue
            self._order.append(found)
            for node in walk(found.definition):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == found.receiver
                ):
                    name = structure.mangled(node.attr, found.owner.name if found.owner is not None else "")
                    if name not in names:
                        names.add(name)
                        queue.append(name)

    def _interesting(self, code: Code) -> bool:
        """Whether a method, or what it can call, mentions a softmax or calls the attention interface."""
        if self._is_model and not PRODUCT.search(code.text) and not ELSEWHERE.search(code.text):
            return False
        attributes = self.world.attributes(self.cls).values()
        options = [o for v in attributes for o in (v.options if isinstance(v, Choice) else (v,))]
        kept = [self.world.function_code(o.path) for o in options if isinstance(o, Symbol)]
        return (
            any(self._is_softmax(v) for v in attributes)
            or any(isinstance(o, Symbol) and "softmax" in o.path.rpartition(".")[2].lower() for o in options)
            or any(isinstance(v, Instance) and v.path in (multihead.PATH, "torch.nn.Softmax") for v in attributes)
            or any(inner is not None and self._mentions(inner, set()) for inner in (code, *kept))
        )

    def _mentions(self, code: Code, seen: set[Code]) -> bool:
        """Whether a function, or one that it calls, mentions a softmax or calls the attention interface."""
        seen.add(code)
        if "softmax" in code.text.lower() or "ALL_ATTENTION_FUNCTIONS" in code.text or multihead.FUNCTION in code.text:
            return True
        inside: list[Code | None] = []
        for node in walk(code.definition):
            if isinstance(node, ast.Name):  # called here, or under another name
                symbol = code.file.imports.get(node.id, ("", None))[1]
                path = self.world.resolve(code.file, node.id)
                if any(name is not None and "softmax" in name.lower() for name in (symbol, path)):
                    return True
                inside.append(self.world.function_code(path) if path else None)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                base = node.func.value
                if isinstance(base, ast.Name) and base.id not in code.file.imports:
                    inside.append(self.world.method_code(self.cls, node.func.attr))
        return any(inner is not None and inner not in seen and self._mentions(inner, seen) for inner in inside)

    def _is_softmax(self, value: Value) -> bool:
        """Whether an attribute is a module around a softmax, and around no product."""
        if isinstance(value, Instance) and value.path == "torch.nn.Sequential":
            return any(isinstance(v, Instance) and v.path == "torch.nn.Softmax" for _, v in value.args)
        owner = self.world.class_at(value.path) if isinstance(value, Instance) else None
        inner = self.world.method_code(owner, "forward") if owner is not None else None
        if inner is None or PRODUCT.search(inner.text) or ELSEWHERE.search(inner.text):
            return False
        return "softmax" in inner.text.lower()

    # --- one entry ----------------------------------------------------------------------------------------------

    def _kept_functions(self) -> list[str]:
        """Functions with an attention, one of which the constructor may keep in an attribute: in which of several
        calls, the generated method asks."""
        kept = [v for v in self.world.attributes(self.cls).values() if isinstance(v, Choice)]
        paths = {option.path for value in kept for option in value.options if isinstance(option, Symbol)}
        codes = {path: self.world.function_code(path) for path in sorted(paths)}
        return [path for path, inner in codes.items() if inner is not None and self._mentions(inner, set())]

    def _entry(self, code: Code, arguments: dict[str, Value] | None, chosen: str = "") -> None:
        yielding = structure.is_generator(code.definition)
        if yielding is not None:
            self.doubts.append(Doubt("UNSUPPORTED", "the method is a generator or a coroutine", code.file, yielding))
            return
        arguments = arguments or self._arguments(code)
        if not arguments and not chosen and code is self.world.method_code(self.cls, "forward"):
            machine, frame = self._run_forward(), self._forward_frame
        else:
            machine, frame = Interpreter(self.world, self.cls), None
            machine.chosen = chosen
            with contextlib.suppress(TooComplex, RecursionError):
                frame = machine.run(code, arguments)
        if frame is None:
            if "softmax" in code.text.lower():
                self._refuse(
                    code,
                    Loss(
                        "TOO_COMPLEX",
                        "the method is too large to interpret",
                        lower.Expr(code.tree),
                        Frame(code, self.cls, {}),
                    ),
                )
            return
        self.suspects += [(code, loss, depends) for loss, depends in machine.suspects]
        self._verdicts(code, machine, frame)

    def _arguments(self, code: Code) -> dict[str, Value]:
        """What the class's own calls pass to a helper: the kind of each argument, joined over the calls."""
        calls = self._run_forward().observed.get((code.owner, code.name), [])
        fresh = Interpreter(self.world, self.cls).fresh()
        joined: dict[str, Value] = {}
        for name in calls[0] if calls else ():
            values = [call.get(name) for call in calls]
            if all(isinstance(value, Opaque) for value in values):
                kinds = {value.kind for value in values if isinstance(value, Opaque)}
                if len(kinds) == 1 and kinds <= {"number", "scalar", "row", "config"}:
                    first = values[0]
                    assert isinstance(first, Opaque)
                    joined[name] = Opaque(first.kind, storages=fresh, positive=first.positive)
        return joined

    def _run_forward(self) -> Interpreter:
        """One run of the class's `forward`: what its methods are called with, and what becomes of what they return."""
        if self._forward is None:
            self._forward = Interpreter(self.world, self.cls)
            start = self.world.method_code(self.cls, "forward")
            if start is not None:
                with contextlib.suppress(TooComplex, RecursionError):  # what was observed up to there still holds
                    self._forward_frame = self._forward.run(start)
        return self._forward

    def _used_by_callers(self, product: Product, code: Code, flag: str | None) -> Loss | None:
        """What a caller does with probabilities that `code` returned, beyond handing them on: where it does not ask
        for them, by the argument `flag` if there is one, they may be None from now on."""
        if isinstance(code, InlinedCode):
            message = "what becomes of weights that a helper returns is not seen where it is written out"
            return Loss("CALLER", message, product.expr, product.frame)
        if self._callers is None:
            self._callers = callers_of(self.world, self.cls)
        for machine in (self._run_forward(), *self._callers):
            for other in machine.products:
                if other.expr is not product.expr or other.context is None:
                    continue
                loss = used_above(other, machine, code, flag, self._heard)
                if loss is not None:
                    return loss
        return None if code.name == "forward" else self._called_unseen(code)

    def _heard(self, path: Path) -> bool:
        """Whether the runtime hears that weights are asked for on a path; it is to listen to what asks."""
        flags = requests_of(path)
        self.found.flags.update(flags[:1])
        return bool(flags)

    def _called_unseen(self, code: Code) -> Loss | None:
        """Where a method of the class is mentioned, and is not called so that what becomes of its result is seen."""
        runs = [run_of(code, p) for p in self._run_forward().products if p.context is not None]
        calls = {run.call for run in runs if run.code is code and isinstance(run.call, lower.Call)}
        followed = Counter(c.function.name for c in calls if isinstance(c.function, lower.Attribute))
        names = {code.name, *self.world.kept(self.cls).get(code.name, ())}
        mentions = Counter(name for c in self._reachable() for name in attributes_named(c.definition) if name in names)
        if mentions <= followed:
            return None
        message = f"what becomes of the probabilities that `{code.name}` returns is not seen wherever it is called"
        return Loss("CALLER", message, lower.Expr(code.tree), Frame(code, self.cls, {}))

    def _verdicts(self, code: Code, machine: Interpreter, frame: Frame) -> None:
        accepted: list[Product] = []
        functions: list[tuple[Product, lower.Call, Code]] = []
        for product in machine.products:
            if product.softmax is None:
                continue
            if product.context is None:
                loss = product.problem or next((u.loss for u in product.uses if u.loss is not None), None)
                if loss is not None and any(lost is loss for lost in machine.lost):
                    self._refuse(code, loss)
                continue
            home = product.context.frame
            if home is frame or returned_by_call(product, machine, frame) is not None:
                if product.problem is not None:
                    self._refuse(code, product.problem)
                elif (changed := changed_for_a_caller(product, self._run_forward().products)) is not None:
                    self._refuse(code, changed)
                else:
                    accepted.append(product)
            elif home.code.owner is None and home.parent is frame and isinstance(home.call, lower.Call):
                functions.append((product, home.call, home.code))
            elif home.code.owner is not None and home.code in self._reachable():
                if not product.frame.called_in(home) and not self._written_out(code, frame, home):
                    message = "the scores are made in one method and meet the values in another"
                    self._refuse(code, Loss("HELPER", message, product.softmax.expr, product.softmax.frame))
            elif (home.code.owner is None or home.code.is_static) and not self._in_other_module(home, frame):
                self._refuse(
                    code,
                    Loss("HELPER", "the attention is in a function that a helper calls", product.expr, product.frame),
                )
        for loss in machine.lost:
            if loss.frame is frame or loss.frame.code.owner is None:
                self._refuse(code, loss)
        if accepted:
            self._write(code, machine, frame, accepted)
        if functions:
            self._functions(code, machine, frame, functions)
        if machine.multihead:
            self._multihead(code, machine, frame)

    def _written_out(self, code: Code, frame: Frame, home: Frame) -> bool:
        """Whether `forward`, with the helper that runs in `home`, or leads to it, written out in it, has a verdict of
        its own."""
        depth = len(code.parts) if isinstance(code, InlinedCode) else 1
        while home.parent is not None and home.parent is not frame:
            home = home.parent
        call = home.call if home.parent is frame and code.name == "forward" and depth <= DEEPEST else None
        made = inlined(code, call, home.code) if isinstance(call, lower.Call) else None
        if made is None:
            return False
        before = len(self.found.records)
        self._entry(made, None)
        self.found.codes |= set(made.parts)
        return len(self.found.records) > before

    def _in_other_module(self, home: Frame, frame: Frame) -> bool:
        """Whether what runs in `home` belongs to another module that `frame` calls, which has a verdict of its own."""
        probe = home.parent
        while probe is not None and probe is not frame:
            if probe.code.owner is not None and probe.code not in self._reachable():
                return True
            probe = probe.parent
        return False

    def _multihead(self, code: Code, machine: Interpreter, frame: Frame) -> None:
        """Calls of `nn.MultiheadAttention` whose weights nobody uses."""
        calls: list[multihead.Unasked] = []
        for found in multihead.unasked_calls(code, machine, frame):
            loss = found if isinstance(found, Loss) else self._weights_above(found)
            if loss is not None:
                self._refuse(code, loss)
            elif isinstance(found, multihead.Unasked):
                calls.append(found)
        if not calls:
            return
        if any(m.name == code.name for m in self.found.methods) or any(
            k.startswith("needs:") for k in self.found.keywords
        ):
            self._refuse(
                code, Loss("SEVERAL_SITES", "the method holds attention of its own beside it", calls[0].call, frame)
            )
            return
        shared = any(m.text == multihead.attn_method(m.name) for m in self.found.methods)
        name = "_attn" if shared else self._attn_name()
        if name != "_attn":
            self._refuse(code, Loss("NAME_TAKEN", "the class has an `_attn` of its own", calls[0].call, frame))
            return
        text = super_named(multihead.rewritten(code, calls), code)
        self.found.methods.append(ir.MethodText(code.name, text, code.text))
        if not any(m.name == name for m in self.found.methods):
            self.found.methods.append(ir.MethodText(name, multihead.attn_method(name), ""))
        self.found.runtime.add("multihead_attention")
        if any(call.returned is not None for call in calls):
            self.found.runtime.add("weights_requested")
        self.found.codes |= machine.used_code
        self.found.texts.append((code.file, text))
        for call in calls:
            place = code.location(call.call.node)
            flag = call.wanted if call.returned is None else None
            args = [ir.Expression(one_line(a.value.node), code.location(a.value.node)) for a in call.call.args[:3]]
            if len(args) < 3:
                continue
            site = ir.AttentionSite(
                module=self.cls.module, class_name=self.cls.name, method=code.name, location=place, seam="method",
                query=args[0], key=args[1], value=args[2], scales=(), terms=(), dropout=None,
                weights=ir.Weights("dropped" if call.wanted else "none", flag), rules=("multihead_attention",),
            )  # fmt: skip
            self.found.sites.append(site)
            self.found.records.append(
                ir.SiteRecord(
                    arch=self.arch, module=self.cls.module, class_name=self.cls.name, method=code.name,
                    line=place.line, status="generated", location=place, site=site,
                )
            )  # fmt: skip

    def _weights_above(self, call: multihead.Unasked) -> Loss | None:
        """What callers do with weights that the method returns."""
        if call.returned is None:
            return None
        machines = [self._run_forward(), *callers_of(self.world, self.cls)]
        losses = (multihead.used_above(call.call, machine, self._heard) for machine in machines)
        return next((loss for loss in losses if loss is not None), None)

    def _write(self, code: Code, machine: Interpreter, frame: Frame, products: list[Product]) -> None:
        own = code.name == "_attn"
        attn = None if own else self._attn_name()
        for product in products:
            note_callers(product, self._run_forward().products)
        while products:
            try:
                rewriter = Rewriter(machine, frame, products, attn)
                rewriter.calls = {p: c for p in products if (c := returned_by_call(p, machine, frame)) is not None}
                written = rewriter.write()
                break
            except Unwritable as error:
                if error.loss.code == "HELPER" and len(products) == 1 and self._otherwise(code, frame, products[0]):
                    return
                bad = next((p for p in products if not self._writable(machine, frame, p, attn)), products[0])
                self._refuse(code, error.loss)
                products = [p for p in products if p is not bad]
        else:
            return
        for product in products:
            request = written.requests.get(product)
            if request is not None and request.always:
                loss = self._used_by_callers(product, code, request.asked)
                if loss is not None and self._in_forward(code, product):
                    return
                if loss is not None:
                    self._refuse(code, loss)
                    return
        self.found.seam = "_attn" if own else "method"
        self._accept(code, machine, written, products, "_attn" if own else "method")
        text = as_method(written.text, code.name, "") if code.is_static else written.text
        self.found.texts.append((code.file, text))
        source = code.parts[0] if isinstance(code, InlinedCode) else code
        self.found.methods.append(ir.MethodText(code.name, text, source.text))
        if attn is not None:
            self.found.keywords |= {"needs:" + attn, *written.keywords}
            if any(r.stage != "none" for r in written.requests.values()):
                self.found.keywords.add("weights")

    def _otherwise(self, code: Code, frame: Frame, product: Product) -> bool:
        """Whether the attention can be written with the first helper that its scores go through written out."""
        homes = (home for home in (product.frame, *(step.frame for step in product.steps)) if home is not frame)
        home = next((f for f in homes if f.code.owner is not None and f.code in self._reachable()), None)
        return home is not None and self._instead(code, frame, home)

    def _in_forward(self, code: Code, product: Product) -> bool:
        """Whether a method whose weights `forward` uses under conditions can be written out there."""
        known = self._run_forward().products
        runs = [run_of(code, p) for p in known if p.expr is product.expr and p.context is not None]
        forward, frame = self.world.method_code(self.cls, "forward"), self._forward_frame
        if forward is None or frame is None or code is forward or len(runs) != 1 or runs[0].parent is not frame:
            return False
        written = any(method.name == "forward" for method in self.found.methods)
        return not written and self._instead(forward, frame, runs[0])

    def _is_named(self, code: Code, call: lower.Call, function: Code) -> bool:
        """Whether a call names a function of the file, and can be of no other, as what is chosen or kept may be."""
        name = call.function.id if isinstance(call.function, lower.Name) else ""
        own = lower.assigned_names(code.function.body) | {p.name for p in code.function.parameters}
        path = self.world.resolve(code.file, name) if name and name not in own else None
        return path is not None and self.world.function_code(path) is function

    def _instead(self, code: Code, frame: Frame, home: Frame) -> bool:
        """Whether the attention can be written in `forward`, with what runs in `home` written out in it."""
        found = self.found
        before = replace(
            found, methods=[*found.methods], sites=[*found.sites], records=[*found.records], runtime={*found.runtime},
            keywords={*found.keywords}, codes={*found.codes}, texts=[*found.texts],
        )  # fmt: skip
        seen = set(self.seen)
        written = self._written_out(code, frame, home)
        if written and all(record.status == "generated" for record in found.records[len(before.records) :]):
            return True
        self.found, self.seen = before, seen
        return False

    def _writable(self, machine: Interpreter, frame: Frame, product: Product, attn: str | None) -> bool:
        try:
            rewriter = Rewriter(machine, frame, [product], attn)
            call = returned_by_call(product, machine, frame)
            rewriter.calls = {product: call} if call is not None else {}
            rewriter.write()
        except Unwritable:
            return False
        return True

    def _attn_name(self) -> str:
        taken = {m.name for m in self.found.methods}
        for ref in self.world.mro(self.cls):
            for node in walk(self.world.definition(ref)):
                if isinstance(node, ast.Attribute):
                    taken.add(node.attr)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    taken.add(node.value)
            taken |= set(self.world.methods(ref))
        names = ["_attn", "_sdpa_attn", *(f"_sdpa_attn_{count}" for count in range(2, 100))]
        return next(name for name in names if name not in taken)

    def _accept(
        self, code: Code, machine: Interpreter, written: Written, products: list[Product], seam: ir.Seam
    ) -> None:
        self.found.runtime |= written.runtime
        self.found.codes |= machine.used_code
        for product in products:
            assert product.softmax is not None
            place = product.softmax.frame.code.location(product.softmax.expr.node)
            key = (place.path, place.line, place.column)
            made = product.frame.code.location(product.expr.node)
            if key in self.seen and (made.path, made.line, made.column) in self.seen:
                continue
            self.seen |= {key, (made.path, made.line, made.column)}
            site = describe(self.cls, code, product, written, seam)
            self.found.sites.append(site)
            self.found.records.append(
                ir.SiteRecord(
                    arch=self.arch, module=self.cls.module, class_name=self.cls.name, method=code.name,
                    line=place.line, status="generated", location=place, site=site,
                    reached=seam == "interface" and supports_sdpa(self.world, self.cls.module),
                )
            )  # fmt: skip

    def _refuse(self, code: Code, loss: Loss) -> None:
        place = loss.frame.code.location(loss.expr.node)
        key = (place.path, place.line, place.column)
        if key in self.seen:
            return
        self.seen.add(key)
        self.found.records.append(
            ir.SiteRecord(
                arch=self.arch, module=self.cls.module, class_name=self.cls.name, method=code.name,
                line=place.line, status="refused", code=loss.code, message=loss.message, location=place,
                remedy=REMEDY,
            )
        )  # fmt: skip

    # --- functions that hold the whole attention ----------------------------------------------------------------

    def _functions(
        self, code: Code, machine: Interpreter, frame: Frame, calls: list[tuple[Product, lower.Call, Code]]
    ) -> None:
        """A module-level function becomes `_attn`; the call of it, or of the interface it is the default of, becomes
        a call of `_attn`."""
        interface = [c for c in calls if c[0].interface]
        code_set = {id(function) for _, _, function in calls}
        if len(code_set) != 1:
            self._refuse(
                code, Loss("SEVERAL_FUNCTIONS", "the method reaches several attention functions", calls[0][1], frame)
            )
            return
        function = calls[0][2]
        receiver = function.function.parameters[0].name if function.function.parameters else ""
        inner = Interpreter(self.world, self.cls)
        arguments = self._function_arguments(machine, calls[0][1], function, len(calls) == 1)
        if isinstance(function, NestedCode) and lower.nonlocal_names(function.tree):
            message = "a nested function binds variables around it, and cannot be moved away from them"
            self._refuse(code, Loss("HELPER", message, calls[0][1], frame))
            return
        handed = captured(function) - ({"self"} if code.receiver == "self" else set())
        if handed:
            opened = self._handed_over(code, function, calls, handed)
            if opened is None:
                message = "a nested function reads variables around it that cannot be handed to it at its call"
                self._refuse(code, Loss("HELPER", message, calls[0][1], frame))
                return
            if len(calls) == 1:
                arguments |= self._captured_arguments(machine, function, handed)
            function = opened
        passed = [own_argument(call, receiver) for _, call, _ in calls]
        first_is_self = passed[0] is not None
        own = {p.name for p in function.function.parameters} | set(lower.names_read(function.tree))
        nested = isinstance(function, NestedCode)  # it may read the method's own
        named = "self" in own and not nested and not (first_is_self and receiver == "self")
        if named or any((place is None) is first_is_self for place in passed):
            message = "the attention function is given another module, or none, in the place of this one"
            self._refuse(code, Loss("CALL", message, calls[0][1], frame))
            return
        if first_is_self:
            arguments[receiver] = Self(self.cls)
        try:
            home = inner.run(function, arguments)
        except (TooComplex, RecursionError):
            return
        products = [
            p for p in inner.products if p.softmax is not None and p.context is not None and p.context.frame is home
        ]
        for product in products:
            if product.problem is not None:
                self._refuse(code, product.problem)
        products = [p for p in products if p.problem is None]
        for product in products:
            note_callers(product, [called for called, _, _ in calls], any_of=True)
            changed = changed_for_a_caller(product, [called for called, _, _ in calls], any_of=True)
            if changed is not None:
                self._refuse(code, changed)
                return
        if not products or len(products) > 1:
            for loss in inner.lost:
                self._refuse(code, loss)
            return
        try:
            rewriter = Rewriter(inner, home, products, None)
            rewriter.interface = bool(interface)
            rewriter.grouped_apart = self._grouped_apart({function, *inner.used_code})
            written = rewriter.write()
        except Unwritable as error:
            self._refuse(code, error.loss)
            return
        request = written.requests.get(products[0])
        if request is not None and request.always:
            for product, _, called in calls:
                use = used_above(product, machine, called, request.asked, self._heard)
                assert product.context is not None
                direct = not interface and self._is_named(code, calls[0][1], called)
                if use is not None and direct and self._instead(code, frame, product.context.frame):
                    return
                if use is not None:
                    self._refuse(code, use)
                    return
        name = self._attn_name() if "needs:_attn" not in self.found.keywords else "_interface_attn"
        text = as_method(written.text, name, receiver if first_is_self else "")
        seam: ir.Seam = "interface" if interface else "function"
        caller = route_calls(code, calls, name, seam, receiver if first_is_self else None, handed)
        if seam == "interface":
            self.found.runtime.add("implementation_of")
        if caller is None:
            self._refuse(
                code, Loss("CALL", "the call of the attention function cannot be replaced", calls[0][1], frame)
            )
            return
        self.found.seam = seam
        self.found.codes |= machine.used_code
        self._accept(function, inner, written, products, seam)
        if self.found.records and self.found.records[-1].status == "generated":
            last = self.found.records[-1]
            self.found.records[-1] = ir.SiteRecord(
                **{**last.__dict__, "method": code.name}  # the record names the method a reader knows
            )
        existing = next((m for m in self.found.methods if m.name == code.name), None)
        if existing is not None:
            self._refuse(
                code,
                Loss(
                    "SEVERAL_SITES", "the method holds attention of its own beside the function's", calls[0][1], frame
                ),
            )
            return
        self.found.methods.append(ir.MethodText(code.name, caller, code.text))
        self.found.methods.append(ir.MethodText(name, text, function.text))
        self.found.texts += [(code.file, caller), (function.file, text)]

    @staticmethod
    def _handed_over(
        code: Code, function: Code, calls: list[tuple[Product, lower.Call, Code]], names: frozenset[str]
    ) -> Code | None:
        """A nested function that gets the variables around it as arguments; None where a call may not have them."""
        if not isinstance(function, NestedCode) or function.outer is not code:
            return None
        if any(not names <= bound_before(code, call) for _, call, _ in calls):
            return None
        return handed_over(function, names)

    @staticmethod
    def _captured_arguments(machine: Interpreter, function: Code, names: frozenset[str]) -> dict[str, Value]:
        """Kinds of the variables around a nested function, as it has read them."""
        found: dict[str, Value] = {}
        for statement in lower.walk(function.function.body):
            for inner in (i for expr in lower.expressions(statement) for i in lower.below(expr)):
                value = machine.facts.get(inner)
                if not isinstance(inner, lower.Name) or inner.id not in names or not isinstance(value, Opaque):
                    continue
                if value.kind in ("number", "scalar", "row", "config"):
                    found[inner.id] = Opaque(value.kind, storages=machine.fresh(), positive=value.positive)
        return found

    def _grouped_apart(self, codes: Collection[Code]) -> bool:
        """Whether transformers' SDPA function repeats the heads of key and value for this class, and functions that
        stand for it do not."""
        statements = [s for code in codes for s in lower.walk(code.function.body)]
        read = {e for s in statements for root in lower.expressions(s) for e in lower.below(root)}
        if any(
            (isinstance(e, lower.Attribute) and e.name == GROUPS)
            or (isinstance(e, lower.Constant) and e.value == GROUPS)
            for e in read
        ):
            return False
        known = self.world.attributes(self.cls).get(GROUPS)
        return bool(self.world.set_elsewhere(self.cls, GROUPS)) if known is None else numeric(known) != 1

    def _function_arguments(
        self, machine: Interpreter, call: lower.Call, function: Code, alone: bool
    ) -> dict[str, Value]:
        """Kinds of what the call passes, and its dropout where it stands `alone`."""
        found: dict[str, Value] = {}
        parameters = [p.name for p in function.function.parameters if not p.star.startswith("*")]
        for index, arg in enumerate(call.args):
            name = arg.keyword or (parameters[index] if index < len(parameters) and not arg.star else None)
            value = machine.facts.get(arg.value)
            if name is None:
                continue
            if isinstance(value, Instance) and value.path == "torch.nn.Dropout" and alone:
                found[name] = value
            elif isinstance(value, Opaque) and value.kind in ("number", "scalar", "row", "config"):
                found[name] = Opaque(value.kind, storages=machine.fresh(), positive=value.positive)
        return found

    # --- the class ----------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Adds the `_attn` that rewritten methods call."""
        needed = [k.removeprefix("needs:") for k in self.found.keywords if k.startswith("needs:")]
        if not needed:
            return
        keywords = {k for k in self.found.keywords if not k.startswith("needs:")}
        text = attn_method(needed[0], keywords, self.found.runtime)
        self.found.methods.append(ir.MethodText(needed[0], text, ""))


def returned_by_call(product: Product, machine: Interpreter, frame: Frame) -> lower.Expr | None:
    """The call in `frame` that returns the product with V, where a helper makes only that one for it."""
    assert product.context is not None
    home: Frame | None = product.context.frame
    inside = {product.frame}
    probe = product.frame
    while probe.parent is not None:
        probe = probe.parent
        inside.add(probe)
    while home is not None and home.parent is not None:
        if home in inside:
            return None
        if home.parent is frame and home.call is not None:
            return home.call if machine.facts.get(home.call) is product.result else None
        home = home.parent
    return None


def note_callers(product: Product, others: Iterable[Product], *, any_of: bool = False) -> None:
    """Notes what callers of a function do with the result of its attention, `others` where they call it."""
    for other in others:
        if any_of or other.expr is product.expr:
            product.laid_out |= other.laid_out
            product.overwritten |= other.overwritten
            product.custom_gradient |= other.custom_gradient


def changed_for_a_caller(product: Product, others: Iterable[Product], *, any_of: bool = False) -> Loss | None:
    """What a function does to a tensor that its attention still reads, where a caller passes views of one tensor: the
    function alone does not show it. What the caller merely gave away may change at a call, and stays what it is in the
    function."""
    known = {loss.expr for loss in product.changed}
    for other in others:
        if any_of or other.expr is product.expr:
            for loss in other.changed:
                if loss.expr not in known:
                    return loss
    return None


def used_above(
    product: Product, machine: Interpreter, code: Code, flag: str | None, heard: Callable[[Path], bool]
) -> Loss | None:
    """What is done with probabilities that a run of `code` returned, beyond handing them on or gathering them to be
    handed on, where the call does not ask for them by its argument `flag`, and the runtime does not hear that they are
    asked for. Where they are None their shape cannot be read either."""
    inside = run_of(code, product)
    assert product.context is not None
    here = product.context.path
    known = {id(test) for test, _, _ in here}

    def told(path: Path) -> bool:
        return asks(inside, flag, path) or heard(tuple(step for step in path if id(step[0]) not in known))

    for use in product.uses:
        if use.frame.called_in(inside) or always_flows(use, here) or told(use.path):
            continue
        if use.kind == "flow":
            asking = [
                one_line(t.node) if p else negated(one_line(t.node)) for t, p, _ in use.path if id(t) not in known
            ]
            words = f"`{asking[-1]}` asks" if asking else "it chooses to ask"
            message = f"a caller returns the probabilities where {words} for them, which the attention is not told"
            return Loss("CALLER", message, use.expr, use.frame)
        if not callers.handed_on_in_a_list(use.frame.code, use.expr):
            message = f"a caller uses the returned probabilities: {use.reason}"
            return Loss("CALLER", message, use.expr, use.frame)
    for read in machine.reads:
        if read.value.product is product and not (read.frame.called_in(inside) or told(read.path)):
            message = "a caller uses the returned probabilities: it reads what only a tensor has"
            return Loss("CALLER", message, read.expr, read.frame)
    return None


def run_of(code: Code, product: Product) -> Frame:
    """The run of a function that made a product with V, itself or by what it called."""
    assert product.context is not None
    frame = product.context.frame
    while frame.code is not code and frame.parent is not None:
        frame = frame.parent
    return frame


def attributes_named(definition: ast.AST) -> Iterator[str]:
    """Attributes that a function mentions, other than those of `super()`, and names that it spells as strings."""
    for node in walk(definition):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Attribute):
            of_parent = isinstance(node.value, ast.Call) and structure.called(node.value) == "super"
            yield "" if of_parent else node.attr


def asks(run: Frame, flag: str | None, path: Path) -> bool:
    """Whether the call of a function says True for its argument `flag`, or an argument of the caller's own that is
    true on a path; or whether the usual argument asks there."""
    if REQUEST in requests_of(path):
        return True
    given = run.arguments.get(flag or "")
    if isinstance(given, lower.Name) and run.parent is not None:
        return given.id not in lower.assigned_names(run.parent.code.function.body) and any(
            isinstance(test, lower.Name) and test.id == given.id and polarity and frame is run.parent
            for test, polarity, frame in path
        )
    return isinstance(given, lower.Constant) and given.value is True


def callers_of(world: World, cls: ClassRef) -> list[Interpreter]:
    """Runs of `forward` of the classes of the same file that make an instance of `cls`."""
    file = world.file(cls.module)
    found: list[Interpreter] = []
    if file is None:
        return found
    for name, definition in file.classes.items():
        if name == cls.name or cls.name not in names_in(definition):
            continue
        code = world.method_code(ClassRef(cls.module, name), "forward")
        if code is None:
            continue
        machine = Interpreter(world, ClassRef(cls.module, name))
        machine.opened = {cls.path}
        with contextlib.suppress(TooComplex, RecursionError):
            machine.run(code)
        found.append(machine)
    return found


def names_in(definition: ast.ClassDef) -> set[str]:
    """Names that a class body mentions."""
    return {node.id for node in walk(definition) if isinstance(node, ast.Name)}


def describe(cls: ClassRef, code: Code, product: Product, written: Written, seam: ir.Seam) -> ir.AttentionSite:
    """The site as `explain` shows it."""
    assert product.softmax is not None
    assert product.context is not None
    assert product.context.operand is not None

    def said(expr: lower.Expr, frame: Frame) -> ir.Expression:
        return ir.Expression(one_line(expr.node), frame.code.location(expr.node))

    def condition(step: Step) -> str | None:
        base = {id(t) for t, _, _ in product.path}
        own = [(t, p, f) for t, p, f in step.path if id(t) not in base]
        texts = [
            one_line(t.node) if p else negated(one_line(t.node)) for t, p, _ in own if not isinstance(t, lower.Closure)
        ]
        return " and ".join(texts) or None

    common = {id(test) for test, _, _ in product.context.path}
    guards = [{(id(t), p) for t, p, _ in path if id(t) not in common} for path, _ in product.guards]

    def guarded(step: Step) -> bool:
        """Whether a step belongs to a side on which the original runs."""
        taken = {(id(test), polarity) for test, polarity, _ in step.path}
        return any(guard and guard <= taken for guard in guards)

    scales: list[ir.Scale] = []
    terms: list[ir.BiasTerm] = []
    dropout: ir.Expression | None = None
    steps = [step for step in product.steps if not guarded(step)]
    for step in steps:
        if step.kind in ("mul", "div") and step.operand is not None:
            sign = "*" if step.kind == "mul" else "/"
            scales.append(ir.Scale(sign, said(step.operand, step.frame), step.scale_kind, condition(step), step.rule))
        elif step.kind in ("add", "sub", "rsub") and step.operand is not None:
            sign = "-" if step.kind == "sub" else "+"
            terms.append(ir.BiasTerm(sign, said(step.operand, step.frame), None, condition(step), step.rule))
        elif step.kind in ("fill", "keep", "store") and step.operand is not None and step.value is not None:
            terms.append(
                ir.BiasTerm(
                    "fill", said(step.operand, step.frame), one_line(step.value.node), condition(step), step.rule
                )
            )
        elif step.kind == "dropout" and step.operand is not None:
            dropout = said(step.operand, step.frame)
    query, key = (product.left, product.right) if product.key_axis == "r" else (product.right, product.left)
    request = written.requests.get(product)
    weights = ir.Weights(request.stage, request.asked) if request is not None else ir.Weights("none", None)
    return ir.AttentionSite(
        module=cls.module, class_name=cls.name, method=code.name,
        location=product.frame.code.location(product.expr.node), seam=seam,
        query=said(query, product.frame), key=said(key, product.frame),
        value=said(product.context.operand, product.context.frame), scales=tuple(scales), terms=tuple(terms),
        dropout=dropout, weights=weights, rules=tuple(dict.fromkeys(step.rule for step in steps)),
        guards=tuple(
            ir.Guard(guard, loss.code, loss.message, loss.frame.code.location(loss.expr.node))
            for guard, loss in written.guards.items()
        ),
    )  # fmt: skip
