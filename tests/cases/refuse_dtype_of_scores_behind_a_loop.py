import torch
from torch import nn

EXPECT = "refused"
WHY = "of which dtype scores are behind a loop, and in its later passes, is a matter of how often it ran"
CODES = {"WidenedAttention": "METADATA", "FilledAttention": "METADATA", "InsideAttention": "METADATA"}


class WidenedAttention(nn.Module):
    """What each pass adds is in torch's default dtype, which need not be the model's."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for _ in range(2):
            scores = scores + torch.linspace(0.0, 1.0, key.size(-2))
        probs = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.matmul(probs, value).to(scores.dtype)


class FilledAttention(nn.Module):
    """Of a fill alone the bias gets torch's default dtype, and the scores keep theirs."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for _ in range(2):
            scores = scores.masked_fill(far, -1e30)
        scores = scores + mask
        probs = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.matmul(probs, value).to(scores.dtype)


class InsideAttention(nn.Module):
    """What a pass finds is what the one before has made."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for _ in range(2):
            scores = scores.masked_fill(far, torch.finfo(scores.dtype).min)
            scores = scores + torch.linspace(0.0, 1.0, key.size(-2))
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


def examples():
    torch.manual_seed(0)
    for kind in (WidenedAttention, FilledAttention, InsideAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.rand(5, 5), torch.rand(5, 5) > 0.5), {}


def example():
    return next(examples())
