import torch
from torch import nn

EXPECT = "either"
WHY = "three softmaxes in a row"


class Attention(nn.Module):
    def forward(self, query, key, value):
        landmarks = key[..., ::2, :]
        left = torch.softmax(query @ landmarks.transpose(-1, -2), dim=-1)
        middle = torch.softmax(landmarks @ landmarks.transpose(-1, -2), dim=-1)
        right = torch.softmax(landmarks @ key.transpose(-1, -2), dim=-1)
        return left @ torch.linalg.pinv(middle) @ (right @ value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
