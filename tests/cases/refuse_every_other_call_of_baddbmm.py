import torch
from torch import nn

EXPECT = "refused"
WHY = "baddbmm by what is no number of its row, by place, or with what comes from the scores"
CODES = {
    "AlphaAttention": "SCALE_SHAPE",
    "InputAttention": "BIAS_DEPENDS",
}


class AlphaAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.baddbmm(mask.float(), query, key.transpose(1, 2), alpha=key.sum())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class InputAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = torch.bmm(query, key.transpose(1, 2))
        scores = torch.baddbmm(other, query, key.transpose(1, 2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            AlphaAttention(),
            InputAttention(),
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
