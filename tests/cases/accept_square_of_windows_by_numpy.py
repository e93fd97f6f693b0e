import numpy as np
import torch
from torch import nn

EXPECT = "generated"
WHY = "numpy is given numbers in a helper, which no array can change"


class Attention(nn.Module):
    def windows(self, x):
        batch, tokens, _width = x.shape
        height = width = int(np.sqrt(tokens))
        return x.view(batch, height * width, 4, 8).transpose(1, 2)

    def forward(self, query, key, value):
        query, key, value = self.windows(query), self.windows(key), self.windows(value)
        scores = query @ key.transpose(-2, -1)
        return scores.softmax(dim=-1) @ value


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 9, 32) for _ in range(3)), {}
