import torch
from torch import nn

EXPECT = "refused"
WHY = "what a helper does in a mode of its own cannot be said outside of it"


class HelpedAttention(nn.Module):
    @torch.no_grad()
    def masked(self, scores, hidden):
        return scores.masked_fill(hidden, float("-inf"))

    def forward(self, query, key, value, hidden):
        scores = self.masked(query @ key.transpose(-1, -2), hidden)
        return scores.softmax(dim=-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return HelpedAttention(), (query, key, value, torch.ones(5, 5, dtype=torch.bool).triu(1)), {}
