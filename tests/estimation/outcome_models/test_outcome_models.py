"""Outcome models: against R, by hand, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from support.paths import GOLDEN

from survcomp.errors import InputError
from survcomp.estimation import rmst
from survcomp.estimation.outcome_models.binary import Classifier, Logistic
from survcomp.estimation.outcome_models.survival import Cox, Parametric
from survcomp.values import IPD

OTHERS = np.array([[55.0, 0], [62, 1], [70, 1]])
MODELS = [Cox(), *(Parametric(distribution=d) for d in ("weibull", "loglogistic", "lognormal"))]


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "outcome_models_patients.csv")


def columns(frame: pd.DataFrame):
    x = frame[["age", "male"]].to_numpy(float)
    return x, frame.time.to_numpy(float), frame.event.to_numpy(bool)


def test_logistic_regression_is_that_of_r(patients, golden):
    """Both stop at the rounding error of the deviance, so that coefficients agree to 1e-7."""
    r = golden("outcome_models")
    x, _, _ = columns(patients)
    fitted = Logistic().fit(x, patients.response.to_numpy(float))
    for j in range(3):
        assert fitted.coefficients[j] == pytest.approx(r[f"logistic/coefficient/{j}"], rel=1e-7)
        assert fitted.covariance[j, j] ** 0.5 == pytest.approx(r[f"logistic/se/{j}"], rel=1e-7)
    assert fitted.probability(OTHERS).mean() == pytest.approx(r["logistic/mean"], rel=1e-8)
    g = fitted.mean_gradient(OTHERS)
    assert (g @ fitted.covariance @ g) ** 0.5 == pytest.approx(r["logistic/mean_se"], rel=1e-7)


def test_cox_model_is_that_of_r(patients, golden):
    """Both are Newton iterations to rounding; 1e-8 is left for its growth."""
    r = golden("outcome_models")
    fitted = Cox().fit(*columns(patients))
    for j in range(2):
        for name, value in (
            ("coefficient", fitted.coefficients[j]),
            ("se", fitted.covariance[j, j] ** 0.5),
            ("se_robust", fitted.covariance_robust[j, j] ** 0.5),
        ):
            assert value == pytest.approx(r[f"cox/{name}/{j + 1}"], rel=1e-8)


@pytest.mark.parametrize("distribution", ["weibull", "loglogistic", "lognormal"])
def test_parametric_models_are_those_of_r(patients, golden, distribution):
    r = golden("outcome_models")
    fitted = Parametric(distribution=distribution).fit(*columns(patients))
    for j in range(3):
        expected = r[f"{distribution}/coefficient/{j}"]
        assert fitted.coefficients[j] == pytest.approx(expected, rel=1e-7)
    assert fitted.sigma == pytest.approx(r[f"{distribution}/sigma"], rel=1e-7)


@pytest.mark.parametrize(
    ("model", "name"),
    list(zip(MODELS, ("cox", "weibull", "loglogistic", "lognormal"), strict=True)),
)
def test_predictions_are_those_of_r(patients, golden, model, name):
    """Areas of the smooth curves agree to the 1e-7 of the two quadratures."""
    r = golden("outcome_models")
    fitted = model.fit(*columns(patients))
    survival, area = fitted.survival(OTHERS, np.array([8.0]))[:, 0], fitted.rmst(OTHERS, 10.0)
    for k in range(3):
        assert survival[k] == pytest.approx(r[f"{name}/survival/{k + 1}"], rel=1e-7)
        assert area[k] == pytest.approx(r[f"{name}/rmst/{k + 1}"], rel=1e-6)


def test_without_covariates_the_cox_model_is_nelson_and_aalen():
    x, time = np.empty((4, 0)), np.array([1.0, 2, 2, 5])
    fitted = Cox().fit(x, time, np.array([True, True, False, False]))
    assert fitted.cumulative_hazard.tolist() == pytest.approx([1 / 4, 1 / 4 + 1 / 3])
    assert fitted.rmst(x[:1], 4.0)[0] == pytest.approx(
        1 + np.exp(-1 / 4) + 2 * np.exp(-1 / 4 - 1 / 3)
    )
    assert fitted.grid(1.5).tolist() == [1.0]


def test_a_cox_curve_of_many_patients_is_near_kaplan_meier(patients):
    x, time, event = columns(patients)
    fitted = Cox().fit(x, time, event)
    ipd = IPD.from_times(time[event], time[~event], arm="A", time_unit="months", origin="observed")
    assert fitted.rmst(x, 10.0).mean() == pytest.approx(rmst(ipd, horizon=10).value, abs=0.03)


@settings(max_examples=25)
@given(st.floats(0.01, 100), st.floats(-50, 50), st.sampled_from(MODELS))
def test_units_of_a_covariate_change_no_prediction(factor, shift, model):
    frame = pd.read_csv(GOLDEN / "outcome_models_patients.csv")
    x, time, event = columns(frame)
    other = x * [factor, 1] + [shift, 0]
    new = OTHERS * [factor, 1] + [shift, 0]
    expected = model.fit(x, time, event).rmst(OTHERS, 10.0)
    assert model.fit(other, time, event).rmst(new, 10.0) == pytest.approx(expected, rel=1e-6)


@settings(max_examples=20)
@given(st.permutations(range(30)))
def test_the_order_of_patients_changes_nothing(order):
    frame = pd.read_csv(GOLDEN / "outcome_models_patients.csv").head(30)
    shuffled = columns(frame.iloc[order])
    for model in MODELS:
        expected = model.fit(*columns(frame)).rmst(OTHERS, 6.0)
        assert model.fit(*shuffled).rmst(OTHERS, 6.0) == pytest.approx(expected, rel=1e-8)


def test_a_classifier_of_scikit_learn_stands_in(patients):
    x, y = columns(patients)[0], patients.response.to_numpy(float)
    plain = LogisticRegression(C=1e8, tol=1e-10, max_iter=2000)
    probability = Classifier(estimator=plain).fit(x, y).probability(OTHERS)
    assert probability == pytest.approx(Logistic().fit(x, y).probability(OTHERS), abs=1e-4)
    assert not hasattr(plain, "coef_")  # the estimator that was passed in is not changed
    boosted = Classifier(estimator=GradientBoostingClassifier(n_estimators=5, random_state=1))
    assert boosted.name == "scikit-learn GradientBoostingClassifier"
    assert boosted.fit(x, y).probability(OTHERS).shape == (3,)


def test_what_is_refused(patients):
    x, time, event = columns(patients)
    y = patients.response.to_numpy(float)
    twice = np.column_stack([x[:, 0], 2 * x[:, 0] + 1])
    constant = np.column_stack([x[:, 0], np.ones(time.size)])
    for model, outcome in ((Logistic(), (y,)), (Cox(), (time, event))):
        with pytest.raises(InputError, match="follows from the others"):
            model.fit(twice, *outcome)
        with pytest.raises(InputError, match="column 2 of the covariates is the same"):
            model.fit(constant, *outcome)
        with pytest.raises(InputError, match="must have 120 rows"):
            model.fit(x[:5], *outcome)
    with pytest.raises(InputError, match="separate the outcomes"):
        Logistic().fit(y[:, None] + np.arange(y.size)[:, None] * 1e-9, y)
    with pytest.raises(InputError, match="1 for every patient"):
        Logistic().fit(x, np.ones(time.size))
    with pytest.raises(InputError, match="must be 0 or 1"):
        Logistic().fit(x, y * 2)
    with pytest.raises(InputError, match="separate the events"):
        Cox().fit(event[:, None].astype(float), time, event)
    with pytest.raises(InputError, match="nobody has an event"):
        Cox().fit(x, time, np.zeros(time.size, dtype=bool))
    with pytest.raises(InputError, match=r"above 0 for a weibull model; 1 patient"):
        Parametric(distribution="weibull").fit(x, time - time.min(), event)
    with pytest.raises(InputError, match="`distribution` must be one of"):
        Parametric(distribution="gamma")
    for model in MODELS:
        with pytest.raises(InputError, match="nothing is predicted for 99"):
            model.fit(x, time, event).rmst(x, 99.0)
    with pytest.raises(InputError, match="`random_state` set to a whole number"):
        Classifier(estimator=GradientBoostingClassifier())
    with pytest.raises(InputError, match="must be a scikit-learn classifier"):
        Classifier(estimator=3)


def test_a_newton_step_to_a_sigma_of_0_is_halved():
    """Of these 40 patients a full step divides by 0; the fit is that of lifelines all the same."""
    from lifelines import WeibullAFTFitter

    rng, n = np.random.default_rng(138), 40
    x = np.column_stack([rng.normal(60, 8, n), rng.random(n) < 0.5]).astype(float)
    time, limit = np.round(rng.exponential(20, n), 2) + 0.03, rng.uniform(10, 50, n)
    event, time = time <= limit, np.minimum(time, limit)
    fitted = Parametric(distribution="weibull").fit(x, time, event)
    frame = pd.DataFrame({"t": time, "e": event, "a": x[:, 0], "b": x[:, 1]})
    other = WeibullAFTFitter().fit(frame, "t", "e")
    expected = [other.params_["lambda_"][name] for name in ("Intercept", "a", "b")]
    assert fitted.coefficients == pytest.approx(expected, rel=1e-4)
    assert 1 / fitted.sigma == pytest.approx(np.exp(other.params_["rho_"]["Intercept"]), rel=1e-4)
