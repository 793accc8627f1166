"""A MAIC in one call is that of its parts, says what it is, and refuses what does not fit."""

from __future__ import annotations

import math
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from support.maic import MATCH, comparator, target, treated

import survcomp as sc
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation.over_draws.pool import pool
from survcomp.values import IPD, Ensemble

matplotlib.use("agg")
TARGET = target(61)
HR = {"kind": "unanchored", "estimand": "marginal HR", "outcome": "OS", "match": MATCH}


@pytest.fixture(scope="module")
def mine():
    return treated(150)


def theirs(factor: float = 1.0) -> IPD:
    b = comparator(90)
    time = b.time * factor
    return IPD.from_times(time[b.event], time[~b.event], arm="B", time_unit="months")


DRAWS = Ensemble(draws=(theirs(0.8), theirs(), theirs(1.3)), method="jitter", curve_id="T/B/OS")


def own_trial(n: int = 240) -> IPD:
    """Both arms of one's own trial, A and C."""
    a = treated(n)
    arm = np.where(np.random.default_rng(5).random(n) < 0.5, "A", "C")
    return replace(a, arm=tuple(arm.tolist()))


def published(**changed) -> sc.Contrast:
    about = {
        "treatment": "B",
        "comparator": "C",
        "outcome": "OS",
        "measure": "log_hr",
        "population": "B's trial",
        "estimand": "marginal",
    }
    return sc.Contrast.from_interval(
        sc.Question(**(about | changed)), value=0.8, ci_low=0.6, ci_high=1.07
    )


def test_unanchored_is_made_of_its_parts(mine):
    result = sc.maic(mine, theirs(), TARGET, **HR)
    weights = sc.maic_weights(mine, TARGET, match=MATCH)
    np.testing.assert_allclose(result.weights.value, weights.value)
    naive = sc.naive_hazard_ratio(mine, theirs(), outcome="OS")
    assert (result.naive.value, result.naive.ci) == (naive.value, naive.ci)
    row = sc.maic_variances(mine, theirs(), sc.Matching(TARGET, match=MATCH), outcome="OS").default
    assert result.leads == row.method
    assert result.adjusted.log == pytest.approx(row.estimate)
    assert result.adjusted.se == pytest.approx(row.se)
    assert result.ess == weights.ess
    assert "largest" not in str(result)
    assert f"effective sample size {weights.ess:.1f} of 150" in str(result)
    assert str(result.adjusted) in str(result)
    assert str(result.naive) in str(result)
    by_hand = sc.balance_table(mine, TARGET, weights).to_frame()
    assert result.balance.to_frame().equals(by_hand)


@pytest.mark.parametrize("variance", ["robust", "ESS-scaled", "M-estimation"])
def test_every_variance_is_pooled_over_the_draws(mine, variance):
    result = sc.maic(mine, DRAWS, TARGET, **HR, settings=sc.MaicSettings(variance=variance))
    rows = [sc.maic(mine, draw, TARGET, **HR).variances.row(variance) for draw in DRAWS.draws]
    pooled = pool([row.estimate for row in rows], [row.se**2 for row in rows])
    assert result.adjusted.log == pytest.approx(pooled.value)
    assert result.adjusted.se == pytest.approx(pooled.se)
    assert result.adjusted.se_reconstruction == pytest.approx(pooled.se_reconstruction)
    assert result.adjusted.df == pytest.approx(pooled.df)
    assert "sampling and reconstruction error" in result.adjusted.interval
    assert "pooled by Rubin's rules over 3 draws" in result.adjusted.method
    assert result.naive.se_reconstruction > 0


def test_rmst_difference(mine):
    asked = {**HR, "estimand": "marginal RMST difference", "horizon": 9}
    result = sc.maic(mine, theirs(), TARGET, **asked)
    area = sc.unanchored_maic_rmst(mine, theirs(), result.weights, outcome="OS", horizon=9)
    assert result.adjusted.value == pytest.approx(area.value)
    assert result.adjusted.se == pytest.approx(area.se)
    assert result.adjusted.horizon == 9
    naive = sc.naive_rmst_difference(mine, theirs(), outcome="OS", horizon=9)
    assert result.naive.value == naive.value


def test_bootstrap_leads_where_asked_and_its_seed_decides(mine):
    asked = {**HR, "bootstrap": 200, "settings": sc.MaicSettings(variance="bootstrap")}
    first, again = (sc.maic(mine, DRAWS, TARGET, **asked, rng=3) for _ in range(2))
    other = sc.maic(mine, DRAWS, TARGET, **asked, rng=4)
    assert first.adjusted.ci == again.adjusted.ci
    assert first.adjusted.ci != other.adjusted.ci
    assert first.bootstrap.replicates.size == 200
    assert first.adjusted.ci == pytest.approx(
        (math.exp(first.bootstrap.ci_low), math.exp(first.bootstrap.ci_high))
    )
    assert "Rubin" not in first.adjusted.method  # a replicate takes one draw
    assert [row.method for row in first.variances.rows][-1] == "bootstrap"


def test_patients_left_out_stay_in_the_naive_comparison(mine):
    values = mine.covariate_values.copy()
    values[:7, mine.covariate_names.index(MATCH[0])] = np.nan
    holes = replace(mine, covariate_values=values)
    result = sc.maic(holes, theirs(), TARGET, **HR, settings=sc.MaicSettings(missing="exclude"))
    kept, weights = result.weighted_patients
    assert (kept.n, weights.n) == (143, 143)
    assert result.naive.value == sc.naive_hazard_ratio(holes, theirs(), outcome="OS").value
    alone = sc.maic(kept, theirs(), TARGET, **HR)
    assert result.adjusted.log == pytest.approx(alone.adjusted.log, abs=1e-9)


