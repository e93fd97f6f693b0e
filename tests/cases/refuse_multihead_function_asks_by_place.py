import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "the call says by an argument in its place whether it needs weights"
CODE = "CALL"


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(16, 48)
        self.out_proj = nn.Linear(16, 16)

    def attend(self, states, bias, padding):
        query = key = value = states.transpose(0, 1)
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            16,
            4,
            self.inner.weight,
            self.inner.bias,
            None,
            None,
            False,
            0.0,
            self.out_proj.weight,
            self.out_proj.bias,
            self.training,
            padding,
            self.training or padding is None,
            bias,
        )
        output = output.transpose(0, 1)
        if weights is not None:
            weights = weights[:, None].broadcast_to(weights.shape[:1] + (4,) + weights.shape[1:])
        return output, weights

    def forward(self, states, bias=None, padding=None):
        output, weights = self.attend(states, bias, padding)
        return output + states, weights


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = SelfAttention()
        self.second = SelfAttention()

    def forward(self, states, bias=None, padding=None):
        states, _ = self.first(states, bias, padding)
        states, _ = self.second(states, bias, padding)
        return states


def examples():
    torch.manual_seed(0)
    for batch, length, masked in ((2, 5, False), (1, 3, False), (2, 5, True)):
        module = Model()
        for parameter in module.parameters():
            nn.init.normal_(parameter, std=0.3)
        inputs = [torch.randn(batch, length, 16)]
        if masked:
            padding = torch.zeros(batch, length, dtype=torch.bool)
            padding[0, -1] = True
            inputs += [torch.randn(batch * 4, length, length), padding]
        yield module, tuple(inputs), {}


def example():
    return next(examples())
