import torch
from torch import nn

EXPECT = "generated"
WHY = "a layer that descends from one of torch calls the attention that its parent's constructor has made"


class OwnEncoderAttention(nn.TransformerEncoderLayer):
    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        attended, _ = self.self_attn(src, src, src, attn_mask=src_mask, key_padding_mask=src_key_padding_mask)
        src = self.norm1(src + self.dropout1(attended))
        return self.norm2(src + self.dropout2(self.linear2(self.activation(self.linear1(src)))))


class OwnDecoderAttention(nn.TransformerDecoderLayer):
    def forward(self, tgt, memory):
        tgt = self.norm1(tgt + self.self_attn(tgt, tgt, tgt)[0])
        return self.norm2(tgt + self.multihead_attn(tgt, memory, memory)[0])


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = OwnEncoderAttention(16, 2, 32, dropout=0.0, batch_first=True)
        self.decoder = OwnDecoderAttention(16, 2, 32, dropout=0.0, batch_first=True)

    def forward(self, states, hidden):
        return self.decoder(states, self.encoder(states, src_key_padding_mask=hidden))


def examples():
    torch.manual_seed(0)
    states = torch.randn(2, 5, 16)
    hidden = torch.zeros(2, 5, dtype=torch.bool)
    hidden[1, 3:] = True
    for given in (None, hidden):
        yield Block(), (states, given), {}


def example():
    return next(examples())
