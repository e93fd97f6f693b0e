import torch
from torch import nn

EXPECT = "generated"
WHY = "a row constant is subtracted, and what comes after leaves rows that are masked as a whole alone"
EVERY = True


class PlainAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.max()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeLeastAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ValuesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.max(-1, keepdim=True).values
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FirstAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.max(dim=-1, keepdim=True)[0]
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MeanAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.mean(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LogSumAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - torch.logsumexp(scores, -1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScaledAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - 0.5 * scores.amax(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DividedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True) / 2.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DividedByOneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True) / self.one
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnsqueezedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1).unsqueeze(-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NumberAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores + 1.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NumberFromAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 2.0 * mask.float()
        scores = scores - scores.amax(-1, keepdim=True)
        scores = 1.5 - scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class HalfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 2.0 * mask.float()
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SameAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = (scores + 2.0 * mask.float()) / self.one
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores * self.one
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnmaskedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores * 4.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BeforeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores + 2.0 * mask.float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LowestAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores + 2.0 * mask.float()
        scores = scores.masked_fill(mask, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class InfiniteAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores + 2.0 * mask.float()
        scores = scores.masked_fill(mask, -1e20)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FilledAfterAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(2.0))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            PlainAttention(),
            WholeAttention(),
            WholeLeastAttention(),
            ValuesAttention(),
            FirstAttention(),
            MeanAttention(),
            LogSumAttention(),
            CastAttention(),
            ScaledAttention(),
            DividedAttention(),
            DividedByOneAttention(),
            UnsqueezedAttention(),
            NumberAttention(),
            NumberFromAttention(),
            HalfAttention(),
            SameAttention(),
            UnmaskedAttention(),
            BeforeAttention(),
            LowestAttention(),
            InfiniteAttention(),
            FilledAfterAttention(),
        ])

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
