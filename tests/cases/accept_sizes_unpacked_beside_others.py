import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "names that are left for an unpacked shape are numbers, wherever it stands"


class FirstAttention(nn.Module):
    def __init__(self, heads=2):
        super().__init__()
        self.heads = heads

    def forward(self, query, key, value):
        batch, heads, length, size, device, count = *query.shape, query.device, self.heads
        scores = torch.einsum("b h i d, b h j d -> b h i j", query, key) * size**-0.5
        bias = torch.arange(length, device=device) / count
        return torch.einsum("b h i j, b h j d -> b h i d", (scores + bias).softmax(dim=-1), value)


class LastAttention(FirstAttention):
    def forward(self, query, key, value):
        count, batch, _, length, size = (self.heads, *query.shape)
        scores = torch.einsum("b h i d, b h j d -> b h i j", query, key) / (size * count)
        return torch.einsum("b h i j, b h j d -> b h i d", scores.softmax(dim=-1), value)


def examples():
    for make in (FirstAttention, LastAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
