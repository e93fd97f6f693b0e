import torch
from torch import nn

EXPECT = "untouched"
WHY = "a router's weights choose among experts: what it is given comes from a product, and no value meets them again"


class AttentionExperts(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Parameter(torch.randn(8, 8))
        self.experts = nn.Parameter(torch.randn(4, 8, 8))
        self.router = nn.Linear(8, 4)

    def mixed(self, states):
        outputs = torch.einsum("bnd,edf->bnef", states, self.experts)
        shares = torch.softmax(self.router(states), dim=-1)
        return (outputs * shares.unsqueeze(-1)).sum(dim=2)

    def forward(self, states):
        states = torch.matmul(states, self.up)
        return self.mixed(states)


def example():
    torch.manual_seed(0)
    return AttentionExperts(), (torch.randn(2, 5, 8),), {}
