import torch
from torch import nn

EXPECT = "generated"
WHY = "Swin: a mask for each window, added in a view of five axes"


class Attention(nn.Module):
    def forward(self, query, key, value, mask=None):
        batch, heads, length, _ = query.shape
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        if mask is not None:
            windows = mask.shape[0]
            scores = scores.view(batch // windows, windows, heads, length, length) + mask.unsqueeze(1).unsqueeze(0)
            scores = scores.view(-1, heads, length, length)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, windows, length in ((2, 3, 5), (1, 2, 4)):
        query, key, value = (2.0 * torch.randn(batch * windows, 2, length, 8) for _ in range(3))
        mask = torch.where(torch.rand(windows, length, length) > 0.7, -100.0, 0.0)
        yield Attention(), (query, key, value, mask), {}
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
