import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "four sizes in a view tell how many axes there are, and that the last one is number 3"


class CountedAttention(nn.Module):
    def __init__(self, width=16, heads=2):
        super().__init__()
        self.heads = heads
        self.size = width // heads
        self.inward = nn.Linear(width, 3 * width)

    def forward(self, states, bias=None):
        batch, length, width = states.shape
        query, key, value = self.inward(states).view(batch, length, 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        scores = torch.matmul(query, key.transpose(2, 3)).mul_(self.size**-0.5)
        if bias is not None:
            scores = scores + bias
        weights = nn.functional.softmax(scores, dim=3)
        return torch.matmul(weights, value).transpose(1, 2).reshape(batch, length, width)


class UnboundAttention(CountedAttention):
    def forward(self, states, bias=None):
        batch, length, width = states.shape
        query, key, value = self.inward(states).view((batch, length, 3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        scores = torch.matmul(query * self.size**-0.5, key.transpose(2, 3))
        if bias is not None:
            scores = scores + bias
        weights = nn.functional.softmax(scores, dim=3)
        return torch.matmul(weights, value).transpose(1, 2).reshape(batch, length, width)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 1), (3, 7)):
        yield UnboundAttention(), (torch.randn(batch, length, 16),), {}
        yield CountedAttention(), (torch.randn(batch, length, 16),), {}
        yield CountedAttention(), (torch.randn(batch, length, 16),), {"bias": torch.randn(length, length)}


def example():
    return next(examples())
