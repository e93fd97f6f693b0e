import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WHY = "a view with more axes than the result has splits some, whatever their order; any other has to be in order"
NOT_WRITTEN = {"SplitAttention": ".contiguous()", "SplitByTupleAttention": ".contiguous()"}
WRITTEN = {
    "RegroupedAttention": ".contiguous()",
    "LeadingAxesAttention": ".contiguous()",
    "StridedAttention": ".contiguous()",
}


class SplitAttention(nn.Module):
    def forward(self, query, key, value):
        context = torch.bmm(torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1), value)
        return context.view(2, 3, 5, 8)


class SplitByTupleAttention(nn.Module):
    def forward(self, query, key, value):
        context = torch.bmm(torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1), value)
        return context.view((2, 3, 5, 8))


class RegroupedAttention(nn.Module):
    """As many axes as before, of which two are other ones."""

    def forward(self, query, key, value):
        context = torch.bmm(torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1), value)
        return context.view(2, 15, 8)


class LeadingAxesAttention(nn.Module):
    """Nobody says how many axes there are."""

    def forward(self, query, key, value):
        context = torch.matmul(torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1), value)
        return context.view(2, 3, 5, 2, 2, 2)


class StridedAttention(nn.Module):
    """Strides count entries in memory, however many axes they make."""

    def forward(self, query, key, value):
        query, key, value = query[0], key[0], value[0]
        probs = torch.softmax(torch.einsum("qd,kd->qk", query, key), dim=-1)
        context = torch.einsum("qk,kd->qd", probs, value)
        return context.as_strided((5, 4, 2), (8, 2, 1), 0)


def examples():
    torch.manual_seed(0)
    for kind in (SplitAttention, SplitByTupleAttention, RegroupedAttention, LeadingAxesAttention, StridedAttention):
        query, key, value = (2.0 * torch.randn(6, 5, 8) for _ in range(3))
        yield kind(), (query.transpose(0, 1).contiguous().transpose(0, 1), key, value), {}


def example():
    return next(examples())
