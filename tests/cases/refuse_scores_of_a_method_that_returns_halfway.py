import torch
from torch import nn

EXPECT = "refused"
WHY = "one method makes the scores, another brings them to the values, and returns halfway: it cannot be written out"
CODE = "HELPER"


class SplitAttention(nn.Module):
    def finish(self, value, scores, seen):
        if seen is None:
            return value
        weights = torch.softmax(scores.masked_fill(~seen, float("-inf")), dim=-1)
        return torch.matmul(weights, value) * 2.0

    def forward(self, query, key, value, seen=None):
        scores = torch.matmul(query, key.transpose(-2, -1)) / 3.0
        output = self.finish(value, scores, seen)
        return output + 1.0


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return SplitAttention(), (query, key, value), {}
