"""The bootstrap of every kind of weights against a plain loop over the patients drawn."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from support.maic import MATCH, as_ipd, comparator, target, treated, trial

from survcomp.adjustment import approximate_weights, max_ess_weights, two_stage_weights
from survcomp.adjustment.weighting.two_stage import inverse_propensity
from survcomp.comparison import (
    Entropy,
    HazardRatioEffect,
    Matching,
    MaxESS,
    Resampling,
    RMSTDifferenceEffect,
    TwoStage,
    WithinTolerance,
    bootstrap_maic,
    bootstrap_response_maic,
    bootstrap_weighted_trial,
    known_weight_variances,
    maic_variances,
    response_variances,
    unanchored_maic,
    weighted_response,
)
from survcomp.comparison.reweighting.batched import standard_columns
from survcomp.comparison.reweighting.m_estimation import with_estimated_weights
from survcomp.errors import IncompatibleError, InfeasibleTargetError, InputError
from survcomp.estimation.cox.weighted import weighted_cox
from survcomp.values import IPD, Ensemble, Mean, PatientOutcome, Population, Response, TrialArm

KINDS = [
    Entropy(),
    MaxESS(),
    WithinTolerance(tolerance=0.1),
    WithinTolerance(tolerance=0.05, maximise="entropy"),
]
STAGES = [
    TwoStage(),
    TwoStage(propensity=("age",)),
    TwoStage(truncate_at=0.9),
    TwoStage(propensity=()),
]
SOME = 25


def seeded(seed=7) -> np.random.Generator:
    return np.random.default_rng(seed)


def matched(kind, goal=None, **options) -> Matching:
    return Matching(target() if goal is None else goal, match=MATCH, weighting=kind, **options)


def run(a, b, kind, *, replicates=SOME, goal=None, **options):
    return bootstrap_maic(
        a,
        b,
        matched(kind, goal, scale=options.pop("scale", "raw")),
        outcome="OS",
        rng=seeded(),
        resampling=Resampling(replicates=replicates, **options.pop("how", {})),
        **options,
    )


def within(ipd, kind, *, replicates=SOME, goal=None, **options):
    return bootstrap_weighted_trial(
        ipd,
        matched(kind, goal),
        treatment="A",
        outcome="OS",
        rng=seeded(),
        resampling=Resampling(replicates=replicates),
        **options,
    )


def picks(*ordered: tuple[IPD, np.ndarray], replicates=SOME):
    """Rows that each replicate draws of each arm, from the order that the bootstrap gives it."""
    for seed in seeded().bit_generator.seed_seq.spawn(replicates):
        uniform = np.random.default_rng(seed).random(2 + sum(order.size for _, order in ordered))
        start, rows = 2, []
        for _, order in ordered:
            part = uniform[start : start + order.size]
            rows.append(order[(part * order.size).astype(int)])
            start += order.size
        yield rows


def written_out(ipd: IPD, rows) -> IPD:
    """The patients that were drawn, each draw a patient with an id of its own."""
    frame = ipd.to_frame().iloc[rows].assign(id=[f"r{i}" for i in range(len(rows))])
    return IPD.from_frame(
        frame,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        id="id",
        arm="arm",
        covariates=list(ipd.covariate_names),
    )


def in_order(ipd: IPD, *columns) -> np.ndarray:
    return np.lexsort((*[np.asarray(c) for c in columns[::-1]], ~ipd.event, ipd.time))


# ---- a plain loop


@pytest.mark.parametrize("scale", ["raw", "n", "ess"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_replicates_are_those_of_a_loop_over_the_patients_drawn(kind, scale):
    """Weights by the public function of each kind, on the resampled patients written out."""
    a, b = treated(), comparator()
    result = run(a, b, kind, scale=scale)
    z = standard_columns(a, target(), MATCH)
    drawn = picks((a, in_order(a, z[:, 0], z[:, 1])), (b, in_order(b)))
    for estimate, (rows, others) in zip(result.replicates, drawn, strict=True):
        one, other = written_out(a, rows), written_out(b, others)
        weights = kind.of(one, target(), match=MATCH)
        expected = unanchored_maic(one, other, weights, outcome="OS", scale=scale)
        assert estimate == pytest.approx(expected.link_value, abs=1e-9)


@pytest.mark.parametrize("kind", [*KINDS, *STAGES], ids=str)
def test_replicates_of_a_trial_are_those_of_a_loop(kind):
    """Both arms, which share the weights; drawn within each arm."""
    ipd = treated(90, names=("A", "C"))
    drawn = within(ipd, kind)
    z = standard_columns(ipd, target(), MATCH)
    treats = np.array(ipd.arm) == "A"
    x = kind.covariates(ipd, target(), MATCH) if isinstance(kind, TwoStage) else z[:, :0]
    keys = np.hstack([z, x]).T
    orders = [
        np.flatnonzero(arm)[in_order(ipd.only(arm), *(k[arm] for k in keys))]
        for arm in (treats, ~treats)
    ]
    for estimate, rows in zip(
        drawn.replicates, picks((ipd, orders[0]), (ipd, orders[1])), strict=True
    ):
        one = written_out(ipd, np.concatenate(rows))
        if isinstance(kind, TwoStage):
            weights = kind.of(one, target(), match=MATCH, treatment="A")
        else:
            weights = kind.of(one, target(), match=MATCH)
        fit = weighted_cox(
            one.time, one.event, np.array(one.arm) == "A", weights.for_ids(one.id), ties="efron"
        )
        assert estimate == pytest.approx(fit.log_hr, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_replicates_of_a_response_are_those_of_a_loop(kind):
    frame = trial(70)
    ipd = as_ipd(frame)
    outcome = PatientOutcome.from_frame(frame, id="id", value="response", name="ORR")
    other = Response.from_published(
        TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=80, events=30
    )
    result = bootstrap_response_maic(
        ipd,
        outcome,
        other,
        Matching(target(), match=MATCH, weighting=kind),
        rng=seeded(),
        resampling=Resampling(replicates=SOME),
    )
    z = standard_columns(ipd, target(), MATCH)
    y = frame.response.to_numpy().astype(bool)
    order = np.lexsort((z[:, 1], z[:, 0], ~y))
    responds = np.arange(80) < 30
    drawn = picks((ipd, order), (ipd, np.argsort(~responds, kind="stable")))
    for estimate, (rows, others) in zip(result.replicates, drawn, strict=True):
        w = kind.of(written_out(ipd, rows), target(), match=MATCH).value
        p, q = np.average(y[rows], weights=w), responds[others].mean()
        assert estimate == pytest.approx(np.log(p / (1 - p) / (q / (1 - q))), abs=1e-9)
    expected = weighted_response(
        outcome, other, kind.of(ipd, target(), match=MATCH), treatment="A"
    ).odds_ratio.link_value
    assert result.estimate == pytest.approx(expected, abs=1e-9)


def test_failures_are_those_of_the_loop():
    """12 patients, a target near their edge: weighting fails in the same replicates."""
    a, b, goal = treated(12), comparator(), target(64)
    for kind in (MaxESS(), WithinTolerance(tolerance=0.02)):
        result = run(a, b, kind, goal=goal, replicates=150)
        z = standard_columns(a, goal, MATCH)
        fails = []
        drawn = picks((a, in_order(a, z[:, 0], z[:, 1])), (b, in_order(b)), replicates=150)
        for rows, _ in drawn:
            try:
                kind.of(written_out(a, rows), goal, match=MATCH)
                fails.append(False)
            except (InfeasibleTargetError, InputError):
                fails.append(True)
        lost = {each.reason: each.count for each in result.failures}
        assert lost[kind.fails] == sum(fails) > 20
        assert np.isnan(result.replicates[fails]).all()
        assert any("replicates have no estimate" in note for note in result.notes)


def test_arms_that_covariates_separate_are_failures():
    """10 patients a trial: the treatment model of a replicate often has no estimate."""
    ipd = treated(10, names=("A", "C"))
    drawn = within(ipd, TwoStage(), replicates=100, goal=target(61))
    reasons = {each.reason: each.count for each in drawn.failures}
    assert reasons[TwoStage.fails] > 10


# ---- what must not matter, and what is said


@pytest.mark.parametrize("kind", KINDS[1:], ids=str)
def test_neither_workers_nor_order_nor_batches_matter(kind, monkeypatch):
    frame, b = trial(months=True), comparator(months=True)
    mixed = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    whole = run(as_ipd(frame), b, kind).replicates
    monkeypatch.setattr("survcomp.comparison.bootstrap.draws.PATIENTS_AT_ONCE", 110 * 7)
    workers = [run(as_ipd(frame), b, kind, how={"workers": w}).replicates for w in (1, 4)]
    assert np.array_equal(*workers)
    assert whole == pytest.approx(workers[0], abs=1e-9)
    assert run(as_ipd(mixed), b, kind).replicates == pytest.approx(whole, abs=1e-9)


def test_the_result_says_which_weights_were_estimated():
    a, b = treated(), comparator()
    said = {str(kind): run(a, b, kind).resampled for kind in KINDS}
    assert said[str(Entropy())] == (
        "patients of both arms; the weights estimated every time; the aggregate targets are held "
        "fixed"
    )
    assert "largest effective sample size estimated" in said[str(MaxESS())]
    assert "within 0.1 SD of the target" in said[str(KINDS[2])]
    trial_of_two = within(treated(90, names=("A", "C")), TwoStage())
    assert "both stages of the weights estimated" in trial_of_two.resampled
    with pytest.raises(InputError, match="`weighting` must be Entropy"):
        run(a, b, TwoStage())


def test_an_ensemble_and_bca_take_any_kind():
    a, b = treated(), comparator()
    draws = tuple(replace(b, time=b.time * f, origin="reconstructed") for f in (0.9, 1.0, 1.1))
    ensemble = Ensemble(draws=draws, method="made up", curve_id="T/B/OS")
    result = run(a, ensemble, MaxESS())
    apart = [
        unanchored_maic(a, d, max_ess_weights(a, target(), match=MATCH), outcome="OS").link_value
        for d in draws
    ]
    assert result.estimate == pytest.approx(np.mean(apart), abs=1e-9)
    bca = run(a, b, WithinTolerance(tolerance=0.1), how={"interval": "BCa"}, replicates=200)
    assert bca.ci_low < bca.estimate < bca.ci_high


def test_a_large_tolerance_is_no_weighting_and_a_tiny_one_exact_balance():
    a, b = treated(), comparator()
    loose = run(a, b, WithinTolerance(tolerance=50.0)).replicates
    exact, near = (
        run(a, b, kind).replicates for kind in (MaxESS(), WithinTolerance(tolerance=1e-7))
    )
    assert near == pytest.approx(exact, abs=1e-5)
    naive = unanchored_maic(
        a, b, approximate_weights(a, target(), match=MATCH, tolerance=50.0), outcome="OS"
    )
    assert run(a, b, WithinTolerance(tolerance=50.0)).estimate == pytest.approx(naive.link_value)
    assert not np.allclose(loose, exact, atol=0.01)


@pytest.mark.slow
def test_a_thousand_replicates_of_any_kind_take_seconds():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(500, 10)), columns=[f"x{j}" for j in range(10)])
    names = list(frame)
    frame = frame.assign(time=rng.exponential(10, 500), event=1)
    a = IPD.from_frame(
        frame, time="time", event="event", time_unit="months", origin="observed", covariates=names
    )
    goal = Population.from_moments([Mean(name=x, value=0.15) for x in names], n=300, name="B's")
    for kind in KINDS:
        start = perf_counter()
        bootstrap_maic(
            a,
            comparator(300),
            Matching(goal, match=names, weighting=kind),
            outcome="OS",
            rng=seeded(),
        )
        assert perf_counter() - start < 30  # a hang, not a speed: benchmarks time it


# ---- M-estimation of weights of the largest effective sample size


def counted_weights(z: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Weights max(0, a . (1, z)) of patients counted, with mean 1, by scipy."""
    u = np.column_stack([np.ones(z.shape[0]), z])

    def objective(a):
        w = np.maximum(u @ a, 0.0)
        gradient = (count * w) @ u / count.sum()
        gradient[0] -= 1.0
        return float(count @ w**2) / (2 * count.sum()) - a[0], gradient

    a = minimize(objective, np.eye(u.shape[1])[0], jac=True, tol=1e-14).x
    for _ in range(5):  # to rounding
        some = u @ a > 0
        right = np.eye(u.shape[1])[0] * count.sum()
        a = np.linalg.solve((u[some] * count[some, None]).T @ u[some], right)
    return np.maximum(u @ a, 0.0)


