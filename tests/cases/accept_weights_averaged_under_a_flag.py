import torch
from torch import nn

EXPECT = "generated"
WHY = "the returned weights are averaged over the heads where a flag says so"

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = True

    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        output = torch.matmul(probs, value)
        if self.mean:
            probs = probs.mean(1)
        return output, probs


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
