import torch
from torch import nn

EXPECT = "generated"
WHY = "the value is changed behind the product, and no other tensor that the attention reads with it"


def attend(query, key, value):
    scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
    value += 1
    probs = torch.softmax(scores, dim=-1)
    return torch.matmul(probs, value), probs


class MethodAttention(nn.Module):
    def attend(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        value += 1
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), probs

    def forward(self, states, others):
        return self.attend(states.clone(), others.clone(), states)


class SidedAttention(nn.Module):
    def attend(self, query, key, value, shifted):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        if shifted:
            value.mul_(2)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), probs

    def forward(self, states, others):
        states, others = states + 0, others + 0
        return self.attend(states.clone(), others, states, self.training)


class Attention(nn.Module):
    def forward(self, states, others):
        states = states * 1
        return attend(states.clone(), others, states)


def examples():
    torch.manual_seed(0)
    states = tuple(torch.randn(2, 2, 5, 8) for _ in range(2))
    return [(kind(), states, {}) for kind in (Attention, MethodAttention, SidedAttention)]
