import torch
from torch import nn

EXPECT = "refused"
WHY = "a nested function that binds the operands of the method around it cannot become a method"
CODE = "HELPER"


class Attention(nn.Module):
    def forward(self, query, key, value):
        def attend():
            nonlocal query
            query = query * 0.5
            scores = torch.matmul(query, key.transpose(-1, -2))
            return torch.matmul(torch.softmax(scores, dim=-1), value)

        return attend() + query


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
