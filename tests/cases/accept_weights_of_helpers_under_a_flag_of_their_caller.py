import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "a method, or a function of the file, gives weights that `forward` returns under a flag: it is written out there"


def scaled_dot_product(q, k, v, mask=None):
    attn_logits = torch.matmul(q, k.transpose(-2, -1))
    attn_logits = attn_logits / math.sqrt(q.size(-1))
    if mask is not None:
        attn_logits = attn_logits.masked_fill(mask == 0, -9e15)
    attention = F.softmax(attn_logits, dim=-1)
    values = torch.matmul(attention, v)
    return values, attention


class TutorialAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        values, attention = scaled_dot_product(query, key, value)
        values = values.transpose(1, 2).reshape(2, 5, -1)
        if wanted:
            return values, attention
        else:
            return values


class HelpedAttention(nn.Module):
    def attend(self, query, key, value):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        return probs @ value, probs

    def forward(self, query, key, value, wanted=False):
        output, probs = self.attend(query, key, value)
        return (output, probs) if wanted else output


class OtherNamesAttention(nn.Module):
    """What the helper calls its results is something else here, and read later."""

    def attend(self, query, key, value):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        return output, probs

    def forward(self, query, key, value, wanted=False):
        output = 2.0 * query
        result, shown = self.attend(output, key, value)
        return (result + output, shown) if wanted else result + output


def examples():
    torch.manual_seed(0)
    for make in (TutorialAttention, HelpedAttention, OtherNamesAttention):
        for wanted in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, wanted), {}


def example():
    return next(examples())
