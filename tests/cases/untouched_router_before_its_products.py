import torch
from torch import nn

EXPECT = "untouched"
WHY = "the router's softmax comes first: what is multiplied afterwards, under the same name, is none of its operands"


class ExpertsBesideAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(8, 4)
        self.down, self.up = nn.Embedding(4, 8), nn.Embedding(4, 8)

    def forward(self, hidden):
        weights, chosen = self.gate(hidden).topk(2, dim=-1)
        weights = torch.softmax(weights, dim=-1)
        mixed = torch.matmul(self.down(chosen), hidden.unsqueeze(-1)).squeeze(-1) * weights
        hidden = hidden + torch.matmul(mixed.unsqueeze(-2), self.up(chosen)).squeeze(-2)
        return hidden


def example():
    torch.manual_seed(0)
    return ExpertsBesideAttention(), (torch.randn(2, 6, 8),), {}
