import torch
from torch import nn

EXPECT = "refused"
WHY = "other code may set any attribute, and what the constructor makes of the softmax is not written in one place"
CODES = {"TwiceAttention": "UNKNOWN", "AxisAttention": "UNKNOWN", "AliasAttention": "UNKNOWN"}
Normalised = nn.Softmax


def injected(model, layer):
    for name, part in model.named_modules():
        if isinstance(part, nn.LazyLinear):
            setattr(model, name, layer)


class TwiceAttention(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.attend = nn.Softmax(dim=-1)
        if flag:
            self.attend = nn.Softmax(dim=-1)

    def forward(self, query, key, value):
        return torch.matmul(self.attend(torch.matmul(query, key.transpose(-1, -2)) * 0.3), value)


class AxisAttention(nn.Module):
    def __init__(self):
        super().__init__()
        axis = -1
        self.attend = nn.Softmax(dim=axis)

    def forward(self, query, key, value):
        return torch.matmul(self.attend(torch.matmul(query, key.transpose(-1, -2)) * 0.3), value)


class AliasAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = Normalised(dim=-1)

    def forward(self, query, key, value):
        return torch.matmul(self.attend(torch.matmul(query, key.transpose(-1, -2)) * 0.3), value)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([TwiceAttention(), AxisAttention(), AliasAttention()])

    def forward(self, query, key, value):
        return sum(part(query, key, value) for part in self.parts)


def example():
    torch.manual_seed(0)
    return Block(), tuple(2.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), {}
