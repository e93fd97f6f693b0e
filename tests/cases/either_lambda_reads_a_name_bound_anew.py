import torch
from torch import nn

EXPECT = "either"
WHY = "what a lambda reads is what the name holds when it is called: the doubled product stays where it was"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.relative = nn.Parameter(torch.randn(5, 8))

    def forward(self, query, key, value):
        term = torch.matmul(query, key.transpose(-1, -2))
        halved = lambda: term * 0.5  # noqa: E731
        term = term * 2.0
        term = halved()
        scores = term + torch.matmul(query, self.relative.t())
        return torch.matmul(torch.softmax(scores * 0.5, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
