import torch
from torch import nn

EXPECT = "generated"
WHY = "a nested function that reads variables around it is given them, and not what the module calls by the same name"

temper = 50.0


class LocalAttention(nn.Module):
    def __init__(self, width=16, heads=2):
        super().__init__()
        self.heads = heads
        self.inward = nn.Linear(width, 3 * width)

    def forward(self, states, bias=None):
        temper = 0.5 * self.heads

        def attend(a, b, c):
            scores = (a @ b.transpose(-1, -2)) / temper
            if bias is not None:
                scores = scores + bias
            return scores.softmax(-1) @ c

        batch, length, width = states.shape
        parts = [t.view(batch, length, self.heads, -1).transpose(1, 2) for t in self.inward(states).chunk(3, -1)]
        one, two, three = parts
        return attend(one, two, three).transpose(1, 2).reshape(batch, length, width)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 1), (3, 7)):
        yield LocalAttention(), (torch.randn(batch, length, 16),), {}
        yield LocalAttention(), (torch.randn(batch, length, 16),), {"bias": 2.0 * torch.randn(2, length, length)}


def example():
    return next(examples())
