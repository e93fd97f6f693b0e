"""Grouped key and value heads: that a function repeats each head, so that the kernel need not be given the copies.

`repeat(x, n)` makes `(batch, heads * n, length, dim)` of x `(batch, heads, length, dim)`, every head n times in a row.
Its body is followed by what each name stands for; anything else than the steps below is not such a function.
"""

from __future__ import annotations

from . import lower
from .hierarchy import World
from .interpret import Interpreter
from .values import Method, Opaque, Symbol


def repeated(expr: lower.Expr, machine: Interpreter, world: World) -> tuple[lower.Name, lower.Expr] | None:
    """The tensor and the number of times, where `expr` repeats the heads (axis 1 of four) of a named tensor."""
    if not isinstance(expr, lower.Call) or any(a.star for a in expr.args):
        return None
    found = _interleaved(expr, machine)
    if found is None:
        callee = machine.facts.get(expr.function)
        code = world.function_code(callee.path) if isinstance(callee, Symbol) else None
        if code is None or len(expr.args) != 2 or len(code.function.parameters) != 2:
            return None
        given: dict[str, lower.Expr] = {}
        names = [p.name for p in code.function.parameters]
        for name, arg in zip(names, expr.args, strict=True):
            given[arg.keyword or name] = arg.value
        if set(given) != set(names) or not repeats(code.function):
            return None
        found = given[names[0]], given[names[1]]
    tensor, times = found
    return (tensor, times) if isinstance(tensor, lower.Name) else None


def _interleaved(expr: lower.Call, machine: Interpreter) -> tuple[lower.Expr, lower.Expr] | None:
    """`torch.repeat_interleave(x, n, dim=1)`, or as a method of x."""
    callee = machine.facts.get(expr.function)
    args = [a.value for a in expr.args if a.keyword is None]
    if isinstance(callee, Method) and callee.name == "repeat_interleave" and isinstance(callee.base, Opaque):
        assert isinstance(expr.function, lower.Attribute)
        args.insert(0, expr.function.base)
    elif not isinstance(callee, Symbol) or callee.path != "torch.repeat_interleave":
        return None
    given = dict(zip(("input", "repeats", "dim"), args, strict=False))
    given |= {a.keyword: a.value for a in expr.args if a.keyword is not None}
    if set(given) != {"input", "repeats", "dim"} or len(args) > 3:
        return None
    dim = given["dim"]
    return (given["input"], given["repeats"]) if isinstance(dim, lower.Constant) and dim.value == 1 else None


def repeats(function: lower.Function) -> bool:
    """Whether a function of (x, n) repeats each head of x, `(batch, heads, length, dim)`, n times in a row."""
    if function.strange or function.decorators or any(p.star or p.default for p in function.parameters):
        return False
    tensor, times = (p.name for p in function.parameters)
    env: dict[str, object] = {tensor: "given", times: "times"}
    returned = False
    for statement in function.body:
        if returned:
            return False
        if isinstance(statement, lower.Nothing):
            continue
        if isinstance(statement, lower.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], _value(statement.value, env)
            if isinstance(target, lower.Name) and value is not None:
                env[target.id] = value
            elif isinstance(target, lower.Display) and value == "shape" and len(target.items) == 4:
                for axis, item in enumerate(target.items):
                    if not isinstance(item, lower.Name):
                        return False
                    env[item.id] = axis
            else:
                return False
        elif isinstance(statement, lower.Branch) and not statement.orelse:
            # `if n == 1: return x`
            test, body = statement.test, statement.body
            once = (
                isinstance(test, lower.Compare)
                and test.ops == ("==",)
                and _value(test.left, env) == "times"
                and isinstance(test.rights[0], lower.Constant)
                and test.rights[0].value == 1
            )
            if not once or len(body) != 1 or not isinstance(body[0], lower.Return) or body[0].value is None:
                return False
            if _value(body[0].value, env) != "given":
                return False
        elif isinstance(statement, lower.Return) and statement.value is not None:
            if _value(statement.value, env) != "repeated":
                return False
            returned = True
        else:
            return False
    return returned


def _value(expr: lower.Expr, env: dict[str, object]) -> object:
    """What an expression stands for: "given" x, "times" n, "shape" of x, the number of one of its axes, "product" of
    the heads and n, x with a fifth axis ("apart"), that axis n long ("expanded"), "repeated"; None for all else."""
    if isinstance(expr, lower.Name):
        return env.get(expr.id)
    if isinstance(expr, lower.Attribute):
        return "shape" if expr.name == "shape" and _value(expr.base, env) == "given" else None
    if isinstance(expr, lower.Binary):
        sides = [_value(expr.left, env), _value(expr.right, env)]
        return "product" if expr.op == "*" and (sides in ([1, "times"], ["times", 1])) else None
    if isinstance(expr, lower.Subscript):
        return "apart" if _value(expr.base, env) == "given" and _opens_third(expr.indices) else None
    if not isinstance(expr, lower.Call) or not isinstance(expr.function, lower.Attribute):
        return None
    if any(a.star or a.keyword for a in expr.args):
        return None
    base, name = _value(expr.function.base, env), expr.function.name
    args = [_value(a.value, env) for a in expr.args]
    if base == "apart" and name == "expand":
        return "expanded" if args == [0, 1, "times", 2, 3] else None
    if base == "expanded" and name == "reshape":
        return "repeated" if args == [0, "product", 2, 3] else None
    return None


def _opens_third(indices: tuple[lower.Expr, ...]) -> bool:
    """`[:, :, None]`, with or without the two axes after it."""
    if len(indices) not in (3, 5):
        return False
    for place, index in enumerate(indices):
        if place == 2:
            if not isinstance(index, lower.Constant) or index.value is not None:
                return False
        elif not isinstance(index, lower.Slice) or any(part is not None for part in index.parts):
            return False
    return True
