import torch
from torch import nn

EXPECT = "generated"
WHY = "the weights that are returned are summed over the heads and divided by their number, behind the product with V"
EVERY = True


class Projected(nn.Module):
    def __init__(self, size=16, heads=2):
        super().__init__()
        self.heads = heads
        self.projected = nn.Linear(size, 3 * size)

    def operands(self, states):
        length, batch, _ = states.shape
        parts = self.projected(states).chunk(3, -1)
        return (part.contiguous().view(length, batch * self.heads, -1).transpose(0, 1) for part in parts)


class ReturnedAttention(Projected):
    def forward(self, states):
        length, batch, size = states.shape
        query, key, value = self.operands(states)
        weights = torch.softmax(torch.bmm(query, key.transpose(1, 2)) * 0.3, dim=-1)
        output = torch.bmm(weights, value).transpose(0, 1).contiguous().view(length, batch, size)
        return output, weights.view(batch, self.heads, length, length).sum(dim=1) / self.heads


class NamedAttention(Projected):
    def forward(self, states):
        length, batch, size = states.shape
        query, key, value = self.operands(states)
        weights = torch.softmax(torch.bmm(query, key.transpose(1, 2)) * 0.3, dim=-1)
        output = torch.bmm(weights, value).transpose(0, 1).contiguous().view(length, batch, size)
        weights = weights.view(batch, self.heads, length, length)
        weights = weights.sum(dim=1) * 0.5
        return output, weights


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = ReturnedAttention(), NamedAttention()

    def forward(self, states):
        return self.first(states)[0] + self.second(states)[0]


def example():
    torch.manual_seed(0)
    return Block(), (torch.randn(5, 2, 16),), {}
