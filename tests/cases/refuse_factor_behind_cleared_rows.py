import torch
from torch import nn

EXPECT = "refused"
CODE = "PROBABILITIES"
WHY = "rows that held nothing but NaN are zeros before the factor, and NaN times it where the factor takes their place"


class Attention(nn.Module):
    def forward(self, query, key, value, mask, heads, output_attentions=False):
        scores = (query @ key.transpose(-1, -2)).masked_fill(mask, -torch.inf)
        probs = torch.softmax(scores, dim=-1).masked_fill(mask, 0.0)
        probs = probs * heads.view(1, -1, 1, 1)
        return probs @ value, (probs if output_attentions else None)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    mask = torch.zeros(2, 1, 5, 5, dtype=torch.bool)
    mask[0] = True
    return Attention(), (query, key, value, mask, torch.tensor([1.0, 0.5]), True), {}
