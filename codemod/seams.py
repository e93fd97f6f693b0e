"""Where the call goes: the `_attn` that a class's methods call, a module-level function as a method, and the caller
that is led to it."""

from __future__ import annotations

import libcst as cst

from . import ir, lower, structure
from .hierarchy import Code, NestedCode, render
from .scope import Edits, Renaming, one_line
from .values import Product
from .wording import EAGER_ONLY, FUSED, FUSED_ONLY, layout_call, sdpa_lines

_EQUAL = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def super_named(text: str, code: Code) -> str:
    """Zero-argument `super()` in copied text, said so that it still means the parent of the class it stood in."""
    return text.replace("super()", f"super({code.owner.name}, self)") if code.owner is not None else text


def attn_method(name: str, keywords: set[str], runtime: set[str]) -> str:
    """`_attn` of a class whose methods call it: the SDPA call, and the eager formula where that is due."""
    params = ["self", "query", "key", "value", "bias", "scale", "dropout_p=0.0"]
    extra = {
        "factor": "factor=None",
        "filled": "filled=None",
        "emptied": "emptied=None",
        "sink": "sink=None",
        "shape": "shape=None",
        "met": "met=None",
        "kept": "kept=None",
        "groups": "groups=1",
        "sink_on": 'sink_on="weights"',
        "stage": 'stage="dropped"',
        "softmax_dtype": "softmax_dtype=None",
        "weights_cast": "weights_cast=True",
        "narrow": "narrow=None",
        "weights": "weights=False",
    }
    params += [text for key, text in extra.items() if key in keywords]
    args = ["query", "key", "value", "bias", "scale", "dropout_p"]
    fused = [f"{k}={k}" for k in FUSED if k in keywords]
    eager = [*args, *fused, *(f"{k}={k}" for k in EAGER_ONLY if k in keywords)]
    lines = layout_call("def ", name, params, ":", 4)
    lines.append(
        '    """`softmax(scale * query @ key.T + bias) @ value` and, where they are asked for, its weights."""'
    )
    asked = [f"{k}={k}" for k in FUSED_ONLY if k in keywords]
    lines += ["    " + line for line in layout_call("call = ", "fuse", ["self", *args, *fused, *asked], "", 8)]
    lines.append("    if call is None:")
    lines += ["        " + line for line in layout_call("return ", "eager_attention", eager, "", 12)]
    lines += ["    " + line for line in sdpa_lines("return ", "dropout_p", 8, "groups" in keywords)]
    runtime |= {"fuse", "eager_attention", "restore"}
    return "\n".join(lines) + "\n"


def as_method(text: str, name: str, receiver: str) -> str:
    """A module-level function as a method: its first parameter, if it is the module, becomes `self`."""
    tree = cst.parse_module(text).body[0]
    assert isinstance(tree, cst.FunctionDef)
    params = tree.params
    if receiver:
        changed = tree.visit(Renaming({receiver: "self"}))
        assert isinstance(changed, cst.FunctionDef)
        tree = changed
        first = tree.params.params[0].with_changes(annotation=None)
        tree = tree.with_changes(params=tree.params.with_changes(params=[first, *tree.params.params[1:]]))
    else:
        tree = tree.with_changes(params=params.with_changes(params=[cst.Param(cst.Name("self")), *params.params]))
    tree = tree.with_changes(name=cst.Name(name), leading_lines=(), decorators=())
    return cst.Module([tree]).code.strip("\n") + "\n"


def captured(function: Code) -> frozenset[str]:
    """Variables of the functions around a nested one that it reads."""
    own: set[str] = set()
    outer = function.outer if isinstance(function, NestedCode) else None
    while outer is not None:
        own |= {p.name for p in outer.function.parameters} | lower.assigned_names(outer.function.body)
        outer = outer.outer if isinstance(outer, NestedCode) else None
    return frozenset(structure.global_names(function.text) & own) if own else frozenset()


def handed_over(function: NestedCode, names: frozenset[str]) -> NestedCode | None:
    """A nested function that is given by keyword what it reads of the variables around it; None where it reads them
    as it is defined."""
    params = function.tree.params
    kwonly = [cst.Param(cst.Name(name)) for name in sorted(names)]
    star = params.star_arg if isinstance(params.star_arg, cst.Param) else cst.ParamStar()
    tree = function.tree.with_changes(
        params=params.with_changes(star_arg=star, kwonly_params=[*params.kwonly_params, *kwonly])
    )
    opened = NestedCode(function.outer, tree)
    return None if captured(opened) & names else opened


