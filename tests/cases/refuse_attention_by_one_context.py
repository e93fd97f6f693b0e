import torch
from torch import nn

EXPECT = "refused"
CODE = "NO_PRODUCT"
WHY = "the softmax is over the queries alone: every token gets the same context of keys"


class SeparableAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.projection = nn.Linear(8, 17)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden):
        query, key, value = self.projection(hidden).split([1, 8, 8], dim=-1)
        weights = self.dropout(query.softmax(dim=1))
        context = (key * weights).sum(dim=1, keepdim=True)
        return torch.relu(value) * context


def example():
    torch.manual_seed(0)
    return SeparableAttention(), (torch.randn(2, 6, 8),), {}
