"""What the engine must know of values: the statements of one method, with what is to be known of the names they bind.

`known` asks the interpreter, `made` torch, and `untrue` compares: what is known has to be true of what a statement
makes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from codemod.hierarchy import ClassRef, World
from codemod.interpret import Interpreter
from codemod.lower import Expr
from codemod.source import Architecture
from codemod.values import Opaque, Value

HEADER = '''"""Values of which something is known."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.heads = config.heads
        self.place = config.device
        self.ratio = 0.5
        self.weight = nn.Parameter(torch.rand(3, 5))
        self.level = nn.Parameter(torch.full((3, 5), config.level))
        self.gate = nn.Parameter(torch.rand(1, 3, 1, 1))

    def forward(self, x, y, mask, places, flag=False):
'''
"""Above the statements: of its arguments nothing is known. `x` and `y` have four axes, `mask` is Boolean, `places`
whole."""
FIELDS = ("kind", "constant", "most", "zero", "positive", "floating", "rank", "narrow")
Facts = Mapping[str, Any]


def row(statement: str, **facts: Any) -> tuple[str, Facts]:
    """A statement and its facts; what is not among them is not known."""
    return statement, facts


WHOLE = (
    "y.double()",
    "y.int()",
    "y.long()",
    "y.bool()",
    "y.byte()",
    "y.short()",
    "y.char()",
    "torch.arange(3)",
    "y.argmax(-1)",
    "y.argmin(-1)",
    "y.argsort()",
    "torch.randint(5, (2, 3))",
    "torch.bucketize(y, x[0, 0, 0])",
    "F.one_hot(places)",
    "y.count_nonzero()",
    "y.nonzero()",
    "torch.LongTensor([1, 2])",
    "torch.IntTensor([1, 2])",
    "torch.BoolTensor([True])",
    "torch.DoubleTensor([1.0])",
    "y.eq(x)",
    "y.ne(x)",
    "y.lt(x)",
    "y.le(x)",
    "y.gt(x)",
    "y.ge(x)",
    "y.isnan()",
    "y.isinf()",
    "y.logical_not()",
    "y.logical_and(x)",
    "y.logical_or(x)",
    "y.any()",
    "y.all()",
    "y.max(-1)[1]",
    "y.min(-1)[1]",
    "y.sort()[1]",
    "y.topk(2)[1]",
    "y.cummax(-1)[1]",
    "y.cummin(-1)[1]",
    "y.kthvalue(2)[1]",
    "y.median(-1)[1]",
    "y.nanmedian(-1)[1]",
    "y.mode()[1]",
    "y.frexp()[1]",
    "y.float_power(2)",
    "y.greater(x)",
    "y.greater_equal(x)",
    "y.less(x)",
    "y.less_equal(x)",
    "y.not_equal(x)",
    "y.isreal()",
    "torch.asarray(5)",
    "torch.argwhere(y)",
    "torch.bincount(places)",
    "y.isclose(x)",
    "y.isfinite()",
    "y.isneginf()",
    "y.isposinf()",
    "y.logical_xor(x)",
    "torch.randint_like(y, 5)",
    "torch.randperm(5)",
    "torch.searchsorted(x, y)",
    "y.signbit()",
    "torch.multinomial(weight.abs(), 2)",
    "mask & mask",
    "mask | mask",
    "mask ^ mask",
    "mask.bitwise_and(mask)",
    "mask.bitwise_not()",
    "mask.bitwise_or(mask)",
    "mask.bitwise_xor(mask)",
    "torch.isin(y, x)",
    "torch.tril_indices(3, 3)",
    "torch.triu_indices(3, 3)",
)
"""Each of what is not floating, or may not be, though nothing says so of what it is made of."""
TABLE: tuple[tuple[str, Facts], ...] = (
    row("power_alone = torch.tensor(2 ** 3)", kind="scalar", constant=8.0, positive=True, floating=False),
    row("minus_alone = torch.tensor(-1)", kind="scalar", constant=-1.0, floating=False),
    row("counts_alone = torch.tensor(2)", kind="scalar", constant=2.0, positive=True, floating=False),
    row("scalar_alone = torch.tensor(0.5)", kind="scalar", constant=0.5, positive=True, floating=True),
    # numbers
    row("one = 1", kind="number", constant=1, positive=True),
    row("minus = -2.0", kind="number", constant=-2.0),
    row("truth = True", kind="number", constant=True),
    row('word = "abc"', kind="string", constant="abc"),
    row("none = None", kind="none"),
    row("ratio = self.ratio", kind="number", constant=0.5, positive=True),
    row("doubled = self.ratio * 4", kind="number", constant=2.0, positive=True),
    row("quarter = self.ratio / 2", kind="number", constant=0.25, positive=True),
    row("raised = self.ratio ** 2", kind="number", constant=0.25, positive=True),
    row("more = self.ratio + 1", kind="number", constant=1.5, positive=True),
    row("less = self.ratio - 1", kind="number", constant=-0.5),
    row("imaginary = minus ** ratio", kind="number"),
    row("nothing = 0.0 * self.ratio", kind="number", constant=0.0),
    row("still_nothing = self.ratio * 0.0", kind="number", constant=0.0),
    row("six = minus * -3.0", kind="number", constant=6.0),
    row("heads = self.heads", kind="config"),
    row("size = x.size(0)", kind="number", positive=True),
    row("shape = x.shape", kind="size"),
    row("root = math.sqrt(x.size(-1))", kind="number", positive=True),
    row("inverse = x.size(-1) ** -0.5", kind="number", positive=True),
    row("unlike = truth + 1", kind="number"),
    row("ragged = minus if flag else size", kind="number"),
    row("either_number = 1 if flag else 2", kind="number", most=2.0, positive=True),
    row("either_type = 1 if flag else 1.0", kind="number", most=1.0, positive=True),
    row("same_number = 0.5 if flag else self.ratio", kind="number", constant=0.5, most=0.5, positive=True),
    row('one_or_name = "abc" if flag else 1.0'),
    row("set_or_size = self.heads if flag else size", kind="number"),
    row("number_or_none = 0.5 if flag else None", kind="number"),
    row("name_or_none = word if flag else None"),
    # numbers of Python's own functions
    row("absolute = abs(size)", kind="number", positive=True),
    row("largest = max(size, 3)", kind="number", positive=True),
    row("smallest = min(size, minus)", kind="number"),
    row("smaller_of = min([1, 2])", kind="number"),
    row("total = sum([size, 3])", kind="number"),
    row("truncated = int(self.ratio)", kind="number", constant=0.0),
    row("converted = float(size)", kind="number", positive=True),
    row('endless = float("-inf")', kind="number", constant=-math.inf),
    row("rounded = round(0.3 * size / 100)", kind="number"),
    row("whether = bool(minus)", kind="number"),
    row("of_tensors = abs(y)"),
    row("of_a_row = abs(self.gate)", kind="row"),
    row("sum_of_tensors = sum([y, y])"),
    row("least_of_tensors = min(self.gate.sum(), y.sum())", floating=False),
    row(
        "first_item = ((1.0, 2.0) if flag else (1.0, 2.0, 3.0))[0]",
        kind="number",
        constant=1.0,
        most=1.0,
        positive=True,
    ),
    row(
        "second_item = ((1.0, 2.0) if flag else (1.0, 2.0, 3.0))[1]",
        kind="number",
        constant=2.0,
        most=2.0,
        positive=True,
    ),
    row(
        "later_item = ((0.5,) + ((1.0, 2.0) if flag else (1.0, 2.0, 3.0)))[2]",
        kind="number",
        constant=2.0,
        most=2.0,
        positive=True,
    ),
    row(
        "behind_item = ((1.0, 2.0) if flag else (1.0, 2.0, 3.0))[1:][0]",
        kind="number",
        constant=2.0,
        most=2.0,
        positive=True,
    ),
    row("behind_them = (((1.0, 2.0) if flag else (1.0, 2.0, 3.0))[1:] + (4.0,))[1]"),
    row("any_item = (((1.0, 2.0) if flag else (1.0, 2.0, 3.0)) + (4.0,))[2]"),
    row(
        "perhaps_item = ((1.0, 2.0) if flag else (1.0,))[1] if flag else 2.0",
        kind="number",
        constant=2.0,
        most=2.0,
        positive=True,
    ),
    row("last_item = ((1.0, 2.0) if flag else (1.0,))[-1]"),
    row("one_or_other = counts_alone or scalar_alone", kind="scalar", most=2.0, positive=True, floating=False),
    # ranks
    row("viewed = x.view(2, 3, 4, 5)", kind="tensor", rank=4),
    row("reshaped = x.reshape((6, 4, 5))", kind="tensor", rank=3),
    row("flat = y.view(-1)", kind="tensor", rank=1),
    row("listed = y.reshape(shape=(6, 20))", kind="tensor"),
    row("sized = y.view(x.shape)", kind="tensor"),
    row("permuted = y.permute(0, 2, 1, 3)", rank=4),
    row("turned = viewed.transpose(1, 2)", rank=4),
    row("first_of_two, second_of_two = y.view(2, 12, 5).unbind(0)", rank=2),
    row("flattened = y.flatten(2)", rank=3),
    row("all_flattened = y.flatten(0)", rank=1),
    row("part_flattened = y.flatten(0, 1)"),
    row("back_flattened = y.flatten(-2)"),
    row("scaled = viewed * 0.5", rank=4),
    row("shrunk = viewed / x.size(-1)", rank=4),
    row("halves = 0.5 * viewed", rank=4),
    row("by_scalar = viewed * torch.tensor(2.0)", rank=4),
    row("summed = viewed + 1.0"),
    row("product = viewed * y"),
    row("of_a_product = viewed * torch.ones(2, 1, 1, 1, 1)"),
    row("either_rank = viewed if flag else reshaped", kind="tensor"),
    row("either_same = viewed if flag else permuted", rank=4),
    # rows
    row("gate = self.gate", kind="row"),
    row("weight = self.weight", kind="tensor"),
    row("last = y.view(24, 5, 1)", kind="row", rank=3),
    row("merged = self.gate.view(3, -1)", kind="tensor", rank=2),
    row("column = y.unsqueeze(-1)", kind="row"),
    row("second = y.unsqueeze(1)", kind="tensor"),
    row("stretched = column.expand(2, 3, 4, 5, 1)", kind="row"),
    row("same = self.gate.expand(2, -1, 4, -1)", kind="row"),
    row("whole = self.gate.expand(2, 3, 4, 5)", kind="tensor"),
    row("wide = y[:, :1].expand(2, 3, 4, -1)", kind="tensor"),
    row("kept = y.sum(-1, keepdim=True)", kind="row"),
    row("named = y.mean(dim=-1, keepdim=True)", kind="row"),
    row("only = y.sum(keepdim=flag, dim=-1)", kind="tensor"),
    row("other = y.amax(dim=2, keepdim=True)", kind="tensor"),
    row("dropped = y.amin(dim=-1, keepdim=False)", kind="tensor"),
    row("length = y.norm(dim=-1, keepdim=True)", kind="row"),
    row("variance = y.var(dim=-1, keepdim=True)"),
    row("grown = self.gate.exp()", kind="row", positive=True),
    row("row_by_row = self.gate * kept", kind="row"),
    row("row_by_all = self.gate * y"),
    row("either_row = kept if flag else self.gate", kind="row"),
    row("row_or_all = kept if flag else y"),
    row("row_or_number = kept if flag else 2.0", kind="row"),
    # signs
    row("positive = kept.exp()", kind="row", positive=True),
    row("steep = kept.exp2()", kind="row", positive=True),
    row("spread = F.softplus(kept)", kind="row", positive=True),
    row("between = kept.sigmoid()", kind="row", positive=True),
    row("above = positive.sqrt()", kind="row", positive=True),
    row("below = positive.rsqrt()", kind="row", positive=True),
    row("product_of_two = positive * positive", kind="row", positive=True),
    row("quotient = positive / 2.0", kind="row", positive=True),
    row("sum_of_two = positive + 1.0", kind="row", positive=True),
    row("times = positive.mul(0.5)", kind="row", positive=True),
    row("over = positive.div(2.0)", kind="row", positive=True),
    row("plus = positive.add(positive)", kind="row", positive=True),
    row("away = positive.add(positive, alpha=-3.0)", kind="row"),
    row('floored = positive.div(2.0 * positive, rounding_mode="floor")'),
    row("power = positive ** -0.5", kind="row", positive=True),
    row("power_too = positive.pow(kept)", kind="row", positive=True),
    row("odd = kept ** 3", kind="row"),
    row("opposite = -positive", kind="row"),
    row("difference = positive - 1.0", kind="row"),
    row("as_floats = positive.float()", kind="row", positive=True, floating=True),
    row("as_others = positive.to(y.dtype)", kind="row", positive=True),
    row("as_typed = positive.type_as(y)", kind="row", positive=True),
    row("as_type = positive.type(y.dtype)", kind="row", positive=True),
    row("as_whole = positive.to(torch.long)", kind="row", floating=False),
    row("either_sign = positive if flag else kept", kind="row"),
    # constants in tensors
    row("scalar = torch.tensor(0.5)", kind="scalar", constant=0.5, positive=True, floating=True),
    row("counts = torch.arange(5)", floating=False),
    row("counted = torch.tensor(2)", kind="scalar", constant=2.0, positive=True, floating=False),
    row("detached = torch.tensor(-10000.0).detach()", kind="scalar", constant=-10000.0, floating=True),
    row("cloned = torch.tensor(-10000.0).clone()", kind="scalar", constant=-10000.0, floating=True),
    row("plain = torch.tensor(-10000.0).contiguous()", kind="scalar", constant=-10000.0, floating=True),
    row("moved = torch.tensor(-10000.0).to(x.device)", kind="scalar", constant=-10000.0, floating=True),
    row("counted_again = torch.tensor(2).clone()", kind="scalar", constant=2.0, floating=False),
    row("cast = torch.tensor(-10000.0).to(torch.float32)", kind="scalar", constant=-10000.0, floating=True),
    row("keyed = torch.tensor(-10000.0).to(dtype=torch.float32)", kind="scalar", constant=-10000.0, floating=True),
    row("lowered = torch.tensor(-100000.0).half()", kind="scalar", floating=False, narrow=True),
    row("lowered_too = torch.tensor(-100000.0).to(torch.float16)", kind="scalar", floating=False, narrow=True),
    row("threes = torch.full((2, 1), 3.0)", kind="row", constant=3.0, positive=True, floating=True),
    row("ones = torch.ones(2, 3)", kind="tensor", constant=1.0, positive=True, floating=True, mask="ones"),
    row("zeros = torch.zeros(2, 3)", kind="tensor", constant=0.0, zero=True, floating=True),
    row("either_zero = zeros if flag else ones", kind="tensor", most=1.0, floating=True),
    row("other_zero = ones if flag else zeros", kind="tensor", most=1.0, floating=True),
    row(
        "both_zero = zeros if flag else torch.zeros(2, 3)",
        kind="tensor",
        constant=0.0,
        most=0.0,
        zero=True,
        floating=True,
    ),
    row("scalar_or_number = scalar if flag else 0.25", kind="scalar", most=0.5, positive=True),
    # masks
    row("keep = y > 0", floating=False, mask="keep"),
    row("shown = keep.float()", floating=True, mask="keep"),
    row("hidden = 1.0 - shown", floating=True, mask="~keep"),
    row("unshown = 2.0 - shown", floating=True),
    row("bias = hidden * -10000.0", floating=True, fill=("~keep", -10000.0)),
    row("bias_too = -10000.0 * shown", floating=True, fill=("keep", -10000.0)),
    row("by_size = hidden * size", floating=True),
    row("lower = torch.ones(5, 5).tril()", floating=True, mask="lower"),
    row("viewed_mask = shown.view(6, 4, 5)", kind="tensor", floating=True, rank=3, mask="viewed_mask"),
    row("bits = shown.view(torch.int32)", kind="tensor", floating=False),
    row("either_mask = shown if flag else hidden", floating=True),
    row("either_bias = bias if flag else bias_too", floating=True),
    row(f"beyond_numbers = {10**300} * 0", kind="number"),
    row("nothing_at_all = 0.0", kind="number", constant=0.0, zero=True),
    # dtypes
    row("dtype = y.dtype", kind="dtype"),
    row("half = kept.half()", kind="row", floating=False, narrow=True),
    row("brain = kept.bfloat16()", kind="row", floating=False, narrow=True),
    row("double = kept.double()", kind="row", floating=False),
    row("byte = kept.to(torch.float8_e5m2)", kind="row", floating=False, narrow=True),
    row("half_said = kept.to(torch.float16)", kind="row", floating=False, narrow=True),
    row("half_short = kept.to(torch.half)", kind="row", floating=False, narrow=True),
    row("brain_said = kept.to(torch.bfloat16)", kind="row", floating=False, narrow=True),
    row("half_key = kept.to(dtype=torch.float16)", kind="row", floating=False, narrow=True),
    row("half_there = kept.to(x.device, torch.float16)", kind="row", floating=False, narrow=True),
    row("half_placed = kept.to(self.place, torch.float16)", kind="row", floating=False, narrow=True),
    row("half_somewhere = kept.to(self.config.spot, torch.float16)", kind="row", floating=False, narrow=True),
    row("half_alike = kept.to(half, copy=True)", kind="row", floating=False, narrow=True),
    row('half_device = half.to("cpu")', kind="row", floating=False, narrow=True),
    row("half_typed = kept.type(torch.float16)", kind="row", floating=False, narrow=True),
    row('half_named = kept.type("torch.HalfTensor")', kind="row", floating=False, narrow=True),
    row("half_like = kept.type_as(half)", kind="row", floating=False, narrow=True),
    row("half_as = kept.to(half)", kind="row", floating=False, narrow=True),
    row("half_other = kept.type_as(other=half)", kind="row", floating=False, narrow=True),
    row("half_moved = half.to(x.device)", kind="row", floating=False, narrow=True),
    row("half_words = torch.HalfTensor([1.0, 2.0])", floating=False, narrow=True),
    row("brain_words = torch.BFloat16Tensor([1.0, 2.0])", floating=False, narrow=True),
    row("single = half.to(torch.float32)", kind="row", floating=True),
    row("single_too = half.float()", kind="row", floating=True),
    row("single_like = half.type_as(single)", kind="row", floating=True),
    row("half_now = single.type_as(half)", kind="row", floating=False, narrow=True),
    row("wider = half.double()", kind="row", floating=False),
    row("single_sum = half.sum(dim=-1, keepdim=True, dtype=torch.float32)", kind="row", floating=True),
    row("half_sum = half.sum(dim=-1, keepdim=True)", kind="row", floating=False, narrow=True),
    row("half_scalar = torch.tensor(0.5, dtype=torch.float16) * 2.0", kind="scalar", floating=False, narrow=True),
    row("mixed = half * kept", kind="row", floating=False, narrow=True),
    row("floats = y.float()", floating=True),
    row("exponents = floats.exp()", positive=True, floating=True),
    row("scalar_exp = scalar.exp()", kind="scalar", positive=True, floating=True),
    row("row_floats = floats.mean(dim=-1, keepdim=True)", kind="row", floating=True),
    row("viewed_floats = floats.view(6, 4, 5)", kind="tensor", floating=True, rank=3),
    row("linear = F.linear(floats, self.weight)"),
    row("set_dtype = floats.to(self.config.dtype)"),
    row("counted_twice = counted * 2", kind="scalar", constant=4.0, positive=True, floating=False),
    row("whole_sum = as_whole.sum(dim=-1, dtype=None)", floating=False),
    row("half_set = kept.to(half.dtype)", kind="row", floating=False, narrow=True),
    row("half_lower = half.tril()", floating=False, narrow=True),
    row("half_upper = torch.triu(half)", kind="tensor", floating=False, narrow=True),
    row("half_part = half.mT[:1]", floating=False, narrow=True),
    row("half_other_view = kept.to(half.mT.dtype)", kind="row", floating=False, narrow=True),
    row("absolute_half = abs(half)", kind="row", floating=False, narrow=True),
    row("whole_stack = torch.stack([as_whole, as_whole])", floating=False),
    row("whole_view = as_whole.data[0]", floating=False),
    row("compared_view = y.mT > 0.0", floating=False, mask="compared_view"),
    row("small = torch.tensor(0.5, dtype=torch.long)", kind="scalar", floating=False),
    row("summed_whole = as_whole.cumsum(-1)", floating=False),
    row("either_float = floats if flag else as_whole", floating=False),
    row("either_known = floats if flag else single", floating=True),
    row("either_unknown = floats if flag else y"),
    row("either_narrow = half if flag else kept", kind="row", floating=False, narrow=True),
    row("other_narrow = kept if flag else half", kind="row", floating=False, narrow=True),
    row("whole_or_unknown = as_whole if flag else y", floating=False),
    row("values, order = floats.topk(2)", floating=False),
    # whole numbers and truth values, other precisions, and what may be one
    *(row(f"whole_{index} = {made_of}", floating=False) for index, made_of in enumerate(WHOLE)),
)


OWN = "torch.zeros_like(torch.matmul(x, y.transpose(-1, -2)))"
"""A tensor that is of the scores' dtype, whatever that is."""
WIDTHS: Mapping[str, Sequence[str]] = {
    "own": (
        OWN,
        f"{OWN} * 2.0",
        f"{OWN}.sum(-1)",
        f"{OWN}.new_zeros(3)",
        f"{OWN}[0]",
        f"{OWN}.mul_(2.0)",
        f"torch.arange(4) * {OWN}",
    ),
    "": (
        f"F.linear({OWN}, self.weight[:, :4])",
        f"{OWN} * self.gate",
        f"nn.Parameter({OWN})",
        f"{OWN} if flag else self.gate",
        f"self.gate if flag else {OWN}",
        "self.weight.exp()",
        "self.level",
        "self.weight * 0.5",
        "self.weight.mul(2)",
        "self.weight.float().sum(dtype=self.config.made)",
        "self.weight + counts",
        "self.weight + (self.weight > 0)",
        "self.weight * torch.tensor(2.0)",
        "self.weight * torch.tensor(2.0, dtype=torch.float64)",
        "torch.where(counts > 2, self.weight[0], -1e9)",
        "self.weight.masked_fill(self.weight > 0, 0.0)",
        "torch.einsum('i,j->ij', self.weight[0], self.gate[0, :, 0, 0])",
        "F.embedding(torch.arange(3), self.weight)",
        "F.embedding(torch.arange(3), self.weight) * 0.5",
        "torch.zeros_like(self.weight)",
        "self.weight.new_zeros(3)",
        "self.weight.gather(1, torch.zeros(3, 2).long())",
        "counts.to(self.weight.dtype)",
        "counts.type_as(self.weight)",
        "self.weight.float().to(self.config.dtype)",
        "self.weight.float().half()",
        "self.weight.float().to(torch.float16)",
        "self.weight if flag else self.gate",
        "torch.as_tensor(self.gate)",
        "torch.as_tensor(self.weight)",
        "torch.where(counts > 2, self.weight[0].exp(), self.weight[0])",
        "torch.zeros(3, dtype=self.weight.dtype)",
        "nn.Parameter(data=self.weight)",
        "nn.Parameter(*(self.weight,)[:1])",
        "torch.zeros_like(*(self.weight,)[:1])",
        "(self.weight * 1.0).gather(1, torch.zeros(3, 2).long())",
    ),
    "whole": (
        "torch.full(fill_value=1, size=(3,))",
        "torch.full((3,), 2, device='cpu')",
        "torch.tensor([1, 2], device='cpu')",
        "nn.Parameter(counts, requires_grad=False)",
        "counts * 2",
        "counts * -1",
        "counts * (2 * 3)",
        "counts * int(3.5)",
        "counts * x.size(0)",
        "counts * max(x.size(0), 2)",
        "counts * len(x)",
        "counts * x.ndim",
        "counts * x.shape[0]",
        "counts + torch.tensor(3)",
        "counts.mul(counts)",
        "counts.abs()",
        "counts[:, None] - counts[None, :]",
        "counts.view(1, 5)",
        "counts.sum(-1, keepdim=True)",
        "counts.to('cpu')",
        "counts.clone()",
        "counts.clamp(-3, 3)",
        "counts.clamp(min=1, max=None)",
        "counts.max(-1)[0]",
        "torch.where(counts > 2, counts, 1)",
        "torch.where(counts > 2, 1, 0)",
        "torch.stack([counts, counts])",
        "torch.full((2, 3), 1)",
        "torch.full((2, 3), fill_value=-1)",
        "torch.tensor([1, 2])",
        "torch.as_tensor([1, True])",
        "torch.full_like(counts, 2.0)",
        "torch.arange(0, x.size(-1), 1)",
        "torch.arange(start=0, end=x.size(-1) // 2, device=self.place)",
        "torch.arange(len(x)) - torch.arange(len(x))[:, None]",
        "F.pad(counts, (1, 1))",
        "counts.sum()",
        "counts.prod()",
        "counts.cumsum(0)",
        "counts.cumprod(0)",
        "counts.view(1, 5).squeeze()",
        "counts.view(1, 5).flatten()",
        "counts.unflatten(0, (1, 5))",
        "counts.view(1, 5).expand(2, 5)",
        "counts.expand_as(counts)",
        "counts.view_as(counts)",
        "counts.reshape_as(counts)",
        "counts.reshape(1, 5)",
        "counts.repeat(2)",
        "counts.repeat_interleave(2)",
        "counts.tile(2)",
        "counts.broadcast_to((2, 5))",
        "counts.view(1, 5).swapaxes(0, 1)",
        "counts.view(1, 5).swapdims(0, 1)",
        "counts.view(1, 5).movedim(0, 1)",
        "counts.view(1, 5).transpose(0, 1)",
        "counts.view(1, 5).permute(1, 0)",
        "counts.unbind(0)[0]",
        "counts.chunk(2)[0]",
        "counts.split(2)[0]",
        "counts.narrow(0, 0, 2)",
        "counts.select(0, 1)",
        "counts.gather(0, counts)",
        "counts.index_select(0, counts)",
        "counts.take_along_dim(counts)",
        "counts.flip(0)",
        "counts.roll(1)",
        "counts.masked_fill(counts > 2, 0)",
        "counts.unsqueeze(0)",
        "counts.contiguous()",
        "counts.view(1, 5).tril()",
        "counts.view(1, 5).triu()",
        "counts.int()",
        "counts.long()",
        "counts if flag else counts > 0",
    ),
    "unsaid": (
        f"F.linear({OWN}, self.weight[:, :4], y[0, 0, 0, :3])",
        f"{OWN} if flag else y",
        f"y if flag else {OWN}",
        f"{OWN}.type_as(y)",
        "(y * 1.0).mul_(0.5)",
        "y",
        "y * self.weight[0]",
        "y * 0.5",
        "self.weight.to(y.dtype)",
        "torch.zeros_like(y)",
        "self.weight if flag else y",
        "y if flag else self.weight",
    ),
    "float32": (
        "torch.zeros(5, dtype=torch.float32).mul_(torch.linspace(0.0, 1.0, 5))",
        "torch.zeros((5, 1), dtype=torch.float32).mul_(torch.linspace(0.0, 1.0, 5).view(5, 1))",
        "torch.tensor(0.5, dtype=torch.float32).mul_(torch.tensor(2.0))",
        "self.weight.float().view([5, 3])",
        "self.weight.float().new_tensor([self.weight.detach().float().sum(), 1])",
        "self.weight.float()",
        "self.weight.to(torch.float)",
        "self.weight.to(torch.float32)",
        "self.weight.float().to('cpu')",
        "self.weight.float().to(self.place)",
        "self.weight.half().float()",
        "torch.softmax(self.weight, -1, torch.float32)",
        "self.weight.sum(dtype=torch.float32)",
        "torch.arange(5, dtype=torch.float32)",
        "torch.zeros(3, dtype=torch.float32)",
        "(counts > 1).float()",
        "(1.0 - (counts > 1).float()) * -1e9",
        "torch.ones_like(self.weight.float())",
        "torch.FloatTensor([1, 2])",
        "self.weight.float() if flag else self.weight.to(torch.float32)",
    ),
    "default": (
        f"({OWN} * 2.0) * torch.ones(4)",
        f"torch.addcmul(torch.ones(4), {OWN} * 2.0, {OWN} * self.gate)",
        "torch.zeros_like(torch.full((3,), 0.5))",
        "torch.scalar_tensor(0.5)",
        "torch.arange(start=0.5, end=5)",
        "torch.arange(start=0, end=5.5)",
        "torch.arange(start=0, end=5, step=0.5)",
        "torch.arange(0.0, 5.0)",
        "torch.arange(0, 1, step=0.25)",
        "torch.arange(self.ratio * self.heads)",
        "torch.linspace(0, 1, 5)",
        "torch.Tensor([1, 2])",
        "torch.zeros(3, dtype=None)",
        "torch.tensor([1, 2.0])",
        "torch.full((2, 3), -1e9)",
        "torch.full((2, 3), x.size(0) ** -0.5)",
        "torch.full((2, 3), 1 / x.size(0))",
        "counts / 2",
        "counts.div(2)",
        "counts.true_divide(2)",
        "counts * 0.5",
        "counts * torch.tensor(2.0)",
        "torch.tensor(2.0) * counts",
        "counts * math.sqrt(5)",
        "counts * float(3)",
        "counts * (1 / x.size(0))",
        "counts * torch.finfo(torch.float32).min",
        "counts.add(0.5)",
        "counts.exp()",
        "counts.exp2()",
        "counts.sqrt()",
        "counts.rsqrt()",
        "counts.log()",
        "counts.log2()",
        "counts.log1p()",
        "counts.sigmoid()",
        "counts.tanh()",
        "counts.reciprocal()",
        "counts.clamp(min=0.5)",
        "torch.where(counts > 2, 0.0, -1e9)",
        "torch.where(counts > 2, counts, 0.5)",
        "torch.where(counts > 2, torch.tensor(1.0), 2)",
        "torch.tensor(2.0).expand(5)",
        "torch.stack([self.weight[0], torch.ones(5)])",
        "self.weight.clamp(min=torch.zeros(3, 5))",
        "self.weight.lerp(self.weight, 0.5) * torch.ones(3, 5)",
        "torch.ones_like(counts) * 0.5",
        "torch.maximum(self.weight, torch.zeros(3, 5))",
        "torch.max(counts, torch.ones(5))",
        "torch.where(counts > 2, self.weight[0], torch.zeros(5))",
        "torch.where(counts > 2, self.weight.exp(), torch.zeros(3, 5))",
    ),
    "float64": (
        "self.weight.double()",
        "self.weight.to(torch.double)",
        "self.weight.to(self.config.spot, torch.double)",
        "counts / torch.tensor(2.0, dtype=torch.float64)",
        "self.weight.to(torch.float64)",
        "self.weight.float_power(2)",
        "counts * torch.tensor(2.0, dtype=torch.float64)",
        "torch.DoubleTensor([1.0])",
    ),
    "other": (
        f"torch.arange(4) * ({OWN} * 2.0)",
        f"torch.addcmul(torch.arange(4), {OWN} * 2.0, {OWN} * self.gate)",
        "(self.weight * 1.0).mul_(torch.zeros(5))",
        "F.interpolate(self.gate.float(), scale_factor=[2.0, 1])",
        "self.weight.new_tensor([self.weight.detach().float().sum(), 1])",
        "self.weight.float().sum([])",
        "counts.cos()",
        "counts * (2 ** 3)",
        "counts * sum([d for d in (2, 3)])",
        "self.weight.float() * self.weight",
        "torch.DoubleTensor([1.0]) * self.weight[0]",
        "torch.divide(counts, 2)",
        "counts.div(2, rounding_mode='floor')",
        "counts * self.heads",
        "torch.full((2, 3), self.heads)",
        "torch.subtract(self.weight, torch.ones(3, 5))",
        "torch.outer(self.weight[0], torch.ones(5))",
        "self.weight * torch.ones(3, 5).sum()",
        "self.weight.type('torch.FloatTensor')",
        "torch.hann_window(5)",
        "torch.as_tensor(y)",
        "counts / self.heads",
        "counts * (x.size(0) * self.heads)",
        "counts.view(1, 5) * self.weight.exp()",
        "self.weight.float().to(self.config.spot)",
        "self.weight.float().to(self.config.spot if flag else x.device)",
        "torch.cat([counts, torch.ones(2)])",
        "self.weight[0].float() * y",
        "self.weight.float() if flag else self.weight",
        "self.weight if flag else counts",
        "counts if flag else y",
    ),
}
"""Of which dtype what an expression makes is: nothing is said, and so it is the model's; `Width` says the others."""
SINGLE = (
    "y.sum(-1, keepdim=True)",
    "y.sum(-1, keepdim=flag)",
    "y.mean(dim=1, keepdim=True)",
    "y.narrow(1, 0, 1)",
    "y.narrow(1, 0, x.size(0) - 1)",
    "torch.narrow(y, 1, 0, length=1)",
    "y.narrow(1, 0, 1).exp()",
    "2.0 * y.narrow(1, 0, 1)",
    "y.narrow(1, 0, 1).transpose(1, 2)",
    "y.narrow(1, 0, 1).permute(0, 2, 1, 3)",
    "y.narrow(1, 0, 1).type_as(y)",
    "y.narrow(1, 0, 1) * y.narrow(1, 1, 1)",
    "y[:, :1]",
    "y.narrow(1, 0, 1) if flag else y",
    "y if flag else y.narrow(1, 0, 1)",
)
"""What may have size 1 along an axis since a sum has kept it, or one entry was taken."""
SEVERAL = (
    "y.sum(-1, keepdim=False)",
    "y.narrow(1, 0, 2)",
    "y.narrow(1, 0, 1) * y",
    "y * y.narrow(1, 0, 1)",
    "x.size(0) * 3",
    "y.view(6, 4, 5)",
    "y.narrow(1, 0, 1).cumsum(-1)",
)
"""What has not, as far as the source says."""
MORE = tuple(
    (f"more_{index} = {expression}", fact)
    for index, (expression, fact) in enumerate(
        [(expression, {"wide": width}) for width, all_of in WIDTHS.items() for expression in all_of]
        + [(expression, {"single": True}) for expression in SINGLE]
        + [(expression, {"single": False}) for expression in SEVERAL]
    )
)
"""Statements of which one fact is stated."""


def source() -> str:
    """The module that is interpreted."""
    return HEADER + "".join(f"        {text}\n" for text, _ in (*TABLE, *MORE)) + "        return x\n"


def name_of(statement: str) -> str:
    """The first name that a statement binds."""
    return re.split(r"\W", statement, maxsplit=1)[0]


class Watched(Interpreter):
    """Keeps what each name was bound to first: it may be known less of later."""

    def __init__(self, world: World, cls: ClassRef) -> None:
        super().__init__(world, cls)
        self.bound: dict[str, Value] = {}

    def bind(self, name: str, value: Value, source: Expr | None) -> None:
        super().bind(name, value, source)
        self.bound.setdefault(name, self.frame.env[name])


def known(arch: Architecture) -> dict[str, dict[str, Any]]:
    """What the interpreter knows of the names."""
    world = World(arch.library, Interpreter)
    cls = ClassRef(arch.files[0].module, "Attention")
    code = world.method_code(cls, "forward")
    assert code is not None
    machine = Watched(world, cls)
    machine.run(code)
    values, masks = machine.bound, dict[int, str]()
    found = {name: dict(said(name, values[name], masks)) for name in map(name_of, (s for s, _ in TABLE))}
    for text, facts in MORE:
        found[name_of(text)] = {field: getattr(values[name_of(text)], field, None) for field in facts}
    return found


def differing(arch: Architecture) -> list[str]:
    """The statements of which the interpreter does not know what the table states."""
    found = known(arch)
    return [f"{text}: {found[name_of(text)]}" for text, facts in (*TABLE, *MORE) if found[name_of(text)] != facts]


def said(name: str, value: Value, masks: dict[int, str]) -> Iterator[tuple[str, Any]]:
    """What an abstract value says of the tensor or number; a mask by the name of the first that is alike."""
    if not isinstance(value, Opaque):
        yield "kind", type(value).__name__
        return
    for field in FIELDS:
        if getattr(value, field) != getattr(Opaque(), field):
            yield field, getattr(value, field)
    if value.mask is not None:
        yield "mask", "~" * value.mask[1] + masks.setdefault(value.mask[0], name)
    if value.fill is not None:
        yield "fill", ("~" * value.fill[1] + masks.setdefault(value.fill[0], name), value.fill[2])


def made(flag: bool) -> dict[str, Any]:
    """What the statements make of random tensors, by name."""
    space = given(flag, torch.float32)
    for statement, _ in (*TABLE, *MORE):
        exec(statement, space)
    return space


def given(flag: bool, dtype: torch.dtype) -> dict[str, Any]:
    """The method's arguments, and what it sees besides, where the model runs in a dtype."""
    space: dict[str, Any] = {}
    exec(HEADER + "        return x\n", space)
    module = space["Attention"](
        SimpleNamespace(heads=4, level=0.5, dtype=dtype, device="cpu", spot="cpu", made=dtype)
    ).to(dtype)
    space.update(self=module, flag=flag, mask=torch.rand(2, 3, 4, 5) > 0.5, places=torch.arange(3))
    space.update(x=torch.randn(2, 3, 4, 5, dtype=dtype), y=torch.randn(2, 3, 4, 5, dtype=dtype))
    space.update(counts=torch.arange(5))
    return space


def dtypes(expression: str, flag: bool) -> tuple[torch.dtype, torch.dtype]:
    """Of which dtype an expression is in a model in bfloat16: with torch's own default dtype, and with float64 as the
    default."""
    found = []
    for default in (torch.float32, torch.float64):
        space = given(flag, torch.bfloat16)
        torch.set_default_dtype(default)
        try:
            found.append(eval(expression, space).dtype)
        finally:
            torch.set_default_dtype(torch.float32)
    return found[0], found[1]


def width_holds(width: str, expression: str, flag: bool) -> bool:
    """Whether an expression is of the dtype that is stated."""
    plain, other = dtypes(expression, flag)
    if width in ("", "own", "unsaid"):
        return plain == other and plain in (torch.bfloat16, torch.float16)
    if width == "whole":
        return plain == other and not plain.is_floating_point
    named = {
        "float32": (torch.float32,) * 2,
        "default": (torch.float32, torch.float64),
        "float64": (torch.float64,) * 2,
    }
    return width == "other" or (plain, other) == named[width]


KINDS: Mapping[str, Callable[[Any], bool]] = {
    "number": lambda value: value is None or isinstance(value, (bool, int, float, complex)),
    "config": lambda value: isinstance(value, (bool, int, float)),
    "string": lambda value: isinstance(value, str),
    "none": lambda value: value is None,
    "size": lambda value: isinstance(value, torch.Size),
    "dtype": lambda value: isinstance(value, torch.dtype),
    "tensor": lambda value: isinstance(value, Tensor),
    "scalar": lambda value: not isinstance(value, Tensor) or value.dim() == 0,
    "row": lambda value: not isinstance(value, Tensor) or value.shape[-1:] in ((), (1,)),
    "unknown": lambda _: True,
}


def untrue(facts: Facts, value: Any, space: Mapping[str, Any]) -> list[str]:
    """Which facts do not hold of a value; what is not known to be of another dtype has to be float32."""

    def inside(name: str) -> Tensor:
        mask: Tensor = space[name.removeprefix("~")].double()
        return 1.0 - mask if name.startswith("~") else mask

    numbers = value if isinstance(value, Tensor) else torch.tensor(value if isinstance(value, (int, float)) else 0.0)
    dtype = value if isinstance(value, torch.dtype) else numbers.dtype if isinstance(value, Tensor) else torch.float32
    constant = facts.get("constant")
    holds = {
        "kind": KINDS[facts.get("kind", "unknown")](value),
        "constant": constant is None
        or (value == constant if value is not numbers else bool((value == constant).all())),
        "most": "most" not in facts or bool((numbers <= facts["most"]).all()),
        "zero": "zero" not in facts or bool((numbers == 0).all()),
        "positive": "positive" not in facts or bool((numbers > 0).all()),
        "floating": facts.get("floating") is False or dtype == torch.float32,
        "narrow": "narrow" in facts or not dtype.is_floating_point or dtype.itemsize >= 4,
        "rank": "rank" not in facts or facts["rank"] == numbers.dim(),
        "mask": "mask" not in facts or bool((numbers == inside(facts["mask"])).all()),
        "fill": "fill" not in facts or bool((numbers == inside(facts["fill"][0]) * facts["fill"][1]).all()),
    }
    return [name for name, true in holds.items() if not true]
