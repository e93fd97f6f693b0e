import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "flattened from axis 2 on a tensor has three axes, and the last one is number 2"


class MethodAttention(nn.Module):
    def forward(self, query, key, value):
        query = query.transpose(1, 2).flatten(start_dim=2)
        key = key.transpose(1, 2).flatten(2)
        scores = torch.matmul(query, key.transpose(1, 2)) * 0.3
        return torch.matmul(torch.softmax(scores, dim=2), value.flatten(2))


class FunctionAttention(nn.Module):
    def forward(self, query, key, value):
        query = torch.flatten(query.transpose(1, 2), 2)
        batch, heads, length, size = key.shape
        key = key.transpose(2, 3).contiguous().view([batch, -1, length])
        scores = torch.matmul(query, key) * 0.3
        return torch.matmul(torch.softmax(scores, dim=2), value.flatten(2))


def examples():
    for make in (MethodAttention, FunctionAttention):
        for batch, length in ((2, 5), (1, 1), (3, 7)):
            torch.manual_seed(0)
            query, key = (torch.randn(batch, 2, length, 8) for _ in range(2))
            yield make(), (query, key, torch.randn(batch, length, 2, 8)), {}


def example():
    return next(examples())
