import torch
from torch import nn

EXPECT = "refused"
WHY = "each layer's scores carry over to the next, through a list"


class Attention(nn.Module):
    def forward(self, query, key, value):
        previous = []
        for layer in range(2):
            scores = torch.matmul(query, key.transpose(-1, -2)) / (layer + 2.0)
            scores = scores + sum(torch.tanh(earlier) for earlier in previous)
            previous.append(scores)
            query = torch.matmul(scores.softmax(-1), value)
        return query


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
