"""Exploratory figures: Bucher comparisons of two published effects."""

from __future__ import annotations

from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.beside import ExploratoryTable
from survcomp.analysis.steps.parts.anchors import check_anchor
from survcomp.analysis.steps.parts.context import Context, Task
from survcomp.comparison import bucher
from survcomp.errors import SurvcompError


def run_exploratory(context: Context, tables: tuple[ExploratoryTable, ...]) -> None:
    """Record every Bucher comparison of two published effects."""
    for table in tables:
        prefix, path = f"exploratory/{table.id}", f"exploratory.{table.id}"
        _run(context.task(table, prefix=prefix, path=path))


def _run(task: Task[ExploratoryTable]) -> None:
    table, path, recorder = task.table, task.prefix, task.recorder
    sides = (table.first, table.second)
    recorder.under(path, rests_on=map(check_anchor, sides), settings=[task.path, "settings.level"])
    effects = [task.evidence.trial(side.trial).contrast(side.contrast) for side in sides]
    try:
        result = bucher(
            effects[0].contrast,
            effects[1].contrast,
            population=table.population,
            different_comparators=table.different_comparators,
            level=task.settings.level,
        )
    except SurvcompError as error:
        raise error.within(f"exploratory {table.id!r}") from error
    recorder.text(f"{path}/label", table.label)
    for name, effect in zip(("first", "second"), effects, strict=True):
        recorder.text(f"{path}/{name}/shown", str(effect.contrast))
        comparator = effect.contrast.comparator
        recorder.text(f"{path}/{name}/comparator", comparator, sources=effect.contrast.sources)
    recorder.contrast(path, result, kind="closed form")


STEP = Step(
    key="exploratory",
    place=70,
    table=ExploratoryTable,
    run=run_exploratory,
    about="Bucher.",
)
