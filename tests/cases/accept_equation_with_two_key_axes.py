import torch
from torch import nn

EXPECT = "generated"
WHY = "of two axes of the keys, one is a leading axis along which the queries are the same"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhid,bhjkd->bhijk", query, key.unsqueeze(2))
        return torch.einsum("bhijk,bhkd->bhijd", torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
