"""What a bias takes from its module alone: a table looked up by position, a small network on coordinates.

Such statements give the same at each call for as long as the module's parameters and buffers do. They are moved into
a function within the method, to the letter, and the runtime's `constant` keeps its result together with what was read.
Whether something is read is decided here, from the text; whether it is what it was, there, by its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from . import lower
from .calls import DRAWN, READERS, only_computes
from .lower import Expr
from .scope import one_line
from .values import Instance, Method, Self, Symbol, Value
from .wording import INDENT, layout_call, parse

if TYPE_CHECKING:
    from .rewrite import Rewriter

TENSOR_FACTS = frozenset({"T", "mT", "H", "mH", "shape", "dtype", "device", "ndim"})


def keep_constants(rewriter: Rewriter) -> None:
    """Moves the statements of each term that is added to scores and is the module's own."""
    if not rewriter.code.is_method or rewriter.interface:
        return
    for product in rewriter.products:
        for step in product.steps:
            if step.kind in ("add", "sub") and step.frame is rewriter.frame and step.operand is not None:
                found = _run(rewriter, step.operand)
                if found is not None:
                    _move(rewriter, *found)


def _run(rewriter: Rewriter, operand: Expr) -> tuple[list[lower.Assign], list[str]] | None:
    """The statements in a row, the last of which binds the one local name of a term, and what they read of `self`;
    None where they read or leave anything else."""
    local = {e.id for e in lower.below(operand) if isinstance(e, lower.Name)} & rewriter.body_assigned
    if len(local) != 1:
        return None
    (name,) = local
    for block in _blocks(rewriter.function.body):
        places = [index for index, statement in enumerate(block) if name in _bound(statement)]
        if places:
            break
    else:
        return None
    run: list[lower.Assign] = []
    for statement in block[places[-1] :: -1]:
        if not isinstance(statement, lower.Assign) or not _closed(rewriter, statement.value):
            break
        nodes = [statement.node, *(expr.node for expr in _expressions(statement))]
        if statement in rewriter.gone or any(node in rewriter.edits for node in nodes):
            break
        run.insert(0, statement)
    while run:
        bound: set[str] = set()
        for index, statement in enumerate(run):
            missing = _locals(rewriter, statement.value) - bound
            if missing or len(statement.targets) != 1 or not isinstance(statement.targets[0], lower.Name):
                run = run[index + 1 :]
                break
            bound.add(statement.targets[0].id)
        else:
            break
    if not any(isinstance(e, (lower.Call, lower.Binary, lower.Subscript)) for s in run for e in lower.below(s.value)):
        return None
    inside = {id(e) for s in run for e in _expressions(s)} | {id(e) for e in lower.below(operand)}
    parameters = {p.name for p in rewriter.function.parameters}
    if name not in bound or bound & parameters or _seen_elsewhere(rewriter, bound, inside):
        return None
    read = dict.fromkeys(text for s in run for text in _reads(rewriter, s.value))
    return run, list(read)


def _move(rewriter: Rewriter, run: Sequence[lower.Assign], read: Sequence[str]) -> None:
    target = run[-1].targets[0]
    assert isinstance(target, lower.Name)
    function, receiver = rewriter.fresh(f"make_{target.id}"), rewriter.function.parameters[0].name
    nodes = [statement.node for statement in run]
    body = [node.with_changes(leading_lines=()) if node is nodes[0] else node for node in nodes]
    blank = cst.EmptyLine(indent=False)
    above = list(getattr(nodes[0], "leading_lines", ()))
    first = any(block and block[0] is run[0] for block in _blocks(rewriter.function.body))
    if not first and not (above and above[0].comment is None):
        above.insert(0, blank)
    (made,) = parse(f"def {function}():\n    return {target.id}")
    assert isinstance(made, cst.FunctionDef)
    made = made.with_changes(
        body=made.body.with_changes(body=[*body, *made.body.body]),
        leading_lines=above,
    )
    indent = (rewriter.depth[run[0]] + 1) * INDENT
    call = layout_call(f"{target.id} = ", "constant", [receiver, function, *read], "", indent)
    (kept,) = parse("\n".join(call))
    rewriter.edits[nodes[0]] = cst.FlattenSentinel([made, kept.with_changes(leading_lines=[blank])])
    for node in nodes[1:]:
        rewriter.edits[node] = cst.RemoveFromParent()
    rewriter.written.runtime.add("constant")


