import torch
from torch import nn

EXPECT = "generated"
WHY = "an attribute may be torch's softmax, which the method itself never names"
EVERY = True


import torch.nn.functional as F


class KeptAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.normalise = F.softmax

    def forward(self, query, key, value):
        scores = torch.einsum("bhid,bhjd->bhij", query, key) * 0.3
        weights = self.normalise(scores, dim=-1)
        return torch.einsum("bhij,bhjd->bhid", weights, value)


class TorchAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.normalise = torch.softmax

    def forward(self, query, key, value):
        return self.normalise(query @ key.transpose(-1, -2), -1) @ value


def examples():
    torch.manual_seed(0)
    for make in (KeptAttention, TorchAttention):
        yield make(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
