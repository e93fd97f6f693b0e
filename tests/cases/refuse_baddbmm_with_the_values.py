import torch
from torch import nn

EXPECT = "refused"
WHY = "baddbmm scales the product with the values, or adds to it, which the call does not"
CODE = "PROBABILITIES"


class ResidualAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1)
        return torch.baddbmm(query, probs, value)


class HalvedResidualAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1)
        return query.baddbmm(probs, value, beta=0.5)


class DoubledAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1)
        return torch.baddbmm(query, probs, value, beta=0, alpha=2)


class AskedAttention(nn.Module):
    def forward(self, query, key, value, share=0.5):
        probs = torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1)
        return torch.baddbmm(query, probs, value, beta=share)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(4, 5, 8) for _ in range(3))
    kinds = (ResidualAttention, HalvedResidualAttention, DoubledAttention, AskedAttention)
    return [(kind(), (query, key, value), {}) for kind in kinds]
