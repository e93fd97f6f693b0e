"""Calls: operations with a rule, helpers that are entered, modules, the attention interface, torch, builtins."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import libcst as cst

from . import lower, structure
from .chain import OWN, UNCHANGING
from .frames import DEPTH, Frame, Mark
from .hierarchy import ClassRef, Code
from .joins import Joins
from .lower import Expr
from .rules import (
    ELEMENTWISE,
    FRESH,
    MASKLIKE,
    OPERATORS,
    RULES,
    WHOLE,
    Operand,
    Operation,
    floating_of,
    narrow_of,
    number_width,
    opaque_result,
    rank_of,
    wide_of,
)
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
    Use,
    Value,
    Width,
    all_floating,
    is_false,
    join_opaque,
    kept_width,
    numeric,
)

MAKERS = frozenset(
    {
        "tensor", "as_tensor", "scalar_tensor", "full", "zeros", "ones", "empty", "rand", "randn", "full_like",
        "zeros_like", "ones_like", "empty_like", "rand_like", "Parameter", "Buffer",
    }
)  # fmt: skip
"""What makes a tensor of the dtype that it is given, or of a tensor's."""
DEFAULT_MAKERS = frozenset(
    {"linspace", "logspace", "range", "eye", "zeros", "ones", "empty", "rand", "randn", "Tensor"}
)
"""What makes a tensor of torch's default dtype."""
LIKE = frozenset({"zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like"})
"""What makes a tensor of another's dtype."""
TENSOR_SPACES = ("torch", "torch.nn.functional", "torch.Tensor")
METADATA_CALLS = frozenset(
    {"size", "dim", "ndimension", "numel", "get_device", "is_contiguous", "element_size", "stride"}
)
SIZED = frozenset({"view", "reshape", "expand", "permute"})
"""Methods of tensors that take sizes one by one, or all of them in one tuple."""
MAKING = frozenset(f"torch.{name}" for name in ("zeros", "ones", "empty", "full", "rand", "randn"))
SHAPE_ALONE = frozenset({"shape", "size", "dtype", "device", "dim", "ndim", "ndimension", "numel", "like"})
"""What something may read of the scores that is given others of their shape."""
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
LAYOUT = frozenset({"view", "as_strided", "stride", "is_contiguous"})
"""Methods that depend on how a tensor lies in memory."""
SHARING = frozenset({"numpy", "storage", "untyped_storage", "__array__", "__dlpack__", "data_ptr"})
"""Methods that give a tensor's memory to what is no tensor."""
MODES_SET = ("torch.set_", "torch._C._set_", "torch.autograd.set_", "torch.autograd.grad_mode.set_")
"""Functions that change how everything after them is computed."""
MODULE_CHANGES = frozenset(
    ["train", "eval", "apply", "to", "float", "half", "double", "bfloat16", "requires_grad_", "load_state_dict",
     "add_module", "register_module", "register_parameter", "__setattr__", "__delattr__"]
)  # fmt: skip
"""Methods of every module that change what it holds."""
DRAWN = frozenset(
    ["bernoulli", "binomial", "normal", "poisson", "multinomial", "manual_seed", "seed", "initial_seed", "rrelu",
     "gumbel_softmax", "fractional_max_pool2d", "fractional_max_pool3d", "svd_lowrank", "pca_lowrank",
     "multi_head_attention_forward", "scaled_dot_product_attention", "is_grad_enabled", "is_inference_mode_enabled",
     "is_autocast_enabled", "empty", "empty_like"]
)  # fmt: skip
"""Functions of torch that may give something else each time."""
PURE_BUILTINS = frozenset(
    ["abs", "bool", "float", "getattr", "hasattr", "int", "isinstance", "len", "list", "max", "min", "range", "round",
     "str", "sum", "tuple", "type"]
)  # fmt: skip
READ = (Opaque, Scores, Probs, Record, RowShift)
CONTAINER_READS = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
"""Methods that leave a list or a dict as it is."""
INPLACE_PLACES = {
    "alpha_dropout": 3, "celu": 2, "dropout": 3, "dropout1d": 3, "dropout2d": 3, "dropout3d": 3, "elu": 2,
    "feature_alpha_dropout": 3, "hardsigmoid": 1, "hardswish": 1, "hardtanh": 3, "leaky_relu": 2, "mish": 1, "relu": 1,
    "relu6": 1, "rrelu": 4, "selu": 1, "silu": 1, "threshold": 3,
}  # fmt: skip
"""Where functions of `torch.nn.functional` take `inplace`."""
OF_OBJECTS = frozenset({"callable", "getattr", "hasattr", "id", "isinstance", "print", "setattr", "super", "type"})
"""Builtins that call no method of what they are given."""
ARRAY_FUNCTIONS = frozenset({"sqrt", "exp", "log", "log2", "power", "prod", "float32", "float64", "sum"})
"""Functions of numpy that make a number of numbers, or of sizes."""
RUNNING = frozenset({"batch_norm", "instance_norm", "embedding_bag", "embedding_renorm_"})
"""Functions that keep statistics, or norms, in tensors that they are given."""
UNSAFE_BUILTINS = frozenset(
    {"eval", "exec", "locals", "vars", "globals", "setattr", "delattr", "compile", "__import__"}
)
PLAIN_DECORATORS = (
    "staticmethod",
    "torch.jit",
    "torch.compile",
    "torch._dynamo",
    "torch.fx.wrap",
    "functools.lru_cache",
)
MODES = ("torch.autocast", "torch.amp.autocast", "torch.cuda.amp.autocast", "torch.no_grad", "torch.inference_mode")
"""Decorators that run a whole method in a mode: a copy that keeps them means the same, a helper whose steps are said
elsewhere does not."""
FRESH_MODULES = (
    "Linear",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "LayerNorm",
    "Embedding",
    "Bilinear",
    "BatchNorm2d",
    "GroupNorm",
    "AvgPool2d",
)


