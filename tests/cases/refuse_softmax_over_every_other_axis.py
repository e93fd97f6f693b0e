import torch
from torch import nn

EXPECT = "refused"
WHY = "the axis of the softmax is not known to be the keys'"
CODES = {
    "ZeroAttention": "SOFTMAX_AXIS",
    "OneAttention": "SOFTMAX_AXIS",
    "ThreeAttention": "SOFTMAX_AXIS",
    "MinusThreeAttention": "SOFTMAX_AXIS",
    "HeadsAttention": "SOFTMAX_AXIS",
    "HeadsBelowAttention": "SOFTMAX_AXIS",
    "TransposedUnknownAttention": "TRANSPOSE",
    "TransposedFartherAttention": "TRANSPOSE",
    "TransposedHalfAttention": "TRANSPOSE",
    "PermutedFewAttention": "TRANSPOSE",
}


class ZeroAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=0)
        return torch.matmul(probs, value)


class OneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=1)
        return torch.matmul(probs, value)


class ThreeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=3)
        return torch.matmul(probs, value)


class MinusThreeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-3)
        return torch.matmul(probs, value)


class HeadsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, key) * 0.3
        probs = torch.softmax(scores, dim=1)
        return torch.matmul(probs, value)


class HeadsBelowAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, key) * 0.3
        probs = torch.softmax(scores, dim=-3)
        return torch.matmul(probs, value)


class TransposedUnknownAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.transpose(0, 1).transpose(1, 0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TransposedFartherAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.transpose(-3, -2).transpose(-2, -3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TransposedHalfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.transpose(2, -1).transpose(-1, 2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PermutedFewAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, key) * 0.3
        order = [0, 1]
        order += [2, 3] if query.size(0) else [3, 2]
        scores = scores.permute(*order)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            ZeroAttention(),
            OneAttention(),
            ThreeAttention(),
            MinusThreeAttention(),
            HeadsAttention(),
            HeadsBelowAttention(),
            TransposedUnknownAttention(),
            TransposedFartherAttention(),
            TransposedHalfAttention(),
            PermutedFewAttention(),
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
