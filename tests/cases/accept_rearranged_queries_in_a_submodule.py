import sys
import types

import torch
from torch import nn

EXPECT = "generated"
WHY = "einops' rearrange changes nothing of what it is given, in a submodule that adds positions to the scores either"

if "einops" not in sys.modules:  # what the package does, as far as it is needed in these cases
    stand_in = types.ModuleType("einops")

    def by_words(one, two, pattern):
        letters = {}
        said = "".join(
            letters.setdefault(word, chr(97 + len(letters))) if word.isalpha() else word
            for word in pattern.replace(",", " , ").split()
        )
        return torch.einsum(said, one, two)

    def blocks(states, pattern, x):
        assert pattern == "b (x y) c -> b x y c"
        return states.unflatten(1, (x, -1))

    stand_in.einsum, stand_in.rearrange = by_words, blocks
    sys.modules["einops"] = stand_in

from einops import rearrange  # noqa: E402


class RelPosEmb(nn.Module):
    def __init__(self, block_size, dim):
        super().__init__()
        self.block_size = block_size
        self.table = nn.Parameter(torch.randn(block_size**2, dim))

    def forward(self, query):
        query = rearrange(query, "b (x y) c -> b x y c", x=self.block_size)
        return (query @ self.table.T).flatten(1, 2)


class Attention(nn.Module):
    def __init__(self, block_size=2, dim=8):
        super().__init__()
        self.rel_pos_emb = RelPosEmb(block_size, dim)

    def forward(self, query, key, value):
        query = query * query.shape[-1] ** -0.5
        sim = torch.einsum("bid,bjd->bij", query, key)
        sim = sim + self.rel_pos_emb(query)
        return torch.einsum("bij,bjd->bid", sim.softmax(dim=-1), value)


def examples():
    torch.manual_seed(0)
    for block in (2, 3):
        query, key, value = (torch.randn(2, block**2, 8) for _ in range(3))
        yield Attention(block), (query, key, value), {}


def example():
    return next(examples())
