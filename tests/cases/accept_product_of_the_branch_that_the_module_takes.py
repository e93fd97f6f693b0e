import math

import torch
from torch import nn
from torch.nn import functional as F

EXPECT = "generated"
EVERY = True
WHY = "of two products the one goes on whose branch the module takes as it was made, and fills its mask in place"


def attend(states, weight, bias, shift: list[int], logit_scale=None):
    query, key, value = F.linear(states, weight).unflatten(-1, (3, 2, -1)).permute(2, 0, 3, 1, 4)
    if logit_scale is not None:
        scores = F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1)
        scores = scores * torch.clamp(logit_scale, max=math.log(100.0)).exp()
    else:
        scores = (query * query.shape[-1] ** -0.5).matmul(key.transpose(-2, -1))
    scores = scores + bias
    if sum(shift) > 0:
        mask = states.new_zeros((states.size(1), states.size(1)))
        count = 0
        for rows in ((0, -2), (-2, -1), (-1, None)):
            mask[rows[0] : rows[1]] = count
            count += 1
        mask = mask.masked_fill(mask == 1, -100.0).masked_fill(mask != 1, 0.0)
        scores = scores + mask.T
    return F.softmax(scores, dim=-1).matmul(value).transpose(1, 2).flatten(2)


class PlainAttention(nn.Module):
    def __init__(self, shift):
        super().__init__()
        self.shift = shift
        self.weight = nn.Parameter(torch.randn(24, 8))
        self.table = nn.Parameter(torch.randn(25, 2))

    def forward(self, states):
        bias = self.table.view(5, 5, 2).permute(2, 0, 1).unsqueeze(0)
        return attend(states, self.weight, bias, self.shift)


class CosineAttention(PlainAttention):
    def __init__(self, shift):
        super().__init__(shift)
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones((2, 1, 1))))

    def forward(self, states):
        bias = 16 * torch.sigmoid(self.table.view(5, 5, 2).permute(2, 0, 1).unsqueeze(0))
        return attend(states, self.weight, bias, self.shift, logit_scale=self.logit_scale)


def examples():
    torch.manual_seed(0)
    for attention in (PlainAttention, CosineAttention):
        for shift in ([0, 0], [1, 2]):
            yield attention(shift), (torch.randn(2, 5, 8),), {}
    without = CosineAttention([0, 1])
    without.logit_scale = None
    yield without, (torch.randn(2, 5, 8),), {}


def example():
    return next(examples())
