import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "what an operation newly makes of the keys can be changed without changing them"
EVERY = True


class ChangedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        made_0 = torch.matmul(key, key.transpose(-1, -2))
        made_1 = torch.einsum('bhkd,bhjd->bhkj', key, key)
        made_2 = F.linear(key, key[0, 0])
        made_3 = key.softmax(-1)
        made_4 = torch.softmax(key[0], 0)
        made_5 = key.clone()
        made_6 = torch.zeros(3)
        made_7 = torch.ones(3)
        made_8 = torch.empty(3)
        made_9 = torch.full((3,), 2.0)
        made_10 = torch.arange(3)
        made_11 = torch.tensor([1.0, 2.0])
        made_12 = torch.cat([key, key])
        made_13 = torch.stack([key, key])
        made_14 = torch.where(key > 0, key, 0.5)
        made_15 = key.masked_fill(key > 0, 0.5)
        made_16 = torch.exp(key)
        made_17 = torch.sqrt(key)
        made_18 = torch.log(key)
        made_19 = torch.sigmoid(key)
        made_20 = key + 1
        made_21 = key - 1
        made_22 = key * 2
        made_23 = key / 2
        made_24 = key**2
        made_25 = key // 2
        made_26 = key % 2
        made_27 = (key > 0) & (key < 1)
        made_28 = (key > 0) | (key < 1)
        made_29 = (key > 0) ^ (key < 1)
        made_30 = ~(key > 0)
        made_31 = key == 1
        made_32 = key != 1
        made_33 = key < 1
        made_34 = key <= 1
        made_35 = key > 1
        made_36 = key >= 1
        made_37 = key.sum(0)
        made_38 = key.mean(0)
        made_39 = key.tril()
        made_40 = key.triu()
        made_41 = F.normalize(key, dim=-1)
        made_42 = torch.bmm(key[0], key[0].transpose(1, 2))
        made_43 = torch.baddbmm(key[0, :, :, :1], key[0], key[0].transpose(1, 2))
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        made_0.zero_()
        made_1.zero_()
        made_2.zero_()
        made_3.zero_()
        made_4.zero_()
        made_5.zero_()
        made_6.zero_()
        made_7.zero_()
        made_8.zero_()
        made_9.zero_()
        made_10.zero_()
        made_11.zero_()
        made_12.zero_()
        made_13.zero_()
        made_14.zero_()
        made_15.zero_()
        made_16.zero_()
        made_17.zero_()
        made_18.zero_()
        made_19.zero_()
        made_20.zero_()
        made_21.zero_()
        made_22.zero_()
        made_23.zero_()
        made_24.zero_()
        made_25.zero_()
        made_26.zero_()
        made_27.zero_()
        made_28.zero_()
        made_29.zero_()
        made_30.zero_()
        made_31.zero_()
        made_32.zero_()
        made_33.zero_()
        made_34.zero_()
        made_35.zero_()
        made_36.zero_()
        made_37.zero_()
        made_38.zero_()
        made_39.zero_()
        made_40.zero_()
        made_41.zero_()
        made_42.zero_()
        made_43.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            ChangedAttention(),
        ])

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
