"""Calls of `torch.nn.MultiheadAttention`, or of its function, that ask for weights nobody uses.

Both go through SDPA by themselves as soon as they are told `need_weights=False`; what is to be proved is that the
weights they return are not read, or only where the caller's own flag asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from . import lower
from .frames import REQUEST, Frame, always_flows, requests_of
from .hierarchy import Code
from .interpret import Interpreter
from .scope import Edits, one_line
from .values import Loss, Opaque, Path, Product, Symbol, Use
from .wording import INDENT, Layout

PATH = "torch.nn.MultiheadAttention"
FUNCTION = "multi_head_attention_forward"
POSITIONS = {PATH: 4, FUNCTION: 15}
"""How many arguments stand before `need_weights`."""


@dataclass(frozen=True)
class Unasked:
    """A call whose weights can be left out; `wanted` is what says that they are read, None if never."""

    call: lower.Call
    wanted: str | None
    returned: Product | None = None
    """The log of weights that the method hands to its caller: then `wanted` asks at run time."""


def unasked_calls(code: Code, machine: Interpreter, frame: Frame) -> Iterator[Unasked | Loss]:
    """Each call of `nn.MultiheadAttention` in a method, or why it stays."""
    for call, where, product, path in machine.multihead:
        if where is not frame:
            continue
        function = isinstance(machine.facts.get(call.function), Symbol)
        base = call.function.base if isinstance(call.function, lower.Attribute) else None
        if not function and not (isinstance(base, lower.Name) and base.id == "self"):
            continue
        plain = [a for a in call.args if a.keyword is None]
        if any(a.star for a in call.args):
            yield Loss("CALL", "the arguments of nn.MultiheadAttention are not plain", call, frame)
            continue
        asked = [machine.facts.get(a.value) for a in call.args if a.keyword == "need_weights"]
        placed = plain[POSITIONS[FUNCTION if function else PATH] :][:1]
        asked += [machine.facts.get(a.value) for a in placed]
        constants = [value.constant if isinstance(value, Opaque) else None for value in asked]
        if constants == [False]:
            continue
        if constants not in ([], [True]) or placed:
            yield Loss("CALL", "the call says itself whether it needs weights", call, frame)
            continue
        found = _weights(code, call)
        if found is not None:
            yield Unasked(call, found[0])
        elif any(read.value.product is product for read in machine.reads) or any(
            use.kind != "flow" or use.frame is not frame or not _always(use, path) for use in product.uses
        ):
            yield Loss("ESCAPE", "the weights that nn.MultiheadAttention returns are used", call, frame)
        elif not product.uses:
            yield Unasked(call, None)
        else:
            flag = "output_attentions"
            given = any(p.name == flag for p in code.function.parameters)
            own = given and flag not in lower.assigned_names(code.function.body)
            yield Unasked(call, f"weights_requested(self{f', {flag}' if own else ''})", product)


def used_above(call: lower.Call, machine: Interpreter, heard: Callable[[Path], bool]) -> Loss | None:
    """What a run of a caller does with the weights of a call beyond handing them on: they may be None from now on."""
    for _, _, product, path in (found for found in machine.multihead if found[0] is call):
        known = {id(test) for test, _, _ in path}
        uses = [
            (use.expr, use.frame)
            for use in product.uses
            if not _always(use, path) and not heard(tuple(step for step in use.path if id(step[0]) not in known))
        ]
        uses += [(read.expr, read.frame) for read in machine.reads if read.value.product is product]
        if uses:
            return Loss("CALLER", "a caller uses the weights that nn.MultiheadAttention returns", *uses[0])
    return None


def _always(use: Use, path: Path) -> bool:
    """Whether weights are returned there whoever asks, or where the runtime is told so."""
    return (use.kind == "flow" and REQUEST in requests_of(use.path)) or always_flows(use, path)


def _weights(code: Code, call: lower.Call) -> tuple[str | None] | None:
    """Under which flag the second result is read, (None,) for never; None where it is used otherwise."""
    statements = list(lower.walk(code.function.body))
    for statement in statements:
        for root in lower.expressions(statement):
            for expr in lower.below(root):
                if isinstance(expr, lower.Subscript) and expr.base is call:
                    first = expr.indices[0]
                    return (None,) if isinstance(first, lower.Constant) and first.value == 0 else None
        if isinstance(statement, lower.Assign) and statement.value is call and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, lower.Display) and len(target.items) == 2:
                second = target.items[1]
                return _reads(code, statements, second.id) if isinstance(second, lower.Name) else None
    return None


def _reads(code: Code, statements: list[lower.Stmt], name: str) -> tuple[str | None] | None:
    assigned = lower.assigned_names(code.function.body)
    parameters = {p.name for p in code.function.parameters}
    flags: set[str | None] = set()
    plain = [s for s in statements if not isinstance(s, (lower.Branch, lower.Loop, lower.Within, lower.Attempt))]
    for statement in [*plain, *(s for s in statements if s not in plain)]:
        targets = statement.targets if isinstance(statement, lower.Assign) else ()
        reads = [
            expr
            for root in lower.expressions(statement)
            if root not in targets
            for expr in lower.below(root)
            if (isinstance(expr, lower.Name) and expr.id == name)
            or (isinstance(expr, lower.Closure) and name in expr.reads)
        ]
        if isinstance(statement, (lower.Define, lower.Strange)) and name in statement.reads:
            return None  # it reads them whenever it is run
        if not reads:
            continue
        flags.add(_flag(code, statement, parameters, assigned))
    if not flags:
        return (None,)
    return (flags.pop(),) if len(flags) == 1 and None not in flags else None


def _flag(code: Code, inner: lower.Stmt, parameters: set[str], assigned: frozenset[str]) -> str | None:
    """The parameter that must be true for a statement to run."""

    def search(statements: tuple[lower.Stmt, ...], flag: str | None) -> str | None:
        for statement in statements:
            if statement is inner:
                return flag
            if isinstance(statement, lower.Branch):
                test = statement.test
                own = test.id if isinstance(test, lower.Name) and test.id in parameters - assigned else None
                found = search(statement.body, own or flag) or search(statement.orelse, flag)
            elif isinstance(statement, (lower.Loop, lower.Within, lower.Attempt)):
                found = search(statement.body, flag)
            else:
                found = None
            if found is not None:
                return found
        return None

    return search(code.function.body, None)


def rewritten(code: Code, found: list[Unasked]) -> str:
    """The method with its calls led to `_attn`."""
    edits: dict[cst.CSTNode, object] = {}
    for item in found:
        node = item.call.node
        assert isinstance(node, cst.Call)
        wanted = [cst.Arg(cst.parse_expression(item.wanted), keyword=cst.Name("weights"))] if item.wanted else []
        kept = [arg for arg in node.args if arg.keyword is None or arg.keyword.value != "need_weights"]
        args = [cst.Arg(node.func), *kept, *wanted]
        text = [one_line(a.value) if a.keyword is None else f"{a.keyword.value}={one_line(a.value)}" for a in args]
        edits[node] = cst.parse_expression(f"self._attn({', '.join(text)})")
    tree = code.tree.visit(Edits(edits))
    assert isinstance(tree, cst.FunctionDef)
    tree = tree.visit(Layout(INDENT))
    assert isinstance(tree, cst.FunctionDef)
    return cst.Module([tree]).code.strip("\n") + "\n"


def attn_method(name: str) -> str:
    """`_attn` of a class that calls `nn.MultiheadAttention`, or its function."""
    lines = [
        f"def {name}(self, attention, *args, weights=False, **kwargs):",
        '    """`attention(...)`, an `nn.MultiheadAttention`, through SDPA where it need not return its weights."""',
        "    if weights:",
        "        return attention(*args, **kwargs)",
        "    return multihead_attention(self, attention, *args, **kwargs)",
    ]
    return "\n".join(lines) + "\n"