def scaled(w: np.ndarray, count: np.ndarray, scale: str) -> np.ndarray:
    total = count @ w
    return (
        w
        * {
            "raw": 1.0,
            "n": count.sum() / total,
            "ess": total / (count @ w**2),
        }[scale]
    )


@pytest.mark.parametrize("scale", ["raw", "n", "ess"])
@pytest.mark.parametrize("mean", [61.0, 66.0])
def test_linear_weights_are_differentiated_through(mean, scale):
    """Influence by counting a patient a little more; a curved function of weighted sums."""
    ipd = treated(40)
    z = standard_columns(ipd, target(mean), MATCH)
    y = ipd.time

    def effect(count):
        w = count * scaled(counted_weights(z, count), count, scale)
        return float(np.log(1 + w @ y) - 0.3 * np.log(w @ y**2)) + 0.1 * np.sqrt(w.sum())

    ones = np.ones(ipd.n)
    w = max_ess_weights(ipd, target(mean), match=MATCH).value
    assert counted_weights(z, ones) == pytest.approx(w, abs=1e-8)
    assert (mean == 66.0) == bool((w == 0).any())
    v = scaled(w, ones, scale)
    slope = y / (1 + v @ y) - 0.3 * y**2 / (v @ y**2) + 0.05 / np.sqrt(v.sum())
    influence = with_estimated_weights(v * slope, z, w, scale=scale, form="linear")
    h = 1e-5
    numeric = [(effect(ones + h * e) - effect(ones - h * e)) / (2 * h) for e in np.eye(ipd.n)]
    assert influence == pytest.approx(numeric, abs=2e-6)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_a_weighted_mean_of_a_balanced_column_has_no_variance(seed):
    ipd = treated(40, seed=seed)
    z = standard_columns(ipd, target(60.5), MATCH)
    w = max_ess_weights(ipd, target(60.5), match=MATCH).value
    known = w * z[:, 0] / w.sum()
    influence = with_estimated_weights(known, z, w, form="linear")
    assert influence == pytest.approx(np.zeros(ipd.n), abs=1e-8)


