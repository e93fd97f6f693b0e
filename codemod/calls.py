"""Calls: what is called, and by which rule, helper, module or builtin its result is known."""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import replace

import libcst as cst

from . import lower, products, rules, structure  # noqa: F401  # they fill the table
from .chain import OWN, UNCHANGING
from .entering import MODULE_CHANGES
from .frames import DEPTH
from .hierarchy import ClassRef, Code
from .lower import Expr
from .operations import RULES, Operand, Operation
from .results import ELEMENTWISE, FRESH, MASKLIKE, opaque_result
from .torch_calls import DEFAULT_MAKERS, FRESH_MODULES, MAKERS, TENSOR_SPACES, UNPACKED, TorchCalls
from .values import (
    Choice,
    Instance,
    Interface,
    Loss,
    Method,
    Nested,
    Opaque,
    Probs,
    Product,
    Record,
    RowShift,
    Scores,
    Self,
    Super,
    Symbol,
    Value,
    Width,
    is_false,
    join_opaque,
    kept_width,
    numeric,
    whole_number,
)

METADATA_CALLS = frozenset(
    {"size", "dim", "ndimension", "numel", "get_device", "is_contiguous", "element_size", "stride"}
)
AFTERWARDS = frozenset(
    [
        "view",
        "reshape",
        "transpose",
        "permute",
        "swapaxes",
        "movedim",
        "flatten",
        "unflatten",
        "unsqueeze",
        "squeeze",
        "contiguous",
        "mean",
        "sum",
        "detach",
        "clone",
        "float",
        "to",
        "type_as",
        "cpu",
    ]
)
"""Methods that make something new of weights that were asked for, when they have met the values."""
TENSOR_METHODS = (
    "absolute acos acosh addbmm addcdiv addcmul addmm addmv addr adjoint all allclose amin aminmax angle any arccos "
    "arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort argwhere as_strided as_strided_scatter "
    "asin asinh atan atan2 atanh bincount bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift "
    "bitwise_xor bmm bool broadcast_to byte cdouble ceil cfloat chalf char cholesky cholesky_inverse cholesky_solve "
    "chunk coalesce conj conj_physical copysign corrcoef cos cosh count_nonzero cov cross cuda cummax cummin "
    "cumprod cumsum deg2rad dense_dim dequantize det diag diag_embed diagflat diagonal diagonal_scatter diff "
    "digamma dim_order dist dot dsplit eq equal erf erfc erfinv expand_as expm1 fix flip fliplr flipud float_power "
    "floor floor_divide fmax fmin fmod frac frexp gather gcd ge geqrf ger greater greater_equal gt hardshrink "
    "heaviside histc histogram hsplit hypot i0 igamma igammac index_add index_copy index_fill index_put "
    "index_reduce index_select indices inner int inverse ipu is_coalesced is_complex is_conj is_distributed "
    "is_floating_point is_inference is_neg is_nonzero is_pinned is_same_size is_signed isclose isfinite isinf isnan "
    "isneginf isposinf isreal istft item kron kthvalue lcm ldexp le lerp less less_equal lgamma log10 log_softmax "
    "logaddexp logaddexp2 logcumsumexp logdet logical_and logical_not logical_or logical_xor logit logsumexp long "
    "lt masked_scatter masked_select matmul matrix_exp matrix_power max median min mm mode moveaxis msort mtia mv "
    "mvlgamma nan_to_num nanmean nanmedian nanquantile nansum narrow narrow_copy ne negative nelement new_empty "
    "new_full new_ones new_tensor new_zeros nextafter nonzero nonzero_static norm not_equal orgqr ormqr outer "
    "pin_memory pinverse polygamma positive prelu prod put qr qscheme quantile rad2deg ravel remainder renorm "
    "repeat repeat_interleave reshape_as resolve_conj resolve_neg roll rot90 round scatter scatter_add "
    "scatter_reduce select select_scatter sgn short sign signbit sin sinc sinh slice_scatter slogdet smm softmax "
    "sort sparse_dim sparse_mask split split_with_sizes square sspaddmm std stft storage_offset storage_type "
    "sum_to_size svd swapdims t take take_along_dim tan tensor_split tile to_dense to_mkldnn to_padded_tensor "
    "tolist topk trace triangular_solve trunc type unbind unfold unique unique_consecutive unsafe_chunk "
    "unsafe_split unsafe_split_with_sizes var vdot view_as vsplit where xlogy xpu"
)
READERS = METADATA_CALLS | {
    "get", "get_seq_length", "keys", "values", "items", "index", "count", "copy", *TENSOR_METHODS.split(), *AFTERWARDS,
    *RULES, *ELEMENTWISE, *FRESH, *MASKLIKE,
}  # fmt: skip
"""Methods that leave what they are called on, and what they are given, as it is."""
SHARING = frozenset({"numpy", "storage", "untyped_storage", "__array__", "__dlpack__", "data_ptr"})
"""Methods that give a tensor's memory to what is no tensor."""
LOOKED_UP = frozenset({"is_grad_enabled", "is_inference_mode_enabled", "is_autocast_enabled", "empty", "empty_like"})
"""Functions of torch that may give something else each time, and leave no trace."""
DRAWN = LOOKED_UP | frozenset(
    ["bernoulli", "binomial", "normal", "poisson", "multinomial", "manual_seed", "seed", "initial_seed", "rrelu",
     "gumbel_softmax", "fractional_max_pool2d", "fractional_max_pool3d", "svd_lowrank", "pca_lowrank",
     "multi_head_attention_forward", "scaled_dot_product_attention"]
)  # fmt: skip
"""Functions of torch that may give something else each time."""
PURE_BUILTINS = frozenset(
    ["abs", "bool", "float", "getattr", "hasattr", "int", "isinstance", "len", "list", "max", "min", "range", "round",
     "str", "sum", "tuple", "type"]
)  # fmt: skip
LEAVING_BUILTINS = PURE_BUILTINS | {"any", "all", "dict", "enumerate", "id", "reversed", "set", "super", "zip"}
"""Builtins that call nothing of what they are given that would change a tensor."""
READ = (Opaque, Scores, Probs, Record, RowShift)
CONTAINER_READS = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
"""Methods that leave a list or a dict as it is."""
TAKING = frozenset(
    f"builtins.{name}"
    for name in ("tuple", "list", "sum", "any", "all", "max", "min", "set", "frozenset", "dict", "sorted")
)
"""Builtins that take all of what they are given one by one, before they return."""
OF_OBJECTS = frozenset({"callable", "getattr", "hasattr", "id", "isinstance", "print", "setattr", "super", "type"})
"""Builtins that call no method of what they are given."""
ARRAY_FUNCTIONS = frozenset({"sqrt", "exp", "log", "log2", "power", "prod", "float32", "float64", "sum"})
"""Functions of numpy that make a number of numbers, or of sizes."""
UNSAFE_BUILTINS = frozenset(
    {"eval", "exec", "locals", "vars", "globals", "setattr", "delattr", "compile", "__import__"}
)
EINOPS = "einops.layers.torch."
"""Modules that change nothing."""


