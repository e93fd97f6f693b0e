"""The transfer rules: what each torch operation does to an abstract value.

They stand in one table, `RULES`, from an operation's canonical name ("matmul" for `torch.matmul`, `@` and
`Tensor.matmul`) to one rule. A rule says what it matches (its signature), what it requires (its side conditions) and
what it yields. Where a condition fails it returns a `Loss`: nothing is assumed, every constant is read. A rule that
does not concern the operands at hand returns None and the operation is opaque.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from .dtypes import keeps_numbers, narrow_of, wide_of
from .lower import Binary, Call, Display
from .operations import Operand, Operation, Result, rule, scale_kind, sizes, touched
from .values import (
    DECISIVE,
    SWALLOWING,
    CastOnce,
    Loss,
    Opaque,
    Probs,
    Product,
    Record,
    Reshape,
    RowShift,
    Scores,
    Share,
    Shared,
    Step,
    Symbol,
    Told,
    Value,
    Width,
    at_most,
    leading,
    numeric,
    whole_number,
)

if TYPE_CHECKING:
    from .frames import Frame

BIASES = ("add", "sub", "rsub", "fill", "keep", "masked", "store")
"""Steps that may hide keys."""


# --- affine steps -----------------------------------------------------------------------------------------------


def multiply(op: Operation, scores: Scores, factor: Operand, kind: str) -> Result:
    """Scale on scores: the factor must be constant along the key axis."""
    value = factor.value
    if scores.sink:
        return op.loss("SINK", "the scores are scaled after their sink was added")
    if not op.independent(value, scores.product):
        return op.loss("NONLINEAR", "the scores are multiplied by something that depends on the scores")
    if isinstance(value, Opaque) and value.mask is not None and kind == "mul" and scale_kind(value) is None:
        if scores.pending is not None:
            return op.loss("MASK_PRODUCT", "the scores are multiplied by two masks")
        if any(step.kind == "shift" for step in scores.product.steps):
            return _shifted(op)
        return op.machine.step(replace(scores, pending=value.mask), "masked", op, operand=factor.expr, watch=value)
    found = scale_kind(value)
    if found is None and isinstance(value, Opaque) and value.perhaps_number and value.mask is None:
        found = "any"
    if found is None:
        return op.loss(
            "SCALE_SHAPE",
            "the scores are scaled by a tensor that may differ from key to key; only a number, a "
            "0-dim tensor or a tensor whose last axis has size 1 is a scale",
        )
    if narrow_of(value):
        return op.loss("CAST", "the scores are scaled by a tensor of lower precision, in which scales would be joined")
    if scores.pending is not None:
        return op.loss("MASK_PRODUCT", "the scores are scaled between a mask's product and its fill")
    constant = numeric(value)
    if constant == 0.0:
        return op.loss("SCALE_ZERO", "the scores are scaled by zero")
    if scores.shifted and not _shrunk(op, scores.product, kind, factor):
        return _shifted(op)
    if scores.fill is not None:
        factor_size = None if constant is None else (constant if kind == "mul" else 1.0 / constant)
        positive = isinstance(value, Opaque) and value.positive
        if factor_size is None and not positive and scores.fill != -math.inf:
            return op.loss("FILL_SCALED", "a fill constant is scaled by a factor whose sign is not known")
        weakest = scores.fill * (factor_size if factor_size is not None else 1e-3)
        if weakest > DECISIVE:
            return op.loss("FILL_WEAK", f"a fill of {scores.fill:g}, once scaled, may not empty its positions")
        scores = replace(scores, fill=weakest)
    # a row is constant along the last axis alone, which is to be the keys' once the softmax comes
    along = (scores.axes[-1],)
    return op.machine.step(scores, kind, op, operand=factor.expr, scale_kind=found, details=along, watch=value)


@rule("*", "mul", "multiply")
def scale_on_scores(op: Operation) -> Result:
    """`scores * factor`, either order; on probabilities a factor that is constant along the key axis."""
    bound = op.bind("input", "other")
    if bound is None or len(bound) != 2:
        return None
    for scores, factor in _both_orders(bound["input"], bound["other"]):
        if isinstance(scores.value, Scores):
            return multiply(op, scores.value, factor, "mul")
        if isinstance(scores.value, RowShift) and scale_kind(factor.value) is not None:
            return replace(scores.value, share=None)
        if isinstance(scores.value, RowShift) and scores.value.share is not None:
            return sink_on_output(op, scores.value, scores.value.share, factor)
        if isinstance(scores.value, Probs):
            return factor_on_probs(op, scores.value, factor)
    return None


def factor_on_probs(op: Operation, probs: Probs, factor: Operand) -> Result:
    """A factor whose last axis has size 1 can be moved behind the product with V (checked again at run time)."""
    if not op.independent(factor.value, probs.product) or not isinstance(factor.value, Opaque):
        return op.loss("PROBABILITIES", "the probabilities are multiplied by something that depends on them")
    if probs.views is None or probs.views:
        return op.loss("PROBABILITIES", "the probabilities are multiplied after they were reshaped")
    if probs.axes[-1] != probs.key_axis:
        return op.loss("PROBABILITIES", "the probabilities are multiplied after they were transposed")
    if probs.whole:
        return op.loss("CAST", "the probabilities are multiplied where they may be whole numbers")
    if factor.value.kind not in ("number", "scalar", "row"):
        return op.loss("PROBABILITIES", "the probabilities are multiplied by a tensor that may differ from key to key")
    if any(step.kind == "zero" for step in probs.product.steps):
        # what was cleared may be NaN, and so may any number times it
        return op.loss("PROBABILITIES", "the probabilities are multiplied after rows of them were cleared")
    return op.machine.step(
        replace(probs, factors=probs.factors + 1), "factor", op, operand=factor.expr, watch=factor.value
    )


@rule("/", "div", "true_divide", "divide")
def divide_scores(op: Operation) -> Result:
    """`scores / divisor`."""
    bound = op.bind("input", "other")
    if bound is None or len(bound) != 2:
        return touched(op, "OPERAND", "a division with arguments that the analysis does not know")
    left, right = bound["input"], bound["other"]
    if isinstance(left.value, Scores):
        return multiply(op, left.value, right, "div")
    if isinstance(left.value, RowShift) and scale_kind(right.value) is not None:
        return replace(left.value, share=None)
    if isinstance(left.value, Probs):
        return op.loss("PROBABILITIES", "the probabilities are divided by something after the softmax")
    return touched(op, "NONLINEAR", "something is divided by the scores")


@rule("+", "add")
def add_term(op: Operation) -> Result:
    """`scores + term`, either order: the term is independent of the product. Of two products the first stays
    principal, the other becomes a term."""
    bound = op.bind("input", "other")
    if bound is None or len(bound) != 2:
        return touched(op, "OPERAND", "an addition with arguments that the analysis does not know (alpha?)")
    for scores, term in _both_orders(bound["input"], bound["other"]):
        if isinstance(scores.value, Scores):
            return _add(op, scores.value, term, "add")
    return None


@rule("-", "sub", "subtract")
def subtract_term(op: Operation) -> Result:
    """`scores - term`, `term - scores`, and the shift by a row constant that the softmax does not see."""
    bound = op.bind("input", "other")
    if bound is None or len(bound) != 2:
        return touched(op, "OPERAND", "a subtraction with arguments that the analysis does not know (alpha?)")
    left, right = bound["input"], bound["other"]
    if isinstance(left.value, Scores):
        if isinstance(right.value, RowShift):
            same = right.value.product is left.value.product and right.value.axes in ((), left.value.axes)
            if same and right.value.kept:
                shifted = replace(left.value, shifted=_biased(left.value))
                return op.machine.step(shifted, "shift", op, details=(left.value.axes[-1],))
            return op.loss("NONLINEAR", "a row constant of other scores is subtracted")
        return _add(op, left.value, right, "sub")
    if isinstance(left.value, RowShift) and left.value.share is not None:
        return sink_beside_sum(op, left.value, left.value.share, right)
    if isinstance(right.value, Scores) and isinstance(left.value, Opaque):
        if not op.independent(left.value, right.value.product):
            return op.loss("NONLINEAR", "the scores are subtracted from something that depends on them")
        if right.value.pending is not None or right.value.fill is not None:
            return op.loss("FILL_SCALED", "filled scores are negated")
        if right.value.shifted and scale_kind(left.value) is None:
            return _shifted(op)
        return op.machine.step(right.value, "rsub", op, operand=left.expr, watch=left.value)
    return None


def _biased(scores: Scores) -> bool:
    """Whether something that may be a mask was added to the scores, or filled in."""
    return any(s.kind in BIASES for s in scores.product.steps)


def _shrunk(op: Operation, product: Product, kind: str, factor: Operand) -> bool:
    """Whether, with one more factor, what was added to the scores is no larger than it was then. A row that was masked
    as a whole is zeros once its maximum is subtracted; the bias is not, and must not grow beyond what its dtype
    holds."""
    first = next(i for i, step in enumerate(product.steps) if step.kind in BIASES)
    factors = list[tuple[str, Operand, "Frame"]]()
    for step in product.steps[first:]:
        if step.kind in ("mul", "div"):
            assert step.operand is not None
            factors.append((step.kind, Operand(step.operand_known, step.operand), step.frame))
    size, divisors = 1.0, list[tuple[Operand, "Frame"]]()
    for how, operand, frame in [*factors, (kind, factor, op.machine.frame)]:
        constant = numeric(operand.value)
        if constant is not None:
            size *= abs(constant) if how == "mul" else 1.0 / abs(constant)
        elif how == "div":
            divisors.append((operand, frame))
        else:
            undone = [d for d in divisors if op.machine.same(*d, operand)]
            if not undone:
                return False
            divisors.remove(undone[0])
    return not divisors and size <= 1.0


def _shifted(op: Operation) -> Loss:
    """A row that was masked as a whole is zeros after the subtraction of its maximum, and what comes then counts."""
    return op.loss("SHIFT", "after their row's maximum was subtracted, masked scores get another bias or mask")


def _add(op: Operation, scores: Scores, term: Operand, kind: str) -> Result:
    value = term.value
    if scores.shifted and scale_kind(value) is None:
        return _shifted(op)
    if scores.sink:
        return op.loss("SINK", "something is added to the scores after their sink")
    if isinstance(value, (Scores, Probs, RowShift)):
        value = op.machine.demote(value, term.expr)
    if not isinstance(value, Opaque) or not op.independent(value, scores.product):
        if isinstance(value, Opaque) and value.loss is not None:
            return value.loss
        return op.loss("NONLINEAR", "something that depends on the scores is added to them")
    if scores.pending is not None:
        if value.fill is not None:
            identity, complement, constant = value.fill
            constant = constant if kind == "add" else -constant
            if (identity, not complement) == scores.pending and constant <= DECISIVE:
                filled = replace(scores, pending=None, fill=_weakest(scores, constant))
                return op.machine.step(filled, kind, op, operand=term.expr, watch=value)
        return op.loss("MASK_PRODUCT", "the scores are multiplied by a mask without the matching fill behind it")
    return op.machine.step(scores, kind, op, operand=term.expr, watch=value)


@rule("masked_fill", "masked_fill_")
def masked_fill(op: Operation) -> Result:
    """`scores.masked_fill(mask, value)` with a constant that empties a position."""
    bound = op.bind("input", "mask", "value")
    if bound is None or len(bound) != 3:
        return touched(op, "OPERAND", "masked_fill with arguments that the analysis does not know")
    target = bound["input"].value
    if isinstance(target, Probs):
        return zero_where_filled(op, target, bound["mask"], bound["value"])
    if not isinstance(target, Scores):
        return touched(op, "NONLINEAR", "a mask or a fill value is computed from the scores")
    return _fill(op, target, bound["mask"], bound["value"], "fill")


def zero_where_filled(op: Operation, probs: Probs, mask: Operand, value: Operand) -> Result:
    """Zero where the scores were filled by the same mask: nothing changes but in rows that are masked as a whole."""
    if numeric(value.value) != 0.0 or probs.views != ():
        return op.loss("PROBABILITIES", "the probabilities are masked after the softmax and not normalised again")
    if probs.axes[-1] != probs.key_axis:
        return op.loss("PROBABILITIES", "the probabilities are masked after they were transposed")
    for step in reversed(probs.product.steps):
        if step.kind not in ("fill", "softmax", "same", "cast", "upcast", "recast", "pcast", "clamp", "shift"):
            break  # what comes after the fill may move it, or lift it again
        if step.operand is None or not op.machine.holds_here(step.path):
            continue
        if op.machine.same(Operand(step.operand_known, step.operand), step.frame, mask):
            if _masks_the_rest(probs.product, step):
                return op.loss("PROBABILITIES", "the probabilities are masked by one of several masks of the scores")
            return op.machine.step(replace(probs, factors=probs.factors + 1), "zero", op, operand=mask.expr)
    return op.loss("PROBABILITIES", "the probabilities are masked by what is not known to be the mask of the scores")


def _masks_the_rest(product: Product, fill: Step) -> bool:
    """Whether what a fill leaves of a row may be masked as well, down to where the filled places are: by another fill,
    or by a term beside a constant that it could reach."""
    constant = numeric(fill.value_known)
    low = constant is not None and constant <= SWALLOWING
    others = [step.kind for step in product.steps if step is not fill and step.kind in BIASES]
    return any(kind not in ("add", "sub") or not low for kind in others)


@rule("cat", "concat", "concatenate")
def sink_column(op: Operation) -> Result:
    """`cat([scores, sink], dim=-1)`: one more key, of zeros, whose bias is the sink."""
    bound = op.bind("tensors", "dim")
    if bound is None or "tensors" not in bound or not isinstance(bound["tensors"].value, Record):
        return None
    items, expr = bound["tensors"].value.items, bound["tensors"].expr
    if not any(isinstance(item, Scores) for item in items):
        return None
    joined = op.loss("SIDE_BY_SIDE", "the scores are concatenated with something else before their softmax")
    if len(items) != 2 or not isinstance(items[0], Scores) or not isinstance(expr, Display):
        return joined
    scores, sink = items[0], items[1]
    dim = whole_number(bound["dim"].value) if "dim" in bound else None
    if dim != -1 or scores.axes[-2:] != ("l", "r") or scores.sink:
        return joined
    if not isinstance(sink, Opaque) or sink.kind != "row" or not op.independent(sink, scores.product):
        return joined
    return op.machine.step(replace(scores, sink="always"), "sink", op, operand=expr.items[1], watch=sink)


def sink_beside_sum(op: Operation, row: RowShift, share: Share, sink: Operand) -> Result:
    """`logsumexp(scores) - sink`: the logit of the keys' share in a softmax that has the sink as one more key."""
    value, product = sink.value, row.product
    kinds = ("row", "scalar") if row.kept else ("tensor", "row", "scalar")
    known = isinstance(value, Opaque) and value.kind in kinds and op.independent(value, product)
    if share.stage != "sum" or product.closed or not known:
        return None
    step = op.machine.noted(product, "sink", op, operand=sink.expr, details=("output", row.kept), watch=value)
    return replace(row, share=replace(share, stage="logit", step=step))