UNPACKED = "*"
"""The name of what a module is made with that is not known by name or place."""


def _node(expr: Expr) -> cst.BaseExpression:
    assert isinstance(expr.node, cst.BaseExpression)
    return expr.node


def expr_of(operands: list[Operand], statement: lower.Stmt) -> Expr:
    """Where a message points at a call: its first operand, or the statement."""
    return operands[0].expr if operands else Expr(statement.node)


def _element(place: int) -> cst.SubscriptElement:
    return cst.SubscriptElement(cst.Index(cst.Integer(str(place))))


def loaded_width(width: Width) -> Width:
    """Of which dtype a parameter or a buffer is that was made of one: it is cast with its model, but a model that is
    loaded in another dtype makes what has a dtype of its own in that."""
    return "" if width in ("", "default") else "whole" if width == "whole" else "unsaid"


def in_place_module(module: Instance) -> bool:
    """Whether a module of torch may change what it is given."""
    for key, value in module.args:
        if isinstance(value, Instance) and (not value.path.startswith("torch.") or in_place_module(value)):
            return True
        constant = value.constant if isinstance(value, Opaque) else None
        if (key in ("inplace", UNPACKED) and constant is not False) or (key.isdigit() and constant is True):
            return True
    return False


def only_computes(path: str) -> bool:
    """Whether a function of torch, or a builtin, gives the same for the same arguments and does nothing besides."""
    space, _, name = path.rpartition(".")
    drawn = name.startswith(("rand", "get_")) or "dropout" in name or name in DRAWN or "random" in space.split(".")
    known = space.split(".")[0] in ("torch", "math", "numpy") or name in PURE_BUILTINS
    return known and not drawn and not lower.changes_receiver(name)


