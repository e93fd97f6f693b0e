import torch
from torch import nn

EXPECT = "generated"
WHY = "what stands in the `else` of a loop happens once the loop has ended, unless it was broken off"


class Attention(nn.Module):
    def __init__(self, sought=1):
        super().__init__()
        self.sought = sought

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for turn in range(2):
            turn = turn + 1
        else:
            scores = scores * 0.5
        tries = 0
        while tries < 2:
            tries += 1
        else:
            scores = scores + torch.arange(key.size(-2)) / tries
        for turn in range(3):
            if turn == self.sought:
                break
        else:
            scores = scores + 2.0 * torch.arange(key.size(-2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return [(Attention(sought), (query, key, value), {}) for sought in (1, 7)]
