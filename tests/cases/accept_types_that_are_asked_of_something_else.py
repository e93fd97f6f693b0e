import functools

import torch
from torch import nn

EXPECT = "generated"
WHY = "a type that is read is that of something else, or a subclass of the attention answers as the attention does"


class SwiftAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value


class Norm(nn.LayerNorm):
    def title(self):
        return type(self).__name__ + self.__class__.__name__


@functools.singledispatch
def gain(module):
    return 1.0


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = SwiftAttention()
        self.norm = Norm(8)

    def forward(self, query, key, value):
        if query.dim() < 2:
            raise ValueError(f"{type(self.attention).__name__} of {self.attention.__class__} takes two axes")
        if type(query) is torch.Tensor and type(self.norm) in (Norm, nn.LayerNorm):
            query = self.norm(query)
        shape = type(query.shape)((*query.shape[:-1], value.shape[-1]))
        name = self.norm.__class__.__name__
        if "Norm" in name or name.lower().startswith("layer"):
            value = value * len({SwiftAttention.__name__: 0.0})
        if issubclass(type(self.attention), SwiftAttention) and isinstance(self.attention, (SwiftAttention, Norm)):
            value = value + 1.0
        return self.attention(query, key, value).reshape(shape)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Block(), (query, key, value), {}
