import torch
from torch import nn

EXPECT = "generated"
WHY = "a divisor that is cast to float32 is as exact as the scores"


class Attention(nn.Module):
    def forward(self, query, key, value):
        divisor = torch.tensor(0.3, dtype=torch.half).to(torch.float32)
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores / divisor / torch.tensor(2.0, dtype=torch.half).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