@rule("sigmoid")
def keys_share(op: Operation) -> Result:
    """The sigmoid of that logit: what multiplies the product with V."""
    logit = (op.bind("input") or {}).get("input")
    value = logit.value if logit is not None else None
    if not isinstance(value, RowShift) or value.share is None or value.share.stage != "logit":
        return None
    return replace(value, share=replace(value.share, stage="share"))


def sink_on_output(op: Operation, row: RowShift, share: Share, context: Operand) -> Result:
    """`(probabilities @ V) * share`: the softmax has a sink as well, as one more key, whose value is zeros."""
    product, machine = row.product, op.machine
    step, met = share.step, product.context
    if share.stage != "share" or share.wide or not row.kept or context.value is not product.result:
        return None
    assert step is not None
    assert met is not None
    labels, _, out, first, _ = met.details
    own = row.axes[-2:] == ("l", "r") and product.key_axis == "r" and share.version == product.softmax_version
    straight = first and isinstance(labels, str) and isinstance(out, str) and labels[:-1] == out[:-1]
    alone = not any(s.kind in ("sink", "view") for s in product.steps)
    here = step.path == met.path == tuple(machine.path) and step.frame is met.frame is machine.frame
    if not (own and straight and alone and here and isinstance(op.expr, (Binary, Call))):
        return None
    product.steps.insert(product.steps.index(met), step)
    product.shared = Shared(op.expr, machine.statement, machine.frame, context.expr, context.value)
    assert isinstance(context.value, Opaque)
    product.result = replace(context.value)
    return product.result


