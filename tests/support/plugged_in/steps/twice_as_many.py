"""A step that no module of survcomp knows: twice the patients of a published baseline."""

from __future__ import annotations

from pydantic import Field

from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.fields import StepTable
from survcomp.analysis.steps.parts.context import Context


class TwiceTable(StepTable):
    """``[[twice_as_many]]``: twice as many patients as a baseline describes."""

    id: str = Field(description="Unique.")
    trial: str = Field(description="Study.")
    arm: str = Field(description="Its arm.")
    times: int = Field(default=2, description="How many times.")


def run(context: Context, tables: tuple[TwiceTable, ...]) -> None:
    """Record twice the patients of each."""
    for table in tables:
        prefix = f"twice_as_many/{table.id}"
        context.recorder.under(
            prefix,
            rests_on=[f"population:{table.trial}/{table.arm}"],
            settings=[f"twice_as_many.{table.id}"],
        )
        n = context.evidence.trial(table.trial).population_of(table.arm).n
        context.recorder.add(f"{prefix}/n", n, "count", unit="patients")
        context.recorder.add(
            f"{prefix}/many", table.times * n, "count", unit="patients", sources=[f"{prefix}/n"]
        )


STEP = Step(key="twice_as_many", place=15, table=TwiceTable, run=run)
