import torch
from torch import nn

EXPECT = "either"
WHY = "zeros that are changed in place under another name are no zeros any more"


class Attention(nn.Module):
    def forward(self, query, key, value, other):
        term = torch.zeros(2, 5, 5)
        alias = term
        alias += other
        probs = torch.softmax(torch.baddbmm(term, query, key.transpose(1, 2)), dim=-1)
        return torch.bmm(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(2, 5, 5)), {}
