import torch
from torch import nn

EXPECT = "generated"
WHY = "over one key an einsum has the dtype of its probabilities: that of their scores, or the one they were given"
EVERY = True


class MaskAttention(nn.Module):
    """What is added may be wider than the scores: an argument, of a dtype that nobody says."""

    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        return torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), value)


class LoopAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        for term in (mask, mask):
            scores = scores + term
        return torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), value)


class LoopOfDefaultAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        for slope in (0.5, 1.0):
            scores = scores + slope * torch.arange(key.size(1))
        return torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), value)


class BeforeTheirCastAttention(nn.Module):
    """The softmax gives the dtype that the scores had before they were cast."""

    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        dtype = scores.dtype
        scores = scores.float() - 9.0 * mask.float()
        return torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1, dtype=dtype), value)


class LikeTheScoresAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        weights = torch.softmax(scores, dim=-1).type_as(scores)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class DtypeOfTheScoresAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        weights = torch.softmax(scores, dim=-1, dtype=scores.dtype)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class CastAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        weights = torch.softmax(scores, dim=-1).float()
        return torch.einsum("bhls,bshe->blhe", weights, value)


class LikeTheQueryAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class LikeAWideQueryAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query = query.float()
        scores = torch.einsum("blhe,bshe->bhls", query, key.float()) + mask
        weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class LikeEitherAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        if query.size(1) > 1:
            weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query)
        else:
            weights = torch.softmax(scores, dim=-1).to(value)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class FillAttention(nn.Module):
    """A number that is filled in promotes nothing, whatever the dtype of the bias that is made of it."""

    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.7 * torch.ones(1, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) * self.temperature
        scores = scores.masked_fill(mask < -9.0, -1e9)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class FillInALoopAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        for late in range(1):
            scores = scores.masked_fill(mask < -9.0 - late, float("-inf"))
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class InPlaceAttention(nn.Module):
    """What is changed in place keeps its dtype."""

    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        scores.add_(mask)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class ClampAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        scores = torch.clamp(scores, min=torch.finfo(scores.dtype).min) * 0.5
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class FillBehindASumAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        scores = scores.masked_fill(mask < -9.0, -1e9)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class UpcastAndMaskAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key).float() + mask
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class UpcastAndFillAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key).float()
        scores = scores.masked_fill(mask < -9.0, -1e9) + mask
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class CastBackAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + mask
        scores = scores.to(query.dtype)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class WhereAttention(nn.Module):
    """What is filled in is a tensor with an axis, of torch's default dtype: the scores are, too."""

    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        scores = torch.where(mask < 0, torch.full((1,), -1e9), scores)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class EitherSumAttention(nn.Module):
    """One of the sums is of torch's default dtype, and the other is of whole numbers."""

    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + 0.5
        if query.size(0) == 2:
            scores = scores + torch.arange(key.size(1))
        else:
            scores = scores + torch.arange(key.size(1)) / 2
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class FactorBeforeTheCastAttention(nn.Module):
    """What widens the scores stands before their cast."""

    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key) * torch.full((1,), 0.5, dtype=torch.float32)
        return torch.einsum("bhls,bshe->blhe", scores.float().softmax(-1), value)


class FillBeforeALoopAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        scores = scores.masked_fill(mask < -9.0, -1e9)
        for shift in (0.5, 1.0):
            scores = scores + shift
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class FactorBeforeTheCastOfWeightsAttention(nn.Module):
    def forward(self, query, key, value, mask):
        weights = torch.einsum("blhe,bshe->bhls", query, key).softmax(-1)
        weights = (weights * torch.full((1,), 0.5, dtype=torch.float32)).to(value.dtype)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class FactorOfTheModelAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Parameter(0.7 * torch.ones(3, 1, 1))

    def forward(self, query, key, value, mask):
        weights = torch.einsum("blhe,bshe->bhls", query, key).softmax(-1) * self.gate
        return torch.einsum("bhls,bshe->blhe", weights, value)


def examples():
    torch.manual_seed(0)
    for attention in (
        MaskAttention,
        LoopAttention,
        LoopOfDefaultAttention,
        BeforeTheirCastAttention,
        LikeTheScoresAttention,
        DtypeOfTheScoresAttention,
        CastAttention,
        LikeTheQueryAttention,
        LikeAWideQueryAttention,
        LikeEitherAttention,
        FillAttention,
        FillInALoopAttention,
        InPlaceAttention,
        ClampAttention,
        FillBehindASumAttention,
        UpcastAndMaskAttention,
        UpcastAndFillAttention,
        CastBackAttention,
        WhereAttention,
        EitherSumAttention,
        FactorBeforeTheCastAttention,
        FillBeforeALoopAttention,
        FactorBeforeTheCastOfWeightsAttention,
        FactorOfTheModelAttention,
    ):
        for batch, queries in ((2, 5), (1, 1)):
            query, key, value = (2.0 * torch.randn(batch, length, 3, 8) for length in (queries, 1, 1))
            yield attention(), (query, key, value, torch.randn(batch, 1, queries, 1)), {}


def example():
    return next(examples())
