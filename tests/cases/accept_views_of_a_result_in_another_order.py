import torch
from torch import nn

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "the product with V has its axes in another order than the call, and is viewed: in memory it lies as eager has it"


class TransposedAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.bmm(query.transpose(1, 2), key), dim=-1)
        output = torch.bmm(value, probs.transpose(1, 2))
        return output.view(-1, output.size(-1))


class ImageAttention(nn.Module):
    def forward(self, query, key, value):
        query, key, value = (x.unflatten(1, (2, -1)) for x in (query, key, value))
        probs = torch.softmax(torch.matmul(query.transpose(-1, -2), key), dim=-1)
        output = torch.matmul(value, probs.transpose(-1, -2))
        return output.view(query.size(0), -1, 2, 3)


class EquationAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.einsum("bdq,bdk->bqk", query, key), dim=-1)
        output = torch.einsum("bqk,bdk->bdq", probs, value)
        return output.view(-1, 6)


class ChangedAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.bmm(query.transpose(1, 2), key), dim=-1)
        output = torch.bmm(value, probs.transpose(1, 2))
        output += 1.0
        return output.view(-1, output.size(-1))


def examples():
    torch.manual_seed(0)
    for make in (TransposedAttention, ImageAttention, EquationAttention, ChangedAttention):
        query, key, value = (2.0 * torch.randn(2, 8, 6) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
