import torch
from torch import nn

EXPECT = "refused"
WHY = "after a shift by their row's maximum, masked scores get what counts in rows that are masked as a whole"
CODES = {
    "StoredAttention": "SHIFT",
    "SubtractedAttention": "FILL_SCALED",
    "SubtractedFromAttention": "SHIFT",
    "FilledAttention": "SHIFT",
    "FilledTwiceAttention": "SHIFT",
    "FilledAndAddedAttention": "SHIFT",
    "AddedThenFilledAttention": "SHIFT",
    "GrownAttention": "SHIFT",
    "GrownByNameAttention": "SHIFT",
    "UndoneAttention": "SHIFT",
    "OtherProductAttention": "NONLINEAR",
    "MaskedProductAttention": "SHIFT",
    "MaskedProductPlainAttention": "SHIFT",
    "NotKeptAttention": "NONLINEAR",
    "KeptByNameAttention": "NONLINEAR",
    "MeanAttention": "SHIFT",
    "OtherAxisAttention": "NONLINEAR",
    "OverQueriesAttention": "NONLINEAR",
}


class StoredAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[:, :, :1] = -1e30
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores + 2.0 * mask.float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SubtractedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores - scores.amax(-1, keepdim=True)
        scores = 2.0 * mask.float() - scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SubtractedFromAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - 1e9 * mask.float()
        scores = scores - scores.amax(-1, keepdim=True)
        scores = mask.float() - scores
        scores = -scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FilledAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 2.0 * mask.float()
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FilledTwiceAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores.masked_fill(mask, -1e9)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FilledAndAddedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores.masked_fill(mask, -1e9)
        scores = scores + 2.0 * mask.float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AddedThenFilledAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores + 2.0 * mask.float()
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class GrownAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 2.0 * mask.float()
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores * 2.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class GrownByNameAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 2.0 * mask.float()
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores * self.one
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UndoneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = (scores + 2.0 * mask.float()) / self.one
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores * self.two
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OtherProductAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other = torch.matmul(query, key.transpose(-1, -2))
        scores = scores - other.amax(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaskedProductAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 2.0 * mask.float()
        scores = scores - scores.amax(-1, keepdim=True)
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaskedProductPlainAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True)
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NotKeptAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1)[:, :, None, :1]
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class KeptByNameAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, self.flag).mean()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MeanAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores - scores.mean(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OtherAxisAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.transpose(-1, -2).amax(-1, keepdim=True).transpose(-1, -2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OverQueriesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.5))
        self.two = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-2, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            StoredAttention(),
            SubtractedAttention(),
            SubtractedFromAttention(),
            FilledAttention(),
            FilledTwiceAttention(),
            FilledAndAddedAttention(),
            AddedThenFilledAttention(),
            GrownAttention(),
            GrownByNameAttention(),
            UndoneAttention(),
            OtherProductAttention(),
            MaskedProductAttention(),
            MaskedProductPlainAttention(),
            NotKeptAttention(),
            KeptByNameAttention(),
            MeanAttention(),
            OtherAxisAttention(),
            OverQueriesAttention(),
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
