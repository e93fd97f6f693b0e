"""Calls of torch: operations with a rule, what makes tensors, and of which dtype."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from . import lower
from .dtypes import floating_of, narrow_of, wide_of
from .entering import Entering, loaded_width
from .hierarchy import ClassRef
from .lower import Expr
from .operations import RULES, Operand, Operation
from .results import ELEMENTWISE, OPERATORS, WHOLE, number_width, opaque_result, rank_of
from .values import (
    GLOBAL,
    Instance,
    Interface,
    Loss,
    Method,
    Opaque,
    Probs,
    Product,
    Record,
    Scores,
    Symbol,
    Use,
    Value,
    Width,
    all_floating,
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
OF_TENSOR_TYPES: dict[str, Width] = {"FloatTensor": "float32", "Tensor": "default"}
"""The dtypes that constructors of tensors make of numbers."""
REARRANGING = frozenset(f"einops.{name}" for name in ("rearrange", "repeat", "pack", "unpack", "parse_shape"))
"""Functions that change nothing of what they are given."""
LIKE = frozenset({"zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like"})
"""What makes a tensor of another's dtype."""
TENSOR_SPACES = ("torch", "torch.nn.functional", "torch.Tensor")
SIZED = frozenset({"view", "reshape", "expand", "permute"})
"""Methods of tensors that take sizes one by one, or all of them in one tuple."""
MAKING = frozenset(f"torch.{name}" for name in ("zeros", "ones", "empty", "full", "rand", "randn"))
LAYOUT = frozenset({"view", "as_strided", "stride", "is_contiguous"})
"""Methods that depend on how a tensor lies in memory."""
MODES_SET = ("torch.set_", "torch._C._set_", "torch.autograd.set_", "torch.autograd.grad_mode.set_")
"""Functions that change how everything after them is computed."""
INPLACE_PLACES = {
    "alpha_dropout": 3, "celu": 2, "dropout": 3, "dropout1d": 3, "dropout2d": 3, "dropout3d": 3, "elu": 2,
    "feature_alpha_dropout": 3, "hardsigmoid": 1, "hardswish": 1, "hardtanh": 3, "leaky_relu": 2, "mish": 1, "relu": 1,
    "relu6": 1, "rrelu": 4, "selu": 1, "silu": 1, "threshold": 3,
}  # fmt: skip
"""Where functions of `torch.nn.functional` take `inplace`."""
RUNNING = frozenset({"batch_norm", "instance_norm", "embedding_bag", "embedding_renorm_"})
"""Functions that keep statistics, or norms, in tensors that they are given."""
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
"""Modules of torch that have no mode in which they change what they are given."""
UNPACKED = "*"
"""The name of what a module is made with that is not known by name or place."""


