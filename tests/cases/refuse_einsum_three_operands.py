import torch
from torch import nn

EXPECT = "refused"
WHY = "a third operand weighs the keys inside the einsum"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(2, 5) + 0.5)

    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd,hk->bhqk", query, key, self.weight)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
