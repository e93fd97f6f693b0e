import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "weights at the end of a tuple whose length differs by branch"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        outputs = (torch.matmul(probs, value), key)
        if output_attentions:
            outputs += (probs,)
        return outputs


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = Attention()

    def forward(self, query, key, value, use_cache=False, output_attentions=False):
        attn_outputs = self.attn(query, key, value, output_attentions=output_attentions)
        output = attn_outputs[0]
        outputs = attn_outputs[1:]
        hidden = output + query
        if use_cache:
            outputs = (hidden,) + outputs
        else:
            outputs = (hidden,) + outputs[1:]
        return outputs


def examples():
    torch.manual_seed(0)
    for module in (Block(),):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), {}
