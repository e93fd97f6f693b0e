import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a function puts a hook on the dropout that it is given'


def hooked(module):
    module.register_forward_hook(lambda module, given, output: output * 2)


class HookedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.4)
        hooked(self.dropout)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = self.dropout(torch.softmax(scores, dim=-1))
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for kind in (HookedAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}
