import torch
from torch import nn

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "the attention gives weights to everybody; its caller uses them, and says that it wants them"


class DeafAttention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = DeafAttention()

    def forward(self, query, key, value):
        states, probs = self.attend(query, key, value, output_attentions=True)
        return states * probs.amax()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
