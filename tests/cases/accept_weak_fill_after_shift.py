import torch
from torch import nn

EXPECT = "generated"
WHY = "a constant is filled in after the shift, and nothing comes to the scores after it"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2)
        scores = scores - scores.amax(dim=-1, keepdim=True)
        scores = scores.masked_fill(mask, -1e4)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for whole in (False, True):
        mask = torch.rand(2, 1, 5, 5) > 0.5
        mask[..., 0] = False
        mask[0, 0, 1] |= whole
        yield Attention(), (*(3.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), mask), {}


def example():
    return next(examples())
