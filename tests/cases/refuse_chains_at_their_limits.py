import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "what is in the way of a chain, and of two such things the first"
CODES = {
    "DroppedInATupleAttention": "DROPOUT",
    "GatedInAListAttention": "PROBABILITIES",
    "ReturnedFromALoopAttention": "LOOP",
    "BiasReturnedFromALoopAttention": "LOOP",
    "InAModeThenInALoopAttention": "CONTEXT_MANAGER",
    "InAModeThenTriedAttention": "CONTEXT_MANAGER",
    "ChangedThenInAModeAttention": "OPERAND_CHANGED",
    "InAModeThenChangedAttention": "CONTEXT_MANAGER",
    "MissingWeightsAttention": "BRANCH",
}


class BaseAttention(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.flag = flag

    def product(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2)) * 0.3


class DroppedInATupleAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        pair = torch.softmax(self.product(query, key), dim=-1), mask
        dropped = F.dropout(pair[0], 0.3, self.training, True)
        return torch.matmul(dropped, value), pair[0]


class GatedInAListAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        pair = [torch.softmax(self.product(query, key), dim=-1), mask]
        pair[0] *= query.mean(-1, keepdim=True)
        return torch.matmul(pair[0], value)


class ReturnedFromALoopAttention(BaseAttention):
    def scores_of(self, query, key):
        for _ in range(1):
            return torch.matmul(query, key.transpose(-1, -2)) * 0.3
        raise ValueError("no round")

    def forward(self, query, key, value, mask):
        return torch.matmul(torch.softmax(self.scores_of(query, key) * 0.5, dim=-1), value)


class BiasReturnedFromALoopAttention(BaseAttention):
    def masked(self, scores, mask):
        for _ in range(1):
            return scores + mask.float()
        raise ValueError("no round")

    def forward(self, query, key, value, mask):
        return torch.matmul(torch.softmax(self.masked(self.product(query, key), mask), dim=-1), value)


class InAModeThenInALoopAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        with torch.no_grad():
            scores = torch.matmul(query, key.transpose(-1, -2))
        for _ in range(2):
            scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class InAModeThenTriedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        with torch.no_grad():
            scores = torch.matmul(query, key.transpose(-1, -2))
        probs = torch.zeros(1)
        try:
            probs = torch.softmax(scores, dim=-1)
            output = torch.matmul(probs, value)
        finally:
            self.flag = True
        return output


class ChangedThenInAModeAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        keys = key * 1.0
        scores = torch.matmul(query, keys.transpose(-1, -2))
        keys.mul_(0.5)
        with torch.no_grad():
            probs = torch.softmax(scores, dim=-1)
            output = torch.matmul(probs, value)
        return output


class InAModeThenChangedAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        keys = key * 1.0
        with torch.no_grad():
            scores = torch.matmul(query, keys.transpose(-1, -2))
        keys.mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MissingWeightsAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = None
        if self.flag:
            probs = torch.softmax(self.product(query, key), dim=-1)
        return torch.matmul(probs, value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                DroppedInATupleAttention(),
                GatedInAListAttention(),
                ReturnedFromALoopAttention(),
                BiasReturnedFromALoopAttention(),
                InAModeThenInALoopAttention(),
                InAModeThenTriedAttention(),
                ChangedThenInAModeAttention(),
                InAModeThenChangedAttention(),
                MissingWeightsAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
