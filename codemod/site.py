"""One site's chain into statements on `bias`, `scale`, `factor` and `shape`, and the call that takes them.

Each statement that redefined the scores becomes the matching statement; the product disappears, the softmax
disappears, and the product with V becomes the call. Because the chain is affine this is always exact:
scores = scale * query @ key.T + bias at any point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

from . import lower
from .grouped import repeated
from .hierarchy import render
from .interpret import Frame
from .ir import Stage
from .lower import Expr
from .scope import Edits, at_entry, one_line, parenthesised
from .values import (
    SWALLOWING,
    Loss,
    Opaque,
    Path,
    Probs,
    Product,
    Read,
    Record,
    RowShift,
    Scores,
    Step,
    Use,
    Value,
    leading,
    numeric,
)
from .wording import (
    INDENT,
    arrangement,
    attn_block,
    is_product,
    is_shape_test,
    is_simple,
    layout_call,
    layout_choice,
    negated,
    parenthesised_test,
    parse,
)

if TYPE_CHECKING:
    from .rewrite import Rewriter


class Unwritable(Exception):  # noqa: N818  # a verdict on a site, caught in this package, not an error
    """The site is understood but cannot be written here; carries why."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.message)
        self.loss = loss


@dataclass(frozen=True)
class Request:
    """How the probabilities leave: `stage` of the tensor, `asked` the expression that asks for it (None: the module
    cannot see the request)."""

    stage: Stage
    asked: str | None
    also: str = ""
    """A flag under which they are read besides."""


@dataclass
class State:
    """What is known of the emitted variables at one point."""

    bias: str = "none"
    scale: str = "one"
    factor: str = "none"
    sink: str = "none"
    filled: str = "none"
    viewed: bool = False

    def copy(self) -> State:
        return replace(self)


@dataclass
class Names:
    """Fresh names of one site."""

    bias: str
    scale: str
    query: str
    key: str
    factor: str
    sink: str
    filled: str
    shape: str
    weights: str
    output: str
    dropout: str


@dataclass(frozen=True)
class Grouped:
    """Key and value before their heads are repeated: `repeats` are the statements that did it, `groups` how often,
    `repeated_value` the name of the value after it."""

    key: str
    value: str
    repeated_value: str
    groups: str
    repeats: tuple[lower.Stmt, ...]


@dataclass
class Written:
    """A rewritten method: `runtime` is what it takes from `_runtime`, `keywords` the extra keywords of `_attn` it
    needs; `calls` whether it calls `self._attn`."""

    text: str
    runtime: set[str] = field(default_factory=set)
    keywords: set[str] = field(default_factory=set)
    requests: dict[Product, Request] = field(default_factory=dict)


