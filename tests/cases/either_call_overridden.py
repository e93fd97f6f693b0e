import torch
from torch import nn

EXPECT = "either"
WHY = "__call__ changes what forward returns"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(scores.softmax(-1), value)

    def __call__(self, query, key, value):
        return self.forward(key, query, value) * 2.0


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