@rule("where")
def where_fill(op: Operation) -> Result:
    """`torch.where(condition, scores, constant)` in either polarity; also `scores.where(condition, constant)`."""
    bound = op.bind("condition", "input", "other")
    if bound is None or len(bound) != 3:
        return touched(op, "OPERAND", "where with arguments that the analysis does not know")
    condition, first, second = bound["condition"], bound["input"], bound["other"]
    if isinstance(first.value, Scores) and not isinstance(second.value, (Scores, Probs, RowShift)):
        return _fill(op, first.value, condition, second, "keep")
    if isinstance(second.value, Scores) and not isinstance(first.value, (Scores, Probs, RowShift)):
        return _fill(op, second.value, condition, first, "fill")
    return touched(op, "NONLINEAR", "torch.where chooses between or by scores")


def _fill(op: Operation, scores: Scores, mask: Operand, value: Operand, kind: str) -> Result:
    if scores.sink:
        return op.loss("SINK", "the scores are filled after their sink was added")
    if scores.shifted:
        return _shifted(op)
    if scores.pending is not None:
        return op.loss("MASK_PRODUCT", "the scores are filled between a mask's product and its fill")
    if not isinstance(mask.value, Opaque) or not op.independent(mask.value, scores.product):
        return op.loss("NONLINEAR", "the mask depends on the scores")
    constant = at_most(value.value)
    if constant is None:
        return op.loss("FILL_UNKNOWN", "the scores are filled with a value that the source does not state")
    if constant > DECISIVE:
        return op.loss(
            "FILL_WEAK",
            f"the scores are filled with {constant:g}, which does not empty a position: adding it is not the same",
        )
    late = constant > SWALLOWING and any(step.kind == "shift" for step in scores.product.steps)
    if late and _biased(scores):
        return op.loss("SHIFT", "a constant is filled in that was not shifted as the scores around it were")
    # after a shift such a constant empties its places as long as nothing comes to the others that is like it
    filled = replace(scores, fill=_weakest(scores, constant), shifted=late)
    assert isinstance(value.value, Opaque)
    widened = op.machine.widened_by(filled, "add", value.value)  # `where` promotes, as a sum does
    # the bias is filled with the number alone
    filled = replace(widened, told=filled.told if widened.promoted == filled.promoted else "untold")
    number = op.machine.fillers.get(value.expr, value.expr)
    result = op.machine.step(filled, kind, op, operand=mask.expr, value=number, watch=mask.value)
    if isinstance(result, Scores) and filled.told == "maybe" and value.value.kind == "number":
        return replace(result, told="maybe")  # beside no tensor, it is filled into a zero of the scores' dtype
    return result


