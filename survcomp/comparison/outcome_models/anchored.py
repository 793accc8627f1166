"""One's own trial of an anchored comparison with an outcome model, and the published effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from survcomp.adjustment.imputed.target import TargetCovariates, covariate_matrix
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.matching_adjusted.anchored import anchor_se, in_arm, other_arm
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.outcome_models.contrast import (
    Account,
    Compared,
    modelled_contrast,
    through_anchor,
)
from survcomp.comparison.outcome_models.effect import ResponseMeasure, SurvivalEffect
from survcomp.comparison.outcome_models.estimate import Estimated, IntArray, bootstrap
from survcomp.comparison.outcome_models.unanchored import check_binary_response
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, Rng
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.draws import assumes_censoring, interval_words
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.outcome import PatientOutcome
from survcomp.values.shown import in_a_line, in_a_table


@dataclass(frozen=True, slots=True, eq=False)
class AnchoredSurvival:
    """One's own randomised trial, and the published effect on survival that it is set against.

    Attributes
    ----------
    ipd : IPD
        Patients of one's own trial, two arms, with the covariates of the target.
    published : Contrast
        Effect of the other treatment against the common comparator, of the same measure,
        outcome and (of areas) horizon, with a standard error.
    treatment : str
        Name of the arm of interest; the other arm is the comparator, and must be called what
        `published.comparator` is.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the patients state it.
    modifiers : sequence of str
        Covariates of the model that change the effect; may be empty.
    different_comparators : str
        As for `bucher`.

    Raises
    ------
    InputError
        If the IPD does not hold two arms.
    IncompatibleError
        If the published effect has no standard error, or another comparator and that is not
        named.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import IPD, AnchoredSurvival, Contrast, Question
    >>> ours = IPD(id=("1", "2"), arm=("A", "C"), time=np.array([5.0, 4]),
    ...            event=np.array([True, False]), time_unit="months")
    >>> question = Question(treatment="B", comparator="C", outcome="OS", measure="log_hr",
    ...                     population="B's trial", estimand="marginal")
    >>> published = Contrast.from_interval(question, value=0.8, ci_low=0.6, ci_high=1.07)
    >>> AnchoredSurvival(ours, published, treatment="A", outcome="OS", modifiers=[]).comparator
    'C'
    """

    ipd: IPD
    published: Contrast
    treatment: str = field(kw_only=True)
    outcome: str = field(default="", kw_only=True)
    modifiers: Sequence[str] = field(kw_only=True)
    different_comparators: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        anchor_se(self.comparator, self.published, self.different_comparators)
        outcome = compared_outcome(self.ipd, outcome=self.outcome)
        object.__setattr__(self, "outcome", outcome)

    @property
    def comparator(self) -> str:
        """The other arm."""
        return other_arm(self.ipd, self.treatment)

    def compared(self, effect: SurvivalEffect) -> Compared:
        """What is compared within the trial."""
        return Compared.of_survival(
            self.treatment,
            self.comparator,
            effect,
            self.ipd.time_unit,
            outcome=self.outcome,
            holds=interval_words(self.ipd),
            assumes_censoring=assumes_censoring(self.ipd),
        )

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, eq=False)
class AnchoredResponse:
    """One's own randomised trial, and the published effect on a response it is set against.

    Attributes
    ----------
    ipd, treatment, modifiers, different_comparators
        As for `AnchoredSurvival`.
    response : PatientOutcome
        1 for responders and 0 for others, of the same patients.
    published : Contrast
        Effect of the other treatment against the common comparator, of the same measure and
        outcome, with a standard error.

    Raises
    ------
    InputError
        If the IPD does not hold two arms, or the response is not binary.
    IncompatibleError
        As for `AnchoredSurvival`.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import IPD, AnchoredResponse, Contrast, PatientOutcome, Question
    >>> ours = IPD(id=("1", "2"), arm=("A", "C"), time=np.array([5.0, 4]),
    ...            event=np.array([True, False]), time_unit="months")
    >>> response = PatientOutcome(id=ours.id, value=np.array([1.0, 0]), name="ORR")
    >>> question = Question(treatment="B", comparator="C", outcome="ORR", measure="log_or",
    ...                     population="B's trial", estimand="marginal")
    >>> published = Contrast.from_interval(question, value=1.4, ci_low=0.9, ci_high=2.2)
    >>> AnchoredResponse(ours, response, published, treatment="A", modifiers=[]).comparator
    'C'
    """

    ipd: IPD
    response: PatientOutcome
    published: Contrast
    treatment: str = field(kw_only=True)
    modifiers: Sequence[str] = field(kw_only=True)
    different_comparators: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        check_binary_response(self.response)
        anchor_se(self.comparator, self.published, self.different_comparators)

    @property
    def comparator(self) -> str:
        """The other arm."""
        return other_arm(self.ipd, self.treatment)

    def compared(self, measure: ResponseMeasure) -> Compared:
        """What is compared within the trial."""
        return Compared(
            treatment=self.treatment,
            comparator=self.comparator,
            outcome=self.response.name,
            measure=measure,
        )

    __repr__ = in_a_line
    _repr_html_ = in_a_table


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
        trial: AnchoredSurvival | AnchoredResponse,
        target: TargetCovariates,
        *,
        centre: FloatArray | None = None,
    ) -> TwoArmDesign:
        """Columns of a trial and a target, covariates less `centre` (p,) where it is given.

        Raises
        ------
        InputError
            If a covariate is missing, or a modifier is none.
        """
        names, modifiers = target.names, trial.modifiers
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

        treated, rows = in_arm(trial.ipd, trial.treatment), target.values
        return cls(
            treated=treated,
            x=columns(covariate_matrix(trial.ipd, names), treated.astype(float)),
            target_treated=columns(rows, np.ones(rows.shape[0])),
            target_others=columns(rows, np.zeros(rows.shape[0])),
            terms=", ".join([*names, "arm", *(f"arm by {name}" for name in modifiers)]),
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """Patients in the arm of interest and in the other."""
        n_treated = int(self.treated.sum())
        return n_treated, self.treated.size - n_treated

    def rows(self, treated: IntArray, others: IntArray) -> IntArray:
        """Row numbers of these patients of the two arms."""
        arms = np.flatnonzero(self.treated)[treated], np.flatnonzero(~self.treated)[others]
        return np.concatenate(arms)

    def arms(self, n_treated: int) -> tuple[tuple[slice, FloatArray], ...]:
        """Where the rows of each arm are, and the target's columns under it.

        `n_treated` of the rows are of the arm of interest, and come first, as from `rows`.
        """
        return (
            (slice(None, n_treated), self.target_treated),
            (slice(n_treated, None), self.target_others),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialInTarget:
    """One's own trial with the design of its model in a target.

    Attributes
    ----------
    trial : AnchoredSurvival or AnchoredResponse
        Patients of both arms, and the published effect.
    design : TwoArmDesign
        Columns of the model.
    target : TargetCovariates
        The population that is predicted in.
    """

    trial: AnchoredSurvival | AnchoredResponse
    design: TwoArmDesign
    target: TargetCovariates

    @classmethod
    def of(
        cls, trial: AnchoredSurvival | AnchoredResponse, target: TargetCovariates
    ) -> TrialInTarget:
        """The trial in the target, or a refusal as of `TwoArmDesign.of`."""
        return cls(trial=trial, design=TwoArmDesign.of(trial, target), target=target)

    def bootstrap(
        self,
        estimate: Callable[[IntArray, int], float],
        *,
        rng: Rng,
        resampling: Resampling,
    ) -> Estimated:
        """From a function of row numbers, and of how many of them are of the treatment's arm."""

        def of_arms(treated: IntArray, others: IntArray) -> float:
            return estimate(self.design.rows(treated, others), treated.size)

        return bootstrap([of_arms], self.design.sizes, rng=rng, resampling=resampling)

    def indirect(
        self, estimated: Estimated, compared: Compared, account: Account
    ) -> AnchoredComparison:
        """The effect within the trial, and through the anchor."""
        return through_anchor(
            modelled_contrast(
                estimated, compared, account, self.target, design=f"{account.estimand} effect by"
            ),
            self.trial.published,
            name=account.name,
            different_comparators=self.trial.different_comparators,
        )
