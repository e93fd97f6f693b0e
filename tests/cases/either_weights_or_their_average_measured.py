import torch
from torch import nn

EXPECT = "either"
WHY = "weights on one side, or what was made of them on the other: the sizes of either"


class BaseAttention(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.flag = flag


class AveragedInOneBranchAttention(BaseAttention):
    """Weights, or what was made of them: the sizes of either."""

    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        output = torch.matmul(probs, value)
        if self.flag:
            shown = probs
        else:
            shown = probs.mean(dim=1)
        return output + shown.dim()


def examples():
    torch.manual_seed(0)
    for flag in (False, True):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield AveragedInOneBranchAttention(flag), (query, key, value, torch.randn(2, 3, 5, 5)), {}


def example():
    return next(examples())
