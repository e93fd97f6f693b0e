import torch
from torch import nn

EXPECT = "generated"
WHY = "what a name of a helper stands for is known where it is read, however often it is bound"
WRITTEN = {
    "StraightAttention": "queries = query / 4.0",
    "TwiceAttention": "queries = ((query * 2.0) + 1.0) / 4.0",
    "ChosenAttention": "queries = query.float() if self.wide else query",
    "BothAttention": "queries = (query * 0.5) if self.wide else (query * 0.25)",
    "DefaultAttention": "scale = 0.5",
    "FlagAttention": "queries = (query * 0.5) if True else query",
    "DeepAttention": "queries = (query * 0.5) * 0.5",
    "MaskAttention": "[:, None]",
}


class StraightAttention(nn.Module):
    def probs(self, query, key, mask):
        query = query / 4.0
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        return scores.softmax(-1)

    def forward(self, query, key, value, mask):
        return torch.matmul(self.probs(query, key, mask), value)


class TwiceAttention(nn.Module):
    def probs(self, query, key, mask):
        query = query * 2.0
        query = query + 1.0
        query = query / 4.0
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        return scores.softmax(-1)

    def forward(self, query, key, value, mask):
        return torch.matmul(self.probs(query, key, mask), value)


class ChosenAttention(nn.Module):
    def __init__(self, wide):
        super().__init__()
        self.wide = wide

    def probs(self, query, key, mask):
        dtype = query.dtype
        if self.wide:
            query = query.float()
            key = key.float()
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0 + mask
        return scores.softmax(-1).to(dtype)

    def forward(self, query, key, value, mask):
        return torch.matmul(self.probs(query, key, mask), value)


class BothAttention(nn.Module):
    def __init__(self, wide):
        super().__init__()
        self.wide = wide

    def probs(self, query, key, mask):
        if self.wide:
            query = query * 0.5
        else:
            query = query * 0.25
        return (torch.matmul(query, key.transpose(-1, -2)) + mask).softmax(-1)

    def forward(self, query, key, value, mask):
        return torch.matmul(self.probs(query, key, mask), value)


class DefaultAttention(nn.Module):
    def probs(self, query, key, mask, scale=None):
        if scale is None:
            scale = 0.5
        return (torch.matmul(query, key.transpose(-1, -2)) * scale + mask).softmax(-1)

    def forward(self, query, key, value, mask):
        return torch.matmul(self.probs(query, key, mask), value)


class FlagAttention(nn.Module):
    def probs(self, query, key, mask):
        flag = True
        if flag:
            query = query * 0.5
        flag = False
        return (torch.matmul(query, key.transpose(-1, -2)) + mask * (0.0 if flag else 1.0)).softmax(-1)

    def forward(self, query, key, value, mask):
        return torch.matmul(self.probs(query, key, mask), value)


class DeepAttention(nn.Module):
    def scores(self, query, key):
        query = query * 0.5
        return torch.matmul(query, key.transpose(-1, -2))

    def probs(self, query, key, mask):
        query = query * 0.5
        scores = self.scores(query, key) + mask
        return scores.softmax(-1)

    def forward(self, query, key, value, mask):
        return torch.matmul(self.probs(query, key, mask), value)


class MaskAttention(nn.Module):
    def probs(self, query, key, mask):
        mask = mask[:, 0]
        mask = mask[:, None]
        return (torch.matmul(query, key.transpose(-1, -2)) * 0.5 + mask).softmax(-1)

    def forward(self, query, key, value, mask):
        return torch.matmul(self.probs(query, key, mask), value)


def examples():
    torch.manual_seed(0)
    for module in (
        StraightAttention(), TwiceAttention(), ChosenAttention(True), ChosenAttention(False), BothAttention(True),
        BothAttention(False), DefaultAttention(), FlagAttention(), DeepAttention(), MaskAttention(),
    ):  # fmt: skip
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value, torch.randn(2, 1, 5, 5)), {}


def example():
    return next(examples())
