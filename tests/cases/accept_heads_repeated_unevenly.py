import torch
from torch import nn

EXPECT = "generated"
WHY = "a tensor says how often each head is repeated: the copies are made, since no kernel makes such"


class Attention(nn.Module):
    def forward(self, query, key, value, times):
        keys = torch.repeat_interleave(key, times, dim=1)
        values = torch.repeat_interleave(value, times, dim=1)
        return torch.softmax(query @ keys.transpose(-1, -2), dim=-1) @ values


def examples():
    for times in (torch.tensor([1, 3]), torch.tensor([2, 2]), 2):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, heads, 5, 8) for heads in (4, 2, 2))
        yield Attention(), (query, key, value, times), {}


def example():
    return next(examples())
