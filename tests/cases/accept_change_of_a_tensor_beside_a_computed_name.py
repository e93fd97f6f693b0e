import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "what is changed is no tensor of the module, and what was given to an object is none that the attention reads"


class Attention(nn.Module):
    def __init__(self, name="table"):
        super().__init__()
        self.register_buffer("table", 2.0 * torch.randn(1, 2, 5, 8))
        self.register_buffer("slopes", torch.rand(2, 1, 1))
        self.name = name

    def forward(self, query, key, value):
        slopes = self.slopes
        keys = getattr(self, self.name)
        bias = torch.zeros(key.size(-2))
        scores = torch.matmul(query, keys.transpose(-1, -2)) * slopes
        bias += 0.5
        return torch.matmul(torch.softmax(scores + bias, dim=-1), value)


class GivenAttention(nn.Module):
    def forward(self, query, key, value):
        places = iter([torch.arange(3), torch.arange(4)])
        scores = torch.matmul(query, key.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), next(places)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, GivenAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 5)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
