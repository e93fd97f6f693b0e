"""A function from libcst into a small normal form, so that rules never meet syntax.

Every expression and statement here points back to its libcst node (`node`); edits are made there, so that comments
and formatting outside the score chain survive. Values compare by identity: one object per place in the source.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import libcst as cst

from .source import children

BINARY: dict[type[cst.CSTNode], str] = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.MatrixMultiply: "@",
    cst.Power: "**", cst.FloorDivide: "//", cst.Modulo: "%", cst.BitAnd: "&", cst.BitOr: "|", cst.BitXor: "^",
    cst.LeftShift: "<<", cst.RightShift: ">>",
}  # fmt: skip
AUGMENTED: dict[type[cst.CSTNode], str] = {
    cst.AddAssign: "+", cst.SubtractAssign: "-", cst.MultiplyAssign: "*", cst.DivideAssign: "/",
    cst.MatrixMultiplyAssign: "@", cst.PowerAssign: "**", cst.FloorDivideAssign: "//", cst.ModuloAssign: "%",
    cst.BitAndAssign: "&", cst.BitOrAssign: "|", cst.BitXorAssign: "^",
}  # fmt: skip
UNARY: dict[type[cst.CSTNode], str] = {cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~", cst.Not: "not"}
COMPARE: dict[type[cst.CSTNode], str] = {
    cst.Equal: "==", cst.NotEqual: "!=", cst.LessThan: "<", cst.LessThanEqual: "<=", cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=", cst.Is: "is", cst.IsNot: "is not", cst.In: "in", cst.NotIn: "not in",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Expr:
    """An expression; `node` is where it stands."""

    node: cst.CSTNode

    def children(self) -> Iterator[Expr]:
        """Direct sub-expressions, in order of evaluation."""
        for item in fields(self):
            yield from _expressions(getattr(self, item.name))


def _expressions(value: object) -> Iterator[Expr]:
    if isinstance(value, Expr):
        yield value
    elif isinstance(value, Argument):
        yield value.value
    elif isinstance(value, tuple):
        for item in value:
            yield from _expressions(item)


@dataclass(frozen=True, eq=False)
class Constant(Expr):
    """A literal: number, string, bytes, True, False, None or Ellipsis."""

    value: object


@dataclass(frozen=True, eq=False)
class Name(Expr):
    """A name that is read, or assigned as a target."""

    id: str


@dataclass(frozen=True, eq=False)
class Attribute(Expr):
    """`base.name`."""

    base: Expr
    name: str


@dataclass(frozen=True, eq=False)
class Argument:
    """One argument of a call: `star` is "", "*" or "**"."""

    value: Expr
    keyword: str | None
    star: str


@dataclass(frozen=True, eq=False)
class Call(Expr):
    """A call; `args` in the order in which they are written."""

    function: Expr
    args: tuple[Argument, ...]


@dataclass(frozen=True, eq=False)
class Binary(Expr):
    """`left op right`; `op` is the operator as it is written."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, eq=False)
class Unary(Expr):
    """`op operand`."""

    op: str
    operand: Expr


