import torch
from torch import nn

EXPECT = "generated"
WHY = "the mean of scores that nothing has masked yet is a row constant"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2)
        scores = scores - scores.mean(dim=-1, keepdim=True)
        scores = scores + mask
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.rand(batch, 1, queries, keys) > 0.4
        keep[..., 0] = True
        mask = torch.zeros(keep.shape).masked_fill(~keep, torch.finfo(torch.float32).min)
        yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
