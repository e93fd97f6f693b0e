import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "a fill that a root scales, paddings that are ones times a constant, a cast back to what the scores were"


class RootAttention(nn.Module):
    def __init__(self, size=8):
        super().__init__()
        self.size = size
        self.scale = size**-0.5

    def forward(self, query, key, value, mask):
        energy = torch.matmul(query, key.transpose(-1, -2))
        energy = energy.masked_fill(mask == 0, float("-1e20"))
        return torch.softmax(energy / (self.size ** (1 / 2)), dim=-1) @ value


class RootAttributeAttention(RootAttention):
    def forward(self, query, key, value, mask):
        energy = torch.matmul(query, key.transpose(-1, -2)).masked_fill(mask == 0, -1e9)
        return torch.softmax(energy * self.scale, dim=-1) @ value


class PaddingsAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        paddings = torch.ones_like(scores) * (-(2**32) + 1)
        scores = torch.where(mask > 0, scores, paddings)
        return torch.softmax(scores, dim=-1) @ value


class GraphAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        zero_vec = -9e15 * torch.ones_like(scores)
        return F.softmax(torch.where(mask > 0, scores, zero_vec), dim=-1) @ value


class CastBackAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.float().masked_fill(mask == 0, -float("inf")).type_as(scores)
        return torch.matmul(F.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for make in (RootAttention, RootAttributeAttention, PaddingsAttention, GraphAttention, CastBackAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        mask = (torch.rand(2, 1, 5, 5) > 0.4).float()
        mask[..., 0] = 1.0
        yield make(), (query, key, value, mask), {}


def example():
    return next(examples())
