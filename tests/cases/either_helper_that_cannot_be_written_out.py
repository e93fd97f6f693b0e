import torch
from torch import nn

EXPECT = "either"
WHY = "a helper's statements would mean something else in the place of its call"
EAGER_ALLOWED = True
OFFSET = 0.5


def attended(scores, value):
    return torch.softmax(scores, dim=-1) @ value


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0.0

    def attend(self, scores, value):
        output = torch.softmax(scores, dim=-1) @ value
        return output * 2.0

    def forward(self, query, key, value):
        return self.attend(query @ key.transpose(-2, -1), value)


class GlobalAttention(Base):
    def attend(self, scores, value):
        return torch.softmax(scores, dim=-1) @ value + OFFSET

    def forward(self, query, key, value):
        OFFSET = 3.0
        return self.attend(query @ key.transpose(-2, -1) * OFFSET, value)


class SuperAttention(Base):
    def attend(self, scores, value):
        return super().attend(scores, value) + 1.0


class LambdaAttention(Base):
    def attend(self, scores, value):
        double = lambda x: x * scores.shape[-1]
        return double(torch.softmax(scores, dim=-1) @ value)

    def forward(self, query, key, value):
        return self.attend(query @ key.transpose(-2, -1), value)


class OrderAttention(Base):
    def step(self):
        self.count += 1.0
        return self.count

    def attend(self, scores, value):
        output = torch.softmax(scores, dim=-1) @ value
        return output * self.step()

    def forward(self, query, key, value):
        return self.step(), self.attend(query @ key.transpose(-2, -1), value), self.step()


class ArgumentOrderAttention(OrderAttention):
    def attend(self, scores, value, first, second):
        output = torch.softmax(scores, dim=-1) @ value
        return output * first + second

    def forward(self, query, key, value):
        return self.attend(second=self.step(), scores=query @ key.transpose(-2, -1), value=value, first=self.step())


class TwiceAttention(Base):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-2, -1)
        first = self.attend(scores, value)
        return first + self.attend(scores * 0.5, value)


class LoopAttention(Base):
    def forward(self, query, key, value):
        for _ in range(2):
            scores = query @ key.transpose(-2, -1)
            value = self.attend(scores, value)
        return value


class NestedCallAttention(Base):
    def forward(self, query, key, value):
        return self.attend(query @ key.transpose(-2, -1), value).mean(-1) + self.count


class ConditionAttention(Base):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-2, -1)
        return self.attend(scores, value) if scores.shape[-1] > 3 else value


class EarlyAttention(Base):
    def attend(self, scores, value):
        if scores.shape[-1] > 4:
            return value
        output = torch.softmax(scores, dim=-1) @ value
        return output * 2.0

    def forward(self, query, key, value):
        output = self.attend(query @ key.transpose(-2, -1), value)
        return output + 1.0


class TryAttention(Base):
    def attend(self, scores, value):
        output = torch.softmax(scores, dim=-1) @ value
        return output.nothing()

    def forward(self, query, key, value):
        try:
            output = self.attend(query @ key.transpose(-2, -1), value)
        except AttributeError:
            output = value
        return output


class StoreAttention(Base):
    def attend(self, scores, value):
        self.last = torch.softmax(scores, dim=-1)
        return self.last @ value * 2.0


class InPlaceAttention(Base):
    def attend(self, scores, value):
        value += 1.0
        return torch.softmax(scores, dim=-1) @ value * 2.0

    def forward(self, query, key, value):
        value = value * 1.0
        output = self.attend(query @ key.transpose(-2, -1), value)
        return output + value


class WeightsAttention(Base):
    def attend(self, scores, value):
        weights = torch.softmax(scores, dim=-1)
        output = weights @ value
        return output * 2.0, weights

    def forward(self, query, key, value):
        output, weights = self.attend(query @ key.transpose(-2, -1), value)
        return output + weights.sum()


class ReturnedWeightsAttention(WeightsAttention):
    def forward(self, query, key, value, output_attentions=False):
        output, weights = self.attend(query @ key.transpose(-2, -1), value)
        return (output, weights) if output_attentions else (output,)


class FunctionAttention(Base):
    def attend(self, scores, value):
        return attended(scores, value) * 2.0


class OtherReceiverAttention(Base):
    def attend(this, scores, value):
        return torch.softmax(scores, dim=-1) @ value * 2.0


class StarAttention(Base):
    def attend(self, *given, **named):
        return torch.softmax(given[0], dim=-1) @ named["value"] * 2.0

    def forward(self, query, key, value):
        return self.attend(query @ key.transpose(-2, -1), value=value)


class StaticAttention(Base):
    @staticmethod
    def attend(scores, value):
        return torch.softmax(scores, dim=-1) @ value * 2.0


class RecursiveAttention(Base):
    def attend(self, scores, value, times=2):
        if times == 0:
            return value
        output = torch.softmax(scores, dim=-1) @ value
        return self.attend(scores, output, times - 1)


class OverriddenAttention(WeightsAttention):
    def attend(self, scores, value):
        output, weights = super().attend(scores, value)
        return output, weights * 0.0


class DefaultNowAttention(Base):
    def attend(self, scores, value, scale=torch.arange(1.0, 6.0)):
        return torch.softmax(scores * scale[: scores.shape[-1]].max(), dim=-1) @ value * 2.0


class PlainAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.matmul(torch.matmul(query, key.transpose(-1, -2)).softmax(-1), value)


class Both(nn.Module):
    def __init__(self, odd):
        super().__init__()
        self.odd, self.plain = odd, PlainAttention()

    def forward(self, query, key, value):
        return self.odd(query, key, value), self.plain(query, key, value)


def examples():
    torch.manual_seed(0)
    for make in (
        GlobalAttention, SuperAttention, LambdaAttention, OrderAttention, ArgumentOrderAttention, TwiceAttention,
        LoopAttention, NestedCallAttention, ConditionAttention, EarlyAttention, TryAttention, StoreAttention,
        InPlaceAttention, WeightsAttention, ReturnedWeightsAttention, FunctionAttention, OtherReceiverAttention,
        StarAttention, StaticAttention, RecursiveAttention, OverriddenAttention, DefaultNowAttention,
    ):  # fmt: skip
        for rows in (4, 5):
            query, key, value = (2.0 * torch.randn(2, 3, rows, 8) for _ in range(3))
            yield Both(make()), (query, key, value), {}


def example():
    return next(examples())
