import torch
from torch import nn

EXPECT = "refused"
WHY = "where branches meet, an image that is not the latest on both sides is nobody's, and one that is viewed otherwise is another"
CODES = {
    "EarlierAttention": "STALE",
    "LaterAttention": "STALE",
    "EarlierWithinAttention": "STALE",
    "LaterWithinAttention": "STALE",
    "EarlierOrHalfAttention": "STALE",
    "HalfOrEarlierAttention": "STALE",
    "StageAttention": "ESCAPE",
    "StageTurnedAttention": "ESCAPE",
    "PendingTurnedAttention": "MASK_PRODUCT",
    "ShownAttention": "STALE",
    "TwoProductsAttention": "WEIGHTS",
}


class Base(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.dropout = nn.Dropout(0.5)


class EarlierAttention(Base):
    def forward(self, query, key, value, mask, asked):
        raw = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = raw + mask
        chosen = raw if self.flag else scores
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class LaterAttention(Base):
    def forward(self, query, key, value, mask, asked):
        raw = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = raw + mask
        chosen = scores if self.flag else raw
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class EarlierWithinAttention(Base):
    def forward(self, query, key, value, mask, asked):
        raw = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        chosen = raw
        if self.flag:
            scores = raw + mask
            chosen = raw
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class LaterWithinAttention(Base):
    def forward(self, query, key, value, mask, asked):
        raw = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            chosen = raw
        else:
            scores = raw + mask
            chosen = raw
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class EarlierOrHalfAttention(Base):
    def forward(self, query, key, value, mask, asked):
        raw = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = raw + mask
            chosen = raw
        else:
            chosen = raw * 0.5
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class HalfOrEarlierAttention(Base):
    def forward(self, query, key, value, mask, asked):
        raw = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            chosen = raw * 0.5
        else:
            scores = raw + mask
            chosen = raw
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class TurnedViewAttention(Base):
    def forward(self, query, key, value, mask, asked):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.transpose(-1, -2).reshape(4, 5, 5)
        else:
            scores = scores.reshape(4, 5, 5)
        probs = torch.softmax(scores, dim=-1).reshape(2, 2, 5, 5)
        return torch.matmul(probs, value)


class ViewTurnedAttention(Base):
    def forward(self, query, key, value, mask, asked):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.reshape(4, 5, 5)
        else:
            scores = scores.transpose(-1, -2).reshape(4, 5, 5)
        probs = torch.softmax(scores, dim=-1).reshape(2, 2, 5, 5)
        return torch.matmul(probs, value)


class StageAttention(Base):
    def forward(self, query, key, value, mask, asked):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        dropped = self.dropout(probs)
        shown = probs if self.flag else dropped
        return torch.matmul(dropped, value), shown


class StageTurnedAttention(Base):
    def forward(self, query, key, value, mask, asked):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        dropped = self.dropout(probs)
        shown = dropped if self.flag else probs
        return torch.matmul(dropped, value), shown


class PendingAttention(Base):
    def forward(self, query, key, value, mask, asked):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        seen = torch.ones(5, 5).tril()
        if self.flag:
            scores = scores * seen
        scores = scores + -1e4 * (1.0 - seen)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PendingTurnedAttention(Base):
    def forward(self, query, key, value, mask, asked):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        seen = torch.ones(5, 5).tril()
        if self.flag:
            scores = scores + 0.0
        else:
            scores = scores * seen
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ShownAttention(Base):
    def forward(self, query, key, value, mask, asked):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        shown = None
        if asked:
            shown = scores
        chosen = shown if self.flag else scores
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class TwoProductsAttention(Base):
    def forward(self, query, key, value, mask, asked):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        others = torch.matmul(value, key.transpose(-1, -2)) * 0.3
        alone = torch.matmul(torch.softmax(others + mask, dim=-1), value)
        chosen = others if mask is None else scores
        return torch.matmul(torch.softmax(chosen, dim=-1), value) + alone


def examples():
    torch.manual_seed(0)
    kinds = (
        EarlierAttention,
        LaterAttention,
        EarlierWithinAttention,
        LaterWithinAttention,
        EarlierOrHalfAttention,
        HalfOrEarlierAttention,
        TurnedViewAttention,
        ViewTurnedAttention,
        StageAttention,
        StageTurnedAttention,
        PendingAttention,
        PendingTurnedAttention,
        ShownAttention,
        TwoProductsAttention,
    )
    for kind in kinds:
        for flag in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield kind(flag), (query, key, value, 2.0 * torch.randn(5, 5), True), {}


def example():
    return next(examples())
