import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "RunningAttention": "OPERAND_CHANGED",
    "InsideAttention": "OPERAND_CHANGED",
    "BufferAttention": "OPERAND_CHANGED",
    "TableAttention": "OPERAND_CHANGED",
    "PlacedTableAttention": "OPERAND_CHANGED",
    "ReboundTableAttention": "OPERAND_CHANGED",
    "BagAttention": "OPERAND_CHANGED",
    "SecondAttention": "OPERAND_CHANGED",
    "SynchronizedAttention": "OPERAND_CHANGED",
}
WHY = "between the sum and the softmax a module is called that changes what it holds, and what was added is held there"


class RunningAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(6)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.norm.running_mean
        value = self.norm(value.flatten(0, 1)).mean() + value
        return torch.softmax(scores, dim=-1) @ value


class InsideAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.Sequential(nn.Identity(), nn.BatchNorm1d(6))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + list(self.buffers())[0]
        shift = self.norm(value.flatten(0, 1))
        return torch.softmax(scores, dim=-1) @ (value + shift.mean())


class BufferAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.InstanceNorm1d(6, track_running_stats=True)

    def held(self):
        return self.norm.running_mean

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.held()
        shift = self.norm(value.flatten(0, 1))
        return torch.softmax(scores, dim=-1) @ (value + shift.mean())


class TableAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(6, 1, max_norm=0.1)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.table.weight.view(-1)
        shift = self.table(torch.arange(6))
        return torch.softmax(scores, dim=-1) @ (value + shift)


class PlacedTableAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(6, 1, None, 0.1)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.table.weight.view(-1)
        shift = self.table(torch.arange(6))
        return torch.softmax(scores, dim=-1) @ (value + shift)


class ReboundTableAttention(TableAttention):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(6, 1, None, 0.1)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.table.weight.view(-1)
        shift = self.table(torch.arange(6))
        return torch.softmax(scores, dim=-1) @ (value + shift)


class BagAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.EmbeddingBag(6, 1, 0.1)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.table.weight.view(-1)
        shift = self.table(torch.arange(6).view(6, 1))
        return torch.softmax(scores, dim=-1) @ (value + shift)


class SecondAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.Sequential(nn.Identity(), nn.BatchNorm1d(6))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.norm[1].running_mean
        shift = self.norm(value.flatten(0, 1))
        return torch.softmax(scores, dim=-1) @ (value + shift.mean())


class SynchronizedAttention(nn.Module):
    """Runs on several devices alone."""

    def __init__(self):
        super().__init__()
        self.norm = nn.SyncBatchNorm(6)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.norm.running_mean
        shift = self.norm(value.flatten(0, 1))
        return torch.softmax(scores, dim=-1) @ (value + shift.mean())


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 6), (1, 3, 6), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        for kind in (
            RunningAttention,
            InsideAttention,
            BufferAttention,
            TableAttention,
            PlacedTableAttention,
            ReboundTableAttention,
            BagAttention,
            SecondAttention,
        ):
            yield kind(), (query, key, value), {}


def example():
    return next(examples())