def _weakest(scores: Scores, constant: float) -> float:
    """The weakest constant filled in, once this one is too."""
    return constant if scores.fill is None else max(constant, scores.fill)


@rule("setitem")
def store_constant(op: Operation) -> Result:
    """`scores[index] = constant`, with a constant that swallows the score: a fill of what the index points at."""
    scores, value = op.operands[0].value, op.operands[-1]
    constant = numeric(value.value)
    if not isinstance(scores, Scores) or scores.sink or scores.pending is not None or scores.shifted:
        return None
    if constant is None or constant > SWALLOWING:
        return None
    if not all(op.independent(operand.value, scores.product) for operand in op.operands[1:]):
        return None
    filled = replace(scores, fill=_weakest(scores, constant))
    details = (scores.axes, scores.natural, scores.views)
    return op.machine.step(filled, "store", op, operand=op.expr, value=value.expr, details=details)


@rule("clamp", "clip", "clamp_min", "maximum")
def clamp_to_minimum(op: Operation) -> Result:
    """`clamp(min=finfo.min)` and `maximum(scores, finfo.min)`, either order, leave every live position as it is."""
    bound = op.bind("input", "min") or op.bind("input", "other")
    if bound is not None and len(bound) == 2:
        for scores, least in _both_orders(*bound.values()):
            lowest = numeric(least.value)
            if not isinstance(scores.value, Scores) or scores.value.pending is not None:
                continue
            if lowest is not None and lowest <= SWALLOWING:
                return op.machine.step(scores.value, "clamp", op, operand=least.expr)
    return touched(op, "CLAMP", "the scores are clamped to a range that live scores, or masked ones, can reach")


