import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "how the constant of a fill is rounded is known beside terms of the model's dtype, scales and 0-dim tensors"
NOT_WRITTEN = {
    "UpcastAttention": "new_zeros",
    "Float32SoftmaxAttention": "new_zeros",
}
WRITTEN = {"ParameterAttention": 'updated(bias, "+", mask)', "FalseAttention": "if mask is not False"}


class BaseAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.slopes = nn.Parameter(torch.rand(3, 1, 1))


class ParameterAttention(BaseAttention):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)) + self.slopes
        scores = scores.masked_fill(far, torch.tensor(-2e4))
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class OwnAttention(BaseAttention):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.ones_like(scores).tril()
        scores = scores.masked_fill(far, torch.tensor(-2e4))
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class WholeAttention(BaseAttention):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)) - torch.arange(key.size(-2))
        scores = scores.masked_fill(far, torch.tensor(-2e4))
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class NumberAttention(BaseAttention):
    """A 0-dim tensor widens no other."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)) + torch.tensor(0.5)
        scores = scores.masked_fill(far, torch.tensor(-2e4))
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class ScaledAttention(BaseAttention):
    """What scales the scores is no term of their bias."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)) * torch.full((query.size(-2), 1), 0.7)
        scores = scores.masked_fill(far, torch.tensor(-2e4))
        return torch.matmul(torch.softmax(scores + mask, dim=-1).to(value.dtype), value)


class UpcastAttention(BaseAttention):
    """Weights that leave in float32, of scores that are float32."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)).float().masked_fill(far, -1e30)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value), probs


class Float32SoftmaxAttention(BaseAttention):
    """The softmax says of which dtype they are."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(far, -1e30)
        probs = torch.softmax(scores, dim=-1, dtype=torch.float32)
        return torch.matmul(probs.to(value.dtype), value), probs


class FalseAttention(BaseAttention):
    """Another way to leave a mask out."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask is not False:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


KINDS = (
    ParameterAttention, OwnAttention, WholeAttention, NumberAttention, ScaledAttention, UpcastAttention,
    Float32SoftmaxAttention, FalseAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        query, key, value = (2.0 * torch.randn(2, 3, length, 8) for length in (5, 7, 7))
        yield kind(), (query, key, value, torch.randn(5, 7), torch.rand(5, 7) > 0.5), {}


def example():
    return next(examples())
