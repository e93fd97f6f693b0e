import torch
from torch import nn

EXPECT = "generated"
WHY = "where part of the scores is overwritten under a flag of the module, the original runs there"


def positions(scores, query, table):
    scores[:, :, 1:, 1:] = scores[:, :, 1:, 1:] * (query[:, :, 1:] @ table.mT)
    return scores


class Attention(nn.Module):
    def __init__(self, kind="none"):
        super().__init__()
        self.kind = kind
        self.table = nn.Parameter(torch.randn(4, 8))

    def forward(self, query, key, value):
        scores = query @ key.mT * 0.3
        if self.kind == "spatial":
            scores = positions(scores, query, self.table)
        return scores.softmax(dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for kind in ("none", "spatial"):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(kind), (query, key, value), {}


def example():
    return next(examples())
