import torch
from torch import nn

EXPECT = "generated"
WHY = "methods of an object that are named as a tensor's count their calls: they run, though only the chain read them"


class Ledger:
    def __init__(self):
        self.entries = 0

    def type(self, tensor):
        self.entries += 1
        return torch.float32

    def zeros(self, *sizes):
        self.entries += 10
        return torch.zeros(*sizes)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.ledger = Ledger()

    def forward(self, query, key, value):
        wide = self.ledger.type(query)
        room = self.ledger.zeros(4, 5, 5)
        rows, columns, states = (part.reshape(4, 5, 8) for part in (query, key, value))
        scores = torch.baddbmm(room, rows, columns.transpose(1, 2), beta=0)
        probs = torch.softmax(scores, dim=-1, dtype=wide).to(states.dtype)
        self.counted = self.ledger.entries
        return torch.bmm(probs, states)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
