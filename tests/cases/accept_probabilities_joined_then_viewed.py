import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
NOT_WRITTEN = {"Attention": "self.training:\n        return super()"}
WHY = "probabilities that one side has changed are viewed as those of the other"


class Attention(nn.Module):
    def forward(self, query, key, value, bias, output_attentions=False):
        batch, heads, queries, size = query.shape
        keys = key.size(-2)
        query, key, value = (states.reshape(batch * heads, -1, size) for states in (query, key, value))
        scores = torch.bmm(query, key.transpose(1, 2))
        scores = scores.view(batch, heads, queries, keys) + bias
        scores = scores.view(batch * heads, queries, keys)
        probs = torch.softmax(scores, dim=-1)
        if self.training:
            probs = F.dropout(probs, 0.25)
        weights = None
        if output_attentions:
            weights = probs.view(batch, heads, queries, keys)
        output = torch.bmm(probs, value).view(batch, heads, queries, size)
        return output, weights


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.randn(queries, keys), batch == 2), {}


def example():
    return next(examples())
