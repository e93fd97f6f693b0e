"""Saying an expression in another scope: a helper's in its caller's, or anything at the entry of a method."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Mapping

import libcst as cst

from . import lower, structure
from .frames import UNSAID, Frame, Source
from .hierarchy import render
from .lower import Expr

PURE_CALLS = frozenset({"isinstance", "hasattr", "len", "getattr", "float", "int", "bool", "abs", "min", "max"})
LONGEST = 2_000
"""How many characters an expression may take in another scope,"""
LONGEST_CHOICE = 120
"""and one that decides by a condition what a name stands for, since each read of the name says it again."""


class Edits(cst.CSTTransformer):
    """Replaces nodes of a tree by identity; a replacement may be a function of the node with its parts replaced."""

    def __init__(self, replacements: Mapping[cst.CSTNode, object]) -> None:
        self.replacements = replacements
        self._holders: set[cst.CSTNode] | None = None

    def on_visit(self, node: cst.CSTNode) -> bool:
        if self._holders is None:  # the root: what holds nothing to replace is not gone through, nor copied
            self._holders = set()
            _note_holders(node, self.replacements, self._holders)
        return node in self._holders

    def on_leave(self, original_node, updated_node):  # type: ignore[no-untyped-def]  # libcst's hook has no common type
        if original_node in self.replacements:
            replacement = self.replacements[original_node]
            return replacement(updated_node) if callable(replacement) else replacement
        return super().on_leave(original_node, updated_node)


class Renaming(cst.CSTTransformer):
    """Variables under other names; attributes and keywords keep theirs."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return updated_node.with_changes(value=self.names.get(original_node.value, original_node.value))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)


def _note_holders(node: cst.CSTNode, wanted: Collection[cst.CSTNode], holders: set[cst.CSTNode]) -> bool:
    """Adds to `holders` the nodes that have one of the wanted below them; whether `node` is or has one."""
    found = False
    for name in node.__dataclass_fields__:
        if not name.startswith("whitespace"):
            value = getattr(node, name)
            for child in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(child, cst.CSTNode) and _note_holders(child, wanted, holders):
                    found = True
    if found:
        holders.add(node)
    return found or node in wanted


def one_line(node: cst.CSTNode) -> str:
    """Source of an expression on one line, without comments; `:=` keeps its parentheses, which it needs anywhere."""
    if getattr(node, "lpar", ()) and not isinstance(node, (cst.Tuple, cst.GeneratorExp, cst.NamedExpr)):
        node = node.with_changes(lpar=[], rpar=[])
    text = render(node)
    if "\n" not in text:
        return text
    return ast.unparse(ast.parse(f"(\n{text}\n)", mode="eval"))


def parenthesised(text: str) -> str:
    """The text as an operand of anything."""
    node = cst.parse_expression(text)
    if isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float, cst.SimpleString)):
        return text
    if isinstance(node, (cst.Tuple, cst.List, cst.Dict)) or (text.startswith("(") and node.lpar):
        return text
    return f"({text})"


def parenthesised_test(text: str) -> str:
    """The text as an operand of `and` or of a conditional."""
    node = cst.parse_expression(text)
    if isinstance(node, (cst.IfExp, cst.Lambda, cst.NamedExpr, cst.BooleanOperation)):
        return f"({text})"
    return text


def lift(
    expr: Expr,
    frame: Frame,
    home: Frame,
    known: dict[tuple[Frame, cst.CSTNode], str | None],
    depth: int = 0,
    said: list[Expr] | None = None,
) -> str | None:
    """The expression of `frame` in the scope of `home`, a caller; None if it cannot be said there. `known` has the
    text of nodes that are said otherwise in their frame, None where they cannot be; `said` gets each expression that
    is written out."""
    if said is not None:
        said.append(expr)
    if depth > 12 or (frame is not home and frame.parent is None):
        return None
    names: dict[cst.CSTNode, cst.CSTNode] = {}
    skip: set[Expr] = set()
    for inner in lower.below(expr):
        if inner in skip:
            continue
        if (frame, inner.node) in known:
            otherwise = known[frame, inner.node]
            if otherwise is None:
                return None
            names[inner.node] = cst.parse_expression(otherwise)
            skip.update(lower.below(inner))
            continue
        if frame is home:
            continue
        if isinstance(inner, (lower.Closure, lower.Walrus)):
            return None
        if isinstance(inner, lower.Name):
            text = _lift_name(inner, frame, home, known, depth, said)
            if text is None:
                return None
            names[inner.node] = cst.parse_expression(parenthesised(text))
    changed = expr.node.visit(Edits(dict(names)))
    assert isinstance(changed, cst.BaseExpression)
    return bounded(one_line(changed))


def bounded(text: str) -> str | None:
    """Names that are said by what they stand for multiply: a text that nobody could read is none."""
    return text if len(text) <= LONGEST else None


def _lift_name(
    name: lower.Name,
    frame: Frame,
    home: Frame,
    known: dict[tuple[Frame, cst.CSTNode], str | None],
    depth: int,
    said: list[Expr] | None = None,
) -> str | None:
    return _lift_source(name.id, frame.said(name), frame, home, known, depth, said)


def _lift_source(
    name: str,
    source: Source | None,
    frame: Frame,
    home: Frame,
    known: dict[tuple[Frame, cst.CSTNode], str | None],
    depth: int,
    said: list[Expr] | None,
) -> str | None:
    """What a name is bound to; a condition that decides it is asked again."""
    if source is None:
        return _lift_entered(name, frame, home, known, depth, said)
    if source is UNSAID:
        return None
    if isinstance(source, Expr):
        return lift(source, frame, home, known, depth + 1, said)
    test = lift(source.test, frame, home, known, depth + 1, said)
    body, orelse = (
        _lift_source(name, side, frame, home, known, depth + 1, said) for side in (source.body, source.orelse)
    )
    if test is None or body is None or orelse is None:
        return None
    text = f"{parenthesised(body)} if {parenthesised_test(test)} else {parenthesised(orelse)}"
    return text if len(text) <= LONGEST_CHOICE else None


