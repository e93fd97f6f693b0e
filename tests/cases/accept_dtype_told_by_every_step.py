import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "of which dtype scores are after terms, sums in place, casts and tensors like other scores"
NOT_WRITTEN = {"WholeAttention": "scores_dtype(", "LikeTheScoresAttention": "scores_dtype("}


class BaseAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = nn.Buffer(torch.linspace(0.0, 1.0, 7))


class SubtractedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) - mask
        scores = scores.masked_fill(mask > 1.0, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class SubtractedFromAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = mask - torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(mask > 1.0, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class WholeAttention(BaseAttention):
    """Whole numbers widen nothing."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + torch.arange(key.size(-2))
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value).to(dtype)


class BufferAttention(BaseAttention):
    """A buffer is cast with its model."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + self.steps
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value).to(dtype)


class LikeTheScoresAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.ones_like(scores).cumsum(-1)
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value).to(dtype)


class LikeOwnUpcastScoresAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)).float()
        scores = scores + torch.ones_like(scores).cumsum(-1)
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value).to(dtype)


class LikeOtherUpcastScoresAttention(BaseAttention):
    """What is like scores in float32 is float32, beside scores that are not."""

    def forward(self, query, key, value, mask):
        first = torch.matmul(query, key.transpose(-1, -2)).float()
        heights = torch.ones_like(first).cumsum(-1)
        mixed = torch.matmul(torch.softmax(first, dim=-1).to(value.dtype), value)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        scores = scores + heights
        dtype = scores.dtype
        return mixed + torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value).to(dtype)


class UpcastAndAddedInPlaceAttention(BaseAttention):
    """Scores that are float32 are not rounded by a sum in place."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)).float()
        scores += torch.linspace(0.0, 1.0, key.size(-2))
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)


class RoundedBeforeFloat32SoftmaxAttention(BaseAttention):
    """What was rounded is cast by the softmax itself."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores += torch.linspace(0.0, 1.0, key.size(-2))
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype), value).to(dtype)


class Float64NumberAttention(BaseAttention):
    """A 0-dim tensor widens no other."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * torch.tensor(0.5, dtype=torch.float64)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


KINDS = (
    SubtractedAttention, SubtractedFromAttention, WholeAttention, BufferAttention, LikeTheScoresAttention,
    LikeOwnUpcastScoresAttention, LikeOtherUpcastScoresAttention, UpcastAndAddedInPlaceAttention,
    RoundedBeforeFloat32SoftmaxAttention, Float64NumberAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        query, key, value = (2.0 * torch.randn(2, 3, length, 8) for length in (5, 7, 7))
        yield kind(), (query, key, value, torch.randn(5, 7)), {}


def example():
    return next(examples())
