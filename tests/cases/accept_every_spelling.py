import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "torch's other names for what is known"
EVERY = True


class MultiplyAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.multiply(scores, 0.7)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TrueDivideAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.true_divide(scores, 1.7)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DivideAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.divide(scores, 1.7)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SubtractAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.subtract(scores, 5.0 * mask.float())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClipAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, torch.finfo(scores.dtype).min)
        scores = torch.clip(scores, min=torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClampPositionalAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 2.0 * mask.float()
        scores = torch.clamp(scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClampMinimumAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.clamp_min(scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClampMinimumKeywordAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.clamp_min(scores, min=torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaximumTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.maximum(torch.tensor(torch.finfo(scores.dtype).min), scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaxOfTwoAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.max(scores, torch.tensor(torch.finfo(scores.dtype).min))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaxTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.max(torch.tensor(torch.finfo(scores.dtype).min), scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaximumOtherAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.maximum(scores, other=torch.tensor(torch.finfo(scores.dtype).min))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ConcatAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sink = self.temperature.expand(query.size(0), -1, query.size(2), 1)
        joined = torch.concat([scores, sink], dim=-1)
        probs = torch.softmax(joined, dim=-1)[..., :-1]
        return torch.matmul(probs, value)


class ConcatenateAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sink = self.temperature.expand(query.size(0), -1, query.size(2), 1)
        joined = torch.concatenate([scores, sink], dim=-1)
        probs = torch.softmax(joined, dim=-1)[..., :-1]
        return torch.matmul(probs, value)


class SwapAxesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):

        scores = torch.matmul(key, query.transpose(-1, -2)) * 0.3
        scores = scores.swapaxes(-1, -2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SwapDimsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):

        scores = torch.matmul(key, query.transpose(-1, -2)) * 0.3
        scores = scores.swapdims(-2, -1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SoftmaxStackAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = F.softmax(input=scores, dim=-1, _stacklevel=3, dtype=torch.float32)
        return torch.matmul(probs, value)


class SoftmaxStackNoneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = F.softmax(scores, dim=-1, _stacklevel=3, dtype=None)
        return torch.matmul(probs, value)


class SoftmaxNoneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1, dtype=None)
        return torch.matmul(probs, value)


class SoftmaxOwnAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1, dtype=scores.dtype)
        return torch.matmul(probs, value)


class PermutedTupleAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhkq', query, key) * 0.3
        scores = scores.permute((0, 1, 3, 2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PermutedNegativeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhkq', query, key) * 0.3
        scores = scores.permute(0, 1, -1, -2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PermutedListAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhkq', query, key) * 0.3
        scores = scores.permute([0, 1, 3, 2])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TransposedEquationAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhkq', query, key) * 0.3
        scores = torch.einsum('bhkq->bhqk', scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EquationOfListAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', [query, key]) * 0.3
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FactorsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1) * self.one
        return torch.matmul(probs, value)


class FactorTwiceAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.one = nn.Parameter(torch.tensor(0.7))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1) * self.temperature * 0.5
        return torch.matmul(probs, value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            MultiplyAttention(),
            TrueDivideAttention(),
            DivideAttention(),
            SubtractAttention(),
            ClipAttention(),
            ClampPositionalAttention(),
            ClampMinimumAttention(),
            ClampMinimumKeywordAttention(),
            MaximumTurnedAttention(),
            MaxOfTwoAttention(),
            MaxTurnedAttention(),
            MaximumOtherAttention(),
            ConcatAttention(),
            ConcatenateAttention(),
            SwapAxesAttention(),
            SwapDimsAttention(),
            SoftmaxStackAttention(),
            SoftmaxStackNoneAttention(),
            SoftmaxNoneAttention(),
            SoftmaxOwnAttention(),
            PermutedTupleAttention(),
            PermutedNegativeAttention(),
            PermutedListAttention(),
            TransposedEquationAttention(),
            EquationOfListAttention(),
            FactorsAttention(),
            FactorTwiceAttention(),
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
