import torch
from torch import nn

EXPECT = "refused"
WHY = "two softmaxes over different axes, operands unpacked from one value, probabilities that one branch has not"


class BothAxesAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        forth, back = torch.softmax(scores, dim=-1), torch.softmax(scores, dim=-2)
        return torch.matmul(forth, value) + torch.matmul(back.transpose(-1, -2), value)


class TurnedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        back = torch.softmax(scores.transpose(-1, -2), dim=-1)
        forth = torch.softmax(scores, dim=-1)
        return torch.matmul(forth, value) + torch.matmul(back, value)


class UnpackedProductAttention(nn.Module):
    def forward(self, query, key, value):
        pair = (query, key.transpose(-1, -2))
        return torch.matmul(torch.softmax(torch.matmul(*pair) * 0.4, dim=-1), value)


class UnpackedValuesAttention(nn.Module):
    def forward(self, query, key, value):
        pair = (torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1), value)
        return torch.matmul(*pair)


class MissingAttention(nn.Module):
    def __init__(self, attend=True):
        super().__init__()
        self.attend = attend

    def forward(self, query, key, value):
        probs = None
        if self.attend:
            probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        return torch.matmul(probs, value)


class MovedHeadsAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.einsum("bhqd,bhkd->bhqk", query, key) * 0.4, dim=-1)
        return torch.einsum("bhqk,bhkd->bhqd", probs.permute(1, 0, 2, 3), value)


def examples():
    torch.manual_seed(0)
    for kind in (
        BothAxesAttention,
        TurnedAttention,
        UnpackedProductAttention,
        UnpackedValuesAttention,
        MissingAttention,
        MovedHeadsAttention,
    ):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
