import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities change the order of batch and heads, and the values have the changed order"


class Attention(nn.Module):
    def forward(self, query, key, value):
        b, h, n, d = query.shape
        scores = torch.einsum("bhqc,bhkc->bhqk", query, key)
        probs = torch.softmax(scores, dim=-1)
        probs = probs.permute(1, 0, 2, 3)
        return torch.matmul(probs, value.transpose(0, 1))


def examples():
    torch.manual_seed(0)
    for batch, heads in ((2, 3), (3, 3)):
        query, key, value = (2.0 * torch.randn(batch, heads, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
