import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "ProductsAttention": "BRANCH",
    "OneProductAttention": "NONLINEAR",
    "ElseAttention": "BRANCH",
    "LostInTheElseAttention": "BRANCH",
}
SAYS = {
    "ProductsAttention": "the scores come from different products in different branches",
    "OneProductAttention": "a second softmax is applied to the probabilities",
}
WHY = "which scores a name holds is a matter of a branch, and the refusal says in what they differ"


class ProductsAttention(nn.Module):
    def forward(self, query, key, value, flag=True):
        first = torch.matmul(query, key.transpose(-1, -2))
        second = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.5, dim=-1)
        both = first if flag else second
        return torch.matmul(torch.softmax(both, dim=-1), value)


class OneProductAttention(nn.Module):
    def forward(self, query, key, value, flag=True):
        scores = torch.matmul(query, key.transpose(-1, -2))
        both = scores if flag else torch.softmax(scores, dim=-1)
        return torch.matmul(torch.softmax(both, dim=-1), value)


class ElseAttention(nn.Module):
    def forward(self, query, key, value, flag=True):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for size in value.shape:
            if size > 6:
                break
        else:
            scores = torch.matmul(key, query.transpose(-1, -2)).transpose(-1, -2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LostInTheElseAttention(nn.Module):
    def forward(self, query, key, value, flag=True):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for size in value.shape:
            if size > 6:
                break
        else:
            scores = torch.tanh(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (ProductsAttention, OneProductAttention, ElseAttention, LostInTheElseAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, batch > 1), {}


def example():
    return next(examples())