@dataclass(frozen=True, eq=False)
class Compare(Expr):
    """A comparison, chained or not: `left ops[0] rights[0] ops[1] rights[1] …`."""

    left: Expr
    ops: tuple[str, ...]
    rights: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Boolean(Expr):
    """`left and right` or `left or right`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, eq=False)
class Conditional(Expr):
    """`body if test else orelse`."""

    test: Expr
    body: Expr
    orelse: Expr


@dataclass(frozen=True, eq=False)
class Subscript(Expr):
    """`base[indices]`."""

    base: Expr
    indices: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Slice(Expr):
    """`lower:upper:step` in a subscript; what is left out is None."""

    parts: tuple[Expr | None, ...]


@dataclass(frozen=True, eq=False)
class Display(Expr):
    """A tuple, list or set display; `kind` says which."""

    kind: str
    items: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Starred(Expr):
    """`*value` in a display or a target."""

    value: Expr


@dataclass(frozen=True, eq=False)
class Mapping(Expr):
    """A dict display; keys that are not string literals are None, and `computed` are these keys."""

    keys: tuple[str | None, ...]
    values: tuple[Expr, ...]
    computed: tuple[Expr, ...] = ()


@dataclass(frozen=True, eq=False)
class Closure(Expr):
    """A lambda, a comprehension, or what has no place in the normal form: `reads` names what it takes from around it,
    `binds` what it may bind there with `:=`."""

    reads: frozenset[str]
    binds: frozenset[str]


@dataclass(frozen=True, eq=False)
class Walrus(Expr):
    """`(target := value)`."""

    target: str
    value: Expr


@dataclass(frozen=True, eq=False)
class Unknown(Expr):
    """Anything else; `parts` are evaluated. `texts` are what stands around the parts of an f-string that shows each of
    them as it is."""

    parts: tuple[Expr, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Stmt:
    """A statement; `node` is the libcst statement line or compound statement."""

    node: cst.CSTNode


@dataclass(frozen=True, eq=False)
class Assign(Stmt):
    """`targets[0] = targets[1] = … = value`."""

    targets: tuple[Expr, ...]
    value: Expr


@dataclass(frozen=True, eq=False)
class AugAssign(Stmt):
    """`target op= value`; `op` without the equals sign."""

    target: Expr
    op: str
    value: Expr


@dataclass(frozen=True, eq=False)
class Evaluate(Stmt):
    """An expression that stands as a statement."""

    value: Expr


@dataclass(frozen=True, eq=False)
class Branch(Stmt):
    """`if`; an `elif` is a branch that `orelse` holds."""

    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True, eq=False)
class Loop(Stmt):
    """`for target in subject` or `while subject` (target None)."""

    target: Expr | None
    subject: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True, eq=False)
class Within(Stmt):
    """`with`: pairs of a context manager and its target."""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Stmt, ...]


@dataclass(frozen=True, eq=False)
class Attempt(Stmt):
    """`try`: any of the blocks may be left at any point. `names` are bound while a handler runs."""

    body: tuple[Stmt, ...]
    others: tuple[tuple[Stmt, ...], ...]
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Return(Stmt):
    """`return`, with or without a value."""

    value: Expr | None


@dataclass(frozen=True, eq=False)
class Raise(Stmt):
    """`raise`; `parts` are the exception and its cause."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Assert(Stmt):
    """`assert test, message`."""

    test: Expr
    message: Expr | None


@dataclass(frozen=True, eq=False)
class Delete(Stmt):
    """`del targets`."""

    targets: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Leave(Stmt):
    """`break` or `continue`."""


@dataclass(frozen=True, eq=False)
class Define(Stmt):
    """A nested function or class: `reads` names what it may take from around it."""

    name: str
    reads: frozenset[str]


@dataclass(frozen=True, eq=False)
class Nothing(Stmt):
    """`pass`, docstrings, imports."""


@dataclass(frozen=True, eq=False)
class Strange(Stmt):
    """A statement outside the normal form (`global`, `match`, `yield`, …): `what` names it."""

    what: str
    reads: frozenset[str]


@dataclass(frozen=True)
class Parameter:
    """One parameter; `star` is "", "*" or "**", `annotation` its source text or ""."""

    name: str
    star: str
    default: Expr | None
    annotation: str

    @property
    def is_plain(self) -> bool:
        """Whether its default or annotation says that an argument is a plain value, which nothing changes."""
        words = {word.strip() for word in self.annotation.replace("Optional[", "").replace("]", "").split("|")}
        constant = isinstance(self.default, Constant) and self.default.value is not None
        return constant or (bool(words - {"None", ""}) and words <= {"bool", "int", "float", "str", "None"})


@dataclass(frozen=True, eq=False)
class Function:
    """One function: parameters and body in normal form, `node` its libcst definition."""

    name: str
    node: cst.FunctionDef
    parameters: tuple[Parameter, ...]
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...]
    strange: str | None


