import torch
from torch import nn

EXPECT = "generated"
WHY = "what is left of scores beside very much that is added is rounding, in gradients, too"


class Attention(nn.Module):
    """A mask that is negated along with the scores: it singles out what it meant to hide."""

    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.ones(12, 12, dtype=torch.bool).tril())

    def forward(self, query, key, value):
        seen = self.seen[: query.size(-2), : key.size(-2)]
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.where(seen, torch.tensor(0.0), torch.tensor(-1e9))
        return torch.matmul((-scores).softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for scale in (0.5, 2.0):
        yield Attention(), tuple(scale * torch.randn(1, 2, 8, 8) for _ in range(3)), {}


def example():
    return next(examples())
