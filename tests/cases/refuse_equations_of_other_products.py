import torch
from torch import nn

EXPECT = "refused"
WHY = "equations whose ellipsis is not in front of all three, is missing in one, or that read a diagonal"


class QueriesFirstAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("i...d,...jd->...ij", query.movedim(-2, 0), key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class KeysFirstAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("...id,j...d->...ij", query, key.movedim(-2, 0))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RowsFirstAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("...id,...jd->i...j", query, key)
        return torch.matmul(torch.softmax(scores, dim=-1).movedim(0, -2), value)


class SharedKeysAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("...id,jd->...ij", query, key[0, 0])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SharedQueriesAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("id,...jd->...ij", query[0, 0], key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SummedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("...id,...jd->ij", query, key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DiagonalAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("...hid,...hhjd->...hij", query, torch.stack([key, key + 1.0], dim=1))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PlainAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return probs.square() @ value


def examples():
    torch.manual_seed(0)
    for kind in (
        QueriesFirstAttention,
        KeysFirstAttention,
        RowsFirstAttention,
        SharedKeysAttention,
        SharedQueriesAttention,
        SummedAttention,
        DiagonalAttention,
        PlainAttention,
    ):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
