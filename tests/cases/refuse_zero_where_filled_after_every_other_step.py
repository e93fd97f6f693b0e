import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "the probabilities are zeroed elsewhere than the scores were filled, or what was filled came back"
CODES = {
    "DroppedAttention": "PROBABILITIES",
    "ViewedAttention": "PROBABILITIES",
    "TurnedAttention": "PROBABILITIES",
    "BranchAttention": "PROBABILITIES",
    "AddedAttention": "PROBABILITIES",
    "LowerAttention": "PROBABILITIES",
    "TwoAttention": "PROBABILITIES",
    "FirstAttention": "PROBABILITIES",
    "AddedBeforeAttention": "PROBABILITIES",
    "StoredBeforeAttention": "PROBABILITIES",
    "NotZeroAttention": "PROBABILITIES",
    "OtherNameAttention": "PROBABILITIES",
}


class DroppedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        probs = F.dropout(torch.softmax(scores, -1), 0.1, self.training)
        probs = probs.masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class ViewedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, -1)
        probs = probs.view(-1, 2, query.size(2), key.size(2)).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class TurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, -1).transpose(-1, -2).masked_fill(mask.transpose(-1, -2), 0.0)
        return torch.matmul(probs.transpose(-1, -2), value)


class BranchAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class AddedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores + 2e9 * mask.float()
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class LowerAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * 1e-4
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class TwoAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(query[:, :1, :, :1] > 1.0, -1e9)
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class FirstAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores.masked_fill(key[:, :1, :, 0].unsqueeze(2) > 1.5, -1e9)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class AddedBeforeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + 2.0 * mask.float()
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class StoredBeforeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[:, :, :, :1] = -1e30
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class NotZeroAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.1)
        return torch.matmul(probs, value)


class OtherNameAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        mask = mask & (query[:, :1, :, :1] > 0)
        probs = torch.softmax(scores, -1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            DroppedAttention(),
            ViewedAttention(),
            TurnedAttention(),
            BranchAttention(),
            AddedAttention(),
            LowerAttention(),
            TwoAttention(),
            FirstAttention(),
            AddedBeforeAttention(),
            StoredBeforeAttention(),
            NotZeroAttention(),
            OtherNameAttention(),
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
