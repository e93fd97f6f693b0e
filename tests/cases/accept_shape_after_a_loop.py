import torch
from torch import nn

EXPECT = "generated"
WHY = "what each pass of a loop adds to scores may expand and widen them: their shape behind it is not the product's"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for _ in range(2):
            scores = scores + mask
        count = scores.shape[1]
        return torch.matmul(torch.softmax(scores, dim=-1), value) * count


def examples():
    torch.manual_seed(0)
    for rows, keys in ((5, 5), (1, 7)):
        for attention in (Attention,):
            operands = [2.0 * torch.randn(2, 1, length, 8) for length in (rows, keys, keys)]
            yield attention(), (*operands, torch.randn(2, 3, rows, keys)), {}


def example():
    return next(examples())
