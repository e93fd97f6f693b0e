import copy
import types

import torch
from torch import nn

EXPECT = "generated"
WHY = "a number of the configuration, halved by `//=` between the product and the softmax, is no tensor of the attention"


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.buckets = config.buckets
        self.q = nn.Linear(16, 16)
        self.k = nn.Linear(16, 16)
        self.v = nn.Linear(16, 16)
        self.table = nn.Embedding(config.buckets, 2)

    def prune(self):
        self.q = copy.deepcopy(self.q)

    @staticmethod
    def bucket(distance, both_ways=True, buckets=32):
        found = 0
        if both_ways:
            buckets //= 2
            found += (distance > 0).to(torch.long) * buckets
            distance = torch.abs(distance)
        else:
            distance = -torch.min(distance, torch.zeros_like(distance))
        found += distance.clamp(max=buckets - 1)
        return found

    def forward(self, hidden, both_ways=True):
        batch, length, _ = hidden.shape
        q = self.q(hidden).view(batch, length, 2, 8).transpose(1, 2)
        k = self.k(hidden).view(batch, length, 2, 8).transpose(1, 2)
        v = self.v(hidden).view(batch, length, 2, 8).transpose(1, 2)
        scores = torch.matmul(q, k.transpose(3, 2))
        at = torch.arange(length)
        buckets = self.bucket(at[None] - at[:, None], both_ways=both_ways, buckets=self.buckets)
        scores += self.table(buckets).permute(2, 0, 1)[None]
        probs = nn.functional.softmax(scores.float(), dim=-1).type_as(scores)
        return torch.matmul(probs, v).transpose(1, 2).reshape(batch, length, -1)


def examples():
    torch.manual_seed(0)
    for both_ways in (True, False):
        module = Attention(types.SimpleNamespace(buckets=8))
        nn.init.normal_(module.table.weight)
        yield module, (torch.randn(2, 6, 16), both_ways), {}
