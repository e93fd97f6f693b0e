import torch
from torch import nn

EXPECT = "refused"
CODE = "FILL_UNKNOWN"
WHY = "what is filled in is made of the scores themselves"


class Attention(nn.Module):
    def forward(self, query, key, value, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(hidden, scores.amax())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.rand(queries, keys) > 0.7), {}


def example():
    return next(examples())
