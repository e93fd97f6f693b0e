import torch
from torch import nn

EXPECT = "generated"
WHY = "where part of a condition can be asked at the first line the original runs wherever that part is met"
WRITTEN = {
    "KeptAttention": "if self.topk is not None:",
    "FunctionAttention": "if exists(cap):",
    "UnlessAttention": "if self.flat:",
    "DeviceAttention": 'if query.device.type == "xla":',
}


def exists(value):
    return value is not None


class KeptAttention(nn.Module):
    def __init__(self, topk=None):
        super().__init__()
        self.topk = topk

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        if self.topk is not None and self.topk < scores.shape[-1]:
            scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


class FunctionAttention(nn.Module):
    def forward(self, query, key, value, cap=None, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        if exists(cap):
            scores = torch.tanh(scores / cap) * cap
        if exists(mask):
            scores = scores.masked_fill(mask, -1e9)
        return torch.matmul(scores.softmax(-1), value)


class UnlessAttention(nn.Module):
    def __init__(self, flat=False):
        super().__init__()
        self.flat = flat

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        if not (scores.shape[-1] > 100 or not self.flat):
            scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


class DeviceAttention(nn.Module):
    def forward(self, query, key, value, pad=None):
        elsewhere = query.device.type == "xla"
        length, _, _, _ = query.size()
        scores = torch.matmul(query, key.transpose(-1, -2)) * length**-0.5
        if pad is not None and pad.dim() == 0:
            pad = None
        if pad is not None:
            if not elsewhere:
                scores = scores.masked_fill(pad, float("-inf"))
            else:
                scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    hidden = torch.zeros(5, 5, dtype=torch.bool)
    hidden[:, 3] = True
    for module, keywords in (
        (KeptAttention(), {}), (KeptAttention(3), {}), (KeptAttention(9), {}), (FunctionAttention(), {}),
        (FunctionAttention(), {"cap": 2.0}), (FunctionAttention(), {"mask": hidden}), (UnlessAttention(), {}),
        (UnlessAttention(True), {}), (DeviceAttention(), {}), (DeviceAttention(), {"pad": hidden}),
        (DeviceAttention(), {"pad": torch.tensor(True)}),
    ):  # fmt: skip
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), keywords


def example():
    return next(examples())
