"""Helpers written out where they are called: a method whose scores go on in another method, as one method.

What a helper does to scores is said in its caller by itself (`scope.py`), as long as the product with V is the
caller's. Where a helper has that, and more behind it, its statements take the place of its call.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import libcst as cst

from . import lower
from .hierarchy import Code, NestedCode, render
from .ir import Location
from .scope import Edits, Renaming, one_line, parenthesised

UNMOVED = frozenset({"super", "locals", "vars", "eval", "exec", "__class__"})
"""Names that mean something else in another function."""
NESTED = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)


class InlinedCode(Code):
    """A method with a helper's statements in the place of its call."""

    def __init__(self, outer: Code, helper: Code, tree: cst.FunctionDef) -> None:
        super().__init__(outer.file, outer.owner, outer.name, outer.definition)
        inner = outer.parts if isinstance(outer, InlinedCode) else (outer,)
        self.parts: tuple[Code, ...] = (*inner, helper)
        """The method and the helpers that it was made of."""
        self._tree = tree

    @property
    def text(self) -> str:
        """Source as it is analysed."""
        return render(self._tree) + "\n"

    @property
    def tree(self) -> cst.FunctionDef:
        return self._tree

    def location(self, node: cst.CSTNode) -> Location:
        """Where a part of it stood, told by its text; the first line where that is nowhere as it is now."""
        text = render(node)
        part = next((part for part in self.parts if text in part._positions), self.parts[0])
        line, column = min(part._positions.get(text, [(1, 0)]))
        return Location(part.file.display, part.first_line + line - 1, part.definition.col_offset + column + 1)


def inlined(code: Code, call: lower.Call, helper: Code) -> InlinedCode | None:
    """`code` with the statements of `helper`, a method of the class or a function of the file, in the place of a call;
    None where they would mean something else there."""
    around = [s for s in lower.walk(code.function.body) if any(call in lower.below(e) for e in lower.expressions(s))]
    bound = _bound(call, helper)
    given = [inner for argument in call.args for inner in lower.below(argument.value)]
    if any(isinstance(inner, (lower.Walrus, lower.Closure)) for inner in given):
        return None
    last = helper.function.body[-1] if helper.function.body else None
    if len(around) != 1 or bound is None or not _movable(code, helper) or not isinstance(last, lower.Return):
        return None
    statement, line = around[0], around[0].node
    if last.value is None or not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    tail = isinstance(statement, lower.Return) and statement.value is call
    returns = [s for s in lower.walk(helper.function.body) if isinstance(s, lower.Return)]
    if not tail and (returns != [last] or not _comes_first(statement, call)):
        return None
    names = _renamed(code, statement, bound, helper)
    results = None if tail else _results(statement, call, last, helper)
    names |= results[0] if results is not None else {}
    lines: list[cst.BaseStatement] = []
    for name, argument in bound.items():
        if render(argument) != names.get(name, name):
            lines.append(_statement(f"{names.get(name, name)} = {one_line(argument)}"))
    body = helper.tree.body.body
    moved = [part.visit(Renaming(names)) for part in body[1 if _is_docstring(body[0]) else 0 :]]
    lines += [part for part in moved if isinstance(part, cst.BaseStatement)]
    if results is not None:
        lines.pop()  # most have the names that they get
        for name, node in results[1]:
            computed = node.visit(Renaming(names))
            assert isinstance(computed, cst.CSTNode)
            lines.append(_statement(f"{name} = {one_line(computed)}"))
    elif not tail:
        value = last.value.node.visit(Renaming(names))
        assert isinstance(value, cst.BaseExpression)
        text = one_line(value)
        if getattr(statement, "value", None) is not call:
            text = f"({text})" if isinstance(value, cst.Tuple) and not value.lpar else parenthesised(text)
        kept = line.visit(Edits({call.node: cst.parse_expression(text)}))
        assert isinstance(kept, cst.SimpleStatementLine)
        lines[-1] = kept.with_changes(leading_lines=())
    lines[0] = lines[0].with_changes(leading_lines=[*line.leading_lines, *getattr(lines[0], "leading_lines", ())])
    tree = code.tree.visit(Edits({line: cst.FlattenSentinel(lines)}))
    assert isinstance(tree, cst.FunctionDef)
    return InlinedCode(code, helper, tree)


