import torch
from torch import nn

EXPECT = "refused"
CODES = {"FirstAttention": "CAST", "SecondAttention": "CAST"}
WHY = "on one side the probabilities may be whole numbers when they are multiplied"


class FirstAttention(nn.Module):
    def forward(self, query, key, value, places, flag=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        if flag:
            probs = probs.to(places.dtype)
        else:
            probs = probs.to(query.dtype)
        return torch.matmul(probs * 2.0, value)


class SecondAttention(nn.Module):
    def forward(self, query, key, value, places, flag=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        if not flag:
            probs = probs.to(query.dtype)
        else:
            probs = probs.to(places.dtype)
        return torch.matmul(probs * 2.0, value)


def examples():
    torch.manual_seed(0)
    for attention in (FirstAttention, SecondAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.arange(keys), batch > 1), {}


def example():
    return next(examples())
