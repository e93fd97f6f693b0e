import torch
from torch import nn
EXPECT = "refused"
CODES = {"KeptAttention": "OPERAND_CHANGED"}
WHY = "what a comprehension gives to a method may be kept by the module, and changed there"
class KeptAttention(nn.Module):
    def keep(self, t):
        self.kept = t
        return t.sum()
    def forward(self, query, key, value):
        shift = torch.arange(4.0)
        [m] = [self.keep(t) for t in (shift,)]
        scores = query @ key.transpose(-1, -2) + shift
        self.kept.mul_(2.0)
        return scores.softmax(-1) @ value + m
def examples():
    torch.manual_seed(0)
    for b, q in ((2, 5), (1, 1)):
        query, key, value = (torch.randn(b, 3, n, 8) for n in (q, 4, 4))
        yield KeptAttention(), (query, key, value), {}
def example():
    return next(examples())
