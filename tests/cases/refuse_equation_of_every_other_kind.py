import torch
from torch import nn

EXPECT = "refused"
WHY = "what an equation makes is no product of query and key over one axis, or no product with V"


class ElementwiseAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhqd->bhqd', query, query)
        return torch.softmax(scores, dim=-1) @ value[:, :, :1].expand(-1, -1, 8, -1)


class TwoContractedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bqk', query, key)
        return torch.matmul(torch.softmax(scores, dim=-1), value[:, 0])


class NoneContractedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhke->bhqk', query, key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SumsQueriesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhk', query, key)
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhk,bhkd->bhd', probs, value)


class SumsKeysAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhq', query, key)
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhq,bhqd->bhd', probs, query)


class SumsHeadAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bkd->bqk', query, key[:, 0])
        return torch.matmul(torch.softmax(scores, dim=-1), value[:, 0])


class RepeatedOutAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhqd->bhqd', query, query)
        return torch.softmax(scores, dim=-1).sum(-1)


class EllipsisLeftAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('...qd,kd->...qk', query, key[0, 0])
        return torch.matmul(torch.softmax(scores, dim=-1), value[0, 0])


class EllipsisRightAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('qd,...kd->...qk', query[0, 0], key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EllipsisSummedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('...qd,...kd->qk', query, key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EllipsisBehindAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('...qd,...kd->qk...', query, key).permute(2, 3, 0, 1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EllipsisMiddleAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('q...d,k...d->q...k', query.permute(2, 0, 1, 3), key.permute(2, 0, 1, 3))
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum('q...k,k...d->q...d', probs, value.permute(2, 0, 1, 3))


class EllipsisMiddleLeftAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('q...d,...kd->...qk', query.permute(2, 0, 1, 3), key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EllipsisMiddleRightAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('...qd,k...d->...qk', query, key.permute(2, 0, 1, 3))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ContextQueriesAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhqk,bhqd->bhkd', probs, query)


class ContextSumsQueryAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhqk,bhkd->bhd', probs, value)


class ContextKeepsKeyAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhqk,bhkd->bhqkd', probs, value)


class ContextSumsHeadAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhqk,bhkd->bqd', probs, value)


class ContextSumsValueAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhqk,bhkd->bhq', probs, value)


class ContextTwoNewAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhqk,bhkde->bhqde', probs, value.unflatten(-1, (2, 4)))


class ContextValuesByQueryAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, query)
        probs = torch.softmax(scores, -1)
        return torch.einsum('bhqk,bhqkd->bhqd', probs, (query[:, :, :, None] + query[:, :, None]))


class ContextEllipsisBehindAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('...qk,...kd->qd...', probs, value)


class ContextEllipsisSummedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('...qk,...kd->qd', probs, value)


class ContextEllipsisOneAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('...qk,kd->...qd', probs, value[0, 0])


class ContextFewAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1)
        return torch.einsum('...k,kd->...d', probs, value[0, 0])


class TransposingAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, key) * 0.3
        scores = torch.einsum('...qk->...kq', scores).transpose(-1, -2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SummingAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = torch.einsum('bhqk->bhq', scores)
        return torch.softmax(scores, -1).unsqueeze(-2) @ query


class DiagonalAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, query) * 0.3
        probs = torch.softmax(scores, -1)
        probs = torch.einsum('bhqq->bhq', probs)
        return probs.unsqueeze(-2) @ query


class NoArrowAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd', query, key)
        return torch.softmax(scores, -1)


class ThreeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd,bhqd->bhqk', query, key, query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class JoinedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        parts = [query, key]
        scores = torch.einsum('bhqd,bhkd->bhqk', parts)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WideAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        scores = torch.einsum('bhqd,bhkd->bhqk', query, key)
        probs = torch.softmax(scores, -1)
        return torch.einsum('hqk,hkd->hqd', probs[0], value[0])


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            ElementwiseAttention(),
            TwoContractedAttention(),
            NoneContractedAttention(),
            SumsQueriesAttention(),
            SumsKeysAttention(),
            SumsHeadAttention(),
            RepeatedOutAttention(),
            EllipsisLeftAttention(),
            EllipsisRightAttention(),
            EllipsisSummedAttention(),
            EllipsisBehindAttention(),
            EllipsisMiddleAttention(),
            EllipsisMiddleLeftAttention(),
            EllipsisMiddleRightAttention(),
            ContextQueriesAttention(),
            ContextSumsQueryAttention(),
            ContextKeepsKeyAttention(),
            ContextSumsHeadAttention(),
            ContextSumsValueAttention(),
            ContextTwoNewAttention(),
            ContextValuesByQueryAttention(),
            ContextEllipsisBehindAttention(),
            ContextEllipsisSummedAttention(),
            ContextEllipsisOneAttention(),
            ContextFewAttention(),
            TransposingAttention(),
            SummingAttention(),
            DiagonalAttention(),
            NoArrowAttention(),
            ThreeAttention(),
            JoinedAttention(),
            WideAttention(),
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
