import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "what a helper reads of the scores cannot be said behind it: the helper is written out, and says it where it stood"


class ReadBeforeAnotherTermAttention(nn.Module):
    def raised(self, scores, mask):
        heads = scores.shape[1]
        scores = scores + mask
        return scores * 0.5 + mask * heads

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask[0, 0]
        scores = self.raised(scores, mask)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DoubledNamesAttention(nn.Module):
    """A name that stands for two of another, which stands for two: nobody could read them in one expression."""

    def raised(self, scores, mask):
        one = scores.shape[1]
        two = one + one
        three = two + two
        four = three + three
        five = four + four
        six = five + five
        seven = six + six
        eight = seven + seven
        nine = eight + eight
        ten = nine + nine
        eleven = ten + ten
        twelve = eleven + eleven
        more = twelve + twelve
        last = more + more
        much = last + last
        most = much + much
        all_of_it = most + most
        beyond = all_of_it + all_of_it
        further = beyond + beyond
        lots = further + further
        heaps = lots + lots
        piles = heaps + heaps
        tons = piles + piles
        return scores * 0.5 + mask / tons

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask[0, 0]
        scores = self.raised(scores, mask)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (ReadBeforeAnotherTermAttention, DoubledNamesAttention):
        query, key, value = (2.0 * torch.randn(2, 3, length, 8) for length in (5, 7, 7))
        yield kind(), (query, key, value, torch.randn(2, 3, 5, 7)), {}


def example():
    return next(examples())
