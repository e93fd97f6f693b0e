import torch
from torch import nn

EXPECT = "untouched"
WHY = "the softmax stands on a Linear of the query, not on a product"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.to_scores = nn.Linear(8, 5)

    def forward(self, query, key, value):
        probs = self.to_scores(query).softmax(-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
