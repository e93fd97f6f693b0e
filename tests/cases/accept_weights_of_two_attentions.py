import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "each of two attentions gives its own weights"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        first = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        context = torch.matmul(first, value)
        second = torch.softmax(torch.matmul(context, key.transpose(-1, -2)) * 0.5, dim=-1)
        output = torch.matmul(second, value)
        if output_attentions:
            return output, first, second
        return output, None, None


class HelpedAttention(nn.Module):
    def meet(self, weights, states):
        return torch.matmul(weights, states)

    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        context = self.meet(probs, value)
        if output_attentions:
            return context, probs
        return context, None


def examples():
    torch.manual_seed(0)
    for attention in (Attention, HelpedAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, batch == 2), {}


def example():
    return next(examples())
