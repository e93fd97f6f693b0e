import torch
from torch import nn

EXPECT = "refused"
CODE = "CALLER"
WHY = "a caller returns the weights where a flag of its own asks for them, of which the attention learns nothing"
SAYS = {"PlainAttention": "where `return_attention` asks for them"}


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


class Keyword(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = KeywordAttention()

    def forward(self, hidden, asked=False, **kwargs):
        kwargs["return_attention"] = asked
        output, probs = self.attention(hidden)
        if kwargs.get("return_attention"):
            return output, probs
        return output


class KeywordAttention(PlainAttention):
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


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = NamedAttention()
        self.output_attn = True

    def forward(self, hidden, flag=None):
        output, probs = self.attention(hidden)
        want = flag if flag is not None else False
        if want is True or want == "attn":
            return output, probs
        return output


class NamedAttention(PlainAttention):
    pass


class Attribute(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = AttributeAttention()
        self.output_attn = True

    def forward(self, hidden, flag=None):
        output, probs = self.attention(hidden)
        if self.output_attn:
            return output, probs
        return output


class AttributeAttention(PlainAttention):
    pass


def examples():
    torch.manual_seed(0)
    for make in (Block, Gathering, Either, Unless, Appending, Keyword, Kept, Named, Attribute):
        for asked in (True, False):
            yield make(), (2.0 * torch.randn(2, 5, 8), asked), {}


def example():
    return next(examples())
