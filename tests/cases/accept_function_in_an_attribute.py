import torch
from torch import nn

EXPECT = "generated"
WHY = "the attention is a function that the constructor keeps: it is replaced where it is that function"
WRITTEN = {
    "KeptAttention": "(self._attn if self.attend is attend else self.attend)(",
    "ChosenAttention": "(self._attn if self.attend is attend else self.attend)(",
    "GivenAttention": "(type(self)._attn if self.attend is attend_for else self.attend)(",
    "WeightsAttention": "fuse(",
}


def attend(query, key, value, scale=0.5):
    probs = torch.softmax(query @ key.transpose(-1, -2) * scale, dim=-1)
    return probs @ value


def fast(query, key, value, scale=0.5):
    return value * scale


def attend_for(module, query, key, value):
    return torch.softmax(query @ key.transpose(-1, -2) * module.scale, dim=-1) @ value


def weighed(query, key, value, needs_weights=False):
    probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
    output = probs @ value
    if needs_weights:
        return output, probs
    return output, None


class KeptAttention(nn.Module):
    def __init__(self, function=None):
        super().__init__()
        self.attend = attend

    def forward(self, query, key, value):
        return self.attend(query, key, value=value, scale=0.25) + 1.0


class ChosenAttention(nn.Module):
    def __init__(self, kind):
        super().__init__()
        if kind == "exact":
            self.attend = attend
        elif kind == "fast":
            self.attend = fast
        else:
            raise ValueError(kind)

    def forward(self, query, key, value):
        return self.attend(query, key, value)


class GivenAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 0.5
        self.attend = attend_for

    def forward(self, query, key, value):
        return self.attend(self, query, key, value)


class WeightsAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = weighed

    def forward(self, query, key, value, needs_weights=False):
        return self.attend(query, key, value, needs_weights=needs_weights)


def examples():
    torch.manual_seed(0)
    for module, asked in (
        (KeptAttention(), ()), (ChosenAttention("exact"), ()), (ChosenAttention("fast"), ()), (GivenAttention(), ()),
        (WeightsAttention(), (True,)), (WeightsAttention(), (False,)),
    ):  # fmt: skip
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value, *asked), {}


def example():
    return next(examples())
