import torch
from torch import nn

EXPECT = "generated"
WHY = "weights of a function are dropped where nobody asks for them, in whatever order that is said"


def attend(module, query, key, value, mask, scaling):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scaling + mask, dim=-1)
    return torch.matmul(probs, value), probs


class Attention(nn.Module):
    def forward(self, query, key, value, mask, output_attentions=False):
        output, weights = attend(self, query, key, value, mask, 0.3)
        if not output_attentions:
            weights = None
        return output, weights


def examples():
    torch.manual_seed(0)
    for asked in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value, torch.randn(5, 5), asked), {}


def example():
    return next(examples())
