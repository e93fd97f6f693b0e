import torch
from torch import nn

EXPECT = "generated"
WHY = "defaults that are calls, a list, and names of the class body are those of the method itself"


class Attention(nn.Module):
    kept = 0.5

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(
        self,
        query,
        key,
        value,
        mask=torch.ones((0, 0, 0), dtype=torch.bool),
        cache=torch.zeros((0, 0, 0, 0)),
        sharpness: float = kept,
        *,
        seen=[],  # noqa: B006
        limit=float("1e9"),
    ):
        seen[:] = [query.size(0)]
        self.calls = len(seen)
        if cache.size(0) > 0:
            key, value = torch.cat([cache, key], dim=2), torch.cat([cache, value], dim=2)
        scores = torch.matmul(query, key.transpose(-1, -2)) * sharpness
        if mask.size(2) > 0:
            scores = scores.masked_fill(~mask[:, None], -limit)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for cached in (False, True):
        for masked in (False, True):
            query, key, value, cache = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(4))
            keywords = {"cache": cache} if cached else {}
            if masked:
                mask = torch.rand(2, 5, 10 if cached else 5) > 0.4
                mask[..., 0] = True
                keywords["mask"] = mask
            yield Attention(), (query, key, value), keywords


def example():
    return next(examples())
