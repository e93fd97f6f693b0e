import torch
from torch import nn

EXPECT = "refused"
CODE = "PROBABILITIES"
CODES = {
    "SetAttention": "PROBABILITIES",
    "SetElsewhereAttention": "PROBABILITIES",
    "SetInPartAttention": "PROBABILITIES",
}
WHY = "probabilities are cleared by what has the text of the mask of their scores, and is another one since"


class SetAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.far = torch.arange(9) > 3

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(self.far[: key.size(-2)], -1e30)
        self.far = torch.arange(9) < 2
        probs = torch.softmax(scores, dim=-1).masked_fill(self.far[: key.size(-2)], 0.0)
        return torch.matmul(probs, value)


class Settings:
    def __init__(self):
        self.far = torch.arange(9) > 3


class SetElsewhereAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.settings = Settings()

    def forward(self, query, key, value):
        settings = self.settings
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(self.settings.far[: key.size(-2)], -1e30)
        settings.far = torch.arange(9) < 2
        probs = torch.softmax(scores, dim=-1).masked_fill(self.settings.far[: key.size(-2)], 0.0)
        return torch.matmul(probs, value)


class SetInPartAttention(nn.Module):
    """Of a module that something was set in, nothing is known to be what it was."""

    def __init__(self):
        super().__init__()
        self.part = nn.Linear(2, 9)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(self.part.weight[: key.size(-2), 0] > 0.1, -1e30)
        self.part.bias = None
        probs = torch.softmax(scores, dim=-1).masked_fill(self.part.weight[: key.size(-2), 0] > 0.1, 0.0)
        return torch.matmul(probs, value)


def examples():
    for kind in (SetAttention, SetElsewhereAttention, SetInPartAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 3, 7, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
