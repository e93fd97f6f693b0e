import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "PairAttention": "OPERAND_CHANGED",
    "WalkedAttention": "OPERAND_CHANGED",
    "SharedTableAttention": "OPERAND_CHANGED",
    "QuietAttention": "OPERAND_CHANGED",
    "OwnTableAttention": "OPERAND_CHANGED",
    "KeptAttention": "OPERAND_CHANGED",
    "GivenAttention": "OPERAND_CHANGED",
    "DrawnAttention": "OPERAND_CHANGED",
    "MappedAttention": "OPERAND_CHANGED",
    "HandedAttention": "OPERAND_CHANGED",
    "PickedAttention": "OPERAND_CHANGED",
}
WHY = "between the sum and the softmax what was added is changed by another way to where it is held"

SHARED = torch.arange(5.0)


def negate(tensor):
    tensor.mul_(-2.0)
    return tensor


class PairAttention(nn.Module):
    """The items of a tuple are the module's, for whoever goes through it."""

    def __init__(self):
        super().__init__()
        self.pair = (torch.arange(5.0), torch.ones(5))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.pair[0]
        [row.neg_() for row in self.pair]
        return torch.softmax(scores, dim=-1) @ value


class WalkedAttention(nn.Module):
    """What a generator yields is what it reads around it."""

    def __init__(self):
        super().__init__()
        self.rows = [torch.arange(5.0), torch.ones(5)]

    def forward(self, query, key, value):
        def walk():
            yield from self.rows

        scores = query @ key.transpose(-1, -2) + self.rows[0]
        next(walk()).neg_()
        return torch.softmax(scores, dim=-1) @ value


class SharedTableAttention(nn.Module):
    """A lambda reads names of the module as well."""

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + SHARED
        (lambda: SHARED.mul_(3.0))()
        return torch.softmax(scores, dim=-1) @ value


class QuietAttention(nn.Module):
    """A decorated method is not entered, and reaches what modules hold."""

    @torch.no_grad()
    def change(self):
        SHARED.mul_(3.0)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + SHARED
        self.change()
        return torch.softmax(scores, dim=-1) @ value


class OwnTableAttention(nn.Module):
    """An attribute of the class is one thing under both names."""

    table = torch.arange(5.0)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.table
        OwnTableAttention.table.mul_(3.0)
        return torch.softmax(scores, dim=-1) @ value


class Keeper(nn.Module):
    def __init__(self, tensor):
        super().__init__()
        self.tensor = tensor


class KeptAttention(nn.Module):
    """What a part was given may be a tensor, and its methods give views of it."""

    def __init__(self):
        super().__init__()
        self.keeper = Keeper(nn.Parameter(torch.arange(5.0)))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.keeper.tensor.view(1, 5)
        self.keeper.tensor.detach().mul_(-1.0)
        return torch.softmax(scores, dim=-1) @ value


class GivenAttention(nn.Module):
    """What the constructor was given may be a tensor, and is the module's."""

    def __init__(self, tensor):
        super().__init__()
        self.tensor = tensor

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.tensor
        [row.mul_(-1.0) for row in [self.tensor]]
        return torch.softmax(scores, dim=-1) @ value


class DrawnAttention(GivenAttention):
    """So says a function that changes its argument."""

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.tensor
        nn.init.constant_(self.tensor[:2], 7.0)
        return torch.softmax(scores, dim=-1) @ value


class MappedAttention(nn.Module):
    """A comprehension calls what changes its argument."""

    def __init__(self):
        super().__init__()
        self.register_buffer("shift", torch.arange(5.0))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.shift
        [negate(row) for row in [self.shift]]
        return torch.softmax(scores, dim=-1) @ value


class HandedAttention(MappedAttention):
    """The same of a method, and of one that it calls."""

    def pass_on(self, tensor):
        return self.change(tensor)

    def change(self, tensor):
        tensor += 3.0 * torch.arange(5.0)
        return tensor

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.shift
        [self.pass_on(row) for row in [self.shift]]
        return torch.softmax(scores, dim=-1) @ value


class PickedAttention(MappedAttention):
    """A nested function gives what it reads to whoever calls it in a comprehension."""

    def forward(self, query, key, value):
        def pick():
            return self.shift

        scores = query @ key.transpose(-1, -2) + self.shift
        [negate(pick()) for _ in range(1)]
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    kinds = [PairAttention, WalkedAttention, SharedTableAttention, QuietAttention, OwnTableAttention, KeptAttention]
    kinds += [MappedAttention, HandedAttention, PickedAttention]
    modules = [kind() for kind in kinds] + [kind(torch.arange(5.0)) for kind in (GivenAttention, DrawnAttention)]
    return [(module, tuple(torch.randn(2, 5, 4) for _ in range(3)), {}) for module in modules]
