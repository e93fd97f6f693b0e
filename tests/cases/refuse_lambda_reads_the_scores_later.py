import torch
from torch import nn

EXPECT = "refused"
WHY = "a lambda reads the scores by their name whenever it is called, so they have to be there"
CODE = "ESCAPE"


class Attention(nn.Module):
    def forward(self, query, key, value):
        late = lambda: scores.sum()  # noqa: E731
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores * 0.5
        total = late()
        return torch.matmul(torch.softmax(scores, dim=-1), value) + total


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
