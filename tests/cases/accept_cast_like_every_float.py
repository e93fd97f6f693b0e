import torch
from torch import nn

EXPECT = "generated"
WHY = "the scores get the dtype of something that has theirs, as far as the source says"
EVERY = True


class ZerosAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.zeros(1, dtype=torch.float32))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZerosPlainAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.zeros(1))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZerosNoneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.zeros(1, dtype=None))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZerosOfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.zeros(1, dtype=query.dtype))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScalarAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.tensor(1.0))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SeveralAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.tensor([1.0, 2]))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FullAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.full((1,), 2.0))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FullKeywordAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.full((1,), fill_value=2.0))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LikeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.zeros_like(key))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RandAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        drawn = torch.rand(1)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(drawn.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RowSumAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.sum(-1, keepdim=True))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FloatAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.long().float())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToFloatAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.long().to(torch.float32))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToOfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.long().to(query.dtype))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.long().type_as(query))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ArangeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.arange(3, dtype=torch.float32))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ConditionalAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(query.dtype if self.flag else key.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OwnAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.float().type_as(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OwnDtypeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.float().to(scores.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OtherAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(query.device, query.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SoftmaxAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1, dtype=query.dtype)
        return torch.matmul(probs, value)


class ProbsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1).type_as(key)
        return torch.matmul(probs, value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            ZerosAttention(),
            ZerosPlainAttention(),
            ZerosNoneAttention(),
            ZerosOfAttention(),
            ScalarAttention(),
            SeveralAttention(),
            FullAttention(),
            FullKeywordAttention(),
            LikeAttention(),
            RandAttention(),
            RowSumAttention(),
            FloatAttention(),
            ToFloatAttention(),
            ToOfAttention(),
            TypeAsAttention(),
            ArangeAttention(),
            ConditionalAttention(),
            OwnAttention(),
            OwnDtypeAttention(),
            OtherAttention(),
            SoftmaxAttention(),
            ProbsAttention(),
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