def bound_before(code: Code, call: lower.Call) -> frozenset[str]:
    """Names that a method has bound, on every path, where it comes to a call."""
    found = {p.name for p in code.function.parameters}
    for statement in code.function.body:
        if any(call in lower.below(e) for s in lower.walk((statement,)) for e in lower.expressions(s)):
            break
        if isinstance(statement, (lower.Assign, lower.Define)):
            found |= lower.assigned_names((statement,))
        elif isinstance(statement, lower.Delete):
            found -= lower.assigned_names((statement,))
    return frozenset(found)


def own_argument(call: lower.Call, receiver: str) -> int | None:
    """The place among a call's arguments of `self` for the function's first parameter, `receiver`; None where the
    function is given something else, or that cannot be told."""
    for place, argument in enumerate(call.args):
        if argument.star:
            return None
        if argument.keyword == receiver or (argument.keyword is None and place == 0):
            return place if isinstance(argument.value, lower.Name) and argument.value.id == "self" else None
    return None


def route_calls(
    code: Code,
    calls: list[tuple[Product, lower.Call, Code]],
    name: str,
    seam: ir.Seam,
    receiver: str | None,
    handed: frozenset[str] = frozenset(),
) -> str | None:
    """The calling method with its calls of the attention function led to `_attn`, which is also `handed` variables.
    `receiver` is the function's first parameter where that is given `self`."""
    edits: dict[cst.CSTNode, object] = {}
    for _, call, function in calls:
        node = call.node
        assert isinstance(node, cst.Call)
        if seam == "interface":
            if not isinstance(call.function, lower.Name) or receiver is None:
                return None
            continue
        own = own_argument(call, receiver) if receiver is not None else None
        args = [argument for place, argument in enumerate(node.args) if place != own]
        args += [cst.Arg(cst.Name(n), cst.Name(n), equal=_EQUAL) for n in sorted(handed)]
        edits[node] = node.with_changes(func=cst.parse_expression(f"self.{name}"), args=args)
        if not isinstance(call.function, lower.Name):  # an attribute, which may hold another by now
            local = lower.assigned_names(code.function.body) | {p.name for p in code.function.parameters}
            named = own is not None and call.args[own].keyword not in (None, "self")
            if function.owner is not None or isinstance(function, NestedCode) or function.file is not code.file:
                return None
            if named or function.name in local:
                return None
            led = f"{'self' if own is None else 'type(self)'}.{name}"
            kept = render(node.func)
            chosen = cst.parse_expression(f"({led} if {kept} is {function.name} else {kept})")
            edits[node] = node.with_changes(func=chosen)
        choice = _only_for(code, call)
        if choice is not None:
            edits[choice.node] = cst.RemoveFromParent()
    if seam == "interface":
        call = calls[0][1]
        assert isinstance(call.function, lower.Name)
        variable = call.function.id
        last: lower.Stmt | None = None
        inside: set[lower.Stmt] = set()
        for statement in lower.walk(code.function.body):
            if statement in inside:
                continue
            if isinstance(statement, lower.Assign) and any(
                isinstance(t, lower.Name) and t.id == variable for t in statement.targets
            ):
                last = statement
            if isinstance(statement, lower.Branch) and variable in lower.assigned_names((statement,)):
                last = statement
                inside.update(lower.walk((statement,)))  # the choice is made where all its branches have met
        if last is None:
            return None
        new = cst.parse_module(
            f'if implementation_of(self) in ("eager", "sdpa"):\n    {variable} = type(self).{name}\n'
        ).body[0]
        edits[last.node] = cst.FlattenSentinel([last.node, new])
    tree = code.tree.visit(Edits(edits))
    assert isinstance(tree, cst.FunctionDef)
    text = cst.Module([tree]).code.strip("\n") + "\n"
    if code.owner is not None and "super()" in text:
        text = text.replace("super()", f"super({code.owner.name}, self)")
    return text


def _only_for(code: Code, call: lower.Call) -> lower.Assign | None:
    """The statement that names a called function, if nothing but that call reads the name."""
    if not isinstance(call.function, lower.Name):
        return None
    name = call.function.id
    statements = list(lower.walk(code.function.body))
    if any(isinstance(s, (lower.Define, lower.Strange)) and name in s.reads for s in statements):
        return None
    bound = [s for s in code.function.body if isinstance(s, lower.Assign) and name in lower.assigned_names((s,))]
    reads = [
        e
        for s in statements
        for root in lower.expressions(s)
        for e in lower.below(root)
        if (isinstance(e, lower.Name) and e.id == name) or isinstance(e, lower.Closure)
    ]
    if len(bound) != 1 or len(bound[0].targets) != 1 or reads != [bound[0].targets[0], call.function]:
        return None
    line, value = bound[0].node, bound[0].value
    looked_up = isinstance(value, lower.Call) and one_line(value.function.node) == "getattr"
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    return bound[0] if alone and (looked_up or isinstance(value, lower.Name)) else None
