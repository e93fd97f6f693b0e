import torch
from torch import nn

EXPECT = "refused"
WHY = "a method that is looked up by its name may change what the scores of another product have become"


class LookingAttention(nn.Module):
    def forward(self, query, key, value):
        query = query + torch.tanh(query @ key.transpose(-1, -2)) @ value
        scores = torch.matmul(query, key.transpose(-1, -2))
        held = {"first": query}
        found = held["first"]
        getattr(found, "mul_")(0.5)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    operands = (torch.randn(2, 3, 4, 8), torch.randn(2, 3, 6, 8), torch.randn(2, 3, 6, 8))
    yield LookingAttention(), operands, {}
