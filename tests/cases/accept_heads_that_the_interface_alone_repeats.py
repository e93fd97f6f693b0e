import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "transformers' SDPA function repeats the heads of key and value, the eager function of this file does not"
WRITTEN = {
    "FewerHeadsAttention": "key = interface_heads(self, key)",
    "LaterAttention": "value = interface_heads(self, value)",
}
NOT_WRITTEN = {
    "RepeatedAttention": "interface_heads",
    "LookedUpAttention": "interface_heads",
    "SingleAttention": "interface_heads",
    "PlainAttention": "interface_heads",
}


def attend_plainly(module, query, key, value, attention_mask, scaling, dropout=0.0, **kwargs):
    weights = torch.matmul(query, key.transpose(-1, -2)) * scaling
    if attention_mask is not None:
        weights = weights + attention_mask
    weights = nn.functional.softmax(weights, dim=-1)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), weights


def more(states, times):
    batch, heads, length, size = states.shape
    states = states[:, :, None].expand(batch, heads, times, length, size)
    return states.reshape(batch, heads * times, length, size)


def attend_in_groups(module, query, key, value, attention_mask, scaling, dropout=0.0, **kwargs):
    keys = more(key, module.num_key_value_groups)
    values = more(value, module.num_key_value_groups)
    weights = torch.matmul(query, keys.transpose(-1, -2)) * scaling
    if attention_mask is not None:
        weights = weights + attention_mask
    weights = nn.functional.softmax(weights, dim=-1)
    return torch.matmul(weights, values).transpose(1, 2).contiguous(), weights


def attend_in_groups_if_any(module, query, key, value, attention_mask, scaling, dropout=0.0, **kwargs):
    groups = getattr(module, "num_key_value_groups", 1)
    weights = torch.matmul(query, more(key, groups).transpose(-1, -2)) * scaling
    if attention_mask is not None:
        weights = weights + attention_mask
    weights = nn.functional.softmax(weights, dim=-1)
    return torch.matmul(weights, more(value, groups)).transpose(1, 2).contiguous(), weights


class Config:
    def __init__(self, implementation):
        self._attn_implementation = implementation


class FewerHeadsAttention(nn.Module):
    def __init__(self, config, groups):
        super().__init__()
        self.config = config
        self.num_key_value_groups = groups

    def forward(self, query, key, value, mask=None):
        attend = attend_plainly
        if self.config._attn_implementation != "eager":
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        return attend(self, query, key, value, mask, scaling=0.3, is_causal=False)[0]


class Grouped(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config

    def regroup(self, groups):
        self.num_key_value_groups = groups
        return self


class LaterAttention(Grouped):
    def forward(self, query, key, value, mask=None):
        attend = attend_plainly
        if self.config._attn_implementation != "eager":
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        return attend(self, query, key, value, mask, scaling=0.3, is_causal=False)[0]


class RepeatedAttention(FewerHeadsAttention):
    def forward(self, query, key, value, mask=None):
        attend = attend_in_groups
        if self.config._attn_implementation != "eager":
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        return attend(self, query, key, value, mask, scaling=0.3, is_causal=False)[0]


class LookedUpAttention(FewerHeadsAttention):
    def forward(self, query, key, value, mask=None):
        attend = attend_in_groups_if_any
        if self.config._attn_implementation != "eager":
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        return attend(self, query, key, value, mask, scaling=0.3, is_causal=False)[0]


class SingleAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.num_key_value_groups = 1

    def forward(self, query, key, value, mask=None):
        attend = attend_plainly
        if self.config._attn_implementation != "eager":
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        return attend(self, query, key, value, mask, scaling=0.3, is_causal=False)[0]


class PlainAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config

    def forward(self, query, key, value, mask=None):
        attend = attend_plainly
        if self.config._attn_implementation != "eager":
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        return attend(self, query, key, value, mask, scaling=0.3, is_causal=False)[0]


def examples():
    for make, implementation, heads in (
        (lambda config: FewerHeadsAttention(config, 2), "sdpa", 2),
        (lambda config: FewerHeadsAttention(config, 1), "eager", 4),
        (lambda config: Grouped.regroup(LaterAttention(config), 2), "sdpa", 2),
        (lambda config: RepeatedAttention(config, 2), "sdpa", 2),
        (lambda config: RepeatedAttention(config, 2), "eager", 2),
        (lambda config: LookedUpAttention(config, 2), "sdpa", 2),
        (lambda config: LookedUpAttention(config, 2), "eager", 2),
        (SingleAttention, "sdpa", 4),
        (PlainAttention, "sdpa", 4),
        (PlainAttention, "eager", 4),
    ):
        torch.manual_seed(0)
        query = torch.randn(2, 4, 5, 8)
        key, value = (torch.randn(2, heads, 5, 8) for _ in range(2))
        yield make(Config(implementation)), (query, key, value, torch.randn(5, 5)), {}


def example():
    return next(examples())
