"""OS against PFS is refused at every door through which two arms come in."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import survcomp as sc
from survcomp import comparison
from survcomp.adjustment import maic_weights
from survcomp.comparison import (
    AnchoredSurvival,
    Matching,
    Standardisation,
    UnanchoredSurvival,
    bootstrap_pair,
    known_weight_variances,
    matched_arms,
    standardised_hazard_ratio,
    unmatched_arms,
)
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation.cox.proportional_hazards import proportional_hazards_test
from survcomp.estimation.cox.two_arm import two_arm_log_hrs
from survcomp.values import IPD, Contrast, Ensemble, Mean, Population, PrognosticEffect

FRAME = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
OS = IPD.from_frame(
    FRAME, time="t", event="e", time_unit="months", origin="observed", covariates=["x"], label="A"
).with_study(trial="MINE", outcome="OS")
PLAIN = replace(OS, covariate_names=(), covariate_values=np.empty((0, 0)))
PFS = IPD.from_times(
    range(1, 30), [], arm="B", time_unit="months", origin="observed", censoring="observed"
).with_study(trial="THEIRS", outcome="PFS")
DRAWS = Ensemble(
    draws=tuple(
        IPD.from_times([k * t for t in range(1, 30)], [], arm="B", time_unit="months")
        for k in (0.9, 1, 1.1)
    ),
    method="summary",
    curve_id="T/B/PFS",
).with_study(trial="THEIRS", outcome="PFS")
TARGET = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
WEIGHTS = maic_weights(OS, TARGET, match=["x"])
MATCHING = Matching(TARGET, match=["x"])
TRIAL = replace(OS, arm=("A", "C") * 20)
PUBLISHED = Contrast(
    treatment="B", comparator="C", outcome="PFS", measure="log_hr", population="B's trial",
    value=0.82, se=0.15, estimand="marginal", interval="sampling error", method="as printed",
)  # fmt: skip

STANDARDISATION = Standardisation(
    effects=[
        PrognosticEffect(
            covariate="x", definition="x", log_hr=0.7, se=0.15, model="multivariable",
            endpoint="OS", source="P1",
        )
    ],
    baseline=TARGET,
    target=TARGET,
)  # fmt: skip


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


TWO_ARMS = {
    "naive_hazard_ratio": lambda a, b, **o: sc.naive_hazard_ratio(a, b, **o),
    "naive_rmst_difference": lambda a, b, **o: sc.naive_rmst_difference(a, b, horizon=9, **o),
    "within_trial_hazard_ratio": lambda a, b, **o: sc.within_trial_hazard_ratio(
        a, b, trial="T", **o
    ),
    "naive_hazard_ratio, draws": lambda a, b, **o: sc.naive_hazard_ratio(a, draws(b), **o),
    "naive_rmst_difference, draws": lambda a, b, **o: sc.naive_rmst_difference(
        a, draws(b), horizon=9, **o
    ),
    "within_trial_hazard_ratio, draws": lambda a, b, **o: sc.within_trial_hazard_ratio(
        a, draws(b), trial="T", **o
    ),
    "enrolled_scenario": lambda a, b, **o: sc.enrolled_scenario(a, b, enrolled=(45, 30), **o),
    "unanchored_maic": lambda a, b, **o: sc.unanchored_maic(a, b, WEIGHTS, **o),
    "unanchored_maic_rmst": lambda a, b, **o: sc.unanchored_maic_rmst(
        a, b, WEIGHTS, horizon=9, **o
    ),
    "unanchored_maic, draws": lambda a, b, **o: sc.unanchored_maic(a, draws(b), WEIGHTS, **o),
    "maic": lambda a, b, **o: sc.maic(
        a, b, TARGET, match=MATCHING.match, kind="unanchored", estimand="marginal HR", **o
    ),
    "maic_variances": lambda a, b, **o: sc.maic_variances(a, b, MATCHING, **o),
    "known_weight_variances": lambda a, b, **o: known_weight_variances(a, b, WEIGHTS, **o),
    "bootstrap_maic": lambda a, b, **o: sc.bootstrap_maic(
        a, b, MATCHING, rng=rng(), resampling=sc.Resampling(replicates=100), **o
    ),
    "sensitivity": lambda a, b, **o: sc.sensitivity(a, b, MATCHING, **o),
    "naive_sensitivity": lambda a, b, **o: sc.naive_sensitivity(a, b, **o),
    "matched_arms": lambda a, b, **o: matched_arms(a, b, MATCHING, **o),
    "unmatched_arms": lambda a, b, **o: unmatched_arms(a, b, **o),
    "standardised_hazard_ratio": lambda a, b, **o: standardised_hazard_ratio(
        a, b, STANDARDISATION, rng=rng(), **o
    ),
    "UnanchoredSurvival": lambda a, b, **o: UnanchoredSurvival(a, b, **o),
}
"""Two arms, and an outcome that may be said beside them."""


def draws(b: IPD) -> Ensemble:
    return DRAWS.with_study(outcome=b.outcome)


NO_OUTCOME_SAID = {
    "hazard_ratio_dependence": lambda a, b: sc.hazard_ratio_dependence(a, b, WEIGHTS),
    "bootstrap_pair": lambda a, b: bootstrap_pair(a, draws(b), replicates=5, rng=rng()),
    "hazard_ratio": lambda a, b: sc.hazard_ratio(a, b),
    "logrank": lambda a, b: sc.logrank(a, b),
    "proportional_hazards_test": lambda a, b: proportional_hazards_test(a, b),
    "two_arm_log_hrs": lambda a, b: two_arm_log_hrs([a], [b]),
}

ONE_TRIAL = {
    "anchored_maic": lambda a, **o: sc.anchored_maic(a, WEIGHTS, PUBLISHED, treatment="A", **o),
    "maic, anchored": lambda a, **o: sc.maic(
        a, PUBLISHED, TARGET, match=MATCHING.match, kind="anchored", estimand="marginal HR", **o
    ),
    "bootstrap_weighted_trial": lambda a, **o: sc.bootstrap_weighted_trial(
        a, MATCHING, treatment="A", rng=rng(), **o
    ),
    "AnchoredSurvival": lambda a, **o: AnchoredSurvival(
        a, PUBLISHED, treatment="A", modifiers=[], **o
    ),
}


@pytest.mark.parametrize("name", TWO_ARMS)
@pytest.mark.parametrize("said", [{}, {"outcome": "PFS"}, {"outcome": "OS"}, {"outcome": "DOR"}])
def test_arms_of_two_outcomes_are_refused(name, said):
    with pytest.raises(IncompatibleError, match=r"the outcomes differ: .*'.*' and .*'.*'\. Comp"):
        TWO_ARMS[name](OS, PFS, **said)


@pytest.mark.parametrize("name", TWO_ARMS)
def test_another_outcome_than_the_arms_state_is_refused(name):
    match = r"`outcome` is 'DOR' and A is of 'OS'"
    with pytest.raises(IncompatibleError, match=match):
        TWO_ARMS[name](OS, PFS.with_study(outcome="OS"), outcome="DOR")
    with pytest.raises(InputError, match=r"`outcome` must be said"):
        TWO_ARMS[name](OS.with_study(outcome=""), PFS.with_study(outcome=""))


@pytest.mark.parametrize("name", NO_OUTCOME_SAID)
def test_so_are_they_where_no_outcome_is_named(name):
    with pytest.raises(IncompatibleError, match=r"A is of 'OS' and B is of 'PFS'"):
        NO_OUTCOME_SAID[name](OS, PFS)


@pytest.mark.parametrize("name", ONE_TRIAL)
def test_a_trial_of_another_outcome_than_is_said_is_refused(name):
    with pytest.raises(IncompatibleError, match=r"`outcome` is 'PFS' and A and C is of 'OS'"):
        ONE_TRIAL[name](TRIAL, outcome="PFS")


def test_the_outcome_may_be_left_out_where_the_arms_state_it():
    assert sc.naive_hazard_ratio(OS, PFS.with_study(outcome="os ")).outcome == "OS"
    assert sc.naive_hazard_ratio(OS, PFS.with_study(outcome="")).outcome == "OS"
    said = sc.naive_hazard_ratio(OS, PFS.with_study(outcome="OS"), outcome="os")
    assert said.outcome == "os"


def test_no_door_was_forgotten():
    """Every public function of the floor that takes two arms is walked above."""
    takes_two = {
        name
        for name in comparison.__all__
        if inspect.isfunction(function := getattr(comparison, name))
        and {"treatment", "comparator"} <= set(inspect.signature(function).parameters)
    }
    not_patients = {
        "check_compatible",  # of two bases
        "uneven_covariates",  # of two baselines
        # of responses, whose outcomes `check_compatible` compares: one may name the difference
        "compare_responses",
        "bootstrap_response_maic",
        "response_variances",
        "weighted_mean_difference",
        "weighted_response",
    }
    walked = {*TWO_ARMS, *NO_OUTCOME_SAID, *ONE_TRIAL}
    assert takes_two - not_patients - walked == set()
