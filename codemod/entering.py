"""Helpers of the analysed source: what is entered with which arguments, and what of it is only shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from . import lower, structure
from .chain import OWN
from .frames import DEPTH, UNSAID, Frame, Mark
from .hierarchy import Code
from .joins import Joins
from .lower import Expr
from .operations import Operand
from .values import GLOBAL, Opaque, Probs, Product, Record, Scores, Self, Super, Value, Width

SHAPE_ALONE = frozenset(
    {"shape", "size", "dtype", "device", "dim", "ndim", "ndimension", "numel", "like", "new", "typed"}
)
"""What something may read of the scores that is given others of their shape."""
MODULE_CHANGES = frozenset(
    ["train", "eval", "apply", "to", "float", "half", "double", "bfloat16", "requires_grad_", "load_state_dict",
     "add_module", "register_module", "register_parameter", "__setattr__", "__delattr__"]
)  # fmt: skip
"""Methods of every module that change what it holds."""
PLAIN_DECORATORS = (
    "staticmethod",
    "torch.jit",
    "torch.compile",
    "torch._dynamo",
    "torch.fx.wrap",
    "functools.lru_cache",
    "typing.final",
    "typing.override",
    "typing.no_type_check",
    "typing_extensions.final",
    "typing_extensions.override",
)
MODES = ("torch.autocast", "torch.amp.autocast", "torch.cuda.amp.autocast", "torch.no_grad", "torch.inference_mode")
"""Decorators that run a whole method in a mode: a copy that keeps them means the same, a helper whose steps are said
elsewhere does not."""


def loaded_width(width: Width) -> Width:
    """Of which dtype a parameter or a buffer is that was made of one: it is cast with its model, but a model that is
    loaded in another dtype makes what has a dtype of its own in that."""
    return "" if width in ("", "own", "default") else "whole" if width == "whole" else "unsaid"


class Entering(Joins):
    """Enters functions and methods."""

    unpacked: tuple[Operand, ...] = ()
    """What the call that is being made has unpacked into its arguments."""

    def evaluate(self, expr: Expr) -> Value:
        raise NotImplementedError  # as the next three: `Interpreter` knows

    def block(self, statements: tuple[lower.Stmt, ...]) -> bool:
        raise NotImplementedError

    def constant(self, value: object) -> Value:
        raise NotImplementedError

    def attribute_of(self, base: Value, name: str, expr: Expr) -> Value:
        raise NotImplementedError

    def unknown(
        self,
        operands: list[Operand],
        keywords: dict[str, Operand],
        reason: str,
        callee: Value | None = None,
        *,
        changes: bool = True,
    ) -> Opaque:
        raise NotImplementedError  # `Calls` knows

    def self_call(
        self,
        base: Self | Super,
        name: str,
        expr: lower.Call,
        operands: list[Operand],
        keywords: dict[str, Operand],
        complete: bool,
    ) -> Value:
        if isinstance(base, Self) and name == "register_buffer" and operands:
            key = operands[0].value
            if isinstance(key, Opaque) and isinstance(key.constant, str):
                value = (
                    operands[1].value
                    if len(operands) > 1
                    else keywords["tensor"].value
                    if "tensor" in keywords
                    else Opaque()
                )
                self.touch(value, expr, "they are stored in a buffer")
                if isinstance(value, Opaque) and value.wide:
                    value = replace(value, wide=loaded_width(value.wide))
                self.stores.setdefault(key.constant, []).append(value)
                return Opaque("none")
        code = self.world.method_code(
            self.cls if isinstance(base, Super) else base.cls,
            name,
            after=base.owner if isinstance(base, Super) else None,
        )
        if code is None:
            if name in MODULE_CHANGES:
                self.altered_attributes.add("")
                self.disturbed(frozenset({OWN}), expr, surely=False)
            found = self.unknown(operands, keywords, f"`self.{name}` receives them", Opaque(storages=frozenset({OWN})))
            return replace(found, storages=found.storages | {OWN})
        if isinstance(base, Self) and complete:
            self.observe(code, operands, keywords)
        receiver: Value = Self(self.cls) if isinstance(base, Super) else base
        return self.enter(code, expr, operands, keywords, complete, receiver)

    def observe(self, code: Code, operands: list[Operand], keywords: dict[str, Operand]) -> None:
        """What a helper is called with, for when it is analysed as an entry of its own."""
        parameters = [p for p in code.function.parameters if not p.star.startswith("*")]
        if code.is_method:
            parameters = parameters[1:]
        seen: dict[str, Value] = {}
        for parameter, operand in zip(parameters, operands, strict=False):
            seen[parameter.name] = operand.value
        seen.update({name: operand.value for name, operand in keywords.items()})
        for parameter in parameters:
            if parameter.name not in seen and parameter.default is not None:
                seen[parameter.name] = self.parameter(parameter)
        self.observed.setdefault((code.owner, code.name), []).append(seen)

    def enter(
        self,
        code: Code,
        expr: Expr,
        operands: list[Operand],
        keywords: dict[str, Operand],
        complete: bool,
        receiver: Value | None,
        closure: Frame | None = None,
        *,
        decorated: bool = False,
    ) -> Value:
        """Run a helper on the caller's values, whatever its decorators are if these are known (`decorated`)."""
        running = self.frame
        active = 0
        probe: Frame | None = running
        while probe is not None:
            active += probe.code is code
            probe = probe.parent
        function = code.function
        misfit = expr in self.displaced  # what stands behind unpacked arguments may be any
        unpacked, self.unpacked = self.unpacked, ()
        if function.strange:  # it runs when somebody asks for what it yields, or awaits it
            self.hold([o.value for o in (*operands, *keywords.values(), *unpacked)])
            self.hold([receiver] if receiver is not None else [])
            if closure is not None:
                free = lower.names_read(function.node)
                self.hold([v for outer in self.around(closure) for n, v in outer.env.items() if n in free])
        if active or running.depth >= DEPTH or function.strange or misfit or not (decorated or self.plain(code)):
            self.unpacked = unpacked
            if misfit and not code.is_method and structure.attention_shaped(code.definition, frozenset(), frozenset()):
                message = f"`{code.name}` holds an attention, and which of what it is called with is which is not said"
                self.report_lost(self.note("CALL", message, expr))
            reached = frozenset({OWN, GLOBAL}) if isinstance(receiver, Self) else frozenset({GLOBAL})
            for outer in self.around(closure) if closure is not None else ():
                free = lower.names_read(function.node)
                reached = reached.union(*(self.storages(v) for n, v in outer.env.items() if n in free))
            return self.unknown(operands, keywords, f"`{code.name}` receives them", Opaque(storages=reached))
        handed = expr in self.handed and code.name == "__init__"
        frame = Frame(code, receiver.cls if isinstance(receiver, Self) else None, {}, running, expr, closure=closure)
        parameters = list(function.parameters)
        if receiver is not None and code.is_method and parameters:
            frame.env[parameters[0].name] = receiver
            parameters = parameters[1:]
        positional = [p for p in parameters if p.star == ""]
        named = dict(keywords)
        rest = list(operands)
        stars = [o.value for o in unpacked]
        for parameter in positional:
            operand = rest.pop(0) if rest else named.pop(parameter.name, None)
            self.bind_argument(frame, parameter, operand, complete, stars, handed)
        for parameter in parameters:
            if parameter.star == "kw":
                self.bind_argument(frame, parameter, named.pop(parameter.name, None), complete, stars, handed)
            elif parameter.star == "*":
                found = Record("tuple", tuple(o.value for o in rest))
                assumed = Opaque("config") if handed and not rest else self.one_of([*stars, found])
                frame.env[parameter.name] = found if complete else assumed
                rest = []
            elif parameter.star == "**":
                for operand in named.values():
                    self.touch(operand.value, operand.expr, "they are passed as an extra keyword")
                rest_of = self.one_of([*stars, *(o.value for o in named.values())])
                frame.env[parameter.name] = replace(rest_of, kind="config") if handed and not named else rest_of
                named = {}
        if rest or named:
            reason = f"`{code.name}` is called in a way that does not fit it"
            return self.unknown(operands, keywords, reason, changes=False)  # it raises
        self.used_code.add(code)
        shown = self.shown(expr)
        before = {value.product: Mark(value.product, self.rows) for _, value in shown}
        reads = len(self.reads)
        self.frame = frame
        depth = frame.path_start = len(self.path)
        try:
            alive = self.block(function.body)
        finally:
            self.frame = running
        if alive:
            frame.returns.append((Opaque("none"), dict(self.current), tuple(self.path[depth:]), None))
        if not frame.returns:
            return Opaque(storages=self.fresh())
        value, self.current, path, _ = frame.returns[0]
        for other, versions, other_path, _ in frame.returns[1:]:
            holder = self.frame.env
            self.join(({"\0": value}, self.current), ({"\0": other}, versions), (path, other_path))
            value, path = self.frame.env["\0"], ((UNSAID, True, frame),)  # under the one condition or the other
            self.frame.env = holder
        if shown:
            self.only_shown(value, shown, before, reads)
        return value

    def shown(self, expr: Expr) -> list[tuple[Expr, Scores]]:
        """Current scores that a call is given by name."""
        if not isinstance(expr, lower.Call):
            return []
        found = [(arg.value, self.facts.get(arg.value)) for arg in expr.args if isinstance(arg.value, lower.Name)]
        return [(e, v) for e, v in found if isinstance(v, Scores) and self.current.get(v.product) == v.version]

    def only_shown(
        self, result: Value, shown: list[tuple[Expr, Scores]], before: dict[Product, Mark], reads: int
    ) -> None:
        """Where a helper that was given scores has read no more of them than their shape, dtype and device, it can be
        given something else that has these, and what it did to the scores is undone."""
        inside = self.reads[reads:]
        if self.depends(result) & set(before) or any(
            not mark.unused(product, self.rows) for product, mark in before.items()
        ):
            return
        if any(read.what not in SHAPE_ALONE or isinstance(read.value, Probs) for read in inside):
            return
        self.reads[reads:] = [read for read in inside if read.value.product not in before]
        for product, mark in before.items():
            del product.steps[mark.steps :]
        for expr, value in shown:
            self.current[value.product] = value.version
            self.note_read(value, "like", (), expr)

    def plain(self, code: Code, *, whole: bool = False) -> bool:
        """Whether a function's decorators leave it what it says, or, taken as a `whole`, what its copy says."""
        for decorator in code.function.decorators:
            target = decorator.function if isinstance(decorator, lower.Call) else decorator
            path = self.world.static_path(code.file, target)
            if path is None:
                return False
            library = path.startswith("transformers.") and ".models." not in path
            known = path.startswith(PLAIN_DECORATORS) or library or (whole and path in MODES)
            if not known and (isinstance(decorator, lower.Call) or not self.hands_back(path)):
                return False
        return True

    def hands_back(self, path: str) -> bool:
        """Whether a function only puts what it is given into a collection, and returns it."""
        code = self.world.function_code(path)
        if code is None or code.function.decorators or len(code.function.parameters) != 1:
            return False
        name, body = code.function.parameters[0].name, code.function.body
        *before, last = body or (None,)
        if not isinstance(last, lower.Return) or not isinstance(last.value, lower.Name) or last.value.id != name:
            return False
        calls = [s.value for s in before if isinstance(s, lower.Evaluate) and isinstance(s.value, lower.Call)]
        collected = all(
            isinstance(c.function, lower.Attribute)
            and c.function.name in ("add", "append")
            and isinstance(c.function.base, lower.Name)
            and c.function.base.id != name
            and [a.value.id for a in c.args if isinstance(a.value, lower.Name) and not a.star] == [name]
            for c in calls
        )
        rest = [s for s in before if not isinstance(s, lower.Evaluate)]
        return collected and len(calls) == len(before) - len(rest) and all(isinstance(s, lower.Nothing) for s in rest)

    def bind_argument(
        self,
        frame: Frame,
        parameter: lower.Parameter,
        operand: Operand | None,
        complete: bool,
        unpacked: Sequence[Value] = (),
        handed: bool = False,
    ) -> None:
        """Binds a parameter to what it is given, or to what is assumed of it; to what is assumed of a constructor's
        own where one hands on (`handed`) what it was given."""
        if operand is not None:
            frame.env[parameter.name] = operand.value
            frame.arguments[parameter.name] = operand.expr
        elif parameter.default is not None and complete:
            frame.env[parameter.name] = self.default(frame, parameter)
            frame.arguments[parameter.name] = parameter.default
        else:
            value = self.one_of(unpacked, self.parameter(parameter))
            frame.env[parameter.name] = replace(value, kind="config") if handed and value.kind == "unknown" else value
            frame.arguments[parameter.name] = None

    def one_of(self, values: Sequence[Value], known: Opaque | None = None) -> Opaque:
        """What may be any of these values, or something in one of them."""
        found = known or Opaque(storages=self.fresh())
        for value in values:
            storages = self.storages(value) | self.lend(self.chain_values(value))
            found = replace(found, storages=found.storages | storages, depends=found.depends | self.depends(value))
            for inner in self.opaques(value):
                found = replace(found, loss=found.loss or inner.loss, lost_probs=found.lost_probs or inner.lost_probs)
        return found

    def default(self, frame: Frame, parameter: lower.Parameter) -> Value:
        """A default, which is evaluated where its function is defined: its names are those of that place and time."""
        assert parameter.default is not None
        if self.world.defaults_changed(frame.code.file):
            self.facts[parameter.default] = anything = Opaque(storages=self.fresh(), wide="unsaid")
            return anything
        if isinstance(parameter.default, lower.Constant):
            return self.evaluate(parameter.default)
        if frame.closure is not None:
            found = frame.closure.defaults.get((frame.code.name, parameter.name), self.parameter(parameter))
            self.facts[parameter.default] = found
            return found
        owner = frame.code.owner
        own = self.world.methods(owner) if owner is not None else {}
        if any(isinstance(e, lower.Name) and e.id in own for e in lower.below(parameter.default)):
            found = self.facts[parameter.default] = self.parameter(parameter)
            return found
        running, self.frame = self.frame, Frame(frame.code, None, {})
        try:
            found = self.evaluate(parameter.default)
        finally:
            self.frame = running
        if not isinstance(found, Record) or not found.own:
            return found
        return Opaque(storages=self.storages(found) | {GLOBAL})  # the same list, or dict, at each call

    def around(self, frame: Frame) -> Iterator[Frame]:
        """A frame and those around it."""
        inner: Frame | None = frame
        while inner is not None:
            yield inner
            inner = inner.closure

    def parameter(self, parameter: lower.Parameter) -> Opaque:
        """What is assumed of an argument nobody is known to pass."""
        kind = "unknown"
        plain = parameter.annotation.replace("Optional[", "").replace("]", "").split("|")
        words = {word.strip() for word in plain} - {"None", ""}
        default = parameter.default.value if isinstance(parameter.default, lower.Constant) else None
        if words <= {"float", "int", "bool"} and (words or isinstance(default, (int, float))):
            kind = "number"
        if parameter.name == "config" or any(word.endswith("Config") for word in words):
            kind = "config"
        given = kind == "unknown"
        return Opaque(kind, storages=self.fresh(), wide="unsaid" if given else "", given=given and not words)
