import torch
from torch import nn

EXPECT = "generated"
WHY = "weights that both sides of a test put into a tuple leave whatever the test says"


class Attention(nn.Module):
    def forward(self, query, key, value, flag=True):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        outputs = (torch.matmul(probs, value),)
        if flag:
            outputs = outputs + (probs, value)
        else:
            outputs = outputs + (probs, key, query)
        return outputs


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, batch > 1), {}


def example():
    return next(examples())
