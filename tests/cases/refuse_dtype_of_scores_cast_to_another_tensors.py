import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "scores of the model's dtype that are cast to an argument's have that one, which the query need not have"


class AdaptedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, hidden, table):
        similar = table @ table.transpose(-1, -2)
        query, key, value = self.q(hidden), self.k(hidden), self.v(hidden)
        scores = (query @ key.transpose(-1, -2)).to(table.dtype)
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, similar, kind


def example():
    torch.manual_seed(0)
    return AdaptedAttention(), (torch.randn(2, 5, 8), torch.randn(5, 5)), {}
