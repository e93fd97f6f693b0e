import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "probabilities are changed in place behind a dropout, and nothing reads what they were before"


class Attention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        sparse = F.dropout(weights, p=0.1, training=self.training)
        sparse *= 0.5
        return torch.matmul(sparse, value), sparse


def examples():
    torch.manual_seed(0)
    for queries, keys in ((5, 5), (3, 7)):
        query, key, value = (torch.randn(2, 2, length, 8) for length in (queries, keys, keys))
        yield Attention().eval(), (query, key, value), {}


def example():
    return next(examples())
