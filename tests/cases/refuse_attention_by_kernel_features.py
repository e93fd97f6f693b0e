import torch
from torch import nn

EXPECT = "refused"
CODE = "NO_SOFTMAX"
WHY = "features of query and key in the place of the softmax: keys and values are summed up first"


class FeatureAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, hidden):
        q = torch.relu(self.q_proj(hidden))
        k = torch.relu(self.k_proj(hidden))
        summary = torch.einsum("bnd,bne->bde", k, self.v_proj(hidden))
        v = self.v_proj(hidden)
        return torch.einsum("bnd,bde->bne", q, summary) + v


def example():
    torch.manual_seed(0)
    return FeatureAttention(), (torch.randn(2, 6, 8),), {}
