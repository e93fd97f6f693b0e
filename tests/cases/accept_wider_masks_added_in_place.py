import torch
from torch import nn

EXPECT = "generated"
WHY = "scores keep their dtype where they are changed in place, so what is filled in beside a wider mask is rounded as they are"


class FilledAttentionAfterwards(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("triangle", torch.ones(4, 4).tril(), persistent=False)

    def forward(self, query, key, value, bias, hidden, gone_mask):
        scores = query @ key.transpose(-1, -2)
        scores += bias
        scores = scores.masked_fill(hidden, -1e4)
        seen = self.triangle[: query.size(-2), : key.size(-2)]
        scores = scores * seen - 1e4 * (1 - seen)
        return scores.softmax(-1) @ value


class FilledAttentionBefore(nn.Module):
    def forward(self, query, key, value, bias, hidden, gone_mask):
        scores = query @ key.transpose(-1, -2)
        scores = scores.masked_fill(hidden, -1e4)
        scores -= 1e4 * gone_mask
        return scores.softmax(-1) @ value


class WideAttention(nn.Module):
    """Scores of float32 meet nothing wider: what is close together in large numbers stays apart."""

    def forward(self, query, key, value, bias, hidden, gone_mask):
        scores = (query @ key.transpose(-1, -2)).float()
        scores += 1000.0 + bias
        scores = scores.masked_fill(hidden, -1e4)
        return scores.softmax(-1).to(value.dtype) @ value


class WidenedAttentionBefore(nn.Module):
    def forward(self, query, key, value, bias, hidden, gone_mask):
        scores = query @ key.transpose(-1, -2) + bias
        scores -= 1e4 * gone_mask
        scores = scores.masked_fill(hidden, -1e4)
        return scores.softmax(-1).to(value.dtype) @ value


def examples():
    torch.manual_seed(0)
    for make in (FilledAttentionAfterwards, FilledAttentionBefore, WideAttention, WidenedAttentionBefore):
        operands = tuple(torch.randn(1, 2, 4, 8) for _ in range(3))
        hidden = torch.zeros(4, 4, dtype=torch.bool)
        hidden[0, 0] = hidden[1, :2] = True
        gone_mask = torch.zeros(4, 4)
        gone_mask[0, 2:] = gone_mask[1, 2:] = 1.0
        yield make(), operands, {"bias": torch.randn(4, 4), "hidden": hidden, "gone_mask": gone_mask}


def example():
    return next(examples())
