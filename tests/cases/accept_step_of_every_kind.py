import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "what changes nothing, or what the call knows"
EVERY = True


class DropoutAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = F.dropout(torch.softmax(scores, -1), p=0.0, training=self.training, inplace=False)
        return torch.matmul(probs, value)


class DropoutModuleAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.drop = nn.Dropout(0.0, inplace=False)

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = self.drop(torch.softmax(scores, -1))
        return torch.matmul(probs, value)


class DropoutModuleSecondAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.drop = nn.Dropout(0.0, False)

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = self.drop(torch.softmax(scores, -1))
        return torch.matmul(probs, value)


class BoundaryAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e4)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClampBoundaryAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.clamp(scores, min=-1e20)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZeroNumberAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZeroScalarAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + torch.zeros(())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZeroRowAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + torch.zeros(1, 1, 1, 1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZeroRowToAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + torch.zeros(1, 1, 1, 1).to(query.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PositiveAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9) * self.temperature.exp()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DividedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9) / 4.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegatedScoresAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = -scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FromAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = 0.5 - scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FromRowAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = self.temperature - scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WhereTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.where(~mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WhereOtherAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.where(mask, -1e9, scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SelfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.where(condition=~mask, input=scores, other=-1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TwoProductsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + torch.matmul(key.mean(2, keepdim=True), key.transpose(-1, -2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            DropoutAttention(),
            DropoutModuleAttention(),
            DropoutModuleSecondAttention(),
            BoundaryAttention(),
            ClampBoundaryAttention(),
            ZeroNumberAttention(),
            ZeroScalarAttention(),
            ZeroRowAttention(),
            ZeroRowToAttention(),
            PositiveAttention(),
            DividedAttention(),
            NegatedScoresAttention(),
            FromAttention(),
            FromRowAttention(),
            WhereTurnedAttention(),
            WhereOtherAttention(),
            SelfAttention(),
            TwoProductsAttention(),
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
