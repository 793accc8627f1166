"""Every standard error of a weighted effect, side by side, and the one that leads."""

from __future__ import annotations

from collections.abc import Sequence

from survcomp.analysis.plan.tables.own import BootstrapTable, TargetTable
from survcomp.analysis.steps.parts.draws import SIMULATED
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.comparison import MaicBootstrap
from survcomp.comparison.matching_adjusted.variance_result import VarianceRow
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.measure import MEASURES, MeasureKey
from survcomp.values.records.results import Kind

FITTED: Kind = "optimised"
RULE = "ESS-scaled where the effective sample size is below 50, else robust"


def record_variances(
    path: str,
    rows: Sequence[VarianceRow],
    leads: str,
    adjust: TargetTable,
    recorder: Recorder,
    *,
    rule: str = RULE,
) -> None:
    """Record every method, and which of them leads."""
    for row in rows:
        here = f"{path}/{row.method}"
        kind = SIMULATED if row.method == "bootstrap" else FITTED
        recorder.text(f"{here}/words", row.words)
        recorder.text(f"{here}/scale", row.scale)
        recorder.add(f"{here}/leads", row.method == leads, "count")
        record_row(here, row.numbers, kind, recorder)
    recorder.text(
        f"{path}/rule",
        "chosen by the analysis" if adjust.variance else rule,
    )


def record_row(
    path: str,
    numbers: LinkEstimate,
    kind: Kind,
    recorder: Recorder,
    *,
    measure: MeasureKey = "log_hr",
    time_unit: str | None = None,
) -> None:
    """Estimate, errors and limits on the link scale and, of a ratio, for the reader as one."""
    known = MEASURES[measure]
    unit = known.link_unit(time_unit)
    recorder.numbers(f"{path}/{measure}", numbers, kind, unit=unit)
    if known.is_ratio:
        recorder.natural(f"{path}/{known.natural_key}", numbers, known, kind)


def record_bootstrap(
    path: str, drawn: MaicBootstrap, asked: BootstrapTable, recorder: Recorder
) -> None:
    """Replicates, failures, and what was resampled."""
    recorder.add(f"{path}/replicates", drawn.replicates.size, "count")
    recorder.add(f"{path}/failed", drawn.n_failed, "count")
    recorder.add(f"{path}/seed", asked.seed, "count")
    recorder.text(f"{path}/interval_kind", drawn.kind)
    recorder.text(f"{path}/resampled", drawn.resampled)
    recorder.text(f"{path}/interval", drawn.interval_label)
    recorder.texts(f"{path}/notes", drawn.notes)
