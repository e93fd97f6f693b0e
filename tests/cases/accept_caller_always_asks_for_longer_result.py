import torch
from torch import nn

EXPECT = "generated"
WHY = "where it is not asked, the attention returns one result less than its caller unpacks"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.matmul(query, key.transpose(-1, -2)).softmax(-1)
        context = torch.matmul(probs, value)
        return (context, probs) if output_attentions else (context,)


class SelfAttentionLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, query, key, value):
        context, probs = self.attention(query, key, value, output_attentions=True)
        return context + query, probs


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = SelfAttentionLayer()

    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.inner(query, key, value)
        return (context, probs) if output_attentions else (context,)


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer() for _ in range(2)])

    def forward(self, query, key, value, output_attentions=False):
        collected = ()
        for layer in self.layers:
            outputs = layer(query, key, value, output_attentions)
            query = outputs[0]
            if output_attentions:
                collected = (*collected, outputs[1])
        return query, collected


def examples():
    torch.manual_seed(0)
    for wanted in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Stack(), (query, key, value), {"output_attentions": wanted}


def example():
    return next(examples())
