import torch
from torch import nn

EXPECT = "refused"
WHY = "merged heads of transposed scores are in another order than those of query and key"


class Attention(nn.Module):
    def forward(self, query, key, value):
        b, h, n, _ = query.shape
        scores = torch.einsum("bhqc,bhkc->bhqk", query, key)
        scores = scores.permute(1, 0, 2, 3)
        scores = scores.reshape(h * b, n, n)
        probs = torch.softmax(scores, dim=-1)
        return torch.bmm(probs, value.transpose(0, 1).reshape(h * b, n, -1))


def examples():
    torch.manual_seed(0)
    for batch, heads in ((2, 3), (3, 3)):
        query, key, value = (2.0 * torch.randn(batch, heads, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
