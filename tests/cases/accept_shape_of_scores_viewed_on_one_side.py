import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "how many axes the scores have is a matter of a branch, and so is their shape where it is read behind it"


class Attention(nn.Module):
    def forward(self, query, key, value, hidden, flat=True):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if flat:
            scores = scores.view(-1, query.size(-2), key.size(-2))
            value = value.view(-1, key.size(-2), value.size(-1))
        hidden = hidden.expand(scores.shape)
        scores = scores.masked_fill(hidden, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OtherAttention(nn.Module):
    def forward(self, query, key, value, hidden, flat=True):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if not flat:
            scores = scores * 1.0
        else:
            scores = scores.view(-1, query.size(-2), key.size(-2))
            value = value.view(-1, key.size(-2), value.size(-1))
        hidden = hidden.expand(scores.shape)
        scores = scores.masked_fill(hidden, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, OtherAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.eye(queries, keys) > 0.0, batch > 1), {}


def example():
    return next(examples())