def test_anchored_by_hand():
    trial, other = own_trial(), published()
    result = sc.maic(
        trial, other, TARGET, match=MATCH, kind="anchored", estimand="marginal HR", outcome="OS"
    )
    own = result.anchor.weighted
    assert (own.treatment, own.comparator) == ("A", "C")
    assert result.adjusted.log == pytest.approx(own.log - other.log)
    assert result.adjusted.se == pytest.approx(math.hypot(own.se, other.se))
    naive = result.anchor.unadjusted
    assert result.naive.log == pytest.approx(naive.log - other.log)
    within = sc.within_trial_hazard_ratio(
        trial.select_arm("A"), trial.select_arm("C"), outcome="OS", trial="T"
    )
    assert naive.value == within.value
    assert result.to_frame()["effect"].tolist() == [
        "own trial, unadjusted", "own trial, weighted", "published", "naive", "MAIC",
    ]  # fmt: skip


def test_bootstrap_of_an_anchored_one_is_near_the_robust_error():
    result = sc.maic(
        own_trial(), published(), TARGET, match=MATCH, kind="anchored",
        estimand="marginal HR", outcome="OS", bootstrap=1000, rng=2,
    )  # fmt: skip
    robust = result.variances.row("robust").se
    # the two estimate the same error; 1,000 replicates give it with an error of 2 %
    assert result.variances.row("bootstrap").se == pytest.approx(robust, rel=0.15)
    assert result.leads == "robust"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "paired"}, "`kind` must be"),
        ({"estimand": "HR"}, "`estimand` must be"),
        ({"horizon": 9}, "`horizon` goes with estimand='marginal RMST difference'"),
        ({"estimand": "marginal RMST difference"}, "`horizon` must be given"),
        ({"kind": "anchored"}, "is the published effect of the other treatment, a Contrast"),
        ({"match": "age"}, "`match` must be a list"),
        ({"bootstrap": -1}, "`bootstrap` must be a whole number of replicates"),
        ({"bootstrap": True}, "`bootstrap` must be a whole number of replicates"),
        ({"bootstrap": sc.Resampling(level=0.9)}, "`bootstrap` has level 0.9 and `settings` 0.95"),
        ({"settings": sc.MaicSettings(variance="bootstrap")}, "these weights have robust"),
        ({"settings": sc.MaicSettings(variance="HC3")}, "these weights have robust"),
        ({"settings": sc.MaicSettings(weighting=sc.TwoStage())}, "two stages are for an anchored"),
        ({"settings": sc.MaicSettings(treatment_arm="A")}, "are of an anchored comparison"),
        ({"settings": sc.MaicSettings(assumptions={"cut": "alike"})}, "cut"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(mine, change, words):
    with pytest.raises((InputError, IncompatibleError), match=words):
        sc.maic(mine, theirs(), TARGET, **(HR | change))


@pytest.mark.parametrize("missing", ["kind", "estimand", "match"])
def test_what_has_to_be_said_has_no_default(mine, missing):
    with pytest.raises(TypeError, match=missing):
        sc.maic(mine, theirs(), TARGET, **{k: v for k, v in HR.items() if k != missing})


@pytest.mark.parametrize(
    ("trial", "other", "change", "error", "words"),
    [
        (own_trial(), published(), {"kind": "unanchored"}, InputError, "got a Contrast"),
        (
            own_trial(),
            published(),
            {"estimand": "marginal RMST difference", "horizon": 9},
            InputError,
            "an anchored comparison is of 'marginal HR'",
        ),
        (own_trial(), published(comparator="D"), {}, IncompatibleError, "Give the same treatment"),
        (treated(50), published(), {}, IncompatibleError, "needs both arms of your own trial"),
        (
            own_trial(),
            published(),
            {"settings": sc.MaicSettings(assumptions={"cut": "alike"})},
            InputError,
            "an anchored comparison has one",
        ),
    ],
)
def test_what_is_not_anchored_is_refused(trial, other, change, error, words):
    asked = HR | {"kind": "anchored"} | change
    with pytest.raises(error, match=words):
        sc.maic(trial, other, TARGET, **asked)


def test_it_draws_its_figures(mine):
    result = sc.maic(mine, DRAWS, TARGET, **HR)
    curves = result.plot_km()
    texts = [text.get_text() for text in curves.get_legend().get_texts()]
    assert any("B" in text for text in texts)
    assert result.plot_weights().get_xlabel()
    assert result.plot_balance().get_xlabel()
    labels = [text.get_text() for text in result.plot_effects().texts]
    assert any("MAIC" in label for label in labels) or result.plot_effects().get_yticklabels()
    anchored = sc.maic(
        own_trial(), published(), TARGET, match=MATCH, kind="anchored",
        estimand="marginal HR", outcome="OS",
    )  # fmt: skip
    assert anchored.plot_km().get_legend() is not None


def test_shown_without_a_patient(mine):
    result = sc.maic(mine, theirs(), TARGET, **HR)
    assert "MAIC" in repr(result)
    assert len(repr(result)) < 600
    assert "<table" in result._repr_html_()
    assert result.summary().startswith(str(result))
