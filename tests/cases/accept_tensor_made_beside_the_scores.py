import torch
from torch import nn

EXPECT = "generated"
WHY = "a tensor of a stated dtype that is made beside the scores is on the query's device, whatever dtype they have"


class Attention(nn.Module):
    def forward(self, query, key, value, bias=None):
        scores = query @ key.transpose(-1, -2)
        if bias is not None:
            scores = scores + bias
        hidden = scores.new_ones(5, 5, dtype=torch.float32).triu(1).to(torch.bool)
        scores = scores.masked_fill(hidden, torch.finfo(query.dtype).min)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for bias in (None, torch.randn(1, 1, 5, 5)):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value, bias), {}


def example():
    return next(examples())