@rule("max")
def maximum(op: Operation) -> Result:
    """Along an axis a row constant; of two tensors as `torch.maximum`."""
    return row_constant(op) or clamp_to_minimum(op)


@rule("amax", "mean", "logsumexp")
def row_constant(op: Operation) -> Result:
    """The maximum, mean or log-sum-exp along the last axis, or of all: what the softmax does not see if that axis is
    the keys'."""
    bound = op.bind("input", "dim", "keepdim")
    if bound is None or "input" not in bound or not isinstance(bound["input"].value, Scores):
        return None
    scores = bound["input"].value
    if op.name == "mean" and _biased(scores):
        return op.loss("SHIFT", "the mean of masked scores is as large as the mask's constant, and swallows the rest")
    kept, axes = True, tuple[str, ...]()
    if len(bound) > 1:
        if "dim" not in bound or whole_number(bound["dim"].value) != -1:
            return None
        keep = bound["keepdim"].value if "keepdim" in bound else None
        kept, axes = isinstance(keep, Opaque) and keep.constant is True, scores.axes
    share = Share("sum", scores.version, wide=scores.upcast is not False) if op.name == "logsumexp" else None
    op.machine.rows += 1
    return RowShift(scores.product, kept, axes, wrapped=op.name == "max", share=share)


