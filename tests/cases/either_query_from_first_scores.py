import torch
from torch import nn

EXPECT = "either"
WHY = "the query of the second product is the first product"


class Attention(nn.Module):
    def forward(self, query, key, value):
        first = torch.matmul(query, key.transpose(-1, -2))
        scores = torch.matmul(torch.tanh(first), first.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
