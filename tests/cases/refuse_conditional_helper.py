import torch
from torch import nn

EXPECT = "refused"
WHY = "which helper is defined depends on a module's constant"


CAP = True

if CAP:

    def adapt(scores):
        return torch.tanh(scores)

else:

    def adapt(scores):
        return scores / 2.0


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = adapt(torch.matmul(query, key.transpose(-1, -2)))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
