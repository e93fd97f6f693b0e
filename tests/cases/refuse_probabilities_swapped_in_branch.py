import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities' leading axes change places in one branch"


class Attention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.einsum("bhqd,bhkd->bhqk", query, key).softmax(-1)
        if query.size(0) < 3:
            probs = probs.permute(1, 0, 2, 3)
        return torch.einsum("hbqk,bhkd->bhqd", probs, value)


def example():
    torch.manual_seed(0)
    return Attention(), tuple(2.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), {}
