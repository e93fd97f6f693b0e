import torch
from torch import nn

EXPECT = "generated"
WHY = "without a mask beta is 0, and whatever is in the input of baddbmm is left out"


class PaddedAttention(nn.Module):
    def __init__(self, weight=0.25):
        super().__init__()
        self.weight = weight

    def forward(self, query, key, value, mask=None):
        if mask is None:
            start = torch.full((query.shape[0], query.shape[1], key.shape[1]), float("nan"))
            beta = 0
        else:
            start = mask
            beta = 1
        scores = torch.baddbmm(start, query, key.transpose(1, 2), beta=beta, alpha=self.weight)
        return torch.bmm(scores.softmax(dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((3, 5, 5), (1, 1, 6), (2, 4, 7)):
        query, key, value = (2.0 * torch.randn(batch, length, 8) for length in (queries, keys, keys))
        yield PaddedAttention(), (query, key, value), {}
        yield PaddedAttention(), (query, key, value), {"mask": 3.0 * torch.randn(batch, queries, keys)}


def example():
    return next(examples())
