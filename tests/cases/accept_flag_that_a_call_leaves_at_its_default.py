import torch
from torch import nn

EXPECT = "generated"
WHY = "the calls leave one flag at False and say another: what stands under them does not run"


class CheckedAttention(nn.Module):
    def prepared(self, logits, size, strict=False, checked=True):
        if strict:
            raise ValueError("strict")
        if not checked:
            logits = torch.tanh(logits)
            self.unchecked = True
        return logits / size

    def forward(self, query, key, value):
        logits = self.prepared(query @ key.transpose(-1, -2), 3.0, checked=True)
        return torch.softmax(logits, dim=-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return CheckedAttention(), (query, key, value), {}
