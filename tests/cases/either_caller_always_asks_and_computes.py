import torch
from torch import nn

EXPECT = "either"
WHY = "the layer asks for weights on every call, and computes with them"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.matmul(query, key.transpose(-1, -2)).softmax(-1)
        context = torch.matmul(probs, value)
        return context, probs if output_attentions else None


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.attention(query, key, value, output_attentions=True)
        return context * probs.amax(-1, keepdim=True)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Layer(), (query, key, value), {}
