import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "a fill that does not empty its positions, or not any more"
CODES = {
    "WeakenedAttention": "FILL_WEAK",
    "WeakenedFirstAttention": "FILL_WEAK",
    "DividedAttention": "FILL_WEAK",
    "PositiveAttention": "FILL_WEAK",
    "UnknownAttention": "FILL_SCALED",
    "ByProductAttention": "FILL_WEAK",
    "ByProductAfterAttention": "FILL_WEAK",
    "ByProductBeforeAttention": "FILL_WEAK",
    "BranchAttention": "FILL_WEAK",
    "OfScoresAttention": "NONLINEAR",
    "OfOtherAttention": "NONLINEAR",
    "RangesAttention": "CLAMP",
    "RangeKeywordAttention": "CLAMP",
    "OnlyUpperAttention": "CLAMP",
    "ClipTwoAttention": "CLAMP",
    "LowerAttention": "CLAMP",
    "ByScoresAttention": "CLAMP",
    "MaxByScoresAttention": "CLAMP",
    "ClampMinPositionalAttention": "CLAMP",
    "DropoutScoresAttention": "NONLINEAR",
    "DropoutTwiceAttention": "DROPOUT",
    "DropoutOtherAttention": "DROPOUT",
    "SoftmaxTwiceAttention": "NONLINEAR",
}


class WeakenedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9).masked_fill(key[:, :, :, 0].unsqueeze(2) > 9.0, -1e4)
        scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WeakenedFirstAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e4).masked_fill(key[:, :, :, 0].unsqueeze(2) > 9.0, -1e9)
        scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DividedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e4) / 2.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PositiveAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e6) * self.temperature.exp()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnknownAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9) * self.temperature
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ByProductAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = (scores * b + -1e4 * (1 - b)) * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ByProductAfterAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores.masked_fill(mask, -1e4)
        scores = (scores * b + -1e9 * (1 - b)) * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ByProductBeforeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores.masked_fill(mask, -1e9)
        scores = (scores * b + -1e4 * (1 - b)) * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BranchAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.masked_fill(mask, -1e4)
        else:
            scores = scores.masked_fill(mask, -1e9)
        scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfScoresAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(scores > 1.0, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfOtherAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.where(scores > 1.0, scores, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RangesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.clamp(scores, torch.finfo(scores.dtype).min, 1.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RangeKeywordAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.clamp(min=torch.finfo(scores.dtype).min, max=2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OnlyUpperAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.clamp(max=2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClipTwoAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.clip(scores, -1e30, 1.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LowerAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.clamp(min=-1e19)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ByScoresAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + torch.clamp(query.sum(-1, keepdim=True), min=scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaxByScoresAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.max(scores, 0.5 * scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClampMinPositionalAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.clamp_min(scores, -2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DropoutScoresAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = F.dropout(scores, 0.1, self.training)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DropoutTwiceAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = F.dropout(F.dropout(torch.softmax(scores, -1), 0.1, self.training), 0.1, self.training)
        return torch.matmul(probs, value)


class DropoutOtherAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = F.feature_alpha_dropout(torch.softmax(scores, -1), 0.1, self.training)
        return torch.matmul(probs, value)


class SoftmaxTwiceAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(torch.softmax(scores, -1), -1)
        return torch.matmul(probs, value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            WeakenedAttention(),
            WeakenedFirstAttention(),
            DividedAttention(),
            PositiveAttention(),
            UnknownAttention(),
            ByProductAttention(),
            ByProductAfterAttention(),
            ByProductBeforeAttention(),
            BranchAttention(),
            OfScoresAttention(),
            OfOtherAttention(),
            RangesAttention(),
            RangeKeywordAttention(),
            OnlyUpperAttention(),
            ClipTwoAttention(),
            LowerAttention(),
            ByScoresAttention(),
            MaxByScoresAttention(),
            ClampMinPositionalAttention(),
            DropoutScoresAttention(),
            DropoutTwiceAttention(),
            DropoutOtherAttention(),
            SoftmaxTwiceAttention(),
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