class _Tidy(cst.CSTTransformer):
    """One statement a line and one block a compound statement, so that every statement can be replaced alone."""

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        if len(updated_node.body) == 1:
            return updated_node
        lines = [
            cst.SimpleStatementLine([part.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
            for part in updated_node.body
        ]
        lines[0] = lines[0].with_changes(leading_lines=updated_node.leading_lines)
        return cst.FlattenSentinel(lines)

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        return cst.IndentedBlock(
            [
                cst.SimpleStatementLine([part.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
                for part in updated_node.body
            ]
        )


def names_read(node: cst.CSTNode) -> frozenset[str]:
    """Every identifier that occurs below `node` other than as an attribute or keyword: an upper bound of its reads."""
    found: set[str] = set()

    class Collect(cst.CSTVisitor):
        def visit_Name(self, node: cst.Name) -> None:
            found.add(node.value)

        def visit_Attribute(self, node: cst.Attribute) -> bool:
            node.value.visit(self)
            return False

        def visit_Arg(self, node: cst.Arg) -> bool:
            node.value.visit(self)
            return False

    node.visit(Collect())
    return frozenset(found)


def names_walrused(node: cst.CSTNode) -> frozenset[str]:
    """Names that `:=` binds anywhere below `node`."""
    found: set[str] = set()

    class Collect(cst.CSTVisitor):
        def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
            if isinstance(node.target, cst.Name):
                found.add(node.target.value)

    node.visit(Collect())
    return frozenset(found)


def runs_later(node: cst.CSTNode) -> bool:
    """Whether something in an expression reads names whenever it is run: a lambda or a generator."""
    found: list[cst.CSTNode] = []

    class Collect(cst.CSTVisitor):
        def visit_Lambda(self, node: cst.Lambda) -> None:
            found.append(node)

        def visit_GeneratorExp(self, node: cst.GeneratorExp) -> None:
            found.append(node)

    node.visit(Collect())
    return bool(found)


def yields(body: cst.CSTNode) -> bool:
    """Whether the body of a function has a `yield` of its own: a call of it runs nothing yet."""
    found: list[cst.CSTNode] = []

    class Collect(cst.CSTVisitor):
        def visit_Yield(self, node: cst.Yield) -> None:
            found.append(node)

        def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
            return False

        def visit_Lambda(self, node: cst.Lambda) -> bool:
            return False

    body.visit(Collect())
    return bool(found)


def nonlocal_names(node: cst.CSTNode) -> frozenset[str]:
    """Names that functions below `node` bind in the one around them."""
    found: set[str] = set()

    class Collect(cst.CSTVisitor):
        def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
            found.update(item.name.value for item in node.names)

    node.visit(Collect())
    return frozenset(found)


def parse_function(text: str, definition: ast.AST) -> cst.FunctionDef:
    """The libcst definition in dedented source text, in the tidy form that `lower` expects; `definition` is what
    `ast` made of it."""
    module = cst.parse_module(text)
    if not is_tidy(definition):
        module = module.visit(_Tidy())
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef):
            return statement
    raise ValueError("no function definition")


_BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)


def is_tidy(definition: ast.AST) -> bool:
    """Whether every statement already has lines of its own."""
    last = 0
    nodes = [definition]
    for node in nodes:  # grows as it goes
        nodes += [child for child in children(node) if isinstance(child, _BLOCKS)]
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if not isinstance(block, list) or not isinstance(node, (ast.stmt, ast.excepthandler)):
                continue
            last = node.lineno if name == "body" else 0
            for statement in block:
                if statement.lineno == last:
                    return False
                last = statement.end_lineno or statement.lineno
    return True


def lower(node: cst.FunctionDef, *, generator: bool = False) -> Function:
    """The normal form of one function definition; `generator` says that it has a `yield` of its own."""
    strange = None
    if node.asynchronous is not None:
        strange = "async function"
    elif generator:
        strange = "generator function"
    parameters: list[Parameter] = []
    params = node.params

    def add(param: cst.Param, star: str = "") -> None:
        annotation = cst.Module([]).code_for_node(param.annotation.annotation) if param.annotation else ""
        default = expression(param.default) if param.default is not None else None
        parameters.append(Parameter(param.name.value, star, default, annotation))

    for param in (*params.posonly_params, *params.params):
        add(param)
    if isinstance(params.star_arg, cst.Param):
        add(params.star_arg, "*")
    for param in params.kwonly_params:
        add(param, "kw")
    if params.star_kwarg is not None:
        add(params.star_kwarg, "**")
    body = block(node.body)
    return Function(
        node.name.value,
        node,
        tuple(parameters),
        body,
        tuple(expression(d.decorator) for d in node.decorators),
        strange,
    )


def lambda_parameters(node: cst.Lambda) -> tuple[cst.Param, ...]:
    """The parameters of a lambda that may have defaults."""
    return (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params)


def as_function(node: cst.Lambda) -> cst.FunctionDef:
    """A function that does what a lambda does; what it returns is the lambda's own node."""
    body = cst.SimpleStatementLine([cst.Return(node.body)])
    return cst.FunctionDef(cst.Name("lambda_"), node.params, cst.IndentedBlock([body]))


def block(node: cst.BaseSuite) -> tuple[Stmt, ...]:
    """The statements of a suite."""
    return tuple(_statement(statement) for statement in node.body)


def _statement(node: cst.CSTNode) -> Stmt:
    if isinstance(node, cst.SimpleStatementLine):
        return _simple(node, node.body[0])
    if isinstance(node, cst.If):
        orelse: tuple[Stmt, ...] = ()
        if isinstance(node.orelse, cst.If):
            orelse = (_statement(node.orelse),)
        elif node.orelse is not None:
            orelse = block(node.orelse.body)
        return Branch(node, expression(node.test), block(node.body), orelse)
    if isinstance(node, cst.For) and node.asynchronous is None:
        orelse = block(node.orelse.body) if node.orelse else ()
        return Loop(node, expression(node.target), expression(node.iter), block(node.body), orelse)
    if isinstance(node, cst.While):
        orelse = block(node.orelse.body) if node.orelse else ()
        return Loop(node, None, expression(node.test), block(node.body), orelse)
    if isinstance(node, cst.With) and node.asynchronous is None:
        items = tuple(
            (expression(item.item), expression(item.asname.name) if item.asname else None) for item in node.items
        )
        return Within(node, items, block(node.body))
    if isinstance(node, cst.Try):
        others = [block(handler.body) for handler in node.handlers]
        others += [block(part.body) for part in (node.orelse, node.finalbody) if part is not None]
        caught = [handler.name.name for handler in node.handlers if handler.name is not None]
        names = frozenset(name.value for name in caught if isinstance(name, cst.Name))
        return Attempt(node, block(node.body), tuple(others), names)
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        return Define(node, node.name.value, names_read(node))
    return Strange(node, type(node).__name__.lower(), names_read(node))


def _simple(line: cst.SimpleStatementLine, node: cst.BaseSmallStatement) -> Stmt:
    if isinstance(node, cst.Assign):
        return Assign(line, tuple(expression(t.target) for t in node.targets), expression(node.value))
    if isinstance(node, cst.AnnAssign):
        if node.value is None:
            return Nothing(line)
        return Assign(line, (expression(node.target),), expression(node.value))
    if isinstance(node, cst.AugAssign):
        op = AUGMENTED.get(type(node.operator))
        if op is not None:
            return AugAssign(line, expression(node.target), op, expression(node.value))
    if isinstance(node, cst.Expr):
        if isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString, cst.Ellipsis)):
            return Nothing(line)
        if isinstance(node.value, (cst.Yield, cst.Await)):
            return Strange(line, "yield", names_read(node))
        return Evaluate(line, expression(node.value))
    if isinstance(node, cst.Return):
        return Return(line, expression(node.value) if node.value is not None else None)
    if isinstance(node, cst.Raise):
        return Raise(line, tuple(expression(part) for part in (node.exc,) if part is not None))
    if isinstance(node, cst.Assert):
        return Assert(line, expression(node.test), expression(node.msg) if node.msg is not None else None)
    if isinstance(node, cst.Del):
        target = node.target
        parts = [e.value for e in target.elements] if isinstance(target, cst.Tuple) else [target]
        return Delete(line, tuple(expression(part) for part in parts))
    if isinstance(node, (cst.Pass, cst.Import, cst.ImportFrom)):
        return Nothing(line) if isinstance(node, cst.Pass) else Strange(line, "import", frozenset())
    if isinstance(node, (cst.Break, cst.Continue)):
        return Leave(line)
    return Strange(line, type(node).__name__.lower(), names_read(node))


