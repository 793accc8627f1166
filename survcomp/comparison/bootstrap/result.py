"""What a bootstrap of a MAIC found: replicates, their failures, and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.comparison.bootstrap.effects import (
    Effect,
    RMSTDifferenceEffect,
    SurvivalDifferenceEffect,
)
from survcomp.comparison.bootstrap.intervals import (
    IntervalKind,
    Limits,
    bca_interval,
    normal_interval,
    percentile_interval,
)
from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, TimeUnit, check_option
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.measure import MeasureKey
from survcomp.values.contrasts.question import Question
from survcomp.values.shown import in_a_line
from survcomp.values.weights import WeightScale

FAILED_SHARE = 0.05
"""From this share of failed replicates on, the result says that its intervals are doubtful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Replicates without an estimate, and why."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaicBootstrap:
    """Bootstrap replicates of an effect after weighting.

    Attributes
    ----------
    treatment, comparator, outcome, population : str
        What is compared, and in whom.
    measure : str
        "log_hr", "rmst_difference", "survival_difference", "median_difference", "log_or",
        "log_rr" or "risk_difference".
    effect : Effect
        What was estimated, with its settings.
    estimate : float
        From all patients; of ensembles, the mean over their draws.
    replicates : ndarray of shape (R,)
        NaN where a replicate has no estimate.
    failures : tuple of Failures
        How many have none, by reason.
    resampled : str
        What was drawn again and what was held fixed, in words.
    interval_label : str
        What the intervals hold, in words.
    kind : {"percentile", "normal", "BCa"}
        The interval in `ci_low` and `ci_high`.
    level : float
        Confidence level.
    scale : {"raw", "n", "ess"}
        Scale of the weights.
    acceleration : float or None
        Of BCa, from leaving out each patient; None where it was not asked for.
    time_unit : {"days", "weeks", "months", "years"} or None
        Unit of a difference of times, or of the time at which survival is compared.
    assumptions, notes : tuple of str
        What must hold, and remarks that a reader must see.
    assumes_censoring : bool
        Whether the intervals are those under assumed censoring.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> drawn = sc.bootstrap_maic(mine, theirs, matching, outcome="PFS", rng=1,
    ...                           resampling=sc.Resampling(replicates=100))
    >>> print(drawn.to_contrast())
    HR 0.61 (95% CI 0.44 to 0.90)
    >>> drawn.replicates.size, drawn.n_failed, drawn.kind
    (100, 0, 'percentile')
    """

    treatment: str
    comparator: str
    outcome: str
    population: str
    measure: MeasureKey
    effect: Effect
    estimate: float
    replicates: FloatArray
    failures: tuple[Failures, ...]
    resampled: str
    interval_label: str
    kind: IntervalKind
    level: float
    scale: WeightScale
    acceleration: float | None
    time_unit: TimeUnit | None
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]
    assumes_censoring: bool = False

    @property
    def n_failed(self) -> int:
        """Replicates without an estimate."""
        return sum(each.count for each in self.failures)

    @property
    def finite(self) -> FloatArray:
        """Replicates that have an estimate."""
        return self.replicates[np.isfinite(self.replicates)]

    @property
    def se(self) -> float:
        """Standard deviation of the replicates."""
        if self.finite.size < 2:
            raise InputError(f"{self.finite.size} replicates have an estimate; 2 have a spread.")
        return float(self.finite.std(ddof=1))

    @property
    def ci_low(self) -> float:
        """Lower limit of the interval of `kind`."""
        return self.interval(self.kind).ci_low

    @property
    def ci_high(self) -> float:
        """Upper limit of the interval of `kind`."""
        return self.interval(self.kind).ci_high

    def interval(self, kind: IntervalKind) -> Limits:
        """Interval of one kind.

        Raises
        ------
        InputError
            If there are too few replicates, or BCa was not asked for when they were made.
        """
        check_option(kind, IntervalKind, name="kind")
        if kind == "percentile":
            return percentile_interval(self.finite, level=self.level)
        if kind == "normal":
            return normal_interval(self.finite, estimate=self.estimate, level=self.level)
        if self.acceleration is None:
            raise InputError("BCa needs `interval='BCa'` when the replicates are drawn.")
        return bca_interval(
            self.finite,
            estimate=self.estimate,
            acceleration=self.acceleration,
            level=self.level,
        )

    @property
    def horizon(self) -> float | None:
        """Limit of the areas of an RMST difference, or time at which survival is compared."""
        if isinstance(self.effect, RMSTDifferenceEffect):
            return self.effect.horizon
        return self.effect.at if isinstance(self.effect, SurvivalDifferenceEffect) else None

    @property
    def numbers(self) -> LinkEstimate:
        """Estimate, spread and limits; the parts of the spread are not told apart."""
        limits = self.interval(self.kind)
        return LinkEstimate(
            estimate=self.estimate,
            se=self.se,
            ci_low=limits.ci_low,
            ci_high=limits.ci_high,
            level=self.level,
            interval_method=f"bootstrap {self.kind}",
        )

    def to_contrast(self) -> Contrast:
        """The effect as a value that can be combined and reported.

        Its error is that of the replicates, in `se` alone; of ensembles it holds the error of
        the reconstruction too, as `interval` says.

        Raises
        ------
        InputError
            If the interval does not hold the estimate, which too few or very skewed
            replicates can bring about.
        """
        return Contrast.from_link(
            Question(
                treatment=self.treatment,
                comparator=self.comparator,
                outcome=self.outcome,
                measure=self.measure,
                population=self.population,
                time_unit=self.time_unit,
                horizon=self.horizon,
                estimand="marginal",
            ),
            self.numbers,
            interval=f"{self.interval_label}; {self.kind} bootstrap of {self.replicates.size}, "
            f"{self.resampled}",
            derivation=Derivation(
                adjustment="weighting",
                method=f"MAIC, weights on the {self.scale} scale, bootstrapped",
                assumptions=self.assumptions,
                notes=self.notes,
            ),
            assumes_censoring=self.assumes_censoring,
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an interval: ``kind estimate se ci_low ci_high replicates failed``."""
        kinds: list[IntervalKind] = ["percentile", "normal"]
        if self.acceleration is not None:
            kinds.append("BCa")
        rows = [
            {
                "kind": kind,
                "estimate": self.estimate,
                "se": self.se,
                "ci_low": limits.ci_low,
                "ci_high": limits.ci_high,
                "replicates": self.replicates.size,
                "failed": self.n_failed,
            }
            for kind, limits in ((kind, self.interval(kind)) for kind in kinds)
        ]
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def failure_notes(failures: tuple[Failures, ...], replicates: int) -> tuple[str, ...]:
    """Remarks on replicates without an estimate."""
    notes = [
        f"{each.count} of {replicates} replicates have no estimate: {each.reason}."
        for each in failures
    ]
    if sum(each.count for each in failures) >= FAILED_SHARE * replicates:
        notes.append(
            "So many replicates failed that the intervals are those of easier data sets: too "
            "narrow, and shifted."
        )
    return tuple(notes)
