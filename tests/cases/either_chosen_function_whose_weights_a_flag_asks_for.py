import torch
from torch import nn

EXPECT = "either"
WHY = "the function is chosen at each call: it cannot be written out in its place"


def attend(query, key, value):
    probs = (query @ key.transpose(-2, -1)).softmax(-1)
    output = probs @ value
    return output, probs


def average(query, key, value):
    probs = torch.full((2, 2, 5, 5), 0.2, dtype=query.dtype)
    return probs @ value, probs


class ChosenAttention(nn.Module):
    def __init__(self, plain):
        super().__init__()
        self.plain = plain

    def forward(self, query, key, value, wanted=False):
        function = average if self.plain else attend
        output, probs = function(query, key, value)
        return (output, probs) if wanted else output


def examples():
    torch.manual_seed(0)
    for make in (ChosenAttention,):
        for plain in (False, True):
            for wanted in (False, True):
                query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
                yield make(plain), (query, key, value, wanted), {}


def example():
    return next(examples())
