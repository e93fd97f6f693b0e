import torch
from torch import nn

EXPECT = "refused"
WHY = "the sizes in which probabilities meet the values are drawn, or those of a helper"
CODES = {"DrawnAttention": "VIEW", "HelpedAttention": "VIEW"}


class DrawnAttention(nn.Module):
    def forward(self, query, key, value):
        batch, heads, rows, _ = query.shape
        scores = torch.matmul(query, key.transpose(-1, -2)).view(-1, 1, rows, key.size(-2))
        probs = torch.softmax(scores, dim=-1).view(batch, heads * int(torch.randint(1, 2, ())), rows, -1)
        return torch.matmul(probs, value)


class HelpedAttention(nn.Module):
    def back(self, probs):
        return probs.view(2, 3, 5, 7)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).view(-1, 1, 5, 7)
        return torch.matmul(self.back(torch.softmax(scores, dim=-1)), value)


def examples():
    for kind in (DrawnAttention, HelpedAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 3, length, 8) for length in (5, 7, 7))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
