import torch
from torch import nn

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "the sink is what was concatenated, not what has its name by the time of the call"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.sinks = nn.Parameter(torch.randn(2))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        sink = self.sinks.reshape(1, -1, 1, 1).expand(query.shape[0], -1, query.shape[-2], -1)
        scores = torch.cat([scores, sink], dim=-1)
        sink = sink * 2.0
        probs = torch.softmax(scores, dim=-1)[..., :-1]
        return torch.matmul(probs, value), sink


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
