"""`MAIC`: a matching-adjusted indirect comparison, whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from survcomp.adjustment.diagnostics.balance import Balance, balance_table
from survcomp.adjustment.diagnostics.overlap import Overlap
from survcomp.comparison.bootstrap.result import MaicBootstrap
from survcomp.comparison.matching_adjusted.left_out import (
    still_to_match,
    weights_of_arm,
    without_left_out,
)
from survcomp.comparison.matching_adjusted.settings import MaicKind
from survcomp.comparison.matching_adjusted.variance_result import MaicVariance, VarianceTable
from survcomp.values.contrasts.contrast import Contrast, effects_frame
from survcomp.values.draws import Patients
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.shown import frame_as_table, in_a_line
from survcomp.values.weights import Weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes


WHERE = {
    "inside": "target inside their range",
    "edge": "target at the edge of their range",
    "outside": "target outside their range",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anchor:
    """What leads from one's own trial to the other treatment.

    Attributes
    ----------
    unadjusted, weighted : Contrast
        Treatment against the common comparator in one's own trial, as it is and weighted.
    published : Contrast
        The other treatment against the common comparator.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 61), "pfs": [1, 1, 0] * 20,
    ...                       "age": [55, 70, 60, 65] * 15, "arm": ["A", "C", "A", "A", "C"] * 12})
    >>> ours = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], arm="arm")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> question = sc.Question(treatment="B", comparator="C", outcome="PFS", measure="log_hr",
    ...                        population="T-02", estimand="marginal")
    >>> published = sc.Contrast.from_interval(question, value=0.8, ci_low=0.6, ci_high=1.07)
    >>> maic = sc.maic(ours, published, target, match=["age"], kind="anchored",
    ...                estimand="marginal HR", outcome="PFS")
    >>> print("A against C, weighted", maic.anchor.weighted)
    A against C, weighted HR 1.00 (95% CI 0.53 to 1.92)
    >>> print("B against C, published", maic.anchor.published)
    B against C, published HR 0.80 (95% CI 0.60 to 1.07)
    >>> print("A against B", maic.adjusted)
    A against B HR 1.26 (95% CI 0.62 to 2.55)
    """

    unadjusted: Contrast
    weighted: Contrast
    published: Contrast


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MAIC:
    """A matching-adjusted indirect comparison, made by `maic`.

    Attributes
    ----------
    kind : {"anchored", "unanchored"}
        Whether a common comparator links the two.
    naive, adjusted : Contrast
        The comparison without and with weighting; `adjusted` has the standard error `leads`.
    weights : Weights
        Of one's own patients, joined by identifier.
    overlap : Overlap
        Where the target lies among the patients.
    variances : VarianceTable
        Every standard error of the adjusted effect, the bootstrap among them.
    leads : str
        The one that is in `adjusted`.
    bootstrap : MaicBootstrap or None
        Where it was asked for.
    anchor : Anchor or None
        The effects against the common comparator, of an anchored comparison.
    patients : IPD
        One's own, both arms of an anchored comparison.
    comparator : IPD, Reconstruction, Ensemble or Contrast
        What they are compared with: patients, or a published effect.
    target : Population
        What they are weighted to.

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
    >>> maic = sc.maic(mine, theirs, target, match=["age"], kind="unanchored",
    ...                estimand="marginal HR", outcome="PFS", bootstrap=100)
    >>> print(maic.adjusted)
    HR 0.61 (95% CI 0.36 to 1.02)
    >>> print(maic.balance.to_frame()[["covariate", "target", "before", "after"]].round(1))
      covariate  target  before  after
    0       age      68    66.0   68.0
    """

    kind: MaicKind
    naive: Contrast
    adjusted: Contrast
    weights: Weights
    overlap: Overlap
    variances: VarianceTable
    leads: MaicVariance
    bootstrap: MaicBootstrap | None
    anchor: Anchor | None
    patients: IPD
    comparator: Patients | Contrast
    target: Population

    @property
    def ess(self) -> float:
        """Effective sample size."""
        return self.weights.ess

    @property
    def balance(self) -> Balance:
        """Covariates before and after weighting, beside the target's."""
        return balance_table(self.patients, self.target, self.weights)

    @property
    def weighted_patients(self) -> tuple[IPD, Weights]:
        """One's own patients without those left out, and their weights."""
        return without_left_out(self.patients, self.weights)

    @property
    def matched(self) -> tuple[str, ...]:
        """Moments that the weights match, beyond those matched by leaving patients out."""
        return still_to_match(self.weights)

    def _effects(self) -> dict[str, Contrast]:
        within = self.anchor
        own = (
            {}
            if within is None
            else {
                "own trial, unadjusted": within.unadjusted,
                "own trial, weighted": within.weighted,
                "published": within.published,
            }
        )
        return {**own, "naive": self.naive, "MAIC": self.adjusted}

    def to_frame(self) -> pd.DataFrame:
        """One row an effect: naive and adjusted, and those that an anchored one is made of."""
        effects = self._effects()
        return effects_frame(tuple(effects), tuple(effects.values()))

    def summary(self) -> str:
        """Both effects, what weighting cost, and all that the adjusted one rests on."""
        return f"{self}\n\n{self.adjusted.summary()}"

    def __str__(self) -> str:
        width = max(map(len, self._effects()))
        lines = [f"{name:<{width}}  {effect}" for name, effect in self._effects().items()]
        kind = "Anchored" if self.kind == "anchored" else "Unanchored"
        where = WHERE[self.overlap.verdict]
        cost = f"effective sample size {self.ess:.1f} of {self.weights.n}"
        lines.append(f"{kind}, weighted to {self.target.name}: {cost}; {where}")
        return "\n".join(lines)

    def plot_km(self, ax: Axes | None = None) -> Axes:
        """Kaplan-Meier curves of the arms, weighted and not, with numbers at risk."""
        from survcomp import plotting

        if isinstance(self.comparator, Contrast):
            arms = {arm: weights_of_arm(self.patients, self.weights, arm)
                    for arm in self.patients.arms}  # fmt: skip
            return plotting.km(
                {name: patients for name, (patients, _) in arms.items()},
                weights={name: weights for name, (_, weights) in arms.items()},
                level=self.adjusted.level,
                ax=ax,
            )
        names = self.adjusted.treatment, self.adjusted.comparator
        return plotting.km(
            {names[0]: self.patients, names[1]: self.comparator},
            weights={names[0]: self.weights},
            level=self.adjusted.level,
            ax=ax,
        )

    def plot_weights(self, ax: Axes | None = None) -> Axes:
        """Histogram of the weights."""
        from survcomp import plotting

        return plotting.weights(self.weights, ax=ax)

    def plot_balance(self, ax: Axes | None = None) -> Axes:
        """Standardized differences before and after weighting (love plot)."""
        from survcomp import plotting

        return plotting.balance(self.balance, ax=ax)

    def plot_effects(self, ax: Axes | None = None) -> Axes:
        """Forest plot of the naive and the adjusted effect."""
        from survcomp import plotting

        return plotting.forest({"naive": self.naive, "MAIC": self.adjusted}, ax=ax)

    def _facts(self) -> dict[str, object]:
        return {"MAIC": self.adjusted, "naive": self.naive, "ess": self.ess, "kind": self.kind}

    __repr__ = in_a_line
    _repr_html_ = frame_as_table
