import torch
from torch import nn

EXPECT = "refused"
WHY = "the original would run on both sides of a test: on one since the product is another, on the other for the values"
CODES = {"SplitAttention": "BRANCH"}


class SplitAttention(nn.Module):
    def forward(self, query, key, value):
        if len(query.size()) == 3:
            scores = torch.bmm(query, key.transpose(1, 2)) * 0.3
        else:
            scores = torch.matmul(query, key.transpose(2, 3)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        if len(query.size()) == 3:
            context = torch.bmm(probs, value)
        else:
            context = torch.matmul(probs, value)
        return context


def examples():
    torch.manual_seed(0)
    for lead in ((2,), (2, 2)):
        yield SplitAttention(), tuple(torch.randn(*lead, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
