import torch
from torch import nn

EXPECT = "generated"
WHY = "in the loop in which the product is made, the original runs for the side of a branch that changes an operand"


class PassAttention(nn.Module):
    def forward(self, query, key, value, flag=False):
        outputs = []
        for _ in range(2):
            own = query * 0.5
            scores = own @ key.transpose(-1, -2)
            if flag:
                own.mul_(3.0)
            outputs.append(torch.softmax(scores, dim=-1) @ value + own)
        return torch.cat(outputs, 1)


def examples():
    torch.manual_seed(0)
    for flag in (False, True):
        yield PassAttention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {"flag": flag}


def example():
    return next(examples())
