import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "the bias may be narrower than the scores, by a sum or by a factor of a dtype of its own: its dtype is not theirs"


class AddedAttention(nn.Module):
    def __init__(self, precise=False):
        super().__init__()
        self.precise = precise

    def forward(self, query, key, value, slopes):
        scores = torch.matmul(query, key.transpose(1, 2)) + slopes
        if self.precise:
            scores = scores.float()
        form = torch.zeros(2, dtype=scores.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype), value), form


class GatedAttention(AddedAttention):
    def forward(self, query, key, value, slopes):
        scores = torch.baddbmm(slopes, query, key.transpose(1, 2))
        scores = scores * torch.linspace(0.5, 1.5, 5, dtype=torch.float32).view(5, 1)
        if self.precise:
            scores = scores.float()
        form = torch.zeros(2, dtype=scores.dtype)
        return torch.bmm(torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype), value), form


def examples():
    for make in (AddedAttention, GatedAttention):
        for precise in (False, True):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(4, 5, 8) for _ in range(3))
            yield make(precise), (query, key, value, torch.randn(4, 1, 5)), {}


def example():
    return next(examples())
