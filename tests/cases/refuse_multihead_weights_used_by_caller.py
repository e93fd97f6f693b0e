import torch
from torch import nn

EXPECT = "refused"
WHY = "the caller of a class uses the weights that it returns"


class CrossAttention(nn.Module):
    def __init__(self, before=False):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.before = before

    def forward_post(self, query, key):
        output, weights = self.attention(query, key, value=key)
        return query + output, weights

    def forward_pre(self, query, key):
        output, weights = self.attention(query.tanh(), key, value=key)
        return query + output, weights

    def forward(self, query, key):
        if self.before:
            return self.forward_pre(query, key)
        return self.forward_post(query, key)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = CrossAttention()

    def forward(self, query, key):
        query, weights = self.first(query, key)
        return query * weights.mean(-1, keepdim=True)


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
