import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "a caller returns the weights where an argument of its own asks for them: the runtime listens"


class PlainAttention(nn.Module):
    def forward(self, hidden):
        probs = torch.softmax(hidden @ hidden.transpose(-1, -2), dim=-1)
        return probs @ hidden, probs


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = PlainAttention()

    def forward(self, hidden, return_attention=False):
        output, probs = self.attention(hidden)
        if return_attention:
            return probs
        return hidden + output


class Gathering(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(GatheredAttention() for _ in range(2))

    def forward(self, hidden, return_weights=False):
        gathered = []
        for layer in self.layers:
            hidden, probs = layer(hidden)
            gathered += [probs] if return_weights else []
        if return_weights:
            return hidden, gathered
        return (hidden,)


class GatheredAttention(PlainAttention):
    pass


class Either(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = ChosenAttention()

    def forward(self, hidden, need_weights=False):
        output, probs = self.attention(hidden)
        return output, (probs if need_weights else None)


class ChosenAttention(PlainAttention):
    pass


class Unless(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = UnlessAttention()

    def forward(self, hidden, with_weights=False):
        output, probs = self.attention(hidden)
        if not with_weights:
            return output
        return output, probs


class UnlessAttention(PlainAttention):
    pass


class Appending(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = AppendedAttention()

    def forward(self, hidden, keep=False):
        output, probs = self.attention(hidden)
        every = []
        if keep:
            every.append(probs)
        return output, every


class AppendedAttention(PlainAttention):
    pass


class Kept(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = KeptAttention()

    def forward(self, hidden, flag=False):
        output, probs = self.attention(hidden)
        outputs = (output,)
        if flag:
            outputs += (probs,)
        return outputs


class KeptAttention(PlainAttention):
    pass


class Shown(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = ShownAttention()

    def forward(self, hidden, *, scale=1.0, shown=True):
        output, probs = self.attention(hidden)
        return (output * scale, probs) if shown else output * scale


class ShownAttention(PlainAttention):
    pass


def examples():
    torch.manual_seed(0)
    for make in (Block, Gathering, Either, Unless, Appending, Kept):
        for asked in (True, False):
            yield make(), (2.0 * torch.randn(2, 5, 8), asked), {}
    for named in ({}, {"shown": True}, {"shown": False}):
        yield Shown(), (2.0 * torch.randn(2, 5, 8),), named


def example():
    return next(examples())
