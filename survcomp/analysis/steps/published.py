"""Published effects that are shown beside ours."""

from __future__ import annotations

from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.beside import PublishedTable
from survcomp.analysis.steps.parts.anchors import contrast_anchor
from survcomp.analysis.steps.parts.context import Context


def run_published(context: Context, tables: tuple[PublishedTable, ...]) -> None:
    """Record published effects that are shown beside ours."""
    recorder = context.recorder
    for index, table in enumerate(tables):
        trial = context.evidence.trial(table.trial)
        published = trial.contrast(table.contrast)
        path = f"published/{index}"
        anchor = contrast_anchor(table.trial, table.contrast)
        recorder.under(path, rests_on=[anchor], settings=[f"published.{index}"])
        recorder.text(f"{path}/study", trial.name)
        recorder.text(f"{path}/role", table.role)
        recorder.text(f"{path}/why", table.why)
        for field in ("cut", "n_treatment", "n_comparator", "ess", "covariates"):
            value = getattr(published, field)
            if value:
                recorder.text(f"{path}/{field}", value)
        recorder.contrast(path, published.contrast, kind="published")


STEP = Step(
    key="published",
    place=60,
    table=PublishedTable,
    run=run_published,
    about="Beside ours.",
    answers=False,
)
