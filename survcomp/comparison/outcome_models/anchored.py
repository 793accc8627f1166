"""One's own trial of an anchored comparison with an outcome model, and the published effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.adjustment.imputed.target import TargetCovariates, covariate_matrix
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.matching_adjusted.anchored import anchor_se, in_arm, other_arm
from survcomp.comparison.outcome_models.contrast import (
    Account,
    AnchoredModel,
    Compared,
    modelled_contrast,
    through_anchor,
)
from survcomp.comparison.outcome_models.effect import ResponseMeasure, SurvivalEffect
from survcomp.comparison.outcome_models.estimate import Estimated, IntArray, bootstrap
from survcomp.comparison.two_arms.cox import assumes_censoring, interval_label
from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray
from survcomp.values.contrast import Contrast
from survcomp.values.ipd import IPD


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoArmDesign:
    """Columns of a model of two arms: p covariates, the arm, and the arm by q modifiers.

    Attributes
    ----------
    treated : ndarray of shape (n,), bool
        Who is in the arm of interest.
    x : ndarray of shape (n, p + 1 + q)
        Columns of one's own patients; the arm is column p.
    target_treated, target_others : ndarray of shape (N, p + 1 + q)
        Columns of the target's patients, all in one arm and all in the other.
    terms : str
        In words.
    """

    treated: BoolArray
    x: FloatArray
    target_treated: FloatArray
    target_others: FloatArray
    terms: str

    @classmethod
    def of(
        cls,
        ipd: IPD,
        target: TargetCovariates,
        treatment: str,
        modifiers: Sequence[str],
        *,
        centre: FloatArray | None = None,
    ) -> TwoArmDesign:
        """Columns of a trial and a target, covariates less `centre` (p,) where it is given.

        Raises
        ------
        InputError
            If the IPD does not hold two arms, a covariate is missing, or a modifier is none.
        """
        names = target.names
        if not set(modifiers) <= set(names) or len(set(modifiers)) != len(modifiers):
            raise InputError(
                f"`modifiers` must be among the covariates {', '.join(names)}, each once; got "
                f"{', '.join(modifiers)}."
            )
        origin = np.zeros(len(names)) if centre is None else centre
        place = [names.index(name) for name in modifiers]

        def columns(x: FloatArray, arm: FloatArray) -> FloatArray:
            z = x - origin
            return np.column_stack([z, arm, z[:, place] * arm[:, None]])

        treated, rows = in_arm(ipd, treatment), target.values
        return cls(
            treated=treated,
            x=columns(covariate_matrix(ipd, names), treated.astype(float)),
            target_treated=columns(rows, np.ones(rows.shape[0])),
            target_others=columns(rows, np.zeros(rows.shape[0])),
            terms=", ".join([*names, "arm", *(f"arm by {name}" for name in modifiers)]),
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """Patients in the arm of interest and in the other."""
        own = int(self.treated.sum())
        return own, self.treated.size - own

    def rows(self, own: IntArray, other: IntArray) -> IntArray:
        """Row numbers of these patients of the two arms."""
        arms = np.flatnonzero(self.treated)[own], np.flatnonzero(~self.treated)[other]
        return np.concatenate(arms)

    def arms(self, own: int) -> tuple[tuple[slice, FloatArray], ...]:
        """Where the rows of each arm are, and the target's columns under it.

        `own` of the rows are of the arm of interest, and come first, as from `rows`.
        """
        return (
            (slice(None, own), self.target_treated),
            (slice(own, None), self.target_others),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnchoredTrial:
    """One's own trial, the design of its model, and the published effect it is anchored to.

    Attributes
    ----------
    ipd : IPD
        Patients of both arms.
    design : TwoArmDesign
        Columns of the model.
    target : TargetCovariates
        The population that is predicted in.
    treatment, comparator : str
        The arms.
    published : Contrast
        The other treatment against the common comparator.
    different_comparators : str
        As for `bucher`.
    """

    ipd: IPD
    design: TwoArmDesign
    target: TargetCovariates
    treatment: str
    comparator: str
    published: Contrast
    different_comparators: str

    @classmethod
    def of(
        cls,
        ipd: IPD,
        published: Contrast,
        target: TargetCovariates,
        treatment: str,
        modifiers: Sequence[str],
        different_comparators: str,
    ) -> AnchoredTrial:
        """The trial, or a refusal.

        Raises
        ------
        InputError
            As `TwoArmDesign.of`.
        IncompatibleError
            If the published effect has no standard error, or another comparator and that is
            not named.
        """
        comparator = other_arm(ipd, treatment)
        anchor_se(comparator, published, different_comparators)
        return cls(
            ipd=ipd,
            design=TwoArmDesign.of(ipd, target, treatment, modifiers),
            target=target,
            treatment=treatment,
            comparator=comparator,
            published=published,
            different_comparators=different_comparators,
        )

    def bootstrap(
        self,
        estimate: Callable[[IntArray, int], float],
        *,
        rng: np.random.Generator,
        resampling: Resampling,
    ) -> Estimated:
        """From a function of row numbers, and of how many of them are of the treatment's arm."""

        def of_arms(own: IntArray, other: IntArray) -> float:
            return estimate(self.design.rows(own, other), own.size)

        return bootstrap([of_arms], self.design.sizes, rng=rng, resampling=resampling)

    def survival(
        self, found: Estimated, account: Account, *, outcome: str, effect: SurvivalEffect
    ) -> AnchoredModel:
        """The effect on survival, and through the anchor."""
        compared = Compared.of_survival(
            self.treatment,
            self.comparator,
            effect,
            self.ipd.time_unit,
            outcome=outcome,
            holds=interval_label(self.ipd),
            assumes_censoring=assumes_censoring(self.ipd),
        )
        return self._anchored(found, compared, account)

    def response(
        self, found: Estimated, account: Account, *, outcome: str, measure: ResponseMeasure
    ) -> AnchoredModel:
        """The effect on a response, and through the anchor."""
        compared = Compared(
            treatment=self.treatment, comparator=self.comparator, outcome=outcome, measure=measure
        )
        return self._anchored(found, compared, account)

    def _anchored(self, found: Estimated, compared: Compared, account: Account) -> AnchoredModel:
        return through_anchor(
            modelled_contrast(
                found, compared, account, self.target, design=f"{account.estimand} effect by"
            ),
            self.published,
            name=account.name,
            different_comparators=self.different_comparators,
        )
