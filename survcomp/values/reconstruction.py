"""What a reconstruction gives back: patients, how well they fit what was printed, and notes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from survcomp.values.checks import TimeUnit
from survcomp.values.curves.curve import SUPPORT_MEANING, Curve
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line, in_a_table

Method = Literal["integer", "summary", "guyot", "piecewise exponential"]
Kind = Literal["n", "landmarks", "median", "intervals", "events", "counts", "at_risk", "points"]
Role = Literal["used", "held out"]
Verdict = Literal["met", "missed", "agrees", "differs"]
Grade = Literal["A", "B", "C", "D"]

AGREES_WITHIN = 1.96
"""Standard deviations, of the draws and of rounding, within which a held-out number agrees."""

GRADE_MEANING: dict[Grade, str] = {
    "A": "every number used is met, and every number held out agrees",
    "B": "every number used is met; none was held out, so that nothing tests it",
    "C": "every number used is met, but a number held out differs",
    "D": "a number that was used is not met",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FidelityRow:
    """One published number beside the same number of the rebuilt patients.

    Attributes
    ----------
    quantity : str
        What it is, such as "S(12)" or "median, lower limit".
    kind : {"n", "landmarks", "median", "intervals", "events", "counts", "at_risk", "points"}
        What kind of number; "intervals" are the limits of rates and medians, "counts" those
        of patients other than the total of events.
    published, rebuilt : float
        ``math.inf`` for a time that is not reached.
    unit : str
        "probability", "patients" or the curve's time unit.
    role : {"used", "held out"}
        Whether the reconstruction was made to fit it.
    verdict : {"met", "missed", "agrees", "differs"}
        For a number that was used: whether it was met, up to rounding and one patient. For
        one that was held out: whether the rebuilt patients predict it.
    rounding : float
        Standard deviation of the rounding of the published number.
    sd : float
        Standard deviation over the draws; NaN without draws.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.read_trial("karmma").curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    >>> row = sc.reconstruct(curve, draws=20, rng=1).fidelity.rows[1]
    >>> print(row.quantity, row.published, row.rebuilt, row.unit, row.role, row.verdict)
    median 8.8 8.8 months used met
    """

    quantity: str
    kind: Kind
    published: float
    rebuilt: float
    unit: str
    role: Role
    verdict: Verdict
    rounding: float = 0.0
    sd: float = math.nan

    @property
    def difference(self) -> float:
        """Rebuilt minus published; 0 where neither is reached."""
        return 0.0 if self.rebuilt == self.published else self.rebuilt - self.published

    @property
    def difference_in_sd(self) -> float:
        """The difference in standard deviations of the draws and of rounding; NaN without draws."""
        spread = math.hypot(self.sd, self.rounding)
        if math.isnan(spread) or math.isinf(self.difference):
            return math.nan
        if spread == 0:  # met in every draw, or missed by all of them alike
            return 0.0 if self.difference == 0 else math.copysign(math.inf, self.difference)
        return self.difference / spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """Every published number beside the rebuilt one.

    Attributes
    ----------
    rows : tuple of FidelityRow
        One for each published number, used or held out.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.read_trial("karmma").curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    >>> fidelity = sc.reconstruct(curve, draws=20, rng=1).fidelity
    >>> fidelity.grade, fidelity.missed
    ('B', ())
    >>> print(fidelity.to_frame()[["quantity", "published", "verdict"]])
                  quantity  published verdict
    0                    n      128.0     met
    1               median        8.8     met
    2  median, lower limit        5.6     met
    3  median, upper limit       11.6     met
    """

    rows: tuple[FidelityRow, ...]

    @property
    def missed(self) -> tuple[FidelityRow, ...]:
        """Numbers that were used and yet not met, or held out and not predicted."""
        return tuple(row for row in self.rows if row.verdict in ("missed", "differs"))

    @property
    def grade(self) -> Grade:
        """One of A, B, C and D, which `GRADE_MEANING` puts in words."""
        verdicts = {row.verdict for row in self.rows}
        if "missed" in verdicts:
            return "D"
        if "differs" in verdicts:
            return "C"
        return "A" if "agrees" in verdicts else "B"

    def to_frame(self) -> pd.DataFrame:
        """Columns ``quantity published rebuilt difference difference_in_sd unit role verdict``."""
        columns = ["quantity", "published", "rebuilt", "difference", "difference_in_sd"]
        columns += ["unit", "role", "verdict"]
        return pd.DataFrame(
            [[getattr(row, name) for name in columns] for row in self.rows], columns=columns
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    def _facts(self) -> dict[str, object]:
        return {
            "grade": f"{self.grade} ({GRADE_MEANING[self.grade]})",
            "numbers": len(self.rows),
            "not met": len(self.missed),
        }

    __repr__ = in_a_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconstruction:
    """Patients rebuilt from what was published about one curve.

    Attributes
    ----------
    curve : Curve
        What was published.
    ipd : IPD
        As many patients as the curve has, with ``origin`` "reconstructed".
    method : str
        "integer", "summary", "guyot" or "piecewise exponential".
    fidelity : Fidelity
        Every published number beside the rebuilt one.
    published_to : float
        Time up to which something published fixes the curve; beyond it the curve is
        assumed.
    censoring : str
        Where the censoring times come from, in words.
    notes : tuple of str
        What was assumed and repaired, in words that a report prints.
    ensemble : Ensemble or None
        Data sets drawn from what is consistent with everything published, where asked for.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.read_trial("karmma").curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    >>> rebuilt = sc.reconstruct(curve, draws=20, rng=1)
    >>> print(rebuilt)
    <Reconstruction: of karmma/ide_cel/PFS/13.3 months, patients 128, events 76, published to 11.6
    months, method summary, fidelity B, draws 20>
    >>> print(sc.median(rebuilt))
    median 8.8 months (95% CI 5.5 to 11.7)
    """

    curve: Curve
    ipd: IPD
    method: Method
    fidelity: Fidelity
    published_to: float
    censoring: str
    notes: tuple[str, ...] = ()
    ensemble: Ensemble | None = None

    @property
    def outcome(self) -> str:
        """What the times are of, such as "PFS"; "" where the curve names none."""
        return self.ipd.outcome

    @property
    def trial(self) -> str:
        """The study."""
        return self.ipd.trial

    @property
    def support(self) -> str:
        """What the curve rests on, in words."""
        return SUPPORT_MEANING[self.curve.support]

    @property
    def draws(self) -> tuple[IPD, ...]:
        """The data sets that go with what was published: those drawn, or else the only one."""
        return (self.ipd,) if self.ensemble is None else self.ensemble.draws

    @property
    def arm(self) -> str:
        """The arm."""
        return self.ipd.arms[0]

    @property
    def time_unit(self) -> TimeUnit:
        """Unit of every time."""
        return self.ipd.time_unit

    def _facts(self) -> dict[str, object]:
        return {
            "of": self.curve.id,
            "patients": self.ipd.n,
            "events": self.ipd.n_events,
            "published to": f"{self.published_to:.4g} {self.ipd.time_unit}",
            "method": self.method,
            "fidelity": self.fidelity.grade,
            "draws": len(self.ensemble) if self.ensemble is not None else "none",
        }

    __repr__ = in_a_line
    _repr_html_ = in_a_table
