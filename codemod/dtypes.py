"""Which dtype a value is of, or says, as far as the source tells it."""

from __future__ import annotations

from .values import Opaque, Symbol, Value, Width

FLOATING = ("torch.float32", "torch.float")
DTYPES = tuple(
    f"torch.{name}"
    for name in (
        "float",
        "half",
        "double",
        "bfloat",
        "int",
        "uint",
        "long",
        "short",
        "bool",
        "char",
        "byte",
        "complex",
    )
)
"""How the names of dtypes begin."""


def floating_of(value: Value) -> bool | None:
    """Whether a dtype, or that of a tensor, is floating: float32, or what the model runs in as far as the source says.
    As `Opaque.floating`."""
    if isinstance(value, Symbol):
        return value.path in FLOATING
    return value.floating if isinstance(value, Opaque) else False


def wide_of(value: Value) -> Width:
    """Which dtype a dtype is, or a tensor's, if the source says one that may be wider than the model's."""
    if isinstance(value, Symbol):
        name = value.path.removeprefix("torch.")
        return "float32" if name in ("float", "float32") else "float64" if name in ("double", "float64") else ""
    return value.wide if isinstance(value, Opaque) else ""


def narrow_of(value: Value) -> bool:
    """Whether a dtype, or that of a tensor, is one that the source says and that is narrower than float32."""
    if isinstance(value, Symbol):
        return value.path.removeprefix("torch.") in ("half", "float16", "bfloat16") or "float8" in value.path
    return isinstance(value, Opaque) and value.narrow


def keeps_numbers(value: Value) -> bool:
    """Whether a cast to a dtype, or to a tensor's, leaves the scores what they are, as far as the source says."""
    return floating_of(value) is not False