# --- casts and shapes -------------------------------------------------------------------------------------------

SAME_NUMBERS = ("float", "half", "bfloat16", "double", "contiguous", "clone", "type_as", "to", "type")
"""Methods of a tensor that cast, move or copy it."""


@rule(*SAME_NUMBERS)
def cast(op: Operation) -> Result:
    """Floating casts, device moves and copies: the same numbers."""
    if not op.operands or not isinstance(op.operands[0].value, (Scores, Probs, RowShift)):
        return None
    target = op.operands[0].value
    if isinstance(target, RowShift):
        return replace(target, share=_cast_share(op, target.share))
    others = [*op.operands, *(o for k, o in op.keywords.items() if k in ("dtype", "other"))]
    unknown = set(op.keywords) - {"dtype", "device", "other", "copy", "non_blocking", "memory_format"}
    upcast = op.name == "float"
    for operand in others:
        value = operand.value
        if isinstance(value, Symbol) and keeps_numbers(value):
            upcast = True
        elif isinstance(value, Symbol) and op.machine.has_dtype(target, value.path):
            pass
        elif isinstance(value, Opaque) and value.kind in ("dtype", "tensor", "row", "scalar", "unknown"):
            if isinstance(target, Scores) and (not op.machine.floating(value) or value.narrow):
                unknown.add("?")
        elif (isinstance(value, Opaque) and value.kind == "device") or isinstance(value, (Scores, Probs)):
            pass
        else:
            unknown.add("?")
    if op.name in ("half", "bfloat16", "double") or unknown:
        return op.loss("CAST", "the scores are cast to what is not known to be float32 or the dtype that they have")
    if isinstance(target, Probs) and op.name == "clone" and not target.product.closed:
        return replace(target)  # what was copied goes on as well
    typed = [o for o in others[1:] if not (isinstance(o.value, Opaque) and o.value.kind == "device")]
    dtypes = [o.value for o in typed]
    own = [d for d in dtypes if isinstance(of := op.machine.dtypes.get(d), Scores) and of.version == target.version]
    if not upcast and len(own) == len(dtypes):
        return op.machine.step(target, "same", op)
    if isinstance(target, Probs):
        if target.whole:
            return op.loss("CAST", "the probabilities are cast again from what may be whole numbers")
        sure = all(map(op.machine.has_floating, dtypes))
        count = None if target.casts is None else target.casts + 1
        given = Symbol("torch.float32") if op.name == "float" else dtypes[-1]
        before, of = target.product.cast, op.machine.dtypes.get(given, given)
        if before is not None and before.again(target, of, op.machine.current.get(target.product)):
            return before.made
        made = op.machine.step(replace(target, casts=count, whole=not sure, given=given), "pcast", op)
        target.product.cast = CastOnce(target.version, of, made) if isinstance(made, Probs) else None
        return made
    # what a bias was before it was cast along is no matter
    kept: Told = "same" if target.told == "same" else "none"
    told: Told = kept if upcast or target.told == "none" else "untold"
    rounded = None if upcast else target.rounded
    widths, said = target.product.widths, set(map(wide_of, dtypes))
    back = upcast or widths | said <= {"", "own"} or said == widths
    promoted: Width = "" if back else "other"  # the operands may be of another dtype than the one that is cast to
    cast_to = replace(target, upcast=upcast, promoted=promoted, told=told, rounded=rounded)
    if back:
        return op.machine.step(cast_to, "upcast" if upcast else "cast", op)
    return op.machine.step(replace(cast_to, told="untold"), "recast", op, operand=typed[-1].expr)


def _cast_share(op: Operation, share: Share | None) -> Share | None:
    """A share after a cast: it gives the output its dtype."""
    if share is None:
        return None
    for value in (o.value for o in (*op.operands, *op.keywords.values())):
        if op.machine.has_floating(value) is False:
            return None
        if isinstance(value, Symbol) or (isinstance(value, Opaque) and value.kind != "device"):
            share = replace(share, wide=isinstance(value, Symbol))
    return replace(share, wide=True) if op.name == "float" else share


