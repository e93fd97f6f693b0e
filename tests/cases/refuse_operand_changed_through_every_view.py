import torch
from torch import nn

EXPECT = "refused"
WHY = "what shares memory with the keys is changed between their product and the call"
CODES = {
    "View0Attention": "OPERAND_CHANGED",
    "View1Attention": "OPERAND_CHANGED",
    "View2Attention": "OPERAND_CHANGED",
    "View3Attention": "OPERAND_CHANGED",
    "View4Attention": "OPERAND_CHANGED",
    "View5Attention": "OPERAND_CHANGED",
    "View6Attention": "OPERAND_CHANGED",
    "View7Attention": "OPERAND_CHANGED",
    "View8Attention": "OPERAND_CHANGED",
    "View9Attention": "OPERAND_CHANGED",
}


class View0Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key.transpose(0, 1)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View1Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key.view(-1)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View2Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key[0]
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View3Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key.float()
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View4Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key.expand(-1, -1, -1, -1)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View5Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key.detach()
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View6Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key.contiguous()
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View7Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key.narrow(1, 0, 1)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View8Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = key.to(query.dtype)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class View9Attention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):

        other = torch.relu_(key)
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        other.mul_(1.5)
        scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), key)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            View0Attention(),
            View1Attention(),
            View2Attention(),
            View3Attention(),
            View4Attention(),
            View5Attention(),
            View6Attention(),
            View7Attention(),
            View8Attention(),
            View9Attention(),
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
