import torch
from torch import nn

EXPECT = "refused"
CODE = "AFTER"
WHY = "what is made of the probabilities in the statement of their product with the values comes after it"


class Attention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs, value), probs.clone()


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
