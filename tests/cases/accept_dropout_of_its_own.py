import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a dropout module with an autograd function and a plain object that has a `dropout` too"
EAGER_ALLOWED = True


class DropoutContext(object):
    def __init__(self):
        self.dropout = 0
        self.mask = None


class XDropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, p):
        mask = torch.arange(input.size(-1)) % 2 == 0
        ctx.save_for_backward(mask)
        return input.masked_fill(mask, 0) / (1 - p)

    @staticmethod
    def backward(ctx, grad):
        (mask,) = ctx.saved_tensors
        return grad.masked_fill(mask, 0) * 2, None


class StableDropout(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p
        self.count = 0
        self.stack = None

    def forward(self, x):
        if self.training and self.p > 0:
            return XDropout.apply(x, self.get_p())
        return x

    def get_p(self):
        if self.stack is not None:
            if self.count >= len(self.stack):
                self.stack.append(DropoutContext())
            ctx = self.stack[self.count]
            ctx.dropout = self.p
            return ctx
        return self.p


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = StableDropout(0.5)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))
        probs = self.dropout(torch.softmax(scores, dim=-1))
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for module in (Attention(),):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), {}
