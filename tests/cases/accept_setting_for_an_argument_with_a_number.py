from types import SimpleNamespace

import torch
from torch import nn

EXPECT = "generated"
WHY = "an argument whose default is a number is a number, also where a value of the configuration is given for it"
WRITTEN = {"BucketAttention": "fuse("}
NOT_WRITTEN = {"BucketAttention": "if bias is None and"}


class BucketAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.query, self.key = nn.Linear(8, 8), nn.Linear(8, 8)
        self.buckets = config.buckets
        self.bias = nn.Embedding(config.buckets, 1)

    def prune(self, layer):
        self.query = layer

    @staticmethod
    def bucket(position, both, buckets=32):
        if both:
            buckets //= 2
        return position.clamp(max=buckets - 1)

    def forward(self, hidden, both=True, bias=None):
        query, key = self.query(hidden), self.key(hidden)
        scores = torch.matmul(query, key.transpose(-1, -2))
        if bias is None:
            position = torch.arange(hidden.size(1))
            bias = self.bias(self.bucket(position, both, buckets=self.buckets)).mT
        scores += bias
        return torch.matmul(torch.softmax(scores, dim=-1), hidden)


def examples():
    torch.manual_seed(0)
    for both in (True, False):
        yield BucketAttention(SimpleNamespace(buckets=8)), (2.0 * torch.randn(2, 6, 8), both), {}


def example():
    return next(examples())
