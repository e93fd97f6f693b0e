import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "heads are split by view and transpose in the method"
TERMS = 1
SCALES = 1


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(16, 16)
        self.key = nn.Linear(16, 16)
        self.value = nn.Linear(16, 16)
        self.out = nn.Linear(16, 16)

    def forward(self, hidden, mask=None):
        batch, length, _ = hidden.shape
        query = self.query(hidden).view(batch, length, 2, 8).transpose(1, 2)
        key = self.key(hidden).view(batch, length, 2, 8).transpose(1, 2)
        value = self.value(hidden).view(batch, length, 2, 8).transpose(1, 2)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores + mask
        probs = torch.softmax(scores, dim=-1)
        context = torch.matmul(probs, value)
        return self.out(context.transpose(1, 2).reshape(batch, length, 16))


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 7), (3, 1)):
        hidden = 2.0 * torch.randn(batch, length, 16)
        mask = torch.zeros(batch, 1, 1, length)
        mask[0, ..., : length // 2] = torch.finfo(torch.float32).min
        yield Attention(), (hidden,), {}
        yield Attention(), (hidden, mask), {}


def example():
    return next(examples())
