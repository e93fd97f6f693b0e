import torch
from torch import nn

EXPECT = "either"
WHY = "each call halves the module's number"


SCALE = 0.4


class Attention(nn.Module):
    def forward(self, query, key, value):
        global SCALE
        scores = torch.matmul(query, key.transpose(-1, -2)) * SCALE
        SCALE = SCALE / 2
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    global SCALE
    SCALE = 0.4
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
