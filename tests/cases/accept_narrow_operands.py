import torch
from torch import nn

EXPECT = "generated"
WHY = "query and key are cast to float32 in front of their product: the kernel can have them as they were"
WRITTEN = {
    "StatementAttention": "narrow = query, key",
    "RenamedAttention": "narrow = query, key",
    "InlineAttention": "narrow = query, key",
    "TransposedAttention": "narrow = query, key.transpose(-1, -2)",
    "SelfAttention": "narrow = hidden, hidden",
    "LoopAttention": "fuse(",
    "OneSideAttention": "fuse(",
    "ReboundAttention": "fuse(",
    "ReboundLaterAttention": "fuse(",
    "ExchangedAttention": "fuse(",
    "ChangedAttention": "fuse(",
    "BetweenAttention": "fuse(",
    "BranchAttention": "fuse(",
    "WiderAttention": "fuse(",
    "ReadAttention": "narrow = query, key",
}
NOT_WRITTEN = dict.fromkeys(
    (
        "LoopAttention", "OneSideAttention", "ReboundAttention", "ReboundLaterAttention", "ExchangedAttention",
        "ChangedAttention", "BetweenAttention", "BranchAttention", "WiderAttention",
    ),
    "narrow",
)  # fmt: skip


class StatementAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query = query.to(torch.float32)
        key = key.to(dtype=torch.float32)
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        scores = scores + mask
        return torch.matmul(scores.softmax(-1).to(value.dtype), value)


class RenamedAttention(nn.Module):
    def forward(self, query, key, value, mask):
        keys, queries = key.float(), query.float()
        wide_key = key.float()
        wide_query = query.float()
        scores = torch.matmul(wide_query, wide_key.transpose(-1, -2)) / 3.0
        scores = scores.masked_fill(mask < -1.0, torch.finfo(scores.dtype).min)
        probs = nn.functional.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
        return torch.matmul(probs, value) + (queries.sum() - keys.sum()).to(value.dtype)


class InlineAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query.float(), key.float().transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class TransposedAttention(nn.Module):
    def forward(self, query, key, value, mask):
        key = key.transpose(-1, -2)
        scores = torch.matmul(query.float(), key.float()) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class SelfAttention(nn.Module):
    def forward(self, hidden, key, value, mask):
        wide = hidden.float()
        scores = torch.matmul(wide, wide.transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class LoopAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query, key = query.float(), key.float()
        output = value
        for _ in range(2):
            scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
            output = torch.matmul((scores + mask).softmax(-1).to(value.dtype), output)
        return output


class OneSideAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query = query.to(torch.float32)
        scores = torch.matmul(query, (key * 2.0).to(torch.float32).transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class ReboundAttention(nn.Module):
    def forward(self, query, key, value, mask):
        wide_query = query.float()
        wide_key = key.float()
        wide_key = wide_key * 2.0
        scores = torch.matmul(wide_query, wide_key.transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class ReboundLaterAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query.float(), key.float().transpose(-1, -2)) / 3.0
        key = value * 2.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value) + key.mean()


class ExchangedAttention(nn.Module):
    def forward(self, query, key, value, mask):
        key = query.float()
        query = key.float()
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class ChangedAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query = query * 1.0
        wide_query = query.to(torch.float32, copy=True)
        wide_key = key.float()
        query *= 2.0
        scores = torch.matmul(wide_query, wide_key.transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value) + query.mean()


class BetweenAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query = query * 1.0
        wide_query = query.float()
        wide_key = key.float()
        query = query.mul_(2.0) if query.dtype != torch.float32 else query
        scores = torch.matmul(wide_query, wide_key.transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class BranchAttention(nn.Module):
    wide = True

    def forward(self, query, key, value, mask):
        if self.wide:
            query = query.float()
            key = key.float()
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class WiderAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query = query.to(torch.float64)
        key = key.to(torch.float64)
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        return torch.matmul((scores + mask).softmax(-1).to(value.dtype), value)


class ReadAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query = query.to(torch.float32)
        key = key.to(torch.float32)
        scores = torch.matmul(query, key.transpose(-1, -2))
        least = torch.tensor(torch.finfo(scores.dtype).min, dtype=scores.dtype)
        scores = torch.where(mask > -1.0, scores, least)
        probs = nn.functional.softmax(scores, dim=-1).to(value.dtype)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    kinds = (
        StatementAttention, RenamedAttention, InlineAttention, TransposedAttention, SelfAttention, LoopAttention,
        OneSideAttention, ReboundAttention, ReboundLaterAttention, ExchangedAttention, ChangedAttention,
        BetweenAttention, BranchAttention, WiderAttention, ReadAttention,
    )  # fmt: skip
    for kind in kinds:
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        mask = torch.randn(2, 1, 5, 5)
        mask[..., 0] = 1.0
        yield kind(), (query, key, value, mask), {}


def example():
    return next(examples())
