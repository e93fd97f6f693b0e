import torch
from torch import nn

EXPECT = "refused"
WHY = "the attention has an argument that asks for weights, and gives them to everybody; its caller hands its own on and asks whether there are any"
CODE = "CALLER"


class DeafAttention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = DeafAttention()

    def forward(self, query, key, value, output_attentions=False):
        found = self.attend(query, key, value, output_attentions)
        states = found[0] * (2 if found[1] is None else 1)
        return (states, found[1]) if output_attentions else states


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
