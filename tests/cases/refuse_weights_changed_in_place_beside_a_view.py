import torch
from torch import nn

EXPECT = "refused"
CODE = "INPLACE"
WHY = "a view of the probabilities sees what is done to them in place; of a copy that is not known here"


class ViewAttention(nn.Module):
    def forward(self, query, key, value, heads, output_attentions=True):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        turned = weights.transpose(-1, -2)
        weights *= heads.view(1, -1, 1, 1)
        return weights @ value, (turned if output_attentions else None)


class CopyAttention(nn.Module):
    def forward(self, query, key, value, heads, output_attentions=True):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        copied = weights.clone()
        copied *= heads.view(1, -1, 1, 1)
        return weights @ value, (copied if output_attentions else None)


class CopiedAttention(nn.Module):
    def forward(self, query, key, value, heads, output_attentions=True):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        copied = weights.clone()
        weights[..., 0] = 0.0
        return copied @ value, (weights if output_attentions else None)


def examples():
    for make in (ViewAttention, CopyAttention, CopiedAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value, torch.tensor([0.5, 2.0])), {}


def example():
    return next(examples())
