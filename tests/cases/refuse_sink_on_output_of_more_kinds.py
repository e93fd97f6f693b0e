import torch
from torch import nn

EXPECT = "refused"
WHY = "the product with V is multiplied by what is not the keys' share beside a sink"
CODES = {"DependsAttention": "LEFTOVER", "MaximumAttention": "LEFTOVER"}


class Sinks(nn.Module):
    def __init__(self):
        super().__init__()
        self.sinks = nn.Parameter(2.0 * torch.randn(2))
        self.one = nn.Parameter(torch.tensor(0.5))

    def share(self, scores):
        return torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))


class MaximumAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(scores.amax(dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output * share


class MissingAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1) - self.sinks.view(1, -1, 1))
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output * share


class QueriesAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(key, query.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        probs = torch.softmax(scores, dim=-2)
        output = torch.matmul(probs.transpose(-1, -2), value)
        return output * share


class TurnedAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.transpose(-1, -2)
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        probs = torch.softmax(scores, dim=-2)
        output = torch.matmul(probs.transpose(-1, -2), value)
        return output * share


class RowsAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        output = torch.einsum("bhqk,bhkd->bqhd", torch.softmax(scores, dim=-1), value)
        return output * share


class ViewedAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.bmm(query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)) * 0.3
        scores = scores.view(query.size(0), query.size(1), query.size(2), key.size(2))
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output * share


class HelperAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = self.share(scores)
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output * share


class DependsAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - scores.amax(-1, keepdim=True).exp())
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output * share


class MovedAttention(Sinks):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        share = torch.sigmoid(
            torch.logsumexp(scores, dim=-1, keepdim=True).float().to(query.device) - self.sinks.view(1, -1, 1, 1)
        )
        output = torch.matmul(torch.softmax(scores, dim=-1), value)
        return output * share


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                MaximumAttention(),
                MissingAttention(),
                QueriesAttention(),
                TurnedAttention(),
                RowsAttention(),
                ViewedAttention(),
                HelperAttention(),
                DependsAttention(),
                MovedAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 2, 2),):
        query, key, value = (torch.randn(batch, 2, length, 2) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
