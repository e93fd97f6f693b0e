import torch
from torch import nn

EXPECT = "generated"
WHY = "the name holds the weights of the call, where somebody asks for them"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        weights = torch.softmax(query @ key.transpose(-2, -1), dim=-1)
        context = weights @ value

        def shown():
            return weights

        return context, shown() if output_attentions else None, weights if output_attentions else None


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
