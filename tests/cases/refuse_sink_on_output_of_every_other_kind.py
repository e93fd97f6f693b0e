import torch
from torch import nn

EXPECT = "refused"
WHY = "the product with V is multiplied by what is not quite the keys' share beside a sink"


class FloatAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid((torch.logsumexp(scores, dim=-1, keepdim=True)).float() - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class UpcastAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.float()
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1).to(value.dtype)
        output = torch.matmul(probs, value)
        return output * share


class FloatSymbolAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1)).to(torch.float32)
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class HalfThereAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid((torch.logsumexp(scores, dim=-1, keepdim=True)).to(key.half().dtype) - self.sinks.view(1, -1, 1, 1)).to(query.dtype)
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class HalfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid((torch.logsumexp(scores, dim=-1, keepdim=True)).to(torch.float16) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class DividedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) / 2.0 - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class MultipliedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) * 2.0 - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class TwoSigmoidsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1)))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class SigmoidFirstAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class TwoSinksAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class NotKeptAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1) - self.sinks.view(1, -1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share.mean()


class TransposedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        scores = scores.transpose(-1, -2)
        probs = scores.softmax(dim=-2)
        output = torch.matmul(probs.transpose(-1, -2), value)
        return output * share


class BeforeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        probs = probs * share
        return torch.matmul(probs, value)


class ValueAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return value.sum(2, keepdim=True) * share * output


class DependsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - scores.detach().mean(-1, keepdim=True))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class OutputTurnedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.einsum('bhqk,bhkd->bqhd', probs, value)
        return output * share.transpose(1, 2)


class OutputTurnedKeptAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.einsum('bhqk,bhkd->hbqd', probs, value)
        return output[:, :1] * share[:1]


class ValuesFirstAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.einsum('bhkd,bhqk->bhqd', value, probs)
        return output * share


class AlsoColumnAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        joined = torch.cat([scores, self.sinks.view(1, -1, 1, 1).expand(query.size(0), -1, query.size(2), 1)], dim=-1)
        probs = joined.softmax(dim=-1)[..., :-1]
        output = torch.matmul(probs, value)
        return output * share


class LaterAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        if self.flag:
            output = output * share
        return output


class EarlierScoresAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        scores = scores + 2.0 * mask.float()
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            FloatAttention(),
            UpcastAttention(),
            FloatSymbolAttention(),
            HalfThereAttention(),
            HalfAttention(),
            DividedAttention(),
            MultipliedAttention(),
            TwoSigmoidsAttention(),
            SigmoidFirstAttention(),
            TwoSinksAttention(),
            NotKeptAttention(),
            TransposedAttention(),
            BeforeAttention(),
            ValueAttention(),
            DependsAttention(),
            OutputTurnedAttention(),
            OutputTurnedKeptAttention(),
            ValuesFirstAttention(),
            AlsoColumnAttention(),
            LaterAttention(),
            EarlierScoresAttention(),
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
