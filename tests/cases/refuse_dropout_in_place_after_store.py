import torch
from torch import nn

EXPECT = "refused"
WHY = "what is stored before a dropout in place is dropped out as well"


class Attention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        self.seen = probs
        probs = nn.functional.dropout(probs, 0.5, self.training, inplace=True)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
