"""Mutants that no program can notice, each with the reason: what `mutation.py` does not count."""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {}
