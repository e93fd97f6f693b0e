
import torch
from torch import nn

EXPECT = 'refused'
WHY = 'the weights are read by a nested function, or asked whether they are a tensor'
CODES = {'NestedAttention': 'ESCAPE', 'InstanceAttention': 'ESCAPE'}


class NestedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, hidden, mask):
        output, weights = self.attention(hidden, hidden, hidden, attn_mask=mask)

        def total():
            return weights.sum()

        return output + total()


class InstanceAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, hidden, mask):
        output, weights = self.attention(hidden, hidden, hidden, attn_mask=mask)
        return output * (2 if isinstance(weights, torch.Tensor) else 1)


def examples():
    torch.manual_seed(0)
    hidden, mask = torch.randn(2, 5, 8), torch.randn(5, 5)
    for kind in (NestedAttention, InstanceAttention):
        yield kind(), (hidden, mask), {}
