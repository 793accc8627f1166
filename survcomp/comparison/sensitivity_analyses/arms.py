"""The comparison that every sensitivity analysis repeats with one thing changed.

Two arms as pairs of data sets (one pair, or one a draw of an ensemble), checked once for
whether they may be compared, and their hazard ratio: Cox with Efron ties; weighted, with the
robust standard error that takes the weights as known, where the treatment's patients are
matched; over draws pooled by Rubin's rules, so that every row has the reconstruction in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.adjustment import maic_weights
from survcomp.comparison.matching_adjusted.unanchored import unanchored_assumptions
from survcomp.comparison.reweighting.kinds import Entropy
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.two_arms.compatibility import check_compatible, compared_outcome
from survcomp.comparison.two_arms.cox import PROPORTIONAL
from survcomp.comparison.two_arms.naive import UNANCHORED
from survcomp.errors import InputError
from survcomp.estimation.cox.two_arm import two_arm_log_hr
from survcomp.estimation.cox.weighted import weighted_cox
from survcomp.estimation.over_draws.pairs import check_units, pair
from survcomp.estimation.over_draws.pool import pool
from survcomp.values.checks import FloatArray, check_option, check_text
from survcomp.values.draws import Patients, as_draws
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import in_a_line, in_a_table
from survcomp.values.weights import Weights, WeightScale, effective_sample_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A log hazard ratio.

    Attributes
    ----------
    estimate, se, ci_low, ci_high : float
        On the log scale; over draws the standard error is the total one.
    ess : float
        Effective sample size of the treatment arm, in patients; its size without weights.
    df : float
        Degrees of freedom of the interval; ``math.inf`` where it is a normal one.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    ess: float
    df: float = math.inf

    @property
    def near(self) -> float:
        """The limit nearest to 0; 0 where the interval holds it."""
        if self.ci_low > 0:
            return self.ci_low
        return min(self.ci_high, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What the treatment's patients are weighted to.

    Attributes
    ----------
    population : Population
        The target.
    match : tuple of str
        Covariates, or single moments, as for `maic_weights`.
    weights : Weights
        Those of the main analysis.
    """

    population: Population
    match: tuple[str, ...]
    weights: Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityArms:
    """Two arms that may be compared, as M pairs of data sets.

    Make it with `matched_arms` or `unmatched_arms`.

    Attributes
    ----------
    treatment, comparator : tuple of IPD
        M data sets each; of matched arms every treatment is the same.
    outcome : str
        Endpoint.
    matching : Matched or None
        None for a naive comparison.
    assumptions : tuple of str
        What the comparison rests on.
    scale : {"raw", "n", "ess"}
        Scale of the weights beside the comparator's, which count 1 each.
    level : float
        Confidence level.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> arms = sc.comparison.matched_arms(mine, theirs, matching, outcome="PFS")
    >>> main = arms.main()
    >>> print(f"HR {np.exp(main.estimate):.2f}, ESS {main.ess:.1f}")
    HR 0.61, ESS 37.4
    >>> print(f"not weighted HR {np.exp(arms.effect(None).estimate):.2f}")
    not weighted HR 0.47
    """

    treatment: tuple[IPD, ...]
    comparator: tuple[IPD, ...]
    outcome: str
    matching: Matched | None
    assumptions: tuple[str, ...]
    scale: WeightScale
    level: float

    @property
    def names(self) -> tuple[str, str]:
        """Names of the treatment's and the comparator's arm."""
        return self.treatment[0].arms[0], self.comparator[0].arms[0]

    def main(self) -> Effect:
        """The effect with nothing changed."""
        return self.effect(None if self.matching is None else self.matching.weights)

    def effect(self, weights: Weights | None, *, scale: WeightScale | None = None) -> Effect:
        """The effect with these weights, or with none.

        Raises
        ------
        InputError
            If a data set has no finite hazard ratio.
        """
        patients = self.treatment[0]
        w = None if weights is None else weights.for_ids(patients.id, scale=scale or self.scale)
        return self.effect_of(list(zip(self.treatment, self.comparator, strict=True)), w)

    def effect_of(self, pairs: Sequence[tuple[IPD, IPD]], weight: FloatArray | None) -> Effect:
        """The effect in other data sets; weights (n,) in the order of their treatment."""
        fits = [log_hr_and_se(a, b, weight) for a, b in pairs]
        ess = float(pairs[0][0].n) if weight is None else effective_sample_size(weight)
        estimates, ses = np.array(fits).T
        if len(fits) == 1:
            half = normal_quantile(self.level) * float(ses[0])
            at = float(estimates[0])
            return Effect(
                estimate=at, se=float(ses[0]), ci_low=at - half, ci_high=at + half, ess=ess
            )
        pooled = pool(estimates, ses**2, level=self.level)
        return Effect(
            estimate=pooled.value,
            se=pooled.se,
            ci_low=pooled.ci_low,
            ci_high=pooled.ci_high,
            ess=ess,
            df=pooled.df,
        )

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def log_hr_and_se(
    treatment: IPD, comparator: IPD, weight: FloatArray | None
) -> tuple[float, float]:
    """Log hazard ratio of one pair, with the robust error where there are weights (n,).

    Raises
    ------
    InputError
        If the likelihood has no maximum.
    """
    time = np.concatenate([treatment.time, comparator.time])
    event = np.concatenate([treatment.event, comparator.event])
    treated = np.arange(time.size) < treatment.n
    if weight is None:
        return two_arm_log_hr(time, event, treated)
    fit = weighted_cox(time, event, treated, np.concatenate([weight, np.ones(comparator.n)]))
    return fit.log_hr, fit.se_robust


