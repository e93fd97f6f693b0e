import torch
from torch import nn

EXPECT = "either"
WHY = "a loop adds to the scores as long as their maximum is low"

class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for place in range(3):
            if scores.amax(-1).max() > 9.0 + place:
                break
            scores = scores + torch.arange(key.size(2), dtype=key.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
