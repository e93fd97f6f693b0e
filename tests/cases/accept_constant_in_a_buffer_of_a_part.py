import torch
from torch import nn

EXPECT = "generated"
WHY = "nothing changes the buffer that holds the constant"


class Hide(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("low", torch.tensor(-1e9))

    def forward(self, scores, hidden):
        return scores.masked_fill(hidden, self.low)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide = Hide()
        self.heat = nn.Parameter(torch.tensor(0.5))
        nn.init.constant_(self.heat, 0.7)

    def forward(self, query, key, value, hidden):
        scores = self.hide(query @ key.transpose(-1, -2) * self.heat, hidden)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        hidden = torch.rand(batch, 1, queries, keys) > 0.6
        hidden[..., 0] = False
        for kind in (Attention,):
            yield kind(), (query, key, value, hidden), {}


def example():
    return next(examples())
