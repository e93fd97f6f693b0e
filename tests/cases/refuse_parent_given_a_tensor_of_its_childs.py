import torch
from torch import nn

EXPECT = "refused"
CODE = "SCALE_SHAPE"
WHY = "what a constructor unpacks for its parent's it has made itself, and it may be a tensor that differs by key"


class Parent(nn.Module):
    def __init__(self, *made):
        super(Parent, self).__init__()
        self.scale = made[0]


class Given(nn.Module):
    def __init__(self, scale):
        super(Given, self).__init__()
        self.scale = scale


class TupleAttention(Parent):
    def __init__(self, *sizes):
        scales = [torch.rand(5)]
        super(TupleAttention, self).__init__(*scales)

    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2) * self.scale, dim=-1) @ value


class BoundAttention(Given):
    def __init__(self, *sizes):
        sizes = [torch.rand(5)]
        super(BoundAttention, self).__init__(*sizes)

    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2) * self.scale, dim=-1) @ value


class NamedAttention(Given):
    def __init__(self, **sizes):
        sizes["scale"] = torch.rand(5)
        super().__init__(**sizes)

    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2) * self.scale, dim=-1) @ value


class UpdatedAttention(Given):
    def __init__(self, **sizes):
        sizes.update(scale=torch.rand(5))
        super().__init__(**sizes)

    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2) * self.scale, dim=-1) @ value


def examples():
    for make in (TupleAttention, BoundAttention, NamedAttention, UpdatedAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
