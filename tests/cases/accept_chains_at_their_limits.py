import torch
from torch import nn

EXPECT = "generated"
WHY = "what is beside a chain, or was done before it, or is done behind it"
EVERY = True
EAGER_ALLOWED = True
CODES = {
    "MaximumOfTheOtherAttention": "LEFTOVER",
    "WeightsOfTheOtherAttention": "ESCAPE",
}


class BaseAttention(nn.Module):
    def product(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2)) * 0.3


class MaximumOfTheOtherAttention(BaseAttention):
    """The first attention's maximum is added to the second one's scores: only the second is written."""

    def forward(self, query, key, value, mask):
        first = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        second = torch.matmul(query, value.transpose(-1, -2)) * 0.3
        second = second + first.amax(-1, keepdim=True)
        return torch.matmul(torch.softmax(first, -1), value) + torch.matmul(torch.softmax(second, -1), key)


class WeightsOfTheOtherAttention(BaseAttention):
    """The first attention's weights are added to the second one's scores: only the second is written."""

    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        second = torch.matmul(query, value.transpose(-1, -2)) * 0.3
        second = second + probs
        return torch.matmul(probs, value) + torch.matmul(torch.softmax(second, -1), key)


class KeysChangedAfterwardsAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        keys = key * 1.0
        output = torch.matmul(torch.softmax(self.product(query, keys), dim=-1), value)
        keys.mul_(0.5)
        return output, keys


class AffinityOfAffinitiesAttention(BaseAttention):
    """What is changed in place has nothing to do with what the operands came from."""

    def forward(self, query, key, value, mask):
        close = torch.matmul(query, key.transpose(-1, -2)).tanh()
        scores = torch.matmul(close, close.transpose(-1, -2)) * 0.3
        offset = torch.zeros(key.size(-2), dtype=query.dtype)
        offset.add_(0.5)
        return torch.matmul(torch.softmax(scores + offset, dim=-1), value)


class RoundsAttention(BaseAttention):
    """Each pass of the loop has an attention of its own."""

    def forward(self, query, key, value, mask):
        for _ in range(3):
            query = torch.matmul(torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3 + mask, -1), value)
        return query


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                MaximumOfTheOtherAttention(),
                WeightsOfTheOtherAttention(),
                KeysChangedAfterwardsAttention(),
                AffinityOfAffinitiesAttention(),
                RoundsAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
