"""Attention by the names of its parts: where query, key and value meet, in a class in which no softmax of a product
was found. For refusing alone: by these names nothing is ever written.

One pass over a method's statements in their order, with the roles that each name is made of. Loops are gone over once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .source import SourceFile, walk
from .structure import Definition, called, multiplies, parameters

Roles = frozenset[str]

NONE: Roles = frozenset()
PAIR = frozenset({"query", "key"})
ALL = PAIR | {"value"}
SOFTMAX = "softmax"
"""Stands among the roles of what a softmax was taken of."""

WORDS = {"query": "query", "queries": "query", "key": "key", "keys": "key", "value": "value", "values": "value"}
LETTERS = {"q": "query", "k": "key", "v": "value"}
FUSED = ("ALL_ATTENTION_FUNCTIONS", "scaled_dot_product_attention", "MultiheadAttention", "flash", "flex_attention")
"""Other names of what SDPA computes: a class that calls one of them needs no reason."""
PRODUCTS = frozenset({"mul", "multiply"})
MEASURES = frozenset({"shape", "dtype", "device", "ndim", "size", "dim", "numel", "len", "isinstance"})


@dataclass(frozen=True)
class Met:
    """Where query, key and value meet, and what they are there instead of an attention."""

    code: str
    message: str
    node: ast.AST


def is_named(name: str) -> bool:
    """Whether a class calls itself attention."""
    return "attention" in name.lower()


def is_written_out(file: SourceFile, definition: ast.ClassDef) -> bool:
    """Whether a class that calls itself attention leaves it to no function that is known to be one."""
    text = file.segment(definition)
    return is_named(definition.name) and not any(word in text for word in FUSED)


def in_class(file: SourceFile, definition: ast.ClassDef) -> bool:
    """Whether query, key and value meet in a method of a class itself."""
    methods = [part for part in definition.body if isinstance(part, ast.FunctionDef)]
    return is_written_out(file, definition) and any(met(file, method) is not None for method in methods)


def met(file: SourceFile, method: Definition, plain: Collection[str] = ()) -> Met | None:
    """The first place in a method where query, key and value come together, if they do. `plain` are the attributes
    that hold modules which are known to be no softmax."""
    reader = _Reader(file, method, plain)
    reader.run()
    return reader.found


def role(name: str) -> Roles:
    """What a name says that it holds; nothing where it says two things."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    found = {WORDS[word] for word in words if word in WORDS}
    if words and words[0] in LETTERS:
        found.add(LETTERS[words[0]])
    return frozenset(found) if len(found) == 1 else NONE


