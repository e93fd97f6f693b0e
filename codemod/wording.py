"""How statements are laid out and expressions are negated, ordered and parenthesised: text alone, no meaning."""

from __future__ import annotations

import libcst as cst

from .hierarchy import render
from .scope import one_line, parenthesised

WIDTH = 119
INDENT = 4
FUSED = ("factor", "filled", "emptied", "sink", "shape", "met", "causal", "groups")
"""Keywords that `fuse` and `eager_attention` both take."""
FUSED_ONLY = ("narrow", "weights")
"""Keywords of `fuse` that the eager formula has no use for."""
EAGER_ONLY = ("kept", "sink_on", "stage", "softmax_dtype", "weights_cast")
"""Keywords of `_attn` that the fused kernel has no use for."""


class Layout(cst.CSTTransformer):
    """Breaks statements of one call that an edit made too long, and closes gaps that one left at the start of a
    block."""

    def __init__(self, indent: int) -> None:
        self.indent = indent

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> None:
        self.indent += INDENT

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.BaseSuite:
        self.indent -= INDENT
        return _unspaced(updated_node)

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:
        return False  # there is nothing to change in it: it stays or goes as a whole

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement:
        part = updated_node.body[0]
        text = render(part)
        widest = self.indent + max(map(len, text.splitlines() or [""]))
        if widest <= WIDTH or len(updated_node.body) != 1:
            return updated_node
        value = part.exc if isinstance(part, cst.Raise) else getattr(part, "value", None)
        suffix = ""
        if isinstance(value, cst.Subscript) and isinstance(value.value, cst.Call):
            suffix, value = render(value)[len(render(value.value)) :], value.value
        elif isinstance(value, cst.Attribute) and isinstance(value.value, cst.Call):
            suffix, value = f".{value.attr.value}", value.value
        if not isinstance(value, cst.Call) or not text.endswith(render(value) + suffix):
            return updated_node
        bare = {"comma": cst.MaybeSentinel.DEFAULT, "whitespace_after_arg": cst.SimpleWhitespace("")}
        args = [render(a.with_changes(**bare)).strip() for a in value.args]
        if value.lpar or any("\n" in part for part in (render(value.func), *args)):
            return updated_node  # it has a layout of its own
        before = text[: -len(render(value) + suffix)]
        lines = layout_call(before, render(value.func), args, suffix, self.indent)
        return parse("\n".join(lines))[0].with_changes(leading_lines=updated_node.leading_lines)


def _unspaced(block: cst.IndentedBlock) -> cst.IndentedBlock:
    """Without blank lines before the first statement, where what stood before it is gone."""
    first = block.body[0] if block.body else None
    lines = list(getattr(first, "leading_lines", ()))
    count = next((i for i, line in enumerate(lines) if line.comment is not None), len(lines))
    if first is None or not count:
        return block
    return block.with_changes(body=[first.with_changes(leading_lines=lines[count:]), *block.body[1:]])


def attn_block(output: str, weights: str, args: list[str], runtime: set[str], indent: int) -> list[str]:
    """`output, weights = softmax(scale * query @ key.T + bias) @ value` as statements with the SDPA call."""
    query, key, value, bias, scale = args[:5]
    named = dict(arg.split("=", 1) for arg in args[5:])
    dropout = named.get("dropout_p", "0.0")
    lines: list[str] = []
    if dropout != "0.0":
        if dropout != "dropout_p":
            lines.append(f"dropout_p = {dropout}")
        dropout = "dropout_p"
    if "causal" in named:
        lines.append(f"causal = {named['causal']}")
        named["causal"] = "causal"
    extras = [f"{k}={named[k]}" for k in FUSED if k in named]
    fuse = [query, key, value, bias, scale, dropout, *extras]
    asked = [f"{k}={named[k]}" for k in FUSED_ONLY if k in named]
    lines += layout_call("call = ", "fuse", ["self", *fuse, *asked], "", indent)
    lines.append("if call is None:")
    eager = [*fuse, *(f"{k}={named[k]}" for k in EAGER_ONLY if k in named)]
    lines += [
        "    " + line for line in layout_call(f"{output}, {weights} = ", "eager_attention", eager, "", indent + 4)
    ]
    lines.append("else:")
    runtime |= {"fuse", "eager_attention", "restore"}
    grouped = "groups" in named
    lines += ["    " + line for line in sdpa_lines(f"{output}, {weights} = ", dropout, indent + 4, grouped)]
    return lines


def sdpa_lines(prefix: str, dropout: str, indent: int, grouped: bool = False) -> list[str]:
    """The call of SDPA on a `Call`'s operands, brought back to the site's layout."""
    extra = ["enable_gqa=call.grouped"] if grouped else []
    inner = layout_call(
        "fused = ", "torch.nn.functional.scaled_dot_product_attention",
        ["call.query", "call.key", "call.value", "attn_mask=call.bias", f"dropout_p={dropout}",
         "is_causal=call.is_causal", "scale=call.scale", *extra],
        "", indent,
    )  # fmt: skip
    return [*inner, f"{prefix}restore(fused, call), None"]


