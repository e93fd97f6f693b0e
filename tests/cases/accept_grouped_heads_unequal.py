import torch
from torch import nn

EXPECT = "generated"
WHY = "key and value have different numbers of heads: the copies stay"


def repeat(states, times):
    batch, heads, length, dim = states.shape
    if times == 1:
        return states
    states = states[:, :, None, :, :].expand(batch, heads, times, length, dim)
    return states.reshape(batch, heads * times, length, dim)


class Attention(nn.Module):
    groups = 2

    def forward(self, query, key, value):
        keys = repeat(key, 2)
        values = repeat(value, 4)
        scores = torch.matmul(query, keys.transpose(-1, -2)) / 3.0
        probs = scores.softmax(-1)
        return torch.matmul(probs, values)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        key, value = (2.0 * torch.randn(batch, heads, keys, 8) for heads in (2, 1))
        yield Attention(), (2.0 * torch.randn(batch, 4, queries, 8), key, value), {}


def example():
    return next(examples())
