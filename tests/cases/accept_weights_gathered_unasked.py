from dataclasses import dataclass

import torch
from torch import nn

EXPECT = "generated"
WHY = "the weights are gathered on every call for a field of the output, and nobody computes with them"


class Attention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.matmul(query, key.transpose(-1, -2)).softmax(-1)
        return torch.matmul(probs, value), probs


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, query, key, value):
        context, probs = self.attention(query, key, value)
        return context + query, probs


@dataclass
class Output:
    context: torch.Tensor
    attentions: tuple


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer() for _ in range(2)])

    def forward(self, query, key, value):
        collected = []
        for layer in self.layers:
            outputs = layer(query, key, value)
            query = outputs[0]
            collected.append(outputs[1])
        return Output(context=query, attentions=tuple(collected))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Stack(), (query, key, value), {}
