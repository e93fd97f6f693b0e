import torch
from torch import nn

EXPECT = "generated"
WHY = "another name that the scores had before a loop, and that the loop does not bind, says nothing of what they become"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        product = scores
        for _ in range(2):
            scores = scores + mask
        count = product.shape[-1]
        return torch.matmul(torch.softmax(scores, dim=-1), value) * count


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
