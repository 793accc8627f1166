"""The two sides of an unanchored comparison with an outcome model.

One's own patients with the target's covariates against the comparator's: patients rebuilt from
a published curve (or draws of them), or a published count of responders. What differs between
estimators is a function of resampled rows; what they share is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from survcomp.comparison.two_arms.compatibility import check_compatible, check_same_patients
from survcomp.comparison.two_arms.cox import assumes_censoring, interval_label
from survcomp.comparison.two_arms.paired_draws import Side, check_units
from survcomp.errors import InputError
from survcomp.values.basis import Basis
from survcomp.values.checks import FloatArray, check_option
from survcomp.values.contrast import Contrast
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD
from survcomp.values.outcome import PatientOutcome
from survcomp.values.response import Response

TARGET = "target_population"
DESIGN = "unanchored"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnanchoredArms:
    """One's own arm and the comparator's patients, which may be compared in this target.

    Attributes
    ----------
    own : IPD
        One's own arm of n patients.
    x : ndarray of shape (n, p)
        Their covariates, in the target's order.
    other : IPD or Ensemble
        The comparator.
    target : TargetCovariates
        The population that is predicted in.
    assumptions : tuple of str
        What the comparison rests on.
    """

    own: IPD
    x: FloatArray
    other: Side
    target: TargetCovariates
    assumptions: tuple[str, ...]

    @classmethod
    def of(
        cls,
        own: IPD,
        other: Side,
        target: TargetCovariates,
        assumptions: Mapping[str, str] | None,
    ) -> UnanchoredArms:
        """The two sides, or a refusal.

        Raises
        ------
        InputError
            If a side does not hold one arm, or a covariate of the target is missing.
        IncompatibleError
            If they may not be compared, or not without naming an assumption.
        """
        first = _data_sets(other)[0]
        for name, ipd in (("treatment", own), ("comparator", first)):
            if len(ipd.arms) != 1:
                raise InputError(f"`{name}` must hold one arm; got {', '.join(ipd.arms)}.")
        check_units(own, first)
        named, arm = dict(assumptions or {}), first.arms[0]
        words = (
            *check_target(target, first.basis, arm, named.pop(TARGET, "")),
            *check_compatible(own.basis, first.basis, names=(own.arms[0], arm), assumptions=named),
        )
        x = covariate_matrix(own, target.names)
        return cls(own=own, x=x, other=other, target=target, assumptions=words)

    def compare(
        self,
        estimate: Callable[[IntArray, Observed], float],
        account: Account,
        *,
        outcome: str,
        effect: SurvivalEffect,
        rng: np.random.Generator,
        resampling: Resampling,
    ) -> Contrast:
        """The effect and its bootstrap, from a function of own rows and the other's patients."""
        draws = _data_sets(self.other)

        def against(draw: IPD, own: IntArray, other: IntArray) -> float:
            return estimate(own, Observed(draw.time[other], draw.event[other]))

        found = bootstrap(
            [partial(against, draw) for draw in draws],
            (self.own.n, draws[0].n),
            rng=rng,
            resampling=resampling,
            resampled=BOTH_SIDES + _of_draws(self.other),
        )
        compared = Compared.of_survival(
            self.own.arms[0],
            draws[0].arms[0],
            effect,
            self.own.time_unit,
            outcome=outcome,
            holds=_holds(self.own, self.other),
            assumes_censoring=assumes_censoring(self.own, *draws),
            assumptions=self.assumptions,
        )
        return modelled_contrast(found, compared, account, self.target, design=DESIGN)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnanchoredRates:
    """One's own patients' responses and a published count, which may be compared.

    Attributes
    ----------
    arm : str
        One's own arm, of n patients.
    x : ndarray of shape (n, p)
        Their covariates, in the target's order.
    y : ndarray of shape (n,)
        Their responses, 0 or 1.
    outcome : str
        Name of the response.
    published : Response
        The comparator.
    target : TargetCovariates
        The population that is predicted in.
    measure : {"log_or", "log_rr", "risk_difference"}
        Scale of the effect.
    assumptions : tuple of str
        What the comparison rests on.
    """

    arm: str
    x: FloatArray
    y: FloatArray
    outcome: str
    published: Response
    target: TargetCovariates
    measure: ResponseMeasure
    assumptions: tuple[str, ...]

    @classmethod
    def of(
        cls,
        ipd: IPD,
        response: PatientOutcome,
        published: Response,
        target: TargetCovariates,
        measure: ResponseMeasure,
        assumptions: Mapping[str, str] | None,
    ) -> UnanchoredRates:
        """The two sides, or a refusal.

        Raises
        ------
        InputError
            If there is not one arm, the response is not binary, the measure is not one of
            responses, or a covariate of the target is missing.
        IncompatibleError
            If the response is of other patients, or the two may not be compared.
        """
        check_option(measure, ResponseMeasure, name="measure")
        if len(ipd.arms) != 1:
            raise InputError(f"`ipd` must hold one arm; got {', '.join(ipd.arms)}.")
        check_binary_response(response)
        named, name = dict(assumptions or {}), f"{published.trial} {published.outcome}"
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
            arm=ipd.arms[0],
            x=covariate_matrix(ipd, target.names),
            y=response.for_ids(ipd.id),
            outcome=response.name,
            published=published,
            target=target,
            measure=measure,
            assumptions=words,
        )

    def bootstrap(
        self,
        rate: Callable[[IntArray], float],
        *,
        rng: np.random.Generator,
        resampling: Resampling,
    ) -> Estimated:
        """The effect of a rate, which is a function of own rows, against the published one."""
        published = self.published
        events = (np.arange(published.n) < published.events).astype(float)

        def estimate(own: IntArray, other: IntArray) -> float:
            return rate_effect(rate(own), float(events[other].mean()), self.measure)

        return bootstrap([estimate], (self.y.size, published.n), rng=rng, resampling=resampling)

    def contrast(self, found: Estimated, account: Account) -> Contrast:
        """The effect as a contrast."""
        compared = Compared(
            treatment=self.arm,
            comparator=self.published.treatment,
            outcome=self.outcome,
            measure=self.measure,
            assumptions=self.assumptions,
            sources=(f"response:{self.published.id}",),
        )
        return modelled_contrast(found, compared, account, self.target, design=DESIGN)


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


def _data_sets(side: Side) -> tuple[IPD, ...]:
    return side.draws if isinstance(side, Ensemble) else (side,)


def _of_draws(side: Side) -> str:
    """Which patients a replicate takes from one draw."""
    return f" ({side.arm} from one of {len(side)} draws)" if isinstance(side, Ensemble) else ""


def _holds(own: IPD, other: Side) -> str:
    """What the interval holds, in words."""
    if isinstance(other, IPD):
        return interval_label(own, other)
    label = "sampling and reconstruction error"
    if own.origin != "observed":  # one data set of it has no spread
        label = f"sampling error, and the reconstruction error of {other.arm} alone"
    assumed = any(ipd.censoring == "assumed" for ipd in (own, *other.draws))
    return label + ", under assumed censoring" * assumed
