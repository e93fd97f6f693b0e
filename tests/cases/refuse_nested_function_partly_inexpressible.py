import torch
from torch import nn

EXPECT = "refused"
WHY = "under a flag the nested function caps the scores; it cannot be called from a method, and a function of the module \
has its name"
CODE = "HELPER"


def attend(one, two, three, capped):
    return one + two + three + capped


class CappedAttention(nn.Module):
    def forward(self, query, key, value, capped=False):
        def attend(one, two, three, capped):
            scores = one @ two.transpose(-1, -2)
            if capped:
                scores = torch.tanh(scores)
            return scores.softmax(-1) @ three

        return attend(query, key, value, capped)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return CappedAttention(), (query, key, value), {"capped": True}
