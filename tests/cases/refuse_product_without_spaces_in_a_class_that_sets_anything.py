import torch
from torch import nn

EXPECT = "refused"
WHY = "the constructor may set `forward` itself; the product stands without spaces, and has a record all the same"
CODES = {"Attention": "METHOD"}


class Attention(nn.Module):
    def __init__(self, settings):
        super().__init__()
        for name, value in settings.items():
            setattr(self, name, value)

    # fmt: off
    def forward(self, q, k, v):
        return (q@k.transpose(-2, -1)*self.scale).softmax(-1)@v
    # fmt: on


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention({"scale": 0.3}), (query, key, value), {}
