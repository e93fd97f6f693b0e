import torch
from torch import nn

EXPECT = "refused"
CODES = {"Attention": "OPERAND_CHANGED", "SecondAttention": "OPERAND_CHANGED", "ToldAttention": "OPERAND_CHANGED"}
SAYS = {
    "SecondAttention": "a tensor that the attention still reads is changed in place",
    "ToldAttention": "a tensor that the attention still reads may be changed by a call that is not understood",
}
WHY = "what a computed name gives may be any of the module's tensors, and is read later than where it was"


class Attention(nn.Module):
    def __init__(self, name="table"):
        super().__init__()
        self.register_buffer("table", 2.0 * torch.randn(1, 2, 5, 8))
        self.register_buffer("slopes", torch.rand(2, 1, 1))
        self.name = name

    def forward(self, query, key, value):
        keys = getattr(self, self.name)
        scores = torch.matmul(query, keys.transpose(-1, -2))
        table = self.table
        table *= 2.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SecondAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        key *= 2.0
        return torch.matmul(probs, value)


class ToldAttention(nn.Module):
    def forward(self, query, key, value, tell=repr):
        scores = torch.matmul(query, key.transpose(-1, -2))
        tell(key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, SecondAttention, ToldAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 5)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
