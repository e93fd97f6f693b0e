import torch
from torch import nn

EXPECT = "generated"
WHY = "where the scores are bound under one flag and used under another, what else the first flag does stays"
EVERY = True


class BaseAttention(nn.Module):
    def __init__(self, keep=True, show=False):
        super().__init__()
        self.keep = keep
        self.show = show

    def product(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2)) * 0.3


class KeptThenShownAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        shown, count = None, 1.0
        if self.keep:
            shown = scores
            count = 2.0
        if self.show:
            print(scores)
            print(shown)
        return torch.matmul(torch.softmax(scores, dim=-1), value) * count


class KeptThenShownBiasAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        shown = None
        if self.keep:
            shown = scores
            scores = scores + mask.float()
        if self.show:
            print(scores)
            print(shown)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LoopOfTermsAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        for term in mask.float():
            scores = scores + term
            if self.show:
                scores = torch.tanh(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LoopOfTermsPrintedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        for term in mask:
            if self.show:
                print(scores)
            scores = scores + term
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                KeptThenShownAttention(),
                KeptThenShownBiasAttention(),
                LoopOfTermsAttention(),
                LoopOfTermsPrintedAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
