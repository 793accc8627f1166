"""What the integer method assumed, repaired and could not meet: as fields, then in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.reconstruction.earlier_fidelity import not_used_note
from survcomp.reconstruction.figure.scenarios import SCENARIOS_TRIED
from survcomp.values.curves.curve import Curve
from survcomp.values.reconstruction import Fidelity


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a user of the patients has to know of how they were made.

    Attributes
    ----------
    curve : Curve
        What was published, with `points`.
    noise : float
        Factor on the noise that the trace's pixel grid suggests.
    unseen_events : float
        Expected events that are not on the trace and were placed at its end.
    possible_events : tuple of int
        Totals of events that the figure alone is consistent with; none where something
        printed says how many were censored.
    misread_ticks : int
        Censoring ticks without a patient.
    fidelity : Fidelity
        Every published number beside the rebuilt one.
    unvaried : int
        Lattices of the ensemble for which no other assumption about censoring has a path.
    """

    curve: Curve
    noise: float
    unseen_events: float
    possible_events: tuple[int, ...]
    misread_ticks: int
    fidelity: Fidelity
    unvaried: int

    def notes(self) -> tuple[str, ...]:
        """In words that a report prints."""
        assert self.curve.points is not None
        return (
            *not_used_note(self.curve),
            *self.curve.points.repairs,
            *self._noise_note(),
            *self._beyond_note(),
            *self._unseen_note(),
            *self._bounds_note(),
            *self._ticks_note(),
            *self._distance_note(),
            *self._unvaried_note(),
        )

    def _noise_note(self) -> list[str]:
        if self.noise <= 1.0:
            return []
        return [
            f"the traced points scatter {self.noise:.2g} times as much as their grid suggests and "
            "were given that much noise"
        ]

    def _beyond_note(self) -> list[str]:
        points, table = self.curve.points, self.curve.at_risk
        if points is None or table is None:
            return []
        kept = int(np.sum((table.time > points.time[-1]) & (table.count > 0)))
        if not kept:
            return []
        return [
            f"{kept} at-risk time(s) lie beyond the last traced point at "
            f"{points.time[-1]:g}; the curve is held flat up to them"
        ]

    def _unseen_note(self) -> list[str]:
        if self.unseen_events <= 0.5:
            return []
        return [
            f"{self.unseen_events:.2g} of the printed events are not on the trace and were placed "
            "at its end"
        ]

    def _bounds_note(self) -> list[str]:
        if not self.possible_events:
            return []
        return [
            "Neither numbers at risk, nor the number of events, nor censoring ticks are given: the "
            f"figure alone is consistent with {min(self.possible_events)} to "
            f"{max(self.possible_events)} events of {self.curve.n}, "
            "depending on when patients were censored. A hazard ratio from this curve can be far "
            "off; use the ensemble, or give one of these numbers."
        ]

    def _ticks_note(self) -> list[str]:
        if not self.misread_ticks or self.curve.ticks is None:
            return []
        ticks = self.curve.ticks.time.size
        return [f"{self.misread_ticks} of {ticks} censoring ticks have no patient"]

    def _distance_note(self) -> list[str]:
        """What is printed elsewhere was met at the price of the trace: say so."""
        return [
            f"the rebuilt curve leaves the trace by up to {row.rebuilt:.3g} of survival, more than "
            "the trace's resolution: what else was printed does not go with it"
            for row in self.fidelity.missed
            if row.kind == "points"
        ]

    def _unvaried_note(self) -> list[str]:
        """The draws vary less than they should: say so."""
        if not self.unvaried:
            return []
        return [
            f"for {self.unvaried} assumption(s) about censoring that the draws vary, none of "
            f"{SCENARIOS_TRIED} tried had whole patients; the central one stood in, so that the "
            "draws vary less than they should"
        ]
