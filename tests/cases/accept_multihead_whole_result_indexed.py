import torch
from torch import nn

EXPECT = "generated"
WHY = "the result of nn.MultiheadAttention is indexed in a statement of its own"


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.norm = nn.LayerNorm(16)

    def forward(self, query, key):
        output = self.attention(query, key, key)
        output = output[0]
        return self.norm(query + output)


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
