import torch
from torch import nn

EXPECT = "refused"
WHY = "the weights of nn.MultiheadAttention are stored"


class InnerAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.last = None

    def forward(self, query, key):
        result = self.attention(query, key, key)
        self.last = result[1]
        return result[0]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = InnerAttention()

    def forward(self, query, key):
        output = self.inner(query, key)
        return output * self.inner.last.sum(-1, keepdim=True)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key = (torch.randn(batch, length, 16) for length in (queries, keys))
        module = Model()
        for parameter in module.parameters():
            nn.init.normal_(parameter, std=0.3)
        yield module, (query, key), {}


def example():
    return next(examples())
