import torch
from torch import nn

EXPECT = "generated"
WHY = "the attention function is given the module by keyword, or another module in its place"


def attention(self, query, key, value):
    return torch.matmul(torch.softmax(query @ key.transpose(-1, -2) * self.scale, dim=-1), value)


def attention_of(module, query, key, value):
    return torch.matmul(torch.softmax(query @ key.transpose(-1, -2) * module.scale, dim=-1), value)


class KeywordAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 0.5

    def forward(self, query, key, value):
        return attention(query=query, self=self, key=key, value=value)


class OtherNameAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 0.25

    def forward(self, query, key, value):
        first = attention_of(query=query, key=key, module=self, value=value)
        return first + attention_of(self, query, value=value, key=key)


class Sharp(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 2.0


class OthersAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale, self.sharp = 0.5, Sharp()

    def forward(self, query, key, value):
        return attention_of(self, query, key, value) + attention_of(self.sharp, query, key, value)


class AnotherAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale, self.sharp = 0.5, Sharp()

    def forward(self, query, key, value):
        return attention(self.sharp, query, key, value)


CODES = {"OthersAttention": "CALL", "AnotherAttention": "CALL"}


class Every(nn.Module):
    def __init__(self):
        super().__init__()
        made = KeywordAttention(), OtherNameAttention(), OthersAttention(), AnotherAttention()
        self.parts = nn.ModuleList(made)

    def forward(self, query, key, value):
        return [part(query, key, value) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    return Every(), (query, key, value), {}
