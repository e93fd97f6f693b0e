"""What one class came to, and the text of the generated class: its name, its methods with the names they read
imported, and the digest of what the verdict rests on."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from . import ir, structure
from .hierarchy import ClassRef, Code, World, upstream
from .source import SourceFile, combined_digest, walk

REMEDY = "The original method stays in use. See docs/refusals.md for what you can do."

LISTENING = "listening"
"""What the runtime has around a `forward` that can be asked for weights, and whose attention is not told."""


@dataclass
class Found:
    """What one class came to: rewritten methods, the sites in them, and refusals."""

    cls: ClassRef
    seam: ir.Seam = "method"
    methods: list[ir.MethodText] = field(default_factory=list)
    sites: list[ir.AttentionSite] = field(default_factory=list)
    records: list[ir.SiteRecord] = field(default_factory=list)
    runtime: set[str] = field(default_factory=set)
    keywords: set[str] = field(default_factory=set)
    codes: set[Code] = field(default_factory=set)
    texts: list[tuple[SourceFile, str]] = field(default_factory=list)
    listening: bool = False
    """Whether the caller of `forward` can ask for weights by an argument that the attention in it does not see."""
    flags: set[str] = field(default_factory=set)
    """Other arguments by which callers ask for weights, to which the runtime listens."""

    def refuse_all(self, code: str, message: str, place: ir.Location | None = None) -> None:
        """Everything that was to be written is refused."""
        for index, record in enumerate(self.records):
            if record.status == "generated":
                where = place or record.location
                self.records[index] = replace(
                    record, status="refused", code=code, message=message, line=where.line if where else record.line,
                    location=where, remedy=REMEDY, site=None,
                )  # fmt: skip
        for rest in (self.methods, self.sites, self.texts):
            rest.clear()
        self.runtime.clear()
        self.keywords.clear()


def generated_name(name: str) -> str:
    """The original's with `Sdpa` before its last word group: ToySdpaAttention, ToySdpaSelfAttention."""
    found = re.search(r"(?:(?:Self|Cross|MultiHead|Multihead|Relative)?Attention|[A-Z][a-z0-9]+)(?:V?\d+)?$", name)
    if found is None or (found.start() == 0 and found.group() != name):
        return f"Sdpa{name}"
    return f"{name[: found.start()]}Sdpa{name[found.start() :]}"


class Imports:
    """Names that a generated module takes from elsewhere. A name that means two things gets an alias."""

    def __init__(self) -> None:
        self.taken: dict[str, tuple[str, str | None]] = {"torch": ("torch", None)}
        self.reserved: set[str] = set(structure.RUNTIME)
        """Names that the generated module defines itself."""

    def reserve(self, results: list[Found]) -> None:
        """Keeps the names of generated classes and of their bases free; a class whose name another one has is
        refused."""
        for found in results:
            if not found.methods:
                continue
            base, own = found.cls.name, generated_name(found.cls.name)
            target = (found.cls.module, base)
            if (
                base in self.reserved
                or own in self.taken
                or own in self.reserved
                or self.taken.get(base, target) != target
            ):
                found.refuse_all(
                    "NAME_CLASH", f"another class of the generated module is called `{base}` or `{own}` too"
                )
                continue
            self.taken[base] = target
            self.reserved.add(own)

    def add(self, name: str, module: str, symbol: str | None) -> str:
        """Import `symbol` of `module` (None: the module itself) as `name`; the name that it got."""
        free, count = name, 2
        while free in self.reserved or self.taken.get(free, (module, symbol)) != (module, symbol):
            free, count = f"{name}_{count}", count + 1
        self.taken[free] = (module, symbol)
        return free

    def lines(self) -> tuple[ir.ImportLine, ...]:
        """One line a module, sorted."""
        grouped: dict[str, set[str]] = {}
        plain: list[ir.ImportLine] = []
        for name, (module, symbol) in self.taken.items():
            if symbol is None:
                plain.append(ir.ImportLine(module, (), None if name == module else name))
            else:
                grouped.setdefault(module, set()).add(symbol if symbol == name else f"{symbol} as {name}")
        lines = [*plain, *(ir.ImportLine(module, tuple(sorted(names))) for module, names in grouped.items())]
        return tuple(sorted(lines, key=lambda line: (line.module, line.alias or "", line.names)))


