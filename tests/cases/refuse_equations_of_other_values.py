import torch
from torch import nn

EXPECT = "refused"
CODE = "CONTEXT_AXIS"
WHY = "the probabilities meet values without keys, for each query, or with a second feature axis"


class Attention(nn.Module):
    def weigh(self, query, key):
        return torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)


class AveragedAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("bhqk,bhd->bhqd", self.weigh(query, key), value.mean(2))


class PairwiseAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("bhqk,bhqkd->bhqd", self.weigh(query, key), torch.stack([value] * query.size(2), 2).tanh())


class SummedAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("bhqk,bhkde->bhqd", self.weigh(query, key), torch.stack([value, value.tanh()], -1))


class WithoutFeaturesAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("bhqk,bhk->bhq", self.weigh(query, key), value.mean(-1))


class HeadsSummedAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("...hqk,...hkd->...qd", self.weigh(query, key), value)


class QueriesSummedAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("bhqk,bhkd->bhd", self.weigh(query, key), value)


class KeysKeptAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("bhqk,bhkd->bhqkd", self.weigh(query, key), value).amax(3)


class EllipsisInTheMiddleAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("b...qk,b...kd->b...qd", self.weigh(query, key), value)


class ValuesFirstAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("...qk,k...d->...qd", self.weigh(query, key), value.movedim(-2, 0))


class QueriesFirstAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("...qk,...kd->q...d", self.weigh(query, key), value)


class OverQueriesAttention(Attention):
    def forward(self, query, key, value):
        return torch.einsum("...kq,...kd->...qd", self.weigh(query, key), value)


class HeadsLastAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.einsum("bhqd,bhkd->bqkh", query, key), dim=2)
        return torch.einsum("...kh,...kdh->...dh", probs, value.permute(0, 2, 3, 1)[:, None])


class KeysBeforeHeadsAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.einsum("bhqd,bhkd->bkqh", query, key), dim=1)
        return torch.einsum("...qh,...dh->...qdh", probs, value.permute(0, 2, 3, 1)).sum(1)


def examples():
    torch.manual_seed(0)
    for kind in (
        AveragedAttention,
        PairwiseAttention,
        SummedAttention,
        WithoutFeaturesAttention,
        HeadsSummedAttention,
        QueriesSummedAttention,
        KeysKeptAttention,
        EllipsisInTheMiddleAttention,
        ValuesFirstAttention,
        QueriesFirstAttention,
        OverQueriesAttention,
        HeadsLastAttention,
        KeysBeforeHeadsAttention,
    ):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
