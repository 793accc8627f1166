"""What a run has found, in words for a terminal: each comparison unadjusted and adjusted."""

from __future__ import annotations

from collections.abc import Iterator

from survcomp.report.document.cells import is_weighted
from survcomp.report.document.text import effect, shown
from survcomp.report.kinds.registry import Kind, kinds, label_of
from survcomp.values.records.results import Results


def effects_lines(results: Results) -> Iterator[str]:
    """A heading for each comparison; below it its effects, each with its word.

    Under an effect stands what its interval holds, and under a weighted one the effective
    sample size.
    """
    for kind in kinds():
        for path in kind.paths(results):
            yield f"  {label_of(results, path)}"
            yield from _of_one(results, kind, path)


def _of_one(results: Results, kind: Kind, path: str) -> Iterator[str]:
    leading = kind.leads_with(results, path)
    naive = _naive(results, kind, path, leading)
    if f"{naive}/estimate" in results:
        yield from _effect(results, naive, _unadjusted(kind))
    if leading != naive:
        yield from _effect(results, leading, _adjusted(results, kind, path))
    if is_weighted(results, path):
        here = f"{path}/maic/weights"
        ess, n = shown(results[f"{here}/ess"]), shown(results[f"{here}/n"])
        yield f"      effective sample size {ess} of {n}"
    measure = leading.rsplit("/", 1)[-1]
    for method in results.children(f"{path}/models"):
        modelled = f"{path}/models/{method}/{measure}"
        if modelled != leading and f"{modelled}/estimate" in results:
            yield from _effect(results, modelled, f"adjusted by {method}")


def _naive(results: Results, kind: Kind, path: str, leading: str) -> str:
    """Path of the effect of this measure without any adjustment."""
    if kind.survival is not None:
        return kind.survival.naive(results, path)
    below = "" if kind.models is None else kind.models.naive_below
    return f"{path}{below}/{leading.rsplit('/', 1)[-1]}"


def _unadjusted(kind: Kind) -> str:
    named = "unadjusted" if kind.models is None else kind.models.naive
    return "unadjusted" if "unadjusted" in named else f"unadjusted ({named})"


def _adjusted(results: Results, kind: Kind, path: str) -> str:
    """The word of the effect that a comparison leads with: how, and to whom."""
    if kind.models is None or not is_weighted(results, path):
        return ""
    target = results.value(f"{path}/balance/population")
    return f"{kind.models.weighted(results, path)}, weighted to {target}"


def _effect(results: Results, path: str, word: str) -> Iterator[str]:
    yield f"    {word}: {effect(results, path)}" if word else f"    {effect(results, path)}"
    if f"{path}/interval" in results:
        yield f"      {results.value(f'{path}/interval')}"
    warning = f"{path.rsplit('/', 1)[0]}/disagreement"
    if warning in results:
        yield f"      {results.value(warning)}"
