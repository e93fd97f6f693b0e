import torch
from torch import nn

EXPECT = "refused"
CODE = "UNKNOWN"
WHY = "a method that the constructor keeps makes the weights, and another multiplies them with the values"


class Attention(nn.Module):
    def __init__(self, sharp=False):
        super().__init__()
        self.weigh = self.relu_weights if sharp else self.soft_weights

    def soft_weights(self, query, key):
        return torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * query.size(-1) ** -0.5, dim=-1)

    def relu_weights(self, query, key):
        return torch.relu(torch.matmul(query, key.transpose(-1, -2)))

    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 6, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
