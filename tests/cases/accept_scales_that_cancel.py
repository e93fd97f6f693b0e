import torch
from torch import nn

EXPECT = "generated"
WHY = "a division that is taken back exactly leaves bias and scale as they are; another factor does not"


class Stabilised(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        smaller = scores / 32
        highest = smaller.amax(dim=-1, keepdim=True)
        return torch.matmul(torch.softmax((smaller - highest) * 32, dim=-1), value)


class Halved(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        scores = scores / 8
        scores = scores * 4
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Between(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores / 8
        scores = scores + mask
        scores = scores * 8
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Once(nn.Module):
    def __init__(self, small):
        super().__init__()
        self.small = small

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        if self.small:
            scores = scores / 8
        scores = scores * 8
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AllAttentions(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([Stabilised(), Halved(), Between(), Once(True), Once(False)])

    def forward(self, query, key, value, mask):
        return torch.stack([part(query, key, value, mask) for part in self.parts])


def example():
    torch.manual_seed(0)
    query, key, value = (0.5 * torch.randn(2, 3, 5, 8) for _ in range(3))
    return AllAttentions(), (query, key, value, torch.randn(2, 1, 5, 5)), {}