@rule("view", "reshape")
def view_of_leading_axes(op: Operation) -> Result:
    """A view that splits or merges leading axes; that the last two stay queries and keys is checked at run time."""
    if not op.operands:
        return None
    target = op.operands[0].value
    if not isinstance(target, (Scores, Probs)):
        return None
    found, rows = sizes(op), target.axes[-2:]
    if found is None or target.sink or sorted(rows) != ["l", "r"]:
        return op.loss("VIEW", "the scores are reshaped in a way that the analysis does not read")
    given, count = found
    if count is not None and count < 3:
        return op.loss("VIEW", "the scores are reshaped to fewer than three axes")
    if isinstance(target, Probs):
        if target.product.closed:
            return op.loss("AFTER", "the probabilities are reshaped after they met the values")
        if target.views is None or target.axes != target.natural:
            return op.loss("VIEW", "the probabilities are reshaped while their axes are transposed, or may be")
        reshaped = Reshape(given, op.machine.frame, op.machine.statement, tuple(op.machine.path))
        return replace(
            target, axes=("...", *rows), natural=("...", *rows), views=(*target.views, op.expr), reshaped=reshaped
        )
    if target.pending is not None:
        return op.loss("VIEW", "the scores are reshaped between a mask's product and its fill")
    if leading(target.axes) != leading(target.natural):
        return op.loss("VIEW", "the scores are reshaped after their leading axes changed places")
    axes = ("...", *rows) if count is None else (*(f"#{i}" for i in range(count - 2)), *rows)
    earlier = sum(step.kind == "view" for step in target.product.steps)
    viewed = replace(target, axes=axes, natural=axes, views=earlier + 1)
    return op.machine.step(viewed, "view", op, details=(*given, rows))


@rule("transpose", "swapaxes", "swapdims")
def transpose(op: Operation) -> Result:
    """Two axes change places."""
    if not op.operands or not isinstance(op.operands[0].value, (Scores, Probs)):
        return None
    target = op.operands[0].value
    bound = op.bind("input", "dim0", "dim1")
    if bound is None or len(bound) != 3:
        return op.loss("TRANSPOSE", "the scores are transposed in a way that the analysis does not read")
    one, two = (axis_place(target.axes, whole_number(bound[name].value)) for name in ("dim0", "dim1"))
    if one is None or two is None:
        return op.loss("TRANSPOSE", "the scores are transposed along an axis whose meaning is not known")
    order = list(range(len(target.axes)))
    order[one], order[two] = order[two], order[one]
    return permuted(op, target, tuple(order))


@rule("permute")
def permute(op: Operation) -> Result:
    """Axes in a stated order."""
    if not op.operands or not isinstance(op.operands[0].value, (Scores, Probs)):
        return None
    target = op.operands[0].value
    values = [operand.value for operand in op.operands[1:]]
    if len(values) == 1 and isinstance(values[0], Record) and values[0].sure is None:
        values = [*values[0].items]
    numbers = [number for number in map(whole_number, values) if number is not None]
    target = _counted(target, len(values))
    count = len(target.axes)
    if len(numbers) != len(values) or not set(numbers) <= set(range(-count, count)):
        return op.loss("TRANSPOSE", "the scores are permuted in an order that the source does not state")
    return permuted(op, target, tuple(number % count for number in numbers))


def _counted(target: Scores | Probs, count: int) -> Scores | Probs:
    """Scores or probabilities whose axes an operation counts, which may say how many leading ones there are."""
    if target.axes[0] != "..." or target.axes != target.natural or count < len(target.axes):
        return target
    axes = (*(f"#{place}" for place in range(count + 1 - len(target.axes))), *target.axes[1:])
    target.product.leading = leading(axes)
    return replace(target, axes=axes, natural=axes)


@rule("einops.rearrange")
def rearrange(op: Operation) -> Result:
    """Axes in the order that a pattern of einops says, where it splits and joins none."""
    if not op.operands or not isinstance(op.operands[0].value, (Scores, Probs)):
        return None
    pattern = op.operands[1].value if len(op.operands) == 2 and not op.keywords else None
    text = pattern.constant if isinstance(pattern, Opaque) and isinstance(pattern.constant, str) else ""
    before, _, after = (side.split() for side in text.partition("->"))
    if not before or sorted(before) != sorted(after) or not all(word.isidentifier() for word in before):
        return op.loss("TRANSPOSE", "the scores are rearranged in a way that the analysis does not read")
    return permuted(op, op.operands[0].value, tuple(before.index(word) for word in after))


