"""Whether curves at several data cuts are of one cohort.

The patients of two data cuts are the same; the earlier cut saw each of them for a shorter
time. What must be equal for two curves to be cuts of one cohort is checked here, and so is
what cannot go down while patients are followed longer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from survcomp.errors import ContradictionError, InputError
from survcomp.values.basis import Basis
from survcomp.values.curves.printed import Count
from survcomp.values.curves.traced import AtRisk

SAME_CURVE = ("trial", "arm", "treatment", "endpoint", "n", "time_unit")
SAME_BASIS = ("analysis_set", "index_date", "assessor", "censoring_rule")
"""What two cuts of one cohort have in common; all else may differ."""


class PrintedAtACut(Protocol):
    """What of a curve is compared between cuts; a curve itself holds its earlier ones."""

    @property
    def id(self) -> str:
        """Path of the curve."""

    @property
    def n(self) -> int:
        """Patients."""

    @property
    def basis(self) -> Basis:
        """Analysis set, time zero, assessor, censoring and cut."""

    @property
    def counts(self) -> tuple[Count, ...]:
        """Printed counts."""

    @property
    def events(self) -> int | None:
        """All events until the cut, if published."""

    @property
    def at_risk(self) -> AtRisk | None:
        """Numbers at risk, if published."""


def check_one_cohort(latest: PrintedAtACut, earlier: Sequence[PrintedAtACut]) -> None:
    """Raise unless data cuts are of the same patients, and can be.

    Parameters
    ----------
    latest : PrintedAtACut
        The curve at the latest cut.
    earlier : sequence of PrintedAtACut
        Those at the cuts before it, the first cut first.

    Raises
    ------
    InputError
        If a cut differs in what must be the same.
    ContradictionError
        If an earlier cut has more events, or more patients at risk at the same time, than
        a later one.
    """
    for before in earlier:
        check_same_patients(before, latest)
    cuts = [*earlier, latest]
    for index, before in enumerate(cuts):
        for after in cuts[index + 1 :]:
            _check_events(before, after)
            _check_numbers_at_risk(before, after)


def check_same_patients(earlier: PrintedAtACut, latest: PrintedAtACut) -> None:
    """Raise unless two curves are of the same patients and the same outcome.

    Raises
    ------
    InputError
        The message names what differs, all of it.
    """
    pairs = [(name, getattr(earlier, name), getattr(latest, name)) for name in SAME_CURVE]
    pairs += [
        (name, getattr(earlier.basis, name), getattr(latest.basis, name)) for name in SAME_BASIS
    ]
    differing = [f"`{name}` is {a!r} and {b!r}" for name, a, b in pairs if a != b]
    if differing:
        raise InputError(
            f"{earlier.id} and {latest.id} are not two data cuts of the same patients and outcome: "
            f"{'; '.join(differing)}. All of this must be the same."
        )


def _check_events(before: PrintedAtACut, after: PrintedAtACut) -> None:
    least = max(
        (c.count for c in before.counts if c.kind in ("events", "events by time")), default=0
    )
    ongoing = [c.count for c in before.counts if c.kind == "event-free at cut"]
    least = max([least, *(before.n - count for count in ongoing)])
    most = [after.events] if after.events is not None else []
    # whoever left before the cut may be event-free too: such a count bounds the events as well
    free = ("event-free at cut", "event-free and followed at cut")
    most += [after.n - c.count for c in after.counts if c.kind in free]
    bounds = [m for m in most if m is not None]
    if bounds and least > min(bounds):
        raise ContradictionError(
            f"{before.id} has {least} events and the later {after.id} has {min(bounds)}: events do "
            "not go away with longer follow-up."
        )


def _check_numbers_at_risk(before: PrintedAtACut, after: PrintedAtACut) -> None:
    """Who was at risk at a time at the earlier cut is still so counted at the later one."""
    if before.at_risk is None or after.at_risk is None:
        return
    later = dict(zip(after.at_risk.time.tolist(), after.at_risk.count.tolist(), strict=True))
    for time, count in zip(before.at_risk.time, before.at_risk.count, strict=True):
        known = later.get(float(time), math.inf)
        if count > known:
            raise ContradictionError(
                f"{before.id} has {count:g} at risk at {time:g} and the later {after.id} has "
                f"{known:g}: longer follow-up does not lower a number at risk."
            )
