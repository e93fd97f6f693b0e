import torch
from torch import nn

EXPECT = "generated"
WHY = "a method that changes nothing gives a result that is dropped: the scores go on as they were"
NOT_WRITTEN = {"Attention": "mask."}


class Attention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = query @ key.transpose(-1, -2) * 0.5
        if mask is not None:
            scores.masked_fill(~mask.bool(), -float("inf"))
        scores.float()
        scores.contiguous()
        for _ in range(2):
            scores = scores + 0.1
            scores.masked_fill(key[:, :, None, :, 0] > 0, -1e9)
        scores.mul(2.0)
        probs = scores.softmax(-1)
        probs.to(value.dtype)
        return probs @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(2, 1, 5, 5) > 0.5), {}