def _node(expr: Expr) -> cst.BaseExpression:
    assert isinstance(expr.node, cst.BaseExpression)
    return expr.node


def expr_of(operands: list[Operand], statement: lower.Stmt) -> Expr:
    """Where a message points at a call: its first operand, or the statement."""
    return operands[0].expr if operands else Expr(statement.node)


def _element(place: int) -> cst.SubscriptElement:
    return cst.SubscriptElement(cst.Index(cst.Integer(str(place))))


def in_place_module(module: Instance) -> bool:
    """Whether a module of torch, or another that only computes, may change what it is given."""
    space, _, name = module.path.rpartition(".")
    if (space.startswith("torch.nn") and name in FRESH_MODULES) or module.path.startswith(EINOPS):
        return False
    for key, value in module.args:
        known = isinstance(value, Instance) and value.path.startswith(("torch.", EINOPS))
        if isinstance(value, Instance) and (not known or in_place_module(value)):
            return True
        constant = value.constant if isinstance(value, Opaque) else None
        if (key in ("inplace", UNPACKED) and constant is not False) or (key.isdigit() and constant is True):
            return True
    return False


def changes_itself(module: Instance) -> bool:
    """Whether a module of torch, or another in it, may change, when it is called, a tensor that it holds."""
    if module.path.startswith(EINOPS):
        return False
    if not module.path.startswith("torch."):
        return True
    settings = dict(module.args)
    if any(isinstance(value, Instance) and changes_itself(value) for value in settings.values()):
        return True
    kind = module.path.rpartition(".")[2].removeprefix("Lazy")
    if kind.startswith("Embedding"):
        place = "3" if kind == "Embedding" else "2"
        renorm = [v for k, v in settings.items() if k in (place, "max_norm", UNPACKED)]
        return any(not (isinstance(v, Opaque) and v.kind == "none") for v in renorm)
    return kind.startswith(("BatchNorm", "SyncBatchNorm", "InstanceNorm"))


def only_computes(path: str) -> bool:
    """Whether a function of torch, or a builtin, gives the same for the same arguments and does nothing besides."""
    space, _, name = path.rpartition(".")
    drawn = name.startswith(("rand", "get_")) or "dropout" in name or name in DRAWN or "random" in space.split(".")
    known = space.split(".")[0] in ("torch", "math", "numpy") or name in PURE_BUILTINS
    return known and not drawn and not lower.changes_receiver(name)


