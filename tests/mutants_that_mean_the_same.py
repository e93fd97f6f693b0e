"""Mutants that no program can notice, each with the reason: what `mutation.py` does not count."""

from __future__ import annotations

ANYWAY = "what the first operand may be is what the result may be in any case"
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
FORGOTTEN = "what else a loop has given the scores' version is forgotten behind it"
UNUSED = "what the text does not use of the runtime is not imported"
NOTHING = "None is no number either way"
LOGGED = "where there is no product with V there is no result of it"
NO_SCORES = "what changes probabilities makes no scores of them"
WATCHED = "what scores are computed with is watched only where it is no image of a product"
LEFT_OUT = "the other meeting stands in a branch that is left out"
WITHOUT_RULE = "what an operation is given that has no rule for it is opaque by then"
NOWHERE = "of what is not known to stand anywhere all steps are later ones, and some of them stand before it"
STORED = "what is stored in a part of the module counts as a change of the part"
OPERANDS = "an operation has three operands at most, and one of them is of another dtype"
ENDS = "no order names every axis from both of its ends"
TWO = "two are never all three"
NOTHING_LEFT = "a guard over the product itself leaves nothing to write: a refusal either way"
BEHIND = "behind the loop that made it a product has met the values, or is lost"
NOT_GIVEN = "of None nothing is known, and it stays so"

EQUIVALENT: dict[str, str] = {
    "site:Site._promoting | given.given and self.machine.dtypes.get(given.given, given.given)  ->  "
    "self.machine.dtypes.get(given.given, given.given)": NOT_GIVEN,
    "analyzer:asks | run.arguments.get(flag or '')  ->  run.arguments.get(flag)": NOT_GIVEN,
    "joins:Joins.joined_given | value and self.dtypes.get(value, value)  ->  self.dtypes.get(value, value)": NOT_GIVEN,
    "operations:rule | RULES[name] = (function.__name__, function)  ->  pass": TABLE,
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
    "rules:axis_place | '...' in axes and dim >= 0  ->  '...' in axes and dim > 0": FIRST,
    "rules:axis_place | '...' in axes and dim >= 0  ->  '...' in axes and dim >= 1": FIRST,
    "results:opaque_result | (next(iter(op.machine.fresh())), False)  ->  "
    "(next(iter(op.machine.fresh())), True)": SIDE,
    "results:opaque_result | (v.storages for v in values[1:])  ->  (v.storages for v in values[:])": ANYWAY,
    "dtypes:floating_of | value.floating if isinstance(value, Opaque) else False  ->  "
    "value.floating if isinstance(value, Opaque) else True": NEITHER,
    "torch_calls:TorchCalls.filled | (next(self._ids), False)  ->  (next(self._ids), True)": SIDE,
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
    "joins:Joins.repeatedly | replace(start, version=next(self._ids), fill=max(fills, default=None), "
    "rounded=rounded, told=told)  ->  replace(start, fill=max(fills, default=None), rounded=rounded, "
    "told=told)": FORGOTTEN,
    "steps:Steps._step | if not asked  ->  if True": UNUSED,
    "operands:Operands._bias_is_there | if behind is None  ->  if False": NOWHERE,
    "values:numeric | isinstance(number, str | bool | None)  ->  isinstance(number, str | bool)": NOTHING,
    "torch_calls:TorchCalls.laid_out | product.context is None or not self.lies_like(base, product)  ->  "
    "not self.lies_like(base, product)": LOGGED,
    "chain:Chain.changed_by | not wide or not isinstance(value, Scores) or (not isinstance(result, Scores))  ->  "
    "not wide or not isinstance(result, Scores)": NO_SCORES,
    "chain:Chain.step | isinstance(target, Scores) and isinstance(watch, Opaque)  ->  "
    "isinstance(target, Scores)": WATCHED,
    "chain:Chain.make_context | product.steps.remove(product.context)  ->  pass": LEFT_OUT,
    "results:said_dtypes | [o.value for o in (*op.operands[1:], *op.keywords.values()) if "
    "isinstance(o.value, Opaque)]  ->  [o.value for o in (*op.operands[1:], *op.keywords.values())]": WITHOUT_RULE,
    "chain:Chain.unchanged | self.altered_attributes | set(self.stores)  ->  self.altered_attributes": STORED,
    "site:Site._met_as | f\"({', '.join(said)})\" if len(said) > 1 else said[0]  ->  "
    "f\"({', '.join(said)})\" if True else said[0]": SPELLING,
    "site:Site._met_as | f\"({', '.join(said)})\" if len(said) > 1 else said[0]  ->  "
    "f\"({', '.join(said)})\" if len(said) >= 1 else said[0]": SPELLING,
    "site:Site._met_as | f\"({', '.join(said)})\" if len(said) > 1 else said[0]  ->  "
    "f\"({', '.join(said)})\" if len(said) > 2 else said[0]": THREE,
    "results:_common | unknown <= {'', 'own', 'whole'}  ->  unknown < {'', 'own', 'whole'}": OPERANDS,
    "rules:permute | [number for number in map(whole_number, values) if number is not None]  ->  "
    "[number for number in map(whole_number, values)]": NOTHING,
    "rules:permute | set(numbers) <= set(range(-count, count))  ->  set(numbers) < set(range(-count, count))": ENDS,
    "values:either_width | {a, b} <= {'', 'own', 'unsaid'}  ->  {a, b} < {'', 'own', 'unsaid'}": TWO,
    "torch_calls:TorchCalls.perhaps_viewed | product.context is not None and any((self.lies_like(value, product) for "
    "value in given))  ->  any((self.lies_like(value, product) for value in given))": LOGGED,
    "chain:Chain.make_product | Product(op.expr, self.frame, left.expr, right.expr, operands[0].storages | "
    "operands[1].storages, left_labels, right_labels, out, loops=self.loops, statement=self.statement, "
    "path=tuple(self.path), uncast=self.uncast, widths=frozenset(map(wide_of, operands)))  ->  "
    "Product(op.expr, self.frame, left.expr, right.expr, operands[0].storages | operands[1].storages, left_labels, "
    "right_labels, out, loops=self.loops, statement=self.statement, uncast=self.uncast, "
    "widths=frozenset(map(wide_of, operands)))": NOTHING_LEFT,
    "chain:Chain.aside | around == product.loops and end > len(product.path)  ->  end > len(product.path)": BEHIND,
}
