import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "a fill is scaled by what is known to be positive"
EVERY = True


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class ExpAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SqrtAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.sqrt(row * row + 0.1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RsqrtAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.rsqrt(row * row + 0.1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SoftplusAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * F.softplus(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SigmoidAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.sigmoid(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ExpTwoAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp2(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RaisedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp(row) ** 2
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PowerAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.pow(torch.exp(row), 2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp(row).to(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FloatAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp(row).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp(row).type(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.exp(row).type_as(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TimesAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (torch.exp(row) * 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OverAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (torch.exp(row) / 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PlusAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (torch.exp(row) + 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MulAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.mul(torch.exp(row), 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DivAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.div(torch.exp(row), 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AddAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.add(torch.exp(row), 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([ExpAttention(), SqrtAttention(), RsqrtAttention(), SoftplusAttention(), SigmoidAttention(), ExpTwoAttention(), RaisedAttention(), PowerAttention(), ToAttention(), FloatAttention(), TypeAttention(), TypeAsAttention(), TimesAttention(), OverAttention(), PlusAttention(), MulAttention(), DivAttention(), AddAttention()])

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