def class_text(world: World, found: Found, imports: Imports) -> ir.ClassText:
    """One generated class with its digest; `imports` gains what its methods name."""
    base = imports.add(found.cls.name, found.cls.module, found.cls.name)
    imports.add("torch", "torch", None)
    methods: list[ir.MethodText] = []
    for method in found.methods:
        file = next((file for file, text in found.texts if text == method.text), None)
        method = replace(method, text=with_own_defaults(world, found.cls, method))
        renamed: dict[str, str] = {}
        for name in sorted(structure.global_names(method.text) - found.runtime) if file is not None else ():
            assert file is not None
            got = late_name(file, name, method.text, imports)
            if got is None:
                got = import_name(world, file, name, imports)
            if got is not None and got != name:
                renamed[name] = got
        methods.append(replace(method, text=rename(method.text, renamed)) if renamed else method)
    if found.listening:
        found.runtime.add(LISTENING)
        methods = _listening(base, methods)
    reads = reads_of(world, found)
    return ir.ClassText(
        name=generated_name(found.cls.name),
        base=base,
        module=found.cls.module,
        digest=combined_digest(reads),
        seam=found.seam,
        methods=tuple(methods),
        sites=tuple(found.sites),
        refused=tuple(r for r in found.records if r.status == "refused"),
        reads=tuple(name for name, _ in reads),
        flags=tuple(sorted(found.flags)),
    )


def _listening(base: str, methods: list[ir.MethodText]) -> list[ir.MethodText]:
    """The methods of a class whose `forward` tells the attention in it that its caller asks for weights."""
    if any(method.name == "forward" for method in methods):
        return [
            replace(method, text=f"@{LISTENING}\n{method.text}") if method.name == "forward" else method
            for method in methods
        ]
    return [ir.MethodText("forward", f"forward = {LISTENING}({base}.forward)\n", ""), *methods]


def rename(text: str, names: dict[str, str]) -> str:
    """Source with global names replaced, by others or by what is to be read of a module."""

    class Rename(cst.CSTTransformer):
        def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
            name = names.get(updated_node.value, updated_node.value)
            if "." not in name:
                return updated_node.with_changes(value=name)
            read = cst.parse_expression(name)
            return read.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)

        def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
            return updated_node.with_changes(attr=original_node.attr)

        def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
            return updated_node.with_changes(keyword=original_node.keyword)

    return cst.parse_module(text).visit(Rename()).code


def reads_of(world: World, found: Found) -> list[tuple[str, str]]:
    """Everything the verdict rests on: the class, its parents, helpers, module functions, and constants that these
    read."""
    names: set[tuple[str, str]] = {(ref.module, ref.name) for ref in world.mro(found.cls)}
    for code in found.codes:
        file = code.file
        names.add((file.module, code.owner.name if code.owner is not None else code.name))
        said = {node.id for node in walk(code.definition) if isinstance(node, ast.Name)} & set(file.assigns)
        names.update((file.module, name) for name in said if not world.unclear(file, name))
    pairs: list[tuple[str, str]] = []
    for module, name in sorted(names):
        place = world.file(module)
        if place is not None and (place.definition(name) is not None or place.constant(name)):
            pairs.append((f"{module}:{name}", place.digest(name)))
    return pairs


def import_name(world: World, file: SourceFile, name: str, imports: Imports) -> str | None:
    """Makes a global name of copied text mean the same: third-party imports as upstream writes them, everything else
    from the module that it stands in; None for a name that is nobody's."""
    plain = upstream(file, name)
    if plain != name:
        return imports.add(name, file.module, plain)
    if name in file.imports and not world.unclear(file, name):
        module, symbol = file.imports[name]
        if symbol is None or module.partition(".")[0] in ("torch", "math", "collections", "typing", "functools"):
            return imports.add(name, module, symbol)
        taken = imports.taken.get(name)
        if taken is not None and taken[1] == name and taken[0] != file.module:
            other = world.file(taken[0])
            if other is not None and world.resolve(other, name) == world.resolve(file, name):
                return name
        return imports.add(name, file.module, name)
    if name in structure.facts(file).bound:
        return imports.add(name, file.module, name)
    return None


