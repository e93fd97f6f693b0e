import torch
from torch import nn

EXPECT = "generated"
WHY = "what has the dtype that scores had before they were cast to float32 may be wider than that"
EVERY = True
WRITTEN = {
    "UpcastAttention": "kind = scores_dtype(query, bias, torch.float32)",
    "ParameterAttention": "kind = scores_dtype(query, bias, torch.float32)",
}


class UpcastAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        like = torch.ones_like(scores)
        scores = scores.float() + like.tril()
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


class ParameterAttention(nn.Module):
    """A model in float64 has its parameters in float64."""

    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.rand(5, 5))

    def forward(self, query, key, value):
        scores = (query @ key.transpose(-1, -2)).float() + self.table
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


def examples():
    torch.manual_seed(0)
    for attention in (UpcastAttention, ParameterAttention):
        yield attention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
