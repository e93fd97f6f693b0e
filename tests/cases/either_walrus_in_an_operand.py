import torch
from torch import nn

EXPECT = "either"
WHY = "an operand that is bound on the way keeps its parentheses in a statement of its own"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul((halved := query * 0.5), key.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value) + halved


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
