import torch
from torch import nn

EXPECT = "generated"
WHY = "scores of one key that a bias makes those of several are viewed as what they are then, and their scale with them"
EVERY = True


class LargerAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.7 * torch.ones(1, 1))
        self.positions = nn.Parameter(torch.randn(4, 8))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1)) * self.temperature.exp()
        scores = scores + query @ self.positions.t()
        scores = scores.view(scores.shape)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for keys in (1, 4):
        yield LargerAttention(), (torch.randn(5, 8), torch.randn(keys, 8), torch.randn(4, 8)), {}


def example():
    return next(examples())
