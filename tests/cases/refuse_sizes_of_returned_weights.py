import torch
from torch import nn

EXPECT = "refused"
WHY = "the size of what is made of the weights is read"

class Attention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        output = torch.matmul(probs, value)
        weights = probs.transpose(0, 1)
        return output * weights.size(3), weights


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
