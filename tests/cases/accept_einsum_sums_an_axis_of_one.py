import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WHY = "einsum repeats an operand of size 1 along the axis of its sum: where sizes differ the eager formula is run, which does too"


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


class PositionalAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key.sum(3, True))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PutBackAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query.sum(3).unsqueeze(3), key)
        return torch.einsum("bhqk,bhkd->bhqd", torch.softmax(scores, dim=-1), value)


class BothAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query[..., :1], key.mean(dim=-1, keepdim=True))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    kinds = (
        SlicedAttention,
        ProjectedAttention,
        MeanAttention,
        OneValueAttention,
        LastValueAttention,
        PositionalAttention,
        PutBackAttention,
        BothAttention,
    )
    for length in (5, 80):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, length, 8) for _ in range(3))
        for kind in kinds:
            yield kind(), (query, key, value), {}
