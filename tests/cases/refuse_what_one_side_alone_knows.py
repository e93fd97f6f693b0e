import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

EXPECT = "refused"
WHY = "shapes, dtypes and functions that one side of a test has are not those of the other"
CODES = {
    "FilledThereAttention": "METADATA",
    "SizeOfTheAveragedAttention": "METADATA",
}


class BaseAttention(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.flag = flag


class FilledThereAttention(BaseAttention):
    """Of a fill alone the bias gets torch's default dtype, which the scores do not have."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if self.flag:
            scores = scores.masked_fill(mask > 1.0, -1e30)
        else:
            scores = scores + mask
        dtype = scores.dtype
        probs = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.matmul(probs, value).to(dtype)


class SizeOfTheAveragedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        output = torch.matmul(probs, value)
        if self.flag:
            shown = probs.mean(dim=1)
        else:
            shown = probs.sum(dim=1)
        return output + shown.dim()


class Config:
    _attn_implementation = "eager"


class MethodOrInterfaceAttention(nn.Module):
    """A method is no function that the interface stands for."""

    def __init__(self):
        super().__init__()
        self.config = Config()

    def eager(self, module, query, key, value, mask, scaling, dropout=0.0):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scaling + mask, dim=-1)
        return torch.matmul(weights, value), weights

    def forward(self, query, key, value, mask):
        attend = self.eager
        if self.config._attn_implementation != "eager":
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        return attend(self, query, key, value, mask, 0.3)


def examples():
    torch.manual_seed(0)
    kinds = FilledThereAttention, SizeOfTheAveragedAttention, MethodOrInterfaceAttention
    for kind in kinds:
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(2, 3, 5, 5)), {}


def example():
    return next(examples())
