import math

import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "`torch.dropout` says whether it trains by place or as `train`; a `map` that is unpacked calls functions of the file"


def rotate_half(x):
    first, second = x.reshape(*x.shape[:-1], 2, -1).unbind(dim=-2)
    return torch.cat((-second, first), dim=-1)


def rotated(positions, x):
    return x * positions.cos() + rotate_half(x) * positions.sin()


def attend(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None) -> torch.Tensor:
    L, S = query.size(-2), key.size(-2)
    scale_factor = 1 / math.sqrt(query.size(-1)) if scale is None else scale
    attn_bias = torch.zeros(L, S, dtype=query.dtype, device=query.device)
    if attn_mask is not None:
        attn_bias = attn_mask + attn_bias
    attn_weight = query @ key.transpose(-2, -1) * scale_factor
    attn_weight += attn_bias
    attn_weight = torch.softmax(attn_weight, dim=-1)
    attn_weight = torch.dropout(attn_weight, dropout_p, train=True)
    return attn_weight @ value


class ReferenceAttention(nn.Module):
    def forward(self, query, key, value, mask=None):
        return attend(query, key, value, attn_mask=mask)


class RotatedAttention(nn.Module):
    def forward(self, query, key, value, mask=None):
        positions = torch.arange(query.size(-2)).to(query.dtype)[:, None] * torch.ones(query.size(-1)).to(query.dtype)
        query, key = map(lambda t: rotated(positions, t), (query, key))
        turn = lambda t: t.transpose(-1, -2)  # noqa: E731
        (turned,) = map(turn, (key,))
        probs = torch.dropout((query @ turned * 0.3).softmax(dim=-1), 0.0, self.training)
        return probs @ value


def examples():
    torch.manual_seed(0)
    for make in (ReferenceAttention, RotatedAttention):
        for mask in (None, torch.randn(2, 1, 5, 5)):
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value), {"mask": mask}


def example():
    return next(examples())
