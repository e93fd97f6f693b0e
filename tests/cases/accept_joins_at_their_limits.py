import torch
from torch import nn

EXPECT = "generated"
WHY = "what holds after both branches goes on"
EVERY = True
EAGER_ALLOWED = True


class BaseAttention(nn.Module):
    def __init__(self, flag=True, more=True):
        super().__init__()
        self.flag = flag
        self.more = more
        self.drop = nn.Dropout(0.3)
        self.soft = nn.Softmax(dim=-1)
        self.sinks = nn.Parameter(torch.randn(3))

    def product(self, query, key):
        return torch.einsum("bhqd,bhkd->bhqk", query, key) * 0.3


class TurnedOverABranchAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.product(query, key).transpose(-1, -2)
        if self.flag:
            scores = scores * 1.5
        return torch.matmul(torch.softmax(scores, dim=-2).transpose(-1, -2), value)


class WeightsTurnedOverABranchAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(self.product(query, key), dim=-1).transpose(-1, -2)
        if self.flag:
            probs = self.drop(probs)
        return torch.matmul(probs.transpose(-1, -2), value)


class SinkOverABranchAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        sinks = self.sinks.view(1, -1, 1, 1).expand(query.size(0), -1, query.size(2), -1)
        probs = torch.softmax(torch.cat([self.product(query, key), sinks], dim=-1), dim=-1)
        if self.flag:
            probs = self.drop(probs)
        probs = probs[..., :-1]
        return torch.matmul(probs, value)


class DroppedInElseAttention(BaseAttention):
    def __init__(self):
        super().__init__(False)

    def forward(self, query, key, value, mask, output_attentions=True):
        probs = torch.softmax(self.product(query, key), dim=-1)
        if self.flag:
            factor = 2.0
        else:
            factor = 1.0
            probs = self.drop(probs)
        output = factor * torch.matmul(probs, value)
        return (output, probs) if output_attentions else (output, None)


class AveragedEitherWayAttention(BaseAttention):
    def forward(self, query, key, value, mask, output_attentions=True):
        probs = torch.softmax(self.product(query, key), dim=-1)
        output = torch.matmul(probs, value)
        if self.flag:
            shown = probs.mean(dim=1)
        else:
            shown = probs.sum(dim=1)
        return (output, shown) if output_attentions else (output, None)


class SameEntriesAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        if self.flag:
            settings = {"hidden": -1e9, "scale": 0.5}
        else:
            settings = {"hidden": -1e9, "scale": 0.7}
        scores = self.product(query, key) * settings["scale"]
        scores = scores.masked_fill(mask, settings["hidden"])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ResultsOfTwoLengthsAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        output = torch.matmul(torch.softmax(self.product(query, key), dim=-1), value)
        results = (output, query)
        if self.flag:
            results = results + (key,)
        if self.more:
            chosen = results
        else:
            chosen = (output, key, value)
        return chosen


class OneFunctionAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        normalise = torch.softmax if self.flag else torch.softmax
        return torch.matmul(normalise(self.product(query, key), -1), value)


class OneModuleAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        normalise = self.soft if self.flag else self.soft
        return torch.matmul(normalise(self.product(query, key)), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                TurnedOverABranchAttention(),
                WeightsTurnedOverABranchAttention(),
                SinkOverABranchAttention(),
                DroppedInElseAttention(),
                AveragedEitherWayAttention(),
                SameEntriesAttention(),
                ResultsOfTwoLengthsAttention(),
                OneFunctionAttention(),
                OneModuleAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
