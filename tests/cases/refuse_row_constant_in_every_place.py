import torch
from torch import nn

EXPECT = "refused"
WHY = "something made of a row's maximum is no constant of the scores"
CODES = {
    "ScaleAttention": "NONLINEAR",
    "DivisorAttention": "NONLINEAR",
    "TermAttention": "NONLINEAR",
    "TermMaskAttention": "NONLINEAR",
    "MaskAttention": "NONLINEAR",
    "FillAttention": "FILL_UNKNOWN",
    "WhereAttention": "NONLINEAR",
    "FromAttention": "NONLINEAR",
    "IndexAttention": "INPLACE",
    "SecondIndexAttention": "INPLACE",
    "SinkAttention": "SIDE_BY_SIDE",
    "FactorAttention": "PROBABILITIES",
    "ValuesAttention": "PROBABILITIES",
    "ShareAttention": "LEFTOVER",
    "ZeroMaskAttention": "PROBABILITIES",
    "SquaredAttention": "NONLINEAR",
    "TwiceAttention": "NONLINEAR",
    "OwnFillAttention": "NONLINEAR",
    "JoinedAttention": "NONLINEAR",
}


class ScaleAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * scores.amax(-1, keepdim=True).exp()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DivisorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores / scores.amax(-1, keepdim=True).exp()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TermAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + scores.amax(-1, keepdim=True).exp()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TermMaskAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 5.0 * (scores.amax(-1, keepdim=True) > 0.5).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaskAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask & (scores.amax(-1, keepdim=True) > 0.5), -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, scores.amax(-1, keepdim=True).exp().sum())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WhereAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.where(mask & (scores.amax(-1, keepdim=True) > 0.5), scores, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FromAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.amax(-1, keepdim=True).exp() - scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class IndexAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[scores.amax(-1) > 0.5] = -1e30
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SecondIndexAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[:1, (scores.amax(-1)[0] > 0.5).any(-1)] = -1e30
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SinkAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sink = scores.amax(-1, keepdim=True).exp()
        probs = torch.softmax(torch.cat([scores, sink], -1), -1)[..., :-1]
        return torch.matmul(probs, value)


class FactorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        made = scores.amax(-1, keepdim=True).exp()
        probs = torch.softmax(scores, -1) * made
        return torch.matmul(probs, value)


class ValuesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        made = scores.amax(-1, keepdim=True).exp()
        probs = torch.softmax(scores, -1)
        return torch.matmul(probs, value * made.sum())


class ShareAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        made = scores.amax(-1, keepdim=True).exp()
        share = torch.sigmoid(torch.logsumexp(scores, -1, keepdim=True) - made)
        probs = torch.softmax(scores, -1)
        return torch.matmul(probs, value) * share


class ZeroMaskAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        m = scores.amax(-1, keepdim=True) > 0.5
        probs = torch.softmax(scores, -1).masked_fill(m, 0.0)
        return torch.matmul(probs, value)


class SquaredAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TwiceAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + scores.clone()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OwnFillAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.where(mask, scores, scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class JoinedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        term = 0.0
        if self.flag:
            term = scores.amax(-1, keepdim=True).exp()
        scores = scores + term
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            ScaleAttention(),
            DivisorAttention(),
            TermAttention(),
            TermMaskAttention(),
            MaskAttention(),
            FillAttention(),
            WhereAttention(),
            FromAttention(),
            IndexAttention(),
            SecondIndexAttention(),
            SinkAttention(),
            FactorAttention(),
            ValuesAttention(),
            ShareAttention(),
            ZeroMaskAttention(),
            SquaredAttention(),
            TwiceAttention(),
            OwnFillAttention(),
            JoinedAttention(),
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
