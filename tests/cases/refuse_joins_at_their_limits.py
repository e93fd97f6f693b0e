import torch
from torch import nn

EXPECT = "refused"
WHY = "what holds after one branch does not hold after the other"
CODES = {
    "MaximumOfEitherAttention": "NONLINEAR",
    "WeightsOfEitherAttention": "BRANCH",
    "HeadsSwappedInElseAttention": "ESCAPE",
    "ViewedTurnedInElseAttention": "VIEW",
    "ViewedThenHeadsTurnedAttention": "TRANSPOSE",
    "TupleOrListAttention": "NONLINEAR",
    "EitherSinkOnOutputAttention": "LEFTOVER",
    "ScoresOrModuleAttention": "ESCAPE",
    "ModuleOrScoresAttention": "ESCAPE",
    "MaskProductCastInOneBranchAttention": "MASK_PRODUCT",
    "DtypeOfWidenedAttention": "METADATA",
    "DtypeOfWidenedInElseAttention": "METADATA",
    "SizeOfTheFirstViewAttention": "METADATA",
    "BoundInTwoBranchesAttention": "STALE",
    "BoundInTwoElsesAttention": "STALE",
    "WeightsBoundInTwoBranchesAttention": "BRANCH",
    "WeightsBoundInTwoElsesAttention": "BRANCH",
    "ShiftedInOneBranchAttention": "SHIFT",
    "ShiftedInElseAttention": "SHIFT",
    "SinkTakenOffWhereMaskedAttention": "BRANCH",
    "OlderWeightsMeetTheValuesAttention": "STALE",
    "EntriesInAnotherOrderAttention": "FILL_UNKNOWN",
    "FirstListChangedAttention": "FILL_UNKNOWN",
    "SecondListChangedAttention": "FILL_UNKNOWN",
    "MissingAfterASearchAttention": "STALE",
    "CappedInATupleAttention": "STATEMENT",
    "CappedInALongerTupleAttention": "STATEMENT",
    "PickedNumberAttention": "LEFTOVER",
    "ListOrNoneAttention": "LEFTOVER",
    "StaleInElseAttention": "BRANCH",
    "StaleBesideTheCappedAttention": "STALE",
    "CappedOrMaskAttention": "NONLINEAR",
    "ThreeProductsAttention": "BRANCH",
    "CappedTwiceAttention": "NONLINEAR",
}


class BaseAttention(nn.Module):
    def __init__(self, flag=True, more=True):
        super().__init__()
        self.flag = flag
        self.more = more
        self.project = nn.Linear(8, 8)
        self.drop = nn.Dropout(0.3)
        self.sinks = nn.Parameter(torch.randn(3))

    def product(self, query, key):
        return torch.einsum("bhqd,bhkd->bhqk", query, key) * 0.3


class MaximumOfEitherAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores, other = self.product(query, key), self.product(query, value)
        if self.flag:
            highest = scores.amax(-1, keepdim=True)
        else:
            highest = other.amax(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores - highest, dim=-1), value)


class WeightsOfEitherAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        one = torch.softmax(self.product(query, key), dim=-1)
        two = torch.softmax(self.product(query, value), dim=-1)
        if self.flag:
            probs = one
        else:
            probs = two
        return torch.matmul(probs, value)


class HeadsSwappedInElseAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            scores = scores * 1.5
        else:
            scores = scores.transpose(0, 1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ViewedTurnedInElseAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            scores = scores.reshape(2, 3, 5, 5)
        else:
            scores = scores.transpose(-1, -2).reshape(2, 3, 5, 5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ViewedThenHeadsTurnedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            scores = scores.reshape(-1, 3, 5, 5)
        else:
            scores = scores.reshape(1, -1, 3, 5, 5)
        scores = scores.transpose(-3, -2).transpose(-3, -2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TupleOrListAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        pair = (scores, mask)
        if self.flag:
            pair = [scores, mask]
        return torch.matmul(torch.softmax(pair[0], dim=-1), value)


class EitherSinkOnOutputAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        total = torch.logsumexp(scores, dim=-1, keepdim=True)
        one = total - self.sinks.view(1, -1, 1, 1)
        two = total - 2.0 * self.sinks.view(1, -1, 1, 1)
        if self.flag:
            logit = one
        else:
            logit = two
        return torch.matmul(torch.softmax(scores, dim=-1), value) * torch.sigmoid(logit)


class ScoresOrModuleAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            shown = scores
        else:
            shown = self.project
        return torch.matmul(torch.softmax(scores, dim=-1), value), shown


class ModuleOrScoresAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            shown = self.project
        else:
            shown = scores
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output, shown if self.more else None


class MaskProductCastInOneBranchAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        keep = torch.ones(query.size(-2), key.size(-2)).tril()
        scores = self.product(query, key) * keep
        if self.flag:
            scores = scores.float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DtypeOfWidenedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            scores = scores.float()
        return torch.matmul(torch.softmax(scores + mask.to(scores.dtype), dim=-1).to(value.dtype), value)


class DtypeOfWidenedInElseAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            scores = scores + 0.5
        else:
            scores = scores.float()
        return torch.matmul(torch.softmax(scores + mask.to(scores.dtype), dim=-1).to(value.dtype), value)


class SizeOfTheFirstViewAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            scores = scores.reshape(1, 6, 5, 5)
        first = scores
        scores = scores.reshape(2, 3, 5, 5)
        count = first.size(1)
        return torch.matmul(torch.softmax(scores, dim=-1), value) * count


class BoundInTwoBranchesAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        chosen = None
        if self.flag:
            chosen = scores
        if self.more:
            chosen = scores
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class BoundInTwoElsesAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        chosen = None
        if self.flag:
            chosen = scores
        if not self.more:
            count = 1.0
        else:
            chosen, count = scores, 2.0
        return torch.matmul(torch.softmax(chosen, dim=-1), value) * count


class WeightsBoundInTwoBranchesAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(self.product(query, key), dim=-1)
        chosen = None
        if self.flag:
            chosen = probs
        if self.more:
            chosen = probs
        return torch.matmul(chosen, value)


class WeightsBoundInTwoElsesAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(self.product(query, key), dim=-1)
        chosen = None
        if self.flag:
            chosen = probs
        if not self.more:
            count = 1.0
        else:
            chosen, count = probs, 2.0
        return torch.matmul(chosen, value) * count


class ShiftedInOneBranchAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key).masked_fill(mask, torch.finfo(query.dtype).min)
        if self.flag:
            scores = scores - scores.amax(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores + mask.float(), dim=-1), value)


class ShiftedInElseAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key).masked_fill(mask, torch.finfo(query.dtype).min)
        if self.flag:
            scores = scores * 1.5
        else:
            scores = scores - scores.amax(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores + mask.float(), dim=-1), value)


class SinkTakenOffWhereMaskedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        sinks = self.sinks.view(1, -1, 1, 1).expand(query.size(0), -1, query.size(2), -1)
        scores = torch.cat([self.product(query, key), sinks], dim=-1)
        probs = torch.softmax(scores, dim=-1)
        if mask.any():
            probs = probs[..., :-1]
        return torch.matmul(probs, value)


class OlderWeightsMeetTheValuesAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(self.product(query, key), dim=-1)
        kept = probs
        if self.flag:
            kept = kept.reshape(2, 3, 5, 5)
            probs = self.drop(probs)
        return torch.matmul(kept, value)


class EntriesInAnotherOrderAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        if self.flag:
            fills = {"hidden": -1e9, "shown": 4.0}
        else:
            fills = {"shown": -1e9, "hidden": 4.0}
        scores = self.product(query, key).masked_fill(mask, fills["hidden"])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FirstListChangedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        one, two = [-1e9], [-1e9]
        if self.flag:
            fills = one
        else:
            fills = two
        one[0] = 4.0
        scores = self.product(query, key).masked_fill(mask, fills[0])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SecondListChangedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        one, two = [-1e9], [-1e9]
        if self.flag:
            fills = one
        else:
            fills = two
        two[0] = 4.0
        scores = self.product(query, key).masked_fill(mask, fills[0])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MissingAfterASearchAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        chosen = scores
        for size in query.shape:
            if size == 7:
                break
        else:
            chosen = None
        if chosen is None:
            chosen = scores
        return torch.matmul(torch.softmax(chosen, dim=-1), value)


