import torch
from torch import nn

EXPECT = "refused"
WHY = "each is one condition beyond what a rule takes"
CODES = {
    "SwappedThenViewedAttention": "VIEW",
    "ViewedAfterBranchAttention": "VIEW",
    "UnsureSizesAttention": "VIEW",
    "UnsureAxesAttention": "TRANSPOSE",
    "QueriesFirstAttention": "VIEW",
    "ProbabilitiesQueriesFirstAttention": "VIEW",
    "TurnedAfterBranchAttention": "WEIGHTS",
    "GateOfKeysAttention": "PROBABILITIES",
    "GateOfScoresAttention": "PROBABILITIES",
    "DividedByProbabilitiesAttention": "PROBABILITIES",
    "FilledAfterShiftAttention": "SHIFT",
    "WeakerBeforeStoreAttention": "FILL_WEAK",
    "TwoFillsAttention": "PROBABILITIES",
    "MaximumOfLimitAttention": "CLAMP",
    "CastLikeMaskAttention": "CAST",
    "SoftmaxInAttributeAttention": "CAST",
    "CurvedAttention": "NONLINEAR",
    "CurvedAfterFillAttention": "FILL_WEAK",
    "FillOfProductAttention": "FILL_UNKNOWN",
    "SoftViewedAttention": "SCALE_SHAPE",
    "SumForFillAttention": "MASK_PRODUCT",
    "UnknownFillAttention": "MASK_PRODUCT",
}


class Limited(nn.Module):
    def __init__(self, first=0, kind=torch.float64):
        super().__init__()
        self.first = first
        self.kind = kind
        self.weight = nn.Parameter(torch.tensor(-1e9))


class GateOfKeysAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(key, query.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-2) * key.mean(-1, keepdim=True)
        return torch.matmul(probs.transpose(-1, -2), value)


class GateOfScoresAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other = torch.matmul(query, value.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1) * other
        return torch.matmul(probs, value)


class DividedByProbabilitiesAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1) / (1.0 + mask)
        return torch.matmul(probs, value)


class ShiftPerKeyAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True) / (1.0 + key.mean(-1).abs()).unsqueeze(-2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ShiftTimesKeyAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True) * key.mean(-1).unsqueeze(-2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ShiftFlatAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=False)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OtherShiftFirstAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other = torch.matmul(query, value.transpose(-1, -2))
        scores = other.amax(-1, keepdim=True) - scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class StoredWhereListSaysAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[..., [0, (scores[0, 0, 0, 0] > 0).long()]] = -1e30
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FilledAfterShiftAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask | True, torch.finfo(torch.float32).min)
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores.masked_fill(mask, -1e30)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WeakerBeforeStoreAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e4)
        scores[..., 1] = -1e30
        scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TwoFillsAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        early = mask.roll(1, -1)
        scores = scores.masked_fill(early, -1e30).masked_fill(mask, -1e30)
        probs = torch.softmax(scores, dim=-1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class MaximumOfLimitAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.clamp(max=-1e30)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastLikeMaskAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(other=mask.long()).type_as(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SoftmaxInAttributeAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        return torch.matmul(torch.softmax(scores, dim=-1, dtype=self.kind), value.double()).float()


class FlattenedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores.view(-1), dim=-1).view(mask.size(0), query.size(1), mask.size(2), mask.size(3))
        return torch.matmul(probs, value)


class QueriesFirstAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("bqd,bkd->qbk", query[:, 0], key[:, 0])
        scores = scores.view(scores.size(0), 1, scores.size(1), scores.size(2))
        probs = torch.softmax(scores, dim=-1)[:, 0]
        return torch.einsum("qbk,bkd->bqd", probs, value[:, 0])


class ProbabilitiesQueriesFirstAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("bqd,bkd->qbk", query[:, 0], key[:, 0])
        probs = torch.softmax(scores, dim=-1)
        probs = probs.view(scores.size(0), 1, scores.size(1), scores.size(2))
        return torch.matmul(probs, value[:, 0].unsqueeze(0))


class ViewedWithSinkAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.bmm(query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)) * 0.3
        sink = query.flatten(0, 1).mean(-1, keepdim=True)
        scores = torch.cat([scores, sink], -1).view(query.size(0), query.size(1), query.size(2), key.size(2) + 1)
        return torch.matmul(torch.softmax(scores, -1)[..., :-1], value)


class TurnedAlongFirstAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores.transpose(0, -2), dim=-1).transpose(0, -2)
        return torch.matmul(probs, value)


class FirstAxisAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-4)
        return torch.matmul(probs, value)


class PermutedByUnknownAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        probs = torch.softmax(scores.permute(self.first, 1, 2, 3), dim=-1)
        return torch.matmul(probs, value)


class CurvedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = (scores * key.mean(-1).unsqueeze(-2)).tanh()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CurvedAfterFillAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -5.0).tanh()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LostBehindAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = query.mean(-1, keepdim=True) * torch.softmax(torch.relu(scores), dim=-1)
        return torch.matmul(probs, value)


class FillOfProductAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e30 * key.amax())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SoftViewedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        gate = torch.sigmoid(key.mean(-1)).unsqueeze(-2)
        scores = scores * gate + -1e9 * (1 - gate)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SumForFillAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        side = torch.ones(query.size(-2), key.size(-2)).tril(1)
        scores = scores * side + ((1 - side) + -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnknownFillAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        side = torch.ones(query.size(-2), key.size(-2)).tril(1)
        scores = scores * side + (1 - side) * self.weight
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SinkChangedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sink = query.mean(-1, keepdim=True)
        scores = torch.cat([scores, sink], dim=-1)
        sink.zero_()
        return torch.matmul(torch.softmax(scores, -1)[..., :-1], value)


class MaskChangedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        side = mask | False
        scores = scores.masked_fill(side, -1e30)
        side.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillChangedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        side = torch.ones(query.size(-2), key.size(-2)).tril(1)
        fill = (1 - side) * -1e9
        scores = scores * side + fill
        fill.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SinkOfTwoAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sink = query.mean(-1, keepdim=True)
        probs = torch.softmax(torch.cat([scores, sink, -sink], dim=-1), -1)[..., :-1]
        return torch.matmul(probs, torch.cat([value, value[..., :1, :]], -2))


class SinkTwiceAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sink = query.mean(-1, keepdim=True)
        scores = torch.cat([scores, sink], dim=-1)
        probs = torch.softmax(torch.cat([scores, -sink], dim=-1), -1)[..., :-1]
        return torch.matmul(probs, torch.cat([value, value[..., :1, :]], -2))


class SinkNamedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        parts = [scores, query.mean(-1, keepdim=True)]
        probs = torch.softmax(torch.cat(parts, dim=-1), -1)[..., :-1]
        return torch.matmul(probs, value)


class SinkAlongQueriesAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.mean(-2, keepdim=True).transpose(-1, -2))
        sink = query.mean(-1, keepdim=True)
        probs = torch.softmax(torch.cat([scores, sink], dim=-2), -1)[..., :-1]
        return torch.matmul(probs, value[..., :0, :])


class OnePairAttention(Limited):
    def forward(self, query, key, value, mask):
        pair = (query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2))
        scores = torch.baddbmm(mask[:, 0].float().repeat(query.size(1), 1, 1), *pair, alpha=0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value.flatten(0, 1))


class StarredListAttention(Limited):
    def forward(self, query, key, value, mask):
        rest = (key,)
        scores = torch.einsum("bhqd,bhkd->bhqk", [query, *rest])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SinkOfTurnedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sink = key.mean(-1, keepdim=True)
        probs = torch.softmax(torch.cat([scores.transpose(-1, -2), sink], dim=-1), dim=-2)[..., :-1]
        return torch.matmul(probs.transpose(-1, -2), value)


class SwappedThenViewedAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.einsum('bhqd,bhkd->bhqk', query, key)
        probs = torch.softmax(scores, dim=-1).transpose(0, 1).reshape(-1, query.size(2), key.size(2))
        return torch.matmul(probs.view(query.size(0), query.size(1), query.size(2), key.size(2)), value)


class ViewedAfterBranchAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        if self.first:
            probs = probs.transpose(-1, -2).transpose(-1, -2)
        probs = probs.view(-1, query.size(2), key.size(2)).view(query.size(0), query.size(1), query.size(2), key.size(2))
        return torch.matmul(probs, value), probs


class MaximumKeptAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnsureSizesAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.bmm(query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)) * 0.3
        lead = (query.size(0), query.size(1))
        if self.first:
            lead = (query.size(0) * query.size(1),)
        scores = scores.view(lead + (query.size(2), key.size(2)))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnsureAxesAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.einsum('bhqd,bhkd->bhqk', query, key)
        lead = (0, 1)
        if self.first:
            lead = (1,)
        probs = torch.softmax(scores.permute(lead + (3, 2)), dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


class TurnedAfterBranchAttention(Limited):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        if self.first:
            probs = probs.transpose(-1, -2).transpose(-1, -2)
        shown = probs.transpose(-1, -2)
        return torch.matmul(probs, value), shown


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                GateOfKeysAttention(),
                GateOfScoresAttention(),
                DividedByProbabilitiesAttention(),
                ShiftPerKeyAttention(),
                ShiftTimesKeyAttention(),
                ShiftFlatAttention(),
                OtherShiftFirstAttention(),
                StoredWhereListSaysAttention(),
                FilledAfterShiftAttention(),
                WeakerBeforeStoreAttention(),
                TwoFillsAttention(),
                MaximumOfLimitAttention(),
                CastLikeMaskAttention(),
                SoftmaxInAttributeAttention(),
                FlattenedAttention(),
                QueriesFirstAttention(),
                ProbabilitiesQueriesFirstAttention(),
                ViewedWithSinkAttention(),
                TurnedAlongFirstAttention(),
                FirstAxisAttention(),
                PermutedByUnknownAttention(),
                CurvedAttention(),
                CurvedAfterFillAttention(),
                LostBehindAttention(),
                FillOfProductAttention(),
                SoftViewedAttention(),
                SumForFillAttention(),
                UnknownFillAttention(),
                SinkChangedAttention(),
                MaskChangedAttention(),
                FillChangedAttention(),
                SinkOfTwoAttention(),
                SinkTwiceAttention(),
                SinkNamedAttention(),
                SinkAlongQueriesAttention(),
                OnePairAttention(),
                StarredListAttention(),
                SinkOfTurnedAttention(),
                SwappedThenViewedAttention(),
                ViewedAfterBranchAttention(),
                MaximumKeptAttention(),
                UnsureSizesAttention(),
                UnsureAxesAttention(),
                TurnedAfterBranchAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((5, 5, 5),):
        query, key, value = (torch.randn(batch, 5, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
