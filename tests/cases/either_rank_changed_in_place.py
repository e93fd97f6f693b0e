import torch
from torch import nn

EXPECT = "either"
WHY = "under another name the query gets one more axis, and the softmax's axis is the queries' then"


class Attention(nn.Module):
    def forward(self, query, key, value):
        query = query.view(2, 5, 8)
        key = key.view(2, 5, 8)
        other, second = query, key
        other.unsqueeze_(0)
        second.unsqueeze_(0)
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(scores.softmax(dim=2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
