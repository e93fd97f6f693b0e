import torch
from torch import nn

EXPECT = "refused"
WHY = "the leading axes change places in one branch"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores.transpose(0, -3) if scores.dim() > 3 else scores
        return torch.einsum("hbqk,bhkd->bhqd", scores.softmax(-1), value)


def example():
    torch.manual_seed(0)
    return Attention(), tuple(2.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), {}
