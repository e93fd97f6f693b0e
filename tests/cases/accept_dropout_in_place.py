import torch
from torch import nn

EXPECT = "generated"
WHY = "dropout in place changes nothing that anybody else holds"
EVERY = True


class FunctionAttention(nn.Module):
    def forward(self, query, key, value, p=0.0):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        if p:
            weights = nn.functional.dropout(weights, p=p, training=self.training, inplace=True)
        return torch.matmul(weights, value)


class ModuleAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.0, inplace=True)

    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        weights = self.drop(weights)
        return torch.matmul(weights, value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield FunctionAttention(), (query, key, value), {}
    yield ModuleAttention(), (query, key, value), {}


def example():
    return next(examples())
