import torch
from torch import nn

EXPECT = "generated"
WHY = "scores that were cast to float32 become float64 by what is, where torch's default dtype, or the model's, is that"


def widen(module, args):
    torch.set_default_dtype(torch.float64)


def narrow(module, args, output):
    torch.set_default_dtype(torch.float32)


class StepsAttention(nn.Module):
    def forward(self, query, key, value):
        scores = (query @ key.transpose(-1, -2)).float()
        scores = scores + 0.3 * torch.arange(scores.size(-1))
        dtype = scores.dtype
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, torch.zeros(1, dtype=dtype)


class WeightsAttention(nn.Module):
    def forward(self, query, key, value):
        scores = (query @ key.transpose(-1, -2)).float()
        scores = scores + torch.linspace(0.0, 1.0, scores.size(-1))
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights


class OperandsAttention(nn.Module):
    def forward(self, query, key, value):
        query, key = query.float(), key.float()
        scores = query @ key.transpose(-1, -2)
        scores = scores + torch.linspace(0.0, 1.0, scores.size(-1))
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, torch.zeros(1, dtype=scores.dtype)


class ProbabilitiesAttention(nn.Module):
    def forward(self, query, key, value):
        scores = (query @ key.transpose(-1, -2)).float()
        scores = scores + torch.linspace(0.0, 1.0, scores.size(-1))
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, torch.zeros(1, dtype=weights.dtype)


class MaskAttention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = (query @ key.transpose(-1, -2)).float()
        if mask is not None:
            scores = scores + mask
        dtype = scores.dtype
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights, torch.zeros(1, dtype=dtype)


class MaskAndStepsAttention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)).float()
        scores = scores + mask
        scores = scores + torch.linspace(0.0, 1.0, key.size(-2))
        dtype = scores.dtype
        weights = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.matmul(weights, value).to(dtype), torch.zeros(1, dtype=dtype)


def examples():
    for make in (StepsAttention, WeightsAttention, OperandsAttention, ProbabilitiesAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        attention = make()
        attention.register_forward_pre_hook(widen)
        attention.register_forward_hook(narrow, always_call=True)
        yield attention, (query, key, value), {}
    for mask in (None, torch.zeros(5, 5), torch.zeros(5, 5, dtype=torch.float64)):
        yield MaskAttention(), (query, key, value, mask), {}
        if mask is not None:
            attention = MaskAndStepsAttention()
            attention.register_forward_pre_hook(widen)
            attention.register_forward_hook(narrow, always_call=True)
            yield attention, (query, key, value, mask), {}
            yield MaskAndStepsAttention(), (query, key, value, mask), {}


def example():
    return next(examples())
