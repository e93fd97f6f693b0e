import torch
from torch import nn

EXPECT = "refused"
WHY = "the product contracts the tokens and V is gathered by channels of one operand"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query.transpose(-1, -2), key).tanh()
        probs = scores.softmax(-1)
        return torch.matmul(value, probs)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