class CappedInATupleAttention(BaseAttention):
    def __init__(self):
        super().__init__(False)

    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            pair = (torch.tanh(scores), mask)
        else:
            pair = (scores * 2.0, mask)
        return torch.matmul(torch.softmax(pair[0], dim=-1), value)


class CappedInALongerTupleAttention(BaseAttention):
    def __init__(self):
        super().__init__(False)

    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            parts = (torch.tanh(scores), mask, query)
        else:
            parts = (scores * 2.0, mask)
        return torch.matmul(torch.softmax(parts[0], dim=-1), value)


class PickedNumberAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        kept = [scores] if self.flag else None
        return torch.matmul(torch.softmax(scores, dim=-1), value) * (1.0 if kept is None else 2.0)


class ListOrNoneAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        kept = None if self.flag else [scores]
        return torch.matmul(torch.softmax(scores, dim=-1), value) * (1.0 if kept is None else 2.0)


class StaleInElseAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        one, two = self.product(query, key), self.product(query, value)
        if self.flag:
            scores = one
        else:
            scores = two
            two = two * 2.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class StaleBesideTheCappedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            pair = (torch.tanh(scores), mask.float())
        else:
            older = scores
            scores = scores * 2.0
            pair = (scores, older)
        return torch.matmul(torch.softmax(pair[1], dim=-1), value)


class CappedOrMaskAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key)
        if self.flag:
            pair = (torch.tanh(scores), mask)
        else:
            pair = (mask.float(), mask)
        return torch.matmul(torch.softmax(scores + pair[0], dim=-1), value)


class ThreeProductsAttention(BaseAttention):
    def choose(self, one, two, three):
        if self.flag:
            return one
        if self.more:
            return two
        return three

    def forward(self, query, key, value, mask):
        one, two, three = self.product(query, key), self.product(query, value), self.product(key, value)
        return torch.matmul(torch.softmax(self.choose(one, two, three), dim=-1), value)


class CappedTwiceAttention(BaseAttention):
    def cap(self, scores):
        if self.flag:
            return torch.tanh(scores)
        if self.more:
            return torch.sigmoid(scores)
        return scores

    def forward(self, query, key, value, mask):
        return torch.matmul(torch.softmax(self.cap(self.product(query, key)), dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                MaximumOfEitherAttention(),
                WeightsOfEitherAttention(),
                HeadsSwappedInElseAttention(),
                ViewedTurnedInElseAttention(),
                ViewedThenHeadsTurnedAttention(),
                TupleOrListAttention(),
                EitherSinkOnOutputAttention(),
                ScoresOrModuleAttention(),
                ModuleOrScoresAttention(),
                MaskProductCastInOneBranchAttention(),
                DtypeOfWidenedAttention(),
                DtypeOfWidenedInElseAttention(),
                SizeOfTheFirstViewAttention(),
                BoundInTwoBranchesAttention(),
                BoundInTwoElsesAttention(),
                WeightsBoundInTwoBranchesAttention(),
                WeightsBoundInTwoElsesAttention(),
                ShiftedInOneBranchAttention(),
                ShiftedInElseAttention(),
                SinkTakenOffWhereMaskedAttention(),
                OlderWeightsMeetTheValuesAttention(),
                EntriesInAnotherOrderAttention(),
                FirstListChangedAttention(),
                SecondListChangedAttention(),
                MissingAfterASearchAttention(),
                CappedInATupleAttention(),
                CappedInALongerTupleAttention(),
                PickedNumberAttention(),
                ListOrNoneAttention(),
                StaleInElseAttention(),
                StaleBesideTheCappedAttention(),
                CappedOrMaskAttention(),
                ThreeProductsAttention(),
                CappedTwiceAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
