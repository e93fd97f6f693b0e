import torch
from torch import nn

EXPECT = "refused"
CODE = "NO_PRODUCT"
WHY = "cdist is no dot product"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = -torch.cdist(query, key)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
