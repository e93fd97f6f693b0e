import torch
from torch import nn

EXPECT = "either"
WHY = "weights are returned, and also used where a flag says so"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = None

    def forward(self, query, key, value, keep=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        context = torch.matmul(probs, value)
        if keep:
            context = context + probs.sum(dim=-1, keepdim=True)
        return context, probs


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        for keep in (False, True):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield Attention(), (query, key, value, keep), {}


def example():
    return next(examples())
