import torch
from torch import nn

EXPECT = "refused"
WHY = "each would be taken without one of the conditions that a rule makes"
CODES = {
    "KeyOfOneFeatureAttention": "EQUATION",
    "ReshapedBesideTheValuesAttention": "AFTER",
    "OrderInsertedAttention": "TRANSPOSE",
    "WeightsOrMaskAddedAttention": "NONLINEAR",
    "CappedByMethodAttention": "NONLINEAR",
}


class KeyOfOneFeatureAttention(nn.Module):
    """The sum over the features repeats the key's one feature, which a product of matrices cannot."""

    def forward(self, query, key, value, mask):
        summary = key.mean(-1).unsqueeze(-1)
        scores = torch.einsum("bhqd,bhkd->bhqk", query, summary)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReshapedBesideTheValuesAttention(nn.Module):
    """Where nobody asks for them, there are no weights to reshape."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores.masked_fill(mask, -1e30), dim=-1)
        return torch.matmul(probs, value), probs.view(-1, query.size(2), key.size(2))


class OrderInsertedAttention(nn.Module):
    """The axes are not in the order in which the list got them."""

    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key) * 0.3
        order = [0, 1, 2]
        order.insert(2, 3)
        scores = scores.permute(order)
        return torch.einsum("bhqk,bhkd->bhqd", torch.softmax(scores, dim=-1), value)


class WeightsOrMaskAddedAttention(nn.Module):
    """What is added is a tensor in one branch, and the weights of another product in the other."""

    def __init__(self, hop=True):
        super().__init__()
        self.hop = hop

    def forward(self, query, key, value, mask):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(probs, value)
        if self.hop:
            earlier = probs
        else:
            earlier = mask.float()
        scores = torch.matmul(context, key.transpose(-1, -2)) + earlier
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CappedByMethodAttention(nn.Module):
    """What is lost in a method of its own is said where its softmax is."""

    def cap(self, scores):
        return 5.0 * torch.tanh(scores / 5.0)

    def forward(self, query, key, value, mask):
        scores = self.cap(torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [
                KeyOfOneFeatureAttention(),
                ReshapedBesideTheValuesAttention(),
                OrderInsertedAttention(),
                WeightsOrMaskAddedAttention(),
                CappedByMethodAttention(),
            ]
        )

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Model(), (query, key, value, torch.arange(5) > 2), {}
