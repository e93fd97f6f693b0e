import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "a flag of the attention's own asks for weights, in whatever words: the two sides need not be alike"


class TupleAttention(nn.Module):
    def forward(self, query, key, value, return_attention=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        return (output, probs) if return_attention else output


class NegatedAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        return output if not wanted else (output, probs)


class BranchAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        if wanted:
            result = (output, probs)
        else:
            result = output
        return result


class BoundAnewAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        result = probs @ value
        if wanted:
            result = (result, probs)
        return result


class DictAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        return {"output": output, "probs": probs} if wanted else output


class AloneAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        return probs if wanted else output


class OtherTensorAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        besides = probs if wanted else value
        return output, besides


class ZerosAttention(nn.Module):
    def forward(self, query, key, value, wanted=False):
        probs = (query @ key.transpose(-2, -1)).softmax(-1)
        output = probs @ value
        return (output, probs) if wanted else (output, torch.zeros(1))


def examples():
    torch.manual_seed(0)
    for make in (
        TupleAttention,
        NegatedAttention,
        BranchAttention,
        BoundAnewAttention,
        DictAttention,
        AloneAttention,
        OtherTensorAttention,
        ZerosAttention,
    ):
        for wanted in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, wanted), {}


def example():
    return next(examples())
