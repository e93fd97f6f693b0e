"""What a call is given: names for query and key, heads before they were repeated, what is read of scores that are not
made any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from . import lower, structure
from .demands import Demands, Grouped, Narrow, Unwritable, replace_blocks
from .frames import Frame, parts_of
from .grouped import repeated
from .hierarchy import render
from .layout import own_letters
from .lower import Expr
from .results import WITH_AXES
from .scope import one_line, parenthesised
from .values import (
    Loss,
    Method,
    Opaque,
    Path,
    Probs,
    Read,
    Scores,
    Step,
    Super,
    Symbol,
    Width,
    leading,
)
from .wording import (
    INDENT,
    arrangement,
    layout_choice,
)

BIASING = ("add", "sub", "rsub", "fill", "keep", "store")
"""Steps that make a bias where there is none."""
COMBINED = (*BIASING, "mul", "div")
"""Steps that compute with the bias that is there."""
ON_BIAS = (*COMBINED, "masked", "upcast", "recast", "clamp", "permute", "view")
"""Steps that make another bias of it."""
SUMS = ("add", "sub", "rsub")
"""Steps that promote the scores as their bias says."""
READ_BY_FUNCTIONS = {"like": "shape and dtype", "typed": "dtype", "new": "dtype and device"}
"""What functions such as `zeros_like`, `type_as` and `new_zeros` read of what they are given."""
UNWIDENING = ("", "own", "whole", "unsaid")
"""The widths of what widens no scores, as far as the source says."""
SAID_WIDTHS: Mapping[str, str] = {"float32": "torch.float32", "default": "torch.get_default_dtype()"}
"""The dtypes that a width names, as the text says them."""
FLOAT32 = ("torch.float32", "torch.float")


class Operands(Demands):
    """The operands of one chain."""

    def _name_operands(self) -> None:
        product = self.product
        left_first = product.key_axis == "r"
        row, column = own_letters(product.left_labels, product.right_labels, product.out_labels)
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
        self.operands: list[tuple[Expr, str]] = []
        """What query and key are made of, and how their axes are brought to order then."""
        found: list[str] = []
        for (expr, labels, letter), default in zip(sides, ("query", "key"), strict=True):
            source, dims = expr, arrangement(labels, [*lead, letter, contracted])
            axes = len(labels) if "..." not in labels else 4 if self.rewriter.interface else None
            inner = peeled(expr, axes) if dims == ".transpose(-1, -2)" else None
            if inner is not None:
                source, dims = inner, ""
            self.operands.append((source, dims))
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

    def _narrowed(self) -> Narrow | None:
        """Query and key as they were before both were cast to float32, where they still are that at the call: what
        is changed in place behind the product is no chain, and a cast may give its own operand."""
        product, rewriter = self.product, self.rewriter
        alone = product.frame is self.frame and self.context.frame is self.frame and not product.loops
        plain = alone and self.grouped is None and not self.names.sink
        found = [self._before_cast(source) for source, _ in self.operands] if plain else []
        before = [(tensor, cast) for tensor, cast in filter(None, found)]
        if len(before) != 2:
            return None
        casts = sorted((cast for _, cast in before if cast is not None), key=lambda cast: rewriter.order[cast])
        if len(casts) == 1 or (not casts and not all(self._stable(tensor) for tensor, _ in before)):
            return None
        if casts:
            # what stands there is said before the first of them, and may not become another tensor on the way
            between = rewriter.statements[rewriter.order[casts[0]] : rewriter.order[product.statement]]
            rebound = lower.assigned_names((casts[0],)) & {tensor.id for tensor, cast in before if cast is casts[1]}
            if rebound or casts[0].node in rewriter.edits:
                return None
            if any(statement not in casts and statement not in self.dropped for statement in between):
                return None
        query, key = (f"{tensor.id}{dims}" for (tensor, _), (_, dims) in zip(before, self.operands, strict=True))
        name = rewriter.fresh("narrow")
        return Narrow(name, f"{name} = {query}, {key}", casts[0] if casts else None)

    def _before_cast(self, operand: Expr) -> tuple[lower.Name, lower.Stmt | None] | None:
        """The tensor that an operand is a cast to float32 of, and the statement that casts it where that is another
        than the product's."""
        tensor = self._widened(operand)
        if tensor is not None or not isinstance(operand, lower.Name) or not self._stable(operand):
            return None if tensor is None else (tensor, None)
        stop = self.rewriter.order[self.product.statement]
        bound = [
            s for s in self.rewriter.statements[:stop] if operand.id in lower.assigned_names((replace_blocks(s),))
        ]
        cast = bound[-1] if bound else None
        if not isinstance(cast, lower.Assign) or cast not in self.frame.code.function.body or len(cast.targets) != 1:
            return None
        tensor = self._widened(cast.value) if isinstance(cast.targets[0], lower.Name) else None
        return None if tensor is None else (tensor, cast)

    def _widened(self, expr: Expr) -> lower.Name | None:
        """What a call casts to float32, where that is a name."""
        if not isinstance(expr, lower.Call) or any(a.star for a in expr.args):
            return None
        callee = self.machine.facts.get(expr.function)
        if not isinstance(callee, Method) or not isinstance(expr.function, lower.Attribute):
            return None
        dtypes = [self.machine.facts.get(a.value) for a in expr.args if a.keyword in (None, "dtype")]
        told = len(expr.args) == 1 and any(isinstance(d, Symbol) and d.path in FLOAT32 for d in dtypes)
        if not (callee.name == "to" and told) and not (callee.name == "float" and not expr.args):
            return None
        before, after, tensor = callee.base, self.machine.facts.get(expr), expr.function.base
        if not isinstance(before, Opaque) or not isinstance(after, Opaque) or not isinstance(tensor, lower.Name):
            return None
        # A change of either in place must be a change that the analysis has seen.
        return tensor if before.storages <= after.storages else None

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
        for inner, expr, path in self.machine.raises if top is not None else ():
            if inner is frame and not self._guarded(path):
                raise self.rewriter.fail("HELPER", "a helper that the scores pass through may raise an error", expr)
        for inner, expr, path, of in self.machine.effects if top is not None else ():
            if self._top(inner) is top and of is not self.product and not self._guarded(path):
                raise self.rewriter.fail(
                    "HELPER", "a helper that the scores pass through changes an attribute, or a tensor in place", expr
                )

    def _once(self) -> None:
        """Fails where what a helper computes, or is given, would not be computed once as it is there: a call that may
        give something else each time, or do something besides."""
        frames = {step.frame for step in self.product.steps} | {self.product.frame}
        tops = {top for frame in frames if frame is not self.frame and (top := self._top(frame)) is not None}
        tops -= self.mapped
        for top in tops:
            roots = [arg.value for arg in top.call.args] if isinstance(top.call, lower.Call) else []
            inside = [f for f in frames if f is top or self._top(f) is top]
            for frame in inside:
                if frame is not top and isinstance(frame.call, lower.Call):
                    roots += [arg.value for arg in frame.call.args]
            roots += [e for frame, e, path in self.machine.made if frame in inside and not self._guarded(path)]
            for root in roots:
                value = self.machine.facts.get(root)
                if value is None or self._carries(value) or not self.machine.impure(root):
                    continue
                if sum(said is root for said in self.rewriter.said) != 1:
                    message = "a helper is given, or makes, what may be another thing each time it is computed"
                    raise self.rewriter.fail("HELPER", message, root)

    def _besides(self) -> None:
        """Fails where what goes holds something that nothing says: a call that may do something besides, or a name
        that is bound."""
        said = set(self.rewriter.said)
        gone = self.dropped - self.kept - self.rewriter.gone
        pending = [expr for statement in gone for expr in lower.expressions(statement)]
        pending.append(self.rewriter.calls.get(self.product, self.context.expr))
        while pending:
            expr = pending.pop()
            if expr in said:
                continue
            pending += expr.children()
            value = self.machine.facts.get(expr)
            if isinstance(expr, (lower.Walrus, lower.Closure)):
                message = "what an expression does besides would be left out with the statement it stands in"
                raise self.rewriter.fail("STATEMENT", message, expr)
            if not isinstance(expr, lower.Call) or expr is self.context.expr or isinstance(value, (Super, type(None))):
                continue
            if not (self._carries(value) or self._made_by(expr) or self.machine.leaves_no_trace(expr)):
                message = "a call that may do something besides would be left out with the statement it stands in"
                raise self.rewriter.fail("STATEMENT", message, expr)

    def _unmade(self) -> None:
        """Fails where what is said reads scores or probabilities that are no longer made."""
        statements = lower.walk(self.rewriter.function.body)
        # of a helper's names each call has its own facts, and those of its arguments are said as well
        own = {e for s in statements for root in lower.expressions(s) for e in lower.below(root)}
        for root in self.rewriter.said:
            for expr in self._outside_edits(root):
                if expr in own and expr not in self.served and self._carries(self.machine.known(expr)):
                    message = f"`{one_line(expr.node)}` is read where the scores are no longer made"
                    raise self.rewriter.fail("LEFTOVER", message, expr)

    def _shut_in(self) -> None:
        """Fails where a nested function that stays reads a name which nothing binds to scores or probabilities any
        more: it would find what the name held before, or nothing."""
        order = self.rewriter.order
        unbound = lower.assigned_names(tuple(self.dropped - self.kept))
        for statement in self.rewriter.statements:
            if not isinstance(statement, lower.Define) or statement in self.rewriter.gone:
                continue
            behind = order[statement] > order[self.context.statement]
            for name in sorted((unbound - self.rebuilt if behind else unbound) & self._taken_by(statement)):
                message = f"`{name}` is read by a nested function where the scores are no longer made"
                raise self.rewriter.fail("LEFTOVER", message, Expr(statement.node))

    def _taken_by(self, statement: lower.Define) -> frozenset[str]:
        """Names that a nested function, as it is written now, takes from around it."""
        node = self.rewriter._edited(statement.node)
        if not isinstance(node, cst.FunctionDef) or lower.nonlocal_names(node):
            return statement.reads
        return frozenset(structure.global_names(render(node) + "\n"))

    def _made_by(self, call: lower.Call) -> bool:
        """Whether a call is of a helper that makes part of the chain: of what else it does, `_once` knows."""
        frames = [self.product.frame, self.context.frame, *(step.frame for step in self.product.steps)]
        return any(top is not None and top.call is call for top in map(self._top, frames))

    def _outside_edits(self, root: Expr) -> Iterator[Expr]:
        if root.node in self.rewriter.edits:
            return
        yield root
        for child in root.children():
            yield from self._outside_edits(child)

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
        places = {(frame, e): index for index, step in reversed(numbered) for frame, e in self._said_for(step)}
        for read in self.machine.reads:
            if read.value.product is not self.product:
                continue
            if isinstance(read.value, Scores) and read.value.views not in (0, self._views_before(read, places)):
                raise self.rewriter.fail(
                    "METADATA", f"the scores' {_shown(read)} is read where they are viewed in another shape", read.expr
                )
            text = self._metadata_text(read, read.what, read.dims)
            # of the method's own, for arguments that helpers are given
            self.rewriter.lifted[read.frame, read.expr.node] = None if read.what.endswith("_as") else text
            if read.frame is not self.frame:
                self._there_to_read(read)
                continue
            if text is None and read.what == "shape" and read.expr in self.machine.taken_sizes:
                whole, place = self.machine.taken_sizes[read.expr]
                size = self._metadata_text(read, "size", (place,))
                if size is not None:
                    self.rewriter.edits[whole.node] = cst.parse_expression(size)
                    self.rewriter.lifted[read.frame, whole.node] = size
                    continue
            if text is None:
                if read.statement in self.dropped and read.expr not in self._said():
                    continue
                raise self.rewriter.fail(
                    "METADATA", f"the scores' {_shown(read)} is read where it cannot be said without them", read.expr
                )
            self.rewriter.edits[read.expr.node] = cst.parse_expression(text)

    def _there_to_read(self, read: Read) -> None:
        """A helper that is given weights behind the call reads what only a tensor has: they have to be made there."""
        if not (read.after_context and isinstance(read.value, Probs) and read.frame.called_in(self.frame)):
            return
        asked = self._gate_of(read.path)
        taken = {(id(test), polarity) for test, polarity, _ in read.path}
        original = any(all((id(test), polarity) in taken for test, polarity, _ in guard) for guard in self.left)
        if original or (asked is not None and asked == self.request.asked):
            return
        message = f"a helper that is given the probabilities behind the call reads their {_shown(read)}"
        raise Unwritable(Loss("METADATA", message, read.expr, read.frame))

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

    def _views_before(self, read: Read, said: Mapping[tuple[Frame, Expr], int]) -> int:
        """How many views the scores have gone through where what is read of them is said."""
        if (read.frame, read.expr) in said:
            return sum(step.kind == "view" for step in self.product.steps[: said[read.frame, read.expr]])
        order = self.rewriter.order
        place = order[read.statement]
        return sum(
            order[step.statement] <= place for step in self.views
        )  # what stands beside a view is said behind it

    def _said(self) -> set[Expr]:
        """What the emitted statements say of the source's."""
        roots = [self.product.left, self.product.right]
        if self.product.final is not None and self.product.final.reshaped is not None:
            roots += self.product.final.reshaped.sizes
        said = {inner for root in roots for inner in lower.below(root)}
        steps = [(step, root) for step in self.product.steps for _, root in self._roots(step)]
        said |= {e for step, root in steps if not self._unsaid(step, root) for e in lower.below(root)}
        return said

    def _unsaid(self, step: Step, root: Expr) -> bool:
        """Whether something is the dtype of a softmax, read of something else, that the call need not be given."""
        given = step.kind == "softmax" and root is step.operand and isinstance(step.operand_known, Opaque)
        return given and not self._leave_as_given()

    def _leave_as_given(self) -> bool:
        """Whether weights leave in the dtype that the softmax is given, and that is not the one of its scores, which
        it has anyway."""
        softmax, scores = self.product.softmax, self.product.softmax_input
        assert softmax is not None
        if softmax.operand is None or self.request.cast:
            return False
        of = self.machine.dtypes.get(softmax.operand_known)
        return not (isinstance(of, Scores) and scores is not None and of.version == scores.version)

    @staticmethod
    def _roots(step: Step) -> list[tuple[Frame, Expr]]:
        """What a step computes with, and the conditions below its statement under which it happens, each with the
        frame in which it is evaluated."""
        roots = [e for e in (step.operand, step.value, *step.details) if isinstance(e, Expr)]
        return [*((step.frame, root) for root in roots), *((frame, test) for test, _, frame in step.conditions)]

    def _said_for(self, step: Step) -> set[tuple[Frame, Expr]]:
        """What is said of the source for one step."""
        return {(frame, inner) for frame, root in self._roots(step) for inner in lower.below(root)}

    def _metadata_text(self, read: Read, what: str, dims: tuple[int, ...] = ()) -> str | None:
        """What is read of the scores or probabilities, or something else of them, without them; None where that
        cannot be said."""
        query, key, value, expr = self.names.query, self.names.key, read.value, read.expr
        if what in ("expand_as", "view_as", "reshape_as"):
            assert isinstance(expr, lower.Call)
            assert isinstance(expr.function, lower.Attribute)
            if self.views or not self._straight(value):
                return None
            base = one_line(expr.function.base.node)
            whole = self._expanded(f"scores_shape({query}, {key})", read)
            return None if whole is None else f"{parenthesised(base)}.{what.removesuffix('_as')}({whole})"
        if what == "like":
            whole_shape = self._metadata_text(read, "shape")
            there = self._bias_is_there(read)
            said = self._dtype_of_scores(value, there) if isinstance(value, Scores) else f"{query}.dtype"
            if whole_shape is None or said is None:
                return None
            self.rewriter.written.runtime.add("scores_like")
            shape = f", shape={whole_shape}" if whole_shape != f"scores_shape({query}, {key})" else ""
            dtype = f", dtype={said}" if said != f"{query}.dtype" else ""
            return f"scores_like({query}, {key}{shape}{dtype})"
        if what == "new":
            return query
        if what == "typed":
            said = self._metadata_text(read, "dtype")
            if said is None or said == f"{query}.dtype":
                return None if said is None else query
            self.rewriter.written.runtime.add("scores_like")
            return f"scores_like({query}, {key}, dtype={said})"
        if what == "type":
            typed = self._metadata_text(read, "typed")
            return None if typed is None else f"{typed}.type()"
        if isinstance(value, Probs) and value.after:
            return None
        if what == "device":
            return f"{query}.device"
        if what == "dtype":
            if isinstance(value, Scores):
                return self._dtype_of_scores(value, self._bias_is_there(read))
            softmax = self.product.softmax
            assert softmax is not None
            if value.casts != 0 or value.factors:
                return None
            if softmax.operand is not None:
                text = self.rewriter.say(softmax.operand, softmax.frame)
                stated = not isinstance(softmax.operand_known, Opaque)
                return text if stated or self._means_the_same(text, softmax.statement, read.statement) else None
            if value.views or value.stage != "probabilities":
                return None
            assert self.product.softmax_input is not None
            return self._dtype_of_scores(self.product.softmax_input, self._bias_is_there(read))
        if what == "size" and len(dims) == 1 and not self._met(read):
            axis = value.axes[dims[0]] if -2 <= dims[0] < 0 else None
            if axis is None and "..." not in value.axes and 0 <= dims[0] < len(value.axes):
                axis = value.axes[dims[0]]
            query_axis = "l" if self.product.key_axis == "r" else "r"
            if axis == query_axis:
                return f"{query}.size(-2)"
            if axis == self.product.key_axis:
                return f"{key}.size(-2)"
        if what in ("size", "shape") and self._straight(value) and (isinstance(value, Scores) or not value.views):
            expected = value.natural if self.views else self.product.softmax_axes
            if leading(value.axes) != leading(expected) and "..." not in value.axes:
                return None
            viewed = value.views if isinstance(value, Scores) else self.views
            whole = self._expanded(self.names.shape if viewed else f"scores_shape({query}, {key})", read)
            return f"{whole}[{dims[0]}]" if dims and whole is not None else whole
        if what in ("dim", "ndim") and not (isinstance(value, Probs) and value.views):
            viewed = value.views if isinstance(value, Scores) else self.views
            return f"len({self.names.shape})" if viewed else f"{query}.dim()"
        return None

    def _met(self, read: Read) -> bool:
        """Whether what is read of may have been expanded by what it was computed with."""
        scores = read.value if isinstance(read.value, Scores) else self.product.softmax_input
        return scores is None or scores.met

    def _expanded(self, shape: str, read: Read) -> str | None:
        """The shape of what is read of, where the product's, or the last view's, is `shape`."""
        self.rewriter.written.runtime.add("scores_shape")
        if not self._met(read):
            return shape
        value = read.value
        if value.sink or (isinstance(value, Scores) and value.pending is not None) or not self._bias_is_there(read):
            return None  # the sink's column is one more key, and a mask that is waiting for its fill is in no bias yet
        before = self.product.steps[: self._behind(read)]
        biased = any(step.kind in BIASING for step in before)
        scaled = any(step.has_axes for step in before)
        met = [self.names.bias] * biased + [self.names.scale] * scaled
        if shape != self.names.shape:
            return f"{shape.removesuffix(')')}, {', '.join(met)})"
        self.rewriter.written.runtime.add("expanded")
        return f"expanded({', '.join([shape, *met])})"

    def _behind(self, read: Read) -> int | None:
        """How many steps what is read of has gone through."""
        softmax = self.product.softmax
        return read.behind if isinstance(read.value, Scores) or softmax is None else self.product.steps.index(softmax)

    def _dtype_of_scores(self, scores: Scores, there: bool) -> str | None:
        """Of scores that were cast to float32, or not, and then computed with something that may be wider. `there`
        says that the bias is what was added to them."""
        query, bias = self.names.query, self.names.bias
        if self._recast(self.machine.made_at.get(scores.version)):
            return None
        if scores.upcast is None:
            return f"{bias}.dtype" if scores.told == "same" and there else None
        if scores.upcast:
            return self._dtype_of_upcast(scores, there)
        wide = SAID_WIDTHS.get(scores.promoted)
        if wide is not None:
            return f"torch.promote_types({query}.dtype, {wide})"
        if not scores.promoted:
            return f"{query}.dtype"
        # constants, which may be of torch's default dtype, widen no float32
        told = scores.told in ("same", "tensor", "maybe") or (
            scores.promoted == "unsaid" and self.product.widths == {"float32"}
        )
        if not told or not there:
            return None
        self.rewriter.written.runtime.add("scores_dtype")
        return f"scores_dtype({query}, {bias})"

    def _recast(self, steps: int | None) -> bool:
        """Whether scores that went through so many steps were cast to a dtype that the source chooses, and to none
        that is known since."""
        kinds = [step.kind for step in self.product.steps[:steps] if step.kind in ("upcast", "cast", "recast")]
        return kinds[-1:] == ["recast"]

    def _dtype_of_upcast(self, scores: Scores, there: bool) -> str | None:
        """Of scores that were cast to float32; what they were computed with since may be float64."""
        if scores.promoted in ("", "float32"):
            return "torch.float32"
        if scores.promoted == "default":
            return "torch.promote_types(torch.float32, torch.get_default_dtype())"
        if scores.told not in ("same", "tensor", "maybe") or not there:
            return None
        self.rewriter.written.runtime.add("scores_dtype")
        return f"scores_dtype({self.names.query}, {self.names.bias}, torch.float32)"

    def _promoted_dtype(self, scores: Scores, biased: bool) -> str | None:
        """Of the softmax's operand, as the call says it; None where it cannot be told."""
        told = self._dtype_of_scores(scores, biased)
        if told is not None or scores.upcast is None:
            return told
        if any(
            step.kind in ("cast", "recast") or width_met(step) not in UNWIDENING for step in self._since_last("upcast")
        ):
            return None
        return "torch.float32" if scores.upcast else f"{self.names.query}.dtype"

    def _since_last(self, kind: str) -> Sequence[Step]:
        """The steps since the last one of a kind; all, where there is none."""
        steps = self.product.steps
        last = max((i for i, step in enumerate(steps) if step.kind == kind), default=-1)
        return steps[last + 1 :]

    def _bias_is_there(self, read: Read) -> bool:
        """Whether, where something is read of the scores, the bias is what was added to them before, and no more."""
        behind = self._behind(read)
        if behind is None:
            return False
        loops = [loop for product, loop in self.machine.repeated if product is self.product]
        if any(read.statement is inside for loop in loops for inside in lower.walk((loop,))):
            return False  # each pass finds another bias
        saying = [i for i, step in enumerate(self.product.steps) if self._says(step, read)]
        if saying:
            between = self.product.steps[behind : saying[-1]]
            return not any(step.kind in ON_BIAS for step in between)
        order = self.rewriter.order
        place = order[read.statement]
        later = (s for s in self.product.steps[behind:] if s.kind in ON_BIAS)
        earlier = self.product.steps[:behind]
        return all(order[s.statement] > place for s in later) and all(order[s.statement] < place for s in earlier)

    def _says(self, step: Step, read: Read) -> bool:
        """Whether what a step computes with is said with what is read: there, or by names of a helper's own."""
        pending = self._roots(step)
        followed: set[tuple[Frame, str]] = set()
        for frame, root in pending:
            for inner in lower.below(root):
                if inner is read.expr and frame is read.frame:
                    return True
                if not isinstance(inner, lower.Name) or frame.parent is None or (frame, inner.id) in followed:
                    continue
                followed.add((frame, inner.id))
                argument = frame.arguments.get(inner.id)
                pending += [(frame, part) for part in parts_of(frame.said(inner))]
                pending += [(frame.parent, argument)] if argument is not None else []
        return False

    def _straight(self, value: Scores | Probs) -> bool:
        """Whether a value's axes lie as those of `query @ key.T` do, or as its views say."""
        rows = ("r", "l") if self.product.key_axis == "l" else ("l", "r")
        lead = leading(self.product.softmax_axes)
        if isinstance(value, Scores) and self.views:
            lead = leading(value.axes) if value.views else self.product.leading
        return value.axes[-2:] == rows and leading(value.axes) == lead


def _shown(read: Read) -> str:
    """What is read of scores, in the words of a reader of the source."""
    return READ_BY_FUNCTIONS.get(read.what) or f"`{read.what}`"


def width_met(step: Step) -> Width:
    """Which dtype a tensor with axes is that the scores meet in a step and may be promoted by; "" for none."""
    known = step.operand_known
    return known.wide if isinstance(known, Opaque) and known.kind in WITH_AXES else ""


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
