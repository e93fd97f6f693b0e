import torch
from torch import nn
EXPECT = "generated"
WHY = "a factor of a wider dtype widens the probabilities, until they are cast back: weights leave as they are there"
EVERY = True
class BeforeAttention(nn.Module):
    def forward(self, query, key, value, mask):
        weights = (query @ key.transpose(-1, -2)).softmax(-1)
        weights = (weights * torch.full((1,), 0.5, dtype=torch.float32)).to(value.dtype)
        return weights @ value, weights
class AfterAttention(nn.Module):
    def forward(self, query, key, value, mask):
        weights = (query @ key.transpose(-1, -2)).softmax(-1)
        weights = (weights * torch.full((1,), 0.5, dtype=torch.float32))
        return weights.to(value.dtype) @ value, weights
class DroppedAttention(nn.Module):
    def forward(self, query, key, value, mask):
        weights = (query @ key.transpose(-1, -2)).softmax(-1)
        weights = (weights * torch.full((1,), 0.5, dtype=torch.float32)).to(value.dtype)
        weights = nn.functional.dropout(weights, 0.0, self.training)
        return weights @ value, weights
class CastFirstAttention(nn.Module):
    def forward(self, query, key, value, mask):
        weights = (query @ key.transpose(-1, -2)).softmax(-1, dtype=torch.float32)
        returned = weights * torch.full((1,), 0.5, dtype=torch.float32)
        weights = returned.to(value.dtype)
        return weights @ value, returned
class BeforeTheFactorAttention(nn.Module):
    def forward(self, query, key, value, mask):
        weights = (query @ key.transpose(-1, -2)).softmax(-1, dtype=torch.float32)
        out = weights
        weights = (weights * torch.full((1,), 0.5, dtype=torch.float32)).to(value.dtype)
        return weights @ value, out
def examples():
    torch.manual_seed(0)
    for attention in (BeforeAttention, AfterAttention, DroppedAttention, CastFirstAttention, BeforeTheFactorAttention):
        for batch, queries in ((2, 5), (1, 1)):
            query, key, value = (2.0 * torch.randn(batch, 3, length, 8) for length in (queries, 4, 4))
            yield attention(), (query, key, value, torch.randn(batch, 1, queries, 1)), {}
def example():
    return next(examples())
