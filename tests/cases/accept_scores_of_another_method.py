import torch
from torch import nn

EXPECT = "generated"
WHY = "one method makes the scores, another brings them to the values and goes on: it is written out in the first"


class SplitAttention(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.outward = nn.Linear(width, width)

    def finish(self, value, scores, seen):
        if seen is not None:
            scores = scores.masked_fill(~seen, float("-inf"))
            weights = torch.softmax(scores, dim=-1).masked_fill(~seen, 0.0)
        else:
            weights = torch.softmax(scores, dim=-1)
        return self.outward(torch.matmul(weights, value))

    def forward(self, query, key, value, seen=None):
        scores = torch.matmul(query, key.transpose(-2, -1)) / 3.0
        return self.finish(value, scores, seen)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return SplitAttention(), (query, key, value), {}
