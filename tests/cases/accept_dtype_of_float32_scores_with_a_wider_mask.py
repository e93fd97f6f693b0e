import torch
from torch import nn

EXPECT = "generated"
WHY = "scores of float32 operands are float64 where a mask of that was added, and the check of their dtype raises"


class Attention(nn.Module):
    def forward(self, query, key, value, mask=None, hide=None):
        scores = query.float() @ key.float().transpose(-1, -2)
        if hide is not None:
            scores = torch.where(hide, scores, torch.finfo(scores.dtype).min)
        if mask is not None:
            scores = scores + mask
        if scores.dtype != torch.float32:
            raise ValueError("the scores are not of float32")
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value


def examples():
    for dtype in (torch.float32, torch.float64, torch.float16):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        hide = torch.ones(5, 5, dtype=torch.bool).tril()
        yield Attention(), (query, key, value), {"mask": torch.randn(5, 5).to(dtype), "hide": hide}


def example():
    return next(examples())
