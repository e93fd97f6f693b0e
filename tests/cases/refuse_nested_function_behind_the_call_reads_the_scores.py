import torch
from torch import nn

EXPECT = "refused"
WHY = "the nested function is defined and run behind the call, and the name holds the query there"


class Attention(nn.Module):
    def forward(self, query, key, value):
        product = query
        product = product @ key.transpose(-2, -1)
        context = torch.softmax(product, dim=-1) @ value

        def stretched(tensor):
            return tensor * product.size(-1)

        return stretched(context)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
