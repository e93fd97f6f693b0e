import torch
from torch import nn

EXPECT = "refused"
WHY = "which method the class has depends on a module's constant"


CAP = True


class Attention(nn.Module):
    if CAP:

        def adapt(self, scores):
            return torch.tanh(scores)

    else:

        def adapt(self, scores):
            return scores / 2.0

    def forward(self, query, key, value):
        scores = self.adapt(torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(scores.softmax(-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
