import torch
from torch import nn

EXPECT = "refused"
WHY = "the shape is another one than that of the operands as the call takes them"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        shape = scores.shape
        probs = scores.permute(1, 0, 2, 3).softmax(-1)
        context = probs @ value.transpose(0, 1)
        return context.transpose(0, 1).reshape(shape[0], shape[1], shape[2], -1)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
