import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a hook on the probabilities, under a setting of the module"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, save=False):
        super().__init__()
        self.save = save
        self.dropout = nn.Dropout(0.5)

    def keep(self, gradient):
        self.kept = gradient

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        if self.save:
            probs.register_hook(self.keep)
        return torch.matmul(self.dropout(probs), value)


def examples():
    torch.manual_seed(0)
    for module in (Attention(),):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), {}
