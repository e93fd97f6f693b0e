import torch
from torch import nn

EXPECT = "generated"
WHY = "in bfloat16 a fill and a mask of -1e4 are one number; a row that they hide together weighs all keys alike"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("triangle", torch.ones(7, 7).tril(), persistent=False)

    def forward(self, query, key, value, dropped):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.35
        scores = scores.masked_fill(dropped, -10000.0)
        seen = self.triangle[: query.size(-2), : key.size(-2)]
        scores = scores * seen - 1e4 * (1 - seen)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query = 2.0 * torch.randn(2, 2, 1, 8)
    key, value = (2.0 * torch.randn(2, 2, 7, 8) for _ in range(2))
    dropped = torch.rand(1, 7) > 0.6
    dropped[0, 0] = True
    return Attention(), (query, key, value, dropped), {}
