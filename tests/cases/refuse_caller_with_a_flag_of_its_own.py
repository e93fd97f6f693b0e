import torch
from torch import nn

EXPECT = "refused"
CODE = "CALLER"
WHY = "a caller returns the weights where something of its own asks for them, of which the attention learns nothing"
SAYS = {"KeywordAttention": "where `kwargs.get(\"return_attention\")` asks for them"}


class PlainAttention(nn.Module):
    def forward(self, hidden):
        probs = torch.softmax(hidden @ hidden.transpose(-1, -2), dim=-1)
        return probs @ hidden, probs


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
    for make in (Keyword, Named, Attribute):
        for asked in (True, False):
            yield make(), (2.0 * torch.randn(2, 5, 8), asked), {}


def example():
    return next(examples())
