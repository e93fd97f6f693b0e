import torch
from torch import nn

EXPECT = "refused"
WHY = "the query is a product itself, and is changed through another name that may be it before the call reads it"
CODE = "OPERAND_CHANGED"


class ProjectedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 8))


class ViewAttention(ProjectedAttention):
    def forward(self, states, key, value):
        query = torch.matmul(states, self.weight)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        other = query.view_as(query)
        other *= 0.5
        return torch.matmul(probs, value)


class SliceAttention(ProjectedAttention):
    def forward(self, states, key, value):
        query = torch.matmul(states, self.weight) + 1.0
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        query[..., :3].mul_(4.0)
        return torch.matmul(probs, value)


class DetachedAttention(ProjectedAttention):
    def forward(self, states, key, value):
        query = states @ self.weight
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        query.detach().zero_()
        return torch.matmul(probs, value)


class LoopAttention(ProjectedAttention):
    def forward(self, states, key, value):
        query = states @ self.weight
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        for part in query:
            part *= 0.5
        return torch.matmul(probs, value)


class ComprehensionAttention(ProjectedAttention):
    def forward(self, states, key, value):
        query = states @ self.weight
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        [part.mul_(0.5) for part in query]
        return torch.matmul(probs, value)


class FunctionAttention(ProjectedAttention):
    def forward(self, states, key, value):
        query = states @ self.weight
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        torch._foreach_mul_([query], 0.5)
        return torch.matmul(probs, value)


KINDS = (
    ViewAttention, SliceAttention, DetachedAttention, LoopAttention, ComprehensionAttention, FunctionAttention
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    states, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return [(kind(), (states, key, value), {}) for kind in KINDS]
