import torch
from torch import nn

EXPECT = "generated"
WHY = "the scores go to a helper that brings them to the values, and does more: its statements take the place of its call"
WRITTEN = {
    "TailAttention": "return self.output(",
    "ConformerAttention": "return self.output(x), cache",
    "NamedAttention": "fuse(",
    "ClashAttention": "hidden_2 = ",
    "DefaultAttention": "fuse(",
    "TwoAttention": "fuse(",
    "WithinAttention": "fuse(",
    "ReturnsAttention": "fuse(",
}
NOT_WRITTEN = {"TailAttention": "self.attend(", "ConformerAttention": "self.attend(", "ClashAttention": "self.attend("}


class TailAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.output = nn.Linear(8, 8)

    def attend(self, value, scores):
        """What a docstring says."""
        return self.output(torch.softmax(scores, dim=-1) @ value)

    def forward(self, query, key, value, mask):
        return self.attend(value, query @ key.transpose(-2, -1) + mask)


class ConformerAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(8, 8) for _ in range(4))
        self.dropout = nn.Dropout(0.2)

    def project(self, query, key, value):
        n = query.size(0)
        parts = (self.query(query), self.key(key), self.value(value))
        query, key, value = (part.view(n, -1, 2, 4).transpose(1, 2) for part in parts)
        return query, key, value

    def attend(self, value, scores, mask):
        n = value.size(0)
        if mask is not None:
            mask = mask.unsqueeze(1).eq(0)
            scores = scores.masked_fill(mask, -float("inf"))
            attn = torch.softmax(scores, dim=-1).masked_fill(mask, 0.0)
        else:
            attn = torch.softmax(scores, dim=-1)
        x = torch.matmul(self.dropout(attn), value)
        x = x.transpose(1, 2).contiguous().view(n, -1, 8)
        return self.output(x)

    def forward(self, query, key, value, mask=None):
        query, key, value = query[:, 0], key[:, 0], value[:, 0]
        q, k, v = self.project(query, key, value)
        cache = torch.cat((k, v), dim=-1)
        scores = torch.matmul(q, k.transpose(-2, -1)) / 2.0
        return self.attend(v, scores, None if mask is None else mask[:, 0] > 0.0), cache


class NamedAttention(nn.Module):
    def attend(self, scores, value):
        value = value * 2.0
        result = torch.softmax(scores, dim=-1) @ value
        return result + 1.0

    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-2, -1)
        result = self.attend(value=value, scores=scores + mask)
        return result - value


class ClashAttention(nn.Module):
    def attend(self, scores, hidden):
        hidden = hidden + 1.0
        other = torch.softmax(scores, dim=-1) @ hidden
        other = other * 2.0
        return other

    def forward(self, query, key, hidden, mask):
        other = hidden * 3.0
        scores = query @ key.transpose(-2, -1) + mask
        output = self.attend(scores, hidden)
        return output + other - hidden


class DefaultAttention(nn.Module):
    def attend(self, scores, value, scale=0.5, flag=False):
        if flag:
            value = value * 7.0
        scores = scores * scale
        return (torch.softmax(scores, dim=-1) @ value) * 2.0

    def forward(self, query, key, value, mask):
        output = self.attend(query @ key.transpose(-2, -1) + mask, value)
        return output


class TwoAttention(nn.Module):
    def end(self, scores, value):
        return torch.softmax(scores, dim=-1) @ value * 2.0

    def attend(self, scores, value, mask):
        scores = scores + mask
        output = self.end(scores, value)
        return output + 1.0

    def forward(self, query, key, value, mask):
        return self.attend(query @ key.transpose(-2, -1), value, mask)


class WithinAttention(nn.Module):
    def attend(self, scores, value):
        output = torch.softmax(scores, dim=-1) @ value
        return output * 2.0

    def forward(self, query, key, value, mask):
        if mask is not None:
            scores = query @ key.transpose(-2, -1) + mask
        else:
            scores = query @ key.transpose(-2, -1)
        with torch.profiler.record_function("attention"):
            output = self.attend(scores, value)
        return output


class ReturnsAttention(nn.Module):
    narrow = True

    def attend(self, scores, value):
        if scores.shape[-1] == 4:
            return value[..., :1, :]
        output = torch.softmax(scores, dim=-1) @ value
        return output * 2.0

    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-2, -1) + mask
        return self.attend(scores, value)


def examples():
    torch.manual_seed(0)
    for make in (
        TailAttention, ConformerAttention, NamedAttention, ClashAttention, DefaultAttention, TwoAttention,
        WithinAttention, ReturnsAttention,
    ):  # fmt: skip
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        mask = torch.randn(2, 1, 5, 5)
        mask[..., 0] = 1.0
        yield make(), (query, key, value, mask), {}


def example():
    return next(examples())