def expression(node: cst.CSTNode) -> Expr:
    """The normal form of one expression."""
    if isinstance(node, cst.Name):
        if node.value in ("None", "True", "False"):
            return Constant(node, {"None": None, "True": True, "False": False}[node.value])
        return Name(node, node.value)
    if isinstance(node, (cst.Integer, cst.Float)):
        return Constant(node, node.evaluated_value)
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)):
        value = _said(node)
        if value is not None:
            return Constant(node, value)
        return Unknown(node, tuple(_interpolated(node)), _between(node))
    if isinstance(node, cst.Ellipsis):
        return Constant(node, ...)
    if isinstance(node, cst.Attribute):
        return Attribute(node, expression(node.value), node.attr.value)
    if isinstance(node, cst.Call):
        args = tuple(
            Argument(expression(a.value), a.keyword.value if a.keyword is not None else None, a.star)
            for a in node.args
        )
        return Call(node, expression(node.func), args)
    if isinstance(node, cst.BinaryOperation):
        return Binary(node, BINARY[type(node.operator)], expression(node.left), expression(node.right))
    if isinstance(node, cst.UnaryOperation):
        return Unary(node, UNARY[type(node.operator)], expression(node.expression))
    if isinstance(node, cst.BooleanOperation):
        op = "and" if isinstance(node.operator, cst.And) else "or"
        return Boolean(node, op, expression(node.left), expression(node.right))
    if isinstance(node, cst.Comparison):
        return Compare(
            node,
            expression(node.left),
            tuple(COMPARE[type(c.operator)] for c in node.comparisons),
            tuple(expression(c.comparator) for c in node.comparisons),
        )
    if isinstance(node, cst.IfExp):
        return Conditional(node, expression(node.test), expression(node.body), expression(node.orelse))
    if isinstance(node, cst.Subscript):
        return Subscript(node, expression(node.value), tuple(_index(e.slice) for e in node.slice))
    if isinstance(node, (cst.Tuple, cst.List, cst.Set)):
        items = tuple(
            Starred(e, expression(e.value)) if isinstance(e, cst.StarredElement) else expression(e.value)
            for e in node.elements
        )
        return Display(node, type(node).__name__.lower(), items)
    if isinstance(node, cst.Dict):
        keys: list[str | None] = []
        values: list[Expr] = []
        computed: list[Expr] = []
        for element in node.elements:
            key = element.key if isinstance(element, cst.DictElement) else None
            literal = isinstance(key, cst.SimpleString) and isinstance(key.evaluated_value, str)
            keys.append(str(key.evaluated_value) if isinstance(key, cst.SimpleString) and literal else None)
            values.append(expression(element.value))
            if key is not None and not literal:
                computed.append(expression(key))
        return Mapping(node, tuple(keys), tuple(values), tuple(computed))
    if isinstance(node, cst.NamedExpr) and isinstance(node.target, cst.Name):
        return Walrus(node, node.target.value, expression(node.value))
    return Closure(node, names_read(node), names_walrused(node))


