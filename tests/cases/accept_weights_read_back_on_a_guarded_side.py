import torch
from torch import nn

EXPECT = "generated"
WHY = "what was stored is read back where a flag says so at the first line: there the original runs, and stores"


class RecordingAttention(nn.Module):
    def __init__(self, record=False, cut=False):
        super().__init__()
        self.record, self.cut = record, cut
        self.seen = None

    def forward(self, query, key, value):
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.3, dim=-1)
        if self.record:
            self.seen = shares
            if self.cut:
                self.seen = self.seen[:, :, 2:, :3]
        return shares @ value


class AveragingAttention(nn.Module):
    def __init__(self, record=False):
        super().__init__()
        self.record = record
        self.register_buffer("mean", torch.zeros(5))

    def forward(self, query, key, value):
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.3, dim=-1)
        if self.record:
            self.latest = shares.detach()
            self.mean = self.mean * 0.5 + self.latest.float().mean((0, 1, 2)) * 0.5
            return self.latest @ value, self.mean
        return shares @ value, self.mean


def examples():
    for make in (
        RecordingAttention,
        lambda: RecordingAttention(True),
        lambda: RecordingAttention(True, True),
        AveragingAttention,
        lambda: AveragingAttention(True),
    ):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
