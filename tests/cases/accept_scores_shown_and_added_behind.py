import torch
from torch import nn

EXPECT = "generated"
WHY = "the scores leave by a flag, and are another attention's bias behind the call that would bind their name anew"
CODES = {"Attention": "WEIGHTS"}


class Attention(nn.Module):
    def forward(self, query, key, value, shown=False):
        first = torch.matmul(query, key.transpose(-1, -2))
        output = torch.matmul(torch.softmax(first, dim=-1), value)
        second = torch.matmul(query, value.transpose(-1, -2)) + first
        output = output + torch.matmul(torch.softmax(second, dim=-1), key)
        if shown:
            return output, first
        return output, None


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
