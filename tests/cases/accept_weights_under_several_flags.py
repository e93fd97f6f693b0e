import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WHY = "weights that are given under one flag or another, taken away under a flag, or gathered in what has many forms"


class Flags1Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        o=w if a else w if b else None
        return x,o


class Flags2Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        o=None
        if a: o=w
        if b: o=w
        return x,o


class Flags3Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        if not a:
            if not b: w=None
        return x,w


class Flags5Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        r=[x,w]
        if not a: del r[1]
        return r


class Flags6Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        r=[x,w]
        if not a: r.pop()
        return r


class Flags7Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        r=[x,w]
        if not a: r[1]=None
        return r


class Flags8Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        r=(x,w)
        if not a: r=r[:1]
        return r


class Flags9Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        return (x,w) if a else (x,w) if b else x


class Flags10Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        if a: return x,w
        if b: return x, w.mean(1)
        return x


class Flags11Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        if a and b: return x,w
        return x, None


class Flags12Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        if a or b: return x,w
        return x, None


class Flags13Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        r={'x':x}
        if a: r['w']=w
        if b: r['v']=value
        return r


class Flags14Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        r={'x':x,'w':w}
        if not a: r.pop('w')
        return r


class Flags15Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        if a:
            return x, w
        return x, (w if b else None)


class Flags16Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        if b:
            o = (x, w) if a else (x, None)
        else:
            o = (x, None)
        return o


class Flags17Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        o = (x,)
        if a: o = o + (w,)
        if b: o += (value,)
        return o


class Flags18Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        x = w @ value
        if a:
            w2 = w
        elif b:
            w2 = None
        else:
            w2 = w
        return x, w2


class Flags19Attention(nn.Module):
    def forward(self,query, key, value, a=False, b=False):
        w = (query @ key.transpose(-2, -1)).softmax(-1)
        show = w if a else None
        x = w @ value
        if b: show = w
        return x, show


def examples():
    torch.manual_seed(0)
    kinds = (Flags1Attention, Flags2Attention, Flags3Attention, Flags5Attention, Flags6Attention, Flags7Attention, Flags8Attention, Flags9Attention, Flags10Attention, Flags11Attention, Flags12Attention, Flags13Attention, Flags14Attention, Flags15Attention, Flags16Attention, Flags17Attention, Flags18Attention, Flags19Attention)
    for kind in kinds:
        for a in (False, True):
            for b in (False, True):
                query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
                yield kind(), (query, key, value, a, b), {}


def example():
    return next(examples())
