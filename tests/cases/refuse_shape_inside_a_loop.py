import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "what each pass of a loop adds to scores may expand and widen them: their shape differs from pass to pass"


class InsideAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for _ in range(2):
            scores = scores + 0.1 * scores.shape[1] * mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for rows, keys in ((5, 5), (1, 7)):
        for attention in (InsideAttention,):
            operands = [2.0 * torch.randn(2, 1, length, 8) for length in (rows, keys, keys)]
            yield attention(), (*operands, torch.randn(2, 3, rows, keys)), {}


def example():
    return next(examples())