class Site:
    """Writes one product's chain."""

    def __init__(self, rewriter: Rewriter, product: Product) -> None:
        self.rewriter = rewriter
        self.machine = rewriter.machine
        self.frame = rewriter.frame
        self.product = product
        assert product.softmax is not None
        assert product.context is not None
        assert product.final is not None
        self.context = product.context
        self.dropped: set[lower.Stmt] = set()
        self.grouped: Grouped | None = None
        self.kept: set[lower.Stmt] = set()
        """Of these, the ones that stay: they make what is also another product's bias."""
        self.served: set[Expr] = set()
        """Reads of the scores that kept statements serve."""
        self.indent = 0
        fresh = rewriter.fresh
        self.names = Names("", "", "", "", "", "", "", "", "", "", "")
        self.init_bias = self.init_scale = self.init_factor = self.init_sink = self.init_filled = False
        self.views = [s for s in product.steps if s.kind == "view"]
        self._find_dropped()
        self.straight = product.key_axis == "r" and not any(s.kind == "permute" for s in product.steps)
        """Whether the scores have the order of axes of `query @ key.T` from the product to the softmax."""
        self.request = self._request()
        rewriter.written.requests[product] = self.request
        self.names.bias = fresh("bias")
        self.names.scale = fresh("scale")
        self.names.sink = fresh("sink") if any(s.kind == "sink" for s in product.steps) else ""
        self.names.factor = fresh("factor") if any(s.kind in ("factor", "zero") for s in product.steps) else ""
        self.names.filled = fresh("filled") if any(self._weakly_filled(s) for s in product.steps) else ""
        dropouts = [s for s in product.steps if s.kind == "dropout"]
        if len(dropouts) > 1 or any(s.conditions or self._conditional(s) for s in dropouts):
            self.names.dropout = fresh("dropout_p")
        self.names.shape = fresh("shape") if self.views else ""

    # --- what is used outside -----------------------------------------------------------------------------------

    def _request(self) -> Request:
        """How the probabilities leave. Uses that cannot be served become guards, or the site cannot be written."""
        stages: set[Stage] = set()
        gates: set[str | None] = set()
        for use in self.product.uses:
            if use.kind == "lost" and self._harmless(use):
                continue
            if use.kind == "term" and self._keep(use):
                continue
            served = use.after_context and use.frame is self.frame and use.kind in ("flow", "escape", "lost")
            if served and (use.kind == "flow" or self._gate(use) is not None):
                stages.add(self._stage(use))
                gates.add(self._gate(use))
                continue
            self._guard(
                use.path,
                use.loss
                or Loss(
                    "ESCAPE",
                    f"the scores or probabilities are used outside the attention: {use.reason}",
                    use.expr,
                    use.frame,
                ),
            )
        for path, loss in self.product.guards:
            self._guard(path, loss)
        if self.product.custom_gradient:
            self.rewriter.guards.append("torch.is_grad_enabled()")
        if not stages:
            return Request("none", None)
        if "scores" in stages and self.kept:
            raise self.rewriter.fail(
                "WEIGHTS", "the scores leave, and are another attention's bias as well", self.context.expr
            )
        if "scores" in stages and None in gates:
            raise self.rewriter.fail(
                "WEIGHTS", "the scores themselves are always returned, so a caller may need them", self.context.expr
            )
        if len(stages) > 1:
            raise self.rewriter.fail(
                "WEIGHTS", "the probabilities leave before and after the dropout", self.context.expr
            )
        known = sorted(g for g in gates if g is not None)
        if None in gates:
            argument = "output_attentions"
            own = any(p.name == argument for p in self.frame.code.function.parameters)
            asked = argument if own and argument not in self.rewriter.body_assigned else None
            return Request(stages.pop(), asked, " or ".join(parenthesised(gate) for gate in known if gate != asked))
        return Request(stages.pop(), " or ".join(parenthesised(g) if len(known) > 1 else g for g in known))

    def _keep(self, use: Use) -> bool:
        """Scores that are also another product's bias: what makes them stays, beside the call that has names of its
        own. False where that is not all the statements up to there do."""
        order = self.rewriter.order
        if use.frame is not self.frame or self.product.frame is not self.frame or self.product.loops:
            return False
        place = order[use.statement]
        if any(in_place(step.expr) for step in self.product.steps if order[step.statement] <= place):
            return False  # a kept name may be another one for what is changed
        pending = [(use.expr, place)]
        while pending:
            root, before = pending.pop()
            for name in lower.below(root):
                if not isinstance(name, lower.Name) or not self._carries(self.machine.facts.get(name, Opaque())):
                    continue
                self.served.add(name)
                for statement in self.dropped - self.kept:
                    if order[statement] < before and name.id in lower.assigned_names((statement,)):
                        self.kept.add(statement)
                        pending += [(expr, order[statement]) for expr in lower.expressions(statement)]
        return True

    def _harmless(self, use: Use) -> bool:
        """A loss on a side branch that a guard already covers is reported through the guard."""
        return any(loss is use.loss for _, loss in self.product.guards)

    def _stage(self, use: Use) -> Stage:
        if isinstance(use.value, Scores):
            if use.value.version != self.product.softmax_version:
                raise self.rewriter.fail("WEIGHTS", "scores leave that are not the softmax's operand", use.expr)
            return "scores"
        final = self.product.final
        assert final is not None
        if use.value.stage == "probabilities" and use.value.factors == final.factors > 0:
            return "weighted"
        if use.value.factors != (final.factors if use.value.stage == "dropped" else 0):
            raise self.rewriter.fail("WEIGHTS", "weights leave between two factors", use.expr)
        return use.value.stage

    def _gate(self, use: Use) -> str | None:
        """A condition under which alone the use happens, in terms that stand at the call."""
        return self._gate_of(use.path)

    def _gate_of(self, path: Path) -> str | None:
        common = {id(test) for test, _, _ in self.context.path}
        for test, polarity, frame in path[::-1]:
            if (
                id(test) in common
                or frame is not self.frame
                or self.machine.chain_values(self.machine.facts.get(test, Opaque()))
            ):
                continue
            text = at_entry(test, frame, self.frame, self.rewriter.body_assigned)
            if text is not None and not is_shape_test(text):
                return text if polarity else negated(text)
        return None

    def _guard(self, path: Path, loss: Loss) -> None:
        """The original method runs wherever `path` may be taken: the conditions that stand at its entry."""
        common = {id(test) for test, _, _ in self.context.path}
        common |= {id(loop.subject) for product, loop in self.machine.repeated if product is self.product}
        path = tuple(entry for entry in path if id(entry[0]) not in common)
        tests: list[str] = []
        said: Path = ()
        for test, polarity, frame in path:
            text = at_entry(test, frame, self.frame, self.rewriter.body_assigned)
            if text is not None:
                tests.append(text if polarity else negated(text))
                said = (*said, (test, polarity, frame))
        if not tests:
            raise Unwritable(loss)
        if all(frame is self.frame for _, _, frame in said):
            # whoever comes there has met every condition that the guard names
            self.rewriter.unreachable(said[-1][0], said[-1][1])
        self.rewriter.guards.append(" and ".join(parenthesised_test(t) for t in tests) if len(tests) > 1 else tests[0])

    # --- driver -------------------------------------------------------------------------------------------------

    def write(self) -> None:
        self._name_operands()
        self.grouped = self._ungrouped()
        self._metadata()
        self._afterwards()
        self._shared()
        taken = set(self.rewriter.taken)
        for _ in range(3):
            before = self.init_bias, self.init_scale, self.init_factor, self.init_sink, self.init_filled
            self._block(self.rewriter.function.body, None, dry=True)
            if before == (self.init_bias, self.init_scale, self.init_factor, self.init_sink, self.init_filled):
                break
        self.rewriter.taken &= taken  # names that only a dry pass made
        self._block(self.rewriter.function.body, None, dry=False)

    def _find_dropped(self) -> None:
        """Statements that do nothing but carry this chain."""
        for statement in self.rewriter.statements:
            if isinstance(statement, lower.Assign):
                value = self.machine.facts.get(statement.value)
                named = all(isinstance(t, lower.Name) for t in statement.targets)
                if value is not None and self._in_chain(value) and named:
                    if self._before_call(statement):
                        self.dropped.add(statement)
                elif (
                    self._stores(statement)
                    or (isinstance(value, RowShift) and value.product is self.product and named)
                    or (self._beside(statement, value) is not None and self._before_call(statement))
                ):
                    self.dropped.add(statement)
            elif isinstance(statement, lower.AugAssign):
                value = self.machine.facts.get(statement.target)
                if value is not None and self._in_chain(value) and self._before_call(statement):
                    self.dropped.add(statement)
            elif isinstance(statement, lower.Evaluate):
                value = self.machine.facts.get(statement.value)
                if value is not None and self._in_chain(value) and self._before_call(statement):
                    self.dropped.add(statement)

    def _stores(self, statement: lower.Assign) -> bool:
        """Whether a statement does nothing but store a constant in the scores."""
        stored = any(s.kind == "store" and s.statement is statement for s in self.product.steps)
        return stored and len(statement.targets) == 1

    def _beside(self, statement: lower.Assign, value: Value | None) -> list[str] | None:
        """`scores, other = helper(scores)`: what binds the other names, where all of these are known constants."""
        target = statement.targets[0]
        if len(statement.targets) != 1 or not isinstance(target, lower.Display) or not isinstance(value, Record):
            return None
        pairs = list(zip(target.items, value.items, strict=False))
        names = [item.id for item, _ in pairs if isinstance(item, lower.Name)]
        if not isinstance(statement.value, lower.Call) or not len(names) == len(target.items) == len(value.items):
            return None
        if not any(self._in_chain(part) for _, part in pairs) or len(set(names)) != len(names):
            return None
        lines: list[str] = []
        for name, (_, part) in zip(names, pairs, strict=True):
            if self._in_chain(part):
                continue
            if not isinstance(part, Opaque) or (part.kind != "none" and not isinstance(part.constant, (bool, str))):
                return None
            lines.append(f"{name} = {part.constant!r}")
        return lines

    def _before_call(self, statement: lower.Stmt) -> bool:
        call = self.context.statement
        return self.rewriter.order[statement] <= self.rewriter.order[call]

    def _in_chain(self, value: Value) -> bool:
        return isinstance(value, (Scores, Probs)) and value.product is self.product

    def _stable(self, expr: Expr, since: object = None) -> bool:
        """Whether a name still means at the call what it meant at a statement, the product's if none is given."""
        if not isinstance(expr, lower.Name):
            return False
        order = self.rewriter.order
        start, end = order[since or self.product.statement], order[self.context.statement]
        for statement in self.rewriter.statements[start : end + 1]:
            if statement in self.dropped - self.kept:
                continue
            if statement is self.context.statement and isinstance(statement, lower.Assign):
                continue
            single = (replace_blocks(statement),)
            if expr.id in lower.assigned_names(single):
                return False
        return True

    def _name_operands(self) -> None:
        product = self.product
        left_first = product.key_axis == "r"
        row, column = _own_letters(product)
        lead = self._lead_letters(product.out_labels, row, column)
        if (
            product.softmax_axes
            and "..." not in product.softmax_axes
            and all(a.startswith("#") and a[1:].isalpha() for a in product.softmax_axes if a not in ("l", "r"))
        ):
            lead = [a[1:] for a in product.softmax_axes if a not in ("l", "r")]
        contracted = next(
            x for x in product.left_labels if x.isalpha() and x in product.right_labels and x not in product.out_labels
        )
        sides = [
            (product.left, product.left_labels, row),
            (product.right, product.right_labels, column),
        ]
        if not left_first:
            sides.reverse()
        self.prepare: list[str] = []
        found: list[str] = []
        for (expr, labels, letter), default in zip(sides, ("query", "key"), strict=True):
            source, dims = expr, arrangement(labels, [*lead, letter, contracted])
            axes = len(labels) if "..." not in labels else 4 if self.rewriter.interface else None
            inner = peeled(expr, axes) if dims == ".transpose(-1, -2)" else None
            if inner is not None:
                source, dims = inner, ""
            if not dims and product.frame is self.frame and isinstance(source, lower.Name) and self._stable(source):
                found.append(source.id)
                continue
            text = self._operand_text(source, product.frame)
            text = f"{parenthesised(text)}{dims}" if dims else text
            name = self.rewriter.fresh(
                default if default not in self.rewriter.taken else f"{default}s" if default == "key" else "queries"
            )
            self.prepare.append(f"{name} = {text}")
            found.append(name)
        self.names.query, self.names.key = found

    def _ungrouped(self) -> Grouped | None:
        """Key and value as they were before each of their heads was repeated, where nothing else reads the copies."""
        product, rewriter = self.product, self.rewriter
        value = self.context.operand
        alone = len(rewriter.products) == 1 and product.frame is self.frame and self.context.frame is self.frame
        if not alone or self.views or self._prepared(self.names.key) or not isinstance(value, lower.Name):
            return None
        if any(read.value.product is product for read in self.machine.reads):
            return None
        first, second = self._repeat(self.names.key), self._repeat(value.id)
        if first is None or second is None or first[1] != second[1] or first[2] is second[2]:
            return None
        start, end = sorted(rewriter.order[s] for s in (first[2], second[2]))
        stop = rewriter.order[product.statement]
        repeats = (first[2], second[2])
        if end >= stop or any(s not in repeats and s not in self.dropped for s in rewriter.statements[start:stop]):
            return None
        # What the call is given may not change on the way to it.
        for statement in rewriter.statements[stop : rewriter.order[self.context.statement]]:
            if statement in self.dropped or statement in rewriter.gone or statement is product.statement:
                continue
            stored = isinstance(statement, lower.AugAssign) or any(
                not isinstance(target, lower.Name) for target in getattr(statement, "targets", ())
            )
            if stored or any(
                isinstance(i, (lower.Call, lower.Walrus)) for e in lower.expressions(statement) for i in lower.below(e)
            ):
                return None
        return Grouped(first[0], second[0], value.id, first[1], repeats)

    def _prepared(self, name: str) -> bool:
        return any(line.startswith(f"{name} = ") for line in self.prepare)

    def _repeat(self, name: str) -> tuple[str, str, lower.Stmt] | None:
        """What `name` repeats, how often, and its one statement; None where it is read or bound anywhere else."""
        rewriter = self.rewriter
        bound = [s for s in rewriter.statements if name in lower.assigned_names((replace_blocks(s),))]
        if len(bound) != 1 or bound[0] not in self.frame.code.function.body or not isinstance(bound[0], lower.Assign):
            return None
        statement = bound[0]
        assert isinstance(statement, lower.Assign)
        if len(statement.targets) != 1 or not isinstance(statement.targets[0], lower.Name):
            return None
        found = repeated(statement.value, self.machine, self.machine.world)
        if found is None:
            return None
        tensor, times = found
        before = self.machine.facts.get(tensor)
        after = self.machine.facts.get(statement.value)
        # A change of either in place, after the copies were made, must be a change that the analysis has seen.
        if not isinstance(before, Opaque) or not isinstance(after, Opaque) or not before.storages <= after.storages:
            return None
        plain = times.base if isinstance(times, lower.Attribute) else times
        if not isinstance(plain, (lower.Name, lower.Constant)):
            return None
        if isinstance(plain, lower.Name) and plain.id in rewriter.body_assigned:
            return None
        reads = {s: _reads_in(s) for s in rewriter.statements}
        later = [s for s in rewriter.statements if rewriter.order[s] > rewriter.order[statement]]
        source = tensor.id
        if source != name and (source in lower.assigned_names(tuple(later)) or any(source in reads[s] for s in later)):
            return None
        elsewhere = sum(reads[s].count(name) for s in rewriter.statements if s is not statement)
        if elsewhere != 1:
            return None
        return source, one_line(times.node), statement

    def _pure(self, frame: Frame) -> None:
        """Fails where a helper whose steps are said here, and whose text is not, changes something besides."""
        top = self._top(frame)
        for inner, expr, path in self.machine.effects if top is not None else ():
            if self._top(inner) is top and not self._guarded(path):
                raise self.rewriter.fail(
                    "HELPER", "a helper that the scores pass through changes an attribute, or a tensor in place", expr
                )

    def _looped(self, step: Step) -> bool:
        """Whether a step stands in a loop of a helper."""
        loops = {id(loop.subject) for product, loop in self.machine.repeated if product is self.product}
        return any(id(test) in loops and frame is not self.frame for test, _, frame in step.path)

    def _guarded(self, path: Path) -> bool:
        """Whether the original runs wherever a path is taken."""
        taken = {(id(test), polarity) for test, polarity, _ in path}
        here = {id(test) for test, _, _ in self.context.path}
        return any(
            all((id(test), polarity) in taken for test, polarity, _ in guard if id(test) not in here)
            for guard, _ in self.product.guards
        )

    def _operand_text(self, expr: Expr, frame: Frame) -> str:
        self._pure(frame)
        return self.rewriter.say(expr, frame)

    def _lead_letters(self, labels: str, row: str, column: str) -> list[str]:
        return [x for x in labels.replace("...", "") if x not in (row, column)]

    def _metadata(self) -> None:
        """Reads of the scores' shape, dtype and device, in statements that stay."""
        numbered = list(enumerate(self.product.steps))
        places = {inner: index for index, step in reversed(numbered) for inner in self._said((step,))}
        for read in self.machine.reads:
            if read.value.product is not self.product:
                continue
            if isinstance(read.value, Scores) and read.value.views not in (0, self._views_before(read, places)):
                raise self.rewriter.fail(
                    "METADATA", f"the scores' `{read.what}` is read where they are viewed in another shape", read.expr
                )
            if read.frame is not self.frame:
                said = self._metadata_text(read.value, read.what, read.dims, read.expr)
                if said is not None and not read.what.endswith("_as"):
                    self.rewriter.lifted[read.expr.node] = said
                continue
            text = self._metadata_text(read.value, read.what, read.dims, read.expr)
            if text is None:
                if read.statement in self.dropped and read.expr not in self._said():
                    continue
                raise self.rewriter.fail(
                    "METADATA", f"the scores' `{read.what}` is read where it cannot be said without them", read.expr
                )
            self.rewriter.edits[read.expr.node] = cst.parse_expression(text)

    def _afterwards(self) -> None:
        """What is made of the weights behind the call is made where they were asked for, and is None elsewhere."""
        for expr, name, place in self.product.after:
            assert isinstance(place, lower.Stmt)
            text = one_line(self.rewriter._edited(expr.node))
            target = place.targets[0] if isinstance(place, lower.Assign) and place.value is expr else None
            if isinstance(target, lower.Name) and isinstance(place, lower.Assign) and len(place.targets) == 1:
                indent = self.rewriter.depth[place] * INDENT + INDENT
                self._replace(place, layout_choice(target.id, "None", f"{name} is None", text, indent))
            self.rewriter.edits[expr.node] = cst.parse_expression(f"(None if {name} is None else {text})")

    def _shared(self) -> None:
        """What multiplied the product with V by the keys' share beside a sink has gone into the call."""
        shared = self.product.shared
        if shared is None:
            return
        vanishing = {self.context.expr, *lower.below(shared.expr)}
        for expr, value in self.machine.facts.items():
            if value is shared.before and expr not in vanishing:
                raise self.rewriter.fail("SINK", "the product with V is used before the sink has its share", expr)
        if shared.frame is not self.frame:
            raise self.rewriter.fail("HELPER", "a helper gives the sink its share", shared.expr)
        place, operand = shared.statement, shared.context
        target = place.targets[0] if isinstance(place, lower.Assign) and place.value is shared.expr else None
        same = isinstance(target, lower.Name) and isinstance(operand, lower.Name) and target.id == operand.id
        if isinstance(place, lower.Assign) and len(place.targets) == 1 and same:
            self._replace(place, [])
        self.rewriter.edits[shared.expr.node] = operand.node

    def _views_before(self, read: Read, said: Mapping[Expr, int]) -> int:
        """How many views the scores have gone through where what is read of them is said."""
        if read.expr in said:
            return sum(step.kind == "view" for step in self.product.steps[: said[read.expr]])
        order = self.rewriter.order
        place = order.get(read.statement, 0)
        return sum(order.get(step.statement, 0) < place for step in self.views)

    def _said(self, steps: Sequence[Step] | None = None) -> set[Expr]:
        """What the emitted statements say of the source's, or of some of its steps."""
        roots = [self.product.left, self.product.right] if steps is None else []
        for step in self.product.steps if steps is None else steps:
            roots += [e for e in (step.operand, step.value, *step.details) if isinstance(e, Expr)]
            roots += [test for test, _, _ in step.conditions]
        return {inner for root in roots for inner in lower.below(root)}

    def _metadata_text(self, value: Scores | Probs, what: str, dims: tuple[int, ...], expr: Expr) -> str | None:
        query, key = self.names.query, self.names.key
        if what in ("expand_as", "view_as", "reshape_as"):
            assert isinstance(expr, lower.Call)
            assert isinstance(expr.function, lower.Attribute)
            if self.views or not self._straight(value):
                return None
            self.rewriter.written.runtime.add("scores_shape")
            base = one_line(expr.function.base.node)
            return f"{parenthesised(base)}.{what.removesuffix('_as')}(scores_shape({query}, {key}))"
        if what == "like":
            whole_shape = self._metadata_text(value, "shape", (), expr)
            if whole_shape is None:
                return None
            self.rewriter.written.runtime.add("scores_like")
            shape = f", shape={whole_shape}" if whole_shape == self.names.shape else ""
            dtype = ", dtype=torch.float32" if isinstance(value, Scores) and value.upcast else ""
            return f"scores_like({query}, {key}{shape}{dtype})"
        if isinstance(value, Probs) and value.after:
            return None
        if what == "device":
            return f"{query}.device"
        if what == "dtype":
            if isinstance(value, Scores):
                return "torch.float32" if value.upcast else f"{query}.dtype"
            softmax = self.product.softmax
            assert softmax is not None
            if softmax.operand is not None:
                return self.rewriter.say(softmax.operand, softmax.frame)
            return f"{query}.dtype" if not value.views and value.stage == "probabilities" else None
        if what == "size" and len(dims) == 1:
            axis = value.axes[dims[0]] if -2 <= dims[0] < 0 else None
            if axis is None and "..." not in value.axes and 0 <= dims[0] < len(value.axes):
                axis = value.axes[dims[0]]
            query_axis = "l" if self.product.key_axis == "r" else "r"
            if axis == query_axis:
                return f"{query}.size(-2)"
            if axis == self.product.key_axis:
                return f"{key}.size(-2)"
        if what in ("size", "shape") and self._straight(value) and (isinstance(value, Scores) or not value.views):
            self.rewriter.written.runtime.add("scores_shape")
            expected = value.natural if self.views else self.product.softmax_axes
            if leading(value.axes) != leading(expected) and "..." not in value.axes:
                return None
            viewed = value.views if isinstance(value, Scores) else self.views
            whole = self.names.shape if viewed else f"scores_shape({query}, {key})"
            return f"{whole}[{dims[0]}]" if dims else whole
        if what in ("dim", "ndim") and not (isinstance(value, Probs) and value.views):
            viewed = value.views if isinstance(value, Scores) else self.views
            return f"len({self.names.shape})" if viewed else f"{query}.dim()"
        return None

    def _straight(self, value: Scores | Probs) -> bool:
        """Whether a value's axes lie as those of `query @ key.T` do, or as its views say."""
        rows = ("r", "l") if self.product.key_axis == "l" else ("l", "r")
        lead = leading(self.product.softmax_axes)
        if isinstance(value, Scores) and self.views:
            lead = leading(value.axes) if value.views else self.product.leading
        return value.axes[-2:] == rows and leading(value.axes) == lead

    # --- statements ---------------------------------------------------------------------------------------------

    def _block(self, statements: tuple[lower.Stmt, ...], state: State | None, dry: bool) -> State | None:
        """Emit a block from `state` (None: the product is not there yet); the state at its end."""
        for statement in statements:
            if statement in self.rewriter.gone:
                continue
            state = self._statement(statement, state, dry)
        return state

    def _statement(self, statement: lower.Stmt, state: State | None, dry: bool) -> State | None:
        if isinstance(statement, lower.Branch):
            mask = self._optional_mask(statement) if state is not None and state.bias == "none" else None
            if mask is not None and state is not None and (not self.init_bias or dry):
                if not dry:
                    self._replace(statement, [f"{self.names.bias} = {mask}"])
                state.bias = "maybe"
                return state
            first = self._block(statement.body, state.copy() if state else None, dry)
            second = self._block(statement.orelse, state.copy() if state else None, dry)
            if state is None and (first is None) != (second is None):
                return first or second
            if statement.body and statement.body[0] in self.rewriter.gone:
                return second
            if statement.orelse and statement.orelse[0] in self.rewriter.gone:
                return first
            if _leaves(statement.body):
                return second
            if statement.orelse and _leaves(statement.orelse):
                return first
            return self._join(first, second)
        if isinstance(statement, lower.Loop):
            if state is None:
                return self._block(statement.body, state, dry)
            while (joined := self._join(self._block(statement.body, state.copy(), dry=True), state)) != state:
                assert joined is not None
                state = joined
            self._block(statement.body, state.copy(), dry)
            return state
        if isinstance(statement, lower.Within):
            return self._block(statement.body, state, dry)
        if isinstance(statement, lower.Attempt):
            return state
        return self._simple(statement, state, dry)

    def _optional_mask(self, statement: lower.Branch) -> str | None:
        """`if mask is not None: scores = scores + mask` gives the bias as it is."""
        test = statement.test
        if statement.orelse or len(statement.body) != 1 or statement.body[0] not in self.dropped - self.kept:
            return None
        steps = [s for s in self.product.steps if s.statement is statement.body[0]]
        if len(steps) != 1 or steps[0].kind != "add" or steps[0].conditions or steps[0].value is not None:
            return None
        operand = steps[0].operand
        if not isinstance(operand, lower.Name) or steps[0].frame is not self.frame:
            return None
        if not isinstance(test, lower.Compare) or test.ops != ("is not",) or not isinstance(test.left, lower.Name):
            return None
        none = test.rights[0]
        named = test.left.id == operand.id and isinstance(none, lower.Constant) and none.value is None
        return operand.id if named else None

    def _join(self, a: State | None, b: State | None) -> State | None:
        if a is None or b is None:
            return a or b
        joined = State()
        for name in ("bias", "factor", "sink", "filled"):
            one, two = getattr(a, name), getattr(b, name)
            setattr(joined, name, one if one == two else "maybe")
            if one != two:
                setattr(self, f"init_{name}", True)
        joined.scale = "set" if "set" in (a.scale, b.scale) else "one"
        if a.scale != b.scale:
            self.init_scale = True
        joined.viewed = a.viewed or b.viewed
        return joined

    def _delete(self, statement: lower.Delete) -> None:
        """`del` of names that no longer come to be."""
        kept = [t for t in statement.targets if not self._carries(self.machine.facts.get(t, Opaque()))]
        if len(kept) == len(statement.targets):
            return
        text = f"del {', '.join(one_line(t.node) for t in kept)}"
        self.rewriter.edits.pop(statement.node, None)
        self._replace(statement, [text] if kept else [])

    def _simple(self, statement: lower.Stmt, state: State | None, dry: bool) -> State | None:
        lines: list[str] = []
        if isinstance(statement, lower.Delete) and not dry:
            self._delete(statement)
        if self.product.statement is statement:
            state = State()
            lines += self.prepare
            if self.views:
                self.rewriter.written.runtime.add("scores_shape")
                lines.append(f"{self.names.shape} = scores_shape({self.names.query}, {self.names.key})")
            if self.init_bias:
                lines.append(f"{self.names.bias} = None")
            if self.init_scale:
                lines.append(f"{self.names.scale} = 1.0")
                state.scale = "set"
            if self.init_factor:
                lines.append(f"{self.names.factor} = None")
            if self.init_sink:
                lines.append(f"{self.names.sink} = None")
            if self.init_filled:
                lines.append(f"{self.names.filled} = None")
            if self.names.dropout:
                lines.append(f"{self.names.dropout} = 0.0")
        steps = [s for s in self.product.steps if s.statement is statement]
        call: Step | None = None
        if steps and state is None:
            raise self.rewriter.fail("ORDER", "a step of the chain stands before its product", steps[0].expr)
        index = 0
        while index < len(steps):
            step = steps[index]
            if step.kind == "context":
                call = step
                index += 1
                continue
            group = [step]
            while (
                index + len(group) < len(steps)
                and _same(steps[index + len(group)], step)
                and steps[index + len(group)].kind != "context"
            ):
                group.append(steps[index + len(group)])
            index += len(group)
            assert state is not None
            self.indent = self.rewriter.depth[statement] * INDENT + INDENT + (INDENT if step.conditions else 0)
            mapped = self._mapped(steps, index - len(group), state)
            if mapped is not None:
                inner, index = mapped
                lines += inner
                state.bias = "tensor"
                continue
            inner, after = self._group(group, state)
            conditions = list(step.conditions)
            if not conditions:
                lines += inner
                state = after
            elif inner:
                texts = []
                for test, polarity, frame in conditions:
                    text = self.rewriter.say(test, frame)
                    texts.append(text if polarity else negated(text))
                head = " and ".join(parenthesised_test(t) for t in texts) if len(texts) > 1 else texts[0]
                lines.append(f"if {head}:")
                lines += ["    " + line for line in inner]
                joined = self._join(after, state)
                assert joined is not None
                state = joined
            else:
                joined = self._join(after, state)
                assert joined is not None
                state = joined
        if call is not None:
            assert state is not None
            self._call(statement, call, state, lines, dry)
            return state
        if (
            statement in self.dropped
            or lines
            or any(s.statement is statement for s in self.product.steps)
            or self.product.statement is statement
        ):
            if statement not in self.dropped:
                raise self.rewriter.fail(
                    "STATEMENT",
                    "a statement does more than carry the scores",
                    self.product.expr if not steps else steps[0].expr,
                )
            if not dry and statement in self.kept:
                self._with(statement, lines)
            elif not dry:
                if isinstance(statement, lower.Assign):
                    value = self.machine.facts.get(statement.value)
                    lines += self._beside(statement, value) or []
                self._replace(statement, lines)
        return state

    def _with(self, statement: lower.Stmt, lines: list[str]) -> None:
        """New statements before one that stays; they bind fresh names and read what it reads."""
        if not lines:
            return
        if statement.node in self.rewriter.edits:
            raise self.rewriter.fail("STATEMENT", "two attentions share a statement", self.context.expr)
        new = parse("\n".join(lines))

        def both(updated: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
            first = new[0].with_changes(leading_lines=getattr(updated, "leading_lines", ()))
            return cst.FlattenSentinel([first, *new[1:], updated.with_changes(leading_lines=())])

        self.rewriter.edits[statement.node] = both

    def _replace(self, statement: lower.Stmt, lines: list[str], keep: cst.BaseStatement | None = None) -> None:
        nodes = list(parse("\n".join(lines))) if lines else []
        if keep is not None:
            nodes.append(keep)
        old = statement.node
        existing = self.rewriter.edits.get(old)
        if existing is not None and not isinstance(existing, cst.FlattenSentinel):
            raise self.rewriter.fail("STATEMENT", "two attentions share a statement", self.context.expr)
        if not nodes:
            self.rewriter.edits[old] = cst.RemoveFromParent()
            return
        leading = getattr(old, "leading_lines", ())
        nodes[0] = nodes[0].with_changes(leading_lines=leading)
        if keep is not None and len(nodes) > 1:
            nodes[-1] = nodes[-1].with_changes(leading_lines=())
        self.rewriter.edits[old] = cst.FlattenSentinel(nodes)

    def _group(self, steps: list[Step], state: State) -> tuple[list[str], State]:
        """The statements for steps under one condition."""
        state = state.copy()
        lines: list[str] = []
        for step in steps:
            lines += self._step(step, state)
        return lines, state

    def _mapped(self, steps: list[Step], index: int, state: State) -> tuple[list[str], int] | None:
        """A helper that maps scores to scores, with something that only it can say, is called on the bias: its steps
        are additions, fills and views, so it maps scale * A + bias to scale * A + helper(bias)."""
        top = self._top(steps[index].frame)
        if top is None or top.call is None or not isinstance(top.call, lower.Call):
            return None
        end = index
        while end < len(steps) and self._top(steps[end].frame) is top:
            end += 1
        group = steps[index:end]
        try:
            self._group([s for s in group if s.kind != "context"], state)
            for step in group:
                for test, _, frame in step.conditions:
                    self.rewriter.say(test, frame)
            return None
        except Unwritable:
            pass
        kinds = {s.kind for s in group}
        if any(self._weakly_filled(s) for s in group) or (state.filled != "none" and "view" in kinds):
            return None
        if sum(s.kind == "view" for s in group) == 1:
            return None  # what the call takes has another shape then
        result = self.machine.facts.get(top.call)
        mapping = {"add", "sub", "fill", "keep", "store", "view", "same", "cast", "upcast"}
        if not kinds <= mapping or not isinstance(result, Scores):
            return None
        arguments = [a for a in top.call.args if self._in_chain(self.machine.facts.get(a.value, Opaque()))]
        if len(arguments) != 1 or self.product.frame is not self.frame or not self.straight:
            return None
        names, written = self.names, self.rewriter.written
        written.runtime |= {"expand_bias", "scores_shape"}
        bias = names.bias if state.bias != "none" else "None"
        shape = names.shape if state.viewed else f"scores_shape({names.query}, {names.key})"
        start = f"expand_bias({bias}, {shape}, {names.query})"
        self.rewriter.edits[arguments[0].value.node] = cst.parse_expression(start)
        call = self.rewriter._edited(top.call.node)
        del self.rewriter.edits[arguments[0].value.node]
        assert isinstance(call, cst.Call)
        args = [
            cst.Module([])
            .code_for_node(
                a.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace(""))
            )
            .strip()
            for a in call.args
        ]
        function = render(call.func)
        lines = layout_call(f"{names.bias} = ", function, args, "", self.indent)
        if "view" in kinds:
            state.viewed = True
            lines.append(f"{names.shape} = {names.bias}.shape")
        return lines, end

    def _top(self, frame: Frame) -> Frame | None:
        """The frame below this method's own that leads to `frame`."""
        while frame.parent is not None and frame.parent is not self.frame:
            frame = frame.parent
        return frame if frame.parent is self.frame else None

    # --- steps --------------------------------------------------------------------------------------------------

    def _step(self, step: Step, state: State) -> list[str]:
        bias = self.names.bias
        say = self.rewriter.say
        self._pure(step.frame)
        if step.frame is not self.frame and self._looped(step):
            raise self.rewriter.fail("HELPER", "a helper changes the scores in a loop", step.expr)

        def operand() -> str:
            assert step.operand is not None
            return say(step.operand, step.frame)

        if step.kind in ("mul", "div"):
            factor = operand()
            return self._scaled(step.kind, factor, state)
        if step.kind in ("add", "sub", "rsub"):
            lines = self._scaled("mul", "-1.0", state) if step.kind == "rsub" else []
            term = operand()
            if step.value is not None:
                term = f"{parenthesised(say(step.value, step.frame))} * {parenthesised(term)}"
            if step.kind == "sub" and state.bias in ("none", "maybe"):
                negative = f"-{parenthesised(term)}"
            else:
                negative = ""
            sign = "-" if step.kind == "sub" else "+"
            second = parenthesised(term) if sign == "-" or not is_product(term) else term
            if state.bias == "none":
                lines.append(f"{bias} = {negative or term}")
            elif state.bias == "maybe":
                lines.append(
                    f"{bias} = {negative or parenthesised_test(term)} if {bias} is None else {bias} {sign} {second}"
                )
            else:
                lines.append(f"{bias} = {bias} {sign} {second}")
            state.bias = "tensor"
            return lines
        if step.kind in ("fill", "keep"):
            mask = operand()
            assert step.value is not None
            value = say(step.value, step.frame)
            present = {"none": "0.0", "tensor": bias, "maybe": f"0.0 if {bias} is None else {bias}"}[state.bias]
            lines = []
            if self._weakly_filled(step):
                if state.filled == "none" and step.kind == "fill":
                    lines, mask = self._filled(mask, state), self.names.filled
                else:
                    mask = self._named("masked" if step.kind == "fill" else "kept", mask, lines)
                    lines += self._filled(mask if step.kind == "fill" else f"~{parenthesised(mask)}", state)
            args = [mask, value, present] if step.kind == "fill" else [mask, present, value]
            state.bias = "tensor"
            return [*lines, *layout_call(f"{bias} = ", "torch.where", args, "", self.indent)]
        if step.kind == "masked":
            lines = []
            mask = self._named("kept", operand(), lines)
            lines += self._filled(f"{parenthesised(mask)} == 0", state)
            if state.bias == "tensor":
                lines.append(f"{bias} = {bias} * {parenthesised(mask)}")
            elif state.bias == "maybe":
                lines.append(f"{bias} = None if {bias} is None else {bias} * {parenthesised(mask)}")
            return lines
        if step.kind == "store":
            return self._stored(step, state)
        if step.kind == "upcast":
            if state.bias == "none":
                return []
            self.rewriter.written.runtime.add("upcast")
            return [f"{bias} = upcast({bias})"]
        if step.kind == "clamp":
            if state.bias == "none":
                return []
            self.rewriter.written.runtime.add("at_least")
            return [f"{bias} = at_least({bias}, {operand()})"]
        if step.kind == "view":
            self.rewriter.written.runtime.add("view_bias")
            state.viewed = True
            sizes = [say(e, step.frame) for e in step.details if isinstance(e, Expr)]
            text = f"({', '.join(sizes)})" if len(sizes) > 1 else sizes[0]
            lines = []
            if state.filled != "none":
                args = [self.names.filled, self.names.shape, text]
                lines = layout_call(f"{self.names.filled}, _ = ", "view_bias", args, "", self.indent)
            if state.scale == "set" and any(s.scale_kind == "row" for s in self.product.steps):
                args = [self.names.scale, self.names.shape, text]
                lines += layout_call(f"{self.names.scale}, _ = ", "view_bias", args, "", self.indent)
            before, target = ("None", "_") if state.bias == "none" else (bias, bias)
            args = [before, self.names.shape, text]
            return [*lines, *layout_call(f"{target}, {self.names.shape} = ", "view_bias", args, "", self.indent)]
        if step.kind == "permute":
            if state.bias == "none":
                return []
            self.rewriter.written.runtime.add("arrange")
            size = len(step.details)
            order = [int(str(d)) - size for d in step.details]
            kept = next((i for i, place in enumerate(order) if place != i - size), size)
            order = order[kept:]  # an axis that stays may stand for none
            changed = [bias] if state.filled == "none" else [bias, self.names.filled]
            return [f"{name} = arrange({name}, {tuple(order)})" for name in changed] if order else []
        if step.kind == "dropout" and self.names.dropout:
            return [f"{self.names.dropout} = {self._dropout(step)}"]
        if step.kind == "sink":
            state.sink = "tensor"
            if step.details and not step.details[1]:
                return [f"{self.names.sink} = {parenthesised(operand())}.unsqueeze(-1)"]
            if step.operand is not None and not self._conditional(step) and self._stable(step.operand, step.statement):
                self.names.sink = operand()
                return []
            return [f"{self.names.sink} = {operand()}"]
        if step.kind in ("factor", "zero"):
            factor = operand()
            if step.kind == "zero":
                factor = f"(~{parenthesised(factor)}).any(dim=-1, keepdim=True)"
            name = self.names.factor
            self.rewriter.written.keywords.add("factor")
            current = state.factor
            state.factor = "tensor"
            if current == "none":
                return [f"{name} = {factor}"]
            if current == "maybe":
                return [
                    f"{name} = {parenthesised_test(factor)} if {name} is None else {name} * {parenthesised(factor)}"
                ]
            return [f"{name} = {name} * {parenthesised(factor)}"]
        return []

    def _weakly_filled(self, step: Step) -> bool:
        """Whether a step puts a constant in the place of scores that would still count beside it: where nothing else
        is left of a row, eager's weights there do not depend on the product."""
        if step.kind == "masked":
            return True
        if step.kind not in ("fill", "keep") or step.value is None:
            return False
        constant = numeric(self.machine.facts.get(step.value, Opaque()))
        return constant is None or constant > SWALLOWING

    def _named(self, stem: str, text: str, lines: list[str]) -> str:
        """`text` as something that can be said twice: a name for it, unless it is simple."""
        if is_simple(text):
            return text
        name = self.rewriter.fresh(stem)
        lines.append(f"{name} = {text}")
        return name

    def _filled(self, mask: str, state: State) -> list[str]:
        """Where the source has replaced the scores so far."""
        name = self.names.filled
        self.rewriter.written.keywords.add("filled")
        before, state.filled = state.filled, "tensor"
        if before == "none":
            return [f"{name} = {mask}"]
        if before == "maybe":
            return [f"{name} = {parenthesised_test(mask)} if {name} is None else {name} | {parenthesised(mask)}"]
        return [f"{name} = {name} | {parenthesised(mask)}"]

    def _stored(self, step: Step, state: State) -> list[str]:
        """`scores[index] = constant`: the bias in full, and the constant in it."""
        axes, natural, views = step.details
        assert isinstance(axes, tuple)
        assert isinstance(natural, tuple)
        assert isinstance(step.operand, lower.Subscript)
        assert step.value is not None
        if step.frame is not self.frame or self.product.key_axis != "r":
            raise self.rewriter.fail("HELPER", "part of the scores is overwritten in a helper", step.expr)
        constant = numeric(self.machine.facts.get(step.value, Opaque()))
        if constant is None or constant > SWALLOWING:
            raise self.rewriter.fail(
                "INPLACE", "part of the scores is overwritten by what is not very negative", step.expr
            )
        base = natural if views or self.views else (*leading(self.product.softmax_axes), "l", "r")
        if axes != base and ("..." in axes or sorted(axes) != sorted(base)):
            raise self.rewriter.fail(
                "INPLACE", "part of the scores is overwritten while their axes are moved", step.expr
            )
        names, written = self.names, self.rewriter.written
        written.runtime |= {"expand_bias", "scores_shape"}
        shape = names.shape or f"scores_shape({names.query}, {names.key})"
        if axes != base:
            shape = f"[{shape}[place] for place in {tuple(base.index(axis) for axis in axes)}]"
        bias = names.bias if state.bias != "none" else "None"
        state.bias = "tensor"
        target = self.rewriter._edited(step.operand.node)
        assert isinstance(target, cst.Subscript)
        place = one_line(target.with_changes(value=cst.Name(names.bias)))
        value = self.rewriter.say(step.value, step.frame)
        return [
            *layout_call(f"{names.bias} = ", "expand_bias", [bias, shape, names.query], "", self.indent),
            f"{place} = {value}",
        ]

    def _scaled(self, kind: str, factor: str, state: State) -> list[str]:
        bias, scale = self.names.bias, self.names.scale
        lines: list[str] = []
        op = "*" if kind == "mul" else "/"
        wrapped = parenthesised(factor)
        if state.bias != "none" and not is_simple(factor):
            name = self.rewriter.fresh("step_scale")
            lines.append(f"{name} = {factor}")
            factor = wrapped = name
        if state.scale == "one":
            lines.append(f"{scale} = {factor}" if kind == "mul" else f"{scale} = 1.0 / {wrapped}")
        else:
            lines.append(f"{scale} = {scale} {op} {wrapped}")
        state.scale = "set"
        if state.bias == "tensor":
            lines.append(f"{bias} = {bias} {op} {wrapped}")
        elif state.bias == "maybe":
            lines.append(f"{bias} = None if {bias} is None else {bias} {op} {wrapped}")
        return lines

    # --- the call -----------------------------------------------------------------------------------------------

    def _call(self, statement: lower.Stmt, step: Step, state: State, lines: list[str], dry: bool) -> None:
        place = self.rewriter.calls.get(self.product, step.expr)
        self._pure(step.frame)
        if step.frame is not self.frame and place is step.expr:
            raise self.rewriter.fail("HELPER", "the product with V is in a helper", step.expr)
        if step.conditions:
            raise self.rewriter.fail(
                "STATEMENT", "the product with V stands under a condition inside a statement", step.expr
            )
        if dry:
            return
        probs_labels, value_labels, out, _, final = step.details
        assert isinstance(probs_labels, str)
        assert isinstance(value_labels, str)
        assert isinstance(out, str)
        assert step.operand is not None
        assert isinstance(final, Probs)
        value, back = self._layout(probs_labels, value_labels, out, final, step)
        direct = self._direct_target(statement, place) if not back else None
        weights_names = self._weights_names(statement)
        whole = next(
            (n for n, v in weights_names if not _optional(v) and not (isinstance(v, Probs) and v.views)), None
        )
        if weights_names and whole is None:
            whole = self.rewriter.fresh("attn_weights")
        output = direct or self.rewriter.fresh("attn_output")
        args = self._arguments(state, value)
        if self.grouped is not None and value == self.grouped.repeated_value:
            args[1:3] = self.grouped.key, self.grouped.value
            args.append(f"groups={self.grouped.groups}")
            self.rewriter.written.keywords.add("groups")
            for repeat in self.grouped.repeats:
                self._replace(repeat, [])
        indent = self.rewriter.depth[statement] * INDENT + INDENT
        if self.rewriter.attn is not None:
            lines += layout_call(f"{output}, {whole or '_'} = ", f"self.{self.rewriter.attn}", args, "", indent)
        else:
            lines += self._inline(output, whole or "_", args, indent)
        if self.product.overwritten:
            lines.append(f"{output} = {output}.clone()")  # SDPA keeps its result for the gradient
        for name, live in weights_names:
            if name == whole:
                continue
            assert whole is not None
            text = self._replayed(whole, live)
            test = f"{whole} is None"
            if _optional(live):
                asked = self._gate_of(live.when) if isinstance(live, (Scores, Probs)) else None
                asked = asked or self.request.asked
                if asked is None:
                    raise self.rewriter.fail(
                        "WEIGHTS", "weights are kept under a condition that is not known here", step.expr
                    )
                test = f"{test} or {parenthesised_test(negated(asked))}" if text != whole else negated(asked)
            elif text == whole:
                lines.append(f"{name} = {whole}")
                continue
            lines += layout_choice(name, "None", test, text, indent)
        self._check_leftovers(statement, {name for name, _ in weights_names})
        if direct is not None:
            self._replace(statement, lines)
            return
        self.rewriter.edits[place.node] = cst.parse_expression(f"{output}{back}")
        kept = statement.node.visit(Edits(self.rewriter.edits))
        if not isinstance(kept, cst.BaseStatement):
            raise self.rewriter.fail("STATEMENT", "two attentions share a statement", step.expr)
        self._replace(statement, lines, kept)

    def _check_leftovers(self, call: lower.Stmt, rebuilt: set[str]) -> None:
        """No statement that stays may read scores or probabilities that are gone."""
        bound = {i.id for s in self.rewriter.statements for i in self._made(s)}
        for expr, name, _ in self.product.after:
            if name not in rebuilt | bound:
                raise self.rewriter.fail("LEFTOVER", f"`{name}` is read where the scores are no longer made", expr)
        for statement in self.rewriter.statements:
            if statement in self.dropped or statement in self.rewriter.gone or statement is call:
                continue
            if isinstance(statement, lower.Delete):
                continue
            after = self.rewriter.order[statement] > self.rewriter.order[call]
            for root in lower.expressions(statement):
                for expr in self._outside_edits(root):
                    value = self.machine.facts.get(expr)
                    if not isinstance(expr, lower.Name) or value is None or not self._carries(value):
                        continue
                    if expr in self.served or (isinstance(statement, lower.Assign) and expr in statement.targets):
                        continue
                    if isinstance(value, Probs) and value.after and after:
                        continue
                    if not after or expr.id not in rebuilt:
                        raise self.rewriter.fail(
                            "LEFTOVER", f"`{expr.id}` is read where the scores are no longer made", expr
                        )

    def _made(self, statement: lower.Stmt) -> Iterator[lower.Name]:
        """Names that a statement binds to what is made of the weights behind the call."""
        if isinstance(statement, lower.Assign):
            value = self.machine.facts.get(statement.value)
            if isinstance(value, Probs) and value.product is self.product and value.after:
                yield from (t for t in statement.targets if isinstance(t, lower.Name))

    def _carries(self, value: Value) -> bool:
        return self._in_chain(value) or (isinstance(value, RowShift) and value.product is self.product)

    def _outside_edits(self, root: Expr) -> Iterator[Expr]:
        if root.node in self.rewriter.edits:
            return
        yield root
        for child in root.children():
            yield from self._outside_edits(child)

    def _direct_target(self, statement: lower.Stmt, expr: Expr) -> str | None:
        if isinstance(statement, lower.Assign) and statement.value is expr and len(statement.targets) == 1:
            target = statement.targets[0]
            return target.id if isinstance(target, lower.Name) else None
        return None

    def _layout(self, probs_labels: str, value_labels: str, out: str, final: Probs, step: Step) -> tuple[str, str]:
        """V's text in (lead, key, dim) order, and what brings (lead, query, dim) to the result's order."""
        assert step.operand is not None
        key_axis = self.product.key_axis
        letters = list(probs_labels.replace("...", ""))
        axes = list(final.axes)
        named = dict(zip(letters[::-1], axes[::-1], strict=False))
        key = next(x for x in letters if named.get(x) == key_axis)
        query = next(x for x in letters if named.get(x) == ("l" if key_axis == "r" else "r"))
        lead = [x for x in letters if x not in (key, query)]
        dim = next(x for x in value_labels.replace("...", "") if x not in letters)
        text = self.rewriter.say(step.operand, step.frame)
        changed = arrangement(value_labels, [*lead, key, dim])
        inner = peeled(step.operand) if changed == ".transpose(-1, -2)" else None
        if inner is not None:
            text = self.rewriter.say(inner, step.frame)
        elif changed:
            text = f"{parenthesised(text)}{changed}"
        dots = "..." if "..." in out else ""
        return text, arrangement(dots + "".join([*lead, query, dim]), list(out.replace("...", "")))

    def _arguments(self, state: State, value: str) -> list[str]:
        names = self.names
        softmax = self.product.softmax
        assert softmax is not None
        bias = names.bias if state.bias != "none" else "None"
        filled = names.filled
        axes = self.product.softmax_axes
        query_axis = "l" if self.product.key_axis == "r" else "r"
        wanted = self._call_axes(query_axis)
        if state.bias != "none" and axes != wanted:
            self.rewriter.written.runtime.add("arrange")
            order = tuple(axes.index(a) - len(axes) for a in wanted if a != "...")
            bias, filled = f"arrange({bias}, {order})", f"arrange({filled}, {order})"
        if axes != wanted and self.request.stage != "none":
            raise self.rewriter.fail(
                "WEIGHTS", "weights leave in an order of axes that is not (query, key)", softmax.expr
            )
        args = [names.query, names.key, value, bias, names.scale if state.scale == "set" else "1.0"]
        if (dropout := self._dropout_step()) is not None:
            args.append(f"dropout_p={self.names.dropout or self._dropout(dropout)}")
        if softmax.operand is not None and not isinstance(self.machine.facts.get(softmax.operand), Opaque):
            args.append(f"softmax_dtype={self.rewriter.say(softmax.operand, softmax.frame)}")
            self.rewriter.written.keywords.add("softmax_dtype")
        if state.factor != "none":
            args.append(f"factor={names.factor}")
        if state.filled != "none":
            args.append(f"filled={filled}")
        if state.sink != "none":
            args.append(f"sink={names.sink}")
            self.rewriter.written.keywords.add("sink")
        if self.product.shared is not None:
            args.append('sink_on="output"')
            self.rewriter.written.keywords.add("sink_on")
        if state.viewed or self.views:
            args.append(f"shape={names.shape}")
            self.rewriter.written.keywords.add("shape")
        if self.rewriter.interface:
            self.rewriter.written.runtime.add("interface_causal")
            parameters = self.frame.code.function.parameters
            extra = next((p.name for p in parameters if p.star == "**"), "{}")
            args.append(f"causal=interface_causal({parameters[0].name}, {names.query}, {parameters[4].name}, {extra})")
        if self.request.stage not in ("dropped", "none"):
            args.append(f'stage="{self.request.stage}"')
            self.rewriter.written.keywords.add("stage")
        if self.request.stage != "none":
            args.append(f"weights={self._asked()}")
        return args

    def _call_axes(self, query_axis: str) -> tuple[str, ...]:
        """The scores' axes as the call takes them: what is viewed keeps the order of the view."""
        product = self.product
        axes = product.softmax_natural if self.views else product.softmax_axes
        return (*leading(axes), query_axis, product.key_axis)

    def _dropout_step(self) -> Step | None:
        return next((s for s in self.product.steps if s.kind == "dropout"), None)

    def _conditional(self, step: Step) -> bool:
        """Whether a step happens on some paths to the call only."""
        base = self.context.path
        return tuple(id(t) for t, _, _ in step.path) != tuple(id(t) for t, _, _ in base[: len(step.path)])

    def _asked(self) -> str:
        asked = self.request.asked
        if asked is not None and asked != "output_attentions":
            return asked
        self.rewriter.written.runtime.add("weights_requested")
        known = " or ".join(text for text in (asked, self.request.also) if text)
        return f"weights_requested(self, {known})" if known else "weights_requested(self)"

    def _dropout(self, step: Step) -> str:
        assert step.operand is not None or step.details == ("functional",)
        if step.details == ("module",):
            assert step.operand is not None
            module = self.rewriter.say(step.operand, step.frame)
            self.rewriter.written.runtime.add("dropout_probability")
            return f"dropout_probability({module})"
        p = self.rewriter.say(step.operand, step.frame) if step.operand is not None else "0.5"
        if step.value is None:
            return p
        training = self.rewriter.say(step.value, step.frame)
        if isinstance(step.value, lower.Constant):
            return p if step.value.value else "0.0"
        return f"{parenthesised(p)} if {parenthesised(training)} else 0.0"

    def _inline(self, output: str, whole: str, args: list[str], indent: int) -> list[str]:
        """The SDPA call itself, in a method that holds nothing else."""
        return attn_block(output, whole, args, self.rewriter.written.runtime, indent)

    def _weights_names(self, statement: lower.Stmt) -> list[tuple[str, Value]]:
        """Names that hold scores or probabilities at the call and are read after it."""
        end = self.rewriter.order[statement]
        later: set[str] = set()
        for other in self.rewriter.statements[end + 1 :]:
            for expr in lower.expressions(other):
                later.update(i.id for i in lower.below(expr) if isinstance(i, lower.Name))
                for inner in lower.below(expr):
                    if isinstance(inner, lower.Closure):
                        later |= inner.reads
        for expr in lower.expressions(statement):
            later.update(
                i.id for i in lower.below(expr)
                if isinstance(i, lower.Name)
                and not self._inside(i, self.rewriter.calls.get(self.product, self.context.expr))
            )  # fmt: skip
        target = statement.targets[0] if isinstance(statement, lower.Assign) else None
        own = target.id if isinstance(target, lower.Name) else None
        stage = self.request.stage
        found: list[tuple[str, Value]] = []
        for name, value in self.product.live.items():
            if name not in later or name == own:
                continue
            kind = "scores" if isinstance(value, Scores) else value.stage if isinstance(value, Probs) else ""
            assert self.product.final is not None
            if (
                isinstance(value, Probs)
                and kind == "probabilities"
                and value.factors == self.product.final.factors > 0
            ):
                kind = "weighted"
            if kind == stage:
                if isinstance(value, Probs) and value.views is None:
                    raise self.rewriter.fail(
                        "WEIGHTS", "the probabilities that leave differ in shape by branch", self.context.expr
                    )
                found.append((name, value))
        return found

    @staticmethod
    def _inside(expr: Expr, root: Expr) -> bool:
        return any(inner is expr for inner in lower.below(root))

    def _replayed(self, whole: str, value: Value) -> str:
        if not isinstance(value, Probs) or not value.views:
            return whole
        text = whole
        for view in value.views:
            if not isinstance(view, lower.Call) or not isinstance(view.function, lower.Attribute):
                raise self.rewriter.fail(
                    "WEIGHTS", "the returned weights are reshaped in a way that cannot be repeated", view
                )
            args = ", ".join(one_line(self.rewriter._edited(a.value.node)) for a in view.args)
            text = f"{text}.{view.function.name}({args})"
        return text


