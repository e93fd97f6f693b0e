import torch
from torch import nn

EXPECT = "generated"
WHY = "who is given the result, and is not known, may ask how it lies in memory; who is given something else may not"
EVERY = True
WRITTEN = {"GivenAttention": "attn_output = attn_output.contiguous()"}
NOT_WRITTEN = {"UnrelatedAttention": "output = output.contiguous()", "OrderedAttention": "output = output.contiguous()"}


def strides(tensor):
    return tensor * float(tensor.stride(1))


class GivenAttention(nn.Module):
    def forward(self, query, key, value, look=strides):
        return look(torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value)


class UnrelatedAttention(nn.Module):
    def forward(self, query, key, value, look=strides):
        output = torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value
        return output, look(value * 2.0)


class OrderedAttention(nn.Module):
    def forward(self, query, key, value, look=strides):
        output = torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value
        ordered = output.contiguous()
        return look(ordered)


def examples():
    torch.manual_seed(0)
    for attention in (GivenAttention, UnrelatedAttention, OrderedAttention):
        query, key, value = (torch.randn(2, 5, 3, 8).transpose(1, 2) for _ in range(3))
        yield attention(), (query, key, value), {}


def example():
    return next(examples())
