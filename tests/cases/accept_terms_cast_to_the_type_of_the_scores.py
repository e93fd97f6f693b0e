import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "`x.type_as(scores)` and `x.to(scores)` read the dtype and the device of the scores alone"


class InPlaceAttention(nn.Module):
    def forward(self, query, key, value, mask, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores += mask.type_as(scores)
        return torch.softmax(scores, dim=-1) @ value


class CheckedAttention(nn.Module):
    def forward(self, query, key, value, mask=None, hidden=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if mask is not None:
            scores += mask.type_as(scores).unsqueeze(0)
        scores = scores + hidden.to(scores) * -1e9
        return torch.softmax(scores, dim=-1) @ value


class UpcastAttention(nn.Module):
    def forward(self, query, key, value, mask, hidden):
        scores = (torch.matmul(query, key.transpose(-1, -2)) * 0.3).float()
        scores = scores + mask.to(scores)
        return torch.softmax(scores, dim=-1).type_as(value) @ value


class FilledAttention(nn.Module):
    def forward(self, query, key, value, mask, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        lowest = torch.tensor(-1e4).to(scores)
        scores = torch.where(hidden, lowest, scores) + mask.to(scores)
        return torch.softmax(scores, dim=-1) @ value


class HelpedAttention(nn.Module):
    @staticmethod
    def added(scores, term):
        return scores + term.type_as(scores)

    def forward(self, query, key, value, mask, hidden):
        scores = self.added(torch.matmul(query, key.transpose(-1, -2)) * 0.3, mask)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for make in (InPlaceAttention, CheckedAttention, UpcastAttention, FilledAttention, HelpedAttention):
        for dtype in (torch.float32, torch.float64):
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            hidden = torch.rand(2, 1, 5, 5) > 0.7
            hidden[..., 0] = False
            yield make(), (query, key, value, torch.randn(2, 1, 5, 5, dtype=dtype), hidden), {}


def example():
    return next(examples())