def permuted(op: Operation, target: Scores | Probs, order: tuple[int, ...]) -> Result:
    """Scores or probabilities with their axes in another order."""
    if sorted(order) != list(range(len(target.axes))):
        return op.loss("TRANSPOSE", "the scores are permuted in a way that the analysis does not read")
    axes = tuple(target.axes[place] for place in order)
    if isinstance(target, Probs):
        if target.product.closed:
            return op.loss("AFTER", "the probabilities are permuted after they met the values")
        views = None if target.views is None else (*target.views, op.expr)
        return replace(target, axes=axes, views=views)
    if target.views and leading(axes) != leading(target.axes):
        return op.loss("TRANSPOSE", "the scores' leading axes change places after they were reshaped")
    return op.machine.step(replace(target, axes=axes), "permute", op, details=order)


# --- softmax, dropout -------------------------------------------------------------------------------------------


@rule("softmax")
def softmax(op: Operation) -> Result:
    """Softmax over a stated axis; the axis it runs over is the key axis."""
    bound = (
        op.bind("input", "dim", "_stacklevel", "dtype")
        if "_stacklevel" in op.keywords
        else op.bind("input", "dim", "dtype")
    )
    if bound is None or "input" not in bound:
        return touched(op, "SOFTMAX_AXIS", "softmax with arguments that the analysis does not know")
    value = bound["input"].value
    if isinstance(value, Opaque):
        if value.depends:
            loss = value.loss or op.loss("NONLINEAR", "the softmax's operand is not affine in a product")
            return Opaque("tensor", depends=value.depends, loss=loss, lost_probs=replace(loss))
        return None
    if not isinstance(value, Scores):
        return touched(op, "NONLINEAR", "a second softmax is applied to the probabilities")
    dim = whole_number(bound["dim"].value) if "dim" in bound else None
    dtype = bound.get("dtype")
    if dtype is not None and not (_is_dtype(dtype.value) and keeps_numbers(dtype.value)):
        return op.loss("CAST", "the softmax's dtype is not known to be floating")
    place = axis_place(value.axes, dim)
    axis = value.axes[place] if place is not None else ""
    if axis not in ("l", "r"):
        return op.loss("SOFTMAX_AXIS", "the softmax runs over an axis that is not known to be the keys'")
    op.machine.taken_twice(op, value, axis)
    if value.pending is not None:
        return op.loss("MASK_PRODUCT", "the scores are multiplied by a mask without the matching fill behind it")
    rows = ("r", "l") if axis == "l" else ("l", "r")
    if any(step.kind == "view" and step.details[-1] != rows for step in value.product.steps):
        return op.loss("VIEW", "the scores are reshaped while their last two axes are (key, query)")
    if any(step.kind == "shift" and step.details != (axis,) for step in value.product.steps):
        return op.loss("SHIFT", "what was subtracted from the scores is not constant along the axis of the softmax")
    return op.machine.make_probs(op, value, axis, dtype)


def _is_dtype(value: Value) -> bool:
    return isinstance(value, Symbol) or (isinstance(value, Opaque) and value.kind in ("dtype", "none"))


def axis_place(axes: tuple[str, ...], dim: int | None) -> int | None:
    """Where axis `dim` stands among the labels; a positive one counts only where the rank is known."""
    if dim is None or dim not in range(-len(axes), len(axes)):
        return None
    return None if axes[dim] == "..." or ("..." in axes and dim >= 0) else dim


@rule("dropout", "feature_alpha_dropout")
def dropout(op: Operation) -> Result:
    """`torch.nn.functional.dropout`, or `torch.dropout`, on probabilities."""
    bound = op.bind("input", "p", "training", "inplace") or op.bind("input", "p", "train")  # the latter of `torch`
    if op.name != "dropout" or bound is None or "input" not in bound:
        return touched(op, "DROPOUT", "a dropout that the analysis does not know")
    target = bound["input"].value
    if not isinstance(target, Probs):
        return touched(op, "NONLINEAR", "dropout is applied to the scores before the softmax")
    p, inplace = bound.get("p"), bound.get("inplace")
    training = bound.get("training", bound.get("train"))
    return op.machine.drop(
        op, bound["input"], inplace.value if inplace else None,
        p=p.expr if p else None, training=training.expr if training else None, details=("functional",),
    )  # fmt: skip


def _both_orders(a: Operand, b: Operand) -> tuple[tuple[Operand, Operand], tuple[Operand, Operand]]:
    return (a, b), (b, a)
