import torch
from torch import nn

EXPECT = "generated"
WHY = "what one step leaves is what the next one finds"
EVERY = True
EAGER_ALLOWED = True


class BaseAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.gate = nn.Parameter(torch.rand(1, 3, 1, 1))

    def product(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2)) * 0.3


class FilledThenViewedAttention(BaseAttention):
    """Some rows are hidden as a whole, each head has rows of its own, and heads and batch are taken apart later."""

    def forward(self, query, key, value, mask):
        hidden = torch.arange(6 * 5 * 5).view(6, 5, 5) % 7 < 3
        hidden = hidden | (torch.arange(30).view(6, 5, 1) % 4 == 0)
        scores = torch.bmm(query.reshape(6, 5, 8), key.reshape(6, 5, 8).transpose(1, 2)) * 0.3
        scores = scores.masked_fill(hidden, -1e9).view(2, 3, 5, 5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WidenedThenViewedAttention(BaseAttention):
    def forward(self, query, key, value, mask, shown=True):
        scores = self.product(query, key).float().view(2, 3, 5, 5)
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs.to(value.dtype), value)
        if shown:
            return output, probs
        return output, None


class WidenedAndBackAttention(BaseAttention):
    def forward(self, query, key, value, mask, shown=True):
        scores = self.product(query, key).float()
        scores = scores.to(query.dtype)
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        if shown:
            return output, probs
        return output, None


class GatedTwiceAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(self.product(query, key), dim=-1)
        if self.flag:
            probs = probs * self.gate
        probs = probs * query.mean(-1, keepdim=True)
        return torch.matmul(probs, value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                FilledThenViewedAttention(),
                WidenedThenViewedAttention(),
                WidenedAndBackAttention(),
                GatedTwiceAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
