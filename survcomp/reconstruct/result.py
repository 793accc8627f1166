"""What a reconstruction gives back: patients, how well they fit what was printed, and notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from survcomp.values.curve import SUPPORT_MEANING, Curve
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD

Method = Literal["integer", "summary", "guyot", "piecewise exponential"]
Role = Literal["used", "held out"]
Verdict = Literal["met", "missed", "agrees", "differs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FidelityRow:
    """One published number beside the same number of the rebuilt patients.

    Attributes
    ----------
    quantity : str
        What it is, such as "S(12)" or "median, lower limit".
    published, rebuilt : float
        ``math.inf`` for a time that is not reached.
    unit : str
        "probability", "patients" or the curve's time unit.
    role : {"used", "held out"}
        Whether the reconstruction was made to fit it.
    verdict : {"met", "missed", "agrees", "differs"}
        For a number that was used: whether it was met, up to rounding and one patient. For
        one that was held out: whether the rebuilt patients predict it.
    """

    quantity: str
    published: float
    rebuilt: float
    unit: str
    role: Role
    verdict: Verdict

    @property
    def difference(self) -> float:
        """Rebuilt minus published; 0 where neither is reached."""
        return 0.0 if self.rebuilt == self.published else self.rebuilt - self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """Every published number beside the rebuilt one."""

    rows: tuple[FidelityRow, ...]

    @property
    def missed(self) -> tuple[FidelityRow, ...]:
        """Numbers that were used and yet not met, or held out and not predicted."""
        return tuple(row for row in self.rows if row.verdict in ("missed", "differs"))

    def to_frame(self) -> pd.DataFrame:
        """Columns ``quantity published rebuilt difference unit role verdict``."""
        columns = ["quantity", "published", "rebuilt", "difference", "unit", "role", "verdict"]
        return pd.DataFrame(
            [[getattr(row, name) for name in columns] for row in self.rows], columns=columns
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


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
    def support(self) -> str:
        """What the curve rests on, in words."""
        return SUPPORT_MEANING[self.curve.support]
