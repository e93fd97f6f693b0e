"""A method and its sites into a new method body.

Statements outside the score chains stay to the letter; `site.py` writes the chains. Here are the method as a whole:
fresh names, guards at its first line, `super()`, and what only the removed chains read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

import libcst as cst

from . import lower
from .constants import keep_constants
from .demands import Unwritable, Written
from .frames import Frame
from .hierarchy import Code, NestedCode
from .interpret import Interpreter
from .lower import Expr
from .rules import SAME_NUMBERS
from .scope import Edits, lift, one_line
from .site import Site
from .values import Loss, Method, Opaque, Product, Symbol, Value
from .wording import INDENT, Layout, is_docstring, layout_call, negated, parse


class Rewriter:
    """Rewrites one function for the products in it that were accepted."""

    def __init__(self, machine: Interpreter, frame: Frame, products: list[Product], attn: str | None) -> None:
        self.machine = machine
        self.frame = frame
        self.code: Code = frame.code
        self.function = self.code.function
        self.products = products
        self.attn = attn
        """Name of the method to call; None writes the SDPA call itself."""
        self.taken = set(lower.names_read(self.code.tree)) | set(frame.env)
        self.edits: dict[cst.CSTNode, object] = {}
        self.guards: list[str] = []
        self.lifted: dict[tuple[Frame, cst.CSTNode], str | None] = {}
        """Reads of the scores' metadata in helpers, and in what they are given, as this method says them."""
        self.said: list[Expr] = []
        """Expressions of helpers, and arguments of their calls, that were written out."""
        self.gone: set[lower.Stmt] = set()
        """Statements on a side that a guard covers."""
        self.calls: dict[Product, Expr] = {}
        """Where a helper makes the product with V: its call."""
        self.interface = False
        """Whether the function is a default of the attention interface: (module, query, key, value, mask, …), 4-D."""
        self.grouped_apart = False
        """Whether transformers' own SDPA function repeats heads of key and value that this function does not."""
        self.written = Written("")
        self.statements = list(lower.walk(self.function.body))
        self.order: dict[object, int] = {statement: index for index, statement in enumerate(self.statements)}
        self.body_assigned = lower.assigned_names(self.function.body)
        self.depth = self._depths()

    # --- naming and text ----------------------------------------------------------------------------------------

    def fresh(self, name: str) -> str:
        found, count = name, 2
        while found in self.taken:
            found, count = f"{name}_{count}", count + 1
        self.taken.add(found)
        return found

    def fail(self, code: str, message: str, expr: Expr) -> Unwritable:
        return Unwritable(Loss(code, message, expr, self.frame))

    def say(self, expr: Expr, frame: Frame) -> str:
        """An expression's text in this method, with reads of the scores' metadata replaced."""
        if frame is self.frame:
            self.said.append(expr)
            return one_line(self._edited(expr.node))
        text = lift(expr, frame, self.frame, self.lifted, said=self.said)
        if text is None:
            raise self.fail("HELPER", "a helper uses something that cannot be said in the method that calls it", expr)
        return text

    def _edited(self, node: cst.CSTNode) -> cst.CSTNode:
        changed = node.visit(Edits(self.edits))
        assert isinstance(changed, cst.CSTNode)
        return changed

    def _depths(self) -> dict[lower.Stmt, int]:
        found: dict[lower.Stmt, int] = {}

        def visit(statements: tuple[lower.Stmt, ...], depth: int) -> None:
            for statement in statements:
                found[statement] = depth
                if isinstance(statement, (lower.Branch, lower.Loop)):
                    visit(statement.body, depth + 1)
                    chained = isinstance(statement.node, cst.If) and isinstance(statement.node.orelse, cst.If)
                    visit(statement.orelse, depth if chained else depth + 1)
                elif isinstance(statement, lower.Within):
                    visit(statement.body, depth + 1)
                elif isinstance(statement, lower.Attempt):
                    visit(statement.body, depth + 1)
                    for other in statement.others:
                        visit(other, depth + 1)

        visit(self.function.body, 1)
        return found

    def unreachable(self, test: Expr, polarity: bool) -> None:
        """Drops the side of a branch that a guard at the entry covers."""
        for statement in self.statements:
            if not isinstance(statement, lower.Branch) or statement.test is not test:
                continue
            chained = self.chained(statement)
            self.gone.update(lower.walk(statement.body if polarity else statement.orelse))
            empty = not (statement.orelse if polarity else statement.body)

            def take(updated: cst.CSTNode, *, chained: bool = chained, empty: bool = empty) -> object:
                assert isinstance(updated, cst.If)
                rest = updated.orelse if polarity else cst.Else(body=updated.body)
                if empty or rest is None:
                    return cst.RemoveFromParent()
                if chained:  # an `elif`, in whose place its own `elif` or `else` stands
                    return rest
                if isinstance(rest, cst.If):
                    return rest.with_changes(leading_lines=updated.leading_lines)
                body = list(rest.body.body)
                if not body:
                    return cst.RemoveFromParent()
                body[0] = body[0].with_changes(leading_lines=updated.leading_lines)
                return cst.FlattenSentinel(body)

            self.edits[statement.node] = take

    def chained(self, statement: lower.Branch) -> bool:
        """Whether a branch is the `elif` of another."""
        return any(
            isinstance(s, lower.Branch) and isinstance(s.node, cst.If) and s.node.orelse is statement.node
            for s in self.statements
        )

    # --- the whole ----------------------------------------------------------------------------------------------

    def write(self) -> Written:
        """The new function. Raises Unwritable."""
        queries: set[str] = set()
        for product in self.products:
            site = Site(self, product)
            site.write()
            queries.add(site.names.query)
        keep_constants(self)
        tree = self.code.tree.visit(Edits(self.edits))
        assert isinstance(tree, cst.FunctionDef)
        tree = self._drop_dead(tree)
        laid_out = tree.visit(Layout(INDENT))
        assert isinstance(laid_out, cst.FunctionDef)
        tree = laid_out
        tree = self._super(tree)
        if self.interface:
            tree = self._additive_mask(tree)
        if self.interface and self.grouped_apart:
            tree = self._repeated_heads(tree)
        if self.guards:
            tree = self._guarded(tree)
        tree = self._as_written(tree, queries)
        self.written.text = cst.Module([tree]).code.strip("\n") + "\n"
        return self.written

    def _super(self, tree: cst.FunctionDef) -> cst.FunctionDef:
        """Zero-argument `super()` in copied text means the parent of the class it was written in."""
        owner = self.code.owner
        if owner is None or "super" not in cst.Module([tree]).code:
            return tree
        name = owner.name

        class Explicit(cst.CSTTransformer):
            def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
                if (
                    isinstance(updated_node.func, cst.Name)
                    and updated_node.func.value == "super"
                    and not updated_node.args
                ):
                    return cst.parse_expression(f"super({name}, self)")
                return updated_node

        changed = tree.visit(Explicit())
        assert isinstance(changed, cst.FunctionDef)
        return changed

    def _additive_mask(self, tree: cst.FunctionDef) -> cst.FunctionDef:
        """Under the "sdpa" implementation the mask may be Boolean: fine alone, made additive where more is added."""
        steps = [s for p in self.products for s in p.steps]
        terms = [s for s in steps if s.kind in ("add", "sub", "rsub", "fill", "keep", "store")]
        scaled_later = any(s.kind in ("mul", "div") for s in steps[steps.index(terms[0]) :]) if terms else False
        if len(terms) <= 1 and not scaled_later:
            return tree
        names = [p.name for p in self.function.parameters]
        self.written.runtime.add("interface_mask")
        return _begun_with(tree, f"{names[4]} = interface_mask({names[0]}, {names[4]}, {names[1]}.dtype)")

    def _repeated_heads(self, tree: cst.FunctionDef) -> cst.FunctionDef:
        """Under the "sdpa" implementation each head of key and value may stand for several of the query."""
        names = [p.name for p in self.function.parameters]
        self.written.runtime.add("interface_heads")
        lines = [f"{name} = interface_heads({names[0]}, {name})" for name in names[2:4]]
        return _begun_with(tree, "\n".join(lines))

    def _guarded(self, tree: cst.FunctionDef) -> cst.FunctionDef:
        """Under a guard's condition the original method runs."""
        if isinstance(self.code, NestedCode):
            raise self.fail(
                "HELPER", "part of a nested function cannot be expressed, and it cannot be called", Expr(tree)
            )
        for guard, loss in self.written.guards.items():
            if negated(guard) in self.written.guards:  # nothing but the original would ever run
                raise Unwritable(loss)
        call, args = self._original()
        chosen: list[str] = []
        if self.interface:
            receiver = self.function.parameters[0].name
            implementation = f"{receiver}.config._attn_implementation"
            chosen = [f"original = {call}", f'if {implementation} != "eager":',
                      f"    original = ALL_ATTENTION_FUNCTIONS[{implementation}]"]  # fmt: skip
            call = "original"
        lines: list[str] = []
        for guard in dict.fromkeys(self.guards):
            lines.append(f"if {guard}:")
            lines += ["    " + line for line in chosen]
            lines += ["    " + line for line in layout_call("return ", call, args, "", 3 * INDENT)]
        return _begun_with(tree, "\n".join(lines))

    def _original(self) -> tuple[str, list[str]]:
        """The method that is rewritten, and what it is given to do the same."""
        args: list[str] = []
        for parameter in self.function.parameters[1 if self.code.is_method else 0 :]:
            if parameter.star in ("*", "**"):
                args.append(parameter.star + parameter.name)
            elif parameter.star == "kw" or (self.interface and len(args) >= 5):
                args.append(f"{parameter.name}={parameter.name}")
            else:
                args.append(parameter.name)
        return f"super().{self.code.name}" if self.code.owner is not None else self.code.name, args

    def _as_written(self, tree: cst.FunctionDef, queries: set[str]) -> cst.FunctionDef:
        """For a single query the original method runs, where that is known at the first line: of its parameter that
        holds the queries, or where one token is all that it is given. Heads that are not copied are worth more."""
        own = self.function.parameters[0 if self.interface or not self.code.is_method else 1 :]
        named = [parameter.name for parameter in own if not parameter.star]
        if isinstance(self.code, NestedCode) or "groups" in self.written.keywords or not named:
            return tree
        query = next(iter(queries))
        if self.interface:
            test = f"as_written({named[1]}, {named[0]})"
        elif len(queries) == 1 and query in named and all(map(self._keeps_rows, self._assigned(query))):
            test = f"as_written({query})"
        else:
            test = f"is_one_token({named[0]})"
        self.written.runtime.add(test.partition("(")[0])
        call, args = self._original()
        lines = [f"if {test}:", *("    " + line for line in layout_call("return ", call, args, "", 3 * INDENT))]
        return _begun_with(tree, "\n".join(lines))

    def _assigned(self, name: str) -> list[lower.Stmt]:
        return [statement for statement in self.statements if name in lower.assigned_names((statement,))]

    @staticmethod
    def _keeps_rows(statement: lower.Stmt) -> bool:
        """Whether an assignment casts or scales what its target holds, and so keeps its shape."""
        if not isinstance(statement, lower.Assign) or len(statement.targets) != 1:
            return False
        target, value = statement.targets[0], statement.value
        if isinstance(value, lower.Call) and isinstance(value.function, lower.Attribute):
            source = value.function.base if value.function.name in SAME_NUMBERS else None
        else:
            source = value.left if isinstance(value, lower.Binary) and value.op in ("*", "/") else None
        return isinstance(target, lower.Name) and isinstance(source, lower.Name) and source.id == target.id

    def _drop_dead(self, tree: cst.FunctionDef) -> cst.FunctionDef:
        """Without assignments of fresh values that only the removed chain read, and without branches that are empty
        now."""
        before = reads_by_name(self.code.tree)
        called = {
            inner.function.node: self.machine.facts.get(inner.function)
            for statement in self.statements
            for expr in lower.expressions(statement)
            for inner in lower.below(expr)
            if isinstance(inner, lower.Call)
        }
        upstream = {one_line(b.test.node) for b in lower.walk(self.function.body) if _is_empty(b)}
        while True:
            function = lower.lower(tree)
            statements = list(lower.walk(function.body))
            parameters = {p.name for p in function.parameters}
            top = {id(s) for s in function.body}
            dead: dict[cst.CSTNode, object] = {}
            read_later = {
                name
                for statement in statements
                for expr in lower.expressions(statement)
                for inner in lower.below(expr)
                if isinstance(inner, lower.Closure) and lower.runs_later(inner.node)
                for name in inner.reads
            } | {name for statement in statements if isinstance(statement, lower.Define) for name in statement.reads}
            around = [s for s in statements if isinstance(s, (lower.Loop, lower.Attempt))]
            kept = {id(s) for outer in around for s in lower.walk((outer,))}
            for index, statement in enumerate(statements):
                if isinstance(statement, lower.Branch) and one_line(statement.test.node) not in upstream:
                    dead |= _emptied(statement, called)
                if not isinstance(statement, lower.Assign) or len(statement.targets) != 1 or id(statement) in kept:
                    continue  # what a loop binds may be read at its next pass, and what is tried may raise
                target = statement.targets[0]
                if not isinstance(target, lower.Name) or target.id in parameters or not before.get(target.id):
                    continue
                if target.id in read_later:
                    continue  # by what may be run after the name was bound anew, or before
                if _is_pure(statement.value, called) and _overwritten(target.id, statements[index + 1 :], top):
                    dead[statement.node] = cst.RemoveFromParent()
            if not dead:
                return tree
            changed = tree.visit(Edits(dead))
            assert isinstance(changed, cst.FunctionDef)
            tree = changed


