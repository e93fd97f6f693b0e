import torch
from torch import nn

EXPECT = "refused"
WHY = "shapes and dtypes of scores, read where the bias or the view that says them is another by then"
CODES = {
    "InPlaceBesideAttention": "METADATA",
    "BesideTheStepAttention": "METADATA",
    "BesideTheTupleAttention": "METADATA",
    "BesideTheViewAttention": "METADATA",
    "OlderInSecondCallAttention": "METADATA",
    "Float32AndFilledAttention": "METADATA",
}


class InPlaceBesideAttention(nn.Module):
    """What is added in the statement of the read."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + 0.5
        heads = scores.add_(mask[:, :1]).shape[1]
        return torch.matmul(torch.softmax(scores, dim=-1), value) * heads


class BesideTheStepAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask[0, 0]
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value) * scores.shape[1]


class BesideTheTupleAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask[0, 0]
        heads, scores = scores.shape[1], scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value) * heads


class BesideTheViewAttention(nn.Module):
    """What is read of the scores of the first view stands behind the second one."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)).view(2, 5, 7)
        return torch.matmul(torch.softmax(scores.view(2, 1, 5, 7), dim=-1), value) * scores.dim()


class OlderInSecondCallAttention(nn.Module):
    """The second call reads of what the scores were at the first one."""

    def raised(self, scores, mask, older):
        return scores + mask * older.dim()

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)).view(2, 5, 7)
        older = scores
        scores = self.raised(scores, mask[0, 0], older).view(2, 1, 5, 7)
        scores = self.raised(scores, mask[0, 0], older)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Float32AndFilledAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query.float(), key.float().transpose(-1, -2))
        scores = scores.masked_fill(mask > 1.0, -1e30)
        scores = scores + mask
        scores = scores + torch.linspace(0.0, 1.0, key.size(-2))
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value).to(dtype)


KINDS = (
    InPlaceBesideAttention, BesideTheStepAttention, BesideTheTupleAttention, BesideTheViewAttention,
    OlderInSecondCallAttention, Float32AndFilledAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        query, key, value = (2.0 * torch.randn(2, 1, length, 8) for length in (5, 7, 7))
        yield kind(), (query, key, value, torch.randn(2, 3, 5, 7)), {}


def example():
    return next(examples())
