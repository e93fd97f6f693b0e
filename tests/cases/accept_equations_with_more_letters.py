import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "equations of the values whose letters are more, or fewer, than the axes that the product names"


class NamedAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        return torch.einsum("...bhqk,...bhkd->...bhqd", probs, value)


class UnnamedAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.einsum("bhqd,bhkd->bhqk", query, key) * 0.3, dim=-1)
        return torch.einsum("...qk,...kd->...qd", probs, value)


class TurnedAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        return torch.einsum("...hqk,...hkd->...qhd", probs, value)


def examples():
    torch.manual_seed(0)
    for kind in (NamedAttention, UnnamedAttention, TurnedAttention):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
