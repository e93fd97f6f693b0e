import torch
from torch import nn

EXPECT = "refused"
WHY = "what asks for the weights is not said to the module that makes them, or is in the end of a slice"
CODES = {"MultiheadLayer": "ESCAPE", "SlicedAttention": "ESCAPE"}


class MultiheadLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, query, key, value, wanted=False):
        output, probs = self.attention(query[0], key[0], value[0])
        return (output, probs) if wanted else output


class SlicedAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        return (output, probs)[: 2 if wanted else 1]


def examples():
    torch.manual_seed(0)
    for make in (MultiheadLayer, SlicedAttention):
        for wanted in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, wanted), {}


def example():
    return next(examples())
