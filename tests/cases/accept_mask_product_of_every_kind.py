import torch
from torch import nn

EXPECT = "generated"
WHY = "a mask of zeros and ones goes through what leaves it one, and its complement is filled"
EVERY = True


class WholeToAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.to(query.dtype)
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeFloatAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.float()
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeIntAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.int()
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeLongAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.long()
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeTypeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.type(torch.float32)
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeHalfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.half()
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeReshapeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.reshape(1, 1, query.size(2), key.size(2))
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeViewAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.view(1, 1, query.size(2), key.size(2))
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeExpandAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.expand(2, -1, -1)
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeUnsqueezeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.unsqueeze(0)
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeIndexAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b[None, None]
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeContiguousAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = b.contiguous()
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeTriuAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = torch.ones(query.size(2), key.size(2)).tril().triu(-1)
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeTriuFunctionAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = torch.triu(torch.ones(query.size(2), key.size(2)).tril(), -1)
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeTransposeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = torch.ones(key.size(2), query.size(2)).triu().transpose(0, 1)
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholePermuteAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        m = torch.ones(key.size(2), query.size(2)).triu().permute(1, 0)
        scores = scores * m + -1e4 * (1 - m)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastToAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b.to(query.dtype) + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastFloatAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b.float() + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastIntAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b.int() + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastLongAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b.long() + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastTypeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b.type(torch.float32) + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastHalfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b.half() + -1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LeftAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b + (1 - b) * -1e4
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SubtractedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b - 1e4 * (1 - b)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReallyOnesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        b = torch.ones(query.size(2), key.size(2)).tril()
        scores = scores * b - (1.0 - b) * 1e4
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            WholeToAttention(),
            WholeFloatAttention(),
            WholeIntAttention(),
            WholeLongAttention(),
            WholeTypeAttention(),
            WholeHalfAttention(),
            WholeReshapeAttention(),
            WholeViewAttention(),
            WholeExpandAttention(),
            WholeUnsqueezeAttention(),
            WholeIndexAttention(),
            WholeContiguousAttention(),
            WholeTriuAttention(),
            WholeTriuFunctionAttention(),
            WholeTransposeAttention(),
            WholePermuteAttention(),
            CastToAttention(),
            CastFloatAttention(),
            CastIntAttention(),
            CastLongAttention(),
            CastTypeAttention(),
            CastHalfAttention(),
            LeftAttention(),
            SubtractedAttention(),
            ReallyOnesAttention(),
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
