import torch
from torch import nn

EXPECT = "refused"
CODE = "PROBABILITIES"
WHY = "what is cut off is not the last column alone, and all of it: another one, two, every second, or those of some rows"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.sinks = nn.Parameter(torch.randn(1, 2, 1, 1))

    def weigh(self, query, key):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        sinks = self.sinks.expand(query.shape[0], -1, query.shape[-2], -1)
        return torch.softmax(torch.cat([scores, sinks], dim=-1), dim=-1)


class FirstAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[..., 1:], value)


class BothEndsAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[..., 1:-1], value[..., 1:, :])


class TwoAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[..., :-2], value[..., 1:, :])


class CountedAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[..., :1], value[..., :1, :])


class InvertedAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[..., : ~1], value[..., 1:, :])


class SecondAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[..., :-1:2], value[..., ::2, :])


class FewRowsAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[:, :, 1:, :-1], value)


class FewBatchesAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[1:, :-1], torch.cat([value, value], dim=-2)[1:, :1, :6])


class SingleAttention(Attention):
    def forward(self, query, key, value):
        return torch.matmul(self.weigh(query, key)[:-1], torch.cat([value, value], dim=-2)[:1, :, :6])


class LastAttention(Attention):
    def forward(self, query, key, value):
        return self.weigh(query, key)[..., -1] * value[..., 0]


def examples():
    torch.manual_seed(0)
    for kind in (
        FirstAttention,
        BothEndsAttention,
        TwoAttention,
        CountedAttention,
        InvertedAttention,
        SecondAttention,
        FewRowsAttention,
        FewBatchesAttention,
        SingleAttention,
        LastAttention,
    ):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