def _said(node: cst.CSTNode) -> str | bytes | None:
    """What a string says, None where an f-string is put together when it is read, or has braces or escapes in it."""
    if isinstance(node, cst.SimpleString):
        return node.evaluated_value
    if isinstance(node, cst.ConcatenatedString):
        left, right = _said(node.left), _said(node.right)
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        return left + right if isinstance(left, bytes) and isinstance(right, bytes) else None
    if isinstance(node, cst.FormattedString):
        texts = [part.value for part in node.parts if isinstance(part, cst.FormattedStringText)]
        plain = len(texts) == len(node.parts) and not set("".join(texts)) & set("{}\\")
        return "".join(texts) if plain else None
    return None


def _between(node: cst.CSTNode) -> tuple[str, ...]:
    """What an f-string says around its parts, nothing where it formats them, has braces or escapes, or goes on in
    another string."""
    if not isinstance(node, cst.FormattedString):
        return ()
    texts = [""]
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            texts[-1] += part.value
        elif isinstance(part, cst.FormattedStringExpression) and not (
            part.conversion or part.format_spec or part.equal
        ):
            texts.append("")
        else:
            return ()
    return () if set("".join(texts)) & set("{}\\") else tuple(texts)


def _interpolated(node: cst.CSTNode) -> Iterator[Expr]:
    """The expressions inside f-strings."""
    if isinstance(node, cst.ConcatenatedString):
        yield from _interpolated(node.left)
        yield from _interpolated(node.right)
    elif isinstance(node, cst.FormattedString):
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                yield expression(part.expression)
                for spec in part.format_spec or ():
                    if isinstance(spec, cst.FormattedStringExpression):
                        yield expression(spec.expression)


