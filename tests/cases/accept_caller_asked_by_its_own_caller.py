import torch
from torch import nn

EXPECT = "generated"
WHY = "the stack reads the weights under its flag, and does not tell the layer that it was asked"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.matmul(query, key.transpose(-1, -2)).softmax(-1)
        context = torch.matmul(probs, value)
        return context, probs if output_attentions else None


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, query, key, value, output_attentions=None):
        outputs = self.attention(query, key, value, True)
        return outputs[0] + query, *outputs[1:]


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = Layer()

    def forward(self, query, key, value, output_attentions=False):
        outputs = self.layer(query, key, value)
        if not output_attentions:
            return outputs[0]
        return outputs[0], outputs[1].sum(-2)


def examples():
    torch.manual_seed(0)
    for wanted in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Stack(), (query, key, value), {"output_attentions": wanted}


def example():
    return next(examples())
