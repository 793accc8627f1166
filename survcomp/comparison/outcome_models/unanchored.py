"""The two sides of an unanchored comparison with an outcome model.

One's own patients with the target's covariates against the comparator's: patients rebuilt from
a published curve (or draws of them), or a published count of responders. What differs between
estimators is a function of resampled rows; what they share is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from survcomp.adjustment.imputed.target import TargetCovariates, covariate_matrix
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.outcome_models.contrast import Account, Compared, modelled_contrast
from survcomp.comparison.outcome_models.effect import (
    Observed,
    ResponseMeasure,
    SurvivalEffect,
    rate_effect,
)
from survcomp.comparison.outcome_models.estimate import BOTH_SIDES, Estimated, IntArray, bootstrap
from survcomp.comparison.two_arms.compatibility import (
    check_compatible,
    check_same_patients,
    compared_outcome,
)
from survcomp.errors import InputError
from survcomp.estimation.over_draws.pairs import check_units
from survcomp.values.basis import Basis
from survcomp.values.checks import FloatArray, Rng, check_option
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.draws import Draws, Patients, as_draws, assumes_censoring, interval_words
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.outcome import PatientOutcome
from survcomp.values.response import Response
from survcomp.values.shown import in_a_line, in_a_table

TARGET = "target_population"
DESIGN = "unanchored"


@dataclass(frozen=True, slots=True, eq=False)
class UnanchoredSurvival:
    """Survival of one's own arm and of a comparator's patients, without a common arm.

    Attributes
    ----------
    treatment : IPD
        One's own arm, with the covariates of the target.
    comparator : IPD, Reconstruction or Ensemble
        The comparator's patients, usually rebuilt from its published curve. Of an ensemble
        each replicate takes one draw, so that the reconstruction's error is in the result.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the patients state it.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`.

    Raises
    ------
    InputError
        If a side does not hold one arm.
    IncompatibleError
        If their times have different units.

    Examples
    --------
    >>> from survcomp import IPD, UnanchoredSurvival
    >>> ours = IPD.from_times([5, 9], [12], arm="A", time_unit="months")
    >>> other = IPD.from_times([3, 4, 7], [10], arm="B", time_unit="months")
    >>> UnanchoredSurvival(ours, other, outcome="OS").outcome
    'OS'
    """

    treatment: IPD
    comparator: Patients
    outcome: str = field(default="", kw_only=True)
    assumptions: Mapping[str, str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        first = as_draws(self.comparator, name="comparator").data[0]
        for name, ipd in (("treatment", self.treatment), ("comparator", first)):
            if len(ipd.arms) != 1:
                raise InputError(f"`{name}` must hold one arm; got {', '.join(ipd.arms)}.")
        check_units(self.treatment, first)
        outcome = compared_outcome(self.treatment, first, outcome=self.outcome)
        object.__setattr__(self, "outcome", outcome)

    @property
    def draws(self) -> tuple[IPD, ...]:
        """The comparator's data sets: one, or one a draw."""
        return self.comparator.draws

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, eq=False)
class UnanchoredResponse:
    """Response of one's own patients and a published rate, without a common arm.

    Attributes
    ----------
    ipd : IPD
        One's own arm, with the covariates of the target.
    response : PatientOutcome
        1 for responders and 0 for others, of the same patients.
    comparator : Response
        Published responders and their denominator.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`, with "outcome" where the two define it differently.

    Raises
    ------
    InputError
        If there is not one arm, or the response is not binary.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import IPD, PatientOutcome, Response, TrialArm, UnanchoredResponse
    >>> ours = IPD.from_times([5, 9], [12], arm="A", time_unit="months")
    >>> response = PatientOutcome(id=ours.id, value=np.array([1.0, 0, 1]), name="ORR")
    >>> arm = TrialArm(trial="T", arm="b", treatment="B")
    >>> other = Response.from_published(arm, outcome="ORR", n=50, events=20)
    >>> UnanchoredResponse(ours, response, other).response.name
    'ORR'
    """

    ipd: IPD
    response: PatientOutcome
    comparator: Response
    assumptions: Mapping[str, str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if len(self.ipd.arms) != 1:
            raise InputError(f"`ipd` must hold one arm; got {', '.join(self.ipd.arms)}.")
        check_binary_response(self.response)

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmsInTarget:
    """Two arms that may be compared in a target.

    Attributes
    ----------
    arms : UnanchoredSurvival
        One's own arm of n patients, and the comparator.
    x : ndarray of shape (n, p)
        Covariates of one's own patients, in the target's order.
    target : TargetCovariates
        The population that is predicted in.
    assumptions : tuple of str
        What the comparison rests on.
    """

    arms: UnanchoredSurvival
    x: FloatArray
    target: TargetCovariates
    assumptions: tuple[str, ...]

    @classmethod
    def of(cls, arms: UnanchoredSurvival, target: TargetCovariates) -> ArmsInTarget:
        """The two arms in the target, or a refusal.

        Raises
        ------
        InputError
            If a covariate of the target is missing.
        IncompatibleError
            If they may not be compared, or not without naming an assumption.
        """
        treatment, first = arms.treatment, arms.draws[0]
        named, arm = dict(arms.assumptions or {}), first.arms[0]
        words = (
            *check_target(target, first.basis, arm, named.pop(TARGET, "")),
            *check_compatible(
                treatment.basis,
                first.basis,
                names=(treatment.arms[0], arm),
                assumptions=named,
            ),
        )
        x = covariate_matrix(treatment, target.names)
        return cls(arms=arms, x=x, target=target, assumptions=words)

    def compare(
        self,
        estimate: Callable[[IntArray, Observed], float],
        account: Account,
        *,
        effect: SurvivalEffect,
        rng: Rng,
        resampling: Resampling,
    ) -> Contrast:
        """The effect and its bootstrap, from a function of own rows and the other's patients."""
        treatment, comparator = self.arms.treatment, self.arms.comparator
        draws = self.arms.draws

        def against(draw: IPD, own_rows: IntArray, rows: IntArray) -> float:
            return estimate(own_rows, Observed(draw.time[rows], draw.event[rows]))

        estimated = bootstrap(
            [partial(against, draw) for draw in draws],
            (treatment.n, draws[0].n),
            rng=rng,
            resampling=resampling,
            resampled=BOTH_SIDES + _of_draws(as_draws(comparator)),
        )
        compared = Compared.of_survival(
            treatment.arms[0],
            draws[0].arms[0],
            effect,
            treatment.time_unit,
            outcome=self.arms.outcome,
            holds=_holds(treatment, as_draws(comparator)),
            assumes_censoring=assumes_censoring(treatment, *draws),
            assumptions=self.assumptions,
        )
        return modelled_contrast(estimated, compared, account, self.target, design=DESIGN)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatesInTarget:
    """One's own patients' responses and a published count, which may be compared in a target.

    Attributes
    ----------
    sides : UnanchoredResponse
        One's own arm, of n patients, and the published count.
    x : ndarray of shape (n, p)
        Covariates of one's own patients, in the target's order.
    y : ndarray of shape (n,)
        Their responses, 0 or 1.
    target : TargetCovariates
        The population that is predicted in.
    measure : {"log_or", "log_rr", "risk_difference"}
        Scale of the effect.
    assumptions : tuple of str
        What the comparison rests on.
    """

    sides: UnanchoredResponse
    x: FloatArray
    y: FloatArray
    target: TargetCovariates
    measure: ResponseMeasure
    assumptions: tuple[str, ...]

    @classmethod
    def of(
        cls, sides: UnanchoredResponse, target: TargetCovariates, measure: ResponseMeasure
    ) -> RatesInTarget:
        """The two sides in the target, or a refusal.

        Raises
        ------
        InputError
            If the measure is not one of responses, or a covariate of the target is missing.
        IncompatibleError
            If the response is of other patients, or the two may not be compared.
        """
        check_option(measure, ResponseMeasure, name="measure")
        ipd, response, published = sides.ipd, sides.response, sides.comparator
        named, name = dict(sides.assumptions or {}), f"{published.trial} {published.outcome}"
        words = (
            *check_target(target, published.basis, name, named.pop(TARGET, "")),
            *check_compatible(
                response.basis,
                published.basis,
                names=(f"{ipd.arms[0]} {response.name}", name),
                assumptions=named,
                outcomes=(response.name, published.outcome),
            ),
        )
        return cls(
            sides=sides,
            x=covariate_matrix(ipd, target.names),
            y=response.for_ids(ipd.id),
            target=target,
            measure=measure,
            assumptions=words,
        )

    def bootstrap(
        self,
        rate: Callable[[IntArray], float],
        *,
        rng: Rng,
        resampling: Resampling,
    ) -> Estimated:
        """The effect of a rate, which is a function of own rows, against the published one."""
        published = self.sides.comparator
        events = (np.arange(published.n) < published.events).astype(float)

        def estimate(own_rows: IntArray, rows: IntArray) -> float:
            return rate_effect(rate(own_rows), float(events[rows].mean()), self.measure)

        return bootstrap([estimate], (self.y.size, published.n), rng=rng, resampling=resampling)

    def contrast(self, estimated: Estimated, account: Account) -> Contrast:
        """The effect as a contrast."""
        published = self.sides.comparator
        compared = Compared(
            treatment=self.sides.ipd.arms[0],
            comparator=published.treatment,
            outcome=self.sides.response.name,
            measure=self.measure,
            assumptions=self.assumptions,
            sources=(f"response:{published.id}",),
        )
        return modelled_contrast(estimated, compared, account, self.target, design=DESIGN)


def check_binary_response(response: PatientOutcome) -> None:
    """Raise unless every value is 0 or 1."""
    if not response.is_binary:
        bad = response.value[~np.isin(response.value, (0.0, 1.0))][0]
        raise InputError(f"`response` {response.name!r} must be 0 or 1; got {float(bad)!r}.")


def check_target(
    target: TargetCovariates, comparator: Basis, arm: str, words: str
) -> tuple[str, ...]:
    """The target predicted in and the arm compared with must be of the same patients."""
    left, right = target.basis.analysis_set, comparator.analysis_set
    return check_same_patients(
        target.basis,
        comparator,
        key=TARGET,
        words=words,
        silent=f"Target population: whether {target.population} is of the patients of {arm} is "
        "not stated; taken to be so.",
        differ=f"the target is the {left} patients of {target.population} and {arm} is of {right} "
        "ones",
        accepted=f"Target population: {left} patients predicted in, {right} ones compared.",
    )


def _of_draws(side: Draws) -> str:
    """Which patients a replicate takes from one draw."""
    return f" ({side.arm} from one of {len(side)} draws)" if side.several else ""


def _holds(treatment: IPD, comparator: Draws) -> str:
    """What the interval holds, in words."""
    if not comparator.several:
        return interval_words(treatment, comparator.data[0])
    label = "sampling and reconstruction error"
    if treatment.origin != "observed":  # one data set of it has no spread
        label = f"sampling error, and the reconstruction error of {comparator.arm} alone"
    assumed = any(ipd.censoring == "assumed" for ipd in (treatment, *comparator.data))
    return label + ", under assumed censoring" * assumed
