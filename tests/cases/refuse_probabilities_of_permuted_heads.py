import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities of one head meet the values of another"
CODE = "CONTEXT_AXIS"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        probs = torch.softmax(scores, dim=-1).permute(1, 0, 2, 3)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
