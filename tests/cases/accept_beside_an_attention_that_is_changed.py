import torch
from torch import nn

EXPECT = "generated"
CODE = "OPERAND_CHANGED"
WHY = "what changes an operand of one attention of the method says nothing of the other"

class TwofoldAttention(nn.Module):
    def attend(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        return torch.matmul(torch.softmax(scores, dim=-1), value)

    def forward(self, query, key, value):
        first = self.attend(query, key, value)
        query = query * 1.0
        scores = torch.matmul(query, value.transpose(-1, -2)) * 0.3
        query.mul_(2.0)
        return first + torch.matmul(torch.softmax(scores, dim=-1), value)

def examples():
    torch.manual_seed(0)
    for attention in (TwofoldAttention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}

def example():
    return next(examples())

