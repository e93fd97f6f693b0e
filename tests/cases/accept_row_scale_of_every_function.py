import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "a scale for each query stays one under each function of its elements"
EVERY = True


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class ExpAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SqrtAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.sqrt(row * row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RsqrtAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.rsqrt(row * row + 1.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LogAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.log(row * row + 1.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SigmoidAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.sigmoid(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AbsoluteAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.abs(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.neg(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReciprocalAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.reciprocal(row * row + 1.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SquareAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.square(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClampAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.clamp(min=-0.2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClipAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.clip(-0.2, 0.4)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClampMinAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.clamp_min(-0.2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClampMaxAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.clamp_max(0.2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SoftplusAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * F.softplus(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TanhAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.tanh(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReluAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.relu(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PowerAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.pow(row, 2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ExpTwoAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp2(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LogTwoAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.log2(row * row + 1.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LogOneAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.log1p(row * row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FloatAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.to(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.type(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.type_as(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ContiguousAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.contiguous()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CloneAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.clone()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DetachAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.detach()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TimesAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (row * 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OverAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (row / 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PlusAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (row + 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MinusAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (row - 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RaisedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row**2
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MulAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.mul(row, 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DivAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.div(row, 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AddAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.add(row, 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SubAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.sub(row, 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaximumAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.maximum(row, row * 0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MinimumAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.minimum(row, row * 0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TrueDivideAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.true_divide(row, 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MultiplyAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.multiply(row, 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FloorAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (row // 0.1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ModuloAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (row % 0.7)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([ExpAttention(), SqrtAttention(), RsqrtAttention(), LogAttention(), SigmoidAttention(), AbsoluteAttention(), NegAttention(), ReciprocalAttention(), SquareAttention(), ClampAttention(), ClipAttention(), ClampMinAttention(), ClampMaxAttention(), SoftplusAttention(), TanhAttention(), ReluAttention(), PowerAttention(), ExpTwoAttention(), LogTwoAttention(), LogOneAttention(), FloatAttention(), ToAttention(), TypeAttention(), TypeAsAttention(), ContiguousAttention(), CloneAttention(), DetachAttention(), TimesAttention(), OverAttention(), PlusAttention(), MinusAttention(), RaisedAttention(), MulAttention(), DivAttention(), AddAttention(), SubAttention(), MaximumAttention(), MinimumAttention(), TrueDivideAttention(), MultiplyAttention(), FloorAttention(), ModuloAttention()])

    def forward(self, query, key, value, mask):
        return sum(part(query, key, value, mask) for part in self.parts)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
