"""The abstract interpreter: walks the normal form, joins branches, enters helpers.

It runs one method of one class on abstract arguments, never on tensors, and logs in each `Product` what became of it.
The state that branches fork and join is the environment of the running frame and the current version of each product;
everything else is a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import libcst as cst
from libcst import matchers

from . import lower
from .calls import Calls
from .chain import CHANGEABLE_NUMBER, OWN, UNCHANGING, setting
from .frames import BUDGET, UNSAID, Frame, Source, TooComplex
from .hierarchy import Code, NestedCode, join_attribute
from .layout import without_last
from .lower import Expr
from .operations import RULES, Operand, Operation
from .values import (
    Choice,
    Instance,
    Interface,
    Method,
    Nested,
    Opaque,
    Probs,
    Product,
    Record,
    RowShift,
    Scores,
    Self,
    Symbol,
    Value,
    join_opaque,
    kept_width,
    numeric,
    of_number,
    put_together,
    whole_number,
)

METADATA = frozenset({"shape", "dtype", "device", "ndim", "is_cuda", "requires_grad", "is_quantized"})
VIEWS_OF_TENSORS = frozenset({"T", "mT", "H", "mH", "data", "real", "imag"})
"""Attributes of a tensor that are views of it."""
QUIET_CONTEXTS = ("contextlib.nullcontext", "torch.profiler", "torch.autograd.profiler")


def view_of(name: str, expr: Expr) -> bool:
    """Whether an expression changes nothing: of calls it holds only methods of the tensor `name`, not in place."""
    if isinstance(expr, lower.Call):
        base: Expr = expr.function
        if not isinstance(base, lower.Attribute) or base.name.endswith("_"):
            return False
        while isinstance(base, (lower.Attribute, lower.Subscript, lower.Call)):
            base = base.function if isinstance(base, lower.Call) else base.base
        return isinstance(base, lower.Name) and base.id == name
    plain = (lower.Name, lower.Attribute, lower.Subscript, lower.Constant, lower.Display, lower.Slice, lower.Binary)
    return isinstance(expr, plain)


class Interpreter(Calls):
    """Runs methods of `cls`; after `run`, `products` and `lost` hold what was found."""

    def run(self, code: Code, arguments: dict[str, Value] | None = None) -> Frame:
        """Interpret one function from its entry; `arguments` override what is assumed of parameters."""
        frame = Frame(code, self.cls, {})
        self.frame = frame
        self.used_code.add(code)
        for index, parameter in enumerate(code.function.parameters):
            value: Value
            if index == 0 and code.is_method:
                value = Self(self.cls)
            elif arguments and parameter.name in arguments:
                value = arguments[parameter.name]
            else:
                value = self.parameter(parameter)
                if value.kind == "number":
                    self.plain_arguments |= value.storages
                if code.is_method and code.name == "forward":  # of others the calls are in sight
                    self.arguments |= self.storages(value)
            frame.env[parameter.name] = value
        if code.function.strange:
            self.contexts.append(self.note("UNSUPPORTED", code.function.strange, Expr(code.function.node)))
        self.block(code.function.body)
        return frame

    # --- statements ---------------------------------------------------------------------------------------------

    _rest_done = False
    _rest_alive = True

    def block(self, statements: tuple[lower.Stmt, ...]) -> bool:
        """Run statements; False where control does not come out at the end."""
        for index, statement in enumerate(statements):
            if self.frame.parent is None:
                self.statement = statement
                self.statement_path = len(self.path)
            if not self.execute(statement, statements[index + 1 :]):
                return False
            if isinstance(statement, lower.Branch) and self._rest_done:
                self._rest_done = False
                return self._rest_alive
        return True

    def execute(self, statement: lower.Stmt, rest: tuple[lower.Stmt, ...]) -> bool:
        match statement:
            case lower.Assign():
                value = self.evaluate(statement.value)
                if self.frame.parent is not None:
                    self.made.append((self.frame, statement.value, tuple(self.path)))
                for target in statement.targets:
                    self.assign(target, value, statement.value)
            case lower.AugAssign():
                self.augment(statement)
            case lower.Evaluate():
                before = {product: (version, len(product.steps)) for product, version in self.current.items()}
                value = self.evaluate(statement.value)
                self.discarded(value, statement.value, before)
                if not self.chain_values(value) and not self.for_backward(statement.value):
                    self.effect(statement.value)
            case lower.Branch():
                return self.branch(statement, rest)
            case lower.Loop():
                self.loop(statement)
            case lower.Within():
                return self.within(statement)
            case lower.Attempt():
                return self.attempt(statement)
            case lower.Return():
                value = self.evaluate(statement.value) if statement.value is not None else Opaque("none")
                if self.frame.parent is None:
                    self.flow(value, statement.value)
                path = tuple(self.path[self.frame.path_start :])
                self.frame.returns.append((value, dict(self.current), path, statement.value))
                return False
            case lower.Raise():
                for part in statement.parts:
                    self.evaluate(part)
                self.raises.append(
                    (self.frame, statement.parts[0] if statement.parts else Expr(statement.node), tuple(self.path))
                )
                return False
            case lower.Assert():
                self.raises.append((self.frame, statement.test, tuple(self.path)))
                self.touch(self.evaluate(statement.test), statement.test, "an assertion")
                if statement.message is not None:
                    self.touch(self.evaluate(statement.message), statement.message, "an assertion's message")
            case lower.Delete():
                for target in statement.targets:
                    if isinstance(target, lower.Name):
                        self.facts[target] = self.frame.env.pop(target.id, Opaque())
                        self.frame.definitions[target.id] = None
                        self.frame.sources[target.id] = UNSAID
                    elif isinstance(target, lower.Subscript):
                        self.rearranged(self.evaluate(target.base), target)
                    elif isinstance(target, lower.Attribute):
                        if isinstance(self.evaluate(target.base), Self):
                            self.stores.setdefault(target.name, []).append(Opaque())
                        self.altered_attributes.add(target.name)
            case lower.Leave():
                if self.leaves:
                    self.leaves[-1].append((dict(self.frame.env), dict(self.current)))
                return False
            case lower.Define() if isinstance(statement.node, cst.FunctionDef):
                if lower.nonlocal_names(statement.node):
                    what = "a nested function that binds names of the one around it"
                    self.contexts.append(self.note("UNSUPPORTED", what, Expr(statement.node)))
                nested = NestedCode(self.frame.code, statement.node)
                for decorator in nested.function.decorators:
                    self.touch(self.evaluate(decorator), decorator, "a nested function takes them")
                for parameter in nested.function.parameters:
                    if parameter.default is not None:
                        default = self.evaluate(parameter.default)
                        self.touch(default, parameter.default, "a nested function takes them")
                        self.frame.defaults[statement.name, parameter.name] = self.weakened(default)
                self.frame.captured |= statement.reads
                self.frame.env[statement.name] = Nested(NestedCode(self.frame.code, statement.node), self.frame)
                self.frame.sources[statement.name] = UNSAID
            case lower.Define():
                self.contexts.append(self.note("UNSUPPORTED", "a nested function or class", Expr(statement.node)))
                self.frame.env[statement.name] = Opaque(storages=self.fresh())
                self.frame.sources[statement.name] = UNSAID
            case lower.Strange():
                if statement.what != "import":
                    self.contexts.append(
                        self.note("UNSUPPORTED", f"the statement `{statement.what}`", Expr(statement.node))
                    )
                    for name in statement.reads:
                        if name in self.frame.env:
                            self.touch(self.frame.env[name], Expr(statement.node), statement.what)
                else:
                    self.imported(statement)
            case _:
                pass
        return True

    def discarded(self, value: Value, expr: Expr, before: Mapping[Product, tuple[int, int]]) -> None:
        """A method that changes nothing gave new scores, or probabilities, that nobody keeps: the old ones go on."""
        if not isinstance(value, (Scores, Probs)) or not isinstance(expr, lower.Call):
            return
        product, function = value.product, expr.function
        old, taken = before.get(product, (value.version, 0))
        steps = product.steps[taken:]
        if len(steps) != 1 or steps[0].expr is not expr or steps[0].kind == "softmax":
            return
        method = isinstance(function, lower.Attribute) and isinstance(self.facts.get(function.base), (Scores, Probs))
        if method and not lower.changes_in_place(expr.node) and not self.calls_changing(expr.node):
            product.steps[-1] = replace(steps[0], kind="same", operand=None, value=None, details=())
            self.current[product] = old

    def for_backward(self, expr: Expr) -> bool:
        """Whether a call only keeps something for the backward of a custom autograd function."""
        function = expr.function if isinstance(expr, lower.Call) else None
        base = self.facts.get(function.base) if isinstance(function, lower.Attribute) else None
        return isinstance(base, Opaque) and base.kind == "context"

    def imported(self, statement: lower.Strange) -> None:
        for name, value in self.world.imported(self.frame.code.file, statement.node, self).items():
            self.bind(name, value, None)

    def assign(self, target: Expr, value: Value, source: Expr | None) -> None:
        if isinstance(target, lower.Name):
            self.bind(target.id, value, source)
        elif isinstance(target, lower.Display):
            parts = self.beside_sizes(source, len(target.items)) if isinstance(source, lower.Display) else None
            plain = not any(isinstance(item, lower.Starred) for item in target.items)
            self.unpack(target, Record("tuple", parts) if parts is not None and plain else value)
        elif isinstance(target, lower.Starred):
            self.assign(target.value, Opaque(storages=self.storages(value), depends=self.depends(value)), None)
        elif isinstance(target, lower.Attribute):
            base = self.evaluate(target.base)
            if isinstance(base, Opaque) and base.kind == "context" and not self.chain_values(value):
                self.frame.env[f"{target.name}\0"] = value
            self.altered_attributes.add(target.name)
            if isinstance(base, Self) and self.world.getter(base.cls, target.name) is not None:
                self.altered_attributes.add("")  # a setter sets what it likes
            if isinstance(base, Self):
                sides = (source.body, source.orelse) if isinstance(source, lower.Conditional) else ()
                made = self.frame.code.name == "__init__" and all(side in self.facts for side in sides)
                self.stores.setdefault(target.name, []).extend([self.facts[s] for s in sides if made] or [value])
            if isinstance(base, Instance):
                self.reopened(base)
                if isinstance(target.base, lower.Attribute):
                    self.stores.setdefault(target.base.name, []).append(Opaque())
            self.touch(value, target, f"they are stored in `{target.name}`")
            self.keep_row(value, target)
            if not (isinstance(base, Opaque) and base.kind == "context"):
                self.effect(target)
            if isinstance(base, (Scores, Probs)):
                self.spoil(base, target, "an attribute of the scores is set")
            elif isinstance(base, (Opaque, Method)) and not (isinstance(base, Opaque) and base.kind == "context"):
                self.mutated(self.storages(base), target)
                self.kept_by(base, [value])
            elif not isinstance(base, Self):
                self.hold([value])
            elif base.foreign or self.changes:  # the next pass of a loop may find it
                self.kept_by(Opaque(storages=frozenset({OWN})), [value])
        elif isinstance(target, lower.Subscript):
            base = self.evaluate(target.base)
            indices = [Operand(self.evaluate(index), index) for index in target.indices]
            if isinstance(base, Scores) and isinstance(target.base, lower.Name) and source is not None:
                operands = (Operand(base, target.base), *indices, Operand(value, source))
                stored = RULES["setitem"][1](Operation("setitem", operands, {}, target, self))
                if isinstance(stored, Scores):
                    self.effect(target, base.product)
                    self.bind(target.base.id, stored, None)
                    return
            self.touch(value, target, "they are stored in a container")
            self.keep_row(value, target)
            self.effect(target)
            if isinstance(base, (Scores, Probs)):
                self.spoil(base, target, "part of the scores is overwritten")
            elif isinstance(base, Record):
                self.rearranged(base, target)
                self.put_into(base, [value])
            else:
                if self.is_mapping(target.base):
                    self.weaken(self.storages(base))
                else:
                    self.mutated(self.storages(base), target)
                self.put_into(base, [value])

    def is_mapping(self, expr: Expr) -> bool:
        """Whether an expression is an attribute of the module that is a dict wherever its methods set it."""
        base = self.facts.get(expr.base) if isinstance(expr, lower.Attribute) else None
        return (
            isinstance(base, Self) and isinstance(expr, lower.Attribute) and self.world.is_mapping(base.cls, expr.name)
        )

    def beside_sizes(self, source: lower.Display, names: int) -> tuple[Value, ...] | None:
        """What `b, n, d, heads = *tensor.shape, self.heads` gives to so many names: the sizes fill what is left."""
        parts: list[Value] = []
        sizes = [item for item in source.items if isinstance(item, lower.Starred)]
        if len(sizes) != 1 or names < len(source.items) - 1:
            return None
        size = self.facts.get(sizes[0].value)
        if not isinstance(size, Opaque) or size.kind != "size":
            return None
        for item in source.items:
            if item is sizes[0]:
                parts += [self.element(size) for _ in range(names - len(source.items) + 1)]
            else:
                parts.append(self.facts[item])
        return tuple(parts)

    def unpack(self, target: lower.Display, value: Value) -> None:
        items = target.items
        starred = any(isinstance(item, lower.Starred) for item in items)
        display = isinstance(value, Record) and value.kind not in ("dict", "either")
        sure = isinstance(value, Record) and (value.sure is None or value.sure >= len(items) - 1)
        if isinstance(value, Record) and not starred and len(value.items) == len(items) and display and sure:
            for item, part in zip(items, value.items, strict=True):
                self.assign(item, part, None)
            return
        if isinstance(value, RowShift) and value.wrapped and len(items) == 2:
            self.assign(items[0], replace(value, wrapped=False), None)
            self.assign(items[1], Opaque("tensor", storages=self.fresh(), depends=frozenset({value.product})), None)
            return
        part = self.element(self.opaque(value, target, "they are unpacked"))
        for item in items:
            self.assign(item, part, None)

    def augment(self, statement: lower.AugAssign) -> None:
        target = statement.target
        current = self.evaluate(target)
        value = self.evaluate(statement.value)
        operation = Operation(
            statement.op,
            (Operand(current, target), Operand(value, statement.value)),
            {},
            Expr(statement.node),
            self,
        )
        joined = self.concatenated(current, value) if statement.op == "+" else None
        result = self.apply(operation) if joined is None else joined
        if isinstance(current, (Scores, Probs)):
            self.effect(target, current.product)
            self.mutated(self.aliases(current), target)
            result = self.changed_by(current, value, result, target)
        if isinstance(current, Probs) and not self.only(current, target):
            self.spoil(current, target, "the probabilities are changed in place under another name too")
        elif isinstance(current, Probs):
            self.changed_beside(current, result, target)
        plain = isinstance(current, Opaque) and current.kind in ("number", "none", "string", "size")
        if isinstance(current, Opaque) and current.kind == "config" and isinstance(target, lower.Name):
            parameters = {p.name: p for p in self.frame.code.function.parameters}
            plain = self.frame.said(target) is None and target.id in parameters and parameters[target.id].is_plain
        if isinstance(current, Opaque) and current.storages & self.plain_arguments:
            self.effect(target)
            for product in self.products:  # what has a number for its default may be given a tensor
                if not product.closed:
                    self.blame(product, self.note("OPERAND_CHANGED", CHANGEABLE_NUMBER, target))
        if isinstance(current, Opaque) and not plain:
            self.mutated(current.storages, target)
            if isinstance(result, Opaque):
                wide = kept_width(current, result)
                result = replace(result, storages=result.storages | current.storages, wide=wide)
        elif isinstance(current, Method):
            self.mutated(self.storages(current), target)
        elif isinstance(current, Record) and current.own:
            self.rearranged(current, target)
            if isinstance(result, Record):
                result = replace(result, own=current.own)
        if isinstance(target, lower.Subscript):
            self.rearranged(self.evaluate(target.base), target)
        if isinstance(target, lower.Name):
            self.bind(target.id, result, None)
        elif isinstance(current, (Scores, Probs)):
            self.spoil(current, target, "they are changed in a container")
        elif isinstance(target, lower.Attribute) and isinstance(self.evaluate(target.base), Self):
            self.effect(target)
            self.altered_attributes.add(target.name)
            self.stores.setdefault(target.name, []).append(result)
            self.touch(result, target, f"they are stored in `{target.name}`")
        else:
            self.touch(result, target, "they are stored in a container")

    def concatenated(self, left: Value, right: Value) -> Record | None:
        """The sum of two tuples or lists, of which one may be opaque."""
        if any(isinstance(value, Record) and value.kind == "either" for value in (left, right)):
            return None  # tensors
        listed = any(isinstance(value, Record) and value.kind == "list" for value in (left, right))
        own = self.fresh() if listed else frozenset[int]()
        if isinstance(left, Record) and isinstance(right, Record):
            return replace(left + right, own=own)
        if isinstance(left, Record):
            return Record(left.kind, left.items, sure=len(left.items) if left.sure is None else left.sure, own=own)
        if isinstance(right, Record) and isinstance(left, Opaque):
            return Record(right.kind, right.items, sure=0, own=own)
        return None

    def branch(self, statement: lower.Branch, rest: tuple[lower.Stmt, ...]) -> bool:
        """Both sides from one state; where one side leaves, the rest runs under the other side's condition."""
        if self.reshapes_weights(statement):
            return True
        test = self.evaluate(statement.test)
        self.tested(statement.test)
        self.touch(test, statement.test, "a condition")
        known = self.truth(statement.test)
        before = dict(self.frame.env), dict(self.current)
        bound = self.frame.sources
        sides: list[tuple[dict[str, Value], dict[Product, int]]] = []
        sources: list[dict[str, Source]] = []
        alive: list[bool] = []
        for polarity, body in ((True, statement.body), (False, statement.orelse)):
            self.frame.env, self.current = dict(before[0]), dict(before[1])
            self.frame.sources = dict(bound)
            sources.append(self.frame.sources)
            if known is not None and known is not polarity:
                alive.append(False)
                sides.append((self.frame.env, self.current))
                continue
            if known is None:
                self.path.append((statement.test, polarity, self.frame))
            alive.append(self.block(body))
            sources[-1] = self.frame.sources
            if known is None:
                self.path.pop()
            sides.append((self.frame.env, self.current))
        if not any(alive):
            return False
        if all(alive):
            self.join(sides[0], sides[1], self.sides(statement.test))
            self.frame.meet(None if self.impure(statement.test) else statement.test, *sources)
            return True
        side = alive.index(True)
        self.frame.env, self.current = sides[side]
        self.frame.sources = sources[side]
        if known is not None:
            return True
        self.path.append((statement.test, side == 0, self.frame))
        self._rest_alive = self.block(rest)
        self.path.pop()
        self._rest_done = True
        return True

    def reshapes_weights(self, statement: lower.Branch) -> bool:
        """`if weights is not None: weights = …` with weights that `nn.MultiheadAttention` may leave out: they are what
        they were, to whoever gets them, and nothing else has changed."""
        test = statement.test
        if not isinstance(test, lower.Compare) or test.ops != ("is not",) or not isinstance(test.left, lower.Name):
            return False
        name, none = test.left.id, test.rights[0]
        weights = self.frame.env.get(name)
        if not isinstance(weights, Probs) or not any(p is weights.product for _, _, p, _ in self.multihead):
            return False
        own = all(
            isinstance(s, lower.Assign)
            and all(isinstance(t, lower.Name) and t.id == name for t in s.targets)
            and all(view_of(name, expr) for expr in lower.below(s.value))
            for s in statement.body
        )
        if not own or statement.orelse or not (isinstance(none, lower.Constant) and none.value is None):
            return False
        product = weights.product
        before = dict(self.frame.env), dict(self.current), len(product.uses), len(self.reads)
        self.path.append((test, True, self.frame))
        self.block(statement.body)
        self.path.pop()
        self.frame.sources[name] = UNSAID
        self.frame.env, self.current = before[0], before[1]
        del product.uses[before[2] :]
        self.reads[before[3] :] = [read for read in self.reads[before[3] :] if read.value.product is not product]
        return True

    def stated(self, name: str) -> bool | None:
        """The literal True or False that a call or a default gives for an argument of the helper that runs."""
        frame = self.frame
        argument = frame.arguments.get(name) if frame.parent is not None else None
        value = frame.env.get(name)
        if (
            not isinstance(argument, lower.Constant)
            or type(argument.value) is not bool
            or not isinstance(value, Opaque)
        ):
            return None
        if value.constant is not argument.value or name in lower.assigned_names(frame.code.function.body):
            return None
        return argument.value

    def truth(self, expr: Expr) -> bool | None:
        """What a test is known to be: `x is None` of known kinds, and flags that a helper's call states literally."""
        if isinstance(expr, lower.Name):
            return self.stated(expr.id)
        if isinstance(expr, lower.Unary) and expr.op == "not":
            inner = self.truth(expr.operand)
            return None if inner is None else not inner
        if isinstance(expr, lower.Compare) and len(expr.ops) == 1 and expr.ops[0] in ("is", "is not"):
            left, right = self.facts.get(expr.left), self.facts.get(expr.rights[0])
            if isinstance(right, Opaque) and right.kind == "none" and left is not None:
                if isinstance(left, Opaque) and left.kind == "none":
                    return expr.ops[0] == "is"
                if isinstance(left, Opaque) and left.constant is not None:
                    return expr.ops[0] == "is not"
                if isinstance(left, (Scores, Probs)) and not left.optional and not self.perhaps_none(left):
                    return expr.ops[0] == "is not"
        return None

    def loop(self, statement: lower.Loop) -> None:
        """One pass over the body with everything it assigns forgotten; a chain must begin and end inside."""
        subject = self.evaluate(statement.subject)
        if statement.target is not None or isinstance(subject, (Scores, Probs)):
            self.touch(subject, statement.subject, "a loop runs over them")
        assigned = lower.assigned_names((*statement.body, replace(statement, body=(), orelse=())))
        carried = self.carried(assigned)
        self.frame.sources |= dict.fromkeys(assigned, UNSAID)
        for name in assigned & set(self.frame.env):
            value = self.frame.env[name]
            if name in carried:
                product = carried[name].product
                self.frame.env[name] = carried[name] = self.renewed(carried[name])
                self.repeated.add((product, statement))
            elif self.chain_values(value):
                self.frame.env[name] = self.opaque(value, statement.subject, "they change in a loop")
            else:
                self.frame.env[name] = Opaque(storages=self.storages(value), depends=self.depends(value))
        before = dict(self.frame.env), dict(self.current)
        known, older = self.knowledge(), range(min(self.fresh()))
        self.loops = (*self.loops, statement)
        self.leaves.append([])
        self.changes.append(set())
        self.tested(statement.subject)
        self.path.append((statement.subject, True, self.frame))
        if statement.target is not None:
            held = Opaque(
                storages=self.storages(subject) | self.lend(self.chain_values(subject)), depends=self.depends(subject)
            )
            element = self.element(subject) if isinstance(subject, Opaque) else held
            if (
                isinstance(statement.subject, lower.Call)
                and isinstance(statement.subject.function, lower.Name)
                and self.is_builtin(statement.subject.function, "range")
            ):
                element = Opaque("number", storages=self.fresh(), wide="whole")
            self.assign(statement.target, element, None)
        if self.block(statement.body):
            self.leaves[-1].append((self.frame.env, self.current))
        roots = [root for inner in lower.walk(statement.body) for root in lower.expressions(inner)]
        for test in [e for root in roots for e in lower.below(root) if e in self.before]:
            self.tested(test)  # the next pass finds what this one has changed
        self.path.pop()
        self.loops = self.loops[:-1]
        ends, changes = self.leaves.pop(), self.changes.pop()
        env = dict(before[0])
        for name, start in carried.items():
            if changes & start.product.storages:
                ends.append(({}, {}))  # what one pass has added, the next one changes
            env[name] = self.repeatedly(name, start, ends, assigned, statement)
        for name in assigned | (set(self.frame.env) - set(env)):
            if name in self.frame.env and name not in carried:
                value = self.frame.env[name]
                if self.chain_values(value) and not lower.keeps(statement, name, self.frame.code.function.body):
                    value = self.opaque(value, statement.subject, "they leave the loop that made them")
                env[name] = Opaque(storages=self.storages(value), depends=self.depends(value))
        self.frame.env, self.current = env, {**before[1], **self.current}
        self.frame.sources |= dict.fromkeys(assigned, UNSAID)
        for name in carried:
            value = env[name]
            if isinstance(value, Scores):
                self.current[value.product] = value.version
        self.weaken(frozenset(changes))
        for product in self.products:
            within = statement in product.loops or (product, statement) in self.repeated
            if within and changes & known:
                loss = self.note("LOOP", "what a loop reads is changed by the pass before", statement.subject)
                self.blame(product, loss)
            product.custom_gradient |= within and any(storage in older for storage in changes & product.read)
        if not statement.orelse:
            return
        if not lower.breaks(statement.body):
            self.block(statement.orelse)
            return
        before = dict(self.frame.env), dict(self.current)
        # the condition that no pass breaks, which nothing in the source says
        self.path.append((lower.Closure(statement.node, frozenset(), frozenset()), True, self.frame))
        alive = self.block(statement.orelse)
        self.path.pop()
        after = (self.frame.env, self.current) if alive else before
        self.join(before, after, None)
        self.frame.sources |= dict.fromkeys(lower.assigned_names(statement.orelse), UNSAID)

    def knowledge(self) -> set[int]:
        """The storages of whose contents something is known."""
        found: set[int] = set()

        def note(value: Value) -> None:
            if isinstance(value, Record):
                found.update(value.own)
                for item in value.items:
                    note(item)
            elif self.weakened(value) is not value:
                assert isinstance(value, Opaque)
                told = (
                    value.constant is not None
                    or value.most is not None
                    or value.zero
                    or value.positive
                    or value.mask
                    or value.fill
                )
                found.update(value.storages if told else ())

        frame: Frame | None = self.frame
        while frame is not None:
            for value in frame.env.values():
                note(value)
            frame = frame.parent
        for values in self.stores.values():
            for value in values:
                note(value)
        return found

    def within(self, statement: lower.Within) -> bool:
        losses = 0
        swallows = changing = False
        around = self.uncast
        before = dict(self.frame.env), dict(self.current)
        managed: frozenset[int] = frozenset()
        for item, target in statement.items:
            value = self.evaluate(item)
            call = self.facts.get(item.function) if isinstance(item, lower.Call) else None
            uncast = isinstance(call, Symbol) and call.path.endswith("autocast")
            uncast = uncast and isinstance(item, lower.Call) and self.disabled(item)
            if uncast:
                self.uncast = (*self.uncast, item)
            quiet = isinstance(call, Symbol) and call.path.startswith(QUIET_CONTEXTS)
            changing |= not quiet
            if not uncast and not quiet:
                self.contexts.append(self.note("CONTEXT_MANAGER", "a `with` block that may change numerics", item))
                losses += 1
                swallows |= not (isinstance(call, Symbol) and call.path.startswith("torch."))
                held = (self.facts.get(inner, Opaque()) for inner in lower.below(item))
                managed |= frozenset().union(*(self.storages(v) for v in held))
            if target is not None:
                self.assign(target, self.opaque(value, item, "a with block"), None)
        self.changes.append(set())
        alive = self.block(statement.body)
        self.uncast = around
        del self.contexts[len(self.contexts) - losses :]
        if changing and self.frame.parent is not None:  # what is bound in a helper would be said outside of the block
            for name in lower.assigned_names((statement,)):
                self.frame.definitions[name] = None
                self.frame.sources[name] = UNSAID
        changes = frozenset(self.changes.pop())
        if swallows:  # whatever was raised inside
            state = self.frame.env, self.current
            env = self.unsure(before[0], state[0] if alive else {}, lower.assigned_names((statement,)))
            self.frame.env, self.current, alive = env, {**before[1], **state[1]}, True
            self.weaken(changes)
            self.mutated(managed, statement.items[0][0])
        return alive

    def disabled(self, call: lower.Call) -> bool:
        """`enabled=False` of an autocast block: numbers stay as they are."""
        for arg in call.args:
            if arg.keyword == "enabled" or (arg.keyword is None and arg is not call.args[0]):
                value = self.facts.get(arg.value)
                return isinstance(value, Opaque) and value.constant is False
        return False

    def attempt(self, statement: lower.Attempt) -> bool:
        before = dict(self.frame.env), dict(self.current)
        self._tries += 1
        self.changes.append(set())
        alive = self.block(statement.body)
        state = (self.frame.env, self.current)
        bound = lower.assigned_names(statement.body) | statement.names
        self.frame.sources |= dict.fromkeys(bound, UNSAID)
        for other in statement.others:
            start = state if alive else before
            self.current = dict(start[1])
            self.frame.env = self.unsure(before[0], start[0], bound)
            self.weaken(frozenset(self.changes[-1]))
            other_alive = self.block(other)
            bound |= lower.assigned_names(other)
            self.frame.sources |= dict.fromkeys(bound, UNSAID)
            if other_alive and alive:
                self.join(state, (self.frame.env, self.current), None)
                state = (self.frame.env, self.current)
            elif other_alive:
                state, alive = (self.frame.env, self.current), True
        self.frame.env, self.current = state
        self.weaken(frozenset(self.changes.pop()))
        self._tries -= 1
        return alive

    def unsure(self, before: dict[str, Value], after: dict[str, Value], bound: frozenset[str]) -> dict[str, Value]:
        """The names where statements that bind `bound` may have been left at any point."""
        env = {**before, **after}
        for name in bound & set(env):
            values = [side[name] for side in (before, after) if name in side]
            storages = frozenset().union(*(self.storages(value) for value in values))
            env[name] = Opaque(
                storages=storages | self.fresh(), depends=frozenset().union(*(self.depends(v) for v in values))
            )
        return env

    # --- expressions --------------------------------------------------------------------------------------------

    def evaluate(self, expr: Expr) -> Value:
        self._spent += 1
        if self._spent > BUDGET:
            raise TooComplex
        value = self._evaluate(expr)
        self.facts[expr] = value
        return value

    def _evaluate(self, expr: Expr) -> Value:
        match expr:
            case lower.Constant():
                return self.constant(expr.value)
            case lower.Name():
                self.frame.read(expr)
                return self.name(expr.id)
            case lower.Attribute():
                return self.attribute(expr)
            case lower.Call():
                return self.call(expr)
            case lower.Binary():
                left, right = self.evaluate(expr.left), self.evaluate(expr.right)
                joined = self.concatenated(left, right) if expr.op == "+" else None
                if joined is not None:
                    return joined
                plain = expr.op in ("/", "*") and isinstance(right, Opaque) and right.kind in ("number", "config")
                if plain and isinstance(left, Probs) and self.made_of_weights(left, expr.left, expr):
                    return replace(left, after=True, when=())
                return self.apply(
                    Operation(expr.op, (Operand(left, expr.left), Operand(right, expr.right)), {}, expr, self)
                )
            case lower.Unary():
                return self.unary(expr)
            case lower.Compare():
                values = [self.evaluate(expr.left), self.evaluate(expr.rights[0])]
                values += [self.maybe(right, expr, True) for right in expr.rights[1:]]
                for value, part in zip(values, (expr.left, *expr.rights), strict=True):
                    if expr.ops[0] not in ("is", "is not") or self.perhaps_none(value):
                        self.touch(value, part, "they are compared")
                # an attribute of what is not known, as `mT`, may be a tensor
                kinds = {v.kind if isinstance(v, Opaque) else "" for v in values if isinstance(v, (Opaque, Method))}
                depends = frozenset().union(*(self.depends(v) for v in values))
                plain = not depends and kinds <= {"number", "none", "string", "size", "dtype", "device"}
                if plain or expr.ops[0] in ("is", "is not", "in", "not in"):
                    return Opaque("number", storages=frozenset())
                mask = (next(self._ids), False)
                return Opaque(
                    "unknown", storages=self.fresh(), mask=mask, depends=depends, floating=False, wide="whole"
                )
            case lower.Boolean():
                left = self.evaluate(expr.left)
                right = self.maybe(expr.right, expr.left, expr.op == "and")
                a = self.opaque(left, expr.left, "a Boolean expression")
                return join_opaque(a, self.opaque(right, expr.right, "a Boolean expression"))
            case lower.Conditional():
                return self.conditional(expr)
            case lower.Subscript():
                return self.subscript(expr)
            case lower.Slice():
                for bound in expr.parts:
                    if bound is not None:
                        self.touch(self.evaluate(bound), bound, "an index")
                return Opaque("slice")
            case lower.Display():
                return self.display(expr)
            case lower.Mapping():
                return self.mapping(expr)
            case lower.Closure():
                return self.closure(expr)
            case lower.Walrus():
                value = self.evaluate(expr.value)
                self.touch(value, expr, "a walrus names them inside an expression")
                self.bind(expr.target, self.opaque(value, expr, "a walrus"), None)
                return value
            case lower.Starred():
                return self.evaluate(expr.value)
            case lower.Unknown():
                values = [self.evaluate(part) for part in expr.parts]
                for value, part in zip(values, expr.parts, strict=True):
                    if not self.in_raise():
                        self.touch(value, part, "an f-string")
                return put_together(expr.texts, values) if expr.texts else Opaque("string")
            case _:
                return Opaque(storages=self.fresh())

    def mapping(self, expr: lower.Mapping) -> Record:
        """A dict display. What stands under a key is what the last entry says that may be under it."""
        for key in expr.computed:
            self.touch(self.evaluate(key), key, "a key")
        values = tuple(self.evaluate(value) for value in expr.values)
        last = {key: place for place, key in enumerate(expr.keys)}
        start = max((place for place, key in enumerate(expr.keys) if key is None), default=-1)
        keys = tuple(key if key is not None and last[key] == place > start else None
                     for place, key in enumerate(expr.keys))  # fmt: skip
        return Record("dict", values, keys, own=self.fresh())

    def in_raise(self) -> bool:
        return isinstance(self.statement, lower.Raise)

    def constant(self, value: object) -> Opaque:
        if value is None:
            return Opaque("none")
        if isinstance(value, bool):
            return Opaque("number", constant=value, zero=value is False, wide="whole")
        if isinstance(value, (int, float)):
            return of_number(value)
        if isinstance(value, str):
            return Opaque("string", constant=value)
        return Opaque("ellipsis" if value is ... else "unknown")

    def attribute(self, expr: lower.Attribute) -> Value:
        base = self.evaluate(expr.base)
        if isinstance(base, Instance) and expr.name.startswith("register_"):  # a hook may change what it means
            self.reopened(base)
            if isinstance(expr.base, lower.Attribute):
                self.stores.setdefault(expr.base.name, []).append(Opaque())
            if self.frames()[-1].code.name != "__init__":
                self.contexts.append(self.note("UNSUPPORTED", "a hook is registered while the method runs", expr))
        return self.attribute_of(base, expr.name, expr)

    def attribute_of(self, base: Value, name: str, expr: Expr) -> Value:
        if isinstance(base, Symbol):
            return self.world.member(base, name)
        if isinstance(base, Self):
            return self.own_attribute(base, name, expr)
        if isinstance(base, (Scores, Probs)):
            if name in METADATA:
                return self.metadata(base, name, (), expr)
            if name in ("mT", "T"):
                if name == "T":
                    return self.opaque(base, expr, "`.T`")
                one, two = (Operand(self.constant(d), expr) for d in (-1, -2))
                return self.apply(Operation("transpose", (Operand(base, expr), one, two), {}, expr, self))
            return Method(base, name, expr)
        if isinstance(base, RowShift):
            return replace(base, wrapped=False) if base.wrapped and name == "values" else Method(base, name, expr)
        if isinstance(base, Record) and base.kind == "either":
            self.touch(base, expr, f"`{name}` of them is read")
        if isinstance(base, Instance):
            found = Opaque() if name in self.altered_attributes else self.world.instance_attribute(base, name)
            if isinstance(found, Opaque) and self.refilled(Self(self.world.class_at(base.path)), name, found):
                found = Opaque()
            held = isinstance(found, Opaque) and (found.kind == "config" or found.kind not in UNCHANGING)
            return replace(found, storages=found.storages | {OWN}) if held and isinstance(found, Opaque) else found
        if isinstance(base, Method):
            base = self.opaque(base, expr, f"`{name}` of what is not understood")
        if isinstance(base, Opaque) and base.kind == "foreign":
            if name.endswith("_") and not name.endswith("__"):
                self.mutated(base.storages, expr)
            return replace(base)
        if isinstance(base, Opaque):
            if name == "shape":
                return Opaque("size", storages=frozenset())
            if name == "dtype":
                floating = False if base.floating is None and base.mask is not None else base.floating
                dtype = Opaque("dtype", storages=frozenset(), floating=floating, narrow=base.narrow, wide=base.wide)
                self.dtypes[dtype] = base
                return dtype
            if name == "device":
                return Opaque("device", storages=frozenset())
            if name == "ndim":
                return Opaque("number", positive=True, wide="whole")
            if base.kind == "context" and f"{name}\0" in self.frame.env:
                return self.frame.env[f"{name}\0"]
            if base.kind == "finfo":
                largest = numeric(base) or 3.0e38
                number = {"min": -largest, "max": largest}.get(name)
                return Opaque("number", constant=number, positive=name in ("max", "eps", "tiny"), wide="default")
            if base.kind == "config" and name != "get":
                if lower.changes_receiver(name):  # what a constructor was given may be a tensor
                    self.mutated(base.storages | {OWN}, expr)
                of_base = base.storages if name in VIEWS_OF_TENSORS else frozenset[int]()
                self.settings.add(setting(name))
                return Opaque("config", storages=of_base | {setting(name)})
        return Method(base, name, expr)

    def own_attribute(self, base: Self, name: str, expr: Expr) -> Value:
        """`self.name`, as it is now: what may have been changed through another name is not known any more."""
        found = self.read_attribute(base, name, expr)
        getter = self.world.getter(base.cls, name)
        if getter is not None and isinstance(found, Opaque):
            made = self.enter(getter, expr, [], {}, True, base, decorated=True)
            changes = any(frame.code is getter for frame, *_ in self.effects)
            if isinstance(made, Opaque) and made.kind == "number" and found.kind == "unknown" and not changes:
                found = replace(made, storages=found.storages)
            found = replace(found, storages=found.storages | self.storages(made) | self.lend(self.chain_values(made)))
        if isinstance(found, Record) and found.own:
            found = self.weakened(found)  # any method may change a list, under any name
        if isinstance(found, Opaque) and (base.foreign or self.changes) and self.refilled(base, name, found):
            found = Opaque(storages=self.fresh())
        # another module's may have been given what others hold
        mine = frozenset({OWN}) if base.foreign else self.kept.setdefault(name, self.fresh())
        if isinstance(found, Opaque) and found.kind == "config" and (base.foreign or not name.endswith("config")):
            found = replace(found, storages=found.storages | mine)  # what a constructor was given may be a tensor
            self.settings |= found.storages - {OWN}
        found = self.belonging(found, mine)
        return self.weakened(found) if self.storages(found) & self.altered else found

    def refilled(self, base: Self, name: str, found: Opaque) -> bool:
        """Whether an attribute of an object, a plain value when that was made, may be something else by now."""
        later = found.kind == "none" and base.cls is not None and bool(self.world.set_elsewhere(base.cls, name))
        return found.kind in UNCHANGING and (name in self.altered_attributes or later)

    def read_attribute(self, base: Self, name: str, expr: Expr) -> Value:
        """`self.name`, where this run has set it: what every store so far agrees on."""
        if base.foreign or name not in self.stores:
            found = self.world.self_attribute(base, name, expr)
            if name.endswith("config") and isinstance(found, Opaque) and found.kind == "unknown":
                return replace(found, kind="config")  # plain values, whatever class holds them
            return found
        values = [self.read_back(value, name, expr) for value in self.stores[name]]
        if self.frame.code.name != "__init__" and self.frame.depth == 0:
            values.append(self.world.self_attribute(base, name, expr))
        joined = values[0]
        for value in values[1:]:
            joined = join_attribute(joined, value)
        if isinstance(joined, Opaque) and len(values) > 1:
            joined = replace(joined, storages=joined.storages.union(*map(self.storages, values)))
        return joined

    def read_back(self, value: Value, name: str, expr: Expr) -> Value:
        """What a store has left in an attribute; scores and probabilities are lost there."""
        found = self.chain_values(value)
        if not found:
            return value
        product = found[0].product
        loss = product.problem or self.note("ESCAPE", f"what is stored in `{name}` is read back", expr)
        self.hindered(product, loss)
        depends = frozenset(item.product for item in found)
        return Opaque(storages=self.lend(found), depends=depends, loss=loss, lost_probs=loss)

    def unary(self, expr: lower.Unary) -> Value:
        value = self.evaluate(expr.operand)
        if expr.op == "-":
            if isinstance(value, Scores):
                minus = Operand(self.constant(-1), lower.expression(cst.parse_expression("-1.0")))
                return self.apply(Operation("*", (Operand(value, expr.operand), minus), {}, expr, self))
            if isinstance(value, Opaque):
                number = numeric(value)
                constant = -number if number is not None else None
                fill = (value.fill[0], value.fill[1], -value.fill[2]) if value.fill else None
                return replace(value, constant=constant, most=None, positive=False, fill=fill, mask=None)
        if expr.op == "~" and isinstance(value, Opaque):
            # of whole numbers 0 and 1 it makes -1 and -2: nothing that was known of them holds
            return replace(
                value, constant=None, most=None, positive=False, zero=False, fill=None, mask=None, floating=False
            )
        self.touch(value, expr.operand, f"`{expr.op}`")
        if expr.op == "not":
            return Opaque("number")
        return self.opaque(value, expr.operand, f"`{expr.op}`")

    def conditional(self, expr: lower.Conditional) -> Value:
        test = self.evaluate(expr.test)
        self.tested(expr.test)
        self.touch(test, expr.test, "a condition")
        before = dict(self.frame.env), dict(self.current)
        known = self.truth(expr.test)
        if known is not None:
            return self.evaluate(expr.body if known else expr.orelse)
        sides: list[tuple[dict[str, Value], dict[Product, int]]] = []
        for polarity, part in ((True, expr.body), (False, expr.orelse)):
            self.frame.env, self.current = dict(before[0]), dict(before[1])
            self.path.append((expr.test, polarity, self.frame))
            value = self.evaluate(part)
            self.path.pop()
            sides.append(({**self.frame.env, "\0result": value}, self.current))
        self.join(sides[0], sides[1], self.sides(expr.test))
        return self.frame.env.pop("\0result")

    def maybe(self, expr: Expr, test: Expr, polarity: bool) -> Value:
        """An expression that is evaluated only where a test has come out so."""
        before = dict(self.frame.env), dict(self.current)
        self.tested(test)
        self.path.append((test, polarity, self.frame))
        value = self.evaluate(expr)
        self.path.pop()
        sides = before, (self.frame.env, self.current)
        when = self.sides(test)
        self.join(*(sides[::-1] if polarity else sides), when)
        return value

    def subscript(self, expr: lower.Subscript) -> Value:
        base = self.evaluate(expr.base)
        if isinstance(base, Self):
            self.contexts.append(self.note("UNSUPPORTED", "an item of the module itself", expr))
        indices = [self.evaluate(index) for index in expr.indices]
        for value, part in zip(indices, expr.indices, strict=True):
            self.touch(value, part, "an index")
        if isinstance(base, Record) and base.kind == "either":
            return self.opaque(base, expr, "part of them is taken by index")
        if isinstance(base, Record):
            index = numeric(indices[0]) if len(indices) == 1 else None
            if base.kind == "dict":
                key = indices[0].constant if isinstance(indices[0], Opaque) else None
                if isinstance(key, str) and key in base.keys:
                    return base.items[base.keys.index(key)]
            elif index is not None and (item := base.at(int(index))) is not None:
                return item
            elif isinstance(expr.indices[0], lower.Slice):
                start, *others = expr.indices[0].parts
                first = 0.0 if start is None else numeric(self.facts[start])
                own = self.fresh() if base.own else base.own
                if first is not None and first >= 0 and not any(others):
                    return replace(base.behind(int(first)), own=own)
                bounds = [None if part is None else whole_number(self.facts[part]) for part in (start, *others)]
                if any(part is not None and b is None for part, b in zip((start, *others), bounds, strict=True)):
                    return self.opaque(base, expr, "as many are taken as something says")  # who asks for them, perhaps
                if base.sure is None and 0 not in bounds[2:]:
                    return replace(base, items=base.items[slice(*bounds)], own=own)
                return replace(base, sure=0, own=own)
            return self.opaque(base, expr, "they are taken from a container")
        if isinstance(base, RowShift):
            if base.wrapped and numeric(indices[0]) == 0:
                return replace(base, wrapped=False)
            last = [part.value for part in expr.indices if isinstance(part, lower.Constant)]
            if not base.kept and not base.wrapped and len(indices) == 2 and last == [..., None]:
                return replace(base, kept=True)
            return self.opaque(base, expr, "")
        taken = isinstance(base, Probs) and base.sink in ("always", *(self.condition((e,)) for e in self.path))
        if isinstance(base, Probs) and taken and without_last(expr.indices):
            return replace(base, sink="")
        if isinstance(base, (Scores, Probs)):
            taken_part = self.opaque(base, expr, "part of them is taken by index")
            return replace(taken_part, single=any(self.one_of_many(index) for index in expr.indices))
        if isinstance(base, Symbol) and base.path.endswith("ALL_ATTENTION_FUNCTIONS"):
            return Interface(None)
        if isinstance(base, Instance) and base.args and base.path == "dict":
            return Choice(tuple(value for _, value in base.args))
        if isinstance(base, Method):  # an attribute of a tensor that is a view of it, as `mT`
            base = self.opaque(base, expr, "part of them is taken by index")
        if not isinstance(base, Opaque):
            return Opaque(storages=self.storages(base) | self.fresh())
        if base.kind == "config":
            return base
        if base.kind == "size":
            place = numeric(indices[0]) if len(indices) == 1 else None
            if isinstance(expr.base, lower.Attribute) and place is not None:
                self.taken_sizes[expr.base] = expr, int(place)
            sliced = any(isinstance(i, lower.Slice) for i in expr.indices)
            return Opaque("size" if sliced else "number", positive=not sliced, wide="" if sliced else "whole")
        kind = "unknown"
        if expr.indices and isinstance(expr.indices[-1], lower.Constant) and expr.indices[-1].value is None:
            kind = "row"
        elif base.kind == "tensor":
            kind = "tensor"
        mask = (next(self._ids), False) if base.mask else None
        return Opaque(
            kind, storages=base.storages, depends=base.depends | frozenset().union(*map(self.depends, indices)),
            loss=base.loss, lost_probs=base.lost_probs, mask=mask, floating=base.floating, narrow=base.narrow,
            single=base.single or any(self.one_of_many(part) for part in expr.indices),
            wide=base.wide,
        )  # fmt: skip

    def one_of_many(self, part: lower.Expr) -> bool:
        """Whether a slice takes one entry."""
        if not isinstance(part, lower.Slice):
            return False
        start, stop, step = (None if p is None else numeric(self.facts[p]) for p in (*part.parts, None, None)[:3])
        if part.parts[1:2] in ((), (None,)):
            return start == -1.0
        return step is None and stop is not None and stop - (start or 0.0) == 1.0

    def display(self, expr: lower.Display) -> Value:
        """A tuple, a list or a set; where how much is unpacked into it is not known, a value that holds all of it."""
        items: list[Value] = []
        known = True
        for item in expr.items:
            if not isinstance(item, lower.Starred):
                items.append(self.evaluate(item))
                continue
            inner = self.evaluate(item.value)
            if isinstance(inner, Record) and inner.sure is None:
                items.extend(inner.items)
            else:
                items.append(inner)
                known = False
        if not known:
            whole = self.opaque(Record(expr.kind, tuple(items)), expr, "they are unpacked beside others")
            return replace(whole, kind="tuple", storages=whole.storages | self.fresh())
        own = self.fresh() if expr.kind in ("list", "set") else frozenset[int]()
        made = Record(expr.kind, tuple(items), own=own)
        # in what order a set gives its items is nobody's business
        return self.opaque(made, expr, "a set holds them") if expr.kind == "set" else made

    def captured_self(self, value: Self, name: str, expr: lower.Closure) -> frozenset[int]:
        """What a nested expression may have of the module: what it reads of plain values, where it runs at once and
        reads nothing else."""
        every = matchers.findall(expr.node, matchers.Name(name))
        read = matchers.findall(expr.node, matchers.Attribute(matchers.Name(name)))
        attributes = {node.attr.value for node in read if isinstance(node, cst.Attribute)}
        values = [self.attribute_of(value, attribute, expr) for attribute in sorted(attributes)]
        if len(every) == len(read) and not lower.runs_later(expr.node) and all(map(self.of_numbers, values)):
            return frozenset[int]().union(*map(self.storages, values))
        return frozenset({OWN})

    def closure(self, expr: lower.Closure) -> Value:
        storages = self.fresh()
        for name in expr.reads:
            value = self.frame.env.get(name)
            if isinstance(value, Self):
                storages |= self.captured_self(value, name, expr)
            elif value is not None:
                self.touch(value, expr, "a nested expression captures them")
                storages |= self.storages(value) | self.lend(self.chain_values(value))
            if isinstance(value, Nested):
                self.changeable(Operand(value, expr))
            if value is None:  # a name of a function around this one, or of the module
                storages |= self.storages(self.name(name))
        if lower.runs_later(expr.node):
            self.frame.read_later.update(dict.fromkeys(expr.reads, expr))
        changing = lower.changes_in_place(expr.node)
        if changing:
            self.mutated(storages, expr)
            if isinstance(expr.node, cst.GeneratorExp):
                self.held_elsewhere |= storages
        elif self.calls_changing(expr.node):
            self.disturbed(storages, expr, surely=False)
            self.given |= storages  # what is called may keep it as well
            if isinstance(expr.node, cst.GeneratorExp) and not self.taken_at_once(expr):
                self.held_elsewhere |= storages  # it runs when somebody asks for an item
        if changing or lower.changes_containers(expr.node):
            self.weaken(storages)
            self.frame.captured |= expr.reads
        depends = frozenset().union(*(self.depends(self.frame.env[n]) for n in expr.reads if n in self.frame.env))
        for name in expr.binds:
            self.bind(name, Opaque(storages=storages, depends=depends), None)
        made, node = Opaque(storages=storages, depends=depends), expr.node
        if isinstance(node, cst.Lambda) and not (
            lower.yields(node.body) or any(p.default is not None for p in lower.lambda_parameters(node))
        ):
            self.lambdas[made] = Nested(NestedCode(self.frame.code, lower.as_function(node)), self.frame)
        return made


__all__ = ["Frame", "Interpreter", "TooComplex"]
