import warnings

import torch
from torch import nn

EXPECT = "generated"
WHY = "what a call hands to a helper is said there, with what it reads of the scores; known answers are no conditions"
NOT_WRITTEN = {"HandingAttention": "0.5 is not None"}


class HandingAttention(nn.Module):
    def conceal(self, scores, hidden, value):
        return scores.masked_fill(hidden, value)

    def lean(self, scores, term):
        if term is not None:
            scores = scores + term
        return scores

    def forward(self, query, key, value, hidden, slant=None):
        mix = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        mix = self.conceal(mix, hidden, torch.tensor(-65504.0, dtype=mix.dtype))
        mix = self.conceal(mix, ~hidden & (hidden.sum() > 99), torch.full((), torch.finfo(mix.dtype).min))
        mix = self.lean(mix, 0.5)
        mix = self.lean(mix, slant)
        mix = torch.softmax(mix, dim=-1)
        mix = torch.matmul(mix, value)
        return mix


def examples():
    torch.manual_seed(0)
    warnings.simplefilter("error", SyntaxWarning)
    hidden = torch.rand(2, 1, 4, 6) > 0.6
    hidden[..., 0] = False
    operands = (torch.randn(2, 3, 4, 8), torch.randn(2, 3, 6, 8), torch.randn(2, 3, 6, 8), hidden)
    yield HandingAttention(), operands, {}
    yield HandingAttention(), operands, {"slant": torch.randn(6)}
