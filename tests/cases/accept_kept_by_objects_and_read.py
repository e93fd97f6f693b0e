import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "what objects keep, and views that branches give, are read, and only what was made of them is changed"


class Drawer:
    def __init__(self):
        self.inside = None

    def put(self, thing):
        self.inside = thing

    def get(self):
        return self.inside


LOG = []


class LocalAttention(nn.Module):
    def forward(self, query, key, value):
        drawer = Drawer()
        drawer.put(query)
        scores = torch.matmul(drawer.get(), key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        halved = drawer.get() * 0.5
        halved.mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value) + halved


class LoggedAttention(nn.Module):
    def forward(self, query, key, value):
        LOG.append(query)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        out = torch.matmul(probs, value)
        LOG.clear()
        return out


class TurnedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        turned = query.H if query.dim() == 2 else query.mH
        turned = turned * 0.5
        turned.add_(1.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value) + turned.sum()


def examples():
    torch.manual_seed(0)
    for kind in (LocalAttention, LoggedAttention, TurnedAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}
