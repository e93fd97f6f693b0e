from types import SimpleNamespace

import torch
from torch import nn

EXPECT = "generated"
WHY = "each is the last that a condition of a rule lets pass"
EVERY = True
EAGER_ALLOWED = True


class Common(nn.Module):
    def __init__(self, config=SimpleNamespace(scale=0.4), flag=False):
        super().__init__()
        self.config = config
        self.flag = flag
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))


class ConfiguredAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.config.scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.mean()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TurnedAfterNumberAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores.transpose(-1, -2), dim=-2).transpose(-1, -2)
        return torch.matmul(probs, value)


class RowsOfMaskAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        rows = torch.ones(query.size(-2), 1)
        scores = scores * rows
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScaledBackAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores + mask.float() * -3.0
        scores = scores * 0.5
        scores = scores - scores.amax(-1, keepdim=True)
        scores = scores * 2.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaximumCastAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores - scores.amax(-1, keepdim=True).to(query.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZeroUnderFlagAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e30)
        probs = torch.softmax(scores, dim=-1)
        if self.flag:
            probs = probs.masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class ZeroAtLimitAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = (scores - key.mean(-1).unsqueeze(-2)).masked_fill(mask, -1e20)
        probs = torch.softmax(scores, dim=-1).masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


class LikeAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(other=query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ViewedByListAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.bmm(query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)) * 0.3
        scores = scores.view([query.size(0), query.size(1), query.size(2), key.size(2)])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class KeptDropoutAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        shown = probs
        probs = torch.nn.functional.dropout(probs, 0.0, self.training, inplace=False)
        return torch.matmul(probs, value), shown


class DefaultRateAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.nn.functional.dropout(torch.softmax(scores, dim=-1), training=self.flag)
        return torch.matmul(probs, value)


class CopiedInLoopAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        for term in (key.mean(-1), key.amax(-1)):
            scores = (scores + term.unsqueeze(-2)).contiguous().clone()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LimitFirstAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.clamp_min(torch.tensor(torch.finfo(scores.dtype).min), scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ShownTurnedAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        shown = probs.transpose(-1, -2)
        return torch.matmul(probs, value), shown


class InPlaceAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.nn.functional.dropout(torch.softmax(scores, dim=-1), 0.0, self.training, inplace=True)
        return torch.matmul(probs, value)


class ByKeywordAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.bmm(query.flatten(0, 1), mat2=key.flatten(0, 1).transpose(1, 2)) * 0.3
        return torch.matmul(torch.softmax(scores, dim=-1), value.flatten(0, 1))


class TensorSinkAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        rows = self.sinks.view(1, -1, 1).expand(query.size(0), -1, query.size(2))
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1) - rows).unsqueeze(-1)
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output * share


class NumberSinkAttention(Common):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.one * 2.0)
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output * share


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([ConfiguredAttention(), WholeAttention(), TurnedAfterNumberAttention(), RowsOfMaskAttention(), ScaledBackAttention(), MaximumCastAttention(), ZeroUnderFlagAttention(), ZeroAtLimitAttention(), LikeAttention(), ViewedByListAttention(), KeptDropoutAttention(), DefaultRateAttention(), CopiedInLoopAttention(), LimitFirstAttention(), ShownTurnedAttention(), InPlaceAttention(), ByKeywordAttention(), TensorSinkAttention(), NumberSinkAttention()])

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
