import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WHY = "what is added to scores, or scales them, may expand them: their shape afterwards is not that of the product"


class Attention(nn.Module):
    def forward(self, query, key, value, term):
        scores = torch.matmul(query, key.transpose(-1, -2)) + term
        scores = scores + 0.3 * torch.arange(scores.shape[-1])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SizeAttention(nn.Module):
    def forward(self, query, key, value, term):
        scores = torch.matmul(query, key.transpose(-1, -2)) + term
        scores = scores + 0.3 * torch.arange(scores.size(-1))
        scores = scores + scores.size(-2)
        return torch.matmul(torch.softmax(scores, dim=-1), value) * scores.size(1)


class FilledAttention(nn.Module):
    def forward(self, query, key, value, term):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = torch.where(term > 0, scores, -1e30)
        scores = scores + torch.ones(scores.shape).cumsum(-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScaledAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.rates = nn.Parameter(torch.rand(3, 1, 1))

    def forward(self, query, key, value, term):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.rates
        heads = scores.size(1)
        return torch.matmul(torch.softmax(scores + term, dim=-1), value) * heads


class LikeAttention(nn.Module):
    def forward(self, query, key, value, term):
        scores = torch.matmul(query, key.transpose(-1, -2)) + term
        scores = scores + torch.ones_like(scores).cumsum(-1)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value) + probs.shape[-1]


class TurnedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.rates = nn.Parameter(torch.rand(3, 1, 1))

    def forward(self, query, key, value, term):
        scores = torch.matmul(key, query.transpose(-1, -2)).transpose(-1, -2) * self.rates
        scores = scores + torch.ones(scores.shape).cumsum(-1)
        return torch.matmul(torch.softmax(scores + term, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, SizeAttention, FilledAttention, ScaledAttention, LikeAttention, TurnedAttention):
        for keys, rows in ((1, 5), (4, 5), (1, 1)):
            query, key = 2.0 * torch.randn(2, 1, rows, 8), 2.0 * torch.randn(2, 1, keys, 8)
            yield attention(), (query, key, torch.randn(2, 1, 4, 8), torch.randn(2, 3, 5, 4)), {}


def example():
    return next(examples())