def _movable(code: Code, helper: Code) -> bool:
    """Whether the text of a helper means the same in another method of its class."""
    if helper.file is not code.file or helper in (code, *getattr(code, "parts", ())):
        return False
    of_module = helper.owner is None and not isinstance(helper, NestedCode)
    if not code.is_method or not (of_module or (helper.is_method and helper.receiver == code.receiver)):
        return False
    function = helper.function
    if function.strange or function.decorators or any(parameter.star for parameter in function.parameters):
        return False
    nodes = [node for statement in helper.definition.body for node in ast.walk(statement)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    bound = lower.assigned_names(function.body)
    if helper.receiver in bound or any(isinstance(node, NESTED) for node in nodes) or names & UNMOVED:
        return False
    # what the helper takes from the module is not what the caller has under that name
    own = bound | {parameter.name for parameter in function.parameters}
    there = lower.assigned_names(code.function.body) | {parameter.name for parameter in code.function.parameters}
    return not (names - own) & (there - {code.receiver}) and isinstance(helper.tree.body, cst.IndentedBlock)


def _bound(call: lower.Call, helper: Code) -> dict[str, cst.BaseExpression] | None:
    """What each parameter is given, in the order in which a call computes it; then the defaults."""
    parameters = helper.function.parameters[1 if helper.is_method else 0 :]
    names = [parameter.name for parameter in parameters]
    found: dict[str, cst.BaseExpression] = {}
    for place, argument in enumerate(call.args):
        name = argument.keyword or (names[place] if place < len(names) else "")
        node = argument.value.node
        if argument.star or name not in names or name in found or not isinstance(node, cst.BaseExpression):
            return None
        found[name] = node
    for parameter in parameters:
        if parameter.name not in found:
            default = parameter.default
            if not isinstance(default, lower.Constant) or not isinstance(default.node, cst.BaseExpression):
                return None
            found[parameter.name] = default.node
    return found


def _comes_first(statement: lower.Stmt, call: lower.Call) -> bool:
    """Whether nothing that a statement does comes before a call in it."""
    if isinstance(statement, lower.Assign) and all(map(_is_plain, statement.targets)):
        value: lower.Expr | None = statement.value
    else:
        value = statement.value if isinstance(statement, lower.Return) else None
    if value is call:
        return True
    if not isinstance(value, lower.Display) or value.kind != "tuple" or call not in value.items:
        return False
    return all(isinstance(item, (lower.Name, lower.Constant)) for item in value.items[: value.items.index(call)])


def _results(
    statement: lower.Stmt, call: lower.Call, last: lower.Return, helper: Code
) -> tuple[dict[str, str], list[tuple[str, cst.CSTNode]]] | None:
    """The names that results get, for what the helper calls them, where that can be the same, and for what it computes
    where it returns; None where not all of them have names, or one would be another thing."""
    if not isinstance(statement, lower.Assign) or statement.value is not call or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], last.value
    several = isinstance(value, lower.Display) and value.kind == "tuple"
    targets = target.items if several and isinstance(target, lower.Display) else (target,)
    values = value.items if several and isinstance(value, lower.Display) else (value,)
    found: dict[str, str] = {}
    computed: list[tuple[str, cst.CSTNode]] = []
    for theirs, own in zip(targets, values, strict=False):
        if not isinstance(theirs, lower.Name) or own is None or isinstance(own, lower.Starred):
            return None
        if isinstance(own, lower.Name):
            found[own.id] = theirs.id
        else:
            computed.append((theirs.id, own.node))
    bound = lower.assigned_names(helper.function.body)
    inside = {*bound, *lower.names_read(helper.tree), *(p.name for p in helper.function.parameters)} - set(found)
    given = {*found.values(), *(name for name, _ in computed)}
    whole = len(targets) == len(values) == len(found) + len(computed) == len(given)
    clear = not given & {*lower.names_read(call.node), *inside} and set(found) <= bound
    clear &= not set(found) & {p.name for p in helper.function.parameters}  # its operands have these names, perhaps
    return (found, computed) if whole and clear else None


def _is_plain(target: lower.Expr) -> bool:
    return isinstance(target, lower.Name) or (isinstance(target, lower.Display) and all(map(_is_plain, target.items)))


def _renamed(
    code: Code, statement: lower.Stmt, bound: Mapping[str, cst.BaseExpression], helper: Code
) -> dict[str, str]:
    """Other names for what the helper binds: of an argument that it leaves as it is, the caller's; new ones where the
    caller has that name, may read it later, and computes all arguments before the helper binds any."""
    anew = lower.assigned_names(helper.function.body)
    given = {name: node.value for name, node in bound.items() if isinstance(node, cst.Name) and name not in anew}
    own = {*bound, *anew}
    known = {parameter.name for parameter in code.function.parameters} | lower.assigned_names(code.function.body)
    known |= set(lower.names_read(code.tree))
    taken = known | own | set(lower.names_read(helper.tree))
    found = {name: value for name, value in given.items() if value in known and value != name}
    for name in sorted((own & known) - set(found)):
        if name in bound and render(bound[name]) == name and not _read_besides(code, statement, name):
            continue  # it is the argument itself, and nobody else's any more
        count = 2
        while f"{name}_{count}" in taken:
            count += 1
        found[name] = f"{name}_{count}"
        taken.add(found[name])
    return found


def _read_besides(code: Code, statement: lower.Stmt, name: str) -> bool:
    """Whether a method may read a name behind a statement, in its next pass, or more than once in it."""
    order = list(lower.walk(code.function.body))
    inside = {s: [e for root in lower.expressions(s) for e in lower.below(root)] for s in order}
    if any(isinstance(s, (lower.Define, lower.Strange, lower.Attempt)) for s in order):
        return True
    if any(isinstance(e, lower.Closure) for found in inside.values() for e in found):
        return True  # it may be read whenever that runs
    if any(isinstance(s, lower.Loop) and statement in lower.walk((s,)) for s in order):
        return True
    later = order[order.index(statement) :]
    return sum(isinstance(e, lower.Name) and e.id == name for s in later for e in inside[s]) != 1


def _statement(text: str) -> cst.BaseStatement:
    made = cst.parse_statement(text)
    assert isinstance(made, cst.BaseStatement)
    return made


def _is_docstring(statement: cst.CSTNode) -> bool:
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.ConcatenatedString))
