import torch
from torch import nn

EXPECT = "generated"
WHY = "what is changed in place is each pass's own, or none of what the attention has read, or only perhaps"
EVERY = True
NOT_WRITTEN = {"FreshAttention": "is_grad_enabled", "BesideAttention": "is_grad_enabled"}


class FreshAttention(nn.Module):
    """Values that each pass makes and changes before they are met."""

    def forward(self, query, key, value):
        outputs = []
        for turn in range(2):
            shifted = value * 0.5
            shifted += turn
            scores = torch.einsum("blhe,bshe->bhls", query, key)
            outputs.append(torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), shifted))
        return torch.cat(outputs, 1)


class BesideAttention(nn.Module):
    """A tensor that the attention has nothing to do with."""

    def forward(self, query, key, value):
        tally = value * 2.0
        weights = torch.softmax(torch.einsum("blhe,bshe->bhls", query, key), dim=-1)
        output = torch.einsum("bhls,bshe->blhe", weights, value)
        tally += 1.0
        return output, tally


def examples():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 5, 3, 8) for _ in range(3))
    for attention in (FreshAttention, BesideAttention):
        yield attention(), (query, key, value), {}


def example():
    return next(examples())
