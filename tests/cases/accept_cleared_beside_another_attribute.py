import torch
from torch import nn

EXPECT = "generated"
WHY = "that one attribute is set between says nothing of another, which masks the scores and clears the probabilities"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.far = torch.arange(9) > 3
        self.calls = 0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(self.far[: key.size(-2)], -1e30)
        self.calls = 1
        probs = torch.softmax(scores, dim=-1).masked_fill(self.far[: key.size(-2)], 0.0)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 7, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
