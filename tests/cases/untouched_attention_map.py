import torch
from torch import nn

EXPECT = "untouched"
WHY = "the weights themselves are the output: no value is weighted with them"


class AttentionMap(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj, self.k_proj = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, query, key):
        weights = torch.einsum("bqd,bkd->bqk", self.q_proj(query), self.k_proj(key))
        return torch.softmax(weights, dim=-1)


def example():
    torch.manual_seed(0)
    return AttentionMap(), (torch.randn(2, 3, 8), torch.randn(2, 6, 8)), {}
