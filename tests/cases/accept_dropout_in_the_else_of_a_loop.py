import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "what is dropped only where no pass breaks is dropped there alone"


class RareAttention(nn.Module):
    def forward(self, query, key, value):
        keys = key.size(-2)
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        for turn in range(2):
            if turn == keys - 5:
                break
        else:
            weights = F.dropout(weights, 0.3, self.training)
        return torch.matmul(weights, value)


def examples():
    torch.manual_seed(0)
    for keys in (5, 6, 7):
        operands = (torch.randn(2, 3, 4, 8), torch.randn(2, 3, keys, 8), torch.randn(2, 3, keys, 8))
        yield RareAttention(), operands, {}
