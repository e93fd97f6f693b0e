import torch
from torch import nn

EXPECT = "generated"
WHY = "the layer asks for weights on every call, and reads them only under its own flag"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.matmul(query, key.transpose(-1, -2)).softmax(-1)
        context = torch.matmul(probs, value)
        if not output_attentions:
            probs = None
        return context, probs


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.attention(query, key, value, output_attentions=True)
        outputs = (context + query,)
        if output_attentions:
            outputs += (probs,)
        return outputs


def examples():
    torch.manual_seed(0)
    for wanted in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Layer(), (query, key, value), {"output_attentions": wanted}


def example():
    return next(examples())
