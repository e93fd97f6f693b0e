
import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a product in place of another tensor is attention that is not understood'
CODE = 'UNKNOWN'


class InplaceAttention(nn.Module):
    def forward(self, query, key, value, bias):
        query, key, value = (part.flatten(0, 1) for part in (query, key, value))
        scores = bias.expand(query.size(0), -1, -1).clone()
        scores.baddbmm_(query, key.transpose(1, 2))
        return torch.bmm(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (InplaceAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
