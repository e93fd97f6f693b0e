import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WRITTEN = {
    "NegativeAttention": "updated(",
    "MadeAttention": "updated(",
    "ThreeAttention": "updated(",
    "PerhapsMadeAttention": "updated(",
    "ClampedAttention": "updated(",
}
NOT_WRITTEN = {
    "GivenAttention": "updated(",
    "OneSideAttention": "updated(",
}
WHY = "what the chain has made itself is changed in place, what it was given is not"


class NegativeAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores - mask
        scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class MadeAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + mask * 0.5
        scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class ThreeAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + mask
        scores = scores + other
        scores = scores + mask
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class PerhapsMadeAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask.size(-1) > 3:
            scores = scores + mask
        scores = scores + mask * other
        scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class ClampedAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + mask
        scores = scores.clamp(min=torch.finfo(scores.dtype).min)
        scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class GivenAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + mask
        scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class PerhapsGivenAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask.size(-1) > 3:
            scores = scores + mask * 0.5
        scores = scores + mask
        if other is not None:
            scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class OneSideAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask.size(-1) > 3:
            scores = scores + mask * 0.5
        else:
            scores = scores + mask
        scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for attention in (NegativeAttention, MadeAttention, ThreeAttention, PerhapsMadeAttention, ClampedAttention, GivenAttention, PerhapsGivenAttention, OneSideAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.randn(queries, keys), torch.randn(keys)), {}


def example():
    return next(examples())