def _does_nothing(statements: tuple[lower.Stmt, ...]) -> bool:
    return all(isinstance(statement, lower.Nothing) for statement in statements)


def _is_empty(statement: lower.Stmt) -> TypeGuard[lower.Branch]:
    """Whether a branch, or its other side, does nothing."""
    return isinstance(statement, lower.Branch) and (
        _does_nothing(statement.body) or (isinstance(getattr(statement.node, "orelse", None), cst.Else)
                                          and _does_nothing(statement.orelse))
    )  # fmt: skip


def _emptied(statement: lower.Branch, called: Callees) -> dict[cst.CSTNode, object]:
    """The edit that leaves out what does nothing in a branch."""
    node = statement.node
    if not isinstance(node, cst.If) or not _is_empty(statement):
        return {}
    if not _does_nothing(statement.body):
        assert isinstance(node.orelse, cst.Else)
        return {node.orelse: cst.RemoveFromParent()}
    if _does_nothing(statement.orelse):
        return {node: cst.RemoveFromParent()} if _is_pure(statement.test, called) else {}
    if not isinstance(node.orelse, cst.Else):
        return {}
    test, body = cst.parse_expression(negated(one_line(node.test))), node.orelse.body
    return {node: lambda updated: updated.with_changes(test=test, body=body, orelse=None)}


