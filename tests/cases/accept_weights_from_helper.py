import torch
from torch import nn

EXPECT = "generated"
WHY = "GPT-J: _attn returns context and weights"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(8, 8)
        self.dropout = nn.Dropout(0.3)

    def _attn(self, query, key, value, attention_mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        if attention_mask is not None:
            scores = scores + attention_mask
        probs = self.dropout(nn.functional.softmax(scores, dim=-1))
        return torch.matmul(probs, value), probs

    def forward(self, query, key, value, mask=None, output_attentions=False):
        context, weights = self._attn(query, key, value, mask)
        outputs = (self.out(context),)
        if output_attentions:
            outputs += (weights,)
        return outputs


def examples():
    torch.manual_seed(0)
    for wanted in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        mask = torch.where(torch.rand(2, 1, 1, 5) > 0.5, 0.0, torch.finfo(torch.float32).min)
        yield Attention(), (query, key, value), {"output_attentions": wanted}
        yield Attention(), (query, key, value, mask, wanted), {}


def example():
    return next(examples())
