import torch
from torch import nn

EXPECT = "refused"
WHY = "a mask of -1e4 leaves differences in a row that it hides as a whole, and the clamp takes half of them"


class Attention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = query @ key.transpose(-1, -2)
        scores = scores + (1.0 - keep.float()) * -1e4
        scores = scores.clamp(min=-1e4)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.rand(batch, 1, queries, keys) > 0.4
        keep[:, :, 0] = False
        yield Attention(), (query, key, value, keep), {}


def example():
    return next(examples())
