import torch
from torch import nn

EXPECT = "generated"
WHY = "GPT-2: one more scale by the layer's index, under a flag"


class Attention(nn.Module):
    def __init__(self, weights=True, by_layer=True, layer=1):
        super().__init__()
        self.scale_weights = weights
        self.by_layer = by_layer
        self.layer = layer

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if self.scale_weights:
            scores = scores / torch.full([], value.size(-1) ** 0.5, dtype=scores.dtype, device=scores.device)
        if self.by_layer:
            scores = scores / float(self.layer + 1)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for flags in ((True, True, 1), (True, False, 2), (False, True, 3), (False, False, 0)):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(*flags), (query, key, value), {}


def example():
    return next(examples())
