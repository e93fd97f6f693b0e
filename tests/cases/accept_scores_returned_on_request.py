import torch
from torch import nn

EXPECT = "generated"
WHY = "the scores leave by a return of their own, under a flag; there the original runs"


class EarlyAttention(nn.Module):
    def forward(self, query, key, value, need_weights=False, need_heads=False, before=False):
        scores = torch.bmm(query, key.transpose(1, 2)) * 0.3
        if before:
            return scores, value
        floats = nn.functional.softmax(scores, -1)
        met = torch.bmm(floats.type_as(scores), value)
        shown = None
        if need_weights:
            shown = floats.view(2, 2, 5, 5).transpose(1, 0)
            if not need_heads:
                shown = shown.mean(dim=0)
        return met, shown


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(4, 5, 8) for _ in range(3))
    yield EarlyAttention(), (query, key, value), {}
    yield EarlyAttention(), (query, key, value), {"before": True}
    yield EarlyAttention(), (query, key, value), {"need_weights": True}
    yield EarlyAttention(), (query, key, value), {"need_weights": True, "need_heads": True}


def example():
    return next(examples())
