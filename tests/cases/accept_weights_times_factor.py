import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the weights that leave are the probabilities times a factor, before the dropout"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.25)

    def forward(self, query, key, value, head_mask=None, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))
        weights = torch.softmax(scores, dim=-1)
        if head_mask is not None:
            weights = head_mask.view(1, -1, 1, 1) * weights
        probs = self.dropout(weights)
        return torch.matmul(probs, value), weights


def examples():
    torch.manual_seed(0)
    for head_mask in (None, torch.tensor([1.0, 0.0, 0.5])):
        for asked in (False, True):
            query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
            yield Attention(), (query, key, value, head_mask, asked), {}
