import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "what is taken by place from a tuple of known length, or from one that a branch makes longer"


class Base(nn.Module):
    def __init__(self, never=False):
        super().__init__()
        self.never = never
        self.dropout = nn.Dropout(0.3)


class LastOfThreeAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(self.dropout(probs), value), query, probs)
        return outputs[-3], outputs[-1]


class OutsideAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(self.dropout(probs), value), probs)
        if self.never:
            return outputs[2]
        return outputs[0]


class BehindAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(self.dropout(probs), value)
        outputs = (context, probs, query)
        rest = outputs[1:]
        return context, rest[0]


class GrownAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (query, torch.matmul(self.dropout(probs), value))
        if output_attentions:
            outputs = outputs + (probs,)
        rest = outputs[1:]
        return rest[0], (rest[1] if len(rest) > 1 else None)


class AllGrownAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(self.dropout(probs), value),)
        if output_attentions:
            outputs = outputs + (probs,)
        rest = outputs[1:]
        return outputs[0], (rest[0] if len(rest) > 0 else None)


class InFrontAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(self.dropout(probs), value),)
        if output_attentions:
            outputs = outputs + (probs,)
        whole = (query,) + outputs
        return whole[1], (whole[2] if len(whole) > 2 else None)


class ChosenAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(self.dropout(probs), value)
        if not output_attentions:
            outputs = (context,)
        else:
            outputs = (context, probs)
        return outputs


def examples():
    torch.manual_seed(0)
    kinds = (
        LastOfThreeAttention,
        OutsideAttention,
        BehindAttention,
        GrownAttention,
        AllGrownAttention,
        InFrontAttention,
        ChosenAttention,
    )
    for kind in kinds:
        for asked in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield kind(), (query, key, value, asked), {}


def example():
    return next(examples())
