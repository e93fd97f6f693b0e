import torch
from torch import nn

EXPECT = "refused"
CODE = "METHOD"
WHY = "the constructor keeps the method with the softmax; a swap of the class does not change what it keeps"


class Attention(nn.Module):
    def __init__(self, sharp=False):
        super().__init__()
        self.kernel = self.sharp if sharp else self.soft

    def soft(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * query.size(-1) ** -0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)

    def sharp(self, query, key, value):
        nearest = torch.matmul(query, key.transpose(-1, -2)).argmax(dim=-1)
        return torch.stack([rows[:, index] for rows, index in zip(value, nearest[:, 0], strict=True)])

    def forward(self, query, key, value):
        return self.kernel(query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 6, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
