import torch
from torch import nn

EXPECT = "refused"
WHY = "a transposition after a view: the values come in an order that the product does not have"


class Attention(nn.Module):
    def forward(self, query, key, value):
        b, h, n, d = query.shape
        scores = torch.bmm(query.reshape(b * h, n, d), key.reshape(b * h, n, d).transpose(1, 2))
        scores = scores.view(b, h, n, n).transpose(0, 1)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value.transpose(0, 1))


def examples():
    torch.manual_seed(0)
    for batch, heads in ((2, 3), (3, 3)):
        query, key, value = (2.0 * torch.randn(batch, heads, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
