import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WRITTEN = {"TwoScalesAttention": "promoted(", "TwoFactorsAttention": "promoted("}
NOT_WRITTEN = {
    "OneScaleAttention": "promoted(",
    "OneOfEachAttention": "promoted(",
    "DividedTwoScalesAttention": "promoted(",
    "OneFactorAttention": "promoted(",
    "PlainFactorsAttention": "factor is None",
}
WHY = "only what is multiplied with others of its kind is made a number of the scores before"


class OneScaleAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.rand(2, 1, 1))
        self.second = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores * self.first
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class OneOfEachAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.rand(2, 1, 1))
        self.second = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores * self.first
        scores = scores / (1.0 + self.second)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class TwoScalesAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.rand(2, 1, 1))
        self.second = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores * self.first
        scores = scores * self.second
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class DividedTwoScalesAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.rand(2, 1, 1))
        self.second = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores / (1.0 + self.first)
        scores = scores * 0.5
        scores = scores * 0.7
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class OneFactorAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.rand(2, 1, 1))
        self.second = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1) * self.first
        return torch.matmul(probs, value)


class TwoFactorsAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.rand(2, 1, 1))
        self.second = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1) * self.first
        probs = probs * self.second
        return torch.matmul(probs, value)


class PlainFactorsAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.rand(2, 1, 1))
        self.second = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1) * self.first
        probs = probs * self.second
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for attention in (OneScaleAttention, OneOfEachAttention, TwoScalesAttention, DividedTwoScalesAttention, OneFactorAttention, TwoFactorsAttention, PlainFactorsAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.randn(queries, keys)), {}


def example():
    return next(examples())
