import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "eager's result lies in memory as its axes follow one another, a kernel's as the query does: views and copies differ"


def turned(tensor):
    return tensor.transpose(1, 2).contiguous().transpose(1, 2)


class MergedAttention(nn.Module):
    def forward(self, query, key, value):
        batch, heads, length, size = query.shape
        states = torch.softmax(turned(query) @ key.transpose(-1, -2), dim=-1) @ value
        return states.view(batch * heads, length, size)


class SizedAttention(nn.Module):
    def forward(self, query, key, value):
        states = torch.softmax(turned(query) @ key.transpose(-1, -2), dim=-1) @ value
        return states.view((-1,))


class MadeAttention(nn.Module):
    def forward(self, query, key, value):
        states = torch.softmax(turned(query) @ key.transpose(-1, -2), dim=-1) @ value
        states = torch.tanh(states) + 1.0
        return states.view(-1)


class StridesAttention(nn.Module):
    def forward(self, query, key, value):
        states = torch.softmax(turned(query) @ key.transpose(-1, -2), dim=-1) @ value
        return states, states.is_contiguous()


class HelperAttention(nn.Module):
    def mix(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs

    def forward(self, query, key, value):
        states, _ = self.mix(turned(query), key, value)
        return states.view(-1)


def mixed(query, key, value):
    return torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value


class FunctionAttention(nn.Module):
    def forward(self, query, key, value):
        return mixed(turned(query), key, value).view(-1)


class CopyAttention(nn.Module):
    def forward(self, query, key, value):
        states = torch.softmax(turned(query) @ key.transpose(-1, -2), dim=-1) @ value
        rows = states.transpose(1, 2).contiguous()
        rows.add_(1.0)
        return states


class SharedAttention(nn.Module):
    def forward(self, query, key, value):
        states = torch.softmax(turned(query) @ key.transpose(-1, -2), dim=-1) @ value
        rows = states.reshape(-1, states.shape[-1])
        rows.add_(1.0)
        return states


class HelperSharedAttention(nn.Module):
    def mix(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value

    def forward(self, query, key, value):
        states = self.mix(turned(query), key, value)
        rows = states.reshape(-1, states.shape[-1])
        rows.add_(1.0)
        return states


def examples():
    kinds = MergedAttention, SizedAttention, MadeAttention, StridesAttention, HelperAttention
    for make in (*kinds, FunctionAttention, CopyAttention, SharedAttention, HelperSharedAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
