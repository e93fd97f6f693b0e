import torch
from torch import nn

EXPECT = "refused"
WHY = "what two branches leave is not what one of them says"
CODES = {
    "NumberOrTensorAttention": "SCALE_SHAPE",
    "TensorOrNumberAttention": "SCALE_SHAPE",
    "WeakFillAttention": "FILL_WEAK",
    "WeakFillTurnedAttention": "FILL_WEAK",
    "WeakenedAttention": "FILL_WEAK",
    "WeakenedTurnedAttention": "FILL_WEAK",
    "SignAttention": "FILL_SCALED",
    "SignTurnedAttention": "FILL_SCALED",
    "FillOfMaskAttention": "MASK_PRODUCT",
    "FillOfOtherAttention": "MASK_PRODUCT",
    "FillOfOtherTurnedAttention": "MASK_PRODUCT",
    "LikeAttention": "CAST",
    "LikeTurnedAttention": "CAST",
    "ChangedAttention": "OPERAND_CHANGED",
    "ChangedTurnedAttention": "OPERAND_CHANGED",
    "LostAttention": "NONLINEAR",
}


class NumberOrTensorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scale = 0.5 if self.flag else key[:, :, :, 0].unsqueeze(2)
        scores = scores * scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TensorOrNumberAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scale = key[:, :, :, 0].unsqueeze(2) if self.flag else 0.5
        scores = scores * scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WeakFillAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        fill = -1e9 if self.flag else -5e3
        scores = scores.masked_fill(mask, fill)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WeakFillTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        fill = -5e3 if self.flag else -1e9
        scores = scores.masked_fill(mask, fill)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WeakenedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        fill = -1e9 if self.flag else -1e4
        scores = scores.masked_fill(mask, fill) * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WeakenedTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        fill = -1e4 if self.flag else -1e9
        scores = scores.masked_fill(mask, fill) * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SignAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        s = self.one.exp() if self.flag else self.one
        scores = scores.masked_fill(mask, -1e9) * s
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SignTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        s = self.one if self.flag else self.one.exp()
        scores = scores.masked_fill(mask, -1e9) * s
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
        f = -1e4 * (1 - b) if self.flag else -1e9 * (1 - b)
        scores = scores * b + f
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillOfOtherAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        c = b.triu()
        f = -1e4 * (1 - b) if self.flag else -1e4 * (1 - c)
        scores = scores * b + f
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillOfOtherTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        c = b.triu()
        f = -1e4 * (1 - c) if self.flag else -1e4 * (1 - b)
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
        like = key if self.flag else key.half()
        scores = scores.type_as(like).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LikeTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        like = key.half() if self.flag else key
        scores = scores.type_as(like).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ChangedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):

        other = key if self.flag else query
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores + 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ChangedTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):

        other = query.clone() if self.flag else key
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores + 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LostAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        t = torch.tanh(scores)
        u = t if self.flag else 0.5 * t
        return torch.matmul(torch.softmax(u, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            NumberOrTensorAttention(),
            TensorOrNumberAttention(),
            WeakFillAttention(),
            WeakFillTurnedAttention(),
            WeakenedAttention(),
            WeakenedTurnedAttention(),
            SignAttention(),
            SignTurnedAttention(),
            FillOfMaskAttention(),
            FillOfOtherAttention(),
            FillOfOtherTurnedAttention(),
            LikeAttention(),
            LikeTurnedAttention(),
            ChangedAttention(),
            ChangedTurnedAttention(),
            LostAttention(),
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
