"""What weights cost and whether they balance: the diagnostics of every weighted comparison."""

from __future__ import annotations

import math
from collections.abc import Iterable

from survcomp.adjustment import Balance, Overlap, weight_histogram, weight_summary
from survcomp.adjustment.diagnostics.influence import WeightedAtRisk
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sides import EXACT
from survcomp.values.ipd import IPD
from survcomp.values.records.results import Kind
from survcomp.values.weights import Weights

FITTED: Kind = "optimised"
ROUNDING = 1e-9
"""A distance left after exact matching is rounding noise below this: it is recorded as 0."""

LEFT_OUT = (
    "{left} of {n} patients are left out of the weighting; the naive comparison still has them."
)


def record_weights(path: str, ipd: IPD, weights: Weights, recorder: Recorder) -> None:
    """How the weights were made, what they cost, and who carries them."""
    recorder.text(f"{path}/method", weights.method)
    recorder.texts(f"{path}/matched", weights.matched)
    left = len(weights.excluded)
    notes = [*weights.notes, *([LEFT_OUT.format(left=left, n=weights.n)] if left else [])]
    recorder.texts(f"{path}/notes", notes)
    summary = weight_summary(ipd, weights)
    group = summary.groups[0]
    for field in ("n", "excluded", "zero", "below_floor", "n_for_half"):
        recorder.add(f"{path}/{field}", getattr(group, field), "count", unit="patients")
    recorder.add(f"{path}/ess", group.ess, FITTED, unit="patients")
    _record_fields(
        path, group, ("reduction", "share_1", "share_5", "share_10"), recorder, "probability"
    )
    quantiles = ("minimum", "q25", "median", "q75", "p95", "p99", "maximum", "cv")
    _record_fields(path, group, quantiles, recorder, "")
    recorder.add(
        f"{path}/largest_imbalance", _no_noise(weights.largest_imbalance), FITTED, unit="SD"
    )
    histogram = weight_histogram(weights)
    recorder.add(f"{path}/histogram/edges", tuple(map(float, histogram.edges)), FITTED)
    counts = tuple(map(float, histogram.counts))
    recorder.add(f"{path}/histogram/counts", counts, "series", unit="patients")


def _record_fields(
    path: str, holder: object, fields: Iterable[str], recorder: Recorder, unit: str
) -> None:
    for field in fields:
        recorder.add(f"{path}/{field}", float(getattr(holder, field)), FITTED, unit=unit)


def _no_noise(value: float) -> float:
    return 0.0 if abs(value) < ROUNDING else value


def record_overlap(path: str, overlap: Overlap, recorder: Recorder) -> None:
    """Where the target lies among the patients before weighting."""
    recorder.text(f"{path}/verdict", overlap.verdict)
    recorder.add(f"{path}/mahalanobis", overlap.mahalanobis, FITTED, unit="SD")
    recorder.add(f"{path}/ess_ceiling", overlap.ess_ceiling, FITTED, unit="patients")
    recorder.add(f"{path}/effective_overlap", overlap.effective_overlap, FITTED, unit="probability")
    for index, row in enumerate(overlap.rows):
        here = f"{path}/row/{index}"
        recorder.text(f"{here}/column", row.column)
        for field in ("target", "mean", "low", "high"):
            recorder.add(f"{here}/{field}", getattr(row, field), EXACT)
        recorder.add(f"{here}/percentile", row.percentile, EXACT, unit="probability")
        recorder.add(f"{here}/difference", row.difference, EXACT, unit="SD")
        recorder.add(f"{here}/in_range", row.in_range, "count")


def record_weighted_at_risk(path: str, rows: Iterable[WeightedAtRisk], recorder: Recorder) -> None:
    """What those at risk at the times under the curves count after weighting, of one arm.

    The sum of the weights (mean 1 over all who are not left out) and the effective sample size.
    """
    at_times = tuple(rows)
    for name, field in (("at_risk_weighted", "weighted_at_risk"), ("at_risk_ess", "ess")):
        counts = tuple(float(getattr(row, field)) for row in at_times)
        recorder.add(f"{path}/{name}", counts, FITTED, unit="patients")


def record_balance(path: str, balance: Balance, recorder: Recorder) -> None:
    """The baseline before and after weighting, with its cost."""
    recorder.text(f"{path}/population", balance.population)
    recorder.add(f"{path}/n", balance.n, "count", unit="patients")
    recorder.add(f"{path}/ess", balance.ess, FITTED, unit="patients")
    for field in ("reduction", "largest_share"):
        recorder.add(f"{path}/{field}", getattr(balance, field), FITTED, unit="probability")
    for index, row in enumerate(balance.rows):
        here = f"{path}/row/{index}"
        recorder.text(f"{here}/covariate", row.covariate)
        recorder.text(f"{here}/kind", row.kind)
        recorder.add(f"{here}/matched", row.matched, "count")
        recorder.add(f"{here}/target", row.target, "published")
        fields = ["before", "after", "difference_before", "difference_after"]
        if row.has_share:
            recorder.add(f"{here}/share_target", row.share_target, "published")
            fields += ["share_before", "share_after"]
        if row.note:
            recorder.text(f"{here}/note", row.note)
        for field in fields:
            value = getattr(row, field)
            if math.isfinite(value):  # what is not is said in words by the note
                recorder.add(f"{here}/{field}", _no_noise(value), FITTED)
