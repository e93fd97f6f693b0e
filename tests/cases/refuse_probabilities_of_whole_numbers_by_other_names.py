import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities are cast to truth values or whole numbers, made under names that are used less often"


class GreaterAttention(nn.Module):
    def forward(self, query, key, value):
        like = torch.greater(query, 0.0)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class GreaterEqualAttention(nn.Module):
    def forward(self, query, key, value):
        like = query.greater_equal(0.0)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class LessAttention(nn.Module):
    def forward(self, query, key, value):
        like = query.less(0.0)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class LessEqualAttention(nn.Module):
    def forward(self, query, key, value):
        like = torch.less_equal(query, 0.0)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class NotEqualAttention(nn.Module):
    def forward(self, query, key, value):
        like = query.not_equal(0.0)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class RealAttention(nn.Module):
    def forward(self, query, key, value):
        like = torch.isreal(query)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class LargestPlaceAttention(nn.Module):
    def forward(self, query, key, value):
        like = query.max(dim=-1)[1]
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class RunningPlaceAttention(nn.Module):
    def forward(self, query, key, value):
        like = query.cummax(-1)[1]
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class MedianPlaceAttention(nn.Module):
    def forward(self, query, key, value):
        like = query.median(-1)[1]
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class ExponentAttention(nn.Module):
    def forward(self, query, key, value):
        like = torch.frexp(query)[1]
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class FewPlacesAttention(nn.Module):
    def forward(self, query, key, value):
        like = query.float().topk(2)[1]
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class UnpackedAttention(nn.Module):
    def forward(self, query, key, value):
        _, order = torch.sort(query)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.to(order.dtype).float(), value)


class TransposedAttention(nn.Module):
    def forward(self, query, key, value):
        like = (query > 0.0).mT
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class TransposedDtypeAttention(nn.Module):
    def forward(self, query, key, value):
        like = query.long().data.dtype
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.to(like).float(), value)


class StackedAttention(nn.Module):
    def forward(self, query, key, value):
        like = torch.stack([query.int(), key.int()])
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


class OtherProductAttention(nn.Module):
    def forward(self, query, key, value):
        like = torch.matmul(value, value.transpose(-1, -2)).to(torch.int32)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs.type_as(like).float(), value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    kinds = (
        GreaterAttention,
        GreaterEqualAttention,
        LessAttention,
        LessEqualAttention,
        NotEqualAttention,
        RealAttention,
        LargestPlaceAttention,
        RunningPlaceAttention,
        MedianPlaceAttention,
        ExponentAttention,
        FewPlacesAttention,
        UnpackedAttention,
        TransposedAttention,
        TransposedDtypeAttention,
        StackedAttention,
        OtherProductAttention,
    )
    return [(kind(), (query, key, value), {}) for kind in kinds]