def _index(node: cst.BaseSlice) -> Expr:
    if isinstance(node, cst.Index):
        return expression(node.value)
    assert isinstance(node, cst.Slice)
    return Slice(node, tuple(expression(p) if p is not None else None for p in (node.lower, node.upper, node.step)))


def walk(statements: Sequence[Stmt]) -> Iterator[Stmt]:
    """Every statement below, outermost first."""
    for statement in statements:
        yield statement
        if isinstance(statement, (Branch, Loop)):
            yield from walk(statement.body)
            yield from walk(statement.orelse)
        elif isinstance(statement, Within):
            yield from walk(statement.body)
        elif isinstance(statement, Attempt):
            yield from walk(statement.body)
            for other in statement.others:
                yield from walk(other)


def breaks(statements: Sequence[Stmt]) -> bool:
    """Whether a loop with this body may be left by `break`."""
    return any(
        isinstance(statement, Leave)
        and isinstance(statement.node, cst.SimpleStatementLine)
        and isinstance(statement.node.body[0], cst.Break)
        for statement in walk(statements)
    )


def below(root: Expr) -> Iterator[Expr]:
    """`root` and every expression in it."""
    yield root
    for child in root.children():
        yield from below(child)


def assigned_names(statements: Sequence[Stmt]) -> frozenset[str]:
    """Names that statements may bind, delete or change by an augmented assignment."""
    found: set[str] = set()

    def target(expr: Expr | None) -> None:
        if isinstance(expr, Name):
            found.add(expr.id)
        elif isinstance(expr, Display):
            for item in expr.items:
                target(item)
        elif isinstance(expr, Starred):
            target(expr.value)

    for statement in walk(statements):
        if isinstance(statement, Assign):
            for item in statement.targets:
                target(item)
        elif isinstance(statement, (AugAssign, Loop)):
            target(statement.target)
        elif isinstance(statement, Delete):
            for item in statement.targets:
                target(item)
        elif isinstance(statement, Within):
            for _, name in statement.items:
                target(name)
        elif isinstance(statement, Attempt):
            found |= statement.names
        elif isinstance(statement, Define):
            found.add(statement.name)
        elif isinstance(statement, Strange) and statement.what == "import":
            found.update(imported_names(statement.node))
        for expr in expressions(statement):
            for inner in below(expr):
                if isinstance(inner, Walrus):
                    found.add(inner.target)
                elif isinstance(inner, Closure):
                    found |= inner.binds
                elif (
                    isinstance(inner, Call)
                    and isinstance(inner.function, Attribute)
                    and isinstance(inner.function.base, Name)
                    and inner.function.name in ("append", "extend", "insert")
                ):
                    # `outputs.append(x)` changes what the name stands for
                    found.add(inner.function.base.id)
    return frozenset(found)


def mentioned(*roots: Expr) -> frozenset[str]:
    """Names that expressions read or bind, now or later."""
    found: set[str] = set()
    for expr in (inner for root in roots for inner in below(root)):
        if isinstance(expr, Name):
            found.add(expr.id)
        elif isinstance(expr, Walrus):
            found.add(expr.target)
        elif isinstance(expr, Closure):
            found |= expr.reads | expr.binds
    return frozenset(found)


def keeps(loop: Loop, name: str, body: Sequence[Stmt]) -> bool:
    """Whether a name is nothing to what stands around a loop in `body`, and each pass binds it before it reads it."""

    def mentions(statement: Stmt) -> bool:
        later = isinstance(statement, (Define, Strange)) and name in statement.reads
        return later or name in mentioned(*expressions(statement))

    inside = list(walk(loop.body))
    if any(mentions(statement) for statement in walk(body) if statement not in inside):
        return False
    if any(isinstance(statement, (Define, Strange)) and mentions(statement) for statement in inside):
        return False
    first = next((statement for statement in loop.body if any(map(mentions, walk([statement])))), None)
    return isinstance(first, Assign) and name not in mentioned(first.value) and name in assigned_names([first])


def expressions(statement: Stmt) -> Iterator[Expr]:
    """The expressions a statement itself evaluates, not those of the blocks in it."""
    for item in fields(statement):
        value = getattr(statement, item.name)
        if isinstance(value, Expr):
            yield value
        elif isinstance(value, tuple):
            for part in value:
                if isinstance(part, Expr):
                    yield part
                elif isinstance(part, tuple):
                    yield from (inner for inner in part if isinstance(inner, Expr))


