"""The kernel policy: which calls go to the fused kernel and which to the eager formula, and where it was measured."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling
from torch.fx import Proxy

from ._state import implementation_of, is_exporting, is_recorded, needs_gradient

ROWS_TO_COPY = 256
"""From so many queries on, a copy of q, k or v with a last stride of 1 costs less than the flash kernel gains."""
_ROWS_TO_PAD = 512
"""From so many queries on, padding q and k, or v, to a common head size costs less than the flash kernel gains."""


_MOST = 2.0**28
"""Beyond so many scores the memory that the eager formula needs is worth more than time."""
_NEVER = (math.inf, 0.0)
# kernel policy: begin (benchmarks/policy.py writes these lines from data/kernel_policy.json)
_EAGER: dict[tuple[torch.dtype, torch.dtype, torch.dtype], tuple[tuple[float, float], ...]] = {
    (torch.float32, torch.float32, torch.float32): (
        (2.0**12, _MOST),
        _NEVER,
        _NEVER,
        _NEVER,
    ),
    (torch.bfloat16, torch.bfloat16, torch.bfloat16): (
        (2.0**10, _MOST),
        (2.0**15, 2.0**25),
        (2.0**9, _MOST),
        (2.0**10, 2.0**25),
    ),
    (torch.float16, torch.float16, torch.float16): (
        (2.0**3, _MOST),
        _NEVER,
        (2.0**5, _MOST),
        _NEVER,
    ),
    (torch.float32, torch.float32, torch.bfloat16): (
        (2.0**2, _MOST),
        (2.0**15, 2.0**21),
        (2.0**15, _MOST),
        (2.0**17, 2.0**21),
    ),
    (torch.bfloat16, torch.float32, torch.bfloat16): (
        (2.0**10, _MOST),
        (2.0**15, 2.0**21),
        (2.0**9, _MOST),
        (2.0**10, 2.0**22),
    ),
}
LEAST_ROWS_FOR_BLOCKS = 256
_BLOCKS = {
    (True, False): ((256, 64), (1536, 0)),
    (True, True): ((256, 0), (384, 128), (768, 0)),
    (False, False): ((256, 64),),
    (False, True): ((256, 0), (384, 128), (512, 256)),
}
_NARROW = {False: math.inf, True: 768}
# kernel policy: end
"""`_EAGER`: from so many scores (batch x heads x queries x keys) on, and below so many, the eager formula is faster on
a CPU for these dtypes of query, scores and value: with one query and with more in inference, with one and with more
where gradients are due. `_BLOCKS`: the queries of a block from so many queries on, with `is_causal` (True) or with a
bias, and where the kernel computes each block (True) or the eager formula; 0 where the call is to stay whole.
`_NARROW`: from so many queries on, in inference and where gradients are due (True), the kernel takes queries and keys
of bfloat16 that the source casts to float32 as they were before."""
_TILES = bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())
"""The flash kernel has tiles (AMX) to multiply bfloat16 and float16 in; the thresholds for these hold without."""

_BLOCKS_OF_THREAD = 2
"""Heads times batch for each thread, so that all have work in a block, too."""


MOST_KEYS_KEPT = 0.8
"""Up to this share of the keys that are no padding, the sequences of a batch are computed one by one: with 80 % of 512
keys that takes 0.83 to 0.93 of the time of the whole batch, with 50 % 0.55 to 0.64."""


ROWS_AS_WRITTEN = 1
"""Up to so many queries a method runs as its source has it."""


def as_written(query: Tensor, module: nn.Module | None = None) -> bool:
    """Whether a method is to run as its source has it: for a single query on a CPU. Its scores are one row, of which
    SDPA saves nothing, and in a model every step in Python counts there: whatever a layer looks up comes from main
    memory, after its weights went through the caches. What `torch.fx` traces symbolically has no sizes that one could
    ask for, and is traced as it is written, too.

    A default of transformers' attention interface gives its `module`, which must run in "eager" attention.
    """
    if is_compiling() or not isinstance(query, Tensor):
        return not is_compiling() and isinstance(query, Proxy)
    shape = query.shape
    if len(shape) < 2 or shape[-2] > ROWS_AS_WRITTEN or not query.is_cpu:
        return False
    return module is None or implementation_of(module) == "eager"


def is_one_token(hidden: object) -> bool:
    """The same where a method is given the hidden states alone, `(..., width)`: whether they are those of one token of
    one sequence, or its heads, `(1, 1, heads, head_dim)`. Few queries of a single head may be taken for these."""
    if is_compiling() or not isinstance(hidden, Tensor):
        return not is_compiling() and isinstance(hidden, Proxy)
    shape = hidden.shape
    if len(shape) < 2 or not hidden.is_cpu:
        return False
    if len(shape) == 4 and shape[2] <= _HEADS:
        return shape[0] * shape[1] == ROWS_AS_WRITTEN
    return hidden.numel() == ROWS_AS_WRITTEN * shape[-1]


_HEADS = 64
"""Up to so many heads of one token; so few queries gain nothing by the kernel."""


def rows_of_block(rows: int, heads: int, *, is_causal: bool, by_kernel: bool) -> int:
    """In blocks of how many queries a causal call on a CPU is made, of so many heads (times batch), where the kernel
    or the eager formula computes them; 0 for a call that stays whole."""
    if heads < _BLOCKS_OF_THREAD * torch.get_num_threads():
        return 0
    size = 0
    for limit, found in _BLOCKS[is_causal, by_kernel]:
        if rows >= limit:
            size = found
    return size


def eager_wins(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, dropout_p: float) -> bool:
    """The kernel policy for CPU, beside `eager_by_size`; on other devices the fused kernel is always called, and
    torch chooses among its kernels. Reads shapes and flags only: nothing waits for a device.

    The flash kernel for CPU takes operands with a last stride of 1 and equal head sizes, no dropout, and a bias that
    needs no gradient. Anything else goes to the math kernel, which does what eager does, with copies. Measured with
    torch 2.13 on 2 threads, 12 heads of 64, batch 1; time of eager over time of SDPA, above 1 where SDPA is faster:

        queries x keys                          1x1024   16x16   64x64   256x256   512x512
        fp32, key's last stride not 1             0.85    0.80    0.74      0.85      0.57
        fp32, the same, key copied first          0.19    0.77    0.87      2.4       2.3
        fp32, head sizes 64 and 128               0.92    0.86    0.76      0.82      0.78
        fp32, the same, padded to 128             0.54    0.67    0.69      0.84      1.3

    Where the flash kernel does run, `_EAGER` says where it loses; docs/runtime.md has the measurements. A traced
    program must hold for every length, so that no number of scores may decide there.
    """
    if dropout_p > 0:
        return True
    if torch.is_grad_enabled() and bias is not None:
        if bias.requires_grad:
            return True
        if needs_gradient(query, key, value) and is_recorded() and not is_exporting():
            return True  # which rows are masked as a whole cannot be traced, see `eager_rows`
    rows, dim = query.shape[-2:]
    if query.dtype.itemsize == 2 and rows == 1:
        return True  # the kernel rounds each step of its one row to the dtype
    if query.stride()[-1] != 1 or key.stride()[-1] != 1 or value.stride()[-1] != 1:
        return is_compiling() or rows < ROWS_TO_COPY
    return dim != value.shape[-1] and (is_compiling() or rows < _ROWS_TO_PAD)


def narrow_wins(query: Tensor, dtype: torch.dtype, *, gradient: bool) -> bool:
    """Whether the kernel takes query and key in the values' `dtype`, of 16 bits, where the source casts them to
    float32: on other devices than a CPU always, since only so the flash kernels take them."""
    if not query.is_cpu or _TILES:
        return True
    return dtype is torch.bfloat16 and not is_recorded() and query.shape[-2] >= _NARROW[gradient]


def eager_by_size(
    dtype: torch.dtype, value_dtype: torch.dtype, bias: object, rows: int, scores: int, *, gradient: bool
) -> bool:
    """The part of the policy that needs no more than these: the dtypes of query, value and bias, the numbers of
    queries and of all scores, and whether a gradient is due. It comes first, since it is quick to see."""
    if rows == 1 and dtype.itemsize == 2:
        return True  # see `eager_wins`
    scores_dtype = dtype
    if dtype is not torch.float32 and isinstance(bias, Tensor) and bias.dtype is torch.float32:
        scores_dtype = torch.float32  # eager's, from the sum on
    bands = _EAGER.get((dtype, scores_dtype, value_dtype))
    if bands is None or (_TILES and value_dtype.itemsize == 2):
        return False
    band = bands[(rows != 1) + 2 * gradient]
    return band is not _NEVER and band[0] <= scores < band[1]
