import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "branches that give a scale of another kind, a fill of another strength, a maximum in another way"


class NumberOrScalarAttention(nn.Module):
    def __init__(self, learned=False):
        super().__init__()
        self.learned = learned
        self.temperature = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value):
        if self.learned:
            scale = self.temperature
        else:
            scale = 0.4
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scale, dim=-1)
        return torch.matmul(probs, value)


class ScalarOrNumberAttention(nn.Module):
    def __init__(self, learned=False):
        super().__init__()
        self.learned = learned
        self.temperature = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value):
        if not self.learned:
            scale = 0.4
        else:
            scale = self.temperature
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scale, dim=-1)
        return torch.matmul(probs, value)


class NumberOrRowAttention(nn.Module):
    def __init__(self, learned=False):
        super().__init__()
        self.learned = learned
        self.temperature = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value):
        scale = self.temperature if self.learned else 0.4
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scale, dim=-1)
        return torch.matmul(probs, value)


class ScalarOrRowAttention(nn.Module):
    def __init__(self, learned=False):
        super().__init__()
        self.learned = learned
        self.one = nn.Parameter(torch.tensor(0.7))
        self.each = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value):
        scale = self.each if self.learned else self.one
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scale, dim=-1)
        return torch.matmul(probs, value)


class StrongFillsAttention(nn.Module):
    def __init__(self, learned=False):
        super().__init__()
        self.learned = learned

    def forward(self, query, key, value):
        strength = -1e9 if self.learned else -1e4
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool, device=query.device).triu(1)
        probs = torch.softmax(scores.masked_fill(hidden, strength), dim=-1)
        return torch.matmul(probs, value)


class MaximumAttention(nn.Module):
    def __init__(self, learned=False):
        super().__init__()
        self.learned = learned

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        if self.learned:
            greatest = scores.amax(dim=-1, keepdim=True)
        else:
            greatest = scores.max(dim=-1, keepdim=True).values
        return torch.matmul(torch.softmax(scores - greatest, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (
        NumberOrScalarAttention,
        ScalarOrNumberAttention,
        NumberOrRowAttention,
        ScalarOrRowAttention,
        StrongFillsAttention,
        MaximumAttention,
    ):
        for learned in (False, True):
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield kind(learned), (query, key, value), {}


def example():
    return next(examples())
