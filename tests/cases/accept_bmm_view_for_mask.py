import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "the mask is added in four axes, the products are taken in three"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        heads = 2
        scores = torch.bmm(query, key.transpose(1, 2))
        scores = scores.view(-1, heads, query.size(1), key.size(1)) + mask
        scores = scores.view(-1, query.size(1), key.size(1))
        probs = F.softmax(scores, dim=-1)
        return torch.bmm(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(2 * batch, length, 8) for length in (queries, keys, keys))
        mask = torch.zeros(batch, 1, 1, keys)
        mask[0, ..., :2] = torch.finfo(torch.float32).min
        yield Attention(), (query, key, value, mask), {}
        mask = torch.randn(batch, 2, queries, keys)
        yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
