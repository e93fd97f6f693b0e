import torch
from torch import nn

EXPECT = "refused"
WHY = "a helper is called twice: what it was given the first time is not what it was given last"
CODES = {"ZeroedAttention": "PROBABILITIES", "ZeroedByTextAttention": "PROBABILITIES", "ShiftedAttention": "SHIFT"}
SAYS = {"ZeroedAttention": "not known to be the mask", "ZeroedByTextAttention": "not known to be the mask"}


class ZeroedAttention(nn.Module):
    """The probabilities are cleared where the scores were filled under a condition alone."""

    def masked(self, scores, far):
        return scores.masked_fill(far, -1e30)

    def forward(self, query, key, value, far, near, both=False):
        scores = self.masked(torch.matmul(query, key.transpose(-1, -2)), far)
        if both:
            scores = self.masked(scores, near)
        probs = torch.softmax(scores, dim=-1).masked_fill(near, 0.0)
        return torch.matmul(probs, value)


class ZeroedByTextAttention(nn.Module):
    """What clears them has the text of the helper's mask, and is what the helper was given last."""

    def masked(self, scores, far, key):
        return scores.masked_fill(far[..., : key.size(-2)], -1e30)

    def forward(self, query, key, value, far, near, both=False):
        scores = self.masked(torch.matmul(query, key.transpose(-1, -2)), far, key)
        if both:
            scores = self.masked(scores, near, key)
        far = near
        probs = torch.softmax(scores, dim=-1).masked_fill(far[..., : key.size(-2)], 0.0)
        return torch.matmul(probs, value)


class ShiftedAttention(nn.Module):
    """After the shift, what is shrunk first is grown beyond what it was."""

    def scaled(self, scores, factor):
        return scores * factor

    def forward(self, query, key, value, far, near):
        scores = torch.matmul(query, key.transpose(-1, -2)) + far * -3e38
        scores = self.scaled(scores, 0.9)
        scores = scores - scores.amax(dim=-1, keepdim=True)
        scores = self.scaled(scores, 1.2)
        scores = self.scaled(scores, 0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (ZeroedAttention, ZeroedByTextAttention, ShiftedAttention):
        query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, 7, 7))
        far = torch.rand(5, 7) > 0.5
        far[0] = True
        yield kind(), (query, key, value, far, torch.rand(5, 7) > 0.5), {}


def example():
    return next(examples())
