import torch
from torch import nn

EXPECT = "refused"
WHY = "the product is taken in bfloat16"


class Attention(nn.Module):
    def forward(self, query, key, value):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = torch.matmul(query, key.transpose(-1, -2))
        probs = scores.float().softmax(-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