class TorchCalls(Entering):
    """Calls of what torch offers."""

    def builtin(
        self, space: str, name: str, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand]
    ) -> Value:
        raise NotImplementedError  # `Calls` knows

    def changeable(self, operand: Operand) -> None:
        raise NotImplementedError  # `Calls` knows

    def multihead_result(self, expr: lower.Call, output: Opaque) -> Record:
        raise NotImplementedError  # `Calls` knows

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

    def laid_out(self, name: str, base: Value | None, operands: Sequence[Operand], result: Value) -> Value:
        """The result of a tensor's method, however it was called, and whether it depends on how the attention's own
        result lies in memory: where eager has it in order, a fused kernel may have it in the order of the query."""
        if not isinstance(base, Opaque):
            return result
        if name == "contiguous" or base in self.in_order:
            self.in_order.add(result)
            return result
        shape = operands[0].value if len(operands) == 1 else None
        sizes = len(shape.items) if isinstance(shape, Record) else len(operands)
        for product in self.products if name in LAYOUT else ():
            if product.context is None or not self.lies_like(base, product):
                continue
            axes = str(product.context.details[2])
            # a view with more axes splits some, whatever their order
            product.laid_out |= name != "view" or "..." in axes or sizes <= len(axes)
        return result

    def perhaps_viewed(self, values: Iterable[Value]) -> None:
        """A function of which nothing is known, as a method under another name, may ask how what it is given lies in
        memory."""
        given = [value for value in values if isinstance(value, Opaque) and value not in self.in_order]
        for product in self.products:
            product.laid_out |= product.context is not None and any(self.lies_like(value, product) for value in given)

    def lies_like(self, value: Opaque, product: Product) -> bool:
        """Whether a value may lie in memory as the product with V does, which it is made of entry by entry."""
        if product.result is not None and self.storages(product.result) & value.storages:
            return True
        return product in self.elementwise.get(value, ())

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
        if probs and loss.code != "AFTER" and op.name in ("matmul", "bmm", "mm", "@", "einsum", "baddbmm"):
            self.report_lost(loss)
        if op.name == "softmax":
            return Opaque("tensor", storages=storages, depends=depends, loss=loss, lost_probs=loss)
        said = [o.value for o in (*op.operands, *op.keywords.values()) if isinstance(o.value, (Opaque, Symbol))]
        return Opaque(
            "unknown", storages=storages, depends=depends, loss=loss, lost_probs=loss if probs else None,
            floating=False if op.name in WHOLE or False in map(floating_of, said) else None,
        )  # fmt: skip

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
        if path in REARRANGING or (path == "einops.reduce" and all(map(self.is_said, operands[2:3]))):
            return self.apply(Operation(path, tuple(operands), keywords, expr, self))
        if path.startswith("inspect.is"):  # what something is, of which it changes nothing
            return Opaque("number")
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
            inherited = self.world.of_torch(owner) if owner is not None else None
            if inherited is not None and inherited.rpartition(".")[2] in FRESH_MODULES:
                return Instance(inherited, ((UNPACKED, Opaque()),))
            return Instance(path, args)
        owner = self.world.class_at(space)
        if owner is not None and name == "apply" and "torch.autograd.Function" in self.world.bases(owner):
            return self.autograd(owner, expr, operands, keywords, complete)
        if owner is not None:
            static = self.world.method_code(owner, name)
            if static is not None:
                return self.enter(static, expr, operands, keywords, complete, None)
        shared = self.of_a_class(space) or self.world.for_everybody(space)
        held = Opaque(storages=frozenset({GLOBAL})) if shared else None
        if lower.changes_receiver(name):  # also what a constructor was given, which may be a tensor
            held_by = frozenset[int]().union(*(self.storages(o.value) for o in operands[:1]))
            self.disturbed(held_by, expr, surely=False)
        if space == "itertools":  # it runs when somebody asks for an item
            self.hold([o.value for o in (*operands, *keywords.values(), *self.unpacked)])
        return self.unknown(operands, keywords, f"`{name}` receives them", held)

    def of_a_class(self, path: str) -> bool:
        """Whether a dotted name is that of a class, or of something that a class has for all of its objects."""
        while path:
            if self.world.class_at(path) is not None:
                return True
            path = path.rpartition(".")[0]
        return False

    def autograd(
        self, owner: ClassRef, expr: lower.Call, operands: list[Operand], keywords: dict[str, Operand], complete: bool
    ) -> Value:
        """A custom autograd function means its forward; its gradient is its own, so the original runs where one may
        be needed."""
        code = self.world.method_code(owner, "forward")
        if code is None or any("apply" in self.world.methods(ref) for ref in self.world.mro(owner)):
            return self.unknown(operands, keywords, "a custom autograd function receives them")
        products = {v.product for o in operands for v in self.chain_values(o.value)}
        before = len(self.products)
        context = Operand(Opaque("context", storages=self.fresh()), expr)
        value = self.enter(code, expr, [context, *operands], keywords, complete, None)
        for product in {*products, *self.products[before:]}:
            product.custom_gradient = True
        return value

    @staticmethod
    def is_said(operand: Operand) -> bool:
        """Whether an operand is a text that the source says."""
        return isinstance(operand.value, Opaque) and isinstance(operand.value.constant, str)

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
                self.hold([o.value for o in (*operands, *keywords.values(), *self.unpacked) if self.storages(o.value)])
                return Instance(f"{space}.{name}", args if complete else (*args, (UNPACKED, Opaque())))
            if lower.changes_receiver(name) and operands:  # also what a constructor was given, which may be a tensor
                self.disturbed(self.storages(operands[0].value), expr, surely=False)
            called = "utils" in space.split(".") or lower.changes_receiver(name) or "out" in keywords
            return self.unknown(operands, keywords, f"`{space}.{name}` receives them", changes=called)
        if (space, name) == ("torch.nn.functional", "softmax"):  # torch's own, and a tensor's, take the dtype third
            keywords = {**dict(zip(("_stacklevel", "dtype"), operands[2:], strict=False)), **keywords}
            operands = operands[:2]
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
        if name in ("tensor", "FloatTensor", "Tensor") and len(operands) == 1:
            made = self.row_of_one(name, operands[0].value, keywords)
            if made is not None:
                return made
        if name in ("tensor", "scalar_tensor", "as_tensor") and operands:
            value = self.opaque(operands[0].value, operands[0].expr, f"`{name}` receives them")
            number = numeric(value) if self.float_dtype(operands[1:], keywords) else None
            storages = self.fresh() | (self.storages(value) if name == "as_tensor" else frozenset())
            if value.kind in ("number", "scalar"):
                floats = self.floats_of(keywords, value)
                positive = value.positive and not ("dtype" in keywords and floats is False)
                return Opaque("scalar", constant=number, storages=storages, positive=positive, floating=floats)
            unsure = value.kind == "config"
            return Opaque(
                "unknown" if unsure else "tensor", storages=storages, perhaps_number=unsure,
                floating=self.floats_of(keywords, operands[0].value),
            )  # fmt: skip
        if name in ("zeros", "ones", "empty", "full", "rand", "randn"):
            return self.filled(name, operands, keywords)
        if name in ("zeros_like", "ones_like"):
            self.metadata_of(operands)
            zero = name == "zeros_like"
            return Opaque(
                "tensor", storages=self.fresh(), zero=zero, mask=(next(self._ids), False), positive=not zero,
                constant=0.0 if zero else 1.0, floating=self.floats_of(keywords, *(o.value for o in operands)),
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
            return self.width_of_scores(value)
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

    def row_of_one(self, name: str, value: Value, keywords: dict[str, Operand]) -> Opaque | None:
        """`torch.tensor([x])`: one number along the last axis; None where it is anything else."""
        if not isinstance(value, Record) or value.kind not in ("list", "tuple") or value.sure is not None:
            return None
        item = value.items[0] if len(value.items) == 1 else None
        if not isinstance(item, Opaque) or item.kind not in ("number", "config"):
            return None
        said = OF_TENSOR_TYPES.get(name)
        if said is None:
            said = wide_of(keywords["dtype"].value) if "dtype" in keywords else item.wide or "other"
        floating = True if name != "tensor" else self.floats_of(keywords, item)
        sure = item.kind == "number"  # what a constructor was given may be several
        return Opaque(
            "row" if sure else "unknown", storages=self.fresh(), floating=floating, positive=item.positive, wide=said,
            perhaps_number=not sure,
        )  # fmt: skip

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
