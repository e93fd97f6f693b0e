import torch
from torch import nn

EXPECT = "refused"
WHY = "the leading axes move away from the rows of the scale"
CODE = "SOFTMAX_AXIS"


class Attention(nn.Module):
    def forward(self, query, key, value, rows):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores * rows.view(2, 2, 5, 1)
        scores = scores.permute(1, 0, 2, 3)
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum("hbqk,bhkd->bhqd", probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(2, 2, 5, 1) + 0.5), {}
