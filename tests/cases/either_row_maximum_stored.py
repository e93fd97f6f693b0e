import torch
from torch import nn

EXPECT = "either"
WHY = "a row constant of the scores is stored in an attribute and read again"

class Attention(nn.Module):
    def forward(self, query, key, value):
        self.top = None
        scores = torch.matmul(query, key.transpose(-1, -2))
        self.top = scores.amax(-1, keepdim=True)
        scores = scores - scores.amax(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value) + (0.0 if self.top is None else self.top)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
