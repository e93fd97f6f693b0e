import torch
from torch import nn

EXPECT = "generated"
WHY = "the softmax is in a module of its own, or in a sequence with the dropout"
EVERY = True


class Normalised(nn.Module):
    def forward(self, scores):
        return torch.softmax(scores.float(), -1).type_as(scores)


class WrappedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.normalised = Normalised()

    def forward(self, query, key, value, hidden=None):
        scores = torch.einsum("bhid,bhjd->bhij", query, key).div_(query.shape[-1] ** 0.5)
        if hidden is not None:
            scores.masked_fill_(hidden, torch.finfo(scores.dtype).min)
        return torch.einsum("bhij,bhjd->bhid", self.normalised(scores), value)


class SequencedAttention(nn.Module):
    def __init__(self, p=0.0):
        super().__init__()
        self.weigh = nn.Sequential(nn.Softmax(dim=-1), nn.Dropout(p))

    def forward(self, query, key, value, hidden=None):
        scores = query @ key.transpose(-1, -2) * 0.4
        if hidden is not None:
            scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
        return self.weigh(scores) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        hidden = torch.zeros(batch, 1, 1, keys, dtype=torch.bool)
        hidden[0, ..., :2] = True
        for kind in (WrappedAttention, SequencedAttention):
            yield kind(), (query, key, value), {}
            yield kind(), (query, key, value), {"hidden": hidden}


def example():
    return next(examples())
