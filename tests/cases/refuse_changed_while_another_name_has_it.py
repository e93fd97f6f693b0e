import torch
from torch import nn

EXPECT = "refused"
CODE = "OPERAND_CHANGED"
WHY = "what a list of the module was given is also what another name of that list gives back"
SEEN = []
ALSO = SEEN


class RememberedAttention(nn.Module):
    def forward(self, query, key, value):
        query = query * 0.5
        SEEN.append(query)
        again = ALSO[-1]
        scores = again @ key.transpose(-1, -2)
        query.mul_(3.0)
        return torch.softmax(scores, dim=-1) @ value


def example():
    torch.manual_seed(0)
    return RememberedAttention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {}
