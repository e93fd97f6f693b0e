import torch
from torch import nn

EXPECT = "refused"
WHY = "the leading axes are merged in another order than that of the product"
CODE = "VIEW"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores.permute(1, 0, 2, 3)
        scores = scores.reshape(4, 5, 7)
        probs = torch.softmax(scores, dim=-1)
        return torch.bmm(probs, value.transpose(0, 1).reshape(4, 7, 8))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, 7, 7))
    return Attention(), (query, key, value), {}
