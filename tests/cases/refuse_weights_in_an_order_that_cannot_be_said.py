import torch
from torch import nn

EXPECT = "refused"
CODE = "WEIGHTS"
WHY = "keys stand before queries in the weights, behind axes of which the source does not say how many there are"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        scores = torch.matmul(key, query.transpose(-1, -2)) * 0.3
        weights = torch.softmax(scores, dim=-2)
        context = torch.matmul(weights.transpose(-1, -2), value)
        return context, (weights if output_attentions else None)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
