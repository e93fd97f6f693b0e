import torch
from torch import nn

EXPECT = "refused"
WHY = "an einsum of one operand sums over the queries"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = torch.einsum("bhqk->bhk", scores)
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum("bhk,bhkd->bhd", probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
