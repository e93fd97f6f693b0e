import torch
from torch import nn

EXPECT = "generated"
WHY = "the probabilities are zeroed where the scores were filled, with what changes nothing between"
EVERY = True


class CastAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores.to(query.dtype)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class UpcastAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores.float()
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class SameAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores.contiguous()
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class ClampAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = torch.clamp(scores, min=torch.finfo(scores.dtype).min)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class ShiftAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores - scores.amax(-1, keepdim=True)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class ProbsCastAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, -1).to(query.dtype).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            CastAttention(),
            UpcastAttention(),
            SameAttention(),
            ClampAttention(),
            ShiftAttention(),
            ProbsCastAttention(),
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
