import torch
from torch import nn

EXPECT = "refused"
CODE = "FILL_UNKNOWN"
WHY = "which attribute of the helper is set cannot be told: it may be its defaults"


def hide(scores, hidden, low=-1e9):
    return scores.masked_fill(hidden, low)


for part in ("defaults",):
    setattr(hide, f"__{part}__", (-0.5,))


class Attention(nn.Module):
    def forward(self, query, key, value, hidden):
        return torch.softmax(hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


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
