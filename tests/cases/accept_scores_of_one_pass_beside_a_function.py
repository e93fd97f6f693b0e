import torch
from torch import nn

EXPECT = "generated"
WHY = "scores that each pass makes anew are nobody's behind it, whatever else the pass makes before them"
EVERY = True


class FunctionAttention(nn.Module):
    def forward(self, query, key, value):
        outputs = []
        for turn in range(2):

            def halved(tensor):
                return tensor * 0.5

            side = halved(value)
            scores = query @ key.transpose(-1, -2)
            outputs.append(torch.softmax(scores, dim=-1) @ side)
        return torch.cat(outputs, 1)


class BranchAttention(nn.Module):
    def forward(self, query, key, value):
        outputs = []
        for turn in range(2):
            side = value
            if turn:
                side = value * 0.5
            scores = query @ key.transpose(-1, -2)
            outputs.append(torch.softmax(scores, dim=-1) @ side)
        return torch.cat(outputs, 1)


def examples():
    torch.manual_seed(0)
    for attention in (FunctionAttention, BranchAttention):
        yield attention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
