import torch
from torch import nn

EXPECT = "generated"
WHY = "a second softmax takes the same scores on the other side, or later: there the original runs"


class SidesAttention(nn.Module):
    def forward(self, query, key, value, gated=False):
        scores = query @ key.transpose(-1, -2) * 0.3
        if gated:
            output = torch.softmax(scores, dim=-1) @ value + query
        else:
            output = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype) @ value
        return output


class AgainAttention(nn.Module):
    def forward(self, query, key, value, gated=False):
        scores = query @ key.transpose(-1, -2) * 0.3
        output = torch.softmax(scores, dim=-1) @ value
        if gated:
            output = output + torch.softmax(scores * 0.5, dim=-1) @ value
        return output


def examples():
    for make in (SidesAttention, AgainAttention):
        for gated in (False, True):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, gated), {}


def example():
    return next(examples())
