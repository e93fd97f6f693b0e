import torch
from torch import nn

EXPECT = "refused"
CODE = "ESCAPE"
CODES = {"Attention": "ESCAPE"}
WHY = "the name that decides on the sink's column is bound anew before it is taken off"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, sinks=False):
        super().__init__()
        self.sinks = nn.Parameter(torch.randn(3)) if sinks else None

    def forward(self, query, key, value, mask=None):
        scores = torch.matmul(query, key.transpose(-2, -1)) * 0.3
        if mask is not None:
            scores = scores + mask
        sink = self.sinks
        if sink is not None:
            sinks = self.sinks.reshape(1, -1, 1, 1).expand(query.shape[0], -1, query.shape[-2], -1)
            scores = torch.cat([scores, sinks], dim=-1)
        scores = scores - scores.max(dim=-1, keepdim=True).values
        probs = torch.softmax(scores, dim=-1)
        sink = mask
        if sink is not None:
            probs = probs[..., :-1]
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for sinks in (False, True):
        for mask in (torch.randn(2, 1, 5, 5) if sinks else None,):
            query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
            yield Attention(sinks), (query, key, value, mask), {}
