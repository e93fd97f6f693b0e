"""Mutants that no program can notice, each with the reason: what `mutation.py` does not count."""

from __future__ import annotations

TABLE = "the table is filled when the module is imported, before anything is changed"
NAME = "another name for a new variable"
ZERO = "zero or no number: where a number is not known nothing is computed, and zero is what is put for zero"
SPELLING = "one size in parentheses is the same size"

EQUIVALENT: dict[str, str] = {
    "rules:rule | RULES[name] = (function.__name__, function)  ->  pass": TABLE,
    "rules:_arithmetic | (numbers[0] or 0.0, numbers[1] or 0.0)  ->  (numbers[0], numbers[1] or 0.0)": ZERO,
    "rules:_arithmetic | (numbers[0] or 0.0, numbers[1] or 0.0)  ->  (numbers[0] or 0.0, numbers[1])": ZERO,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  'masked' if True else 'kept'": NAME,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  'masked' if False else 'kept'": NAME,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  "
    "'masked' if step.kind != 'fill' else 'kept'": NAME,
    "steps:Steps._step | f\"({', '.join(sizes)})\" if len(sizes) > 1 else sizes[0]  ->  "
    "f\"({', '.join(sizes)})\" if True else sizes[0]": SPELLING,
    "steps:Steps._step | f\"({', '.join(sizes)})\" if len(sizes) > 1 else sizes[0]  ->  "
    "f\"({', '.join(sizes)})\" if len(sizes) >= 1 else sizes[0]": SPELLING,
}
