import torch
from torch import nn

EXPECT = "refused"
CODE = "OPERAND_CHANGED"
CODES = {"Attention": "OPERAND_CHANGED"}
WHY = "what is changed under the test under which the product is made is changed wherever there is a product"


class Attention(nn.Module):
    def forward(self, query, key, value):
        if query.size(-2) > 1:
            scores = torch.matmul(query, key.transpose(-1, -2))
            query.mul_(0.5)
            output = torch.matmul(torch.softmax(scores, dim=-1), value)
        else:
            output = value
        return output, query


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
