import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper adds the same bias in each pass of a loop: it is called on the bias, since said once it would count once"


class Attention(nn.Module):
    def masked(self, scores, mask):
        for _ in range(3):
            scores = scores + mask
        return scores

    def forward(self, query, key, value, mask):
        scores = self.masked(torch.matmul(query, key.transpose(-1, -2)) * 0.3, mask)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
