"""`IPD`: individual patient data, one row a patient, observed or reconstructed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survcomp.errors import InputError
from survcomp.values.basis import Basis
from survcomp.values.checks import (
    DAYS_IN,
    BoolArray,
    FloatArray,
    TimeUnit,
    check_longest,
    check_option,
    check_text,
    check_unique,
    read_only,
    read_only_matrix,
)
from survcomp.values.patients.frame_columns import (
    CovariateColumns,
    Indicator,
    check_columns,
    events_of,
    ids_of,
    numeric,
)
from survcomp.values.patients.study_columns import (
    WRITTEN,
    Censoring,
    Origin,
    basis_cells,
    is_written,
    refuse_draws,
    refuse_taken,
    who_they_are,
)
from survcomp.values.shown import in_a_line, in_a_table

__all__ = ["IPD", "Censoring", "Origin"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IPD:
    """Individual patient data with a time-to-event outcome.

    Make it with `from_frame`, or get it from `survcomp.reconstruction`.

    Attributes
    ----------
    id : tuple of str
        One identifier a patient, unique.
    arm : tuple of str
        Arm of each patient.
    time : ndarray of shape (n,)
        Follow-up time, in `time_unit`.
    event : ndarray of shape (n,), bool
        True where the event was observed.
    covariate_names : tuple of str
        Names of the p covariates; p may be 0.
    covariate_values : ndarray of shape (n, p)
        Their values, in the order of `id`.
    time_unit : {"days", "weeks", "months", "years"}
        Unit of `time`.
    origin : str
        "observed", "reconstructed" or "reconstructed with imputed covariates".
    censoring : str
        Where the censoring times come from: "observed", "from published counts" (numbers
        at risk or events) or "assumed". It decides how an interval may be labelled.
    basis : Basis
        Analysis set, index date, assessor, censoring rule and data cut.
    outcome : str
        What the times are of, such as "PFS"; "" where it is not stated. Arms that state
        different outcomes are not compared.
    trial : str
        The study; "" where it is not stated.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": [2.1, 5.4, 6.0, 7.9, 8.8, 14.2],
    ...                       "progressed": [1, 1, 0, 1, 1, 0], "age": [71, 64, 58, 66, 49, 60]})
    >>> ipd = sc.IPD.from_frame(frame, time="months", event="progressed", time_unit="months",
    ...                         origin="observed", covariates=["age"], label="drug")
    >>> print(ipd.with_study(trial="MINE", outcome="PFS"))
    <IPD: arm drug, patients 6, events 4, followed to 14.2 months, origin observed, covariates age>
    >>> print(sc.median(ipd))
    median 7.9 months (95% CI 2.1 to not reached)
    """

    id: tuple[str, ...]
    arm: tuple[str, ...]
    time: FloatArray
    event: BoolArray
    time_unit: TimeUnit
    covariate_names: tuple[str, ...] = ()
    covariate_values: FloatArray = field(default_factory=lambda: read_only_matrix([], columns=0))
    origin: Origin = "observed"
    censoring: Censoring = "observed"
    basis: Basis = field(default_factory=Basis)
    outcome: str = ""
    trial: str = ""

    def __post_init__(self) -> None:
        check_option(self.time_unit, TimeUnit, name="time_unit")
        check_option(self.origin, Origin, name="origin")
        check_option(self.censoring, Censoring, name="censoring")
        for name in ("outcome", "trial"):
            if not isinstance(getattr(self, name), str):
                raise InputError(f"`{name}` must be a string; got {getattr(self, name)!r}.")
        n = len(self.id)
        if n == 0:
            raise InputError("IPD must hold at least one patient.")
        lengths = {
            "arm": len(self.arm),
            "time": self.time.size,
            "event": self.event.size,
        }
        if self.covariate_names:
            lengths["covariate_values"] = self.covariate_values.shape[0]
        for name, length in lengths.items():
            if length != n:
                raise InputError(f"IPD has {n} ids and {length} rows of `{name}`.")
        check_unique(self.id, name="id")
        if np.any(self.time < 0):
            row = int(np.flatnonzero(self.time < 0)[0])
            raise InputError(
                f"`time` must not be negative; patient {self.id[row]!r} (row {row + 1}) has "
                f"{self.time[row]:g}."
            )
        check_longest(self.time, name="time")
        twice = [c for c in self.covariate_names if self.covariate_names.count(c) > 1]
        if twice:
            raise InputError(f"`covariates` names {twice[0]!r} more than once.")

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        time: str = "time",
        event: str = "event",
        time_unit: TimeUnit | None = None,
        origin: Origin | None = None,
        censoring: Censoring | None = None,
        covariates: Sequence[str | Indicator] | CovariateColumns = (),
        id: str | None = None,
        arm: str | None = None,
        label: str | None = None,
    ) -> IPD:
        """Read patients from a data frame.

        Parameters
        ----------
        frame : DataFrame
            One row a patient. A table that survcomp wrote (`to_frame`, ``survcomp
            reconstruct``) says itself what its time unit, origin, censoring, arm, outcome and
            study are; what is said beside it must agree.
        time, event : str
            Columns with the follow-up time and the event indicator (True or 1 = event
            observed, False or 0 = censored; other codings are refused).
        time_unit : {"days", "weeks", "months", "years"}
            Unit of the time column.
        origin : {"observed", "reconstructed", "reconstructed with imputed covariates"}
            "observed" for patients of a trial; "reconstructed" for those rebuilt from a
            published curve, here or by other software. It has no default.
        censoring : {"from published counts", "assumed"}
            Of reconstructed patients: where their censoring times come from.
        covariates : sequence of str or Indicator, or CovariateColumns
            Numeric columns to keep for weighting. "yes" and "no" (also Y and N, true and
            false) become 1 and 0; other text needs an `Indicator`, which says which value is
            1. Empty cells are refused and counted, unless ``CovariateColumns(names,
            missing="keep")`` says to keep them as NaN.
        id : str, optional
            Column of unique identifiers; "1", "2", ... in row order when left out.
        arm : str, optional
            Column of arm names; everybody is in `label` when left out.
        label : str, optional
            Name of the arm when there is no `arm` column; "arm" when left out.

        Returns
        -------
        IPD
            Who was counted and how, the outcome and the study are "not stated", but for a
            table that says so: `with_basis` and `with_study` say it.

        Raises
        ------
        InputError
            If a column is missing, has missing values or the wrong kind of values, the
            origin is not said or contradicts the table, or the table holds several draws.

        Examples
        --------
        >>> import pandas as pd
        >>> from survcomp import IPD
        >>> frame = pd.DataFrame({"months": [3.0, 7.5], "died": [1, 0], "age": [61, 58]})
        >>> ipd = IPD.from_frame(frame, time="months", event="died", time_unit="months",
        ...                      origin="observed", covariates=["age"])
        >>> ipd.n, ipd.n_events
        (2, 1)
        >>> ipd.with_study(trial="MYTRIAL", outcome="OS").outcome
        'OS'
        """
        if not isinstance(covariates, CovariateColumns):
            covariates = CovariateColumns(covariates)
        check_columns(frame, [])
        refuse_draws(frame)
        if is_written(frame):
            id = id or ("id" if "id" in frame.columns else None)
            arm = arm or ("arm" if label is None and "arm" in frame.columns else None)
        read = [time, event, *covariates.columns, *([id] if id else []), *([arm] if arm else [])]
        check_columns(frame, read)
        who = who_they_are(frame, time_unit=time_unit, origin=origin, censoring=censoring)
        name = "arm" if label is None else label
        check_text(name, name="label")
        columns = covariates.read(frame)
        return cls(
            id=ids_of(frame, id) if id else tuple(map(str, range(1, len(frame) + 1))),
            arm=tuple(frame[arm].astype(str)) if arm else (name,) * len(frame),
            time=read_only(numeric(frame, time), name=time),
            event=_frozen(events_of(frame, event)),
            covariate_names=covariates.kept,
            covariate_values=read_only_matrix(columns, columns=len(columns)),
            **who,
        )

    @classmethod
    def from_times(
        cls,
        event_times: Sequence[float] | FloatArray,
        censor_times: Sequence[float] | FloatArray,
        *,
        arm: str,
        time_unit: TimeUnit,
        origin: Origin = "reconstructed",
        censoring: Censoring = "assumed",
        basis: Basis | None = None,
    ) -> IPD:
        """Make patients of one arm from their event times and their censoring times.

        Examples
        --------
        >>> import survcomp as sc
        >>> print(sc.IPD.from_times([2, 5, 7], [6, 12], arm="A", time_unit="months"))
        <IPD: arm A, patients 5, events 3, followed to 12 months, origin reconstructed>
        """
        check_text(arm, name="arm")
        times = np.concatenate([np.asarray(event_times, float), np.asarray(censor_times, float)])
        events = np.arange(times.size) < len(event_times)
        order = np.lexsort((~events, times))  # at a tie, events come before censorings
        width = len(str(times.size))
        ids = tuple(f"{arm}-{i:0{width}d}" for i in range(1, times.size + 1))
        return cls(
            id=ids,
            arm=(arm,) * times.size,
            time=read_only(times[order], name="time"),
            event=_frozen(events[order]),
            time_unit=time_unit,
            origin=origin,
            censoring=censoring,
            basis=basis or Basis(),
        )

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.id)

    @property
    def n_events(self) -> int:
        """Number of observed events."""
        return int(self.event.sum())

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in order of appearance."""
        return tuple(dict.fromkeys(self.arm))

    @property
    def draws(self) -> tuple[IPD, ...]:
        """The data sets that this stands for: itself alone, as beside those of a reconstruction."""
        return (self,)

    def select_arm(self, name: str) -> IPD:
        """Patients of one arm."""
        if name not in self.arms:
            raise InputError(
                f"`name` must be one of the arms {', '.join(self.arms)}; got {name!r}."
            )
        return self._rows(np.array([arm == name for arm in self.arm]))

    def only(self, keep: BoolArray) -> IPD:
        """Patients for whom `keep`, of shape (n,), is true, in the same order.

        Raises
        ------
        InputError
            If it has another length, or nobody is left.
        """
        if keep.shape != (self.n,) or not keep.any():
            raise InputError(
                f"`keep` must have {self.n} values, one of them true; got {keep.size} with "
                f"{int(np.sum(keep))} true."
            )
        return self._rows(keep)

    def _rows(self, keep: BoolArray) -> IPD:
        picked = np.flatnonzero(keep)
        return replace(
            self,
            id=tuple(self.id[i] for i in picked),
            arm=tuple(self.arm[i] for i in picked),
            time=read_only(self.time[picked], name="time"),
            event=_frozen(self.event[picked]),
            covariate_values=self._covariate_rows(picked),
        )

    def _covariate_rows(self, picked: NDArray[np.intp]) -> FloatArray:
        if not self.covariate_names:
            return self.covariate_values
        return read_only_matrix(
            list(self.covariate_values[picked].T), columns=len(self.covariate_names)
        )

    @property
    def covariates(self) -> pd.DataFrame:
        """Covariates as a new data frame of shape (n, p), indexed by patient id."""
        index = pd.Index(self.id, name="id")
        if not self.covariate_names:
            return pd.DataFrame(index=index)
        return pd.DataFrame(
            np.array(self.covariate_values), index=index, columns=list(self.covariate_names)
        )

    def truncate(self, horizon: float) -> IPD:
        """Censor everybody who is still followed at `horizon` there.

        Events at `horizon` itself are kept.
        """
        if not horizon > 0:
            raise InputError(f"`horizon` must be a time above 0; got {horizon!r}.")
        return replace(
            self,
            time=read_only(np.minimum(self.time, horizon), name="time"),
            event=_frozen(self.event & (self.time <= horizon)),
        )

    def after(self, start: float) -> IPD:
        """Patients who are still followed without event at `start`, their times unchanged.

        Comparing two such groups gives the effect in the period that begins at `start`.

        Raises
        ------
        InputError
            If nobody is left.
        """
        keep = self.time > start
        if not keep.any():
            raise InputError(f"nobody in arm {self.arms[0]!r} is followed beyond {start:g}.")
        return self._rows(keep)

    def with_basis(self, basis: Basis) -> IPD:
        """The same patients, with who was counted and how."""
        return replace(self, basis=basis)

    def with_study(self, *, trial: str | None = None, outcome: str | None = None) -> IPD:
        """The same patients, with the study they are of and what their times are of.

        What is left out stays as it is.

        Examples
        --------
        >>> from survcomp import IPD
        >>> ipd = IPD.from_times([2, 5], [4], arm="A", time_unit="months")
        >>> ipd.with_study(trial="KarMMa", outcome="PFS").outcome
        'PFS'
        """
        return replace(
            self,
            trial=self.trial if trial is None else trial,
            outcome=self.outcome if outcome is None else outcome,
        )

    def in_unit(self, time_unit: TimeUnit) -> IPD:
        """Express the times in another unit (a month is 30.4375 days)."""
        check_option(time_unit, TimeUnit, name="time_unit")
        factor = DAYS_IN[self.time_unit] / DAYS_IN[time_unit]
        return replace(
            self,
            time=read_only(self.time * factor, name="time"),
            time_unit=time_unit,
            basis=self.basis.scaled(factor),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a patient, from which `from_frame` makes the same patients.

        Columns ``id``, ``arm``, ``time``, ``event`` (1 = event) and the covariates; and, the
        same in every row, ``time_unit origin censoring outcome trial``, the analysis set, index
        date, assessor and censoring rule, and where it is stated the ``cut`` and its
        ``median_follow_up``.

        Raises
        ------
        InputError
            If a covariate has the name of one of these columns.
        """
        patients = {"id": self.id, "arm": self.arm, "time": np.asarray(self.time)}
        frame = pd.DataFrame({**patients, "event": self.event.astype(int)})
        study = {**{name: getattr(self, name) for name in WRITTEN}, **basis_cells(self.basis)}
        refuse_taken(self.covariate_names, {*frame.columns, *study})
        return frame.join(self.covariates.reset_index(drop=True)).assign(**study)

    def _facts(self) -> dict[str, object]:
        return {
            "arm": ", ".join(self.arms),
            "patients": self.n,
            "events": self.n_events,
            "followed to": f"{self.time.max():.4g} {self.time_unit}",
            "origin": self.origin,
            "covariates": ", ".join(self.covariate_names),
        }

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def _frozen(values: BoolArray) -> BoolArray:
    out = np.array(values, dtype=np.bool_, copy=True)
    out.flags.writeable = False
    return out