def test_variances_of_linear_weights_beside_their_bootstrap():
    a, b = treated(200, seed=5), comparator(150)
    for effect in (HazardRatioEffect(), RMSTDifferenceEffect(horizon=6)):
        drawn = run(a, b, MaxESS(), replicates=600, effect=effect)
        table = maic_variances(
            a,
            b,
            Matching(target(), match=MATCH, weighting=MaxESS()),
            outcome="OS",
            effect=effect,
            bootstrap=drawn,
        )
        smooth, by_bootstrap = table.row("M-estimation"), table.row("bootstrap")
        assert smooth.se == pytest.approx(by_bootstrap.se, rel=0.12)
        assert smooth.se < table.row("robust").se


def test_variances_of_a_response_with_linear_weights():
    frame = trial(200, seed=4)
    args = (
        as_ipd(frame),
        PatientOutcome.from_frame(frame, id="id", value="response", name="ORR"),
        Response.from_published(
            TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=100, events=40
        ),
    )
    linear = matched(MaxESS())
    drawn = bootstrap_response_maic(
        *args, linear, rng=seeded(), resampling=Resampling(replicates=600)
    )
    table = response_variances(*args, linear, bootstrap=drawn)
    assert table.row("M-estimation").se == pytest.approx(drawn.se, rel=0.12)
    with pytest.raises(InputError, match="estimating equations that are smooth"):
        response_variances(*args, matched(WithinTolerance(tolerance=0.1)))


