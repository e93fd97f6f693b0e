import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "weights leave with queries and keys in front of the batch and the heads, as the equation says"


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.1)


class FrontAttention(Base):
    def forward(self, query, key, value, mask=None, output_attentions=False):
        scores = torch.einsum("ibnd,jbnd->ijbn", query, key) * 0.3
        if mask is not None:
            scores = scores.masked_fill(mask[None, :, :, None], -1e30)
        weights = self.dropout(F.softmax(scores, dim=1))
        context = torch.einsum("ijbn,jbnd->ibnd", weights, value)
        return (context, weights) if output_attentions else (context, None)


class BeforeDropoutAttention(Base):
    def forward(self, query, key, value, mask=None, output_attentions=False):
        weights = F.softmax(torch.einsum("ibnd,jbnd->nibj", query, key), dim=3)
        dropped = self.dropout(weights)
        context = torch.einsum("nibj,jbnd->ibnd", dropped, value)
        return context, (weights if output_attentions else None)


class ScoresAttention(Base):
    def forward(self, query, key, value, mask=None, output_attentions=False):
        scores = torch.einsum("ibnd,jbnd->jibn", query, key) * 0.3
        context = torch.einsum("jibn,jbnd->ibnd", F.softmax(scores, dim=0), value)
        return context, (scores if output_attentions else None)


class SizedAttention(Base):
    """One size of the scores is read before they are gone."""

    def forward(self, query, key, value, mask=None, output_attentions=False):
        scores = torch.einsum("ibnd,jbnd->ijbn", query, key) * 0.3
        distances = torch.arange(scores.shape[1]) - torch.arange(scores.shape[0])[:, None]
        scores = scores - distances.abs()[:, :, None, None]
        weights = F.softmax(scores, dim=1)
        outputs = [torch.einsum("ijbn,jbnd->ibnd", weights, value)]
        if output_attentions:
            outputs.append(weights)
        return outputs


class TurnedAttention(Base):
    """They are turned once more on the way out."""

    def forward(self, query, key, value, mask=None, output_attentions=False):
        weights = F.softmax(torch.einsum("ibnd,jbnd->ijbn", query, key) * 0.3, dim=1)
        context = torch.einsum("ijbn,jbnd->ibnd", weights, value)
        return context, (weights.permute(2, 3, 0, 1) if output_attentions else None)


def examples():
    for make in (FrontAttention, BeforeDropoutAttention, ScoresAttention, SizedAttention, TurnedAttention):
        for asked in (False, True):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(length, 2, 3, 8) for length in (5, 7, 7))
            mask = torch.zeros(7, 2, dtype=torch.bool)
            mask[5:, 0] = True
            yield make(), (query, key, value), {"output_attentions": asked}
            if make is FrontAttention:
                yield make(), (query, key, value, mask), {"output_attentions": asked}


def example():
    return next(examples())
