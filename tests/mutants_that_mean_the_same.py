"""Mutants that no program can notice, each with the reason: what `mutation.py` does not count."""

from __future__ import annotations

TABLE = "the table is filled when the module is imported, before anything is changed"
NAME = "another name for a new variable"
COUNT = "it is only asked whether two counts are alike"
WORDING = "the refusal has the same code, and says less"
FIRST = "the first of unknown axes is never that of the queries or of the keys"
SIDE = "a new mask, of which either side may be called the other"
NEITHER = "what is neither a dtype nor a tensor raises where it stands for one"
SPELLING = "one size in parentheses is the same size"

EQUIVALENT: dict[str, str] = {
    "rules:rule | RULES[name] = (function.__name__, function)  ->  pass": TABLE,
    "rules:factor_on_probs | replace(probs, factors=probs.factors + 1)  ->  "
    "replace(probs, factors=probs.factors + 2)": COUNT,
    "rules:cast | None if target.casts is None else target.casts + 1  ->  "
    "None if target.casts is None else target.casts - 1": COUNT,
    "rules:cast | None if target.casts is None else target.casts + 1  ->  "
    "None if target.casts is None else target.casts + 2": COUNT,
    "rules:row_constant | op.machine.rows += 1  ->  op.machine.rows += 2": COUNT,
    "rules:_add | isinstance(value, Opaque) and value.loss is not None  ->  isinstance(value, Opaque)": WORDING,
    "rules:axis_place | '...' in axes and place >= 0  ->  '...' in axes and place > 0": FIRST,
    "rules:axis_place | '...' in axes and place >= 0  ->  '...' in axes and place >= 1": FIRST,
    "rules:opaque_result | (next(iter(op.machine.fresh())), False)  ->  (next(iter(op.machine.fresh())), True)": SIDE,
    "rules:floating_of | value.floating if isinstance(value, Opaque) else False  ->  "
    "value.floating if isinstance(value, Opaque) else True": NEITHER,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  'masked' if True else 'kept'": NAME,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  'masked' if False else 'kept'": NAME,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  "
    "'masked' if step.kind != 'fill' else 'kept'": NAME,
    "steps:Steps._step | f\"({', '.join(sizes)})\" if len(sizes) > 1 else sizes[0]  ->  "
    "f\"({', '.join(sizes)})\" if True else sizes[0]": SPELLING,
    "steps:Steps._step | f\"({', '.join(sizes)})\" if len(sizes) > 1 else sizes[0]  ->  "
    "f\"({', '.join(sizes)})\" if len(sizes) >= 1 else sizes[0]": SPELLING,
}
