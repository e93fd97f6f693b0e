import torch
from torch import nn

EXPECT = "refused"
WHY = "as_tensor gives the tensor itself, so the scale is another one by the time of the call"
CODE = "OPERAND_CHANGED"


class Attention(nn.Module):
    def forward(self, query, key, value):
        factor = torch.full((1, 1), 0.5)
        scores = torch.matmul(query, key.transpose(-1, -2)) * factor
        same = torch.as_tensor(factor)
        same.mul_(-3.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
