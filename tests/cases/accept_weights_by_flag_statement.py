import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the tuple grows when the flag asks"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        context = torch.matmul(probs, value)
        outputs = (context,)
        if output_attentions:
            outputs += (probs,)
        return outputs


def examples():
    torch.manual_seed(0)
    for wanted in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value, wanted), {}


def example():
    return next(examples())
