import torch
from torch import nn

EXPECT = "generated"
WHY = "a function sets attributes under computed names; whether the softmax is what the constructor makes is looked at"


def injected(model, layer):
    for name, part in model.named_modules():
        if isinstance(part, nn.LazyLinear):
            setattr(model, name, layer)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = nn.Softmax(dim=-1)

    def forward(self, query, key, value):
        return torch.matmul(self.attend(torch.matmul(query, key.transpose(-1, -2)) * 0.3), value)


def example():
    torch.manual_seed(0)
    return Attention(), tuple(2.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), {}
