import torch
from torch import nn

EXPECT = "generated"
WHY = "forward calls what the constructor keeps, and that calls the method with the softmax by its name"


class Attention(nn.Module):
    def __init__(self, wide=True):
        super().__init__()
        routes = {"wide": (self.whole, 1.0), "narrow": (self.window, 0.5)}
        self.route, self.gain = routes["wide" if wide else "narrow"]

    def core(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * query.size(-1) ** -0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)

    def whole(self, query, key, value):
        return self.core(query, key, value)

    def window(self, query, key, value):
        return self.core(query[:, :, -2:], key, value)

    def forward(self, query, key, value):
        return self.gain * self.route(query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 6, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
