import torch
from torch import nn

EXPECT = "refused"
WHY = "once the maximum of a masked row is subtracted a factor above 1 would carry the mask beyond its dtype"
CODE = "SHIFT"


class Attention(nn.Module):
    def forward(self, query, key, value, mask=None):
        batch, heads, queries, _ = query.shape
        keys = key.size(-2)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if mask is not None:
            scores = scores + mask
        scores = scores - scores.amax(dim=-1, keepdim=True)
        scores = scores * 2.0
        return scores.softmax(dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.zeros(batch, 1, queries, keys)
        mask[..., 2:] = torch.finfo(torch.float32).min
        mask[0] = torch.finfo(torch.float32).min
        yield Attention(), (query, key, value), {}
        yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
