import torch
from torch import nn

EXPECT = "generated"
WHY = "what one loop has read another changes, under tests of its own"
EVERY = True
WRITTEN = {"LoopsAttention": "torch.is_grad_enabled()"}


class LoopsAttention(nn.Module):
    def forward(self, query, key, value, deep=False, more=False):
        total = value * 0.5
        outputs = []
        for _ in range(2):
            scores = torch.einsum("ble,bse->bls", query, key)
            outputs.append(torch.einsum("bls,bse->ble", torch.softmax(scores, dim=-1), total))
        for _ in range(2):
            if deep:
                if more:
                    total += 1.0
        return torch.cat(outputs, 1), total


def examples():
    torch.manual_seed(0)
    for deep, more in ((False, False), (True, False), (True, True)):
        yield LoopsAttention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {"deep": deep, "more": more}


def example():
    return next(examples())
