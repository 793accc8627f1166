"""`Estimate`: one number of one arm, such as a median, with its errors and its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from survcomp.values.checks import TimeUnit
from survcomp.values.shown import frame_as_table, in_a_line

DIGITS: dict[str, int] = {"days": 0, "weeks": 1, "months": 1, "years": 2}
"""Decimals of a time that a reader can use."""

COLUMNS = (
    "quantity",
    "arm",
    "outcome",
    "time",
    "value",
    "ci_low",
    "ci_high",
    "se",
    "se_sampling",
    "se_reconstruction",
    "df",
    "share",
    "unit",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One number of one arm.

    Attributes
    ----------
    quantity : str
        "RMST", "median", "survival", ...
    value, ci_low, ci_high : float
        In `unit`; ``math.inf`` for a time or a limit that is not reached.
    se : float
        Standard error of everything that the interval holds.
    se_sampling, se_reconstruction : float
        Its two parts; the second is 0 where there was one data set.
    level : float
        Confidence level.
    df : float
        Degrees of freedom of Student's t; ``math.inf`` where the interval is a normal one.
    unit : str
        Unit of the number: "probability" or a time unit.
    arm, outcome : str
        Of what; "" where it is not stated.
    time : float or None
        The horizon of an RMST, or the time of a survival probability, in `time_unit`.
    time_unit : str or None
        Unit of `time`.
    interval : str
        What the interval holds, in words.
    share : float
        Share of the variance that comes from rebuilding, B / T.
    draws : int
        Data sets that it was pooled over; 1 where nothing was.

    Examples
    --------
    >>> from survcomp import Estimate
    >>> print(Estimate(quantity="RMST", value=15.21, se=0.66, se_sampling=0.66, ci_low=13.9,
    ...                ci_high=16.5, unit="months", time=24, time_unit="months"))
    RMST to 24 months 15.2 months (95% CI 13.9 to 16.5)
    """

    quantity: str
    value: float
    se: float
    se_sampling: float
    ci_low: float
    ci_high: float
    se_reconstruction: float = 0.0
    level: float = 0.95
    df: float = math.inf
    unit: str = ""
    arm: str = ""
    outcome: str = ""
    time: float | None = None
    time_unit: TimeUnit | None = None
    interval: str = "sampling error"
    share: float = 0.0
    draws: int = 1

    @property
    def ci(self) -> tuple[float, float]:
        """Both limits."""
        return self.ci_low, self.ci_high

    def to_frame(self) -> pd.DataFrame:
        """One row: what it is of, the number, its interval and its errors."""
        return pd.DataFrame([{name: getattr(self, name) for name in COLUMNS}])

    def __str__(self) -> str:
        return f"{self._name()} {self._with_limits()}"

    def _with_limits(self) -> str:
        unit = "" if self.unit in ("", "probability") else f" {self.unit}"
        reached = "" if math.isinf(self.value) else unit
        return (
            f"{self._shown(self.value)}{reached} ({100 * self.level:g}% CI "
            f"{self._shown(self.ci_low)} to {self._shown(self.ci_high)})"
        )

    def _name(self) -> str:
        if self.time is None:
            return self.quantity
        word = "to" if self.quantity == "RMST" else "at"
        return f"{self.quantity} {word} {self.time:g} {self.time_unit}"

    def _shown(self, value: float) -> str:
        if math.isinf(value):
            return "not reached"
        if self.unit == "probability":
            return f"{100 * value:.1f}%"
        return f"{value:.{DIGITS.get(self.unit, 3)}f}"

    def _facts(self) -> dict[str, object]:
        return {
            self._name(): self._with_limits(),
            "arm": self.arm,
            "outcome": self.outcome,
            "interval": self.interval,
        }

    __repr__ = in_a_line
    _repr_html_ = frame_as_table


@dataclass(frozen=True, slots=True)
class Estimates:
    """Several estimates, such as survival at several times, in the order asked for.

    Attributes
    ----------
    rows : tuple of Estimate
        The estimates.

    Examples
    --------
    >>> import survcomp as sc
    >>> ipd = sc.IPD.from_times([2, 5, 7, 8, 11], [6, 12, 14], arm="A", time_unit="months")
    >>> rates = sc.survival_at(ipd, [6, 12])
    >>> for rate in rates:
    ...     print(rate)
    survival at 6 months 75.0% (95% CI 31.5% to 93.1%)
    survival at 12 months 30.0% (95% CI 4.4% to 62.8%)
    """

    rows: tuple[Estimate, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> Estimate:
        return self.rows[index]

    def to_frame(self) -> pd.DataFrame:
        """One row an estimate, with the columns of `Estimate.to_frame`."""
        return pd.DataFrame([[getattr(row, name) for name in COLUMNS] for row in self.rows],
                            columns=list(COLUMNS))  # fmt: skip

    def __str__(self) -> str:
        return "\n".join(map(str, self.rows))

    def _facts(self) -> dict[str, object]:
        return {"rows": len(self), "first": self.rows[0] if self.rows else None}

    __repr__ = in_a_line
    _repr_html_ = frame_as_table