def _lift_entered(
    name: str,
    frame: Frame,
    home: Frame,
    known: dict[tuple[Frame, cst.CSTNode], str | None],
    depth: int,
    said: list[Expr] | None,
) -> str | None:
    """What a name was when its function was entered."""
    if name in frame.arguments:
        argument = frame.arguments[name]
        if argument is None:
            return None
        if _is_default(argument, frame, name):
            return one_line(argument.node) if isinstance(argument, (lower.Constant, lower.Unary)) else None
        assert frame.parent is not None
        return lift(argument, frame.parent, home, known, depth + 1, said)
    if frame.code.is_method and frame.code.function.parameters and name == frame.code.function.parameters[0].name:
        receiver = frame.env.get(name)
        if getattr(receiver, "foreign", False):
            call = frame.call
            return one_line(call.function.node) if isinstance(call, lower.Call) and frame.parent is home else None
        return "self"
    if name in frame.env or name in frame.definitions:
        return None
    return name if same_global(name, frame, home) else None


def same_global(name: str, frame: Frame, home: Frame) -> bool:
    """Whether a name that `frame`'s function takes from its module means the same in `home`'s."""
    if name in home.env or name in home.definitions:
        return False
    if frame.code.file is home.code.file:
        return True
    ours, theirs = (structure.facts(f.code.file) for f in (frame, home))
    if (
        ours.unclear is not None
        or theirs.unclear is not None
        or max(ours.meanings.get(name, 1), theirs.meanings.get(name, 1)) > 1
    ):
        return False
    if name not in ours.bound and name not in theirs.bound:
        return hasattr(builtins, name)
    imported = frame.code.file.imports.get(name)
    return imported is not None and imported == home.code.file.imports.get(name)


def is_builtin(name: str, frame: Frame) -> bool:
    """Whether nothing in a function or its module shadows a builtin."""
    facts = structure.facts(frame.code.file)
    return (
        name not in frame.env and name not in frame.definitions and name not in facts.bound and facts.unclear is None
    )


def asks_for_none(name: str, frame: Frame) -> bool:
    """Whether a name is that of a function of the module which says whether its argument is None, and does no more."""
    facts = structure.facts(frame.code.file)
    function = frame.code.file.functions.get(name)
    if function is None or name in frame.env or facts.unclear is not None or facts.meanings.get(name, 1) > 1:
        return False
    parameter, body = ast.unparse(function.args), [ast.unparse(statement) for statement in function.body]
    answers = ([f"return {parameter} is not None"], [f"return {parameter} is None"])
    return parameter.isidentifier() and not function.decorator_list and body in answers


def _is_default(argument: Expr, frame: Frame, name: str) -> bool:
    return any(p.name == name and p.default is argument for p in frame.code.function.parameters)


def at_entry(expr: Expr, frame: Frame, home: Frame, assigned: frozenset[str], depth: int = 0) -> str | None:
    """The expression as it reads at the first line of `home`'s function; None if it needs what comes later.
    `assigned` are the names that function binds."""
    if depth > 12 or (frame is not home and frame.parent is None):
        return None
    parameters = {p.name for p in frame.code.function.parameters}
    receiver = frame.code.function.parameters[0].name if frame.code.is_method and parameters else ""
    names: dict[cst.CSTNode, cst.CSTNode] = {}
    skip: set[Expr] = set()
    for inner in lower.below(expr):
        if inner in skip:
            continue
        if isinstance(inner, (lower.Closure, lower.Walrus, lower.Starred)) or inner is UNSAID:
            return None
        if isinstance(inner, lower.Call):
            called = inner.function
            if (
                isinstance(called, lower.Name)
                and called.id in PURE_CALLS
                and all(is_builtin(called.id, f) for f in (frame, home))
            ) or (isinstance(called, lower.Name) and frame is home and asks_for_none(called.id, frame)):
                skip.add(called)
            elif not (isinstance(called, lower.Attribute) and called.name in ("size", "dim", "get", "get_seq_length")):
                return None
        if isinstance(inner, lower.Name):
            text: str | None
            if inner.id == receiver:
                text = _lift_name(inner, frame, home, {}, depth) if frame is not home else receiver
            elif frame is home and inner.id in parameters and inner.id not in assigned:
                text = inner.id
            elif (source := frame.definitions.get(inner.id) if frame is home else frame.said(inner)) is not None:
                sayable = source if isinstance(source, Expr) and source is not UNSAID else None
                text = at_entry(sayable, frame, home, assigned, depth + 1) if sayable is not None else None
            elif frame is not home:
                argument = frame.arguments.get(inner.id)
                if argument is None or _is_default(argument, frame, inner.id):
                    constant = isinstance(argument, (lower.Constant, lower.Unary))
                    text = one_line(argument.node) if argument is not None and constant else None
                else:
                    assert frame.parent is not None
                    text = at_entry(argument, frame.parent, home, assigned, depth + 1)
            else:
                text = inner.id if inner.id not in frame.env and inner.id not in assigned else None
            if text is None:
                return None
            if text != inner.id:
                names[inner.node] = cst.parse_expression(parenthesised(text))
    changed = expr.node.visit(Edits(dict(names)))
    assert isinstance(changed, cst.BaseExpression)
    return bounded(one_line(changed))
