import torch
from torch import nn

EXPECT = "refused"
CODE = "UNKNOWN"
WHY = "the product sums over the queries"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhid,bhjd->bhj", query, key)
        return torch.einsum("bhj,bhjd->bhd", torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
