import torch
from torch import nn

EXPECT = "generated"
WHY = "where autocast is off around the scores alone, no one call has the precision of both products: eager under autocast"
WRITTEN = {"ScoresAttention": "is_autocast_enabled", "ValuesAttention": "is_autocast_enabled"}
NOT_WRITTEN = {"BothAttention": "is_autocast_enabled"}


class ScoresAttention(nn.Module):
    def forward(self, query, key, value):
        with torch.autocast("cpu", enabled=False):
            scores = query.float() @ key.float().transpose(-1, -2)
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value


class ValuesAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        with torch.autocast("cpu", enabled=False):
            return probs.to(value.dtype) @ value


class BothAttention(nn.Module):
    def forward(self, query, key, value):
        with torch.autocast("cpu", enabled=False):
            scores = query.float() @ key.float().transpose(-1, -2)
            return torch.softmax(scores, dim=-1) @ value.float()


class Mixed(nn.Module):
    def __init__(self, attention, mixed):
        super().__init__()
        self.attention, self.mixed = attention, mixed

    def forward(self, query, key, value):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.mixed):
            return self.attention(query, key, value).float()


def examples():
    for make in (ScoresAttention, ValuesAttention, BothAttention):
        for mixed in (True, False):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(2, 2, 12, 32) for _ in range(3))
            yield Mixed(make(), mixed), (query, key, value), {}


def example():
    return next(examples())
