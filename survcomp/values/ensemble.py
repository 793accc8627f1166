"""`Ensemble`: several data sets, each consistent with everything published about one curve.

Their spread is the error of the reconstruction. It is added to sampling error and never
replaces it, and draws made by different methods or priors are scenarios that are never
pooled: an ensemble therefore has one method and one curve.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import TimeUnit, check_text
from survcomp.values.ipd import IPD
from survcomp.values.shown import in_a_line, in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """Data sets of one arm, equally likely given what was published.

    Attributes
    ----------
    draws : tuple of IPD
        At least two, of the same arm, patients and time unit.
    method : str
        Method that drew them.
    curve_id : str
        Id of the curve they were drawn for.
    """

    draws: tuple[IPD, ...]
    method: str
    curve_id: str

    def __post_init__(self) -> None:
        check_text(self.method, name="ensemble.method")
        if len(self.draws) < 2:
            raise InputError(f"an ensemble needs at least 2 draws; got {len(self.draws)}.")
        first = self.draws[0]
        for number, draw in enumerate(self.draws[1:], start=2):
            if (draw.n, draw.arms, draw.time_unit) != (first.n, first.arms, first.time_unit):
                raise InputError(
                    f"draw {number} of the ensemble is not of the same arm, patients and unit as "
                    "the first."
                )

    def __len__(self) -> int:
        return len(self.draws)

    def __iter__(self) -> Iterator[IPD]:
        return iter(self.draws)

    def __getitem__(self, index: int) -> IPD:
        return self.draws[index]

    @property
    def n(self) -> int:
        """Patients in every draw."""
        return self.draws[0].n

    @property
    def arm(self) -> str:
        """The arm."""
        return self.draws[0].arms[0]

    @property
    def time_unit(self) -> TimeUnit:
        """Unit of every time."""
        return self.draws[0].time_unit

    def to_frame(self) -> pd.DataFrame:
        """Columns ``draw time event``: every patient of every draw, draws numbered from 1."""
        frames = [
            pd.DataFrame({"draw": number, "time": draw.time, "event": draw.event.astype(int)})
            for number, draw in enumerate(self.draws, start=1)
        ]
        return pd.concat(frames, ignore_index=True)

    def _facts(self) -> dict[str, object]:
        events = [draw.n_events for draw in self.draws]
        end = max(float(draw.time.max()) for draw in self.draws)
        return {
            "draws": len(self.draws),
            "arm": self.arm,
            "patients": self.n,
            "events": f"{min(events)} to {max(events)}",
            "followed to": f"{end:.4g} {self.time_unit}",
            "method": self.method,
            "curve": self.curve_id,
        }

    __repr__ = in_a_line
    _repr_html_ = in_a_table