def _reads_in(statement: lower.Stmt) -> list[str]:
    """Every read of a name in a statement's own line, closures included."""
    found: list[str] = []
    targets = statement.targets if isinstance(statement, lower.Assign) else ()
    for expr in lower.expressions(statement):
        if isinstance(expr, lower.Name) and expr in targets:
            continue
        for inner in lower.below(expr):
            if isinstance(inner, lower.Name):
                found.append(inner.id)
            elif isinstance(inner, lower.Closure):
                found += [*inner.reads, *inner.reads]  # twice: it may run at any time
    if isinstance(statement, (lower.Define, lower.Strange)):
        found += [*statement.reads, *statement.reads]
    return found


def _optional(value: Value) -> bool:
    return isinstance(value, (Scores, Probs)) and value.optional


def _own_letters(product: Product) -> tuple[str, str]:
    left = product.left_labels.replace("...", "")
    right = product.right_labels.replace("...", "")
    return next(x for x in left if x not in right), next(x for x in right if x not in left)


def peeled(expr: Expr, axes: int | None = None) -> Expr | None:
    """`x` where the expression is `x.transpose(-1, -2)` or `x.mT`; `axes` says how many x has, where that is known."""
    if isinstance(expr, lower.Attribute) and expr.name == "mT":
        return expr.base
    if (
        isinstance(expr, lower.Call)
        and isinstance(expr.function, lower.Attribute)
        and expr.function.name in ("transpose", "swapaxes", "swapdims")
    ):
        functional = len(expr.args) == 3
        dims = [_integer(arg.value) for arg in (expr.args[1:] if functional else expr.args)]
        found = sorted(d for d in dims if d is not None)
        last_two = found == [-2, -1] or (axes is not None and found == [axes - 2, axes - 1])
        if last_two and not any(a.keyword or a.star for a in expr.args):
            return expr.args[0].value if functional else expr.function.base
    return None


