import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "either"
WHY = "a call without what it needs is understood as little as any other, where it would stop the program"


class Call0Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.matmul(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call1Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.matmul(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call2Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.matmul(query, keys=key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call3Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.bmm(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call4Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.bmm(input=query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call5Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.baddbmm(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call6Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.baddbmm(query, key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call7Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.baddbmm(batch1=query, batch2=key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call8Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.baddbmm(input=query, batch2=key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call9Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.baddbmm(input=query, batch1=key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call10Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.baddbmm(query, key, query, 0.5, 0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call11Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.einsum()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call12Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.einsum(equation='ij->ji', operands=scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call13Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.einsum(mask, query, key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call14Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.einsum(query, query, key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call15Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.einsum('bhqk->bhkq', [scores, scores])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call16Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.einsum('ij', scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call17Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.einsum('bhqd,bhkd->bhqk', *query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call18Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.mul(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call19Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.add(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call20Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.sub(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call21Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.div(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call22Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.masked_fill(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call23Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.masked_fill(mask)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call24Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.where(mask, scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call25Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.where(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call26Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.where(condition=mask, other=scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call27Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.cat()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call28Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.cat(dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call29Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.cat([scores], dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call30Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.cat([scores, scores, scores], dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call31Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.cat([], dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call32Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.cat([scores, mask])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call33Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.max(dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call34Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.max()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call35Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.amax(dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call36Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.clamp(min=0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call37Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.clamp()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call38Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.clamp(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call39Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.maximum(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call40Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.maximum(other=scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call41Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.clamp(scores, 0.5, 0.7, 0.9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call42Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.softmax()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call43Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.softmax(dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call44Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = F.softmax(dim=-1, _stacklevel=3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call45Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.softmax(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call46Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = F.dropout()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call47Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = F.dropout(p=0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call48Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = F.feature_alpha_dropout(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call49Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.transpose()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call50Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.transpose(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call51Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.transpose(1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call52Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.transpose(-1, 0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call53Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.permute()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call54Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.permute(0, 1, 2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call55Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.permute(0, 1, 2, 2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call56Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.permute(0, 1, 2, 7)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call57Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.permute()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call58Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.permute(dims=(0, 1, 3, 2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call59Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.permute(0, 1, query, 2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call60Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.permute(query, 1, 2, 3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call61Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.reshape()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call62Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.view()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call63Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.reshape(shape=(2, 2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call64Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.sigmoid()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call65Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.sigmoid(scores, scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call66Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.sigmoid(scores, out=query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call67Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.clone()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call68Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.logsumexp(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call69Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.logsumexp(dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call70Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.mean(dim=-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call71Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.float(1, 2, 3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call72Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.mul(scores, 0.5, 0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call73Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.add(scores, 0.5, 0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call74Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = torch.unsqueeze()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call75Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * query.unsqueeze()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call76Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * query.view()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call77Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * query.expand()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call78Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * query.sum(keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call79Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * torch.zeros()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call80Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * torch.full()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call81Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * torch.full((3, 1))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call82Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * torch.ones()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call83Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.softmax(9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call84Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.softmax(-9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call85Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.softmax(4)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call86Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores.softmax(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call87Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * torch.exp()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Call88Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.flag:
            scores = scores * torch.clone()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            Call0Attention(),
            Call1Attention(),
            Call2Attention(),
            Call3Attention(),
            Call4Attention(),
            Call5Attention(),
            Call6Attention(),
            Call7Attention(),
            Call8Attention(),
            Call9Attention(),
            Call10Attention(),
            Call11Attention(),
            Call12Attention(),
            Call13Attention(),
            Call14Attention(),
            Call15Attention(),
            Call16Attention(),
            Call17Attention(),
            Call18Attention(),
            Call19Attention(),
            Call20Attention(),
            Call21Attention(),
            Call22Attention(),
            Call23Attention(),
            Call24Attention(),
            Call25Attention(),
            Call26Attention(),
            Call27Attention(),
            Call28Attention(),
            Call29Attention(),
            Call30Attention(),
            Call31Attention(),
            Call32Attention(),
            Call33Attention(),
            Call34Attention(),
            Call35Attention(),
            Call36Attention(),
            Call37Attention(),
            Call38Attention(),
            Call39Attention(),
            Call40Attention(),
            Call41Attention(),
            Call42Attention(),
            Call43Attention(),
            Call44Attention(),
            Call45Attention(),
            Call46Attention(),
            Call47Attention(),
            Call48Attention(),
            Call49Attention(),
            Call50Attention(),
            Call51Attention(),
            Call52Attention(),
            Call53Attention(),
            Call54Attention(),
            Call55Attention(),
            Call56Attention(),
            Call57Attention(),
            Call58Attention(),
            Call59Attention(),
            Call60Attention(),
            Call61Attention(),
            Call62Attention(),
            Call63Attention(),
            Call64Attention(),
            Call65Attention(),
            Call66Attention(),
            Call67Attention(),
            Call68Attention(),
            Call69Attention(),
            Call70Attention(),
            Call71Attention(),
            Call72Attention(),
            Call73Attention(),
            Call74Attention(),
            Call75Attention(),
            Call76Attention(),
            Call77Attention(),
            Call78Attention(),
            Call79Attention(),
            Call80Attention(),
            Call81Attention(),
            Call82Attention(),
            Call83Attention(),
            Call84Attention(),
            Call85Attention(),
            Call86Attention(),
            Call87Attention(),
            Call88Attention(),
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
