import torch
from torch import nn

EXPECT = "generated"
WHY = "the usual flag is bound anew, so what it says is not what the caller has asked for"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        output_attentions = query.dim() > 1
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), probs


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
