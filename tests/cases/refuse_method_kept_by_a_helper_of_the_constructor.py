import torch
from torch import nn

EXPECT = "refused"
CODE = "METHOD"
WHY = "the constructor keeps the method that holds the attention, which it has from another method"


class Attention(nn.Module):
    def __init__(self, sharp=False):
        super().__init__()
        self.sharp = sharp
        self._attend = self._chosen()

    def _chosen(self):
        return self._sharply if self.sharp else self._softly

    def _softly(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value

    def _sharply(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2) * 9.0, dim=-1) @ value

    def forward(self, query, key, value):
        return self._attend(query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
