import math

import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "what a helper does to make the scores cannot be said in one expression: it is written out where it is called"


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads, self.size = 2, 4
        self.linear_pos = nn.Linear(8, 8, bias=False)
        self.pos_bias_u = nn.Parameter(torch.randn(2, 4))
        self.pos_bias_v = nn.Parameter(torch.randn(2, 4))


class RelativeAttention(Base):
    def forward(self, query, key, value, positions, attention_mask=None):
        scores = self.relative(query, key, positions)
        if attention_mask is not None:
            scores = scores + attention_mask
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)

    def relative(self, query, key, positions):
        positions = self.linear_pos(positions).view(positions.size(0), -1, self.heads, self.size)
        positions = positions.transpose(1, 2)
        positions = positions.transpose(2, 3)
        query = query.transpose(1, 2)
        with_u = (query + self.pos_bias_u).transpose(1, 2)
        with_v = (query + self.pos_bias_v).transpose(1, 2)
        content = torch.matmul(with_u, key.transpose(-2, -1))
        shifted = torch.matmul(with_v, positions)
        zeros = torch.zeros((*shifted.size()[:3], 1), device=shifted.device, dtype=shifted.dtype)
        padded = torch.cat([zeros, shifted], dim=-1)
        shape = shifted.size()[:2] + (shifted.shape[3] + 1, shifted.shape[2])
        padded = padded.view(*shape)
        shifted = padded[:, :, 1:].view_as(shifted)
        shifted = shifted[:, :, :, : shifted.size(-1) // 2 + 1]
        scores = (content + shifted) / math.sqrt(self.size)
        return scores


class BoundAnewAttention(Base):
    """The names of the helper are the caller's, too, which reads its own behind the call."""

    def biased(self, scores, positions):
        value = positions.mean(dim=-1)
        value = value[:, None, None, : scores.size(-1)]
        for _ in range(2):
            value = value * 0.5
        return scores + value

    def forward(self, query, key, value, positions, attention_mask=None):
        scores = torch.matmul(query, key.transpose(-2, -1))
        scores = self.biased(scores, positions)
        if attention_mask is not None:
            scores = scores + attention_mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for make in (RelativeAttention, BoundAnewAttention):
        for mask in (None, torch.randn(2, 1, 5, 5)):
            query, key, value = (torch.randn(2, 2, 5, 4) for _ in range(3))
            yield make(), (query, key, value, torch.randn(2, 9, 8)), {"attention_mask": mask}


def example():
    return next(examples())
