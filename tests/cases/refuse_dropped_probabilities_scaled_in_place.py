import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
CODE = "WEIGHTS"
WHY = "a dropout that drops nothing, and a cast to what they are, give the probabilities themselves: what changes the result in place changes the weights that are returned"


class FunctionalAttention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        sparse = F.dropout(weights, p=0.1, training=self.training)
        sparse *= 0.5
        return torch.matmul(sparse, value), weights


class ModuleAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.1)

    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        sparse = self.drop(weights)
        sparse.mul_(0.5)
        return torch.matmul(sparse, value), weights


class PackedAttention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        packed = weights.contiguous()
        packed *= 0.5
        return torch.matmul(packed, value), weights


class DroppedInPlaceAttention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        packed = weights.contiguous()
        sparse = F.dropout(packed, p=0.5, training=self.training, inplace=True)
        return torch.matmul(sparse, value), weights


def examples():
    torch.manual_seed(0)
    for kind in (FunctionalAttention, ModuleAttention, PackedAttention, DroppedInPlaceAttention):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind().eval(), (query, key, value), {}


def example():
    return next(examples())
