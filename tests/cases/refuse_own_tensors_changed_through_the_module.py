import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'what the module holds is changed, whatever it is reached through'
CODES = {'IteratedAttention': 'OPERAND_CHANGED', 'NamedAttention': 'OPERAND_CHANGED', 'AppliedAttention': 'OPERAND_CHANGED', 'StateAttention': 'OPERAND_CHANGED', 'SwappedAttention': 'OPERAND_CHANGED', 'ObjectAttention': 'OPERAND_CHANGED', 'ClosureAttention': 'OPERAND_CHANGED', 'ChildAttention': 'OPERAND_CHANGED'}


class Holder:
    def __init__(self, table):
        self.table = table

    def clear(self):
        self.table.zero_()


class Child(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.table = table

    def forward(self):
        self.table.zero_()


class IteratedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.linspace(0.0, 3.0, 25).view(5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + self.table
        next(self.buffers()).zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NamedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.linspace(0.0, 3.0, 25).view(5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + self.table
        getattr(self, 'ta' + 'ble').zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AppliedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.linspace(0.0, 3.0, 25).view(5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + self.table
        self.apply(lambda module: [part.zero_() for part in module.buffers()])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class StateAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.linspace(0.0, 3.0, 25).view(5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + self.table
        self.state_dict()['table'].zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SwappedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.linspace(0.0, 3.0, 25).view(5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + self.table
        torch.utils.swap_tensors(self.table, torch.zeros(5, 5))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ObjectAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.linspace(0.0, 3.0, 25).view(5, 5))
        self.holder = Holder(self.table)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + self.table
        self.holder.clear()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClosureAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.linspace(0.0, 3.0, 25).view(5, 5))
        self.clear = lambda: self.table.zero_()

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + self.table
        self.clear()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ChildAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.linspace(0.0, 3.0, 25).view(5, 5))
        self.child = Child(self.table)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + self.table
        self.child()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (IteratedAttention, NamedAttention, AppliedAttention, StateAttention, SwappedAttention, ObjectAttention, ClosureAttention, ChildAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}
