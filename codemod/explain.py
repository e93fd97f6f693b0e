"""Reports for people to read: each site as it was understood, each method beside its original, verdicts in a word."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

from .ir import ArchReport, AttentionSite, ClassText, Expression, Refusal, SiteRecord

STAGES = {
    "scores": "the scores, before the softmax",
    "probabilities": "the probabilities, before dropout",
    "weighted": "the probabilities times their factor, before dropout",
    "dropped": "the probabilities, after dropout",
    "none": "never returned",
}


def explain(report: ArchReport) -> Iterator[str]:
    """Lines for every site: what is query, key, value, scale, bias, dropout and weights, and where; or the refusal."""
    for number, record in enumerate(report.records):
        if number:
            yield ""
        yield f"{record.class_name}.{record.method}  {_place(record)}  {record.status}"
        if record.site is not None:
            yield from _site(record.site)
        if record.code or record.message:
            yield f"  {f'{record.code} {record.message}'.strip()}"
        if record.remedy:
            yield f"  help: {record.remedy}"


def _place(record: SiteRecord) -> str:
    return str(record.location or f"{record.module}:{record.line}")


SCALES = {"any": "looked at when called"}


def _site(site: AttentionSite) -> Iterator[str]:
    yield from _row("query", site.query)
    yield from _row("key", site.key)
    yield from _row("value", site.value)
    if not site.scales:
        yield _line("scale", "1")
    for scale in site.scales:
        yield from _row(
            "scale",
            scale.factor,
            f"{scale.operation} ",
            f"{SCALES.get(scale.kind, scale.kind)}{_when(scale.condition)}",
        )
    if not site.terms:
        yield _line("bias", "none")
    for term in site.terms:
        note = {"fill": f"fill with {term.value}", "+": "add", "-": "subtract"}[term.operation]
        yield from _row("bias", term.term, "", f"{note}{_when(term.condition)}")
    if site.dropout is None:
        yield _line("dropout", "none")
    else:
        yield from _row("dropout", site.dropout)
    asked = f", if {site.weights.request}" if site.weights.request else ""
    yield _line("weights", STAGES[site.weights.stage] + asked)
    for guard in site.guards:
        yield _line("original", f"if {guard.condition}: {guard.code} {guard.message}  line {guard.location.line}")
    if site.rules:
        yield _line("rules", ", ".join(site.rules))


def _row(label: str, expression: Expression, before: str = "", note: str = "") -> Iterator[str]:
    text = before + " ".join(expression.text.split())
    yield f"{_line(label, text)}{note and f'  ({note})'}  line {expression.location.line}"


def _line(label: str, text: str) -> str:
    return f"  {label:<8} {text}"


def _when(condition: str | None) -> str:
    return f" if {' '.join(condition.split())}" if condition else ""


def differences(report: ArchReport) -> Iterator[str]:
    """The lines of a unified diff of every generated method against its original."""
    for klass in report.classes:
        for method in klass.methods:
            names = _names(klass, report.arch, method.name, new=not method.original)
            lines = difflib.unified_diff(method.original.splitlines(), method.text.splitlines(), *names, lineterm="")
            yield from lines


def _names(klass: ClassText, arch: str, method: str, *, new: bool) -> tuple[str, str]:
    original = "/dev/null" if new else f"{klass.module}:{klass.base}.{method}"
    return original, f"{arch}:{klass.name}.{method}"


def verdict(records: Iterable[SiteRecord]) -> str:
    """One word for an architecture: "generated", "native", "convertible", "partly" (some sites stay eager), "refused"
    or "no attention"."""
    found = {record.status for record in records}
    if not found:
        return "no attention"
    if "refused" in found:
        return "partly" if len(found) > 1 else "refused"
    return next(status for status in ("generated", "convertible", "native") if status in found)


def summary(report: ArchReport) -> dict[str, str | int]:
    """What `list --json` says of one architecture: the verdict, how many sites have each status, the first refusal,
    and `silent`, the sites that stay eager although the model's flag says SDPA ("Class.method", separated by commas).
    """
    counts = Counter(record.status for record in report.records)
    first = next((record for record in report.records if record.status == "refused"), None)
    return {
        "arch": report.arch,
        "verdict": verdict(report.records),
        **{status: counts[status] for status in ("generated", "native", "convertible", "refused")},
        "code": first.code if first else "",
        "message": first.message if first else "",
        "place": _place(first) if first else "",
        "silent": ", ".join(dict.fromkeys(f"{r.class_name}.{r.method}" for r in report.records if r.silent)),
    }


def unreadable(arch: str, refusal: Refusal) -> dict[str, str | int]:
    """`summary` of an architecture whose source could not be read."""
    zeros = dict.fromkeys(("generated", "native", "convertible", "refused"), 0)
    told = {"code": refusal.code, "message": refusal.message, "place": str(refusal.location), "silent": ""}
    return {"arch": arch, "verdict": "refused", **zeros, **told}
