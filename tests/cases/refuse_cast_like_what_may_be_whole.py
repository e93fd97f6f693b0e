import torch
from torch import nn

EXPECT = "refused"
WHY = "what the scores are cast like holds whole numbers, or may"
CODES = {
    "ReinterpretedAttention": "CAST",
    "LikeUnknownAttention": "CAST",
    "LikeViewedAttention": "CAST",
    "LikeRowAttention": "CAST",
    "LikeDtypeAttention": "CAST",
    "LikeNumberAttention": "CAST",
    "LikeOtherAttention": "CAST",
    "NoRuleAttention": "CAST",
    "CountedAttention": "CAST",
}


class Cast(nn.Module):
    def like(self, key, mask):
        return key

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(self.like(key, mask).dtype)
        return torch.matmul(torch.softmax(scores.to(query.dtype), dim=-1), value)


class ReinterpretedAttention(Cast):
    def like(self, key, mask):
        return key.view(torch.int32)


class LikeUnknownAttention(Cast):
    def like(self, key, mask):
        return key.to(mask.long())


class LikeViewedAttention(Cast):
    def like(self, key, mask):
        return key.to(mask.long().view(mask.shape))


class LikeRowAttention(Cast):
    def like(self, key, mask):
        return key.to(mask.long().unsqueeze(-1))


class LikeDtypeAttention(Cast):
    def like(self, key, mask):
        return key.to(mask.long().dtype)


class LikeNumberAttention(Cast):
    def like(self, key, mask):
        return key.to(torch.tensor(3))


class LikeOtherAttention(Cast):
    def like(self, key, mask):
        return key.type_as(other=mask.long())


class NoRuleAttention(Cast):
    def like(self, key, mask):
        return key.ceil()


class CountedAttention(Cast):
    def like(self, key, mask):
        return mask.long().cumsum(-1)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                ReinterpretedAttention(),
                LikeUnknownAttention(),
                LikeViewedAttention(),
                LikeRowAttention(),
                LikeDtypeAttention(),
                LikeNumberAttention(),
                LikeOtherAttention(),
                NoRuleAttention(),
                CountedAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
