import torch
from einops import rearrange
from torch import nn

EXPECT = "generated"
WHY = "einops' rearrange changes nothing of what it is given, in a submodule that adds positions to the scores either"


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
