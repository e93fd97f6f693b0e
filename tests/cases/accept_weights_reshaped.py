import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "BART of old: the weights are viewed to four axes for the caller"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = 0.3

    def forward(self, query, key, value, output_attentions=False):
        scores = torch.bmm(query, key.transpose(1, 2))
        probs = F.softmax(scores, dim=-1)
        if output_attentions:
            weights = probs.view(-1, 2, query.size(1), key.size(1))
            probs = weights.view(-1, query.size(1), key.size(1))
        else:
            weights = None
        context = torch.bmm(F.dropout(probs, p=self.dropout, training=self.training), value)
        return context, weights


def examples():
    torch.manual_seed(0)
    for wanted in (False, True):
        yield Attention(), (*(2.0 * torch.randn(4, 5, 8) for _ in range(3)), wanted), {}


def example():
    return next(examples())