def layout_call(prefix: str, function: str, args: list[str], suffix: str, indent: int) -> list[str]:
    """`prefix function(args) suffix` as a formatter would break it at `WIDTH`."""
    one = f"{prefix}{function}({', '.join(args)}){suffix}"
    if indent + len(one) <= WIDTH and "\n" not in one:
        return [one]
    middle = ", ".join(args)
    if indent + INDENT + len(middle) <= WIDTH:
        return [f"{prefix}{function}(", f"    {middle}", f"){suffix}"]
    inside = [f"    {line}" for arg in args for line in layout_value("", arg, ",", indent + INDENT)]
    return [f"{prefix}{function}(", *inside, f"){suffix}"]


def layout_value(prefix: str, text: str, suffix: str, indent: int) -> list[str]:
    """`prefix text suffix` as a formatter would break it, where the text is a call or a tuple."""
    if indent + len(prefix + text + suffix) <= WIDTH:
        return [f"{prefix}{text}{suffix}"]
    name, found, value = text.partition("=")
    if found and name.isidentifier() and not value.startswith("="):
        prefix, text = f"{prefix}{name}=", value
    node = cst.parse_expression(text)
    if isinstance(node, cst.Call):
        parts = [render(arg.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for arg in node.args]
        return layout_call(prefix, render(node.func), parts, suffix, indent)
    if isinstance(node, cst.Tuple) and len(node.lpar) == 1 and len(node.elements) > 1:
        parts = [render(item.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for item in node.elements]
        return layout_call(prefix, "", parts, suffix, indent)
    return [f"{prefix}{text}{suffix}"]


def layout_choice(name: str, body: str, test: str, orelse: str, indent: int) -> list[str]:
    """`name = body if test else orelse` as a formatter would break it."""
    value = f"{body} if {test} else {orelse}"
    if indent + len(f"{name} = {value}") <= WIDTH:
        return [f"{name} = {value}"]
    if indent + INDENT + len(value) <= WIDTH:
        return [f"{name} = (", f"    {value}", ")"]
    parts = (("", body), ("if ", test), ("else ", orelse))
    inside = [f"    {line}" for word, text in parts for line in layout_value(word, text, "", indent + INDENT)]
    return [f"{name} = (", *inside, ")"]


def parse(text: str) -> tuple[cst.BaseStatement, ...]:
    """Statements of a piece of source."""
    return tuple(cst.parse_module(text + "\n").body)


def is_docstring(node: cst.BaseStatement) -> bool:
    """Whether a statement is a string alone."""
    return (
        isinstance(node, cst.SimpleStatementLine)
        and isinstance(node.body[0], cst.Expr)
        and isinstance(node.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )


def negated(text: str) -> str:
    """`not text`, said plainly."""
    node = cst.parse_expression(text)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        return one_line(node.expression)
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        flips = {" is ": " is not ", " is not ": " is ", " == ": " != ", " != ": " == "}
        left, right = render(node.left), render(node.comparisons[0].comparator)
        operator = f" {render(node.comparisons[0].operator)} "
        if operator in flips:
            return f"{left}{flips[operator]}{right}"
    return f"not {parenthesised(text)}"


def is_simple(text: str) -> bool:
    """Whether an expression is a name, an attribute or a number."""
    node = cst.parse_expression(text)
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, (cst.Name, cst.Integer, cst.Float)) or (
        isinstance(node, cst.UnaryOperation) and isinstance(node.expression, (cst.Integer, cst.Float))
    )


def is_shape_test(text: str) -> bool:
    """Whether a test reads a shape."""
    return ".size(" in text or ".shape" in text or ".dim(" in text


def arrangement(labels: str, wanted: list[str]) -> str:
    """`.permute(...)` that brings axes labelled `labels` into the wanted order, "" where they are, and
    `.unsqueeze(...)` for each that is not among them. Behind an ellipsis the last axes are moved by two transpositions
    at most."""
    present = [letter for letter in wanted if letter in labels]
    missing = [-place - 1 for place, letter in enumerate(wanted[::-1]) if letter not in labels]
    return _moved(labels, present) + "".join(f".unsqueeze({place})" for place in missing)


def _moved(labels: str, wanted: list[str]) -> str:
    letters = list(labels.replace("...", ""))
    order = [letters.index(letter) for letter in wanted]
    if order == list(range(len(order))):
        return ""
    size = len(order)
    moves: list[tuple[int, int]] = []
    current = list(range(size))
    for place in range(size):
        if current[place] != order[place]:
            other = current.index(order[place])
            current[place], current[other] = current[other], current[place]
            moves.append((place - size, other - size))
    if len(moves) == 1:
        first, second = moves[0]
        return ".transpose(-1, -2)" if (first, second) == (-2, -1) else f".transpose({first}, {second})"
    if "..." in labels:
        return "".join(f".transpose({first}, {second})" for first, second in moves)
    return f".permute({', '.join(map(str, order))})"
