import torch
from torch import nn

EXPECT = "refused"
WHY = "the nested function reads a variable that is bound on one path alone, and could not be handed it at every call"
CODE = "HELPER"


class MaskedAttention(nn.Module):
    def forward(self, query, key, value, lengths=None):
        if lengths is not None:
            hidden = torch.arange(key.size(-2)) >= lengths[:, None, None, None]

        def attend(a, b, c):
            scores = a @ b.transpose(-1, -2)
            if lengths is not None:
                scores = scores.masked_fill(hidden, float("-inf"))
            return scores.softmax(-1) @ c

        return attend(query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return MaskedAttention(), (query, key, value), {}
