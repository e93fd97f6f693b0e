import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "either"
WHY = "a helper that is written out calls its key what the weights are called: it is read behind the call"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, head_dim):
        super().__init__()

    def meet(self, query, key):
        self.level = 0.5
        if self.level < 1.0:
            query = query * self.level
        self.level = 2.0
        query = query * 0.5
        key = (torch.einsum("nqd,nkd->nqk", query, key))
        return key

    @staticmethod
    def halve(scores):
        return scores / 2

    def forward(self, query, key, value, output_attentions=False):
        queries, keys, dim = query.size(1), key.size(1), query.size(-1)
        attn = self.meet(query, key)
        attn = self.halve(attn)
        steps = 0.2 * torch.arange(keys)
        for _ in range(2):
            attn = attn + steps
            steps = steps / 2
        attn = torch.softmax(attn, dim=-1)
        output = torch.einsum("nkd,nqk->nqd", value, attn)
        return output, attn if output_attentions else None


def kept(shape, full_rows):
    keep = torch.rand(shape) > 0.4
    keep[..., 0] = True
    if full_rows:
        keep.view(-1, keep.shape[-1])[0] = False
    return keep


def hidden(shape, full_rows):
    return torch.zeros(shape).masked_fill(~kept(shape, full_rows), torch.finfo(torch.float32).min)


def examples():
    torch.manual_seed(0)
    heads, dim = 2, 8
    for batch, queries, keys in ((1, 4, 4),):
        for full_rows in (False,):
            operands = (2.0 * torch.randn(batch * heads, queries, dim), 2.0 * torch.randn(batch * heads, keys, dim), torch.randn(batch * heads, keys, dim))
            yield Attention(8), operands, {"output_attentions": True}
            operands = (2.0 * torch.randn(batch * heads, queries, dim), 2.0 * torch.randn(batch * heads, keys, dim), torch.randn(batch * heads, keys, dim))
            yield Attention(8), operands, {"output_attentions": False}
