import torch
from torch import einsum, nn
from torch.utils.data import default_convert

EXPECT = "generated"
WHY = "a function of another package that is mapped over the operands and unpacked at once is not called again"


class Attention(nn.Module):
    scale = 0.35

    def forward(self, query, key, value, mask=None):
        query, key, value = map(lambda t: default_convert(t).unflatten(-1, (3, -1)).transpose(1, 2).flatten(0, 1), (query, key, value))
        sim = einsum("b i d, b j d -> b i j", query, key) * self.scale
        if mask is not None:
            sim.masked_fill_(~mask.repeat_interleave(3, dim=0)[:, None, :], -torch.finfo(sim.dtype).max)
        attn = sim.softmax(dim=-1)
        return einsum("b i j, b j d -> b i d", attn, value)


def examples():
    torch.manual_seed(0)
    for length in (5, 1):
        query, key, value = torch.randn(2, length, 24), torch.randn(2, 4, 24), torch.randn(2, 4, 24)
        mask = torch.tensor([[True, True, True, False], [True, False, True, True]])
        yield Attention(), (query, key, value), {}
        yield Attention(), (query, key, value, mask), {}
