import torch
from torch import nn

EXPECT = "refused"
CODE = "ESCAPE"
WHY = "what was stored under a flag is read back on every path, whether it was stored now or before"


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
        output = shares @ value
        return output if self.seen is None else (output, self.seen)


def examples():
    for record, cut in ((False, False), (True, False), (True, True)):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield RecordingAttention(record, cut), (query, key, value), {}


def example():
    return next(examples())
