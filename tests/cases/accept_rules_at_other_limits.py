import torch
from torch import nn

EXPECT = "generated"
WHY = "each would be refused, or be something else, if a condition of a rule were another"
EVERY = True
EAGER_ALLOWED = True
CODES = {"CappedBesideAttention": "NONLINEAR"}


class ValuesOfOneFeatureAttention(nn.Module):
    """The last axis has size 1, and is not the one that is summed over."""

    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key) * 0.3
        return torch.einsum("bhqk,bhkd->bhqd", torch.softmax(scores, dim=-1), value.mean(-1).unsqueeze(-1))


class EmptiedOnceMoreAttention(nn.Module):
    """The filled places are made zero only where there are any, which the first line does not know."""

    def __init__(self):
        super().__init__()
        self.hide = nn.Linear(8, 1)

    def forward(self, query, key, value, mask):
        hidden = (self.hide(key) > 0.5).transpose(-1, -2) & mask
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(hidden, -1e30)
        probs = torch.softmax(scores, dim=-1)
        if hidden.any():
            probs = probs.masked_fill(hidden, 0.0)
        return torch.matmul(probs, value)


class LikeTheQueriesAttention(nn.Module):
    """A cast to the dtype that they have widens nothing."""

    def forward(self, query, key, value, mask, output_attentions=True):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores.to(query.dtype), dim=-1)
        output = torch.matmul(probs, value)
        return (output, probs) if output_attentions else (output, None)


class CastInOneBranchAttention(nn.Module):
    def __init__(self, wide=True):
        super().__init__()
        self.wide = wide

    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        if self.wide:
            probs = probs.float()
        return torch.matmul(probs.to(value.dtype), value)


class TestedForDoubleAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if scores.dtype == torch.double:
            scores = scores.to(torch.double)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CappedBesideAttention(nn.Module):
    """The other attention is refused, and that is said: whatever its weights are multiplied by."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        context = torch.matmul(torch.softmax(scores.masked_fill(mask, -1e30), dim=-1), value)
        gate = torch.sigmoid(query).mean()
        capped = torch.matmul(query, value.transpose(-1, -2)).tanh()
        return context + torch.matmul(gate * torch.softmax(capped, dim=-1), key)


class WeakFillAsTheScoresAreAttention(nn.Module):
    """Both masks hide the first query's keys: with numbers that are rounded as those of the scores."""

    def forward(self, query, key, value, mask):
        hide = (torch.arange(query.size(-2)) == 0).float()[:, None]
        scores = 0.01 * torch.matmul(query, key.transpose(-1, -2)).to(query.dtype)
        scores = scores.masked_fill(mask, -1e4)
        scores = scores - 1e4 * (~mask).to(query.dtype) * hide.to(query.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                ValuesOfOneFeatureAttention(),
                EmptiedOnceMoreAttention(),
                LikeTheQueriesAttention(),
                CastInOneBranchAttention(),
                TestedForDoubleAttention(),
                CappedBesideAttention(),
                WeakFillAsTheScoresAreAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
