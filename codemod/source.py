"""Modeling source, found and read without importing it.

Nothing here executes or imports what is analysed: a package's place comes from `importlib.util.find_spec` of its
top-level name alone, a module's from the path below it. What cannot be read is a `SourceError` that holds the refusal.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import hashlib
import importlib
import importlib.metadata
import importlib.util
import keyword
import shlex
import sys
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .ir import Location, Refusal

MAX_BYTES = 1 << 20
"""The largest modeling file of transformers 5.23.0 has a quarter of this."""
MAX_DEPTH = 100
"""Levels of the syntax tree; transformers 5.23.0 has at most 25. Much deeper ones exhaust the stack of readers."""

NOT_MODELING = (
    "__init__",
    "configuration_",
    "convert_",
    "diff_",
    "feature_extraction_",
    "image_processing_",
    "modeling_flax_",
    "modeling_tf_",
    "modular_",
    "processing_",
    "tokenization_",
    "video_processing_",
)
"""How the names of files begin that hold no PyTorch modules of their own. `modular_` files, once called
`diff_`, are templates from which transformers writes the modeling files."""

KNOWN_BY_NAME = sys.stdlib_module_names | {"torch", "numpy", "einops", "typing_extensions"}
"""Packages whose functions are known by name, and not read."""

PLAIN_STARS = ("typing", "math", "dataclasses", "collections", "functools", "itertools", "enum", "abc")
"""Modules of Python of which `import *` is known."""

Import = tuple[str, str | None]
Definition = ast.ClassDef | ast.FunctionDef


class SourceError(Exception):
    """Source that cannot be read or found; `refusal` says what, where and what to do."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal

    def __reduce__(self) -> tuple[type[SourceError], tuple[Refusal]]:
        return type(self), (self.refusal,)


def _error(code: str, message: str, path: str, *, line: int = 1, column: int = 1, remedy: str = "") -> SourceError:
    return SourceError(Refusal(code, message, Location(path, line, column), remedy))


