import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "a tensor that is made of one number, in a list, scales every score alike"


class FloatTensorAttention(nn.Module):
    def __init__(self, size=8, device="cpu"):
        super().__init__()
        self.scale = torch.sqrt(torch.FloatTensor([size])).to(device)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / self.scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScalarAttention(nn.Module):
    def __init__(self, size=8, device="cpu"):
        super().__init__()
        self.scale = torch.sqrt(torch.tensor(size, dtype=torch.float32)).to(device)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / self.scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class HereAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / torch.sqrt(torch.tensor([query.size(-1)]))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BufferAttention(nn.Module):
    def __init__(self, size=8):
        super().__init__()
        self.register_buffer("scale", torch.tensor([size**-0.5]))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for make in (FloatTensorAttention, ScalarAttention, HereAttention, BufferAttention):
        for keys in (5, 1):
            query, key, value = torch.randn(2, 2, 5, 8), torch.randn(2, 2, keys, 8), torch.randn(2, 2, keys, 8)
            yield make(), (query, key, value), {}
    yield FloatTensorAttention([4, 9, 16, 25, 36]), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
