import torch
from einops import rearrange
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "einops' rearrange with a pattern that only turns axes is a permutation"


class SpatialAttention(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.q = nn.Conv2d(channels, channels, 1)
        self.k = nn.Conv2d(channels, channels, 1)
        self.v = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        b, c, h, w = q.shape
        q = rearrange(q, "b c h w -> b (h w) c")
        k = rearrange(k, "b c h w -> b c (h w)")
        w_ = torch.einsum("bij,bjk->bik", q, k)
        w_ = w_ * (int(c) ** (-0.5))
        w_ = torch.nn.functional.softmax(w_, dim=2)
        v = rearrange(v, "b c h w -> b c (h w)")
        w_ = rearrange(w_, "b i j -> b j i")
        h_ = torch.einsum("bij,bjk->bik", v, w_)
        return x + rearrange(h_, "b c (h w) -> b c h w", h=h)


class TurnedAttention(nn.Module):
    def forward(self, x):
        q = k = v = rearrange(x, "b (n c) h w -> b n (h w) c", n=2).contiguous()
        scores = torch.einsum("bnkc,bnqc->bnkq", k, q) * 0.4
        scores = rearrange(scores, "batch head key query -> batch head query key")
        return scores.softmax(-1) @ v


def examples():
    torch.manual_seed(0)
    for height, width in ((2, 3), (4, 1)):
        yield SpatialAttention(), (torch.randn(2, 8, height, width),), {}
        yield TurnedAttention(), (torch.randn(2, 8, height, width),), {}


def example():
    return next(examples())
