import torch
from torch import nn

EXPECT = "refused"
WHY = "einsum repeats an operand of size 1 along the axis of its sum, which the call does not"


class SlicedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query[..., :1], key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ProjectedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 8))

    def forward(self, query, key, value):
        query = query @ self.weight
        scores = torch.einsum("bhqd,bhkd->bhqk", query[..., :1], key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MeanAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key.mean(dim=-1, keepdim=True))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OneValueAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum("bhqk,bhkd->bhqd", probs, value.narrow(2, 0, 1).contiguous())


class LastValueAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum("bhqk,bhkd->bhqd", probs, value[:, :, -1:] * 0.5)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    kinds = (SlicedAttention, ProjectedAttention, MeanAttention, OneValueAttention, LastValueAttention)
    return [(kind(), (query, key, value), {}) for kind in kinds]
