import torch
from torch import nn

EXPECT = "refused"
WHY = "probabilities that an unknown function was given, and may have kept, are changed in place afterwards"


class Attention(nn.Module):
    def __init__(self, watch=None):
        super().__init__()
        self.watch = watch or (lambda weights: weights)

    def forward(self, query, key, value, left_out):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) / query.size(-1) ** 0.5, dim=-1)
        seen = self.watch(weights)
        weights.masked_fill_(left_out, 0)
        return torch.matmul(weights, value) + seen.sum()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 6, 8) for _ in range(3))
    left_out = torch.zeros(2, 1, 6, 6, dtype=torch.bool)
    left_out[0, :, :, 4:] = True
    return Attention(), (query, key, value, left_out), {}
