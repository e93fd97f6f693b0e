import torch
from torch import nn

EXPECT = "generated"
WHY = "who asks for the weights, and for which"
EVERY = True
EAGER_ALLOWED = True


class BaseAttention(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.flag = flag
        self.drop = nn.Dropout(0.3)

    def product(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2)) * 0.3


class WidenedWeightsByFlagAttention(BaseAttention):
    def forward(self, query, key, value, mask, shown=True):
        probs = torch.softmax(self.product(query, key), dim=-1, dtype=torch.float32)
        output = torch.matmul(probs.to(value.dtype), value)
        if shown:
            return output, probs
        return output, None


class WeightsByTwoFlagsAttention(BaseAttention):
    def forward(self, query, key, value, mask, alpha=False, beta=True, gamma=True, other=True):
        probs = torch.softmax(self.product(query, key), dim=-1)
        output = torch.matmul(probs, value)
        if alpha if beta else gamma:
            output = output + probs.mean()
        if other:
            output = output * probs.sum()
        return output


class GatedAfterDropoutAttention(BaseAttention):
    def forward(self, query, key, value, mask, shown=True):
        probs = self.drop(torch.softmax(self.product(query, key), dim=-1)) * query.mean(-1, keepdim=True)
        output = torch.matmul(probs, value)
        if shown:
            return output, probs
        return output, None


class ShownBeforeTheGateAttention(BaseAttention):
    def forward(self, query, key, value, mask, shown=True):
        probs = torch.softmax(self.product(query, key), dim=-1)
        output = torch.matmul(probs * query.mean(-1, keepdim=True), value)
        if shown:
            return output, probs
        return output, None


class ShownOrNoneAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        probs = torch.softmax(self.product(query, key), dim=-1)
        output = torch.matmul(probs, value)
        shown = probs if self.flag else None
        if shown is not None:
            output = output + torch.mean(shown)
        return output


class TermBehindTheCallAttention(BaseAttention):
    def forward(self, query, key, value, mask):
        first = torch.matmul(query, key.transpose(-1, -2))
        first += mask.float()
        output = torch.matmul(torch.softmax(first, dim=-1), value)
        second = torch.matmul(query, value.transpose(-1, -2))
        if self.flag:
            second = second + first
        return output + torch.matmul(torch.softmax(second, dim=-1), key)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                WidenedWeightsByFlagAttention(),
                WeightsByTwoFlagsAttention(),
                GatedAfterDropoutAttention(),
                ShownBeforeTheGateAttention(),
                ShownOrNoneAttention(),
                TermBehindTheCallAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
