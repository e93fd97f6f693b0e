import torch
from torch import nn

EXPECT = "generated"
WHY = "the weights leave by a flag of their own, whatever the usual one says"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=True, each_head=False):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        if each_head:
            return output, probs
        return output, output_attentions


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