def matched_arms(
    treatment: IPD,
    comparator: Patients,
    matching: Matching,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> SensitivityArms:
    """Arms of an unanchored MAIC, for the analyses of its sensitivity.

    Parameters
    ----------
    treatment : IPD
        The weighted arm, with the covariates that are matched.
    comparator : IPD, Reconstruction or Ensemble
        The comparator's patients; of an ensemble every draw is analysed.
    matching : Matching
        The target, what is matched, and the scale of the weights, which are those of
        `maic_weights`: other kinds are one of the analyses.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`.
    level : float
        Confidence level.

    Returns
    -------
    SensitivityArms

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.
    InfeasibleTargetError, InputError, NotFoundError
        As for `maic_weights`; and if another kind of weights is asked for.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Matching, Mean, Population
    >>> from survcomp.comparison import matched_arms
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    >>> a = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                    covariates=["x"])
    >>> b = IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
    >>> arms = matched_arms(a, b, Matching(target, match=["x"]), outcome="OS")
    >>> round(arms.main().estimate, 3), round(arms.main().ess, 1)
    (-0.767, 33.1)
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    others = as_draws(comparator, name="comparator").data
    if not isinstance(treatment, IPD):
        raise InputError(
            "`treatment` must be IPD with covariates to be matched; got "
            f"{type(treatment).__name__}. Without covariates see unmatched_arms."
        )
    as_draws(treatment, name="treatment")
    check_options(outcome, matching.scale, level)
    if matching.weighting != Entropy():
        raise InputError(
            "`matching.weighting` must be Entropy(): other kinds of weights are one of the "
            f"analyses (`alternative_weights`); got {matching.weighting!r}."
        )
    check_units(treatment, others[0])
    weights = maic_weights(treatment, matching.population, match=matching.match)
    words = unanchored_assumptions(treatment, others[0], weights, assumptions)
    return SensitivityArms(
        treatment=(treatment,) * len(others),
        comparator=others,
        outcome=outcome,
        matching=Matched(
            population=matching.population, match=tuple(matching.match), weights=weights
        ),
        assumptions=(*words, PROPORTIONAL),
        scale=matching.scale,
        level=level,
    )


def unmatched_arms(
    treatment: Patients,
    comparator: Patients,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> SensitivityArms:
    """Arms of a naive comparison, for the analyses of its sensitivity.

    Parameters
    ----------
    treatment, comparator : IPD, Reconstruction or Ensemble
        One arm each. Two ensembles have equally many draws, paired as they stand; a single
        data set goes with every draw of the other side.
    outcome, level
        As for `matched_arms`.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`.

    Returns
    -------
    SensitivityArms

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.
    InputError
        If the numbers of draws differ or a side holds more than one arm.

    Examples
    --------
    >>> import numpy as np
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> print(f"HR {np.exp(arms.main().estimate):.2f}")
    HR 0.44
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    check_options(outcome, "raw", level)
    left, right = as_draws(treatment, name="treatment"), as_draws(comparator, name="comparator")
    pairs = pair(left, right)
    first = pairs.treatment[0], pairs.comparator[0]
    words = check_compatible(
        first[0].basis,
        first[1].basis,
        names=pairs.names,
        assumptions=assumptions,
    )
    return SensitivityArms(
        treatment=pairs.treatment,
        comparator=pairs.comparator,
        outcome=outcome,
        matching=None,
        assumptions=(UNANCHORED, *words, PROPORTIONAL),
        scale="raw",
        level=level,
    )


def check_options(outcome: str, scale: WeightScale, level: float) -> None:
    """Raise unless an outcome is named, and scale and level are what is allowed."""
    check_text(outcome, name="outcome")
    check_option(scale, WeightScale, name="scale")
    normal_quantile(level)
