import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "either side of a branch gives a view of a tensor that the attention still reads, which is then changed in place"
CODES = {
    "QueryAttention": "OPERAND_CHANGED",
    "KeyAttention": "OPERAND_CHANGED",
    "MaskAttention": "OPERAND_CHANGED",
    "PartAttention": "OPERAND_CHANGED",
    "StatementAttention": "OPERAND_CHANGED",
    "HelperAttention": "OPERAND_CHANGED",
    "StoredAttention": "OPERAND_CHANGED",
    "MethodAttention": "OPERAND_CHANGED",
}


class QueryAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        turned = query.H if query.dim() == 2 else query.mH
        turned.mul_(0.5)
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class KeyAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        turned = key.T if key.dim() == 2 else key.mT
        turned *= 0.5
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class MaskAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + mask
        turned = mask.data if mask.dim() == 4 else mask.real
        turned[..., 0] = 3.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PartAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        first, *_ = query.mH if query.dim() == 4 else query.mT
        first.mul_(0.5)
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class StatementAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        turned = query.mT
        if query.dim() == 4:
            turned = query.mH
        torch.relu_(turned)
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class HelperAttention(nn.Module):
    def turned(self, states):
        if states.dim() == 2:
            return states.H
        return states.mH

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        self.turned(query).mul_(0.5)
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class StoredAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.turned = None

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if query.dim() == 2:
            self.turned = query.H
        else:
            self.turned = query.mH
        self.turned.mul_(0.5)
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


class MethodAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        change = query.mul_ if query.dim() == 4 else query.div_
        change(0.5)
        return torch.matmul(torch.softmax(scores + mask, dim=-1), value)


def examples():
    torch.manual_seed(0)
    kinds = (
        QueryAttention,
        KeyAttention,
        MaskAttention,
        PartAttention,
        StatementAttention,
        HelperAttention,
        StoredAttention,
        MethodAttention,
    )
    for kind in kinds:
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(2, 1, 5, 5)), {}
