import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "a sink is one more key, and a mask that the scores were multiplied by may have expanded them: no bias says so"


class SinkAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.sink = nn.Parameter(torch.randn(3, 1, 1))

    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2))
        column = self.sink.expand(query.size(0), -1, query.size(-2), 1)
        scores = torch.cat([scores, column], dim=-1)
        count = scores.shape[-1]
        probs = torch.softmax(scores, dim=-1)[..., :-1]
        return torch.matmul(probs, value) * count


class MaskedAttention(nn.Module):
    def forward(self, query, key, value, keep):
        seen = (keep > 0).to(query.dtype)
        scores = torch.matmul(query, key.transpose(-1, -2)) * seen
        count = scores.size(1)
        scores = scores + -1e9 * (1 - seen)
        return torch.matmul(torch.softmax(scores, dim=-1), value) * count


def examples():
    torch.manual_seed(0)
    for rows, keys in ((5, 5), (1, 7)):
        for attention, heads in ((SinkAttention, 3), (MaskedAttention, 1)):
            operands = [2.0 * torch.randn(2, heads, length, 8) for length in (rows, keys, keys)]
            keep = (torch.rand(2, 3, rows, keys) > 0.3).float()
            yield attention(), (*operands, keep), {}


def example():
    return next(examples())
