import torch
from torch import nn

EXPECT = "generated"
WHY = "the keys' share beside a sink, in each spelling"
EVERY = True


class BackAttention(nn.Module):
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
        return output * share.to(output.dtype)


class BackLikeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid((torch.logsumexp(scores, dim=-1, keepdim=True)).to(torch.float32) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share.to(dtype=output.dtype)


class DeviceAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid((torch.logsumexp(scores, dim=-1, keepdim=True)).to(query.device) - self.sinks.view(1, -1, 1, 1))
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class UpcastBackAttention(nn.Module):
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
        return output * share.to(output.dtype)


class ScalarAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.one)
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class MethodAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = (torch.logsumexp(scores, dim=-1, keepdim=True).clone() - self.sinks.view(1, -1, 1, 1)).sigmoid()
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class LateAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = (torch.logsumexp(scores, dim=-1) - self.sinks.view(1, -1, 1)).sigmoid().unsqueeze(-1)
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class LateScalarAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1) - self.one).unsqueeze(-1)
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class LateRowAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1) - self.sinks[None, :, None]).unsqueeze(-1)
        probs = scores.softmax(dim=-1)
        output = torch.matmul(probs, value)
        return output * share


class TurnedAttention(nn.Module):
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
        return share * output


class MulAttention(nn.Module):
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
        return torch.mul(output, share)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            BackAttention(),
            BackLikeAttention(),
            DeviceAttention(),
            UpcastBackAttention(),
            ScalarAttention(),
            MethodAttention(),
            LateAttention(),
            LateScalarAttention(),
            LateRowAttention(),
            TurnedAttention(),
            MulAttention(),
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
