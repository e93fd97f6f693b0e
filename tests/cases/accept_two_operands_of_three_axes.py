import torch
from torch import nn

EXPECT = "generated"
WHY = "bmm and baddbmm in each spelling"
EVERY = True


class KeywordAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.bmm(query, mat2=key.transpose(1, 2)) * 0.3
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AlphaAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.baddbmm(2.0 * mask.float(), query, key.transpose(1, 2), alpha=0.3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BetaAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.baddbmm(2.0 * mask.float(), query, key.transpose(1, 2), beta=0.7, alpha=0.3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NoBetaAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.baddbmm(2.0 * mask.float(), query, key.transpose(1, 2), beta=0.0, alpha=0.3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OneBetaAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.baddbmm(2.0 * mask.float(), query, key.transpose(1, 2), beta=1.0, alpha=0.3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BetaAloneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.baddbmm(2.0 * mask.float(), query, key.transpose(1, 2), beta=0.7)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZerosAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.baddbmm(torch.zeros(1, 1, 1), query, key.transpose(1, 2), alpha=0.3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class KeywordAllAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.baddbmm(input=2.0 * mask.float(), batch1=query, batch2=key.transpose(1, 2), alpha=0.3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            KeywordAttention(),
            AlphaAttention(),
            BetaAttention(),
            NoBetaAttention(),
            OneBetaAttention(),
            BetaAloneAttention(),
            ZerosAttention(),
            KeywordAllAttention(),
        ])

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(2 * batch, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(2 * batch, queries, keys)), {}


def example():
    return next(examples())
