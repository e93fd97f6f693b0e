import torch
from torch import nn

EXPECT = "generated"
WHY = "axes, masks and sizes whose meaning is known"
EVERY = True
EAGER_ALLOWED = True


class BaseAttention(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.flag = flag
        self.act = nn.Identity()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 3, 1, 1))


class TurnedBeforeTheRowsAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)).transpose(-1, -2).transpose(-1, -2)
        return torch.matmul(torch.softmax(scores * self.temperature, dim=-1), value)


class OneOfTwoFullTensorsAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        factor = torch.full((), 0.5) if self.flag else torch.full((), 0.7)
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores * factor, dim=-1), value)


class IdentityOnTheScoresAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = self.act(torch.matmul(query, key.transpose(-1, -2)) * 0.3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TwoAxesAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        query, key = query.reshape(-1, 8), key.reshape(-1, 8)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        return torch.matmul(torch.softmax(scores, dim=1), value.reshape(-1, 8))


class LengthFirstAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        query, key, value = (states[0].reshape(5, 3, 8) for states in (query, key, value))
        query, key = query.reshape(5, 3, 8), key.reshape(5, 3, 8)
        scores = torch.einsum("ibd,jbd->ibj", query, key) * 0.3
        return torch.einsum("ibj,jbd->ibd", torch.softmax(scores, dim=2), value)


class EllipsisOfKnownLengthAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        query, key = query.reshape(-1, 3, 5, 8), key.reshape(-1, 3, 5, 8)
        scores = torch.einsum("...hqd,...hkd->...hqk", query, key) * 0.3
        return torch.matmul(torch.softmax(scores, dim=3), value)


class EllipsesOfTwoLengthsAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        query, key = query.reshape(2, 3, 5, 8), key[:1].reshape(1, 3, 5, 8)
        scores = torch.einsum("...qd,...hkd->...hqk", query, key) * 0.3
        return torch.matmul(torch.softmax(scores, dim=4), value[:1, None])


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                TurnedBeforeTheRowsAttention(),
                OneOfTwoFullTensorsAttention(),
                IdentityOnTheScoresAttention(),
                TwoAxesAttention(),
                LengthFirstAttention(),
                EllipsisOfKnownLengthAttention(),
                EllipsesOfTwoLengthsAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
