import torch
from torch import nn

EXPECT = "refused"
WHY = "the scores are summed over two axes, in a helper, and meet the values in another"


class RowAttention(nn.Module):
    def weigh(self, states):
        return torch.einsum("rinhd,rjnhd->hnij", states, states)

    def gather(self, states, weights):
        return torch.einsum("hnij,rjnhd->rinhd", weights, states)

    def forward(self, states):
        weights = self.weigh(states)
        weights = weights.softmax(-1)
        return self.gather(states, weights)


def example():
    torch.manual_seed(0)
    return RowAttention(), (torch.randn(3, 5, 2, 2, 8),), {}
