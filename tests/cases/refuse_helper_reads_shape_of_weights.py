import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "weights that nobody asked for are None by the time a helper reads their shape"


class Attention(nn.Module):
    def level(self, context, probs):
        return context * probs.shape[-1]

    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        context = torch.matmul(probs, value)
        return self.level(context, probs), probs


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}
