import torch
from torch import nn

EXPECT = "generated"
WHY = "a tuple that a layer got of its attention is what it was, whatever was called since"
WRITTEN = {"PlainAttention": "fuse("}


class PlainAttention(nn.Module):
    def _attn(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(weights, value), weights

    def forward(self, query, key, value, use_cache=False, output_attentions=False):
        present = (key, value) if use_cache else None
        output, weights = self._attn(query, key, value)
        outputs = (output, present)
        if output_attentions:
            weights = weights.transpose(1, 2)
            outputs += (weights,)
        return outputs


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.mlp = PlainAttention(), nn.Linear(8, 8)

    def forward(self, query, key, value, use_cache=False, output_attentions=False):
        results = self.attention(query, key, value, use_cache=use_cache, output_attentions=output_attentions)
        output, outputs = results[0], results[1:]
        output = self.mlp(output)
        if use_cache:
            outputs = (output,) + outputs
        else:
            outputs = (output,) + outputs[1:]
        return outputs


def examples():
    torch.manual_seed(0)
    for cached in (False, True):
        for asked in (False, True):
            query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
            yield Layer(), (query, key, value, cached, asked), {}


def example():
    return next(examples())
