"""What of a chain is used outside of it, and when: the weights that a call returns, and the guards before it."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

from . import lower
from .frames import Frame, always_flows, conjuncts
from .ir import Stage
from .lower import Expr
from .scope import asks_for_none, at_entry, one_line, parenthesised, parenthesised_test
from .values import (
    SWALLOWING,
    Loss,
    Opaque,
    Path,
    Probs,
    Product,
    Record,
    RowShift,
    Scores,
    Step,
    Use,
    Value,
    at_most,
    numeric,
)
from .wording import (
    is_shape_test,
    negated,
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
    always: bool = False
    """Whether they leave whoever asks for them or not."""
    cast: bool = True
    """Whether they have the value's dtype; else they keep the softmax's, and are cast where they meet the value."""


@dataclass
class State:
    """What is known of the emitted variables at one point."""

    bias: str = "none"
    own: bool = True
    """Whether the bias, where there is one, was made by the chain itself, so that it may be changed in place."""
    scale: str = "one"
    factor: str = "none"
    sink: str = "none"
    filled: str = "none"
    wide: bool | None = False
    """Whether the scores were cast to float32 so far; None where that is a matter of branches, or of a dtype."""

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


@dataclass(frozen=True)
class Narrow:
    """Query and key before both were cast to float32: `text` binds them to `name`, before the first of the statements
    that cast them, or at the product where there is none."""

    name: str
    text: str
    cast: lower.Stmt | None


@dataclass
class Written:
    """A rewritten method: `runtime` is what it takes from `_runtime`, `keywords` the extra keywords of `_attn` it
    needs; `calls` whether it calls `self._attn`."""

    text: str
    runtime: set[str] = field(default_factory=set)
    keywords: set[str] = field(default_factory=set)
    requests: dict[Product, Request] = field(default_factory=dict)
    guards: dict[str, Loss] = field(default_factory=dict)
    """Where the original runs, and what of the method cannot be written."""


class Demands:
    """One chain, the statements that do nothing but carry it, and what leaves it."""

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
        self.narrow: Narrow | None = None
        self.kept: set[lower.Stmt] = set()
        """Of these, the ones that stay: they make what is also another product's bias."""
        self.mapped: set[Frame] = set()
        """Helpers that are called on the bias."""
        self.served: set[Expr] = set()
        """Reads of the scores that kept statements serve."""
        self.rebuilt: frozenset[str] = frozenset()
        """Names that hold the weights which the call returns, from there on."""
        self.indent = 0
        fresh = rewriter.fresh
        self.names = Names("", "", "", "", "", "", "", "", "", "", "")
        self.init_bias = self.init_scale = self.init_factor = self.init_sink = self.init_filled = False
        self.views = [s for s in product.steps if s.kind == "view"]
        self.cancelled = frozenset(self._cancelling())
        self._find_dropped()
        self.straight = product.key_axis == "r" and not any(s.kind == "permute" for s in product.steps)
        """Whether the scores have the order of axes of `query @ key.T` from the product to the softmax."""
        self.left: list[Path] = []
        """The conditions of each guard: where they are met the original runs."""
        self.request = self._request()
        rewriter.written.requests[product] = self.request
        self.names.bias = fresh("bias")
        self.names.scale = fresh("scale")
        self.names.sink = fresh("sink") if any(s.kind == "sink" for s in product.steps) else ""
        self.names.factor = fresh("factor") if any(s.kind in ("factor", "zero") for s in product.steps) else ""
        self.weak = any(self._weakly_filled(s) for s in product.steps)
        """Whether what is filled in would still leave something of the product, wherever that is asked for."""
        self.tracks_fills = True
        """Whether it is known where the scores were filled: not behind a helper that is called on the bias."""
        filling = any(s.kind in ("fill", "keep") for s in product.steps)
        self.names.filled = fresh("filled") if self.weak or filling else ""
        dropouts = [s for s in product.steps if s.kind == "dropout"]
        if len(dropouts) > 1 or any(s.conditions or self._conditional(s) or self._early(s) for s in dropouts):
            self.names.dropout = fresh("dropout_p")
        self.names.shape = fresh("shape") if self.views else ""

    def _cancelling(self) -> Iterator[Step]:
        """Divisions that a multiplication takes back exactly, with nothing but a shift between, and the latter."""
        steps = [s for s in self.product.steps if s.kind != "shift"]
        for first, second in itertools.pairwise(steps):
            if (first.kind, second.kind) == ("div", "mul") and not first.conditions and not second.conditions:
                divisor, factor = numeric(first.operand_known), numeric(second.operand_known)
                alone = not (self._conditional(first) or self._conditional(second))
                power = divisor is not None and divisor >= 1.0 and math.frexp(divisor)[0] == 0.5
                if alone and power and divisor == factor:
                    yield from (first, second)

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

    def _carries(self, value: Value) -> bool:
        return self._in_chain(value) or (isinstance(value, RowShift) and value.product is self.product)

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

    def _means_the_same(self, text: str, since: object, until: object) -> bool:
        """Whether what a text names is at a statement what it was at another one before it."""
        start, end = self.rewriter.order[since], self.rewriter.order[until]
        between = (s for s in self.rewriter.statements[start:end] if s not in self.dropped - self.kept)
        bound = lower.assigned_names(tuple(map(replace_blocks, between)))
        inside = list(ast.walk(ast.parse(text, mode="eval")))
        names = {node.id for node in inside if isinstance(node, ast.Name)}
        attributes = {node.attr for node in inside if isinstance(node, ast.Attribute)} - {"dtype"}
        stored = self.machine.altered_attributes | set(self.machine.stores)
        changed = attributes and (attributes | {""}) & stored
        return start <= end and not names & bound and not changed

    def _conditional(self, step: Step) -> bool:
        """Whether a step happens on some paths to the call only."""
        base = self.context.path
        return tuple(id(t) for t, _, _ in step.path) != tuple(id(t) for t, _, _ in base[: len(step.path)])

    def _early(self, step: Step) -> bool:
        """Whether something between a dropout and the call may change how much is dropped."""
        order = self.rewriter.order
        start, end = order[step.statement], order[self.context.statement]
        names = {
            inner.id for part in (step.operand, step.value) if part is not None for inner in lower.below(part)
            if isinstance(inner, lower.Name)
        }  # fmt: skip
        gone = self.dropped | self.rewriter.gone
        between = [s for s in self.rewriter.statements[start + 1 : end] if s not in gone]
        return any(
            isinstance(statement, (lower.AugAssign, lower.Delete, lower.Define, lower.Strange, lower.Attempt))
            or any(not isinstance(target, lower.Name) for target in getattr(statement, "targets", ()))
            or names & lower.assigned_names((replace_blocks(statement),))
            or any(
                isinstance(inner, (lower.Call, lower.Walrus, lower.Closure))
                for expr in lower.expressions(statement) for inner in lower.below(expr)
            )
            for statement in between
        )  # fmt: skip

    def _weakly_filled(self, step: Step) -> bool:
        """Whether a step puts a constant in the place of scores that would still count beside it: where nothing else
        is left of a row, eager's weights there do not depend on the product."""
        if step.kind == "masked":
            return True
        if step.kind not in ("fill", "keep") or step.value is None:
            return False
        constant = at_most(step.value_known)
        return constant is None or constant > SWALLOWING

    def _top(self, frame: Frame) -> Frame | None:
        """The frame below this method's own that leads to `frame`."""
        while frame.parent is not None and frame.parent is not self.frame:
            frame = frame.parent
        return frame if frame.parent is self.frame else None

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

    def _request(self) -> Request:
        """How the probabilities leave. Uses that cannot be served become guards, or the site cannot be written."""
        leaving: list[tuple[Use, Stage, str | None]] = []
        for use in self.product.uses:
            if use.kind == "term" and self._keep(use):
                continue
            served = use.after_context and use.frame is self.frame
            always = served and self._always_flows(use)
            gate = None if always or not served else self._gate(use)
            if always or gate is not None:
                leaving.append((use, self._stage(use), gate))
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
                use.value.when,
            )
        for path, loss in self.product.guards:
            self._guard(path, loss)
        if self.product.custom_gradient:
            self.rewriter.guards.append("torch.is_grad_enabled()")
        if self.product.cast_anew:
            self.rewriter.guards.append('torch.is_autocast_enabled() or torch.is_autocast_enabled("cpu")')
        leaving = self._of_one_stage(leaving)
        stages, gates = {stage for _, stage, _ in leaving}, {gate for _, _, gate in leaving}
        if not stages:
            return Request("none", None)
        cast = self._cast([use for use, _, _ in leaving])
        if not cast and self._weights_recast():
            message = "weights leave in the dtype that the scores were cast to, which the source chooses"
            raise self.rewriter.fail("CAST", message, self.context.expr)
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
            also = " or ".join(parenthesised(gate) for gate in known if gate != asked)
            return Request(stages.pop(), asked, also, always=True, cast=cast)
        gate = " or ".join(parenthesised(g) if len(known) > 1 else g for g in known)
        return Request(stages.pop(), gate, cast=cast)

    def _of_one_stage(self, leaving: list[tuple[Use, Stage, str | None]]) -> list[tuple[Use, Stage, str | None]]:
        """The weights that the call gives, which are one tensor: where others leave under a condition, the original
        runs."""
        always = [stage for _, stage, gate in leaving if gate is None]
        count = {kind: len({gate for _, stage, gate in leaving if stage == kind}) for _, kind, _ in leaving}
        count["scores"] = 0  # made for nobody else
        kept = always[0] if always else max(count, key=lambda stage: count[stage])
        apart = [(use, gate) for use, stage, gate in leaving if stage != kept and gate is not None]
        if not apart or (kept == "scores" and always):
            return leaving
        for use, _ in apart:
            message = "weights of two kinds leave: the scores, or probabilities before and after the dropout"
            self._guard(use.path, Loss("WEIGHTS", message, use.expr, use.frame), use.value.when)
        gone = {gate for _, gate in apart}
        return [entry for entry in leaving if entry[2] not in gone]

    def _always_flows(self, use: Use) -> bool:
        """Whether weights are returned there, and wherever the method returns behind the call."""
        return always_flows(use, self.context.path)

    def _weights_recast(self) -> bool:
        """Whether the softmax takes scores of a dtype that is chosen, and gives it to its probabilities."""
        kinds = [step.kind for step in self.product.steps if step.kind in ("upcast", "cast", "recast")]
        softmax = self.product.softmax
        return kinds[-1:] == ["recast"] and softmax is not None and softmax.operand is None

    def _cast(self, uses: list[Use]) -> bool:
        """Whether all probabilities that leave were cast as those that meet the value were."""
        final = self.product.final
        assert final is not None
        casts = {use.value.casts for use in uses if isinstance(use.value, Probs)}
        if casts <= {final.casts}:
            return True
        if casts != {0} or final.casts is None:
            raise self.rewriter.fail("WEIGHTS", "the probabilities leave before and after a cast", uses[0].expr)
        return False

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
        first: str | None = None
        found: list[str] = []
        for test, polarity, frame in path:
            if (
                id(test) in common
                or frame is not self.frame
                or self.machine.chain_values(self.machine.facts.get(test, Opaque()))
            ):
                continue
            text = self._at_entry(test, frame) or self._at_call(test)
            if text is None or is_shape_test(text):
                continue
            said = text if polarity else negated(text)
            if self._answers(lower.expression(cst.parse_expression(text))):
                found.append(said)
            elif next(e for e, _, _ in path if id(e) not in common) is test:
                first = said
        if found:
            every = dict.fromkeys(found)
            return " and ".join(parenthesised_test(said) if len(every) > 1 else said for said in every)
        return first

    def _answers(self, expr: Expr) -> bool:
        """Whether a test gives an answer even where the conditions around it are not met: it reads flags and settings,
        and asks what is None. Anything else may be an error there, as an attribute of None is."""
        function = self.frame.code.function
        receiver = function.parameters[0].name if self.frame.code.is_method else ""
        if isinstance(expr, lower.Name):
            own = next((p for p in function.parameters if p.name == expr.id), None)
            if own is None or own.is_plain:
                return True
            return isinstance(own.default, lower.Constant) and not own.annotation
        if isinstance(expr, lower.Attribute):
            *deeper, last = attribute_path(expr)
            if isinstance(last, lower.Name) and last.id == receiver:
                return len(deeper) == 1 or str(deeper[-1]).endswith("config")
            if isinstance(last, lower.Name) and set(deeper) <= OF_TENSORS and self._read_anyway(last.id):
                return True
            return isinstance(last, lower.Name) and all(last.id != p.name for p in function.parameters)
        if isinstance(expr, lower.Compare):
            if set(expr.ops) <= {"is", "is not"}:
                sides = (expr.left, *expr.rights)
                return all(isinstance(side, lower.Name) or self._answers(side) for side in sides)
            if set(expr.ops) & {"<", "<=", ">", ">=", "in", "not in"}:
                return False  # None has no order
        if isinstance(expr, lower.Call):
            function_name = expr.function.id if isinstance(expr.function, lower.Name) else ""
            named = function_name in ASKING or asks_for_none(function_name, self.frame)
            return named and all(isinstance(a.value, lower.Name) or self._answers(a.value) for a in expr.args)
        if isinstance(expr, (lower.Compare, lower.Boolean, lower.Unary, lower.Constant)):
            return all(self._answers(child) for child in expr.children())
        return False

    def _always_answers(self, expr: Expr) -> bool:
        """Whether part of a test gives an answer without the conditions that stand before it in the source: it asks
        what is None, or for a plain value, of arguments and of what the constructor sets."""
        function = self.frame.code.function
        receiver = function.parameters[0].name if self.frame.code.is_method else ""
        if isinstance(expr, lower.Name):
            return any(p.name == expr.id and p.is_plain for p in function.parameters)
        if isinstance(expr, lower.Attribute):
            return self._held(expr, receiver, ("number", "none", "string"))
        if isinstance(expr, lower.Call):
            named = isinstance(expr.function, lower.Name) and asks_for_none(expr.function.id, self.frame)
            return named and isinstance(expr.args[0].value, lower.Name)
        if isinstance(expr, lower.Unary) and expr.op == "not":
            return self._always_answers(expr.operand)
        if isinstance(expr, lower.Compare) and len(expr.rights) == 1 and isinstance(expr.rights[0], lower.Constant):
            if expr.ops[0] in ("is", "is not"):
                known = any(isinstance(expr.left, lower.Name) and p.name == expr.left.id for p in function.parameters)
                return known or self._held(expr.left, receiver, ())
            *deeper, last = attribute_path(expr.left)
            of_tensor = isinstance(last, lower.Name) and deeper and set(deeper) <= OF_TENSORS
            same = expr.ops[0] in ("==", "!=")
            return same and bool(
                self._always_answers(expr.left)
                or (of_tensor and isinstance(last, lower.Name) and self._read_anyway(last.id))
            )
        return False

    def _held(self, expr: Expr, receiver: str, kinds: Collection[str]) -> bool:
        """Whether an attribute of the module is there from the start, and of one of some kinds, if any are given."""
        plain = isinstance(expr, lower.Attribute) and isinstance(expr.base, lower.Name) and expr.base.id == receiver
        if not plain or not isinstance(expr, lower.Attribute) or self.machine.cls is None:
            return False
        found = self.machine.world.attributes(self.machine.cls).get(expr.name)
        if self.machine.world.getter(self.machine.cls, expr.name) is not None or found is None:
            return False
        return not kinds or (isinstance(found, Opaque) and found.kind in kinds)

    def _read_anyway(self, name: str) -> bool:
        """Whether the first statements, which nothing stands before, take something of an argument that only a tensor
        has: whatever it is then, the method fails without it."""
        for statement in self.frame.code.function.body:
            inside = list(lower.walk((statement,)))
            if not all(isinstance(s, (lower.Assign, lower.Nothing, lower.Branch)) for s in inside):
                return False
            for root in lower.expressions(statement) if not isinstance(statement, lower.Branch) else ():
                found = list(lower.below(root))
                if any(isinstance(e, (lower.Conditional, lower.Boolean, lower.Closure)) for e in found):
                    return False
                if any(
                    isinstance(e, lower.Attribute) and e.name in OF_TENSORS
                    and isinstance(e.base, lower.Name) and e.base.id == name
                    for e in found
                ):  # fmt: skip
                    return True
            if name in lower.assigned_names((statement,)):
                return False
        return False

    def _at_call(self, test: Expr) -> str | None:
        """A flag among the arguments that is bound anew before the product at most: at the call it answers alike."""
        name = test.operand if isinstance(test, lower.Unary) and test.op == "not" else test
        if not isinstance(name, lower.Name) or self.product.loops:
            return None
        if all(parameter.name != name.id for parameter in self.frame.code.function.parameters):
            return None
        start = self.rewriter.order.get(self.product.statement)
        later = self.rewriter.statements[start:]
        if start is None:
            return None
        if any(name.id in lower.assigned_names((replace_blocks(statement),)) for statement in later):
            return None
        return one_line(test.node)

    def _at_entry(self, test: Expr, frame: Frame, before: bool = False, whole: Expr | None = None) -> str | None:
        """A test, or part of a `whole` one, as it reads at the first line, if it gives the same answer there: anywhere
        in the method, or `before` all of it."""
        assigned = self.rewriter.body_assigned
        text = at_entry(test, frame, self.frame, assigned - self._bound_later(test, frame) if before else assigned)
        changed = self.machine.before.get(test if whole is None else whole)
        if text is None or changed is None:
            return None
        storages, attributes, parts = changed
        receiver = self.frame.code.function.parameters[0].name if self.frame.code.is_method else ""
        for inner, read in reads(lower.expression(cst.parse_expression(text))):
            if inner == receiver:
                name, *deeper = read or ("",)
                getter = self.machine.world.getter(self.machine.cls, name)
                if getter is not None and any(frame.code is getter for frame, *_ in self.machine.effects):
                    return None  # to read it once more would do once more what it does
                if self._contents_changed(name):
                    return None
                if name.endswith("config"):  # its values change where something is seen to set them
                    if attributes & {name, *deeper}:
                        return None
                    continue
                if "" in attributes or attributes & {name, *deeper} or (deeper and parts & {name, *deeper}):
                    return None
                continue
            parameter = next((p for p in self.frame.code.function.parameters if p.name == inner), None)
            if parameter is None and any(isinstance(e, lower.Name) and e.id == inner for e, _ in self._changed_here()):
                return None  # of the module: not all that changes it is seen, but what does so here is
            if read[:1] in FORM and any(how in RESHAPING for _, how in self._changed_here()):
                return None
            if parameter is None or (not read and parameter.is_plain):
                continue
            value = self.frame.env.get(inner, Opaque())
            if read[:1] not in (*FORM, ("is",)) and (self.machine.storages(value) & storages):
                return None
        return text

    def _changed_here(self) -> Iterator[tuple[Expr, str]]:
        """What the methods that run here change by its own name, and how: a method of it, "=" for a store."""
        for code in self.machine.used_code:
            for statement in lower.walk(code.function.body):
                for target in statement.targets if isinstance(statement, lower.Assign) else ():
                    if isinstance(target, (lower.Subscript, lower.Attribute)):
                        yield target.base, target.name if isinstance(target, lower.Attribute) else "="
                if isinstance(statement, lower.AugAssign):
                    yield statement.target, "="
                for call in (e for root in lower.expressions(statement) for e in lower.below(root)):
                    function = call.function if isinstance(call, lower.Call) else None
                    if isinstance(function, lower.Attribute) and changes_what_it_is_called_on(function.name):
                        yield function.base, function.name

    def _contents_changed(self, name: str) -> bool:
        """Whether what an attribute of the module holds is changed in place, under its own name or another; of a
        configuration, whether an entry is."""

        def held(expr: Expr) -> bool:
            while isinstance(expr, lower.Subscript) or (isinstance(expr, lower.Attribute) and expr.name == "data"):
                expr = expr.base
            if isinstance(expr, lower.Attribute):
                return expr.name == name and isinstance(expr.base, lower.Name) and expr.base.id in receivers
            return isinstance(expr, lower.Name) and expr.id in others

        receivers = {code.receiver for code in self.machine.used_code if code.is_method} - {""}
        others: set[str] = set()
        for code in self.machine.used_code:
            for statement in lower.walk(code.function.body):
                if isinstance(statement, lower.Assign) and held(statement.value):
                    others.update(target.id for target in statement.targets if isinstance(target, lower.Name))
        setting = name.endswith("config")
        return any(
            held(expr) and (not setting or how == "=" or how in lower.CONTAINER_CHANGES)
            for expr, how in self._changed_here()
        )

    def _part(self, test: Expr, polarity: bool, frame: Frame) -> str | None:
        """Of the conditions that make up a test which came out so, those that can be asked at the first line, without
        the others: where they are not met, neither is it."""
        parts = list(conjuncts(test, polarity))
        texts: list[str] = []
        for part, wanted in parts if len(parts) > 1 else ():
            text = self._at_entry(part, frame, before=True, whole=test)
            if text is not None and self._always_answers(lower.expression(cst.parse_expression(text))):
                texts.append(text if wanted else negated(text))
        return " and ".join(parenthesised_test(t) for t in texts) if texts else None

    def _bound_later(self, test: Expr, frame: Frame) -> frozenset[str]:
        """Arguments that a test reads as they came, since they are bound anew behind it, if it asks whether they are
        None, or for a plain value."""
        if frame is not self.frame:
            return frozenset()
        statements = self.rewriter.statements
        before = list(
            itertools.takewhile(lambda s: all(test not in lower.below(e) for e in lower.expressions(s)), statements)
        )
        here = statements[len(before) : len(before) + 1]
        around = [s for s in before if isinstance(s, lower.Loop)]
        if not here or any(inner is here[0] for inner in lower.walk(tuple(around))):
            return frozenset()
        bound = frozenset[str]().union(*(lower.assigned_names((replace_blocks(s),)) for s in [*before, *here]))
        asked = list(reads(test))
        return frozenset(
            parameter.name
            for parameter in self.frame.code.function.parameters
            if parameter.name not in bound
            and all(
                read == ("is",) or (not read and parameter.is_plain) for name, read in asked if name == parameter.name
            )
        )

    def _guard(self, path: Path, loss: Loss, bound: Path = ()) -> None:
        """The original method runs wherever `path` may be taken: the conditions that stand at its entry. Those of
        `bound` are not met on the way to a place, but where a value was bound that is used there."""
        common = {(id(test), polarity) for test, polarity, _ in self.context.path}
        loops = {id(loop.subject) for _, loop in self.machine.repeated}
        tests: list[str] = []
        said: Path = ()
        around: list[str] | None = []
        """The conditions of the call itself, which stand around the next one; None where one cannot be said."""
        for test, polarity, frame in path:
            text = None if id(test) in loops else self._at_entry(test, frame, before=True)
            if text is None:
                around = None
                part = (
                    None if id(test) in loops or (id(test), polarity) in common else self._part(test, polarity, frame)
                )
                if part is not None:
                    tests.append(part)
                    said = (*said, (test, polarity, frame))
                continue
            worded = text if polarity else negated(text)
            if (id(test), polarity) in common:
                around = None if around is None else [*around, worded]
                continue
            if not self._answers(lower.expression(cst.parse_expression(text))):
                if around is None:
                    break  # upstream asks it under that condition alone
                tests += around
                around = []
            tests.append(worded)
            said = (*said, (test, polarity, frame))
        if not tests:
            raise Unwritable(loss)
        elsewhere = {id(test) for test, _, _ in bound}
        if not any(id(test) in elsewhere for test, _, _ in said):
            # whoever comes there has met every condition that the guard names
            self.rewriter.unreachable(said[-1][0], said[-1][1])
            self.left.append(said)
        guard = " and ".join(parenthesised_test(t) for t in tests) if len(tests) > 1 else tests[0]
        self.rewriter.guards.append(guard)
        self.rewriter.written.guards.setdefault(guard, loss)


