import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "shapes, dtypes, views and tuples of which both sides of a test know something are known behind it"
EVERY = True
EAGER_ALLOWED = True
NOT_WRITTEN = {"TuplesBuiltTwiceAttention": " or "}


class BaseAttention(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.flag = flag


class ExpandedThereAttention(BaseAttention):
    """What one side adds expands the scores."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if self.flag:
            scores = scores + mask
        heads = scores.shape[1]
        return torch.matmul(torch.softmax(scores, dim=-1), value) * heads


class ExpandedElsewhereAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if self.flag:
            value = value * 0.5
        else:
            scores = scores + mask
        heads = scores.shape[1]
        return torch.matmul(torch.softmax(scores, dim=-1), value) * heads


class AddedOnBothSidesAttention(BaseAttention):
    """Whichever side is taken, what was added tells of which dtype the scores are; a fill leaves it so."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if self.flag:
            scores = scores + mask
        else:
            scores = scores + mask * 0.5
        scores = scores.masked_fill(mask > 1.5, -1e30)
        dtype = scores.dtype
        probs = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.matmul(probs, value).to(dtype)


class ViewedBeforeAttention(BaseAttention):
    """One view of the probabilities before the test is that of both sides."""

    def forward(self, query, key, value, mask):
        batch, heads, rows, _ = query.shape
        scores = torch.matmul(query, key.transpose(-1, -2)).view(-1, 1, rows, key.size(-2))
        probs = torch.softmax(scores, dim=-1).view(batch, heads, rows, -1)
        if self.flag:
            probs = F.dropout(probs, 0.25, self.training)
        return torch.matmul(probs, value)


class ViewedElsewhereAttention(BaseAttention):
    def forward(self, query, key, value, mask, apart=True):
        batch, heads, rows, _ = query.shape
        scores = torch.matmul(query, key.transpose(-1, -2)).view(-1, 1, rows, key.size(-2))
        probs = torch.softmax(scores, dim=-1)
        if not apart:
            value = value.view(-1, 1, value.size(-2), value.size(-1))
        else:
            probs = probs.view(batch, heads, rows, -1)
        return torch.matmul(probs, value)


class LastOfAPairAttention(BaseAttention):
    """Pairs of either side are pairs, and have a last item."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if self.flag:
            pair = (0.5, -1e30)
        else:
            pair = (1.5, -1e30)
        scores = scores.masked_fill(mask > 1.5, pair[-1])
        return torch.matmul(torch.softmax(scores * pair[0], dim=-1), value)


class TuplesBuiltTwiceAttention(BaseAttention):
    """Weights that both sides have stand in each of two tuples of another length."""

    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        outputs = (torch.matmul(probs, value),)
        if query.size(-2) > 1:
            outputs = outputs + (query,)
        if self.flag:
            outputs = outputs + (probs, value)
        else:
            outputs = outputs + (probs, key, query)
        return outputs


class LaidOutInOneBranchAttention(BaseAttention):
    """What one side brings in order is not what the other does."""

    def forward(self, query, key, value, mask):
        query = query.transpose(1, 2).contiguous().transpose(1, 2)
        states = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1) @ value
        if self.flag:
            states = states.contiguous()
        return states.view(-1)


KINDS = (
    ExpandedThereAttention, ExpandedElsewhereAttention, AddedOnBothSidesAttention, ViewedBeforeAttention,
    ViewedElsewhereAttention, LastOfAPairAttention, TuplesBuiltTwiceAttention, LaidOutInOneBranchAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        for flag in (True, False):
            heads = 1 if kind in KINDS[:2] else 3
            query, key, value = (2.0 * torch.randn(2, heads, 5, 8) for _ in range(3))
            yield kind(flag), (query, key, value, torch.randn(2, 3, 5, 5)), {}


def example():
    return next(examples())
