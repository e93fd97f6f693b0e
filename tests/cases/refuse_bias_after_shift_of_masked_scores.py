import torch
from torch import nn

EXPECT = "refused"
WHY = "a row that is masked as a whole is zeros after its maximum was subtracted, and the bias counts there"


class Attention(nn.Module):
    def forward(self, query, key, value, mask, bias):
        scores = query @ key.transpose(-1, -2)
        scores = scores + mask
        scores = scores - scores.amax(dim=-1, keepdim=True)
        scores = scores + bias
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.rand(batch, 1, queries, keys) > 0.4
        keep[..., 0] = True
        mask = torch.zeros(keep.shape).masked_fill(~keep, torch.finfo(torch.float32).min)
        mask[:, :, 0] = torch.finfo(torch.float32).min
        bias = torch.randn(2, queries, keys)
        yield Attention(), (query, key, value, mask, bias), {}


def example():
    return next(examples())
