import torch
from torch import nn

EXPECT = "either"
WHY = "a helper that is called on the bias is given what is read of the scores, where that can be said, or is refused"


class CoveringAttention(nn.Module):
    def cover(self, scores, hidden, value):
        return scores.masked_fill(hidden, value)

    def forward(self, query, key, value, hidden):
        mix = torch.matmul(query, key.transpose(-1, -2)) + 0.5
        mix = mix * torch.full((1, 1), 0.5)
        mix = self.cover(mix, hidden.roll(1, -1) & hidden, -1e9)
        mix = mix.view(mix.shape)
        mix = self.cover(mix, hidden, torch.finfo(mix.dtype).min)
        late = mix.float()
        mix = late
        mix = torch.softmax(mix, dim=-1)
        return torch.matmul(mix, value), mix


def examples():
    torch.manual_seed(0)
    hidden = torch.rand(2, 1, 4, 6) > 0.6
    hidden[..., 0] = False
    operands = (torch.randn(2, 3, 4, 8), torch.randn(2, 3, 6, 8), torch.randn(2, 3, 6, 8), hidden)
    yield CoveringAttention(), operands, {}
