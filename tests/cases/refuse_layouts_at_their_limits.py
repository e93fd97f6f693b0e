import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "axes, masks and sizes that are not those that the text seems to name"
CODES = {
    "FunctionBoundAnewAttention": "PROBABILITIES",
    "WeightsReshapedForTheValuesAttention": "VIEW",
    "SinkBesideAHeadAttention": "PROBABILITIES",
    "QueryOfNoAxisAttention": "UNKNOWN",
    "KeyOfNoAxisAttention": "UNKNOWN",
    "SummedKeyAttention": "UNKNOWN",
    "ScaledBySizesByNameAttention": "SCALE_SHAPE",
    "ScaledByAFullTensorAttention": "FILL_SCALED",
    "DroppedInPlaceByPlaceAttention": "DROPOUT",
    "SizeBeforeAViewAttention": "METADATA",
    "UnequalRanksAttention": "SOFTMAX_AXIS",
}


class BaseAttention(nn.Module):
    def __init__(self, factor=-2.0):
        super().__init__()
        self.factor = factor
        self.drop = nn.Dropout(0.3, True)
        self.sinks = nn.Parameter(torch.randn(3))


class FunctionBoundAnewAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        hidden = torch.logical_not
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(hidden(mask), -1e30)
        hidden = torch.isfinite
        probs = torch.softmax(scores, dim=-1).masked_fill(hidden(mask), 0.0)
        return torch.matmul(probs, value)


class WeightsReshapedForTheValuesAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        folded = probs.reshape(-1, query.size(2), key.size(2))
        return torch.bmm(folded, value.reshape(-1, key.size(2), 8))


class SinkBesideAHeadAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        sinks = self.sinks.view(1, -1, 1, 1).expand(query.size(0), -1, query.size(2), -1)
        scores = torch.cat([torch.matmul(query, key.transpose(-1, -2)), sinks], dim=-1)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs[0, :-1], F.pad(value[:, :2], (0, 0, 0, 1)))


class QueryOfNoAxisAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhd,bhkd->bhk", query.mean(2), key) * 0.3
        return torch.einsum("bhk,bhkd->bhd", torch.softmax(scores, dim=-1), value)


class KeyOfNoAxisAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhqd,bhd->bhq", query, key.mean(2)) * 0.3
        return torch.einsum("bhq,bhqd->bhd", torch.softmax(scores, dim=-1), value)


class SummedKeyAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhq,bhkd->bhqk", query.mean(-1), key) * 0.3
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScaledBySizesByNameAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * torch.rand(size=(query.size(2), key.size(2)))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScaledByAFullTensorAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(mask, -1e9)
        scores = scores * torch.full((), self.factor)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DroppedInPlaceByPlaceAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        shown = probs
        dropped = self.drop(probs)
        return torch.matmul(dropped, value), shown


class SizeBeforeAViewAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.view(1, 6, 5, 5)
        scores = scores.view(2, 3, 5, 5) + scores.size(1) * mask.float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnequalRanksAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        query, key = query.reshape(-1, 5, 3, 8), key[0].reshape(-1, 3, 8)[:1]
        key = key.reshape(1, 3, 8)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        return torch.matmul(torch.softmax(scores, dim=2), key)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                FunctionBoundAnewAttention(),
                WeightsReshapedForTheValuesAttention(),
                SinkBesideAHeadAttention(),
                QueryOfNoAxisAttention(),
                KeyOfNoAxisAttention(),
                SummedKeyAttention(),
                ScaledBySizesByNameAttention(),
                ScaledByAFullTensorAttention(),
                DroppedInPlaceByPlaceAttention(),
                SizeBeforeAViewAttention(),
                UnequalRanksAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
