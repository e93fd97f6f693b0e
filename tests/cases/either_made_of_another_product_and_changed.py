import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "either"
WHY = "what torch.as_tensor gives is the very tensor, also where that was made of another product"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, head_dim):
        super().__init__()
        self.index = 1
        self.offset = nn.Parameter(torch.randn(head_dim))
        self.scaling = head_dim**-0.5

    def forward(self, query, key, value):
        queries, keys, dim = query.size(0), key.size(0), query.size(-1)
        query = query * (1.0 / math.sqrt(dim))
        query = query + self.offset
        key = key.transpose(-1, -2)
        scores = torch.matmul(input=query, other=key)
        probs = torch.softmax(input=scores, dim=-1)
        probs = F.dropout(probs, p=0.3, training=self.training)
        context = probs[..., :2] @ value[..., :2, :]
        query = query + context
        attn_weights = torch.matmul(query, key).mul_(0.5)
        factor = 3.0
        del factor
        other = torch.as_tensor(query)
        nn.init.constant_(other.detach(), 0.3)
        attn_probs = torch.softmax(attn_weights, dim=-1)
        attn_output = attn_probs @ value[..., :1]
        return attn_output


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
    heads, dim = 1, 8
    for batch, queries, keys in ((2, 7, 2), (1, 1, 1)):
        for full_rows in (False,):
            operands = (2.0 * torch.randn(queries, dim), 2.0 * torch.randn(keys, dim), torch.randn(keys, dim))
            yield Attention(8), operands, {}
