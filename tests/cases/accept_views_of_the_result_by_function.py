import torch
from torch import nn

EXPECT = "generated"
WHY = "a method of tensors that is called on the class, or a function of torch, views the result as the method does"
view = torch.Tensor.view


class UnboundAttention(nn.Module):
    def forward(self, query, key, value):
        context = torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value
        return torch.Tensor.view(context, 2, 2, 40)


class NamedAttention(nn.Module):
    def forward(self, query, key, value):
        context = torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value
        return view(context, (2, 2, 40))


class StridedAttention(nn.Module):
    def forward(self, query, key, value):
        context = torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value
        return torch.as_strided(context, (2, 2, 40), (80, 40, 1))


class KeywordAttention(nn.Module):
    def forward(self, query, key, value):
        context = torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value
        return torch.as_strided(size=(2, 2, 40), stride=(80, 40, 1), input=context)


class StrideAttention(nn.Module):
    def forward(self, query, key, value):
        context = torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value
        return context * torch.Tensor.stride(context, 1)


class LookedUpAttention(nn.Module):
    def forward(self, query, key, value):
        context = torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value
        return getattr(context, "view")(2, 2, 40)  # noqa: B009  # as a name that is computed


def examples():
    for make in (LookedUpAttention, UnboundAttention, NamedAttention, StridedAttention, KeywordAttention, StrideAttention):
        torch.manual_seed(0)
        yield make(), tuple(2.0 * torch.randn(2, 5, 2, 8).transpose(1, 2) for _ in range(3)), {}


def example():
    return next(examples())
