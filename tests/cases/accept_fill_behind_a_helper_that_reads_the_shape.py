import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper that only adds is called on the bias; what is filled behind it passes no gradient on, as in the source"


class Bias(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(7, 7))

    def forward(self, dots):
        i, j, device = *dots.shape[-2:], dots.device
        return dots + self.table[:i, :j].to(device)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.bias = Bias()

    def forward(self, query, key, value, mask):
        sim = torch.matmul(query, key.transpose(-1, -2))
        sim = self.bias(sim)
        sim = sim.masked_fill(~mask, -torch.finfo(sim.dtype).max)
        return torch.matmul(sim.softmax(dim=-1), value)


def example():
    torch.manual_seed(0)
    mask = torch.rand(2, 1, 7, 7) > 0.4
    mask[0, :, 2] = False  # a row that is masked as a whole
    query, key, value = (torch.randn(2, 2, 7, 8) for _ in range(3))
    return Attention(), (query, key, value, mask), {}
