import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper clears probabilities in place; what a lost side made of the scores before the softmax does not alias them"


def sparse_softmax(scores, keep):
    left_out = ~keep.bool()
    found = scores.masked_fill(left_out, torch.finfo(scores.dtype).min)
    found = torch.softmax(found, -1)
    found.masked_fill_(left_out, 0)
    return found


class Attention(nn.Module):
    def __init__(self, heads=3, mixing=False):
        super().__init__()
        self.mixing = mixing
        self.mix = nn.Linear(heads, heads, bias=False) if mixing else None

    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / query.size(-1) ** 0.5
        if self.mixing:
            scores = self.mix(scores.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        weights = sparse_softmax(scores, keep)
        return torch.matmul(weights, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 6, 8) for _ in range(3))
    keep = torch.ones(2, 1, 6, 6)
    keep[0, :, :, 4:] = 0
    return Attention(), (query, key, value, keep), {}
