"""Each step of a chain as a statement on its bias, scale, factor or sink."""

from __future__ import annotations

import libcst as cst

from . import lower
from .chain import UNCHANGING
from .demands import State, Unwritable, in_place
from .hierarchy import render
from .lower import Expr
from .operands import BIASING, COMBINED, SUMS, Operands
from .results import WITH_AXES
from .scope import PURE_CALLS, one_line, parenthesised, parenthesised_test
from .values import (
    Opaque,
    Scores,
    Step,
    Value,
    leading,
    numeric,
)
from .wording import (
    is_simple,
    layout_call,
)


class Steps(Operands):
    """The steps of one chain."""

    def _group(self, steps: list[Step], state: State) -> tuple[list[str], State]:
        """The statements for steps under one condition."""
        state = state.copy()
        lines: list[str] = []
        for step in steps:
            lines += self._step(step, state)
        return lines, state

    def _unfilled(self, step: Step, state: State) -> str:
        """What a fill leaves where there is no bias. Two numbers would become a tensor of torch's default dtype, which
        does not round as the scores do, and may not hold what empties a position of theirs."""
        value = step.value_known
        if not isinstance(value, Opaque) or value.kind != "number":
            return "0.0"
        self.rewriter.written.runtime.add("unfilled")
        return f"unfilled({self._scores_told(state)})"

    def _scores_told(self, state: State) -> str:
        """What tells the runtime the scores' dtype: the query, and float32 where they may have been cast to it; the
        wider one, where branches differ."""
        return self.names.query if state.wide is False else f"{self.names.query}, torch.float32"

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
        said = len(self.rewriter.said)
        try:
            self._group([s for s in group if s.kind != "context"], state)
            for step in group:
                for test, _, frame in step.conditions:
                    self.rewriter.say(test, frame)
            return None
        except Unwritable:
            pass
        finally:
            del self.rewriter.said[said:]
        kinds = {s.kind for s in group}
        if any(self._weakly_filled(s) for s in group) or (self.weak and state.filled != "none" and "view" in kinds):
            return None
        if sum(s.kind == "view" for s in group) == 1:
            return None  # what the call takes has another shape then
        result = self.machine.facts.get(top.call)
        mapping = {"add", "sub", "fill", "keep", "store", "view", "same", "cast", "upcast", "recast"}
        if not kinds <= mapping or not isinstance(result, Scores):
            return None
        arguments = [a for a in top.call.args if self._in_chain(self.machine.facts.get(a.value, Opaque()))]
        if len(arguments) != 1 or self.product.frame is not self.frame or not self.straight:
            return None
        others = [inner for a in top.call.args if a is not arguments[0] for inner in lower.below(a.value)]
        if any(self.rewriter.lifted.get((self.frame, inner.node), "") is None for inner in others):
            return None  # it is given what is read of the scores, and cannot be said without them
        names, written = self.names, self.rewriter.written
        written.runtime |= {"expand_bias", "scores_shape"}
        bias = names.bias if state.bias != "none" else "None"
        shape = names.shape if self.views else f"scores_shape({names.query}, {names.key})"
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
        self.mapped.add(top)
        if not self.weak and kinds & {"fill", "keep", "store"}:
            self.tracks_fills = False
        lines = layout_call(f"{names.bias} = ", function, args, "", self.indent)
        if "view" in kinds:
            lines.append(f"{names.shape} = {names.bias}.shape")
        return lines, end

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
        if step.operand is not None and any(
            isinstance(inner, (lower.Walrus, lower.Closure))
            or (isinstance(inner, lower.Call) and getattr(inner.function, "id", "") not in PURE_CALLS)
            for inner in lower.below(step.operand)
        ):
            raise self.rewriter.fail("DROPOUT", "how much is dropped is computed by a call", step.expr)
        if isinstance(step.value, lower.Constant):
            return p if step.value.value else "0.0"
        return f"{parenthesised(p)} if {parenthesised(training)} else 0.0"

    def _step(self, step: Step, state: State) -> list[str]:
        bias = self.names.bias
        say = self.rewriter.say
        self._pure(step.frame)
        if self._looped(step):
            raise self.rewriter.fail("HELPER", "a helper changes the scores in a loop", step.expr)

        def operand() -> str:
            assert step.operand is not None
            return say(step.operand, step.frame)

        if step in self.cancelled:
            return []
        if step.kind in ("mul", "div"):
            if self._widens_in_place(step):
                message = "weights leave in the dtype of scores that are scaled in place by what may be of a wider one"
                raise self.rewriter.fail("CAST", message, step.expr)
            factor = operand()
            if step.kind == "mul" and any(s.kind == "mul" for s in self.product.steps if s is not step):
                factor = self._as_scores(factor, step)
            return self._scaled(step.kind, factor, state, step)
        if step.kind in SUMS:
            lines = self._scaled("mul", "-1.0", state) if step.kind == "rsub" else []
            term = operand()
            if step.value is not None:
                return self._weighted(say(step.value, step.frame), term, step, state)
            asked = not self._unasked(step)
            if not asked:
                self.rewriter.written.runtime.add("given")
            term = term if asked else f"given({term})"
            if self._keeps_width(step):
                sign = "+" if step.kind == "add" else "-"
                lines.append(f"{bias} = {self._augmented(sign, term, step, state)}")
                state.own = state.bias == "tensor" or step.kind == "sub" or isinstance(step.operand, lower.Binary)
                state.bias = "tensor"
                return lines
            first = self._term(step, term, state)
            negative = f"-{parenthesised(first)}" if step.kind == "sub" else ""
            sign = "-" if step.kind == "sub" else "+"
            # an arithmetic operation gives a tensor of its own
            made = bool(negative) or isinstance(step.operand, lower.Binary)
            if state.bias == "none":
                lines.append(f"{bias} = {negative or first}")
                state.own = made
            elif state.bias == "maybe":
                rest = self._updated(sign, term, state)
                lines.append(f"{bias} = {negative or parenthesised_test(first)} if {bias} is None else {rest}")
                state.own = made
            else:
                lines.append(f"{bias} = {self._updated(sign, term, state)}")
                state.own = True
            state.bias = "tensor"
            return lines
        if step.kind in ("fill", "keep"):
            mask = operand()
            assert step.value is not None
            value = say(step.value, step.frame)
            weak = self._weakly_filled(step)
            # beside another constant that hides, a weak one must be rounded as the scores are; and weights that keep
            # the scores' dtype must not be widened by a bias of torch's default one
            rounded = (weak and self._later(step) and not self._wide(step, state)) or (
                state.wide is False and self._keeps_dtype()
            )
            if rounded and getattr(step.value_known, "kind", "") != "number":
                earlier = self.product.steps[: self.product.steps.index(step)]
                added = [s.operand_known for s in earlier if s.kind in SUMS]
                if any(
                    isinstance(v, Opaque) and v.kind in WITH_AXES and v.wide not in ("", "own", "whole") for v in added
                ):
                    message = "how a constant is rounded is a matter of the dtype of what was added before"
                    raise self.rewriter.fail("CAST", message, step.expr)
                value = f"{parenthesised(value)}.to({self.names.query}.dtype)"
            zero = self._unfilled(step, state)
            present = {"none": zero, "tensor": bias, "maybe": f"{zero} if {bias} is None else {bias}"}[state.bias]
            lines = []
            if self.weak or self.tracks_fills:
                if state.filled == "none" and step.kind == "fill":
                    lines, mask = self._filled(mask, state), self.names.filled
                else:
                    mask = self._named("masked" if step.kind == "fill" else "kept", mask, lines)
                    lines += self._filled(mask if step.kind == "fill" else f"torch.logical_not({mask})", state)
            args = [mask, value, present] if step.kind == "fill" else [mask, present, value]
            state.bias, state.own = "tensor", True
            return [*lines, *layout_call(f"{bias} = ", "torch.where", args, "", self.indent)]
        if step.kind == "masked":
            lines = []
            mask = self._named("kept", operand(), lines)
            lines += self._filled(f"{parenthesised(mask)} == 0", state)
            return [*lines, *self._bias_scaled("*", mask, state, step)]
        if step.kind == "store":
            return self._stored(step, state)
        if step.kind in ("upcast", "cast", "recast"):
            state.wide = {"upcast": True, "cast": False}.get(step.kind)
        if step.kind in ("upcast", "recast"):
            if state.bias == "none":
                return []
            self.rewriter.written.runtime.add("recast")
            return [
                f"{bias} = recast({bias}, {operand()})" if step.operand is not None else f"{bias} = recast({bias})"
            ]
        if step.kind == "clamp":
            if state.bias == "none":
                return []
            self.rewriter.written.runtime.add("at_least")
            state.own = True
            return [f"{bias} = at_least({bias}, {operand()})"]
        if step.kind == "view":
            self.rewriter.written.runtime.add("view_bias")
            sizes = [say(e, step.frame) for e in step.details if isinstance(e, Expr)]
            text = f"({', '.join(sizes)})" if len(sizes) > 1 else sizes[0]
            lines = []
            if state.filled != "none":
                args = [self.names.filled, self.names.shape, text]
                lines = layout_call(f"{self.names.filled}, _ = ", "view_bias", args, "", self.indent)
            if state.scale == "set" and any(s.has_axes for s in self.product.steps):
                self.rewriter.written.runtime.add("enlarged")
                others = self.names.scale if state.bias == "none" else f"{self.names.scale}, {bias}"
                lines.append(f"{self.names.shape} = enlarged({self.names.shape}, {others})")
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
            elif sum(s.kind == "factor" for s in self.product.steps) > 1:
                factor = self._as_scores(factor, step)
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

    def _as_scores(self, text: str, step: Step) -> str:
        """A tensor that others are multiplied with, as a number of the scores: integers have limits of their own."""
        value = step.operand_known
        if isinstance(value, Opaque) and (value.kind in UNCHANGING or self.machine.has_floating(value)):
            return text
        self.rewriter.written.runtime.add("promoted")
        return f"promoted({text}, {self.names.query})"

    def _weighted(self, beta: str, term: str, step: Step, state: State) -> list[str]:
        """`beta * term`, where a beta of zero leaves out whatever the term holds, NaN too."""
        assert step.value is not None
        bias = self.names.bias
        if state.bias != "none":
            raise self.rewriter.fail("OPERAND", "the input of baddbmm is weighted where there is a bias", step.expr)
        weighted = self._term(step, f"{parenthesised(beta)} * {parenthesised(term)}", state)
        state.own = True
        if numeric(step.value_known):
            state.bias = "tensor"
            return [f"{bias} = {weighted}"]
        state.bias = "maybe"
        return [f"{bias} = None if {parenthesised(beta)} == 0 else {weighted}"]

    def _term(self, step: Step, text: str, state: State) -> str:
        """A bias's first term, in a dtype in which what follows means what it means for the scores: Booleans and
        integers have sums of their own, numbers of another precision other limits, and of a number and what is whole,
        or filled in, torch makes a tensor of its default dtype."""
        value = step.operand_known
        number = isinstance(value, Opaque) and value.kind == "number" and isinstance(step.operand, lower.Constant)
        later = self.product.steps[self.product.steps.index(step) + 1 :]
        if number and not any(s.kind in BIASING for s in later):
            return text
        if not (self._later(step) or step.kind == "sub"):
            return text
        self.rewriter.written.runtime.add("widened")
        return f"widened({text}, {self._scores_told(state)})"

    def _unasked(self, step: Step) -> bool:
        """Whether an argument that may be left out is added without a test of it on the way: None would be no bias."""
        name = step.operand.id if isinstance(step.operand, lower.Name) and step.frame is self.frame else ""
        left_out = [
            p.default.value is None
            for p in self.frame.code.function.parameters
            if p.name == name and isinstance(p.default, lower.Constant)
        ]
        asked = (inner for test, _, _ in step.path for inner in lower.below(test))
        unbound = name not in self.rewriter.body_assigned
        return any(left_out) and unbound and not any(isinstance(i, lower.Name) and i.id == name for i in asked)

    def _keeps_dtype(self) -> bool:
        """Whether weights leave in the dtype that the scores have."""
        assert self.product.softmax is not None
        if self.request.stage == "scores":
            return True
        return not self.request.cast and self.product.softmax.operand is None

    def _wide(self, step: Step, state: State) -> bool:
        """Whether the scores are float32, where a constant has to be rounded as they are."""
        if state.wide is None:
            raise self.rewriter.fail("CAST", "how the scores are rounded here is a matter of a branch", step.expr)
        return state.wide

    def _later(self, step: Step) -> bool:
        """Whether a step behind this one computes with the bias."""
        steps = self.product.steps
        return any(s.kind in COMBINED for s in steps[steps.index(step) + 1 :])

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
        self.rewriter.written.keywords.add("filled" if self.weak else "emptied")
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
        state.bias, state.own = "tensor", True
        target = self.rewriter._edited(step.operand.node)
        assert isinstance(target, cst.Subscript)
        place = one_line(target.with_changes(value=cst.Name(names.bias)))
        value = self.rewriter.say(step.value, step.frame)
        args = [bias, shape, self._scores_told(state)]
        return [
            *layout_call(f"{names.bias} = ", "expand_bias", args, "", self.indent),
            f"{place} = {value}",
        ]

    def _scaled(self, kind: str, factor: str, state: State, step: Step | None = None) -> list[str]:
        scale = self.names.scale
        lines: list[str] = []
        op = "*" if kind == "mul" else "/"
        wrapped = parenthesised(factor)
        if state.bias != "none" and not is_simple(factor):
            name = self.rewriter.fresh("step_scale")
            lines.append(f"{name} = {factor}")
            factor = wrapped = name
        if kind == "div" and step is not None and (may_be_zero(step.operand_known) or step.scale_kind != "number"):
            self.rewriter.written.runtime.add("quotient")
            told = "" if step.scale_kind == "number" else f", {self._scores_told(state)}"
            lines.append(f"{scale} = quotient({'1.0' if state.scale == 'one' else scale}, {factor}{told})")
        elif state.scale == "one":
            lines.append(f"{scale} = {factor}" if kind == "mul" else f"{scale} = 1.0 / {wrapped}")
        else:
            lines.append(f"{scale} = {scale} {op} {wrapped}")
        state.scale = "set"
        return [*lines, *self._bias_scaled(op, factor, state, step)]

    def _bias_scaled(self, sign: str, factor: str, state: State, step: Step | None) -> list[str]:
        """What a scale does to the bias; it is the chain's own from then on."""
        bias = self.names.bias
        if state.bias == "none":
            return []
        if step is not None and self._keeps_width(step):
            text = self._augmented(sign, factor, step, state)
        else:
            text = self._updated(sign, factor, state)
        if state.bias == "maybe" and not state.own:
            text = f"None if {bias} is None else {text}"
        state.own = True
        return [f"{bias} = {text}"]

    def _keeps_width(self, step: Step) -> bool:
        """Whether the scores may meet something wider here, and keep their dtype since they are changed in place: what
        is put into them beside it is rounded as they are, and weights may leave in it."""
        value = step.operand_known
        number = isinstance(value, Opaque) and value.kind == "number"
        others = any(s.kind in (*BIASING, "masked") for s in self.product.steps if s is not step)
        return in_place(step.expr) and not number and (others or self._keeps_dtype())

    def _widens_in_place(self, step: Step) -> bool:
        """Whether scores are scaled in place by what may be of a wider dtype, which no bias can be rounded for."""
        value = step.operand_known
        wide = isinstance(value, Opaque) and value.kind in WITH_AXES and value.wide not in ("own", "whole")
        return wide and in_place(step.expr) and self._keeps_dtype()

    def _augmented(self, sign: str, operand: str, step: Step, state: State) -> str:
        """The bias after `scores += operand` or the like, in the dtype that the scores keep."""
        self.rewriter.written.runtime.add("augmented")
        bias = self.names.bias if state.bias != "none" else "None"
        dtype = ", torch.float32" if self._wide(step, state) else ""
        return f'augmented({bias}, "{sign}", {operand}, {self.names.query}{dtype})'

    def _updated(self, sign: str, operand: str, state: State) -> str:
        """The bias with something added to it or multiplied by; in its own memory, where it is the chain's own, and
        else in memory that another layer is done with."""
        function = "updated" if state.own else "combined"
        self.rewriter.written.runtime.add(function)
        return f'{function}({self.names.bias}, "{sign}", {operand})'


def may_be_zero(divisor: Value) -> bool:
    """Whether a divisor may be a number that is zero, for which Python has an error where a tensor has infinity."""
    if not isinstance(divisor, Opaque) or divisor.kind in ("scalar", "row", "tensor") or divisor.positive:
        return False
    return not numeric(divisor)
