import torch
from torch import nn

EXPECT = "generated"
WHY = "the same cast of the same probabilities, once more, gives the same"


class TypedAttention(nn.Module):
    def forward(self, query, key, value, need_weights=False):
        weights = torch.matmul(query, key.transpose(-1, -2))
        wide = nn.functional.softmax(weights, dim=-1, dtype=torch.float32)
        weights = wide.type_as(weights)
        probs = nn.functional.dropout(wide.type_as(weights), p=0.1, training=self.training)
        output = torch.matmul(probs, value)
        return (output, weights) if need_weights else (output, None)


class DtypeAttention(nn.Module):
    def forward(self, query, key, value, need_weights=False):
        wide = torch.softmax(torch.matmul(query, key.transpose(-1, -2)).float(), dim=-1)
        weights = wide.to(value.dtype)
        output = torch.matmul(wide.to(value.dtype), value)
        return (output, weights) if need_weights else (output, None)


def examples():
    torch.manual_seed(0)
    for make in (TypedAttention, DtypeAttention):
        for asked in (False, True):
            query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
            yield make(), (query, key, value, asked), {}


def example():
    return next(examples())
