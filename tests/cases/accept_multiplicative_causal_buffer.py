import torch
from torch import nn

EXPECT = "generated"
WHY = "OpenAI GPT: w * b - 1e4 * (1 - b) with a buffer of zeros and ones"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("bias", torch.tril(torch.ones(12, 12)).view(1, 1, 12, 12), persistent=False)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        b = self.bias[:, :, : scores.size(-2), : scores.size(-1)]
        scores = scores * b + -1e4 * (1 - b)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 7), (3, 1)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
