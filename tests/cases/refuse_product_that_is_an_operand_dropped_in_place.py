import torch
from torch import nn

EXPECT = "refused"
CODE = "OPERAND_CHANGED"
WHY = "a function changes an operand in place that is itself made of a product"


class Attention(nn.Module):
    def forward(self, query, key, value):
        query = query + torch.matmul(torch.matmul(query, key.transpose(-1, -2)), key)
        scores = torch.matmul(query, key.transpose(-1, -2))
        other = query.transpose(-1, -2)
        torch.nn.functional.relu(other, True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Out(Attention):
    def forward(self, query, key, value):
        query = query + torch.matmul(torch.matmul(query, key.transpose(-1, -2)), key)
        scores = torch.matmul(query, key.transpose(-1, -2))
        torch.neg(key[..., : query.size(-2), :].expand_as(query), out=query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
