import sys
import types

import torch
from torch import nn

EXPECT = "generated"
WHY = "einops' einsum is torch's with the equation last and words for its axes"

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

from einops import einsum  # noqa: E402


class WordedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = einsum(query, key, "batch head row width, batch head column width -> batch head row column") * 0.4
        return einsum(scores.softmax(dim=-1), value, "b h i j, b h j d -> b h i d")


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield WordedAttention(), (query, key, value), {}


def example():
    return next(examples())
