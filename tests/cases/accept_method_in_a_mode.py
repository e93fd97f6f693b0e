import torch
from torch import nn

EXPECT = "generated"
WHY = "a method without autocast stays without it: its copy keeps the decorator"


class PreciseAttention(nn.Module):
    @torch.autocast("cpu", enabled=False)
    def forward(self, query, key, value):
        scores = torch.einsum("bthd,bshd->bhts", query.float(), key.float() * 0.3)
        weights = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.einsum("bhts,bshd->bthd", weights, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 5, 2, 8) for _ in range(3))
    return PreciseAttention(), (query, key, value), {}
