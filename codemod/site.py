"""One site's chain into statements on `bias`, `scale`, `factor` and `shape`, and the call that takes them.

Each statement that redefined the scores becomes the matching statement; the product disappears, the softmax
disappears, and the product with V becomes the call. Because the chain is affine this is always exact:
scores = scale * query @ key.T + bias at any point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from . import lower
from .demands import State
from .layout import is_reshape
from .lower import Expr
from .operands import SAID_WIDTHS, UNWIDENING, peeled, width_met
from .scope import Edits, one_line, parenthesised, parenthesised_test
from .steps import Steps
from .values import (
    Opaque,
    Probs,
    Scores,
    Step,
    Symbol,
    Value,
    leading,
)
from .wording import (
    INDENT,
    arrangement,
    attn_block,
    layout_call,
    layout_choice,
    negated,
    parse,
)


class Site(Steps):
    """Writes one product's chain."""

    def write(self) -> None:
        self._name_operands()
        self.grouped = self._ungrouped()
        self.narrow = self._narrowed()
        self._metadata()
        self._afterwards()
        self._shared()
        taken = set(self.rewriter.taken)
        said = len(self.rewriter.said)
        for _ in range(4):
            before = self._settled()
            self._block(self.rewriter.function.body, None, dry=True)
            if before == self._settled():
                break
        self.rewriter.taken &= taken  # names that only a dry pass made
        del self.rewriter.said[said:]
        self._block(self.rewriter.function.body, None, dry=False)
        self._once()
        self._besides()
        self._unmade()
        self._shut_in()

    def _settled(self) -> tuple[bool, ...]:
        """What one pass over the statements finds out, and the next one has to know."""
        init = self.init_bias, self.init_scale, self.init_factor, self.init_sink, self.init_filled
        return (*init, self.tracks_fills)

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
                    step = next(s for s in self.product.steps if s.statement is statement.body[0])
                    self._replace(statement, [f"{self.names.bias} = {self._term(step, mask, state)}"])
                state.bias, state.own = "maybe", False
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
                state = self._block(statement.body, state, dry)
            else:
                while (joined := self._join(self._block(statement.body, state.copy(), dry=True), state)) != state:
                    assert joined is not None
                    state = joined
                self._block(statement.body, state.copy(), dry)
            after = self._block(statement.orelse, state.copy() if state else None, dry)
            if not lower.breaks(statement.body):
                return after
            return state if _leaves(statement.orelse) else self._join(state, after)
        if isinstance(statement, lower.Within):
            return self._block(statement.body, state, dry)
        if isinstance(statement, lower.Attempt):
            return state
        return self._simple(statement, state, dry)

    def _optional_mask(self, statement: lower.Branch) -> str | None:
        """`if mask is not None: scores = scores + mask` gives the bias as it is."""
        test = statement.test
        if self.rewriter.chained(statement):
            return None
        if statement.orelse or len(statement.body) != 1 or statement.body[0] not in self.dropped - self.kept:
            return None
        steps = [s for s in self.product.steps if s.statement is statement.body[0]]
        if len(steps) != 1 or steps[0].kind != "add" or steps[0].conditions:
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
        if a is None:
            return b  # the product is on neither side
        assert b is not None
        joined = State()
        for name in ("bias", "factor", "sink", "filled"):
            one, two = getattr(a, name), getattr(b, name)
            setattr(joined, name, one if one == two else "maybe")
            if one != two:
                setattr(self, f"init_{name}", True)
        joined.own = a.own and b.own
        joined.scale = "set" if "set" in (a.scale, b.scale) else "one"
        if a.scale != b.scale:
            self.init_scale = True
        joined.wide = a.wide if a.wide == b.wide else None
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
            if self.narrow is not None and self.narrow.cast is None:
                lines.append(self.narrow.text)
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
        asked: list[Expr] = []
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
                state.bias, state.own = "tensor", False
                continue
            inner, after = self._group(group, state)
            conditions = list(step.conditions)
            if not conditions:
                lines += inner
                state = after
            elif inner:
                texts = []
                for test, polarity, frame in conditions:
                    asked.append(test)
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
        tests = {test for step in steps for test, _, _ in step.conditions}
        if any((n := asked.count(t)) != 1 and self.machine.impure(t, strict=n > 0) for t in tests):
            raise self.rewriter.fail(
                "STATEMENT",
                "a condition inside a statement may come out otherwise each time it is asked",
                steps[0].expr,
            )
        if not dry:
            self._ordered(statement, steps)
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

    def _ordered(self, statement: lower.Stmt, steps: list[Step]) -> None:
        """Fails where a statement that does something besides is said in another order than it is evaluated in: the
        product before what is multiplied with it or added to it, and how much is dropped behind the values."""
        said: list[Expr | None] = []
        if self.product.statement is statement:
            operands = [self.product.left, self.product.right]
            said += operands if self.product.key_axis == "r" else operands[::-1]
        for step in steps:
            if step.kind != "dropout" or self.names.dropout:
                said += [step.operand, step.value]
        dropout = self._dropout_step()
        if dropout is not None and self.context in steps and not self.names.dropout:
            said += [dropout.operand, dropout.value]
        computed = [e for e in said if e is not None and not isinstance(e, (lower.Name, lower.Constant))]
        if len(computed) > 1 and any(map(self.machine.impure, computed)):
            places = {expr: place for place, expr in enumerate(self.machine.facts)}
            order = [places[expr] for expr in computed if expr in places]
            if order != sorted(order):
                raise self.rewriter.fail(
                    "STATEMENT", "a statement that may do something besides is evaluated in another order", computed[0]
                )

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
        wide = self._promoting(step, final, state)
        direct = self._direct_target(statement, place) if not back and wide is None else None
        weights_names = self._weights_names(statement)
        whole = next(
            (n for n, v in weights_names if not _optional(v) and not (isinstance(v, Probs) and v.views)), None
        )
        if wide is not None and any(
            re.search(rf"\b{name}\b", f"{self.names.key} {wide}") for name, _ in weights_names
        ):
            message = "the weights get the name of what is read behind the call"
            raise self.rewriter.fail("STATEMENT", message, self.context.expr)
        if weights_names and (whole is None or self._weights_order()):
            whole = self.rewriter.fresh("attn_weights")
        output = direct or self.rewriter.fresh("attn_output")
        result = output
        if wide is not None:
            self.rewriter.written.runtime.add("over_one_key")
            result = f"over_one_key({output}, {self.names.key}, {wide})"
        args = self._arguments(state, value)
        sizes = self._kept_as(weights_names)
        if sizes is not None:
            args.append(f"kept={sizes}")
            self.rewriter.written.keywords.add("kept")
        if self.grouped is not None and value == self.grouped.repeated_value:
            args[1:3] = self.grouped.key, self.grouped.value
            args.append(f"groups={self.grouped.groups}")
            self.rewriter.written.keywords.add("groups")
            for repeat in self.grouped.repeats:
                self._replace(repeat, [])
        if self.narrow is not None:
            args.append(f"narrow={self.narrow.name}")
            self.rewriter.written.keywords.add("narrow")
            if self.narrow.cast is not None:
                self._with(self.narrow.cast, [self.narrow.text])
        indent = self.rewriter.depth[statement] * INDENT + INDENT
        if self.rewriter.attn is not None:
            lines += layout_call(f"{output}, {whole or '_'} = ", f"self.{self.rewriter.attn}", args, "", indent)
        else:
            lines += self._inline(output, whole or "_", args, indent)
        if self.product.overwritten:  # SDPA keeps its result for the gradient
            lines.append(f"{output} = {output}.clone(memory_format=torch.contiguous_format)")
        if self.product.laid_out and back:
            back = f"{back}.contiguous()"  # as eager has it, and the kernel need not
        elif self.product.laid_out and not self.product.overwritten:
            lines.append(f"{output} = {output}.contiguous()")
        for name, live in weights_names:
            if name == whole:
                continue
            assert whole is not None
            text = whole if sizes is not None else self._replayed(whole, live)
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
        self._check_leftovers(statement, place, {name for name, _ in weights_names})
        if direct is not None:
            self._replace(statement, lines)
            return
        self.rewriter.edits[place.node] = cst.parse_expression(f"{result}{back}")
        kept = statement.node.visit(Edits(self.rewriter.edits))
        if not isinstance(kept, cst.BaseStatement):
            raise self.rewriter.fail("STATEMENT", "two attentions share a statement", step.expr)
        self._replace(statement, lines, kept)

    def _check_leftovers(self, call: lower.Stmt, place: Expr, rebuilt: set[str]) -> None:
        """No statement that stays may read scores or probabilities that are gone, nor may what stands around the
        product with V, at `place`, in its own statement."""
        replaced = set(lower.below(place))
        bound = {i.id for s in self.rewriter.statements for i in self._made(s)}
        passed = self._passed_on(call)
        self.rebuilt = frozenset(rebuilt | passed)
        for expr, name, _ in self.product.after:
            if name not in rebuilt | bound:
                raise self.rewriter.fail("LEFTOVER", f"`{name}` is read where the scores are no longer made", expr)
        for statement in self.rewriter.statements:
            if statement in self.rewriter.gone or (statement in self.dropped and statement is not call):
                continue
            if isinstance(statement, lower.Delete):
                continue
            after = self.rewriter.order[statement] >= self.rewriter.order[call]
            for root in lower.expressions(statement):
                for expr in self._outside_edits(root):
                    value = self.machine.facts.get(expr)
                    if not isinstance(expr, lower.Name) or value is None or not self._carries(value):
                        continue
                    if expr in self.served or (isinstance(statement, lower.Assign) and expr in statement.targets):
                        continue
                    if expr in replaced:
                        continue
                    if isinstance(value, Probs) and value.after and after:
                        continue
                    if not after or expr.id not in rebuilt | passed:
                        raise self.rewriter.fail(
                            "LEFTOVER", f"`{expr.id}` is read where the scores are no longer made", expr
                        )

    def _passed_on(self, call: lower.Stmt) -> set[str]:
        """Names that hold nothing of the chain at the call, and are bound to its weights by statements behind it."""
        found: set[str] = set()
        for statement in self.rewriter.statements[self.rewriter.order[call] + 1 :]:
            value = self.machine.facts.get(statement.value) if isinstance(statement, lower.Assign) else None
            if isinstance(statement, lower.Assign) and isinstance(value, Probs) and self._in_chain(value):
                found.update(target.id for target in statement.targets if isinstance(target, lower.Name))
        return {name for name in found if not self._carries(self.product.live.get(name, Opaque()))}

    def _made(self, statement: lower.Stmt) -> Iterator[lower.Name]:
        """Names that a statement binds to what is made of the weights behind the call."""
        if isinstance(statement, lower.Assign):
            value = self.machine.facts.get(statement.value)
            if isinstance(value, Probs) and value.product is self.product and value.after:
                yield from (t for t in statement.targets if isinstance(t, lower.Name))

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
        wide = self._softmax_dtype(state)
        bias = names.bias if state.bias != "none" else "None"
        filled = names.filled
        axes = self.product.softmax_axes
        query_axis = "l" if self.product.key_axis == "r" else "r"
        wanted = self._call_axes(query_axis)
        if state.bias != "none" and axes != wanted:
            self.rewriter.written.runtime.add("arrange")
            order = tuple(axes.index(a) - len(axes) for a in wanted if a != "...")
            bias, filled = f"arrange({bias}, {order})", f"arrange({filled}, {order})"
        if axes != wanted and self.request.stage != "none" and not self._weights_order():
            raise self.rewriter.fail(
                "WEIGHTS", "weights leave in an order of axes that is not (query, key)", softmax.expr
            )
        args = [names.query, names.key, value, bias, names.scale if state.scale == "set" else "1.0"]
        if (dropout := self._dropout_step()) is not None:
            args.append(f"dropout_p={self.names.dropout or self._dropout(dropout)}")
        if wide is not None:
            args.append(f"softmax_dtype={wide}")
            self.rewriter.written.keywords.add("softmax_dtype")
        if state.factor != "none":
            args.append(f"factor={names.factor}")
        if state.filled != "none":
            args.append(f"{'filled' if self.weak else 'emptied'}={filled}")
        if state.sink != "none":
            args.append(f"sink={names.sink}")
            self.rewriter.written.keywords.add("sink")
        if self.product.shared is not None:
            args.append('sink_on="output"')
            self.rewriter.written.keywords.add("sink_on")
        if self.views:
            args.append(f"shape={names.shape}")
            self.rewriter.written.keywords.add("shape")
        if (met := self._met_as()) is not None:
            args.append(f"met={met}")
            self.rewriter.written.keywords.add("met")
        if self.rewriter.interface:
            self.rewriter.written.runtime.add("interface_causal")
            parameters = self.frame.code.function.parameters
            extra = next((p.name for p in parameters if p.star == "**"), "{}")
            args.append(f"causal=interface_causal({parameters[0].name}, {names.query}, {parameters[4].name}, {extra})")
        if self.request.stage not in ("dropped", "none"):
            args.append(f'stage="{self.request.stage}"')
            self.rewriter.written.keywords.add("stage")
        if not self.request.cast:
            args.append("weights_cast=False")
            self.rewriter.written.keywords.add("weights_cast")
        if self.request.stage != "none":
            args.append(f"weights={self._asked()}")
        return args

    def _softmax_dtype(self, state: State) -> str | None:
        """The dtype of the softmax, where it is not merely that of the scores."""
        softmax, scores = self.product.softmax, self.product.softmax_input
        assert softmax is not None
        if softmax.operand is not None and not isinstance(softmax.operand_known, Opaque):
            return self.rewriter.say(softmax.operand, softmax.frame)
        if self._leave_as_given():
            return self._given_dtype(softmax)
        if not state.wide:
            return None
        said = self._dtype_of_upcast(scores, state.bias != "none") if scores is not None else None
        return said or "torch.float32"  # there may be no bias to widen the scores

    def _given_dtype(self, softmax: Step) -> str:
        """The dtype that a softmax is given, read of something else, as the call says it."""
        assert softmax.operand is not None
        text = self.rewriter.say(softmax.operand, softmax.frame)
        if not self._means_the_same(text, softmax.statement, self.context.statement):
            message = "the dtype in which the weights leave means something else at the call"
            raise self.rewriter.fail("CAST", message, softmax.operand)
        return text

    def _promoting(self, step: Step, final: Probs, state: State) -> str | None:
        """The dtype of probabilities that meet V in an einsum, where it may be wider than V's: over a single key an
        einsum multiplies, and promotes, where otherwise it raises an error. A dtype that was read of something is the
        model's as far as the source does not say another."""
        if step.rule != "einsum":
            return None
        untold = "over a single key an einsum has the dtype of its probabilities, which cannot be told"
        if any(step.kind == "factor" and width_met(step) not in UNWIDENING for step in self._since_last("pcast")):
            raise self.rewriter.fail("CAST", untold, self.context.expr)
        given: Value | None = final
        while isinstance(given, Probs):
            given = given.given and self.machine.dtypes.get(given.given, given.given)
        if isinstance(given, Symbol):
            return given.path
        if isinstance(given, Opaque):
            if given.wide not in (*UNWIDENING, *SAID_WIDTHS):
                raise self.rewriter.fail("CAST", untold, self.context.expr)
            return SAID_WIDTHS.get(given.wide)
        scores = self.product.softmax_input
        assert scores is not None
        if isinstance(given, Scores) and given.version != scores.version:
            return self._wider(self._dtype_of_scores(given, False))
        wide = self._promoted_dtype(scores, state.bias != "none")
        if wide is None:
            raise self.rewriter.fail("CAST", untold, self.context.expr)
        return self._wider(wide)

    def _wider(self, dtype: str | None) -> str | None:
        """A dtype that may be wider than the model's; None for any other."""
        own = dtype == f"{self.names.query}.dtype" and self.product.widths.issubset(UNWIDENING)
        return None if own else dtype

    def _met_as(self) -> str | None:
        """The sizes in which the probabilities meet the values, where they were viewed since the softmax."""
        final = self.product.final
        assert final is not None
        if final.reshaped is None:
            if final.views is not None:
                return None
            message = "the probabilities meet the values in shapes that differ by branch"
            raise self.rewriter.fail("VIEW", message, self.context.expr)
        sizes, frame, statement = final.reshaped.sizes, final.reshaped.frame, final.reshaped.statement
        here = {id(test) for test, _, _ in self.context.path}
        tests = [entry for entry in final.reshaped.path if id(entry[0]) not in here]
        roots = (*sizes, *(test for test, _, _ in tests))
        names = [e for root in roots for e in lower.below(root) if isinstance(e, lower.Name)]
        unclear = any(self.machine.impure(root) for root in roots)
        if unclear or frame is not self.frame or not all(self._stable(name, statement) for name in names):
            message = "the sizes in which the probabilities are viewed mean something else at the call"
            raise self.rewriter.fail("VIEW", message, self.context.expr)
        said = [self.rewriter.say(size, frame) for size in sizes]
        met = f"({', '.join(said)})" if len(said) > 1 else said[0]
        texts = [(self.rewriter.say(test, home), polarity) for test, polarity, home in tests]
        when = " and ".join(parenthesised_test(text if polarity else negated(text)) for text, polarity in texts)
        return f"{met} if {when} else None" if when else met

    def _call_axes(self, query_axis: str) -> tuple[str, ...]:
        """The scores' axes as the call takes them: what is viewed keeps the order of the view."""
        product = self.product
        axes = product.softmax_natural if self.views else product.softmax_axes
        return (*leading(axes), query_axis, product.key_axis)

    def _weights_order(self) -> tuple[int, ...]:
        """What brings the weights of the call to the order of axes of the source's; nothing where they have it, or
        where it cannot be said."""
        axes = self.product.softmax_axes
        wanted = self._call_axes("l" if self.product.key_axis == "r" else "r")
        if axes == wanted or "..." in axes or self.views or sorted(axes) != sorted(wanted):
            return ()
        return tuple(wanted.index(axis) for axis in axes)

    def _dropout_step(self) -> Step | None:
        return next((s for s in self.product.steps if s.kind == "dropout"), None)

    def _asked(self) -> str:
        asked = self.request.asked
        if asked is not None and asked != "output_attentions":
            return asked
        return " or ".join(text for text in (asked, self.request.also) if text) or "None"

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

    def _kept_as(self, weights: list[tuple[str, Value]]) -> str | None:
        """The sizes in which the weights are viewed that leave, where those that meet the values are a view of these:
        so gradients that somebody keeps at the weights are theirs."""
        final, live = self.product.final, weights[0][1] if len(weights) == 1 else None
        if not isinstance(live, Probs) or final is None or final.factors or self.request.stage != "probabilities":
            return None
        views = live.views or ()
        beyond = final.views is None or (len(final.views) > 1 and final.views[:1] == views)
        view = views[0] if beyond and len(views) == 1 and not self._weights_order() else None
        if not isinstance(view, lower.Call) or not is_reshape(view) or final.reshaped is None:
            return None
        sizes = [one_line(self.rewriter._edited(argument.value.node)) for argument in view.args]
        said = f"({', '.join(sizes)})" if len(sizes) > 1 else sizes[0]
        asked = (self._gate_of(live.when) or self.request.asked) if _optional(live) else ""
        if asked is None:
            return None
        return f"{said} if {parenthesised_test(asked)} else None" if asked else said

    @staticmethod
    def _inside(expr: Expr, root: Expr) -> bool:
        return any(inner is expr for inner in lower.below(root))

    def _replayed(self, whole: str, value: Value) -> str:
        order = self._weights_order()
        text = f"{whole}.permute{order}" if order else whole
        if not isinstance(value, Probs) or not value.views:
            return text
        for view in value.views:
            if not isinstance(view, lower.Call) or not isinstance(view.function, lower.Attribute):
                raise self.rewriter.fail(
                    "WEIGHTS", "the returned weights are reshaped in a way that cannot be repeated", view
                )
            args = ", ".join(one_line(self.rewriter._edited(a.value.node)) for a in view.args)
            text = f"{text}.{view.function.name}({args})"
        return text


def _optional(value: Value) -> bool:
    return isinstance(value, (Scores, Probs)) and value.optional


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
