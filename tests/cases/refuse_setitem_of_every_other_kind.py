import torch
from torch import nn

EXPECT = "refused"
WHY = "part of the scores is overwritten by what does not empty it, or where the scores say"
CODES = {
    "WeakAttention": "INPLACE",
    "ZeroAttention": "INPLACE",
    "DependsAttention": "INPLACE",
    "UnknownAttention": "INPLACE",
    "SecondDependsAttention": "INPLACE",
    "AfterSinkAttention": "INPLACE",
    "PendingAttention": "INPLACE",
    "ThenWeakAttention": "FILL_WEAK",
    "ThenNegatedAttention": "FILL_WEAK",
}


class WeakAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[..., 0] = -1e19
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZeroAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[mask.expand_as(scores)] = 0.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DependsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[scores > 1.0] = -1e9
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnknownAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[..., 0] = self.temperature.sum()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SecondDependsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[:, (scores > 9.0).any().long()] = -1e9
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AfterSinkAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.cat([scores, self.temperature.expand(query.size(0), -1, query.size(2), 1)], dim=-1)
        scores[..., 0] = -1e30
        probs = torch.softmax(scores, -1)[..., :-1]
        return torch.matmul(probs, value)


class PendingAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b
        scores[..., 0] = -1e30
        scores = scores + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ThenWeakAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[..., 0] = -1e20
        scores = scores * 1e-17
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ThenNegatedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[..., 0] = -1e30
        scores = -scores
        scores = 1.0 - scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            WeakAttention(),
            ZeroAttention(),
            DependsAttention(),
            UnknownAttention(),
            SecondDependsAttention(),
            AfterSinkAttention(),
            PendingAttention(),
            ThenWeakAttention(),
            ThenNegatedAttention(),
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
