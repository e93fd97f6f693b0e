import torch
from torch import nn

EXPECT = "generated"
WHY = "a scale that is None where it is not asked for, and a parameter whose options stand in a dict"


class CosineAttention(nn.Module):
    def __init__(self, heads=2, cosine=True, depth=None, dtype=None):
        super().__init__()
        options = {"device": None, "dtype": dtype}
        if cosine:
            self.heat = nn.Parameter(torch.log(4 * torch.ones((heads, 1, 1), **options)))
        else:
            self.heat = None
        coefficient = None
        if depth is not None:
            coefficient = max(1, depth)
        self.coefficient = coefficient

    def forward(self, query, key, value, hidden=None):
        if self.heat is not None:
            query, key = (nn.functional.normalize(part, dim=-1) for part in (query, key))
            scores = query @ key.transpose(-1, -2)
            scores = scores * torch.clamp(self.heat, max=4.0).exp()
        else:
            scores = query @ key.transpose(-1, -2)
        if self.coefficient is not None:
            scores = scores / self.coefficient
        if hidden is not None:
            scores = scores.masked_fill(hidden, float("-inf"))
        return scores.softmax(dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        hidden = torch.zeros(batch, 1, 1, keys, dtype=torch.bool)
        hidden[0, ..., :2] = True
        yield CosineAttention(cosine=False), (query, key, value), {"hidden": hidden}
        yield CosineAttention(cosine=False, depth=3), (query, key, value), {}
        yield CosineAttention(), (query, key, value), {"hidden": hidden}


def example():
    return next(examples())
