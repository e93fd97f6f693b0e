import torch
from torch import nn

EXPECT = "generated"
EVERY = True
GRADIENTS = False  # of bfloat16, which rounds them otherwise in each of the two
WHY = "the scores are cast to float32 or stay as they are, by a flag: what is filled in is finite there, and so in the bias"


def masked_softmax(scores, mask, lowest, dtype):
    before = scores.dtype
    scores = scores.to(dtype)
    scores = torch.where(mask, scores, lowest)
    return torch.softmax(scores, dim=-1).to(before)


class Base(nn.Module):
    def __init__(self, wide):
        super().__init__()
        self.wide = wide


class BehindBiasAttention(Base):
    def forward(self, query, key, value, mask, term):
        dtype = torch.float32 if self.wide else query.dtype
        lowest = torch.full([], torch.finfo(dtype).min, dtype=dtype)
        scores = query @ key.transpose(-1, -2) + term
        scores = scores.to(dtype)
        scores = torch.where(mask, scores, lowest)
        return torch.softmax(scores, dim=-1).to(query.dtype) @ value


class AloneAttention(Base):
    def forward(self, query, key, value, mask, term):
        dtype = torch.float32 if self.wide else query.dtype
        lowest = torch.finfo(dtype).min
        scores = (query @ key.transpose(-1, -2)).to(dtype)
        scores = scores.masked_fill(~mask, lowest)
        return torch.softmax(scores, dim=-1).to(query.dtype) @ value


class HelpedAttention(Base):
    def forward(self, query, key, value, mask, term):
        dtype = torch.float32 if self.wide else query.dtype
        scores = query @ key.transpose(-1, -2) + term
        lowest = torch.full([], torch.finfo(dtype).min, dtype=dtype)
        return masked_softmax(scores, mask, lowest, dtype) @ value


def examples():
    torch.manual_seed(0)
    for make in (BehindBiasAttention, AloneAttention, HelpedAttention):
        for wide in (False, True):
            for dtype in (torch.float32, torch.bfloat16):
                query, key, value = (torch.randn(2, 2, 5, 8).to(dtype) for _ in range(3))
                mask = torch.rand(2, 1, 5, 5) > 0.4
                mask[0, :, 0] = False  # a row that is masked as a whole
                yield make(wide), (query, key, value, mask, torch.randn(5).to(dtype)), {}


def example():
    return next(examples())
