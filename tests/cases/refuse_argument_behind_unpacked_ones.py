import torch
from torch import nn

EXPECT = "refused"
CODE = "NONLINEAR"
WHY = "how many arguments are unpacked says which parameter the scores are for"


class Attention(nn.Module):
    def lowered(self, scores, bias=None):
        if bias is None:
            return scores
        return scores - bias

    def forward(self, query, key, value, *extra):
        scores = query @ key.transpose(-1, -2)
        scores = self.lowered(*extra, scores)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield Attention(), (query, key, value, torch.randn(5, 5)), {}
    yield Attention(), (query, key, value), {}


def example():
    return next(examples())