def _blocks(statements: tuple[lower.Stmt, ...]) -> Iterator[tuple[lower.Stmt, ...]]:
    """A block and those within, but for what may run more than once or not to its end."""
    yield statements
    for statement in statements:
        if isinstance(statement, lower.Branch):
            yield from _blocks(statement.body)
            yield from _blocks(statement.orelse)


def _bound(statement: lower.Stmt) -> frozenset[str]:
    return lower.assigned_names((statement,)) if isinstance(statement, lower.Assign) else frozenset()


def _expressions(statement: lower.Stmt) -> Iterator[Expr]:
    return (inner for expr in lower.expressions(statement) for inner in lower.below(expr))


def _locals(rewriter: Rewriter, expr: Expr) -> set[str]:
    own = rewriter.body_assigned | {p.name for p in rewriter.function.parameters[1:]}
    return {e.id for e in lower.below(expr) if isinstance(e, lower.Name)} & own


def _seen_elsewhere(rewriter: Rewriter, names: set[str], inside: set[int]) -> bool:
    """Whether anything but the expressions `inside` binds or reads one of the names."""
    for statement in rewriter.statements:
        if isinstance(statement, (lower.Define, lower.Strange)) and names & set(lower.names_read(statement.node)):
            return True
        for expr in _expressions(statement):
            if id(expr) in inside:
                continue
            if isinstance(expr, lower.Name) and expr.id in names:
                return True
            if isinstance(expr, lower.Closure) and (expr.reads | expr.binds) & names:
                return True
            if isinstance(expr, lower.Walrus) and expr.target in names:
                return True
    return False


def _own(rewriter: Rewriter, expr: Expr) -> str | None:
    """`self.a.b` as text, None for anything else and for what a property makes."""
    base = expr
    while isinstance(base, lower.Attribute):
        inner, base = base, base.base
    if base is expr or not isinstance(rewriter.machine.facts.get(base), Self):
        return None
    owner, world = rewriter.code.owner, rewriter.machine.world
    if owner is None or any(inner.name in world.methods(ref) for ref in world.mro(owner)):
        return None
    return one_line(expr.node)


def _parts(rewriter: Rewriter, expr: Expr) -> tuple[Expr, ...] | None:
    """What an expression is made of, where it does nothing but compute; None where that is not known."""
    facts = rewriter.machine.facts
    if isinstance(expr, lower.Constant):
        return ()
    if isinstance(expr, lower.Name):  # a global may be changed, and what it holds is not compared
        return () if _locals(rewriter, expr) or _lasting(facts.get(expr)) else None
    if _own(rewriter, expr) is not None:
        return ()
    if isinstance(expr, lower.Attribute):
        if _lasting(facts.get(expr)):
            return ()
        return (expr.base,) if expr.name in TENSOR_FACTS else None
    if isinstance(expr, lower.Call):
        if any(a.star or a.keyword in ("out", "inplace") for a in expr.args):
            return None
        given = tuple(a.value for a in expr.args)
        callee = facts.get(expr.function)
        if isinstance(callee, Symbol):
            return given if only_computes(callee.path) else None
        if isinstance(callee, Instance):
            return given if callee.path.startswith("torch.nn.") and _own(rewriter, expr.function) else None
        if isinstance(callee, Method) and isinstance(expr.function, lower.Attribute):
            fresh = callee.name in DRAWN or callee.name == "new_empty"
            return (expr.function.base, *given) if callee.name in READERS and not fresh else None
        return None
    if isinstance(expr, (lower.Binary, lower.Unary, lower.Subscript, lower.Slice, lower.Display)):
        return tuple(expr.children())
    return None


def _lasting(value: Value | None) -> bool:
    """Whether this is a name of torch or math, which nobody binds anew: a dtype, a function, pi."""
    return isinstance(value, Symbol) and value.path.split(".")[0] in ("torch", "math")


def _closed(rewriter: Rewriter, expr: Expr) -> bool:
    """Whether an expression computes from names, numbers and attributes of `self` alone."""
    parts = _parts(rewriter, expr)
    return parts is not None and all(_closed(rewriter, part) for part in parts)


def _reads(rewriter: Rewriter, expr: Expr) -> Iterator[str]:
    """The attributes of `self` that a closed expression reads, and the modules there that it calls."""
    own = _own(rewriter, expr)
    if own is not None:
        yield own
        return
    if isinstance(expr, lower.Call) and isinstance(rewriter.machine.facts.get(expr.function), Instance):
        yield one_line(expr.function.node)
    for part in _parts(rewriter, expr) or ():
        yield from _reads(rewriter, part)
