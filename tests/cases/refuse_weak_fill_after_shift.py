import torch
from torch import nn

EXPECT = "refused"
WHY = "beside what a mask of one number hides, the constant is higher than the scores were shifted to"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores = scores - scores.amax(dim=-1, keepdim=True)
        scores = scores.masked_fill(torch.arange(5) > 2, -1e4)
        scores = scores - 1e4 * (torch.arange(5) < 3)
        return scores.softmax(-1) @ value


def example():
    torch.manual_seed(0)
    return Attention(), tuple(2.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), {}
