"""How far an effect over draws hangs on the prior of the shape: the same under two others.

Where no figure was traced, what lies between and beyond the printed numbers comes from a prior of
the hazard's shape (`ShapePrior`). The two others are what the shapes were in other trials, one on
either side of it; they are scenarios, shown beside the effect and never pooled with it.
"""

from __future__ import annotations

from typing import NamedTuple

from survcomp.analysis.plan.tables.comparisons import ComparisonTable
from survcomp.analysis.steps.parts.context import Task
from survcomp.analysis.steps.parts.draws import (
    SIMULATED,
    drawn_effect,
    record_share_reconstruction,
)
from survcomp.analysis.steps.parts.sides import EXACT, Side
from survcomp.reconstruction import ShapePrior
from survcomp.values.refused import Refused


class OtherPrior(NamedTuple):
    """A prior that is tried in place of the stated one."""

    id: str
    label: str
    prior: ShapePrior


OTHERS = (
    OtherPrior(
        "early_hazard",
        "Shape prior of CAR-T trials (PFS): hazards that fall",
        ShapePrior(mean=-0.32, sd=0.31),
    ),
    OtherPrior(
        "late_hazard",
        "Shape prior of older randomised trials (PFS): hazards that rise",
        ShapePrior(mean=0.24, sd=0.18),
    ),
)


def record_other_priors(task: Task[ComparisonTable], sides: list[Side]) -> None:
    """The effect over draws under each other prior, where a side rests on printed numbers."""
    if task.settings.draws == 0 or not any(_from_print(side) for side in sides):
        return
    for other in OTHERS:
        path = f"{task.prefix}/shape_prior/{other.id}"
        effect = drawn_effect(sides, task.table, task.settings, prior=other.prior)
        if isinstance(effect, Refused):
            continue  # the effect under the stated prior has the reason
        task.recorder.text(f"{path}/label", other.label)
        task.recorder.add(f"{path}/mean", other.prior.mean, EXACT)
        task.recorder.add(f"{path}/sd", other.prior.sd, EXACT)
        task.recorder.contrast(path, effect, kind=SIMULATED, sources=task.sources)
        record_share_reconstruction(f"{path}/log_hr", effect, task.recorder)


def _from_print(side: Side) -> bool:
    """Whether a side is rebuilt from printed numbers without a figure."""
    if side.rebuilt is None:
        return False
    return (side.drawn_from or side.rebuilt.curve).points is None