@dataclass
class _Reader:
    file: SourceFile
    method: Definition
    plain: Collection[str] = ()
    names: dict[str, Roles] = field(default_factory=dict)
    softmax: tuple[ast.Call, Roles] | None = None
    """The first softmax of something with a role, and the roles of its operand."""
    pair: ast.AST | None = None
    """Where query and key met first."""
    through: ast.Call | None = None
    """Where what came of both first went through a module, or a method, of the class."""
    found: Met | None = None

    def run(self) -> None:
        names = parameters(self.method)
        self.names = {name: role(name) for name in names}
        self.receiver = names[0] if names else ""
        for statement in _in_order(self.method):
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                named = any(role(n.id) for target in targets for n in walk(target) if isinstance(n, ast.Name))
                roles = self.roles(statement.value, split=named)
                for target in targets:
                    self.assign(target, roles)
            elif isinstance(statement, ast.AugAssign):
                self.assign(statement.target, self.roles(statement.value) | self.roles(statement.target))
            elif isinstance(statement, (ast.Return, ast.Expr)) and statement.value is not None:
                self.roles(statement.value)

    def assign(self, target: ast.expr, roles: Roles) -> None:
        if isinstance(target, ast.Name):
            own = role(target.id)
            self.names[target.id] = own | (roles & {SOFTMAX}) if own else roles
        elif isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self.assign(part, roles)
        elif isinstance(target, (ast.Subscript, ast.Starred)) and isinstance(target.value, ast.Name):
            self.names[target.value.id] = self.names.get(target.value.id, NONE) | roles

    def roles(self, node: ast.expr, *, split: bool = False) -> Roles:
        """What an expression is made of. With `split`, parts of its own value get names with roles again."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, NONE)
        if isinstance(node, ast.Attribute):
            return NONE if node.attr in MEASURES else self.roles(node.value)
        if isinstance(node, ast.Compare):
            return NONE
        if isinstance(node, ast.Call):
            return self.call(node, split=split)
        if isinstance(node, ast.BinOp):
            sides = [self.roles(node.left), self.roles(node.right)]
            self.pairs(node, sides)
            if isinstance(node.op, (ast.Mult, ast.MatMult)):
                self.meet(node, sides)
            return sides[0] | sides[1]
        found = NONE
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                found |= self.roles(part)
        return found

    def call(self, node: ast.Call, *, split: bool) -> Roles:
        name = called(node)
        if name in MEASURES:
            return NONE
        sides = [self.roles(argument) for argument in (*node.args, *(keyword.value for keyword in node.keywords))]
        base = node.func.value if isinstance(node.func, ast.Attribute) else None
        own = isinstance(base, ast.Name) and base.id == self.receiver
        if base is not None and not own:
            sides.append(self.roles(base))
        found = NONE.union(*sides)
        if own:
            multiplied = found >= PAIR and self.pair is not None and multiplies(self.pair)
            if self.through is None and multiplied and name not in self.plain:
                self.through = node
            return found | role(name)
        if not split:
            self.pairs(node, sides)
        if "softmax" in name.lower() and found:
            if self.softmax is None:
                self.softmax = node, found
            return found | {SOFTMAX}
        if multiplies(node) or name in PRODUCTS or (not split and self.is_function(node.func)):
            self.meet(node, sides)
        return found

    def is_function(self, callee: ast.expr) -> bool:
        """Whether a function of the module, one that it imports, or the `apply` of a class may make an attention of
        its operands. Torch's own, but for those that multiply, take one operand or put several side by side."""
        if isinstance(callee, ast.Name):
            known = callee.id in self.file.functions or callee.id in self.file.imports
            return known and callee.id not in self.names and not callee.id[0].isupper()
        if isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Name):
            return callee.attr == "apply" and callee.value.id in self.file.classes
        return False

    def pairs(self, node: ast.expr, sides: list[Roles]) -> None:
        """Notes where query and key come together first."""
        if self.pair is None and NONE.union(*sides) >= PAIR and not any(side >= PAIR for side in sides):
            self.pair = node

    def meet(self, node: ast.expr, sides: list[Roles]) -> None:
        """Says what stands in the way where the value comes to query and key, or their softmax to one of them."""
        sides = [side for side in sides if side]
        found = NONE.union(*sides)
        if len(sides) < 2 or self.found is not None:
            return
        if found >= PAIR and SOFTMAX in found:
            self.found = self.other_softmax(node)
        elif found >= ALL and self.through is not None:
            message = (
                f"the product of query and key goes through {_said(self.through)}, which is not known as a softmax"
            )
            self.found = Met("UNKNOWN", message, self.through)
        elif found >= ALL:
            message = f"query, key and value meet in {_said(node)}, and no softmax of a product of them was found"
            self.found = Met("NO_SOFTMAX", message, node)

    def other_softmax(self, meeting: ast.expr) -> Met:
        """What stands in the way of an attention whose softmax comes to the values in `meeting`."""
        assert self.softmax is not None
        node, operand = self.softmax
        if self.pair is not None and operand >= PAIR and not multiplies(self.pair):
            message = f"query and key meet in {_said(self.pair)}, which is not known to be a product of matrices"
            return Met("NO_PRODUCT", message, self.pair)
        if self.pair is not None and operand >= PAIR and not multiplies(meeting):
            message = (
                f"the softmax comes to the values in {_said(meeting)}, which is not known to be a product of matrices"
            )
            return Met("NO_PRODUCT", message, meeting)
        given = next((argument for argument in node.args if self.roles(argument)), node)
        if given is node and isinstance(node.func, ast.Attribute):
            given = node.func.value
        message = f"the softmax is taken of {_said(given)}, which is not known to be a product of query and key"
        return Met("NO_PRODUCT", message, node)


def _in_order(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a method, each before those that it holds; not those of inner functions."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.stmt):
            yield part
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _in_order(part)


def _said(node: ast.AST) -> str:
    whole = not isinstance(node, ast.Call) or multiplies(node)
    return f"`{ast.unparse(node if whole else node.func)}`"  # type: ignore[attr-defined]
