import torch
from torch import nn

EXPECT = "refused"
CODE = "UNKNOWN"
WHY = "the product contracts no axis: the outer one of two sums"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhi,bhj->bhij", query.sum(-1), key.sum(-1))
        return torch.einsum("bhij,bhjd->bhid", torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
