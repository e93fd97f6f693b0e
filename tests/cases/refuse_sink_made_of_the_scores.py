import torch
from torch import nn

EXPECT = "refused"
CODES = {"Attention": "LEFTOVER"}
SAYS = {"Attention": "`sums`"}
WHY = "a sink that is made of the scores' own rows is no key of its own"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sums = torch.logsumexp(scores, dim=-1, keepdim=True)
        share = torch.sigmoid(sums - torch.tanh(scores.amax(dim=-1, keepdim=True)))
        return torch.matmul(torch.softmax(scores, dim=-1), value) * share


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