def keeps_defaults(world: World, cls: ClassRef, method: ir.MethodText) -> Code | None:
    """The method of the class that a copy stands for, if its defaults can be read of it."""
    code = world.lookup(cls, method.name)
    if not isinstance(code, Code) or not code.is_method or code.owner is None or code.text != method.original:
        return None
    private = method.name.startswith("__") and not method.name.endswith("__")
    return None if code.definition.decorator_list or private else code


def with_own_defaults(world: World, cls: ClassRef, method: ir.MethodText) -> str:
    """The text of a method's copy, which takes the very defaults of the method where they would be made anew."""
    code = keeps_defaults(world, cls, method)
    if code is None or code.owner is None:
        return method.text
    owner, args = world.definition(code.owner), code.definition.args
    ours: dict[str, str] = {}
    path = f"{code.owner.name}.{code.name}"
    positional = [*args.posonlyargs, *args.args][-len(args.defaults) :] if args.defaults else []
    for index, (arg, default) in enumerate(zip(positional, args.defaults, strict=True)):
        if structure.odd_default(code.file, default, owner) is not None:
            ours[arg.arg] = f"{path}.__defaults__[{index}]"
    for arg, keyword in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if keyword is not None and structure.odd_default(code.file, keyword, owner) is not None:
            ours[arg.arg] = f'{path}.__kwdefaults__["{arg.arg}"]'
    if not ours:
        return method.text
    tree = cst.parse_module(method.text)
    (function,) = tree.body
    assert isinstance(function, cst.FunctionDef)

    def kept(parameters: Sequence[cst.Param]) -> list[cst.Param]:
        return [
            p.with_changes(default=cst.parse_expression(ours[p.name.value])) if p.name.value in ours else p
            for p in parameters
        ]

    old = function.params
    new = old.with_changes(
        params=kept(old.params), posonly_params=kept(old.posonly_params), kwonly_params=kept(old.kwonly_params)
    )
    return tree.with_changes(body=[function.with_changes(params=new)]).code


def is_found(file: SourceFile, name: str, text: str) -> bool:
    """Whether a name that a copied method reads, `text`, means the same there."""
    return is_importable(file, name) or _is_read_late(file, upstream(file, name), text)


def late_name(file: SourceFile, name: str, text: str, imports: Imports) -> str | None:
    """What stands in a copied method for a name that may not exist when the copy is imported: what its module has by
    that name whenever it is read. None for all others."""
    plain = upstream(file, name)
    if is_importable(file, name) or plain not in structure.facts(file).bound or hasattr(builtins, plain):
        return None
    alias = file.module.rpartition(".")[2]
    while re.search(rf"\b{alias}\b", text):
        alias += "_module"
    return f"{imports.add(alias, file.module, None)}.{upstream(file, name)}"


def _is_read_late(file: SourceFile, name: str, text: str) -> bool:
    """Whether a name of a module is read when a method is called, and not before, and where nothing asks whether it
    exists."""
    tree = ast.parse(text).body[0]
    if name not in structure.facts(file).bound or not isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    if hasattr(builtins, name) or re.search(rf"\b{name}\s*=\s*[}}!:]", text):  # another thing; said in an f-string
        return False
    if any(isinstance(node, structure.TRIES) for node in walk(tree)):
        return False
    body = {id(node) for statement in tree.body for node in walk(statement)}
    for node in walk(tree):
        read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) in body
        if name == getattr(node, "id", "") and not read:
            return False
        if isinstance(node, ast.arg) and node.arg == name:
            return False
    return True


def is_importable(file: SourceFile, name: str) -> bool:
    """Whether a name that a copied method reads is a builtin, or surely something in the module it stands in."""
    facts = structure.facts(file)
    name = upstream(file, name)
    if name not in facts.bound:
        return hasattr(builtins, name)
    return name in facts.sure and name not in facts.typing_only
