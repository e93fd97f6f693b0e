import torch
from torch import nn
from torch.nn import functional as F

EXPECT = "generated"
WHY = "a long chain of calls in parentheses, of which the scores are edited away, keeps its layout"


class Attention(nn.Module):
    def __init__(self, block_length_of_the_local_attention=2):
        super().__init__()
        self.block_length_of_the_local_attention = block_length_of_the_local_attention

    def forward(self, query, key, value, mask=None):
        scores = query @ key.transpose(-2, -1)
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e4)
            if self.block_length_of_the_local_attention is not None:
                block_mask_of_the_local_attention = (
                    torch.ones_like(scores)
                    .triu(-self.block_length_of_the_local_attention)
                    .tril(self.block_length_of_the_local_attention)
                )
                scores = scores.masked_fill(block_mask_of_the_local_attention == 0, -1e4)
        return F.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 6, 8) for _ in range(3))
    yield Attention(), (query, key, value), {}
    yield Attention(), (query, key, value, torch.ones(6, 6).tril()), {}
    yield Attention(None), (query, key, value, torch.ones(6, 6).tril()), {}


def example():
    return next(examples())
