import torch
from torch import nn

EXPECT = "generated"
WHY = "BART: sizes are checked between the statements"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.bmm(query, key.transpose(1, 2))
        if scores.size() != (query.size(0), query.size(1), key.size(1)):
            raise ValueError(
                f"Attention weights should be of size {(query.size(0), query.size(1), key.size(1))}, but is {scores.size()}"
            )
        probs = scores.softmax(-1)
        context = torch.bmm(probs, value)
        if context.size() != query.size():
            raise ValueError("context")
        return context


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((4, 5, 5), (2, 3, 7), (6, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