def imported_names(node: cst.CSTNode) -> frozenset[str]:
    """Names that an import statement binds."""
    found: set[str] = set()

    class Collect(cst.CSTVisitor):
        def visit_ImportAlias(self, node: cst.ImportAlias) -> bool:
            if node.asname is not None and isinstance(node.asname.name, cst.Name):
                found.add(node.asname.name.value)
            else:
                root: cst.BaseExpression = node.name
                while isinstance(root, cst.Attribute):
                    root = root.value
                if isinstance(root, cst.Name):
                    found.add(root.value)
            return False

    node.visit(Collect())
    return frozenset(found)


CONTAINER_CHANGES = frozenset(
    [
        "append",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "clear",
        "reverse",
        "sort",
        "update",
        "setdefault",
        "add",
        "discard",
    ]
)
"""Methods that change a list, a dict or a set."""
SPECIAL_CHANGES = frozenset({"__setitem__", "__delitem__", "__setattr__", "__delattr__"})


def changes_receiver(name: str) -> bool:
    """Whether a method, by its name, changes the tensor or the object that it is called on."""
    if name.startswith("__") and name.endswith("__"):
        return name in SPECIAL_CHANGES or (name[2:-2] in IN_PLACE_OPERATORS)
    return name.endswith("_") and name != "requires_grad_"


IN_PLACE_OPERATORS = frozenset(
    ["iadd", "isub", "imul", "imatmul", "itruediv", "ifloordiv", "imod", "ipow", "ilshift", "irshift", "iand", "ixor",
     "ior"]
)  # fmt: skip


def calls_in(node: cst.CSTNode) -> list[cst.Call]:
    """The calls below a node, except for its decorators."""
    found: list[cst.Call] = []

    class Collect(cst.CSTVisitor):
        def visit_Call(self, node: cst.Call) -> None:
            found.append(node)

        def visit_Decorator(self, node: cst.Decorator) -> bool:
            return False

    node.visit(Collect())
    return found


def names_bound_inside(node: cst.CSTNode) -> frozenset[str]:
    """Names that are parameters below a node, or that something there is bound to."""
    found: set[str] = set()

    class Collect(cst.CSTVisitor):
        def visit_Param(self, node: cst.Param) -> None:
            found.add(node.name.value)

        def visit_CompFor(self, node: cst.CompFor) -> None:
            found.update(names_read(node.target))

        def visit_For(self, node: cst.For) -> None:
            found.update(names_read(node.target))

        def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
            found.update(names_read(node.target))

        def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
            found.update(names_read(node.target))

        def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
            found.update(names_read(node.target))

        def visit_AsName(self, node: cst.AsName) -> None:
            found.update(names_read(node.name))

        def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
            found.add(node.name.value)

    node.visit(Collect())
    return frozenset(found)


def sets_items(node: cst.CSTNode) -> bool:
    """Whether a function sets items or attributes, or changes anything by an augmented assignment."""
    found: list[cst.CSTNode] = []

    class Collect(cst.CSTVisitor):
        def visit_AugAssign(self, node: cst.AugAssign) -> None:
            found.append(node)

        def visit_Del(self, node: cst.Del) -> None:
            found.append(node)

        def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
            parts: list[cst.BaseExpression] = [node.target]
            for part in parts:
                if isinstance(part, (cst.Tuple, cst.List)):
                    parts += [element.value for element in part.elements]
                elif not isinstance(part, cst.Name):
                    found.append(node)

    node.visit(Collect())
    return bool(found)


def changes_in_place(node: cst.CSTNode) -> bool:
    """Whether a nested expression calls a method that, by its name, changes its receiver."""
    return any(changes_receiver(name) for name in _attributes(node))


def changes_containers(node: cst.CSTNode) -> bool:
    """Whether one calls a method that, by its name, changes a list, a dict or a set."""
    return any(name in CONTAINER_CHANGES for name in _attributes(node))


def _attributes(node: cst.CSTNode) -> set[str]:
    found: set[str] = set()

    class Collect(cst.CSTVisitor):
        def visit_Attribute(self, node: cst.Attribute) -> None:
            found.add(node.attr.value)

    node.visit(Collect())
    return found
