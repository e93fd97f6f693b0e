import torch
from torch import nn

EXPECT = "refused"
CODE = "CLAMP"
WHY = "-65504 is no number that swallows scores in float32: where all keys are hidden, the clamp makes them equal"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        scores = scores.clamp(min=torch.finfo(torch.half).min)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.full((batch, 1, 1, keys), torch.finfo(torch.float32).min)
        yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
