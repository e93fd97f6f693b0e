"""Mutants that no program can notice, each with the reason: what `mutation.py` does not count."""

from __future__ import annotations

TABLE = "the table is filled when the module is imported, before anything is changed"
NAME = "another name for a new variable"
COUNT = "it is only asked whether two counts are alike"
WORDING = "the refusal has the same code, and says less"
FIRST = "the first of unknown axes is never that of the queries or of the keys"
SIDE = "a new mask, of which either side may be called the other"
NEITHER = "what is neither a dtype nor a tensor raises where it stands for one"
THREE = "scores that are viewed have three axes or more"
SPELLING = "one size in parentheses is the same size"
ORDER = "the order of two flags is a matter of the hash seed otherwise; whoever asks first is not told apart"
PARENTHESES = "parentheses that change nothing"
TWICE = "what asks twice asks"
COPIED = "the result of a call is copied where nothing is known to change it"

EQUIVALENT: dict[str, str] = {
    "rules:rule | RULES[name] = (function.__name__, function)  ->  pass": TABLE,
    "rules:factor_on_probs | replace(probs, factors=probs.factors + 1)  ->  "
    "replace(probs, factors=probs.factors + 2)": COUNT,
    "rules:zero_where_filled | replace(probs, factors=probs.factors + 1)  ->  "
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
    "calls:Calls.filled | (next(self._ids), False)  ->  (next(self._ids), True)": SIDE,
    "chain:Chain.disturbed | surely and product.result is not None and self.storages(product.result) & storages  ->  "
    "product.result is not None and self.storages(product.result) & storages": COPIED,
    "demands:Demands._request | sorted((g for g in gates if g is not None))  ->  "
    "list((g for g in gates if g is not None))": ORDER,
    "demands:Demands._request | (parenthesised(gate) for gate in known if gate != asked)  ->  "
    "(parenthesised(gate) for gate in known)": TWICE,
    "demands:Demands._request | parenthesised(g) if len(known) > 1 else g  ->  "
    "parenthesised(g) if True else g": PARENTHESES,
    "demands:Demands._request | parenthesised(g) if len(known) > 1 else g  ->  "
    "parenthesised(g) if len(known) >= 1 else g": PARENTHESES,
    "demands:Demands._guard | ' and '.join((parenthesised_test(t) for t in tests)) if len(tests) > 1 else "
    "tests[0]  ->  "
    "' and '.join((parenthesised_test(t) for t in tests)) if True else tests[0]": PARENTHESES,
    "demands:Demands._guard | ' and '.join((parenthesised_test(t) for t in tests)) if len(tests) > 1 else "
    "tests[0]  ->  "
    "' and '.join((parenthesised_test(t) for t in tests)) if len(tests) >= 1 else tests[0]": PARENTHESES,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  'masked' if True else 'kept'": NAME,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  'masked' if False else 'kept'": NAME,
    "steps:Steps._step | 'masked' if step.kind == 'fill' else 'kept'  ->  "
    "'masked' if step.kind != 'fill' else 'kept'": NAME,
    "steps:Steps._step | f\"({', '.join(sizes)})\" if len(sizes) > 1 else sizes[0]  ->  "
    "f\"({', '.join(sizes)})\" if True else sizes[0]": SPELLING,
    "steps:Steps._step | f\"({', '.join(sizes)})\" if len(sizes) > 1 else sizes[0]  ->  "
    "f\"({', '.join(sizes)})\" if len(sizes) >= 1 else sizes[0]": SPELLING,
    "steps:Steps._step | f\"({', '.join(sizes)})\" if len(sizes) > 1 else sizes[0]  ->  "
    "f\"({', '.join(sizes)})\" if len(sizes) > 2 else sizes[0]": THREE,
    "site:Site._layout | if changed  ->  if True": PARENTHESES,
}