ASKING = frozenset({"isinstance", "hasattr", "bool"})
"""Functions that answer whatever they are given."""


def attribute_path(expr: Expr) -> tuple[str | Expr, ...]:
    """The names of `base.a.b`, the last one first, and its base."""
    found: list[str | Expr] = []
    while isinstance(expr, lower.Attribute):
        found.append(expr.name)
        expr = expr.base
    return (*found, expr)


FORM = (("shape",), ("dtype",), ("device",))
"""What is read of a tensor that a change of its numbers leaves as it is."""
RESHAPING = frozenset(
    {"data", "resize_", "set_", "squeeze_", "swapaxes_", "swapdims_", "t_", "transpose_", "unsqueeze_"}
)
"""What does not."""
OF_TENSORS = frozenset({"shape", "size", "dtype", "device", "type", "ndim", "dim", "is_cuda"})
"""What is read of an argument that is a tensor, and of what that gives."""
SIZES = frozenset({"size", "dim", "shape", "dtype", "device", "ndim", "ndimension", "numel"})


def reads(expr: Expr) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each name that an expression reads, and what it reads of it: attributes from the outside in, ("shape",) for all
    that has to do with a tensor's form, ("is",) where it is compared by identity, () for the value itself."""
    if isinstance(expr, lower.Compare) and set(expr.ops) <= {"is", "is not"}:
        for side in (expr.left, *expr.rights):
            if isinstance(side, lower.Name):
                yield side.id, ("is",)
            else:
                yield from reads(side)
        return
    if isinstance(expr, lower.Call) and isinstance(expr.function, lower.Name) and len(expr.args) > 1:
        base, name = expr.args[0].value, expr.args[1].value
        said = name.value if isinstance(name, lower.Constant) else None
        if expr.function.id in ("hasattr", "getattr") and isinstance(base, lower.Name) and isinstance(said, str):
            yield base.id, (said,)
            for argument in expr.args[2:]:
                yield from reads(argument.value)
            return
    found: list[str] = []
    base = expr
    while isinstance(base, (lower.Attribute, lower.Subscript)):
        found.append(base.name if isinstance(base, lower.Attribute) else "[]")
        if isinstance(base, lower.Subscript):
            for index in base.indices:
                yield from reads(index)
        base = base.base
    if found and isinstance(base, lower.Name):
        way = tuple(found[::-1])
        yield base.id, (("shape",) if way[0] in SIZES else way)
        return
    if isinstance(expr, lower.Name):
        yield expr.id, ()
        return
    for child in (base,) if found else expr.children():
        yield from reads(child)


def changes_what_it_is_called_on(name: str) -> bool:
    """Whether a method, by its name, changes a tensor or a container."""
    return lower.changes_receiver(name) or name in lower.CONTAINER_CHANGES


def in_place(expr: Expr) -> bool:
    """Whether an operation changes the tensor it is applied to."""
    if not isinstance(expr.node, cst.BaseExpression):
        return True  # a statement of its own: an augmented assignment
    name = expr.function.name if isinstance(expr, lower.Call) and isinstance(expr.function, lower.Attribute) else ""
    return name.endswith("_") and not name.endswith("__")


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