def reads_by_name(tree: cst.FunctionDef) -> dict[str, int]:
    """How often each name is read in a function."""
    counts: dict[str, int] = {}
    for statement in lower.walk(lower.lower(tree).body):
        for name in _statement_reads(statement):
            counts[name] = counts.get(name, 0) + 1
    return counts


def _statement_reads(statement: lower.Stmt) -> set[str]:
    found: set[str] = set()
    targets = statement.targets if isinstance(statement, lower.Assign) else ()
    for expr in lower.expressions(statement):
        if expr in targets and isinstance(expr, lower.Name):
            continue
        for inner in lower.below(expr):
            if isinstance(inner, lower.Name):
                found.add(inner.id)
            elif isinstance(inner, lower.Closure):
                found |= inner.reads
    if isinstance(statement, (lower.Define, lower.Strange)):
        found |= statement.reads
    if isinstance(statement, lower.Assign):
        for target in targets:
            if isinstance(target, lower.Display):
                found -= {i.id for i in target.items if isinstance(i, lower.Name)} - {
                    i.id for i in lower.below(statement.value) if isinstance(i, lower.Name)
                }
    return found


def _overwritten(name: str, later: list[lower.Stmt], top: set[int]) -> bool:
    """Whether a name is never read again before it is bound anew on every path."""
    for statement in later:
        whole = lower.walk((statement,)) if isinstance(statement, lower.Loop) else (statement,)
        if any(name in _statement_reads(s) for s in whole):
            return False
        if (
            id(statement) in top
            and isinstance(statement, lower.Assign)
            and any(name in {i.id for i in lower.below(t) if isinstance(i, lower.Name)} for t in statement.targets)
        ):
            return True
    return True


