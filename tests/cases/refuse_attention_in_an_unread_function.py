import torch
from torch import nn
from torch.nn.functional import cosine_similarity as compared

EXPECT = "refused"
CODE = "NO_PRODUCT"
WHY = "what query and key become is up to a function that multiplies nothing the analysis knows of"


class WindowAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.1)

    def forward(self, query, key, value):
        near = compared(query.unsqueeze(-2), key.unsqueeze(-3), dim=-1)
        weights = self.dropout(torch.softmax(near, dim=-1))
        return weights @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return WindowAttention(), (query, key, value), {}
