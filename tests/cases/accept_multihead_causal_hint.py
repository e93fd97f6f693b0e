
import torch
from torch import nn

EXPECT = 'generated'
WHY = 'that a mask is causal is a hint; where it is not, eager goes by the mask'


class HintedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, hidden, mask):
        return self.attention(hidden, hidden, hidden, attn_mask=mask, is_causal=True)[0]


class MaskedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, hidden, mask):
        return self.attention(hidden, hidden, hidden, attn_mask=mask > 0.8, is_causal=True)[0]


def examples():
    torch.manual_seed(0)
    hidden, mask = torch.randn(2, 5, 8), torch.randn(5, 5)
    for kind in (HintedAttention, MaskedAttention):
        yield kind(), (hidden, mask), {}
