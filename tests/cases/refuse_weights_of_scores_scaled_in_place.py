import torch
from torch import nn

EXPECT = "refused"
WHY = "scores that are scaled in place by what may be wider keep their dtype, and so do the weights that leave"
CODES = {
    "WeightsAttention": "CAST",
    "ScoresAttention": "CAST",
    "DividedAttention": "CAST",
}
SAYS = {"WeightsAttention": "weights leave in the dtype of scores that are scaled in place"}


class WeightsAttention(nn.Module):
    def forward(self, query, key, value, mask, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores *= mask.mean(-1, keepdim=True)
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class ScoresAttention(nn.Module):
    def forward(self, query, key, value, mask, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores.mul_(mask.mean(-1, keepdim=True))
        return torch.softmax(scores, dim=-1) @ value, scores if output_attentions else None


class DividedAttention(nn.Module):
    def forward(self, query, key, value, mask, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores /= mask.exp().mean(-1, keepdim=True)
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


def examples():
    torch.manual_seed(0)
    for kind in (WeightsAttention, ScoresAttention, DividedAttention):
        yield kind(), (*(torch.randn(2, 5, 8) for _ in range(3)), torch.randn(5, 5)), {}


def example():
    return next(examples())
