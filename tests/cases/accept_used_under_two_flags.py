import torch
from torch import nn

EXPECT = "generated"
WHY = "the original runs where both flags are set, and not where one is"


class Attention(nn.Module):
    def __init__(self, show=True, more=False):
        super().__init__()
        self.show = show
        self.more = more

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.show:
            if self.more:
                print(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
