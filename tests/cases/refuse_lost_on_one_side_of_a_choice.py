import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "FirstAttention": "SIDE_BY_SIDE",
    "SecondAttention": "SIDE_BY_SIDE",
    "WeightsAttention": "NONLINEAR",
    "OtherWeightsAttention": "NONLINEAR",
    "NumberAttention": "NONLINEAR",
}
WHY = "what was lost on one side is lost where the sides meet, with its own reason, and so is what a softmax makes of it"


class FirstAttention(nn.Module):
    def lost(self, query, key):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.cat([scores, scores], dim=-1)

    def forward(self, query, key, value, term, flag=True):
        found = self.lost(query, key)
        scores = found if flag else term
        return torch.matmul(torch.softmax(scores, dim=-1), torch.cat([value, value], dim=-2))


class SecondAttention(FirstAttention):
    def forward(self, query, key, value, term, flag=True):
        found = self.lost(query, key)
        scores = term if not flag else found
        return torch.matmul(torch.softmax(scores, dim=-1), torch.cat([value, value], dim=-2))


class WeightsAttention(nn.Module):
    def forward(self, query, key, value, term, flag=True):
        found = torch.softmax(torch.tanh(torch.matmul(query, key.transpose(-1, -2))), dim=-1)
        probs = found if flag else term
        return torch.matmul(probs, value)


class OtherWeightsAttention(nn.Module):
    def forward(self, query, key, value, term, flag=True):
        found = torch.softmax(torch.tanh(torch.matmul(query, key.transpose(-1, -2))), dim=-1)
        probs = term if not flag else found
        return torch.matmul(probs, value)


class NumberAttention(nn.Module):
    """What one side reads of the scores is not independent of them on the other."""

    def forward(self, query, key, value, term, flag=True):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scale = 0.5 if not flag else torch.tanh(scores).sum().item()
        return torch.matmul(torch.softmax(scores * scale, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (FirstAttention, SecondAttention, WeightsAttention, OtherWeightsAttention, NumberAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.rand(queries, 2 * keys if "Weights" not in attention.__name__ else keys)), {}


def example():
    return next(examples())
