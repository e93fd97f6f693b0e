import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the probabilities are used again under a setting, behind a check that raises"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, window=None):
        super().__init__()
        self.window = window

    def shifted(self, x):
        return nn.functional.pad(x, [1, 0])[..., :-1]

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))
        if scores.size(-1) != key.size(-2):
            raise ValueError(f"{scores.size()}")
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        if output.size() != query.size():
            raise ValueError(f"{output.size()}")
        if self.window is not None:
            output = output + torch.matmul(self.shifted(probs), value)
        return output


def examples():
    torch.manual_seed(0)
    for module in (Attention(), Attention(3)):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), {}
