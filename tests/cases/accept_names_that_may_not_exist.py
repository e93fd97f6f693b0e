import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "names of packages that may be absent are read of their module, and where the source reads them"

try:
    import a_package_that_nobody_has.ops

    HAS_PACKAGE = True
except ImportError:
    HAS_PACKAGE = False
try:
    from a_package_that_nobody_has import attend_fast
except ImportError:
    pass
if HAS_PACKAGE:
    from a_package_that_nobody_has import pad_input as padded


class Attention(nn.Module):
    def __init__(self, fast=False):
        super().__init__()
        self.fast = fast

    def forward(self, query, key, value, mask=None):
        if self.fast:
            return attend_fast(query, key, value)
        if HAS_PACKAGE:
            accept_names_that_may_not_exist = padded(query)
            return a_package_that_nobody_has.ops.attend(accept_names_that_may_not_exist, key, value)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for mask in (None, torch.randn(2, 1, 5, 5)):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