class Calls(Joins):
    """What a call means: a rule, a helper that is entered, a module, torch, or something unknown."""

    def evaluate(self, expr: Expr) -> Value:
        raise NotImplementedError  # as the next three: `Interpreter` knows

    def block(self, statements: tuple[lower.Stmt, ...]) -> bool:
        raise NotImplementedError

    def constant(self, value: object) -> Value:
        raise NotImplementedError

    def attribute_of(self, base: Value, name: str, expr: Expr) -> Value:
        raise NotImplementedError

    unpacked: tuple[Operand, ...] = ()
    """What the call that is looked at is given with stars, where its items are not known."""

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
            changes = any(frame.code is code for frame, _, _ in (*self.effects, *self.raises))
            return changes or (strict and any(self.impure(e, depth + 1) for e in inside))
        if isinstance(callee, Symbol):
            return not only_computes(callee.path)
        return not (isinstance(callee, Method) and isinstance(callee.base, READ) and callee.name in READERS)

    def part(self, function: Expr) -> str | None:
        """The attribute of `self` that a call is of, or of something in it; None for `self`'s own methods."""
        while isinstance(function, (lower.Attribute, lower.Subscript)):
            base = function.base
            if isinstance(function, lower.Attribute) and isinstance(self.facts.get(base), Self):
                return function.name
            function = base
        return None

    @staticmethod
    def named_in(callee: Value, value: Value, expr: Expr) -> dict[str, Operand] | None:
        """The keywords that a dict display is for a function that makes a tensor."""
        known = isinstance(value, Record) and value.kind == "dict" and value.sure is None and None not in value.keys
        if not known or not isinstance(callee, Symbol) or callee.path not in MAKING:
            return None
        assert isinstance(value, Record)
        return {str(k): Operand(v, expr) for k, v in zip(value.keys, value.items, strict=True)}

    @staticmethod
    def is_sizes(callee: Value, value: Value) -> bool:
        """Whether `method(*value)` is `method(value)`."""
        listed = isinstance(value, Record) and value.kind in ("tuple", "list")
        listed = listed or (isinstance(value, Opaque) and value.kind == "size")
        return listed and isinstance(callee, Method) and callee.name in SIZED

    def invoke(
        self, callee: Value, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        if isinstance(callee, Method):
            return self.laid_out(callee, operands, self.method(callee, expr, operands, keywords, complete))
        if isinstance(callee, Symbol):
            return self.symbol(callee, expr, operands, keywords, complete)
        if isinstance(callee, Interface):
            return self.interface(callee, expr, operands, keywords)
        if isinstance(callee, Instance):
            return self.instance(callee, expr, operands, keywords, complete)
        if isinstance(callee, Nested):
            return self.enter(callee.code, expr, operands, keywords, complete, None, callee.frame)
        if isinstance(callee, Choice):
            return self.choice(callee, expr, operands, keywords, complete)
        return self.unknown(operands, keywords, "an unknown function receives them", callee)

    def laid_out(self, callee: Method, operands: list[Operand], result: Value) -> Value:
        """The result of a method, and whether it depends on how the attention's own result lies in memory: where eager
        has it in order, a fused kernel may have it in the order of the query."""
        base = callee.base
        if not isinstance(base, Opaque):
            return result
        if callee.name == "contiguous" or base in self.in_order:
            self.in_order.add(result)
            return result
        shape = operands[0].value if len(operands) == 1 else None
        sizes = len(shape.items) if isinstance(shape, Record) else len(operands)
        for product in self.products if callee.name in LAYOUT else ():
            if product.context is None or not self.lies_like(base, product):
                continue
            axes = str(product.context.details[2])
            # a view with more axes splits some, whatever their order
            product.laid_out |= callee.name != "view" or "..." in axes or sizes <= len(axes)
        return result

    def lies_like(self, value: Opaque, product: Product) -> bool:
        """Whether a value may lie in memory as the product with V does, which it is made of entry by entry."""
        if product.result is not None and self.storages(product.result) & value.storages:
            return True
        return product in self.elementwise.get(value, ())

    def choice(
        self, callee: Choice, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        """Modules of which one is chosen when the model is built: all must mean the same here."""
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
            reads = lower.names_read(value.code.function.node)
            self.weaken(frozenset().union(*(self.storages(v) for n, v in value.frame.env.items() if n in reads)))
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

    def apply(self, op: Operation) -> Value:
        """One torch operation: its rule, or an opaque result."""
        op = self.plainly(op)
        entry = RULES.get(op.name)
        if entry is not None:
            result = entry[1](op)
            if op.name == "softmax" and isinstance(result, Opaque) and result.lost_probs is not None:
                self.suspects.append((result.lost_probs, result.depends))
            if op.name == "softmax" and result is None and op.operands:
                self.suspects += [
                    (v.loss, frozenset()) for v in self.opaques(op.operands[0].value) if v.loss is not None
                ]
            if isinstance(result, Loss):
                return self.lost_result(op, result)
            if result is not None:
                return result
        positional = [self.opaque(o.value, o.expr, f"`{op.name}` has no rule for them") for o in op.operands]
        named = [self.opaque(o.value, o.expr, f"`{op.name}`") for o in op.keywords.values()]
        operands = tuple(Operand(v, o.expr) for v, o in zip(positional, op.operands, strict=True))
        keywords = {k: Operand(v, o.expr) for v, (k, o) in zip(named, op.keywords.items(), strict=True)}
        plain = replace(op, operands=operands, keywords=keywords)
        result = replace(opaque_result(plain, [*positional, *named]), rank=rank_of(op))
        if op.name in ELEMENTWISE:
            made_of = [p for p in self.products if p.result is not None for v in positional if self.lies_like(v, p)]
            if made_of and not any(v in self.in_order for v in positional):
                self.elementwise[result] = frozenset(made_of)
        if op.name in OPERATORS and any(isinstance(o.value, Record) for o in op.operands):
            result = replace(result, storages=result.storages.union(*(v.storages for v in positional)))
        return result

    def plainly(self, op: Operation) -> Operation:
        """The operation with attributes of unknown objects among its operands as unknown values."""

        def plain(operand: Operand) -> Operand:
            value = operand.value
            if not isinstance(value, Method) or not isinstance(value.base, Opaque):
                return operand
            return Operand(self.opaque(value, operand.expr, "an operand"), operand.expr)

        if not any(isinstance(o.value, Method) for o in (*op.operands, *op.keywords.values())):
            return op
        keywords = {name: plain(operand) for name, operand in op.keywords.items()}
        return replace(op, operands=tuple(plain(o) for o in op.operands), keywords=keywords)

    def lost_result(self, op: Operation, loss: Loss) -> Opaque:
        found: list[Scores | Probs] = []
        depends: frozenset[Product] = frozenset()
        storages = self.fresh()
        for operand in (*op.operands, *op.keywords.values()):
            chain = self.chain_values(operand.value)
            found.extend(chain)
            storages |= self.lend(chain)
            for value in chain:
                value.product.uses.append(
                    Use("lost", value, operand.expr, self.frame, self.statement, tuple(self.path), loss.message,
                        value.product.closed, loss)
                )  # fmt: skip
            depends |= self.depends(operand.value)
            storages |= self.storages(operand.value)
        probs = any(isinstance(value, Probs) for value in found)
        if probs and loss.code != "AFTER" and op.name in ("matmul", "bmm", "@", "einsum", "baddbmm"):
            self.report_lost(loss)
        if op.name == "softmax":
            return Opaque("tensor", storages=storages, depends=depends, loss=loss, lost_probs=loss)
        said = [o.value for o in (*op.operands, *op.keywords.values()) if isinstance(o.value, (Opaque, Symbol))]
        return Opaque(
            "unknown", storages=storages, depends=depends, loss=loss, lost_probs=loss if probs else None,
            floating=False if op.name in WHOLE or False in map(floating_of, said) else None,
        )  # fmt: skip

    def method(
        self, callee: Method, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        base, name = callee.base, callee.name
        receiver = expr.function.base if isinstance(expr.function, lower.Attribute) else expr
        if isinstance(base, (Self, Super)):
            return self.self_call(base, name, expr, operands, keywords, complete)
        if isinstance(base, Record):
            return self.container(base, name, receiver, expr, operands, keywords)
        if isinstance(base, (Scores, Probs)) and name in METADATA_CALLS:
            dims = [numeric(o.value) for o in operands]
            known = tuple(int(d) for d in dims if d is not None)
            if len(known) != len(operands) or keywords:
                return self.metadata(base, f"{name} of an unknown axis", (0,), expr)
            return self.metadata(base, name, known, expr)
        if isinstance(base, Scores) and name.startswith("new_") and isinstance(receiver, lower.Name) and complete:
            self.note_read(base, "like", (), receiver)
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
            found = self.unknown(operands, keywords, f"`self.{name}` receives them")
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
            if closure is not None:
                free = lower.names_read(function.node)
                self.hold([v for outer in self.around(closure) for n, v in outer.env.items() if n in free])
        if active or running.depth >= DEPTH or function.strange or misfit or not (decorated or self.plain(code)):
            self.unpacked = unpacked
            return self.unknown(operands, keywords, f"`{code.name}` receives them")
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
            frame.returns.append((Opaque("none"), dict(self.current), tuple(self.path[depth:])))
        if not frame.returns:
            return Opaque(storages=self.fresh())
        value, self.current, path = frame.returns[0]
        for other, versions, other_path in frame.returns[1:]:
            holder = self.frame.env
            self.join(({"\0": value}, self.current), ({"\0": other}, versions), (path, other_path))
            value, path = self.frame.env["\0"], ()
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
            return self.evaluate(parameter.default)
        finally:
            self.frame = running

    def around(self, frame: Frame) -> Iterator[Frame]:
        """A frame and those around it."""
        inner: Frame | None = frame
        while inner is not None:
            yield inner
            inner = inner.closure

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

    def symbol(
        self, callee: Symbol, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        path = callee.path
        space, _, name = path.rpartition(".")
        if path == "torch.special.softmax":
            space = "torch"
        if path.startswith(MODES_SET):
            message = "a function that changes how everything after it is computed"
            self.contexts.append(self.note("CONTEXT_MANAGER", message, expr))
        if path.startswith("torch."):
            value = self.torch_call(space, name, expr, operands, keywords, complete)
            made = name in MAKERS and any(narrow_of(o.value) for o in (*operands, *keywords.values()))
            if not isinstance(value, Opaque):
                return value
            wide = self.made_width(name, value, operands, keywords)
            if (made or value.narrow, wide) == (value.narrow, value.wide):
                return value  # the same one: others may know it
            return replace(value, narrow=made or value.narrow, wide=wide)
        if path.endswith(("ALL_ATTENTION_FUNCTIONS.get_interface", "ALL_ATTENTION_FUNCTIONS.get")):
            default = operands[1].value if len(operands) > 1 else None
            return Interface(default if isinstance(default, Symbol) else None)
        if path == "einops.einsum" and len(operands) == 3 and not keywords and complete:
            return self.apply(Operation("einsum", (self.lettered(operands[2]), *operands[:2]), {}, expr, self))
        if path.startswith(("builtins.", "math.", "numpy.")):
            return self.builtin(space, name, expr, operands, keywords)
        code = self.world.function_code(path)
        if code is not None:
            return self.enter(code, expr, operands, keywords, complete, None)
        owner = self.world.class_at(path)
        if owner is not None or name[:1].isupper():
            if any(self.chain_values(o.value) for o in (*operands, *keywords.values())):
                return self.unknown(operands, keywords, f"`{name}` receives them")
            args = tuple(
                [(str(i), o.value) for i, o in enumerate(operands)] + [(k, o.value) for k, o in keywords.items()]
            )
            if owner is None or not path.startswith("torch."):
                given = (*operands, *keywords.values(), *self.unpacked)
                for operand in given:
                    self.changeable(operand)
                self.hold([o.value for o in given])
            return Instance(path, args)
        owner = self.world.class_at(space)
        if owner is not None and name == "apply" and "torch.autograd.Function" in self.world.bases(owner):
            return self.autograd(owner, expr, operands, keywords, complete)
        if owner is not None:
            static = self.world.method_code(owner, name)
            if static is not None:
                return self.enter(static, expr, operands, keywords, complete, None)
        return self.unknown(operands, keywords, f"`{name}` receives them")

    def autograd(
        self, owner: ClassRef, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        """A custom autograd function means its forward; its gradient is its own, so the original runs where one may
        be needed."""
        code = self.world.method_code(owner, "forward")
        if code is None:
            return self.unknown(operands, keywords, "a custom autograd function receives them")
        products = {v.product for o in operands for v in self.chain_values(o.value)}
        before = len(self.products)
        context = Operand(Opaque("context", storages=self.fresh()), expr)
        value = self.enter(code, expr, [context, *operands], keywords, complete, None)
        for product in {*products, *self.products[before:]}:
            product.custom_gradient = True
        return value

    @staticmethod
    def lettered(pattern: Operand) -> Operand:
        """An equation of einops with a letter for each of its words, unknown where it says more than one of torch."""
        text = pattern.value.constant if isinstance(pattern.value, Opaque) else None
        if not isinstance(text, str) or not set(text) <= {*string.ascii_letters, *string.digits, *"_ ,->."}:
            return Operand(Opaque("string"), pattern.expr)
        words = dict.fromkeys(re.findall(r"\w+", text))
        if len(words) > len(string.ascii_letters) or any(not word.isidentifier() for word in words):
            return Operand(Opaque("string"), pattern.expr)
        letters = dict(zip(words, string.ascii_letters, strict=False))
        equation = re.sub(r"\w+", lambda found: letters[found[0]], text)
        return Operand(Opaque("string", constant=equation), pattern.expr)

    def torch_call(
        self,
        space: str,
        name: str,
        expr: lower.Call,
        operands: list[Operand],
        keywords: dict[str, Operand],
        complete: bool,
    ) -> Value:
        if space not in TENSOR_SPACES:
            if space.startswith("torch.nn") and name[:1].isupper():
                if name in ("Parameter", "Buffer"):
                    value = operands[0].value if operands else Opaque()
                    if not isinstance(value, Opaque):
                        return Opaque("tensor", storages=self.fresh())
                    # training and loading change a parameter's values; its shape is all that stays
                    return value if name == "Buffer" else Opaque(value.kind, storages=value.storages)
                args = tuple(
                    [(str(i), o.value) for i, o in enumerate(operands)] + [(k, o.value) for k, o in keywords.items()]
                )
                return Instance(f"{space}.{name}", args if complete else (*args, (UNPACKED, Opaque())))
            called = "utils" in space.split(".") or lower.changes_receiver(name) or "out" in keywords
            return self.unknown(operands, keywords, f"`{space}.{name}` receives them", changes=called)
        place = INPLACE_PLACES.get(name, len(operands))
        given = [*operands[place : place + 1], *(o for k, o in keywords.items() if k == "inplace")]
        first = operands[:1] or [o for k, o in keywords.items() if k in ("input", "self")]
        if any(not (isinstance(o.value, Opaque) and o.value.constant is False) for o in given):
            for operand in first:
                self.overwritten(operand.value, expr, name)
        if name == "normalize" and len(operands) > 4:  # the one function that takes `out` by its place
            self.overwritten(operands[4].value, expr, name)
        if name in RUNNING:
            for operand in (*operands, *keywords.values()):
                self.changeable(operand)
        if "out" in keywords:
            self.overwritten(keywords["out"].value, expr, name)
            return self.unknown(operands, keywords, f"`{name}` with out=", changes=False)
        if name == "multi_head_attention_forward":
            output = self.unknown(operands, keywords, f"`{name}` receives them", changes=False)
            return self.multihead_result(expr, output)
        if not complete:
            inplace = lower.changes_receiver(name)
            return self.unknown(operands, keywords, f"`{name}` with unpacked arguments", changes=inplace)
        if name == "finfo":
            for operand in operands:  # of anything else it raises
                self.floats.add(self.dtypes.get(operand.value, operand.value))
            paths = {value.path for o in (*operands, *keywords.values()) if isinstance(value := o.value, Symbol)}
            return Opaque("finfo", constant=65504.0 if paths & {"torch.half", "torch.float16"} else None)
        if name in ("tensor", "scalar_tensor", "as_tensor") and operands:
            value = self.opaque(operands[0].value, operands[0].expr, f"`{name}` receives them")
            number = numeric(value) if self.float_dtype(operands[1:], keywords) else None
            storages = self.fresh() | (self.storages(value) if name == "as_tensor" else frozenset())
            if value.kind in ("number", "scalar"):
                floats = self.floats_of(keywords, value)
                positive = value.positive and not ("dtype" in keywords and floats is False)
                return Opaque("scalar", constant=number, storages=storages, positive=positive, floating=floats)
            return Opaque("tensor", storages=storages, floating=self.floats_of(keywords, operands[0].value))
        if name in ("zeros", "ones", "empty", "full", "rand", "randn"):
            return self.filled(name, operands, keywords)
        if name in ("zeros_like", "ones_like"):
            self.metadata_of(operands)
            return Opaque(
                "tensor", storages=self.fresh(), zero=name == "zeros_like", mask=(next(self._ids), False),
                floating=self.floats_of(keywords, *(o.value for o in operands)),
            )  # fmt: skip
        if name == "full_like" and len(operands) == 2 and set(keywords) <= {"dtype", "device"}:
            like = self.chain_values(operands[0].value)
            if like and isinstance(operands[0].value, Scores):
                self.fillers[expr] = operands[1].expr  # any other tensor may be larger than the scores
            for found in like:
                self.note_read(found, name, (), expr)
            floating = self.float_dtype([] if "dtype" in keywords else operands[:1], keywords)
            return Opaque(
                "tensor", constant=numeric(operands[1].value) if floating else None, storages=self.fresh(),
                floating=self.floats_of(keywords, operands[0].value),
            )  # fmt: skip
        if name in ("empty_like", "full_like", "rand_like"):
            self.metadata_of(operands)
            return Opaque(
                "tensor", storages=self.fresh(), floating=self.floats_of(keywords, *(o.value for o in operands[:1]))
            )
        if name in ("tril", "triu") and operands and isinstance(operands[0].value, Opaque):
            mask = (next(self._ids), False) if operands[0].value.mask else None
            of = operands[0].value
            return Opaque(
                "tensor", storages=self.fresh(), mask=mask, floating=of.floating, narrow=of.narrow, wide=of.wide
            )
        if lower.changes_receiver(name):
            for operand in first:
                self.mutated(self.storages(operand.value), expr)
                for value in self.chain_values(operand.value):
                    self.spoil(value, expr, f"`{name}` changes them in place")
        return self.apply(Operation(name, tuple(operands), keywords, expr, self))

    def made_width(
        self, name: str, value: Opaque, operands: Sequence[Operand], keywords: Mapping[str, Operand]
    ) -> Width:
        """Of which dtype what a function of torch gives is, as far as the source says."""
        said = keywords["dtype"].value if "dtype" in keywords else Opaque("none")
        if not isinstance(said, Opaque) or said.kind != "none":
            return wide_of(said)
        values = [o.value for o in (*operands, *keywords.values())]
        if name == "Parameter" and operands and self.of_one_number(operands[0].expr):
            return ""  # a parameter is floating, and so is its number
        if name in ("Parameter", "Buffer"):
            return loaded_width(self.width(values[0])) if values else ""
        if name in DEFAULT_MAKERS:
            return "default"
        if name in LIKE and values:
            return self.width(values[0])
        if name == "full":
            return number_width([keywords["fill_value"].value] if "fill_value" in keywords else values[1:2])
        if name == "arange":
            ends = (*operands, *(o for key, o in keywords.items() if key in ("start", "end", "step")))
            return number_width(o.value for o in ends)
        if name in ("tensor", "scalar_tensor", "as_tensor"):
            return number_width(part for value in values[:1] for part in self.opaques(value))
        return value.wide

    def of_one_number(self, expr: Expr) -> bool:
        """Whether an expression is a call of `torch.full` that says no dtype."""
        if not isinstance(expr, lower.Call) or any(arg.keyword == "dtype" or arg.star for arg in expr.args):
            return False
        callee = self.facts.get(expr.function)
        return isinstance(callee, Symbol) and callee.path == "torch.full"

    def width(self, value: Value) -> Width:
        """The dtype of a tensor, or of scores, as far as the source says."""
        if isinstance(value, Scores):
            return value.promoted if value.upcast is False else "float32"
        return value.wide if isinstance(value, Opaque) else "other"

    def floats_of(self, keywords: dict[str, Operand], *values: Value) -> bool | None:
        """Whether a tensor newly made of, or like, values is of a floating dtype."""
        dtype = keywords["dtype"].value if "dtype" in keywords else Opaque("none")
        if not isinstance(dtype, Opaque) or dtype.kind != "none":
            return self.has_floating(dtype)
        return all_floating(map(self.made_floating, values))

    def made_floating(self, value: Value) -> bool | None:
        """The same of one of the values."""
        if isinstance(value, Record):
            found = [self.made_floating(item) for item in value.items]
            numbers = all(isinstance(item, Opaque) and item.kind == "number" for item in value.items)
            return True in found if numbers else all_floating(found)
        if isinstance(value, Opaque) and value.kind in ("number", "config"):
            return value.wide == "default"
        return self.has_floating(value)

    def metadata_of(self, operands: list[Operand]) -> None:
        for operand in operands[:1]:
            for value in self.chain_values(operand.value):
                if isinstance(operand.expr, lower.Name) and isinstance(value, Scores):
                    self.note_read(value, "like", (), operand.expr)
                else:
                    self.use("escape", value, operand.expr, "a tensor of their shape is made")

    def filled(self, name: str, operands: list[Operand], keywords: dict[str, Operand]) -> Opaque:
        """`torch.zeros` and the like: their kind from their last size."""
        sizes: list[Value]
        values = [o.value for o in operands]
        number: float | None = {"zeros": 0.0, "ones": 1.0}.get(name)
        filler: Value = Opaque(floating=True)
        if name == "full":
            if len(values) > 1:
                filler = values[1]
            elif "fill_value" in keywords:
                filler = keywords["fill_value"].value
            number = numeric(filler) if self.float_dtype([], keywords) else None
            values = values[:1]
        if len(values) == 1 and isinstance(values[0], Record):
            if values[0].sure is not None:
                return Opaque("tensor", storages=self.fresh())
            sizes = list(values[0].items)
        else:
            sizes = list(values)
        kind = "tensor"
        if not sizes and values:
            kind = "scalar"
        elif sizes and numeric(sizes[-1]) == 1:
            kind = "row"
        mask = (next(self._ids), False) if name == "ones" else None
        return Opaque(
            kind, storages=self.fresh(), zero=name == "zeros", mask=mask, floating=self.floats_of(keywords, filler),
            constant=number, positive=(number or 0.0) > 0.0,
        )  # fmt: skip

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
                    return Opaque(storages=self.fresh() | self.storages(base))
                return found
            if isinstance(base, Self) and not (isinstance(key, Opaque) and isinstance(key.constant, str)):
                return Opaque(storages=self.fresh() | {OWN})
            if isinstance(base, Symbol) and base.path.endswith("ALL_ATTENTION_FUNCTIONS") and len(operands) == 3:
                return operands[2].value  # a mapping: none of its keys is an attribute
        for operand in (*operands, *keywords.values()):
            if name in ("isinstance", "hasattr", "callable", "type", "len") and not self.perhaps_none(operand.value):
                continue
            self.touch(operand.value, operand.expr, f"`{name}` receives them")
        given = (*operands, *keywords.values(), *self.unpacked)
        if name in ("map", "filter", "sorted", "next", "reduce") or "key" in keywords:
            for operand in given:
                self.changeable(operand)
        if name in ("map", "filter", "iter"):
            self.hold([o.value for o in given])  # it calls when it is asked for an item
        if space.split(".", maxsplit=1)[0] == "numpy":
            self.hold([o.value for o in given])  # an array may have a tensor's memory
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
        owner = self.world.class_at(path)
        code = self.world.method_code(owner, "forward") if owner is not None else None
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
        self.multihead.append((expr, self.frame, product))
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
        return Opaque(kind, storages=self.fresh(), wide="unsaid" if kind == "unknown" else "")

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
