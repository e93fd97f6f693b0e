import torch
from torch import nn

EXPECT = "refused"
WHY = "a nested function may bind the flag anew before it is asked"


class CappedAttention(nn.Module):
    def prepared(self, logits, capped=False):
        def decide():
            nonlocal capped
            capped = logits.size(-1) > 4

        decide()
        if capped:
            logits = torch.tanh(logits)
        return logits / 3.0

    def forward(self, query, key, value):
        logits = self.prepared(query @ key.transpose(-1, -2))
        return torch.softmax(logits, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for length in (3, 5):
        query, key, value = (2.0 * torch.randn(2, 2, length, 8) for _ in range(3))
        yield CappedAttention(), (query, key, value), {}


def example():
    return next(examples())