class Calls(TorchCalls):
    """What a call means: a rule, a helper that is entered, a module, torch, or something unknown."""

    def call(self, expr: lower.Call) -> Value:
        function = expr.function
        if isinstance(function, lower.Name) and self.is_builtin(function, "super"):
            found = self.super_of(expr)
            if found is not None:
                return found
        callee = self.evaluate(function)
        if isinstance(function, lower.Attribute) and function.name in ("__enter__", "__exit__", "enter_context"):
            self.contexts.append(
                self.note("CONTEXT_MANAGER", "a context that may change numerics is entered, or left, by a call", expr)
            )
        part = self.part(function)
        if part in MODULE_CHANGES and isinstance(function, lower.Attribute) and function.name == part:
            self.altered_attributes.add("")
        operands: list[Operand] = []
        keywords: dict[str, Operand] = {}
        unpacked: list[Operand] = []
        starred = False
        for arg in expr.args:
            value = self.evaluate(arg.value)
            if arg.star == "*":
                if isinstance(value, Record) and value.sure is None and isinstance(arg.value, lower.Display):
                    items = arg.value.items
                    if len(items) == len(value.items):
                        operands.extend(Operand(v, e) for v, e in zip(value.items, items, strict=True))
                        continue
                if self.is_sizes(callee, value) and len(expr.args) == 1:
                    operands.append(Operand(value, arg.value))
                    continue
                unpacked.append(Operand(value, arg.value))
                self.touch(value, arg.value, "they are unpacked into a call")
                self.note_handed(expr, arg, value)
                starred = True
            elif arg.star == "**":
                named = self.named_in(callee, value, arg.value)
                if named is not None and not set(named) & set(keywords):
                    keywords |= named
                    continue
                unpacked.append(Operand(value, arg.value))
                self.touch(value, arg.value, "they are unpacked into a call")
                self.note_handed(expr, arg, value)
            elif arg.keyword is not None:
                keywords[arg.keyword] = Operand(value, arg.value)
            else:
                operands.append(Operand(value, arg.value))
                if starred:
                    self.displaced.add(expr)
        self.unpacked = tuple(unpacked)
        value = self.invoke(callee, expr, operands, keywords, not unpacked)
        if part is not None:
            self.altered_parts.add(part)
        return value

    def note_handed(self, expr: lower.Call, arg: lower.Argument, value: Value) -> None:
        """Notes a constructor that hands what it was given itself, `*args` or `**kwargs`, to its parent's."""
        code = self.frame.code
        if code.name != "__init__" or not isinstance(value, Opaque) or value.kind != "config":
            return
        name = arg.value.id if isinstance(arg.value, lower.Name) else ""
        own = any(p.name == name and p.star == arg.star for p in code.function.parameters)
        if own and structure.only_handed_on(code.definition, name):
            self.handed.add(expr)

    def super_of(self, expr: lower.Call) -> Super | None:
        """`super()`, or `super(Class, self)`, which may name another class than the one it stands in."""
        if not expr.args:
            return Super(self.frame.code.owner)
        if len(expr.args) != 2 or any(arg.star or arg.keyword for arg in expr.args):
            return None
        named, receiver = (self.evaluate(arg.value) for arg in expr.args)
        cls = self.world.class_at(named.path) if isinstance(named, Symbol) else None
        own = isinstance(receiver, Self) and not receiver.foreign and receiver.cls is not None
        if cls is None or self.cls is None or not own or cls not in self.world.mro(self.cls):
            return None
        return Super(cls)

    def impure(self, expr: Expr, depth: int = 0, *, strict: bool = True) -> bool:
        """Whether an expression may give something else each time, or do something besides; unless `strict`, a
        function that was entered does what was seen there and no more."""
        for inner in lower.below(expr):
            if isinstance(inner, (lower.Closure, lower.Walrus)):
                return True
            if isinstance(inner, lower.Call) and self.impure_call(inner, depth, strict=strict):
                return True
        return False

    def impure_call(self, call: lower.Call, depth: int = 0, *, strict: bool = True) -> bool:
        """The same of a call alone, whatever its arguments are."""
        callee = self.facts.get(call.function)
        code = self.world.function_code(callee.path) if isinstance(callee, Symbol) else None
        if isinstance(callee, Method) and isinstance(callee.base, Self):
            code = self.world.method_code(callee.base.cls, callee.name)
        if code is not None and code in self.used_code and depth < DEPTH:
            inside = [e for s in lower.walk(code.function.body) for e in lower.expressions(s)]
            changes = any(frame.code is code for frame, _, _, of in self.effects if of is None)
            changes |= any(frame.code is code for frame, _, _ in self.raises)
            return changes or (strict and any(self.impure(e, depth + 1) for e in inside))
        if isinstance(callee, Symbol):
            return not only_computes(callee.path)
        return not (isinstance(callee, Method) and isinstance(callee.base, READ) and callee.name in READERS)

    def leaves_no_trace(self, call: lower.Call) -> bool:
        """Whether a call, its arguments aside, can be left out where nothing reads what it gives."""
        callee = self.facts.get(call.function)
        space, _, name = callee.path.rpartition(".") if isinstance(callee, Symbol) else ("", "", "")
        plain = all(arg.keyword != "out" and not arg.star for arg in call.args)
        return (space == "torch" and name in LOOKED_UP and plain) or not self.impure_call(call)

    def part(self, function: Expr) -> str | None:
        """The attribute of `self` that a call is of, or of something in it; None for `self`'s own methods."""
        while isinstance(function, (lower.Attribute, lower.Subscript)):
            base = function.base
            if isinstance(function, lower.Attribute) and isinstance(self.facts.get(base), Self):
                return function.name
            function = base
        return None

    def invoke(
        self, callee: Value, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        if isinstance(callee, Method):
            result = self.method(callee, expr, operands, keywords, complete)
            return self.laid_out(callee.name, callee.base, operands, result)
        if isinstance(callee, Symbol):
            result = self.symbol(callee, expr, operands, keywords, complete)
            space, _, name = callee.path.rpartition(".")
            if space not in TENSOR_SPACES:
                return result
            first = [*operands[:1], *(o for key, o in keywords.items() if key in ("input", "self"))]
            return self.laid_out(name, first[0].value if first else None, operands[1:], result)
        if isinstance(callee, Interface):
            return self.interface(callee, expr, operands, keywords)
        if isinstance(callee, Instance):
            return self.instance(callee, expr, operands, keywords, complete)
        callee = self.lambdas.get(callee, callee)
        if isinstance(callee, Nested):
            return self.enter(callee.code, expr, operands, keywords, complete, None, callee.frame)
        if isinstance(callee, Choice):
            return self.choice(callee, expr, operands, keywords, complete)
        if isinstance(callee, Opaque) and callee.kind == "config" and isinstance(expr.function, lower.Attribute):
            return self.of_what_was_given(callee, expr.function, operands, keywords)
        if self.part(expr.function) is None:  # what the module itself has is not doubted
            self.perhaps_viewed([callee, *(o.value for o in (*operands, *keywords.values()))])
        return self.unknown(operands, keywords, "an unknown function receives them", callee)

    def of_what_was_given(
        self, callee: Opaque, function: lower.Attribute, operands: list[Operand], keywords: dict[str, Operand]
    ) -> Value:
        """A method of what a constructor was given, which may be a tensor: what it gives may be a view of that."""
        found = self.unknown(operands, keywords, "an unknown function receives them", callee)
        return replace(found, storages=found.storages | self.storages(self.facts.get(function.base, callee)))

    def choice(
        self, callee: Choice, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        """Modules of which one is chosen when the model is built: all must mean the same here. Of functions the one
        is called that is assumed to be chosen."""
        assumed = next((o for o in callee.options if isinstance(o, Symbol) and o.path == self.chosen), None)
        if assumed is not None:
            return self.invoke(assumed, expr, operands, keywords, complete)
        live = [o for o in callee.options if not (isinstance(o, Instance) and o.path == "torch.nn.Identity")]
        paths = {o.path for o in live if isinstance(o, Instance)}
        if len(paths) == 1 and len(live) == len([o for o in live if isinstance(o, Instance)]):
            optional = len(live) < len(callee.options)
            first = live[0]
            assert isinstance(first, Instance)
            if paths == {"torch.nn.Dropout"}:
                settings = [v for o in live if isinstance(o, Instance) for k, v in o.args
                            if k in ("1", "inplace", UNPACKED)]  # fmt: skip
                unsure = () if all(map(is_false, settings)) else (("inplace", Opaque()),)
                return self.instance(replace(first, args=unsure), expr, operands, keywords, complete)
            if not optional and len(live) == 1:
                return self.instance(first, expr, operands, keywords, complete)
        return self.unknown(operands, keywords, "one of several functions receives them", callee)

    def unknown(
        self,
        operands: list[Operand],
        keywords: dict[str, Operand],
        reason: str,
        callee: Value | None = None,
        *,
        changes: bool = True,
    ) -> Opaque:
        """A call that the analysis cannot see into: scores escape there, results may alias arguments, and arguments
        may be changed in place, unless `changes` says otherwise."""
        given = (*operands, *keywords.values(), *self.unpacked)
        values = [self.opaque(o.value, o.expr, reason) for o in given]
        if changes:
            for operand in given:
                self.changeable(operand)
            if callee is not None and self.storages(callee):
                self.kept_by(callee, [o.value for o in given])
            if callee is not None and self.statement is not None:
                reached = self.within_reach(self.storages(callee))
                if OWN in reached or isinstance(callee, Instance):
                    self.disturbed(reached | {OWN}, expr_of(operands, self.statement), surely=False)
                self.changeable(Operand(callee, expr_of(operands, self.statement)))
        storages = self.fresh() | (self.storages(callee) if callee is not None else frozenset())
        for value in values:
            storages |= value.storages
        depends = frozenset().union(*(v.depends for v in values)) if values else frozenset()
        loss = next((v.loss for v in values if v.loss is not None), None)
        lost_probs = next((v.lost_probs for v in values if v.lost_probs is not None), None)
        return Opaque(storages=storages, depends=depends, loss=loss, lost_probs=lost_probs)

    def changeable(self, operand: Operand) -> None:
        """What a call that the analysis cannot see into may change of an argument."""
        value = operand.value
        if isinstance(value, Self):
            self.altered_attributes.add("")
            self.disturbed(frozenset({OWN}), operand.expr, surely=False)
        if isinstance(value, Instance):
            self.reopened(value)
        if isinstance(value, Nested):
            node, reached = value.code.function.node, self.storages(value)
            self.weaken(reached)
            if lower.changes_in_place(node) or lower.sets_items(node):
                self.disturbed(reached, operand.expr, surely=False)
        elif isinstance(value, (Opaque, Record, Method)) and not (
            isinstance(value, Opaque) and value.kind in UNCHANGING
        ):
            self.mutated(self.storages(value), operand.expr, surely=False)
        for found in self.chain_values(value):
            self.mutated(self.aliases(found), operand.expr, surely=False)

    def reopened(self, module: Instance) -> None:
        """What a module does may have been changed: under every name, it is not known any more."""
        for stored in self.stores.values():
            if any(value is module for value in stored):
                stored.append(Opaque())

    def method(
        self, callee: Method, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        base, name = callee.base, callee.name
        receiver = expr.function.base if isinstance(expr.function, lower.Attribute) else expr
        if isinstance(base, Super) and base.owner is not None and name == "forward":
            inherited = self.world.of_torch(base.owner, after=base.owner)
            if inherited is not None and inherited.rpartition(".")[2] in FRESH_MODULES:
                module = Instance(inherited, ((UNPACKED, Opaque()),))
                return self.instance(module, expr, operands, keywords, complete)
        if isinstance(base, (Self, Super)):
            return self.self_call(base, name, expr, operands, keywords, complete)
        if isinstance(base, Record):
            return self.container(base, name, receiver, expr, operands, keywords)
        if isinstance(base, (Scores, Probs)) and (name in METADATA_CALLS or (name == "type" and not expr.args)):
            dims = [whole_number(o.value) for o in operands]
            known = tuple(d for d in dims if d is not None)
            if len(known) != len(operands) or keywords:
                return self.metadata(base, f"{name} of an unknown axis", (0,), expr)
            return self.metadata(base, name, known, expr)
        if isinstance(base, Scores) and name.startswith("new_") and isinstance(receiver, lower.Name) and complete:
            typed = "dtype" in keywords and isinstance(keywords["dtype"].value, Symbol)
            self.note_read(base, "new" if typed else "like", (), receiver)  # with a dtype it is the device that counts
            return self.filled(name.removeprefix("new_"), operands, keywords)
        if (
            isinstance(base, Probs)
            and name in AFTERWARDS
            and "out" not in keywords
            and self.made_of_weights(base, receiver, expr)
        ):
            for operand in (*operands, *keywords.values()):
                self.touch(operand.value, operand.expr, f"`{name}` receives them")
            return replace(base, after=True, when=())
        if isinstance(base, (Opaque, Scores)) and name in ("to", "type_as") and complete and not keywords:
            operands = [self.typed(operand) for operand in operands]
        if isinstance(base, RowShift):
            if name == "unsqueeze" and len(operands) == 1 and numeric(operands[0].value) == -1 and not base.kept:
                return replace(base, kept=True, wrapped=False)
            if name in ("float", "to", "clone", "sigmoid"):
                return self.apply(Operation(name, (Operand(base, receiver), *operands), keywords, expr, self))
            if name == "detach":
                return replace(base, share=None)
            return self.opaque(base, expr, "a row constant of the scores")
        if isinstance(base, Opaque) and name == "size":
            return Opaque("number", positive=True, wide="whole") if operands or keywords else Opaque("size")
        if isinstance(base, Opaque) and name in ("dim", "numel", "item"):
            return Opaque("number", positive=name != "item", depends=base.depends)
        if not isinstance(base, (Opaque, Scores, Probs)):
            self.kept_by(base, [o.value for o in (*operands, *keywords.values(), *self.unpacked)])
            return self.unknown(operands, keywords, f"`{name}` receives them", base)
        if isinstance(base, Opaque) and base.kind == "config":
            return self.looked_up(operands, keywords, complete)
        if isinstance(base, Opaque) and base.kind == "context":
            return Opaque("none")
        if name in ("expand_as", "view_as", "reshape_as") and isinstance(base, Opaque) and len(operands) == 1:
            like = operands[0].value
            if isinstance(like, (Scores, Probs)):
                self.note_read(like, name, (), expr)
                return replace(base, kind="tensor", definition=None)
        inplace = lower.changes_receiver(name)
        given = (*operands, *keywords.values(), *self.unpacked)
        if isinstance(base, Opaque) and name in SHARING:
            self.hold([base])
        if isinstance(base, Opaque) and base.kind == "unknown" and name not in READERS:
            self.altered |= base.storages
            for operand in given if name not in lower.CONTAINER_CHANGES else ():
                self.changeable(operand)
            if name not in lower.CONTAINER_CHANGES:
                self.disturbed(self.within_reach(base.storages), expr, surely=False)
        if isinstance(base, Opaque) and base.kind == "unknown":  # it may be an object, which keeps what it is given
            self.put_into(base, [o.value for o in given])
        listed = isinstance(base, Opaque) and base.kind not in ("scalar", "row", "tensor")
        if listed and name in lower.CONTAINER_CHANGES:
            self.weaken(self.storages(base))
        if not complete:
            unpacked = f"`{name}` with unpacked arguments"
            found = self.unknown([Operand(base, receiver), *operands], keywords, unpacked, changes=inplace)
            plain = not keywords and not expr.args[-1].star and isinstance(base, Opaque)
            if name in ("expand", "view", "reshape") and plain and numeric(operands[-1].value) == 1:
                return replace(found, kind="row")  # whatever stands before it, the last axis has size 1
            return found
        operation = Operation(
            name.rstrip("_") if inplace and name != "masked_fill_" else name,
            (Operand(base, receiver), *operands), keywords, expr, self,
        )  # fmt: skip
        if name == "where":
            if len(operands) != 2 or keywords:
                return self.unknown([Operand(base, receiver), *operands], keywords, "`where`")
            operation = replace(operation, operands=(operands[0], Operand(base, receiver), operands[1]))
        if name in ("type", "to") or not inplace:
            return self.apply(operation)
        result = self.apply(operation)
        if isinstance(base, (Scores, Probs)):
            self.effect(expr, base.product)
            self.mutated(self.aliases(base), expr)
            for operand in operands:
                result = self.changed_by(base, operand.value, result, expr)
        if isinstance(base, Opaque):
            self.mutated(base.storages, expr)
            if isinstance(result, Opaque):
                wide = kept_width(base, result)
                result = replace(
                    result, storages=result.storages | base.storages, mask=None, constant=None, most=None, wide=wide
                )
            if isinstance(receiver, lower.Name) and isinstance(result, Opaque):
                self.bind(receiver.id, result, None)
        elif isinstance(result, (Scores, Probs)) and (isinstance(base, Scores) or self.only(base, receiver)):
            if isinstance(base, Probs):
                self.changed_beside(base, result, expr)
            if isinstance(receiver, lower.Name):
                self.bind(receiver.id, result, None)
        else:
            why = result.loss if isinstance(result, Opaque) else None
            self.spoil(base, expr, f"`{name}` changes them in place", why)
        return result

    def made_of_weights(self, base: Probs, receiver: Expr, expr: Expr) -> bool:
        """Whether a method of probabilities that have met the values can stand, where these were asked for."""
        product = base.product
        if not product.closed or product.context is None or product.context.frame is not self.frame:
            return False
        made = {id(found): name for found, name, _ in product.after}
        root = receiver.id if isinstance(receiver, lower.Name) else made.get(id(receiver))
        if root is None or self.statement is product.context.statement:
            return False
        product.after[:] = [entry for entry in product.after if entry[0] is not receiver]
        product.after.append((expr, root, self.statement))
        return True

    def looked_up(self, operands: list[Operand], keywords: dict[str, Operand], complete: bool) -> Value:
        """`config.table.get(key, default)`: a plain value, or the default."""
        if not complete or keywords or not 1 <= len(operands) <= 2:
            return self.unknown(operands, keywords, "a config receives them")
        default = operands[1].value if len(operands) == 2 else Opaque("none")
        found = Opaque("config", storages=frozenset())
        if not isinstance(default, Opaque):
            return self.unknown(operands, keywords, "a config receives them")
        plain = default.kind in ("none", "string", "number", "config")
        return found if plain else join_opaque(found, default)

    def container(
        self,
        base: Record,
        name: str,
        receiver: Expr,
        expr: lower.Call,
        operands: list[Operand],
        keywords: dict[str, Operand],
    ) -> Value:
        if base.kind == "either":
            return self.unknown([Operand(base, receiver), *operands], keywords, f"`{name}` of them")
        if name in ("append", "extend", "insert") and isinstance(receiver, lower.Name) and operands:
            added = operands[-1].value
            items = added.items if name == "extend" and isinstance(added, Record) else (added,)
            joined = base + Record(base.kind, items)
            if name == "insert" or (name == "extend" and not isinstance(added, Record)):
                joined = replace(joined, sure=0)
            self.rearranged(base, expr)  # under its other names it is not known any more
            self.put_into(base, [added])
            self.bind(receiver.id, replace(joined, own=base.own), None)
            return Opaque("none")
        if name not in CONTAINER_READS:
            self.rearranged(base, expr)
            put = [o.value for o in (*operands, *keywords.values(), *self.unpacked)]
            self.put_into(base, put)
            base = replace(base, own=base.own.union(*(self.storages(value) for value in put)))
        for operand in (*operands, *keywords.values()):
            self.touch(operand.value, operand.expr, "a container receives them")
        return self.opaque(base, expr, f"`{name}` of a container that holds them")

    def interface(
        self, callee: Interface, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand]
    ) -> Value:
        """A call of the attention interface means what its eager default does."""
        code = self.world.function_code(callee.default.path) if callee.default is not None else None
        if code is None or not operands:
            return self.unknown(operands, keywords, "the attention interface receives them")
        before = len(self.products)
        value = self.enter(code, expr, operands, keywords, False, None)
        for product in self.products[before:]:
            product.interface = True
        return value

    def builtin(
        self, space: str, name: str, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand]
    ) -> Value:
        if name in UNSAFE_BUILTINS and space == "builtins":
            self.contexts.append(self.note("UNSUPPORTED", f"a call of `{name}`", expr))
        if name == "getattr" and len(operands) >= 2:
            base, key = operands[0].value, operands[1].value
            if isinstance(key, Opaque) and isinstance(key.constant, str):
                found = self.attribute_of(base, key.constant, expr)
                if isinstance(found, Method) and not isinstance(base, Self):
                    reached = self.opaque(base, expr, f"`{key.constant}` of them is looked up by its name")
                    return Opaque(storages=self.fresh() | reached.storages)
                if len(operands) == 3 and self.storages(operands[2].value):  # what is given where there is none
                    instead = self.opaque(operands[2].value, operands[2].expr, "`getattr` may give them")
                    return join_opaque(self.opaque(found, expr, "`getattr` gives them"), instead)
                return found
            if isinstance(base, Self) and not (isinstance(key, Opaque) and isinstance(key.constant, str)):
                return Opaque(storages=self.fresh() | {OWN})
            if isinstance(base, Symbol) and base.path.endswith("ALL_ATTENTION_FUNCTIONS") and len(operands) == 3:
                return operands[2].value  # a mapping: none of its keys is an attribute
        if name == "map" and len(operands) == 2 and not keywords and not self.unpacked:
            made = self.mapped(expr, *operands)
            if made is not None:
                return made
        for operand in (*operands, *keywords.values()):
            if name in ("isinstance", "hasattr", "callable", "type", "len") and not self.perhaps_none(operand.value):
                continue
            self.touch(operand.value, operand.expr, f"`{name}` receives them")
        given = (*operands, *keywords.values(), *self.unpacked)
        reads = name in ("map", "filter") and bool(operands) and self.only_reads(operands[0])
        if not reads and (name in ("map", "filter", "sorted", "next", "reduce") or "key" in keywords):
            for operand in given:
                self.changeable(operand)
        if not reads and name in ("map", "filter", "iter"):
            self.hold([o.value for o in given])  # it calls when it is asked for an item
        if space.split(".", maxsplit=1)[0] == "numpy":
            self.hold([o.value for o in given if not self.of_numbers(o.value)])  # an array may have a tensor's memory
        if name not in OF_OBJECTS and any(isinstance(o.value, Self) for o in given):
            self.contexts.append(self.note("UNSUPPORTED", f"`{name}` of the module itself", expr))
        if name == "len":
            return Opaque("number", positive=False, wide="whole")
        values = [o.value for o in given]
        first = values[0] if values else None
        number = numeric(first) if first is not None else None
        if name in (
            "float",
            "int",
            "bool",
            "abs",
            "round",
            "max",
            "min",
            "sum",
            "isinstance",
            "hasattr",
            "any",
            "all",
        ):
            constant: float | None = None
            if name == "float" and isinstance(first, Opaque) and isinstance(first.constant, str):
                try:
                    constant = float(first.constant)
                except ValueError:
                    constant = None
            elif name in ("float", "int") and number is not None:
                constant = float(number) if name == "float" or not math.isfinite(number) else int(number)
            depends = frozenset().union(*(self.depends(v) for v in values)) if values else frozenset()
            positive = name in ("float", "abs", "max") and isinstance(first, Opaque) and first.positive
            if name in ("abs", "max", "min", "round", "sum") and not all(map(self.of_numbers, values)):
                seen = [self.opaque(o.value, o.expr, f"`{name}` receives them") for o in operands]
                given = tuple(Operand(v, o.expr) for v, o in zip(seen, operands, strict=True))
                held = self.fresh().union(*map(self.storages, values))  # of tensors, it is one
                return replace(opaque_result(Operation(name, given, {}, expr, self), seen), storages=held)
            widths = {v.wide if isinstance(v, Opaque) else "" for v in values}
            whole = name in ("int", "isinstance", "hasattr", "bool", "any", "all") or widths == {"whole"}
            wide: Width = "default" if name == "float" else "whole" if whole else ""
            return Opaque("number", constant=constant, positive=positive, depends=depends, wide=wide)
        if space == "numpy" and not (name in ARRAY_FUNCTIONS and all(map(self.of_numbers, values))):
            return Opaque(storages=self.fresh().union(*map(self.storages, values)))
        if space in ("math", "numpy"):
            constant = None
            if number is not None and name == "sqrt" and number >= 0:
                constant = math.sqrt(number)
            if number is not None and name == "log" and number > 0:
                constant = math.log(number)
            plain = all(isinstance(v, Opaque) and v.kind in ("number", "unknown", "config") for v in values)
            real = space == "math" and name in ("sqrt", "exp", "log", "log2", "pow")
            floats: Width = "default" if real else ""
            return Opaque(
                "number" if plain else "unknown", constant=constant, positive=name in ("sqrt", "exp"), wide=floats
            )
        if name in ("tuple", "list") and isinstance(first, Record):
            return replace(first, kind=name, own=self.fresh() if name == "list" else frozenset())
        if name in ("tuple", "list", "sorted", "reversed", "zip", "enumerate", "map", "filter", "dict", "set"):
            storages = self.fresh().union(*(self.storages(v) for v in values)) if values else self.fresh()
            return Opaque(
                "size" if isinstance(first, Opaque) and first.kind == "size" else "unknown", storages=storages
            )
        return Opaque(storages=self.fresh().union(*(self.storages(v) for v in values)))

    def mapped(self, expr: lower.Call, function: Operand, items: Operand) -> Record | None:
        """What `map` gives that is taken apart at once: the function is called with each item, in order, and never
        again."""
        callee, given = function.value, self.taken_apart(items, expr)
        if given is None or self.chain_values(callee):
            return None
        if isinstance(self.lambda_of(function.expr), cst.Lambda) and callee not in self.lambdas:
            return None
        before, made = len(self.products), []
        for item in given:
            call = replace(expr, function=function.expr, args=(lower.Argument(items.expr, None, ""),))
            made.append(self.invoke(callee, call, [Operand(item, items.expr)], {}, True))
        for product in self.products[before:]:
            self.blame(product, self.note("HELPER", "`map` calls the function that multiplies them", expr))
        return Record("tuple", tuple(made))

    def taken_apart(self, items: Operand, expr: lower.Call) -> tuple[Value, ...] | None:
        """What `map` calls its function with, where as many results as there are targets are taken of it at once."""
        statement, value = self.statement, items.value
        if not isinstance(statement, lower.Assign) or statement.value is not expr or self.chain_values(value):
            return None
        target = statement.targets[0]
        if not isinstance(target, lower.Display) or any(isinstance(t, lower.Starred) for t in target.items):
            return None
        if isinstance(value, Record):
            return value.items if value.sure is None and value.kind in ("tuple", "list") else None
        if not isinstance(value, Opaque):
            return None
        one = Opaque("tensor" if value.kind == "tensor" else "unknown", storages=value.storages, depends=value.depends)
        return (replace(one, loss=value.loss, lost_probs=value.lost_probs),) * len(target.items)

    def taken_at_once(self, expr: Expr) -> bool:
        """Whether the statement that runs takes all that `expr` gives one by one: into targets, or into a builtin or a
        function of torch."""
        statement = self.statement
        if statement is None:
            return False
        if isinstance(statement, lower.Assign) and statement.value is expr:
            return isinstance(statement.targets[0], lower.Display)
        if isinstance(statement, lower.Loop) and statement.subject is expr:
            return True
        calls = [e for root in lower.expressions(statement) for e in lower.below(root) if isinstance(e, lower.Call)]
        for call in calls:
            callee = self.facts.get(call.function)
            takes = isinstance(callee, Symbol) and (callee.path in TAKING or callee.path.startswith("torch."))
            if any(arg.value is expr and (takes or arg.star) for arg in call.args):
                return True
        return False

    def lambda_of(self, function: Expr) -> cst.CSTNode:
        """The lambda that a local name stands for, where it is bound once; else what stands there."""
        made = self.frame.definitions.get(function.id) if isinstance(function, lower.Name) else None
        return (made or function).node

    def only_reads(self, function: Operand) -> bool:
        """Whether a function changes nothing that it is given, or takes from around it: a lambda or a method that is
        seen to."""
        value, node = function.value, self.lambda_of(function.expr)
        if isinstance(value, Method) and isinstance(value.base, Self):
            code = self.world.method_code(value.base.cls, value.name)
            return code is not None and not self.code_changes(code, value.base.cls)
        return isinstance(node, cst.Lambda) and not self.calls_changing(node)

    def calls_changing(self, node: cst.CSTNode) -> bool:
        """Whether a nested expression calls what may change a tensor that it is given, or that the module holds."""
        inside = lower.names_bound_inside(node)
        receivers = {name: v.cls for name, v in self.frame.env.items() if isinstance(v, Self) and name not in inside}
        local = inside | {name for name, v in self.frame.env.items() if not isinstance(v, (Self, Symbol))}
        return any(self.call_changes(call, self.frame.code, receivers, local) for call in lower.calls_in(node))

    def call_changes(
        self, call: cst.Call, code: Code, receivers: dict[str, ClassRef | None], local: Set[str], depth: int = 0
    ) -> bool:
        """The same of one call that stands in `code`, where `local` names may be any function."""
        if any(arg.keyword is not None and arg.keyword.value in ("out", "inplace", "key") for arg in call.args):
            return True
        function = lower.expression(call.func)
        if isinstance(function, lower.Attribute) and function.name in READERS:
            return False
        root = function.base if isinstance(function, lower.Attribute) else function
        if isinstance(function, lower.Attribute) and isinstance(root, lower.Name) and root.id in receivers:
            entered = self.world.method_code(receivers[root.id], function.name)
            return entered is None or self.code_changes(entered, receivers[root.id], depth)
        while isinstance(root, lower.Attribute):
            root = root.base
        if not isinstance(root, lower.Name) or root.id in local or root.id in receivers:
            return True
        path = self.world.static_path(code.file, function)
        known = self.world.function_code(path) if path is not None else None
        if known is not None:
            return self.code_changes(known, None, depth)
        space, _, name = (path or "").rpartition(".")
        return path not in LEAVING_BUILTINS and not (
            space == "torch" and name in READERS | MAKERS | {"arange", *DEFAULT_MAKERS}
        )

    def code_changes(self, code: Code, cls: ClassRef | None, depth: int = 0) -> bool:
        """The same of what a function does when it is called."""
        node, parameters = code.function.node, code.function.parameters
        if depth >= DEPTH or not self.plain(code) or code.function.strange or lower.sets_items(node):
            return True
        receivers = {parameters[0].name: cls} if code.is_method and parameters else {}
        local = lower.names_bound_inside(node) - set(receivers)
        return lower.changes_in_place(node) or any(
            self.call_changes(call, code, receivers, local, depth + 1) for call in lower.calls_in(node)
        )

    def of_numbers(self, value: Value) -> bool:
        """Whether a value is a plain number, or holds nothing else."""
        if isinstance(value, Record):
            return value.kind != "dict" and all(map(self.of_numbers, value.items))
        return isinstance(value, Opaque) and value.kind in UNCHANGING

    def instance(
        self, callee: Instance, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        """A call of a module."""
        path = callee.path
        name = path.rpartition(".")[2]
        values = [o.value for o in operands]
        if path.startswith("torch.nn."):
            if name in ("Identity", "Dropout") and len(values) == 1 and not keywords and complete:
                if isinstance(values[0], (Scores, Probs)):
                    return self.module_dropout(callee, name, expr, operands[0])
                return values[0]
            if name == "Softmax" and len(values) == 1:
                dim = next((v for k, v in callee.args if k in ("0", "dim")), None)
                axis = {"dim": Operand(dim, expr)} if dim is not None else {}
                return self.apply(Operation("softmax", tuple(operands), axis, expr, self))
            if name == "Sequential" and len(values) == 1 and not keywords and isinstance(values[0], (Scores, Probs)):
                return self.sequence(callee, expr, operands[0])
            result = self.unknown(operands, keywords, f"`nn.{name}` receives them", changes=in_place_module(callee))
            if changes_itself(callee):
                self.disturbed(frozenset({OWN}), expr, surely=False)
            if name == "MultiheadAttention":
                return self.multihead_result(expr, result)
            if name in FRESH_MODULES:
                return Opaque(
                    "tensor",
                    storages=self.fresh(),
                    depends=result.depends,
                    loss=result.loss,
                    lost_probs=result.lost_probs,
                )
            return result
        if path.startswith(EINOPS):
            return self.unknown(operands, keywords, f"`{name}` receives them", changes=False)
        owner = self.world.class_at(path)
        code = self.world.called(owner) if owner is not None else None
        if code is None or (path not in self.opened and len(list(lower.walk(code.function.body))) > 40):
            return self.unknown(operands, keywords, f"`{name}` receives them", callee)
        return self.enter(code, expr, operands, keywords, complete, Self(owner, foreign=True))

    def sequence(self, callee: Instance, expr: lower.Call, operand: Operand) -> Value:
        """A call of an `nn.Sequential`: its modules one after the other."""
        value = operand.value
        for place, (key, module) in enumerate(callee.args):
            if key != str(place) or not isinstance(module, Instance):
                return self.unknown([Operand(value, operand.expr)], {}, "`nn.Sequential` receives them")
            function = lower.expression(cst.Subscript(_node(expr.function), [_element(place)]))
            step = replace(expr, function=function)
            value = self.instance(module, step, [Operand(value, operand.expr)], {}, True)
        return value

    def multihead_result(self, expr: lower.Call, output: Opaque) -> Record:
        """Output and weights of `nn.MultiheadAttention`, or of its function; the weights may be None."""
        product = Product(expr, self.frame, expr, expr, frozenset(), "", "", "", statement=self.statement, closed=True)
        self.current[product] = 0
        self.multihead.append((expr, self.frame, product, tuple(self.path)))
        return Record("tuple", (output, Probs(product, ("...", "l", "r"), "r", "dropped", optional=True)))

    def module_dropout(self, callee: Instance, name: str, expr: lower.Call, operand: Operand) -> Value:
        value = operand.value
        op = Operation("dropout", (operand,), {}, expr, self)
        if name == "Identity":
            return value
        if isinstance(value, Scores):
            return self.lost_result(op, op.loss("NONLINEAR", "dropout is applied to the scores before the softmax"))
        assert isinstance(value, Probs)
        inplace = next((v for k, v in callee.args if k in ("1", "inplace", UNPACKED)), None)
        result = self.drop(op, operand, inplace, p=expr.function, details=("module",))
        return self.lost_result(op, result) if isinstance(result, Loss) else result

    def name(self, name: str) -> Value:
        if name in self.frame.env:
            return self.frame.env[name]
        if name in self.frame.definitions:
            return Opaque(storages=self.fresh())
        outer = self.frame.closure
        while outer is not None:
            if name in outer.env:
                return outer.env[name]
            outer = outer.closure
        return self.world.global_value(self.frame.code.file, name, self)

    def is_builtin(self, expr: Expr, name: str) -> bool:
        """Whether an expression is the builtin of that name, shadowed by nothing."""
        if not isinstance(expr, lower.Name) or expr.id != name:
            return False
        value = self.name(name)
        return isinstance(value, Symbol) and value.path == f"builtins.{name}"
