import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "what stands where in a tuple that a branch has made longer, or made otherwise"


class Base(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.flag = flag
        self.dropout = nn.Dropout(0.3)

    def attend(self, query, key, value, asked):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(probs, value),)
        if asked:
            outputs = outputs + (probs,)
        return outputs

    def pair(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        return torch.matmul(self.dropout(probs), value), probs


class TailAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        rest = self.pair(query, key, value)[1:]
        return query, rest[0]


class HeadAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.pair(query, key, value)
        outputs = (context, probs, query)
        return outputs[0], outputs[-2], outputs[2]


class LastOneAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(probs, value),)
        if output_attentions:
            outputs = outputs + (probs,)
        return outputs[0], (outputs[1] if len(outputs) > 1 else None)


class RestAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (query, torch.matmul(probs, value))
        if output_attentions:
            outputs = outputs + (probs,)
        rest = outputs[1:]
        return (rest[0], query) + rest[1:]


class SumAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        outputs = (torch.matmul(probs, value),)
        if output_attentions:
            outputs = outputs + (probs,)
        whole = (query,) + outputs
        return whole[1] + whole[0], (whole[2] if len(whole) > 2 else None)


class ItemsAttention(Base):
    def scaled(self, scores):
        if self.flag:
            return scores * 0.5, None
        return scores + scores.new_ones(5), None

    def forward(self, query, key, value, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores, nothing = self.scaled(scores)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class ListAttention(Base):
    def scaled(self, scores):
        if self.flag:
            return [None, scores * 0.5]
        return [None, scores * 3.0]

    def forward(self, query, key, value, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = self.scaled(scores)[1]
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class DictAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(probs, value)
        outputs = {"context": context, "weights": probs} if output_attentions else {"context": context}
        return outputs


class KeysAttention(Base):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(probs, value)
        if output_attentions:
            return {"context": context, "weights": probs}
        return {"weights": None, "context": context}


def examples():
    torch.manual_seed(0)
    kinds = (
        TailAttention,
        HeadAttention,
        LastOneAttention,
        RestAttention,
        SumAttention,
        ItemsAttention,
        ListAttention,
        DictAttention,
        KeysAttention,
    )
    for kind in kinds:
        for asked in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield kind(asked), (query, key, value, asked), {}


def example():
    return next(examples())
