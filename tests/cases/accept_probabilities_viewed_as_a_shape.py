import torch
from torch import nn

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "the sizes in which probabilities meet the values are one tuple"


class Attention(nn.Module):
    def forward(self, query, key, value):
        batch, heads, rows, _ = query.shape
        whole = (batch, heads, rows, key.size(-2))
        scores = torch.matmul(query, key.transpose(-1, -2)).view(-1, 1, rows, key.size(-2))
        probs = torch.softmax(scores, dim=-1).view(whole)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, length, 8) for length in (5, 7, 7))
    return Attention(), (query, key, value), {}
