import torch
from torch import nn

EXPECT = "refused"
WHY = "how the constant of a fill is rounded is a matter of what was added before, which may be wider than the model"
CODES = {"AddedAttention": "CAST", "SubtractedAttention": "CAST", "SubtractedFromAttention": "CAST"}


class AddedAttention(nn.Module):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)) + torch.linspace(0.0, 1.0, key.size(-2))
        scores = scores.masked_fill(far, torch.tensor(-2e4))
        return torch.matmul(torch.softmax(scores + mask, dim=-1).to(value.dtype), value)


class SubtractedAttention(nn.Module):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)) - torch.linspace(0.0, 1.0, key.size(-2))
        scores = scores.masked_fill(far, torch.tensor(-2e4))
        return torch.matmul(torch.softmax(scores + mask, dim=-1).to(value.dtype), value)


class SubtractedFromAttention(nn.Module):
    def forward(self, query, key, value, mask, far):
        scores = torch.linspace(0.0, 1.0, key.size(-2)) - torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(far, torch.tensor(-2e4))
        return torch.matmul(torch.softmax(scores + mask, dim=-1).to(value.dtype), value)


def examples():
    torch.manual_seed(0)
    for kind in (AddedAttention, SubtractedAttention, SubtractedFromAttention):
        query, key, value = (2.0 * torch.randn(2, 3, length, 8) for length in (5, 7, 7))
        yield kind(), (query, key, value, torch.randn(5, 7), torch.rand(5, 7) > 0.5), {}


def example():
    return next(examples())
