import torch
from torch import nn

EXPECT = "refused"
WHY = "what is filled is not the complement of the mask of zeros and ones that the scores were multiplied by"
CODES = {
    "TransposedAttention": "MASK_PRODUCT",
    "TriangleAttention": "MASK_PRODUCT",
    "ReshapedAttention": "MASK_PRODUCT",
    "IndexedAttention": "MASK_PRODUCT",
    "ViewedAttention": "MASK_PRODUCT",
    "PermutedAttention": "MASK_PRODUCT",
    "TwoAttention": "MASK_PRODUCT",
    "AddedAttention": "MASK_PRODUCT",
    "SelfAttention": "MASK_PRODUCT",
    "OtherAttention": "MASK_PRODUCT",
    "ChangedAttention": "SCALE_SHAPE",
    "ChangedBothAttention": "MASK_PRODUCT",
    "FractionAttention": "SCALE_SHAPE",
}


class TransposedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * (1 - b.transpose(0, 1))
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class TriangleAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * (1 - b.triu())
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class ReshapedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * (1 - b.reshape(-1, b.size(0)))
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class IndexedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * (1 - b[:1])
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class ViewedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * (1 - b.view(b.size(0), -1))
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class PermutedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * (1 - b.permute(1, 0))
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class TwoAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * (2 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class AddedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * (1 + b)
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class SelfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b + -1e4 * b
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class OtherAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        c = torch.ones(query.size(2), key.size(2)).tril(1)
        scores = scores * b + -1e4 * (1 - c)
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class ChangedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        c = 1 - b
        b.zero_()
        scores = scores * b + -1e4 * c
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class ChangedBothAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        scores = scores * b
        b.fill_(1.0)
        scores = scores + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class FractionAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        b = torch.ones(query.size(2), query.size(2)).tril()
        scores = torch.matmul(query, query.transpose(-1, -2)) * 0.3
        b = b * 0.5
        scores = scores * b + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), query)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            TransposedAttention(),
            TriangleAttention(),
            ReshapedAttention(),
            IndexedAttention(),
            ViewedAttention(),
            PermutedAttention(),
            TwoAttention(),
            AddedAttention(),
            SelfAttention(),
            OtherAttention(),
            ChangedAttention(),
            ChangedBothAttention(),
            FractionAttention(),
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
