"""The Cox fits that are repeated by the thousand, against those that are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from survcomp.errors import InputError
from survcomp.estimation import hazard_ratio
from survcomp.estimation.cox.covariates import univariable_log_hrs
from survcomp.estimation.cox.two_arm import two_arm_log_hr
from survcomp.estimation.cox.weighted import weighted_cox, weighted_log_hr
from survcomp.values import IPD, Weights


def some_patients(rng, n=160, *, ties=False):
    time, limit = rng.exponential(10, n), rng.uniform(3, 20, n)
    event, time = time < limit, np.minimum(time, limit)
    return (np.ceil(time) if ties else time), event


@pytest.mark.parametrize("ties", [False, True])
def test_a_weighted_fit_equals_the_hazard_ratio_of_the_package(rng, ties):
    """Which equals R's coxph(weights, robust = TRUE, ties = "efron"), by its own golden test."""
    time, event = some_patients(rng, ties=ties)
    treated = rng.permutation(np.arange(time.size) < 90)
    weight = np.where(treated, rng.exponential(1.0, time.size), 1.0)
    arms = []
    for name, arm in (("A", treated), ("B", ~treated)):
        arms.append(
            IPD(
                id=tuple(f"{name}{i}" for i in range(arm.sum())),
                arm=(name,) * int(arm.sum()),
                time=time[arm],
                event=event[arm],
                time_unit="months",
            )
        )
    known = hazard_ratio(
        *arms, weights=Weights(id=arms[0].id, value=weight[treated], population="p")
    )
    fit = weighted_cox(time, event, treated, weight)
    assert fit.log_hr == pytest.approx(known.log_hr, abs=1e-8)
    assert fit.se_robust == pytest.approx(known.se, abs=1e-8)
    assert weighted_log_hr(time, event, treated, weight) == fit.log_hr


def test_equal_weights_give_the_plain_fit(rng):
    time, event = some_patients(rng, ties=True)
    treated = rng.random(time.size) < 0.5
    plain = two_arm_log_hr(time, event, treated).log_hr
    log_hr = weighted_log_hr(time, event, treated, np.full(time.size, 3.7))
    assert log_hr == pytest.approx(plain, abs=1e-9)


def test_arms_that_weights_separate_are_refused():
    time = np.array([1.0, 2, 3, 4, 5, 6])
    treated = np.array([True, False, False, True, True, True])
    weight = np.array([1e-6, 1, 1, 1, 1, 1])
    event = np.array([True, True, False, True, True, False])
    with pytest.raises(InputError, match="no finite estimate"):
        weighted_log_hr(time, event, treated, weight)


def test_the_rule_for_separation_looks_at_both_arms():
    time = np.array([1.0, 2, 3, 4])
    with pytest.raises(InputError, match="no finite estimate"):
        weighted_log_hr(
            time,
            np.array([True, True, False, False]),
            np.array([False, False, True, True]),
            np.ones(4),
        )


@pytest.mark.parametrize("ties", [False, True])
def test_a_binary_covariate_is_an_arm(rng, ties):
    time, event = some_patients(rng, ties=ties)
    x = (rng.random((time.size, 3)) < 0.4).astype(float)
    known = [two_arm_log_hr(time, event, column.astype(bool)).log_hr for column in x.T]
    assert univariable_log_hrs(time, event, x) == pytest.approx(known, abs=1e-8)


def test_a_continuous_covariate_maximises_the_partial_likelihood(rng):
    time, event = some_patients(rng, n=60)
    x = rng.normal(50, 9, time.size)

    def minus_log_likelihood(beta):
        return -sum(
            beta * x[i] - np.log(np.exp(beta * x[time >= time[i]]).sum())
            for i in np.flatnonzero(event)
        )

    known = minimize_scalar(minus_log_likelihood, bounds=(-0.5, 0.5), options={"xatol": 1e-9})
    log_hrs = univariable_log_hrs(time, event, x[:, None])
    assert log_hrs[0] == pytest.approx(known.x, abs=1e-6)
    assert univariable_log_hrs(time, event, x[:, None] / 10)[0] == pytest.approx(10 * log_hrs[0])


def test_strata_have_their_own_baselines(rng):
    """The same data twice give the same effect, whatever the time scale of the second."""
    time, event = some_patients(rng, ties=True)
    x = rng.normal(size=(time.size, 2))
    twice = univariable_log_hrs(
        np.r_[time, 7 * time],
        np.r_[event, event],
        np.r_[x, x],
        stratum=np.repeat([0, 1], time.size),
    )
    assert twice == pytest.approx(univariable_log_hrs(time, event, x), abs=1e-9)


def test_what_has_no_univariable_effect_is_refused():
    with pytest.raises(InputError, match="separates the events"):
        univariable_log_hrs([1, 2, 3, 4], [1, 1, 0, 0], [[1], [1], [0], [0]])
    with pytest.raises(InputError, match="covariate 2 is the same"):
        univariable_log_hrs([1, 2], [1, 1], [[1, 5], [0, 5]])
    with pytest.raises(InputError, match="must have 2 rows"):
        univariable_log_hrs([1, 2], [1, 1], [[1], [0], [1]])
