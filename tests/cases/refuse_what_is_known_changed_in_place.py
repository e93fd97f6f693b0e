import torch
from torch import nn

EXPECT = "refused"
WHY = "ones, a constant and a mask that are changed in place, under this name or another, are no longer what they were"


class OnesAttention(nn.Module):
    def forward(self, query, key, value, other):
        sign = torch.ones(2, 5, 1)
        scores = torch.bmm(query, key.transpose(1, 2)).masked_fill(other > 0.5, -1e9)
        sign.neg_()
        return torch.bmm(torch.softmax(scores * sign, dim=-1), value)


class ConstantAttention(nn.Module):
    def forward(self, query, key, value, other):
        strength = torch.tensor(-1e9)
        strength.mul_(1e-9)
        scores = torch.bmm(query, key.transpose(1, 2))
        return torch.bmm(torch.softmax(torch.where(other > 0.5, strength, scores), dim=-1), value)


class FullAttention(nn.Module):
    def forward(self, query, key, value, other):
        strength = torch.full((2, 5, 5), -1e9)
        strength.copy_(other)
        scores = torch.bmm(query, key.transpose(1, 2))
        return torch.bmm(torch.softmax(torch.where(other > 0.5, strength, scores), dim=-1), value)


class MaskAttention(nn.Module):
    def forward(self, query, key, value, other):
        mask = (other > 0.5).float()
        scores = torch.bmm(query, key.transpose(1, 2))
        part = mask
        part *= 0.5
        scores = scores * mask - 1e9 * (1.0 - mask)
        return torch.bmm(torch.softmax(scores, dim=-1), value)


class TriangleAttention(nn.Module):
    def forward(self, query, key, value, other):
        mask = torch.ones(5, 5).tril()
        mask[0] = 0.5
        scores = torch.bmm(query, key.transpose(1, 2))
        scores = (scores * mask).masked_fill(mask == 0, -1e9)
        return torch.bmm(torch.softmax(scores, dim=-1), value)


class ScalarAttention(nn.Module):
    def forward(self, query, key, value, other):
        scale = torch.ones([])
        scale -= 1.5
        scores = torch.bmm(query, key.transpose(1, 2)).masked_fill(other > 0.5, -1e9) * scale
        return torch.bmm(torch.softmax(scores, dim=-1), value)


class HelperAttention(nn.Module):
    def weaken(self, tensor):
        tensor.mul_(1e-9)

    def forward(self, query, key, value, other):
        strength = torch.tensor(-1e9)
        self.weaken(strength)
        scores = torch.bmm(query, key.transpose(1, 2))
        return torch.bmm(torch.softmax(torch.where(other > 0.5, strength, scores), dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (
        OnesAttention,
        ConstantAttention,
        FullAttention,
        MaskAttention,
        TriangleAttention,
        ScalarAttention,
        HelperAttention,
    ):
        query, key, value = (torch.randn(2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.rand(2, 5, 5)), {}


def example():
    return next(examples())