def normalised_digest(text: str) -> str:
    """sha256 of Python source by what it says: comments, blank lines, formatting and docstrings do not count.

    `text` may be indented, as a method is. The dump is our own, since that of `ast` differs between Python versions.
    Raises SyntaxError where `text` does not parse.
    """

    def dump(value: object) -> str:
        if isinstance(value, ast.Constant):
            constant = value.value
            # repr of a long int is an error, repr of a str depends on the Unicode version
            shown = hex(constant) if type(constant) is int else ascii(constant)
            return f"{type(constant).__name__} {shown}"
        if isinstance(value, list):
            return f"[{', '.join(dump(item) for item in value)}]"
        if not isinstance(value, ast.AST):
            return ascii(value)
        parts = []
        for name, item in ast.iter_fields(value):
            if name == "body" and isinstance(value, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                first = item[0] if item else None
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    item = item[1:] if isinstance(first.value.value, str) else item
            if isinstance(value, ast.JoinedStr):  # Python 3.12.1 ends nested formats with an empty string
                item = [part for part in item if not (isinstance(part, ast.Constant) and part.value == "")]
            if name not in ("ctx", "kind", "type_comment") and item is not None and item != []:
                parts.append(f"{name}={dump(item)}")
        return f"{type(value).__name__}({', '.join(parts)})"

    indented = text[:1] in (" ", "\t")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # not dedented: that would change the lines of a multi-line string
        tree = ast.parse(f"if 1:\n{text}" if indented else text)
    body = tree.body[0].body if indented else tree.body  # type: ignore[attr-defined]  # it is the `if`
    return hashlib.sha256(dump(ast.Module(body=body, type_ignores=[])).encode()).hexdigest()


def combined_digest(reads: Iterable[tuple[str, str]]) -> str:
    """sha256 over (dotted name, digest) pairs, whatever their order."""
    lines = [f"{name} {digest}\n" for name, digest in sorted(set(reads))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def version(package: str) -> str:
    """The installed version of a distribution, "" where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _read(path: Path, display: str) -> str:
    """The text of a file as Python would decode it (PEP 263), with newlines as `\\n`."""
    try:
        if path.exists() and not path.is_file():  # reading a device or a pipe may never end
            raise _error("SOURCE_MISSING", "is not a regular file", display, remedy="name a .py file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _error("SOURCE_TOO_LARGE", f"the file has {size} bytes, more than {MAX_BYTES}", display)
        with tokenize.open(path) as file:
            text = file.read()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _error("SOURCE_MISSING", f"cannot be read: {reason}", display, remedy="check the path") from error
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        message = f"cannot be decoded: {error}".replace(str(path), display)
        raise _error("SOURCE_ENCODING", message, display, remedy="save the file as UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _error("SOURCE_ENCODING", "the file holds a null byte", display, line=line, remedy="is this Python?")
    return text


PLAIN = frozenset({"arg", "attr", "ctx", "id", "kind", "op", "ops", "type_comment"})
"""Fields of syntax that hold no syntax of their own, or only what says which operator or context it is."""


class _Parts(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each kind of node that may hold nodes."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        names = () if kind is ast.Constant else tuple(name for name in kind._fields if name not in PLAIN)
        self[kind] = names
        return names


_PARTS = _Parts()


def children(node: ast.AST) -> list[ast.AST]:
    """As `ast.iter_child_nodes`, without contexts and operators, and several times as fast."""
    found: list[ast.AST] = []
    for name in _PARTS[type(node)]:
        value = getattr(node, name, None)
        if not value:
            continue
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """As `ast.walk`, in the same order, without contexts and operators, and several times as fast."""
    found = [node]
    for inner in found:  # grows as it goes
        for name in _PARTS[type(inner)]:
            value = getattr(inner, name, None)
            if not value:
                continue
            if isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def _parse(text: str, display: str) -> tuple[ast.Module, tuple[ast.AST, ...]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in the analysed file is not our user's business
            tree = ast.parse(text)
    except SyntaxError as error:
        place = {"line": error.lineno or 1, "column": error.offset or 1}
        raise _error("SOURCE_SYNTAX", error.msg, display, remedy="the file must parse as Python", **place) from error
    except (RecursionError, MemoryError) as error:
        raise _too_deep(display, 1) from error
    except ValueError as error:
        raise _error("SOURCE_ENCODING", f"cannot be parsed: {error}", display, remedy="is this Python?") from error
    level: list[ast.AST] = [tree]
    nodes: list[ast.AST] = []
    for _ in range(MAX_DEPTH - 1):
        nodes += level
        level = [child for node in level for child in children(node)]
    nodes += level
    level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise _too_deep(display, next((node.lineno for node in level if hasattr(node, "lineno")), 1))
    return tree, tuple(nodes)


def _too_deep(display: str, line: int) -> SourceError:
    message = f"nested more than {MAX_DEPTH} levels deep"
    return _error("SOURCE_TOO_DEEP", message, display, line=line, remedy="split the expression into statements")


def _module_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported, those below `if`, `try` and `with` included."""
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            if isinstance(statement, (ast.If, ast.Try, ast.With)):
                yield from _module_level(getattr(statement, name, ()))
        for branch in getattr(statement, "handlers", ()):
            yield from _module_level(branch.body)


def _is_star(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def _bound_by(node: ast.stmt) -> str:
    """The name that a class, a function, or a plain assignment of one value binds, "" for anything else."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return node.name if isinstance(node, (ast.ClassDef, ast.FunctionDef)) else ""


@dataclass(frozen=True)
class SourceFile:
    """One module's source. `display` is the path relative to the folder that holds the package; `module` its dotted
    name. Where a name is defined twice at module level the later definition stands."""

    module: str
    path: Path
    display: str
    text: str = field(repr=False)
    library: Library | None = field(default=None, repr=False, compare=False)
    """Where the modules are that the file imports; `from … import *` of one binds the names that it exports."""

    @property
    def tree(self) -> ast.Module:
        """The syntax tree. Raises SourceError SOURCE_SYNTAX or SOURCE_TOO_DEEP."""
        return self._parsed[0]

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """`walk` of the tree."""
        return self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[ast.Module, tuple[ast.AST, ...]]:
        tree, nodes = _parse(self.text, self.display)
        if self.library is None or not any(map(_is_star, nodes)):
            return tree, nodes
        for node in nodes:
            unread = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for name in () if unread else ("body", "orelse", "finalbody"):
                body = getattr(node, name, None)
                if isinstance(body, list) and any(map(_is_star, body)):
                    body[:] = [part for statement in body for part in self._spelled_out(statement, nodes)]
        return tree, tuple(walk(tree))

    def _spelled_out(self, statement: ast.stmt, nodes: Sequence[ast.AST]) -> Iterator[ast.stmt]:
        """An import of all names as imports of each; what is bound anew below, and not read before, is left out."""
        module = self.absolute(statement) if isinstance(statement, ast.ImportFrom) and _is_star(statement) else None
        names = self.library.exports(module) if module is not None and self.library is not None else None
        if names is None:
            yield statement
            return
        first: dict[str, int] = {}
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                first[node.id] = min(node.lineno, first.get(node.id, node.lineno))
        anew = set()
        for node in _parse(self.text, self.display)[0].body:
            begins = node.body[0].lineno if isinstance(node, (ast.ClassDef, ast.FunctionDef)) else node.lineno + 1
            name = _bound_by(node)
            if node.lineno > statement.lineno and first.get(name, begins) >= begins:
                anew.add(name)
        for name, (origin, symbol) in sorted(names.items()):
            if name in anew:
                continue
            alias = ast.alias(symbol or origin, name if name != (symbol or origin) else None)
            made = ast.Import([alias]) if symbol is None else ast.ImportFrom(origin, [alias], 0)
            yield ast.fix_missing_locations(ast.copy_location(made, statement))

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Lines as the syntax tree counts them: without line ends, the first one at index 0."""
        return tuple(self.text.split("\n"))

    @cached_property
    def _statements(self) -> tuple[ast.stmt, ...]:
        return tuple(_module_level(self.tree.body))

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Classes at module level."""
        return {node.name: node for node in self._statements if isinstance(node, ast.ClassDef)}

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """Functions at module level."""
        return {node.name: node for node in self._statements if isinstance(node, ast.FunctionDef)}

    @cached_property
    def assigns(self) -> dict[str, ast.expr]:
        """Values of `name = …` at module level."""
        found: dict[str, ast.expr] = {}
        for node in self._statements:
            if isinstance(node, ast.Assign):
                found.update({target.id: node.value for target in node.targets if isinstance(target, ast.Name)})
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                found[node.target.id] = node.value
        return found

    @cached_property
    def imports(self) -> dict[str, Import]:
        """Local name -> (absolute module, symbol), the symbol None where the name is a module itself."""
        return dict(self._imports())

    def _imports(self) -> Iterator[tuple[str, Import]]:
        for node in self._statements:
            yield from self.imported(node)

    @cached_property
    def every_import(self) -> dict[str, Import]:
        """`imports`, and below them what functions import."""
        inside = (node for node in self.nodes if isinstance(node, (ast.Import, ast.ImportFrom)))
        return {**{name: to for node in inside for name, to in self.imported(node)}, **self.imports}

    def imported(self, node: ast.stmt) -> Iterator[tuple[str, Import]]:
        """What a statement in this file imports, by the name it binds."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield (alias.asname, (alias.name, None)) if alias.asname else (top, (top, None))
        elif isinstance(node, ast.ImportFrom) and (module := self.absolute(node)) is not None:
            yield from ((alias.asname or alias.name, (module, alias.name)) for alias in node.names)

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that statements at module level bind which are no imports and no definitions."""
        definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        plain = [statement for statement in self._statements if not isinstance(statement, definitions)]
        inside = (node for statement in plain for node in walk(statement))
        return frozenset(n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))

    def absolute(self, node: ast.ImportFrom) -> str | None:
        """The absolute module of a `from … import`, None where it leaves the package."""
        if not node.level:
            return node.module
        parts = self.module.split(".")
        keep = len(parts) - node.level + (self.path.name == "__init__.py")
        if keep <= 0:
            return None
        return ".".join(parts[:keep] + ([node.module] if node.module else []))

    def definition(self, name: str) -> Definition | None:
        """The module-level class or function of that name."""
        return self.classes.get(name) or self.functions.get(name)

    def location(self, node: ast.AST) -> Location:
        """Where a node begins, column 1-based."""
        return Location(self.display, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)

    def segment(self, node: ast.AST) -> str:
        """The exact source of a node. A definition comes with its decorators and the indentation of its first line."""
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if not first:
            return self.text
        start = getattr(node, "col_offset", 0)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first, start = min([first, *(decorator.lineno for decorator in node.decorator_list)]), 0
        taken = [line.encode() for line in self.lines[first - 1 : last]]
        taken[-1] = taken[-1][: getattr(node, "end_col_offset", 0)]  # columns count UTF-8 bytes
        taken[0] = taken[0][start:]
        return b"\n".join(taken).decode()

    def constant(self, name: str) -> str:
        """What a module-level name is bound to that is a number, a string, or None, as `name = value`; else ""."""
        try:
            value = ast.literal_eval(self.assigns[name])
        except (KeyError, ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return ""
        return f"{name} = {value!a}" if value is None or isinstance(value, (bool, int, float, str)) else ""

    def digest(self, name: str) -> str:
        """`normalised_digest` of a module-level class, function or constant. Raises KeyError where there is none."""
        node = self.definition(name)
        text = self.segment(node) if node is not None else self.constant(name)
        if not text:
            raise KeyError(name)
        return normalised_digest(text)

    @property
    def license(self) -> str:
        """The comment block at the top of the file, from the first line that names a copyright on."""
        block = []
        for line in self.lines:
            if not line.startswith("#"):
                break
            block.append(line.rstrip())
        starts = [index for index, line in enumerate(block) if "copyright" in line.lower()]
        return "\n".join(block[starts[0] :]) if starts else ""


@dataclass(frozen=True)
class Architecture:
    """What one run of the analysis is about: modeling files of one name. `command` regenerates its output."""

    name: str
    files: tuple[SourceFile, ...]
    library: Library
    command: str


def installed(package: str) -> Path | None:
    """The folder (or single file) of an installed top-level package, found without importing it."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    for folder in spec.submodule_search_locations or ():
        return Path(folder)
    return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None


class Library:
    """Modules that may be read: those below the known packages, each named with its folder.

    `packages` maps dotted names to folders (or single files); by default the installed transformers alone, so that
    what is said of it does not depend on what else is installed. `others` are read where they are installed, too.
    """

    def __init__(self, packages: Mapping[str, Path] | None = None, *, others: bool = False) -> None:
        if packages is None:
            folder = installed("transformers")
            packages = {} if folder is None else {"transformers": folder}
        self.packages = dict(packages)
        self._others: dict[str, Path | None] | None = {} if others else None
        self._files: dict[str, SourceFile | None] = {}
        self._exports: dict[str, Mapping[str, Import] | None] = {}

    def module(self, dotted: str) -> SourceFile | None:
        """The source of a module, None where it is not below a known package. Raises SourceError if one of these is
        unreadable."""
        if dotted not in self._files:
            place = self._place(dotted)
            other = dotted.partition(".")[0] in (self._others or ())
            try:
                file = None if place is None else self._load(dotted, *place)
                if file is not None and other:
                    _ = file.tree  # for the error
                self._files[dotted] = file
            except SourceError:
                if not other:
                    raise
                self._files[dotted] = None
        return self._files[dotted]

    def _place(self, dotted: str) -> tuple[Path, str] | None:
        parts = dotted.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for known in range(len(parts), 0, -1):
            base = self.packages.get(".".join(parts[:known])) or (self._other(parts[0]) if known == 1 else None)
            if base is None:
                continue
            rest = parts[known:]
            shown = "/".join(parts[: known - 1] + [base.name])
            if base.suffix == ".py":
                return (base, shown) if not rest else None
            for relative in ([*rest, "__init__.py"], [*rest[:-1], f"{rest[-1]}.py"] if rest else []):
                if relative and base.joinpath(*relative).is_file():
                    return base.joinpath(*relative), "/".join([shown, *relative])
            return None
        return None

    def _other(self, package: str) -> Path | None:
        """Where one of the `others` is; those whose calls are known by name are not read."""
        if self._others is None or package in KNOWN_BY_NAME:
            return None
        if package not in self._others:
            self._others[package] = installed(package)
        return self._others[package]

    def _load(self, dotted: str, path: Path, display: str) -> SourceFile:
        return SourceFile(dotted, path, display, _read(path, display), self)

    def exports(self, module: str) -> Mapping[str, Import] | None:
        """What `from module import *` binds, and where each of it comes from; None where that cannot be told."""
        if module not in self._exports:
            self._exports[module] = None  # while its own imports are followed
            self._exports[module] = self._exported(module)
        return self._exports[module]

    def _exported(self, module: str) -> Mapping[str, Import] | None:
        if module in PLAIN_STARS:
            space = importlib.import_module(module)
            names = getattr(space, "__all__", [name for name in vars(space) if not name.startswith("_")])
            return {name: (module, name) for name in names}
        try:
            file = self.module(module)
            nodes = () if file is None else file.nodes
        except SourceError:
            return None
        if file is None or any(_is_star(node) or isinstance(node, (ast.Delete, ast.Global)) for node in nodes):
            return None
        dynamic = ("__all__", "globals", "exec", "vars", "locals")
        said = [node for node in nodes if isinstance(node, ast.Name) and node.id in dynamic]
        stated = file.assigns.get("__all__")
        if isinstance(stated, (ast.List, ast.Tuple)) and len(said) == 1:
            items = [item.value if isinstance(item, ast.Constant) else None for item in stated.elts]
            names = {item for item in items if isinstance(item, str)}
            said = [] if len(names) == len(items) else said
        else:
            names = {name for name in (*file.imports, *file.classes, *file.functions, *file.bound) if name[:1] != "_"}
        times = Counter(name for name, _ in file._imports())
        own = {*file.classes, *file.functions, *file.bound, *(name for name in times if times[name] > 1)}
        origins = {name: to for name, to in file.imports.items() if name not in own}
        return None if said else {name: origins.get(name, (module, name)) for name in names}

    def beside(self, module: str) -> Iterator[tuple[str, str]]:
        """The other modules of a module's package, or of its folder where it is in none, each with its text. Models of
        transformers are read each for itself."""
        top = module.partition(".")[0]
        base = self.packages.get(top)
        if base is None or top == "transformers":
            return
        if base.suffix == ".py":
            near = [(name, path) for name, path in (self._others or {}).items() if path is not None]
            around = {name: path for name, path in near if path.parent == base.parent}
        else:
            inside = {path: path.relative_to(base).with_suffix("").parts for path in sorted(base.rglob("*.py"))}
            around = {
                ".".join([top, *parts]).removesuffix(".__init__"): path
                for path, parts in inside.items()
                if all(part.isidentifier() for part in parts)  # an environment of its own is none of the package
            }
        for dotted, path in around.items():
            if dotted != module and path.suffix == ".py":
                with contextlib.suppress(SourceError):
                    yield dotted, _read(path, path.name)

    def forget(self, package: str) -> None:
        """Drops what was read below a package, so that a long run does not keep every syntax tree in memory."""
        for dotted in [dotted for dotted in self._files if dotted.startswith(f"{package}.")]:
            del self._files[dotted]

    def find(self, module: str, name: str) -> tuple[SourceFile, Definition] | None:
        """The class or function that `module.name` is, followed through imports; None where the trail leaves the
        known packages or is lost."""
        seen: set[Import] = set()
        while (module, name) not in seen:
            seen.add((module, name))
            source = self.module(module)
            if source is None or name not in source.text:  # to look costs much less than to parse
                return None
            if (node := source.definition(name)) is not None:
                return source, node
            origin = source.imports.get(name)
            if origin is None or origin[1] is None:
                return None
            module, name = origin[0], origin[1]
        return None

    @property
    def _models(self) -> Path | None:
        root = self.packages.get("transformers")
        return root / "models" if root is not None and (root / "models").is_dir() else None

    @cached_property
    def _folders(self) -> dict[str, Path]:
        """Architecture -> folder, those of a nested folder of models (transformers 4: `deprecated`) too."""
        models = self._models
        if models is None:
            return {}
        below = sorted(path.parent for path in models.glob("*/__init__.py"))
        nested = sorted(path.parent for path in models.glob("*/*/__init__.py"))
        return {folder.name: folder for folder in (*nested, *below)}

    def architectures(self) -> tuple[str, ...]:
        """Names of all folders of models that hold PyTorch modules, sorted."""
        found = []
        for name, folder in self._folders.items():
            texts = (path.read_bytes() for path in _modeling_files(folder))
            if any(b"nn.Module" in text or b"PreTrainedModel)" in text for text in texts):
                found.append(name)
        return tuple(sorted(found))

    def architecture(self, name: str) -> Architecture:
        """The modeling files of `transformers/models/<name>`, or of the model type of that name.

        Raises SourceError UNKNOWN_ARCH with the nearest names, SOURCE_MISSING without transformers.
        """
        models = self._models
        if models is None:
            remedy = "install it: pip install transformers; or name a file: --source FILE --import-as MODULE"
            raise _error("SOURCE_MISSING", "transformers is not installed", "transformers/models", remedy=remedy)
        folders = self._folders
        wanted = name.replace("-", "_")
        folder = folders.get(wanted) or folders.get(self._model_types.get(name, ""))
        if folder is None:
            near = difflib.get_close_matches(wanted, [*folders, *self._model_types], n=3)
            remedy = f"did you mean {', '.join(near)}?" if near else "`codemod list` prints all names"
            raise _error("UNKNOWN_ARCH", f"no architecture is named {name!r}", "transformers/models", remedy=remedy)
        parts = ("transformers", "models", *folder.relative_to(models).parts)
        modules = [".".join([*parts, path.stem]) for path in _modeling_files(folder)]
        files = tuple(source for module in modules if (source := self.module(module)) is not None)
        return Architecture(folder.name, files, self, f"python -m codemod generate --arch {folder.name}")

    @cached_property
    def _model_types(self) -> dict[str, str]:
        """Model type -> folder for the types that are not named as their folder, read from transformers' own table."""
        for module in ("auto_mappings", "configuration_auto"):
            source = self.module(f"transformers.models.auto.{module}")
            table = None if source is None else source.assigns.get("SPECIAL_MODEL_TYPE_TO_MODULE_NAME")
            if isinstance(table, ast.Call) and len(table.args) == 1:
                return dict(ast.literal_eval(table.args[0]))
        return {}

    def dotted(self, module: str) -> Architecture:
        """One module by its dotted name, in any installed package. Raises SourceError SOURCE_MISSING."""
        top = module.partition(".")[0]
        library = self
        if top not in self.packages and (folder := installed(top) if top.isidentifier() else None) is not None:
            library = Library({**self.packages, top: folder}, others=True)
        source = library.module(module)
        if source is None:
            raise _error("SOURCE_MISSING", "no source of that module is installed", module, remedy="check the name")
        name = _architecture_name(module)
        return Architecture(name, (source,), library, f"python -m codemod generate --module {module}")

    def file(self, path: Path, import_as: str) -> Architecture:
        """One file that users import as `import_as`. Its siblings are known where the path ends as the name says.

        Raises SourceError INVALID_NAME, SOURCE_MISSING, SOURCE_ENCODING or SOURCE_TOO_LARGE.
        """
        parts = import_as.split(".")
        if not all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
            raise _error(
                "INVALID_NAME",
                f"{import_as!r} is not the dotted name of a module",
                path.name,
                remedy="--import-as a.b",
            )
        full = path.resolve()
        ends = (*parts[:-1], f"{parts[-1]}.py")
        if full.parts[-len(ends) :] == ends and len(parts) > 1:
            known, place = parts[0], full.parents[len(parts) - 2]
            around = {}
        else:
            known, place = import_as, full
            around = {path.stem: path for path in full.parent.glob("*.py") if path.stem not in self.packages}
        library = Library({**self.packages, known: place}, others=True)
        assert library._others is not None
        library._others.update(around)
        shown = path.as_posix() if not path.is_absolute() and ".." not in path.parts else path.name
        if not shown.isprintable():  # it is written into comments, where a line end would end the comment
            message = f"the name {shown!a} holds characters that cannot be printed"
            raise _error("INVALID_NAME", message, import_as, remedy="rename the file")
        source = SourceFile(import_as, full, shown, _read(path, shown), library)
        library._files[import_as] = source
        command = f"python -m codemod generate --source {shlex.quote(shown)} --import-as {import_as}"
        return Architecture(_architecture_name(import_as), (source,), library, command)


def _modeling_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith(NOT_MODELING))


def _architecture_name(module: str) -> str:
    return module.rpartition(".")[2].removeprefix("modeling_")
