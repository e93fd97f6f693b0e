import torch
from torch import nn

EXPECT = "generated"
EVERY = True
NOT_WRITTEN = {"LabelledAttention": "value.transpose(-1, -2)", "NamedAttention": ").transpose("}
WHY = "values that are given transposed are what they are, whatever stands around them"


class Attention(nn.Module):
    def forward(self, query, key, states):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs, states.transpose(-1, -2))


class LabelledAttention(nn.Module):
    def forward(self, query, key, states):
        value = states.transpose(-1, -2)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.einsum("bhij,bhdj->bhid", probs, value.transpose(-1, -2))


class MovedAttention(nn.Module):
    """Behind an ellipsis, heads behind the queries."""

    def forward(self, query, key, states):
        value = states.transpose(-1, -2)
        probs = torch.softmax(torch.einsum("...hqd,...hkd->...hqk", query, key), dim=-1)
        return torch.einsum("...hqk,...hkd->...qhd", probs, value)


class CycledAttention(nn.Module):
    def forward(self, query, key, states):
        value = states.transpose(-1, -2)
        probs = torch.softmax(torch.einsum("...hqd,...hkd->...hqk", query, key), dim=-1)
        return torch.einsum("...hqk,...hkd->...qdh", probs, value)


class NamedAttention(nn.Module):
    def forward(self, query, key, states):
        value = states.transpose(-1, -2)
        probs = torch.softmax(torch.einsum("bhqd,bhkd->bhqk", query, key), dim=-1)
        return torch.einsum("bhqk,bhkd->qdbh", probs, value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, LabelledAttention, MovedAttention, CycledAttention, NamedAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value.transpose(-1, -2)), {}


def example():
    return next(examples())
