import contextlib
import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a call, not a `with` block, turns gradients off for the product alone'
CODES = {'FunctionAttention': 'CONTEXT_MANAGER', 'MethodAttention': 'CONTEXT_MANAGER', 'StackAttention': 'CONTEXT_MANAGER', 'HelperAttention': 'CONTEXT_MANAGER'}


class FunctionAttention(nn.Module):
    def forward(self, query, key, value):
        torch.set_grad_enabled(False)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        torch.set_grad_enabled(True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MethodAttention(nn.Module):
    def forward(self, query, key, value):
        quiet = torch.no_grad()
        quiet.__enter__()
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        quiet.__exit__(None, None, None)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class StackAttention(nn.Module):
    def forward(self, query, key, value):
        stack = contextlib.ExitStack()
        stack.enter_context(torch.no_grad())
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        stack.close()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class HelperAttention(nn.Module):
    def recording(self, on):
        torch.set_grad_enabled(on)

    def forward(self, query, key, value):
        self.recording(False)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        self.recording(True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (FunctionAttention, MethodAttention, StackAttention, HelperAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}
