import torch
from torch import nn

EXPECT = "generated"
WHY = (
    "weights of a helper with a softmax, or of one with another function; a module is given whichever it was, "
    "and what a flag of that call denies does not run"
)


class Feature(nn.Module):
    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def forward(self, states, batch_first=False):
        if self.rows:
            if batch_first:
                return nn.functional.dropout2d(states.transpose(-1, -2), p=0.0, training=self.training).transpose(-1, -2)
            return nn.functional.dropout2d(states, p=0.0, training=self.training)
        return nn.functional.dropout(states, p=0.0, training=self.training)


class Attention(nn.Module):
    def __init__(self, featurewise=False, activation="softmax"):
        super().__init__()
        self.thin = Feature(featurewise)
        self.activation = activation

    def weigh(self, query, key):
        return torch.softmax(torch.bmm(query, key.transpose(1, 2)) * query.size(-1) ** -0.5, dim=-1)

    def square(self, query, key):
        return torch.relu(torch.bmm(query, key.transpose(1, 2))).square() / key.size(1)

    def forward(self, query, key, value):
        if self.activation == "softmax":
            weights = self.weigh(query, key)
        else:
            weights = self.square(query, key)
        thinned = self.thin(weights, batch_first=True)
        return torch.bmm(thinned, value)


def examples():
    torch.manual_seed(0)
    for featurewise, activation in ((False, "softmax"), (True, "softmax"), (False, "square"), (True, "square")):
        query, key, value = (2.0 * torch.randn(4, 6, 8) for _ in range(3))
        yield Attention(featurewise, activation), (query, key, value), {}


def example():
    return next(examples())