Callees = Mapping[cst.CSTNode, Value | None]
"""What is called, by the node that names it, as far as the source says so."""
MAKES = frozenset({"empty", "zeros", "ones", "full", "tensor", "finfo", "zeros_like", "empty_like"})
"""Functions of torch that do nothing but make something."""
VIEWS = frozenset({"size", "view", "reshape", "expand", "transpose", "permute", "unsqueeze", "squeeze", "contiguous"})
"""Methods of tensors that do nothing but read one."""


def _is_pure(expr: Expr, called: Callees) -> bool:
    """Whether nobody misses an expression that is not evaluated. What a method of an object does, whose class nobody
    knows, is not known by its name."""
    for inner in lower.below(expr):
        if isinstance(inner, (lower.Closure, lower.Walrus)):
            return False
        if not isinstance(inner, lower.Call):
            continue
        callee = called.get(inner.function.node)
        if isinstance(callee, Symbol):
            space, _, name = callee.path.rpartition(".")
            if space != "torch" or name not in MAKES:
                return False
        elif isinstance(callee, Method):
            known = isinstance(callee.base, Opaque) and callee.base.kind in ("tensor", "row", "scalar")
            if not known or callee.name not in VIEWS:
                return False
        elif inner.function.node in called or getattr(inner.function, "id", "") != "scores_dtype":
            return False
    return True


def _begun_with(tree: cst.FunctionDef, text: str) -> cst.FunctionDef:
    """A function with statements before its first, behind its docstring."""
    body = tree.body
    assert isinstance(body, cst.IndentedBlock)
    start = 1 if body.body and is_docstring(body.body[0]) else 0
    return tree.with_changes(body=body.with_changes(body=[*body.body[:start], *parse(text), *body.body[start:]]))