def test_weights_within_a_tolerance_have_a_bootstrap_and_no_m_estimation():
    a, b, kind = treated(), comparator(), WithinTolerance(tolerance=0.1)
    with pytest.raises(InputError, match="estimating equations that are smooth"):
        maic_variances(a, b, Matching(target(), match=MATCH, weighting=kind), outcome="OS")
    weights = kind.of(a, target(), match=MATCH)
    drawn = run(a, b, kind, replicates=100)
    table = known_weight_variances(a, b, weights, outcome="OS", bootstrap=drawn)
    assert [row.method for row in table.rows] == ["robust", "ESS-scaled", "bootstrap"]
    with pytest.raises(IncompatibleError, match="other patients or settings"):
        known_weight_variances(
            a, b, weights, outcome="OS", bootstrap=run(a, b, MaxESS(), replicates=100)
        )


def test_too_few_patients_above_zero_have_no_m_estimation():
    z = np.array([[-1.0, 0.0], [1.0, 0.0], [3.0, 1.0], [4.0, -1.0]])
    weight = np.array([1.0, 1.0, 0.0, 0.0])
    with pytest.raises(InputError, match="2 patients with a weight above 0 do not determine the 3"):
        with_estimated_weights(weight, z, weight, form="linear")


# ---- the treatment model


def test_nearly_separated_arms_are_told_from_separated_ones():
    x = np.linspace(-1, 1, 40)[:, None]
    apart = x[:, 0] > 0
    with pytest.raises(InputError, match="separate the arms"):
        inverse_propensity(x, apart, ["x"])
    apart[18], apart[21] = True, False
    assert inverse_propensity(x, apart, ["x"]).max() > 4
    ipd = treated(90, names=("A", "C"))
    inverse = inverse_propensity(ipd.covariate_values, np.array(ipd.arm) == "A", ["age", "male"])
    both = two_stage_weights(ipd, target(), treatment="A", match=MATCH)
    assert both.value / Entropy().of(ipd, target(), match=MATCH).value == pytest.approx(inverse)
