import torch
from torch import nn

EXPECT = "refused"
CODE = "AFTER"
SAYS = {"SharpenedAttention": "the probabilities are changed after they met the values"}
WHY = "what becomes of probabilities behind their product with V is made of weights that are not there"


class SharpenedAttention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        output = weights @ value
        weights = torch.nn.functional.dropout(weights, 0.5, self.training)
        return output, weights


def example():
    torch.manual_seed(0)
    return SharpenedAttention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {}
