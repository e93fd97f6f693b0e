import torch
from torch import nn

EXPECT = "generated"
WHY = "a fill in a float32 tensor is rounded as the scores are: in bfloat16 it is then the mask's number"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(hidden, torch.full((), -10000.0))
        scores = scores - 1e4 * (torch.arange(key.size(-2)) > 2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value, torch.arange(keys) < 3), {}


def example():
    return next(examples())
