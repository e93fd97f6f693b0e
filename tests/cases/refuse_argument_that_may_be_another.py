import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "ScaledAttention": "OPERAND_CHANGED",
    "PassedAttention": "OPERAND_CHANGED",
    "MethodAttention": "OPERAND_CHANGED",
    "ViewAttention": "OPERAND_CHANGED",
}
WHY = "what the values are changed by, the query is too where a caller passes one tensor for all"


class ScaledAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * 0.4
        value.mul_(2.0)
        return torch.softmax(scores, dim=-1) @ value


def attend(query, key, value):
    scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
    value += 1
    return torch.matmul(torch.softmax(scores, dim=-1), value)


class PassedAttention(nn.Module):
    def forward(self, query, key, value):
        return attend(query, key, value)


class MethodAttention(nn.Module):
    def attend(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        value += 1
        return torch.matmul(torch.softmax(scores, dim=-1), value)

    def forward(self, query, key, value):
        return self.attend(query, key, value)


class ViewAttention(nn.Module):
    def forward(self, query, key, value):
        left, right, values = (x.view(2, 5, 2, 4).transpose(1, 2) for x in (query, key, value))
        scores = left @ right.transpose(-1, -2)
        values += 1.0
        return torch.softmax(scores, dim=-1) @ values


class Layer(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention

    def forward(self, states):
        states = states * 1.0
        return self.attention(states, states, states)


def examples():
    torch.manual_seed(0)
    for attention in (ScaledAttention, PassedAttention, MethodAttention, ViewAttention):
        yield Layer(attention()), (torch.randn(2, 5, 8),), {}


def example():
    return next(examples())
