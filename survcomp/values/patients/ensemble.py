"""`Ensemble`: several data sets, each consistent with everything published about one curve.

Their spread is the error of the reconstruction. It is added to sampling error and never
replaces it, and draws made by different methods or priors are scenarios that are never
pooled: an ensemble therefore has one method and one curve.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import TimeUnit, check_text
from survcomp.values.patients.frame_columns import check_columns, numeric
from survcomp.values.patients.ipd import IPD, Censoring
from survcomp.values.patients.study_columns import DRAW, agreed, is_written, written_cells
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

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.read_trial("karmma").curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    >>> draws = sc.reconstruct(curve, draws=20, rng=1).ensemble
    >>> len(draws), draws.n, draws.outcome
    (20, 128, 'PFS')
    >>> print(sc.median(draws))
    median 8.8 months (95% CI 5.5 to 11.7)
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
            if (draw.outcome, draw.trial) != (first.outcome, first.trial):
                raise InputError(
                    f"draw {number} of the ensemble is not of the same outcome and trial as the "
                    "first."
                )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        time: str = "time",
        event: str = "event",
        time_unit: TimeUnit | None = None,
        censoring: Censoring | None = None,
        label: str | None = None,
        method: str | None = None,
        curve_id: str | None = None,
    ) -> Ensemble:
        """Read the draws of a rebuilt arm from a data frame.

        Parameters
        ----------
        frame : DataFrame
            One row a patient of a draw, the draws numbered in the column ``draw``. The file
            that ``survcomp reconstruct --draws`` writes needs nothing beside it; for draws made
            by other software the rest is said here.
        time, event, time_unit, censoring, label
            As for `IPD.from_frame`.
        method : str, optional
            Method that drew them; must be said where the frame has no column ``method``.
        curve_id : str, optional
            Id of the curve they were drawn for; "not stated" when nothing says it.

        Returns
        -------
        Ensemble

        Raises
        ------
        InputError
            If there is no column ``draw``, the patients are said to be observed, the draws
            are not of the same arm and patients, or as for `IPD.from_frame`.

        Examples
        --------
        >>> import pandas as pd
        >>> from survcomp import Ensemble
        >>> frame = pd.DataFrame({"draw": [1, 1, 2, 2], "time": [2, 5, 3, 5], "event": [1, 0] * 2})
        >>> draws = Ensemble.from_frame(frame, time_unit="months", censoring="assumed", label="A",
        ...                             method="drawn elsewhere")
        >>> len(draws), draws.n, draws[0].origin
        (2, 2, 'reconstructed')
        """
        check_columns(frame, [])
        if DRAW not in frame.columns:
            raise InputError(
                f"the frame has no column {DRAW!r}, the number of the draw; patients without draws "
                "are read with IPD.from_frame."
            )
        cells = written_cells(frame)
        if cells.get("origin") == "observed":
            raise InputError(
                "the column 'origin' says 'observed': observed patients have no draws. Drop the "
                f"column {DRAW!r} and use IPD.from_frame."
            )
        said = {
            name: str(frame[name].iloc[0])
            for name in ("method", "curve_id")
            if is_written(frame) and name in frame.columns
        }
        number = pd.Series(numeric(frame, DRAW), index=frame.index)
        draws = [
            IPD.from_frame(
                rows.drop(columns=DRAW),
                time=time,
                event=event,
                time_unit=time_unit,
                origin=None if cells.get("origin") else "reconstructed",
                censoring=censoring,
                label=label,
            )
            for _, rows in frame.groupby(number)
        ]
        known = agreed("method", method, said.get("method"))
        if known is None:
            raise InputError("`method` must be said: which method drew these data sets.")
        return cls(
            draws=tuple(draws),
            method=known,
            curve_id=agreed("curve_id", curve_id, said.get("curve_id")) or "not stated",
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

    @property
    def outcome(self) -> str:
        """What the times are of, such as "PFS"; "" where it is not stated."""
        return self.draws[0].outcome

    @property
    def trial(self) -> str:
        """The study; "" where it is not stated."""
        return self.draws[0].trial

    def with_study(self, *, trial: str | None = None, outcome: str | None = None) -> Ensemble:
        """The same draws, with the study they are of and what their times are of."""
        named = tuple(draw.with_study(trial=trial, outcome=outcome) for draw in self.draws)
        return replace(self, draws=named)

    def to_frame(self) -> pd.DataFrame:
        """Every patient of every draw, from which `from_frame` makes the same draws.

        Columns ``draw`` (numbered from 1), those of `IPD.to_frame`, ``method`` and
        ``curve_id``.
        """
        frame = pd.concat([draw.to_frame() for draw in self.draws], ignore_index=True)
        number = [m for m, draw in enumerate(self.draws, start=1) for _ in range(draw.n)]
        frame.insert(0, DRAW, number)
        return frame.assign(method=self.method, curve_id=self.curve_id)

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
