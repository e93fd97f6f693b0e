import torch
from torch import nn
from torch.utils import checkpoint

EXPECT = "refused"
CODE = "CALLER"
WHY = "the layer averages the weights of its blocks, also where a function is given the blocks to call"


class Attention(nn.Module):
    def __init__(self, drop):
        super().__init__()
        self.qkv = nn.Linear(16, 48)
        self.drop = nn.Dropout(drop)

    def forward(self, hidden):
        query, key, value = self.qkv(hidden).unflatten(-1, (3, 2, 8)).permute(2, 0, 3, 1, 4).unbind(0)
        weights = self.drop((query @ key.transpose(-2, -1)).softmax(dim=-1))
        return self.drop((weights @ value).transpose(1, 2).flatten(2)), weights


class Block(nn.Module):
    def __init__(self, norm, affine=True, drop=0.0):
        super().__init__()
        self.norm = norm(16)
        self.attn = Attention(drop)
        if affine:
            self.output = norm(16)
        else:
            self.output = lambda hidden: nn.functional.layer_norm(hidden, (16,))

    def forward(self, hidden):
        attended, weights = self.attn(self.norm(hidden))
        hidden = hidden + attended
        return hidden + self.output(hidden), weights


class Layer(nn.Module):
    def __init__(self, norm, downsample=None, use_checkpoint=False):
        super().__init__()
        self.blocks = nn.ModuleList([Block(norm) for _ in range(2)])
        self.downsample = downsample(16) if downsample is not None else None
        self.use_checkpoint = use_checkpoint

    def forward(self, hidden):
        gathered = []
        for block in self.blocks:
            if self.use_checkpoint:
                hidden = checkpoint.checkpoint(block, hidden, use_reentrant=False)
            else:
                hidden, weights = block(hidden)
                if not self.training:
                    gathered.append(weights.unsqueeze(0))
        if self.downsample is not None:
            hidden = self.downsample(hidden)
        return hidden, torch.cat(gathered, dim=0).mean(dim=0)


def examples():
    torch.manual_seed(0)
    yield Layer(nn.LayerNorm).eval(), (torch.randn(2, 5, 16),), {}


def example():
    return next(examples())
