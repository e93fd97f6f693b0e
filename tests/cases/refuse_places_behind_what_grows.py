import torch
from torch import nn

EXPECT = "refused"
WHY = "the weights may stand at a place of a tuple, or something else"
CODES = {
    "TwoFlagsAttention": "LEFTOVER",
    "AddedBehindAttention": "ESCAPE",
    "SliceAttention": "ESCAPE",
    "InFrontAttention": "ESCAPE",
}


class Base(nn.Module):
    def __init__(self, first=False):
        super().__init__()
        self.first = first
        self.dropout = nn.Dropout(0.3)


class TwoFlagsAttention(Base):
    def forward(self, query, key, value, second=True):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(self.dropout(probs), value),)
        if self.first:
            outputs = outputs + (query,)
        if second and query.sum() > key.sum() - 1e3:
            outputs = outputs + (probs,)
        return outputs[0], (outputs[1] if len(outputs) > 1 else None)


class AddedBehindAttention(Base):
    def forward(self, query, key, value, second=True):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(self.dropout(probs), value),)
        if self.first:
            outputs = outputs + (query,)
        outputs = outputs + (probs,)
        return outputs[0], outputs[1]


class SliceAttention(Base):
    def forward(self, query, key, value, second=True):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(self.dropout(probs), value),)
        if self.first:
            outputs = outputs + (query,)
        outputs = outputs + (probs,)
        rest = outputs[1:]
        return outputs[0], rest[0]


class InFrontAttention(Base):
    def forward(self, query, key, value, second=True):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(self.dropout(probs), value),)
        if self.first:
            outputs = outputs + (query,)
        outputs = outputs + (probs,)
        whole = (query,) + outputs
        return whole[1], whole[2]


def examples():
    torch.manual_seed(0)
    for kind in (TwoFlagsAttention, AddedBehindAttention, SliceAttention, InFrontAttention):
        for first in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield kind(first), (query, key, value, True), {}


def example():
    return next(examples())
