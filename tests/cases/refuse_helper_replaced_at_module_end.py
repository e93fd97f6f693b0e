import torch
from torch import nn

EXPECT = "refused"
WHY = "the helper of the class is replaced after the class"


class Attention(nn.Module):
    def scores(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2))

    def forward(self, query, key, value):
        scores = self.scores(query, key)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


Attention.scores = lambda self, query, key: torch.tanh(query @ key.transpose(-1, -2))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
