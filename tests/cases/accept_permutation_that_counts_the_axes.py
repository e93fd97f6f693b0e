import torch
from torch import nn

EXPECT = "generated"
WHY = "how many axes the scores have is known from the numbers that permute is given"
EVERY = True


class KeysFirstAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-2, -1)).permute(0, 1, 3, 2)
        scores = (scores + bias).permute(0, 1, 3, 2)
        return scores.softmax(-1) @ value


class HeadsFirstAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-2, -1)).permute([1, 0, 2, 3])
        scores = (scores + bias.transpose(0, 1)).permute([1, 0, 2, 3])
        return scores.softmax(-1) @ value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([KeysFirstAttention(), HeadsFirstAttention()])

    def forward(self, query, key, value, bias):
        return sum(part(query, key, value, bias) for part in self.parts)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    return Block(), (query, key, value, torch.randn(2, 3, 5, 5)), {}
