import torch
from torch import nn

EXPECT = "generated"
WHY = "products by equations, axes in any order, with and without ellipsis"
EVERY = True


class PlainAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, key) * 0.3
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EllipsisAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('...qd,...kd->...qk', query, key) * 0.3
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SpacesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('b h q d, b h k d -> b h q k', query, key) * 0.3
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhkq', query, key) * 0.3
        probs = torch.softmax(scores, dim=-2)
        return torch.einsum('bhkq,bhkd->bhqd', probs, value)


class HeadFirstAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->hbqk', query, key) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum('hbqk,bhkd->bhqd', probs, value)


class InsideAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bqhk', query, key) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum('bqhk,bhkd->bqhd', probs, value)


class ContextEllipsisAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum('...qk,...kd->...qd', probs, value)


class ContextEllipsisLeadAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum('...hqk,...hkd->...hqd', probs, value)


class ContextLettersAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum('bhqk,bhkd->bqhd', probs, value)


class ContextFirstAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum('bhkd,bhqk->bhqd', value, probs)


class ValuesLastAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, key) * 0.3
        probs = torch.softmax(scores, dim=3)
        return torch.einsum('bhqk,bhkd->bhqd', probs, value)


class NegativeAxisAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->qbhk', query, key) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum('qbhk,bhkd->bhqd', probs, value)


class AxisZeroAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->kbhq', query, key) * 0.3
        probs = torch.softmax(scores, dim=0)
        return torch.einsum('kbhq,bhkd->bhqd', probs, value)


class AxisLowestAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->kbhq', query, key) * 0.3
        probs = torch.softmax(scores, dim=-4)
        return torch.einsum('kbhq,bhkd->bhqd', probs, value)


class AxisOneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bkhq', query, key) * 0.3
        probs = torch.softmax(scores, dim=1)
        return torch.einsum('bkhq,bhkd->bhqd', probs, value)


class ThreeEquationAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        made = torch.einsum('bhqd,bhqd,bhqd->bhqd', query, query, query)
        made.zero_()
        scores = scores + made.sum()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            PlainAttention(),
            EllipsisAttention(),
            SpacesAttention(),
            TurnedAttention(),
            HeadFirstAttention(),
            InsideAttention(),
            ContextEllipsisAttention(),
            ContextEllipsisLeadAttention(),
            ContextLettersAttention(),
            ContextFirstAttention(),
            ValuesLastAttention(),
            NegativeAxisAttention(),
            AxisZeroAttention(),
            AxisLowestAttention(),
            AxisOneAttention(),
            ThreeEquationAttention(),
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
