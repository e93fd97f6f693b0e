import torch
from torch import nn

EXPECT = "either"
WHY = "weights of one branch, another tensor in the second, and None in a third"


class Attention(nn.Module):
    def __init__(self, plain):
        super().__init__()
        self.plain = plain

    def forward(self, query, key, value, weights_too=False):
        if self.plain:
            scores = torch.matmul(query, key.transpose(-1, -2)) / 8**0.5
            probs = torch.softmax(scores, dim=-1)
            context = torch.matmul(probs, value)
        else:
            scores = key.mean(dim=-1).unsqueeze(-2).expand(-1, -1, query.shape[-2], -1)
            probs = torch.sigmoid(scores)
            context = torch.matmul(probs, value)
        if weights_too and query.shape[0] > 5:
            probs = None
        elif weights_too:
            probs = probs.float()
        return context, probs


def examples():
    torch.manual_seed(0)
    for plain in (True, False):
        for asked in (False, True):
            query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (4, 6, 6))
            yield Attention(plain), (query, key, value, asked), {}


def example():
    return next(examples())
