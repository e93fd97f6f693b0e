import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "what a softmax module returns beside the probabilities is computed from the scores"

class SoftmaxBits(nn.Module):
    def __init__(self, bits):
        super().__init__()
        self.bits = bits
        self.largest = None

    def forward(self, scores, size):
        if self.bits is None:
            return torch.softmax(scores, dim=-1), scores.abs().mean() + 1.0
        self.largest = scores.abs().amax()
        rounded = torch.round(scores * 2**self.bits) / 2**self.bits
        return torch.softmax(rounded, dim=-1), 0.5 * size


class Attention(nn.Module):
    def __init__(self, bits=None):
        super().__init__()
        self.softmax = SoftmaxBits(bits)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        weights, size = self.softmax(scores, 3.0)
        output = torch.matmul(weights, value)
        return output if size is None else output * size


def examples():
    torch.manual_seed(0)
    for bits in (None, 2):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(bits), (query, key, value), {}


def example():
    return next(examples())
