import torch
from torch import nn

EXPECT = "untouched"
WHY = "query, key and value are made here, and attended to by a module of another kind"


class Mixer(nn.Module):
    def forward(self, query, key, value):
        return query + key.mean(dim=1, keepdim=True) + value


class OuterAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(8, 8) for _ in range(3))
        self.inner = Mixer()

    def forward(self, hidden):
        query, key, value = self.q_proj(hidden), self.k_proj(hidden), self.v_proj(hidden)
        return self.inner(query, key, value)


def example():
    torch.manual_seed(0)
    return OuterAttention(), (torch.randn(2, 6, 8),), {}
