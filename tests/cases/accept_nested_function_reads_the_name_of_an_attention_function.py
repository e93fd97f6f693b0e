import torch
from torch import nn

EXPECT = "generated"
WHY = "the name of the attention function stays where a nested function reads it, too"


def attend(query, key, value):
    return torch.softmax(query @ key.transpose(-2, -1), dim=-1) @ value


class Attention(nn.Module):
    def forward(self, query, key, value):
        chosen = attend

        def labelled(tensor):
            return tensor * len(chosen.__name__)

        return labelled(chosen(query, key, value))


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
