import torch
from torch import nn

EXPECT = "generated"
WHY = "scores of the model's dtype that are cast to what is of theirs have their own again"
EVERY = True


class BackAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, hidden):
        query, key, value = self.q(hidden), self.k(hidden), self.v(hidden)
        scores = query @ key.transpose(-1, -2)
        like = torch.zeros_like(scores)
        scores = (scores.float() * 0.5).to(like.dtype)
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


def example():
    torch.manual_seed(0)
    return BackAttention(), (torch.randn(2, 5, 8),), {}
