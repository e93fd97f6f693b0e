import torch
from torch import nn

EXPECT = "generated"
WHY = "what two branches leave is what both are"
EVERY = True


class NumberOrScalarAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scale = 0.5 if self.flag else self.one
        scores = scores * scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScalarOrNumberAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scale = self.one if self.flag else 0.5
        scores = scores * scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NumberOrRowAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scale = 0.5 if self.flag else self.temperature
        scores = scores * scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScalarOrRowAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scale = self.one if self.flag else self.temperature
        scores = scores * scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BranchesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scale = 0.5
        else:
            scale = 0.7
        scores = scores / scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AllThreeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scale = 0.5
        if self.flag:
            scale = self.one
        elif self.training:
            scale = self.temperature
        scores = scores * scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        fill = -1e9 if self.flag else -1e4
        scores = scores.masked_fill(mask, fill)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillsTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        fill = -1e4 if self.flag else -1e9
        scores = scores.masked_fill(mask, fill)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillSameAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        fill = -1e9 if self.flag else -1e9
        scores = scores.masked_fill(mask, fill) * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PositiveAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        s = self.one.exp() if self.flag else 2.0
        scores = scores.masked_fill(mask, -1e9) * s
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaskAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        c = b.float() if self.flag else b
        scores = scores * c + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillOfMaskAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        f = -1e4 * (1 - b) if self.flag else -1e4 * (1 - b)
        scores = scores * b + f
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LikeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        like = key if self.flag else query
        scores = scores.type_as(like)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZerosAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        t = torch.zeros(()) if self.flag else torch.zeros(())
        scores = scores + t
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZeroOrAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        t = torch.zeros(()) if self.flag else self.one
        scores = scores + t * 3.0 * mask.float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NotZeroAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        t = torch.zeros(()) if self.flag else self.one
        scores = scores.masked_fill(mask, -1e9)
        scores = scores + t
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            NumberOrScalarAttention(),
            ScalarOrNumberAttention(),
            NumberOrRowAttention(),
            ScalarOrRowAttention(),
            BranchesAttention(),
            AllThreeAttention(),
            FillsAttention(),
            FillsTurnedAttention(),
            FillSameAttention(),
            PositiveAttention(),
            MaskAttention(),
            FillOfMaskAttention(),
            LikeAttention(),
            ZerosAttention(),
            ZeroOrAttention(),
            NotZeroAttention(),
        ])

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
