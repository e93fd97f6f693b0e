import torch
from torch import nn

EXPECT = "generated"
WHY = "what a pass changes in place the attention of the pass before has read, and a fused kernel keeps"
EVERY = True
WRITTEN = {"PassesAttention": "torch.is_grad_enabled()"}


class PassesAttention(nn.Module):
    def forward(self, query, key, value):
        total = value * 0.5
        outputs = []
        for _ in range(2):
            total += 1.0
            scores = torch.einsum("blhe,bshe->bhls", query, key)
            outputs.append(torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), total))
        return torch.cat(outputs, 1)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 5, 3, 8) for _ in range(3))
    return PassesAttention(), (query, key, value), {}
