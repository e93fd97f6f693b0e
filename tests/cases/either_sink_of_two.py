import torch
from torch import nn

EXPECT = "either"
WHY = "one of two sinks, and a name that is bound anew before the call"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, other=False):
        super().__init__()
        self.other = other
        self.one = nn.Parameter(torch.randn(1, 3, 1, 1))
        self.two = nn.Parameter(torch.randn(1, 3, 1, 1))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1)) * 0.3
        if self.other:
            sinks = self.two.expand(query.shape[0], -1, query.shape[-2], 1)
            scores = torch.cat([scores, sinks], dim=-1)
        else:
            sinks = self.one.expand(query.shape[0], -1, query.shape[-2], 1)
            scores = torch.cat([scores, sinks], dim=-1)
        sinks = None
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs[..., :-1], value)


def examples():
    torch.manual_seed(0)
    for other in (False, True):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield Attention(other), (query, key, value), {}