def _integer(expr: Expr) -> int | None:
    if isinstance(expr, lower.Constant) and isinstance(expr.value, int):
        return expr.value
    if isinstance(expr, lower.Unary) and expr.op == "-":
        inner = _integer(expr.operand)
        return -inner if inner is not None else None
    return None


def in_place(expr: Expr) -> bool:
    """Whether an operation changes the tensor it is applied to."""
    if not isinstance(expr.node, cst.BaseExpression):
        return True  # a statement of its own: an augmented assignment
    name = expr.function.name if isinstance(expr, lower.Call) and isinstance(expr.function, lower.Attribute) else ""
    return name.endswith("_") and not name.endswith("__")


def _same(a: Step, b: Step) -> bool:
    return [(id(t), p) for t, p, _ in a.conditions] == [(id(t), p) for t, p, _ in b.conditions]


def _leaves(statements: tuple[lower.Stmt, ...]) -> bool:
    """Whether control never comes out at the end of a block."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, (lower.Return, lower.Raise, lower.Leave)):
        return True
    return isinstance(last, lower.Branch) and _leaves(last.body) and _leaves(last.orelse)


def replace_blocks(statement: lower.Stmt) -> lower.Stmt:
    """A compound statement without its blocks: what its own line binds."""
    if isinstance(statement, lower.Branch):
        return replace(statement, body=(), orelse=())
    if isinstance(statement, lower.Loop):
        return replace(statement, body=(), orelse=())
    if isinstance(statement, lower.Within):
        return replace(statement, body=())
    if isinstance(statement, lower.Attempt):
        return replace(statement, body=(), others=())
    return statement
