"""The bootstrap of a MAIC: one replicate by hand, the same numbers however it is divided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from support.effects import printed_effect
from support.maic import (
    MATCH,
    PUBLIC_MATCH,
    as_ipd,
    comparator,
    public_comparator,
    public_ipd,
    public_target,
    public_trial,
    target,
    treated,
    trial,
)
from support.paths import GOLDEN

from survcomp.adjustment import maic_weights
from survcomp.comparison import Matching, unanchored_maic
from survcomp.comparison.bootstrap.draws import PATIENTS_AT_ONCE, Resampling
from survcomp.comparison.bootstrap.effects import (
    HazardRatioEffect,
    MedianDifferenceEffect,
    ResponseEffect,
    RMSTDifferenceEffect,
    SurvivalDifferenceEffect,
    kaplan_meier_paths,
)
from survcomp.comparison.bootstrap.intervals import (
    acceleration,
    bca_interval,
    normal_interval,
    percentile_interval,
)
from survcomp.comparison.bootstrap.resampled import Sampled, TwoArms, arm_draws
from survcomp.comparison.matching_adjusted.anchored_bootstrap import (
    anchor,
    bootstrap_weighted_trial,
)
from survcomp.comparison.matching_adjusted.bootstrap import bootstrap_maic, bootstrap_response_maic
from survcomp.comparison.reweighting.batched import batched_weights, standard_columns, start_from
from survcomp.errors import IncompatibleError, InfeasibleTargetError, InputError
from survcomp.estimation import kaplan_meier
from survcomp.estimation.jackknife import jackknife_rmst
from survcomp.values import (
    IPD,
    Contrast,
    Ensemble,
    Mean,
    PatientOutcome,
    Population,
    Response,
    TrialArm,
)

FEW = Resampling(replicates=60)
EFFECTS = [
    HazardRatioEffect(),
    HazardRatioEffect(ties="breslow"),
    RMSTDifferenceEffect(horizon=6),
    SurvivalDifferenceEffect(at=5),
    MedianDifferenceEffect(),
]


def seeded(seed=7) -> np.random.Generator:
    return np.random.default_rng(seed)


def matched(goal, **options) -> Matching:
    return Matching(goal, match=MATCH, **options)


def run(a=None, b=None, *, effect=None, resampling=FEW, seed=7, **options):
    return bootstrap_maic(
        treated() if a is None else a,
        comparator() if b is None else b,
        matched(options.pop("population", target()), scale=options.pop("scale", "raw")),
        outcome="OS",
        rng=seeded(seed),
        resampling=resampling,
        effect=effect,
        **options,
    )


# ---- weights of many data sets


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
@settings(max_examples=40)
def test_batched_weights_balance_or_say_so(seed, p):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(40, p)) + rng.uniform(-1, 1, p)
    count = rng.multinomial(40, np.full(40, 1 / 40), size=30).astype(float)
    reweighted = batched_weights(z, count, start=np.zeros(p))
    drawn = count * reweighted.value
    ok = reweighted.reached
    means = (drawn[ok] @ z) / drawn[ok].sum(axis=1, keepdims=True)
    assert np.abs(means).max(initial=0) <= 1e-10
    for row in range(12):
        assert ok[row] == inside_the_hull(z[count[row] > 0])


def inside_the_hull(z) -> bool:
    """Whether some weights that are all above 0 balance the columns, by a linear programme."""
    n, p = z.shape
    solution = linprog(
        np.r_[np.zeros(n), -1.0],
        A_ub=np.column_stack([-np.eye(n), np.ones(n)]),
        b_ub=np.zeros(n),
        A_eq=np.vstack([np.column_stack([z.T, np.zeros(p)]), np.r_[np.ones(n), 0.0]]),
        b_eq=np.r_[np.zeros(p), 1.0],
    )
    return bool(solution.status == 0 and -solution.fun > 1e-9)


def test_batched_weights_are_those_of_one_fit():
    ipd, goal = treated(), target()
    z = standard_columns(ipd, goal, MATCH)
    reweighted = batched_weights(z, np.ones((1, ipd.n)), start=np.zeros(2))
    expected = maic_weights(ipd, goal, match=MATCH)
    assert reweighted.value[0] == pytest.approx(expected.value, rel=1e-9)
    assert start_from(z) == pytest.approx(reweighted.coefficient[0], abs=1e-12)


@pytest.mark.parametrize(
    ("z", "count"),
    [
        ([[1.0], [2.0], [3.0]], [1, 1, 1]),  # outside the hull
        ([[0.0], [1.0], [2.0]], [1, 1, 1]),  # on its edge
        ([[1.0], [-1.0], [2.0]], [2, 0, 1]),  # outside once the second is not drawn
        ([[1.0, 0.0], [-1.0, 0.0], [2.0, 1.0]], [1, 1, 1]),  # on an edge with others inside
        ([[-1.0], [1.0], [1.0]], [0, 2, 1]),  # everybody drawn is alike
    ],
)
def test_targets_out_of_reach_are_not_reached(z, count):
    z, count = np.array(z), np.array([count], float)
    good = np.array([[1.0] * len(z)])
    both = np.vstack([count, good]) if z[:, 0].min() < 0 and z.shape[1] == 1 else count
    reweighted = batched_weights(z, both, start=np.zeros(z.shape[1]))
    assert not reweighted.reached[0]
    assert np.isnan(reweighted.coefficient[0]).all()
    assert reweighted.reached[1:].all()
    with pytest.raises(InfeasibleTargetError, match="ask maic_weights"):
        start_from(np.abs(z) + 1)


# ---- a replicate


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


@pytest.mark.parametrize("scale", ["raw", "n", "ess"])
@pytest.mark.parametrize("months", [False, True])
def test_a_replicate_is_the_analysis_of_the_patients_drawn(scale, months):
    """Weights and weighted Cox of one resampled data set, by the functions for one data set."""
    a, b = treated(months=months), comparator(months=months)
    seeds = seeded().bit_generator.seed_seq.spawn(3)
    result = run(a, b, resampling=Resampling(replicates=3), scale=scale)
    z = standard_columns(a, target(), MATCH)
    rows_a = np.lexsort((z[:, 1], z[:, 0], ~a.event, a.time))
    rows_b = np.lexsort((~b.event, b.time))
    for estimate, seed in zip(result.replicates, seeds, strict=True):
        uniform = np.random.default_rng(seed).random(2 + a.n + b.n)  # the first 2 choose draws
        one = written_out(a, rows_a[(uniform[2 : 2 + a.n] * a.n).astype(int)])
        other = written_out(b, rows_b[(uniform[2 + a.n :] * b.n).astype(int)])
        weights = maic_weights(one, target(), match=MATCH)
        expected = unanchored_maic(one, other, weights, outcome="OS", scale=scale)
        assert estimate == pytest.approx(expected.link_value, abs=1e-7)


def two_arms(a: IPD, b: IPD) -> TwoArms:
    z = standard_columns(a, target(), MATCH)
    return TwoArms(
        first=arm_draws([a.time], [a.event], [z]),
        second=arm_draws([b.time], [b.event]),
        start=start_from(z)[None],
        scale="raw",
    )


def test_curves_of_everybody_are_those_of_the_estimators():
    a, b = treated(months=True), comparator(months=True)
    weights = maic_weights(a, target(), match=MATCH)
    curves = kaplan_meier(a, weights=weights), kaplan_meier(b)
    expected = {
        SurvivalDifferenceEffect(at=5): float(curves[0](5)[0] - curves[1](5)[0]),
        MedianDifferenceEffect(): curves[0].median().value - curves[1].median().value,
        RMSTDifferenceEffect(horizon=6): jackknife_rmst(a, horizon=6, weights=weights).estimate
        - jackknife_rmst(b, horizon=6).estimate,
    }
    arms = two_arms(a, b)
    first, second, reached = arms.sampled(arms.everybody())
    assert reached.all()
    for effect, value in expected.items():
        assert effect.of(first, second)[0] == pytest.approx(value, abs=1e-9)


def test_tied_events_make_one_factor():
    """Of 4, two die at 1 and one at 2 with weights 1: 1/2, then 1/4, whatever the order."""
    arm = Sampled(
        np.array([[1.0, 1, 2, 3]]),
        np.array([[True, True, True, False]]),
        np.ones((1, 4)),
        np.ones((1, 4)),
    )
    assert kaplan_meier_paths(arm)[0].tolist() == pytest.approx([0.75, 0.5, 0.25, 0.25])


def one_arm(time, event, count=None) -> Sampled:
    time, event = np.array([time], float), np.array([event], bool)
    counts = np.ones_like(time) if count is None else np.array([count], float)
    return Sampled(time, event, np.ones_like(time), counts)


def test_a_median_on_a_flat_part_is_its_middle():
    arm, other = one_arm([1, 2, 4, 5], [1, 1, 1, 1]), one_arm([1, 2], [1, 1])
    medians = MedianDifferenceEffect().of(arm, other)
    assert medians.tolist() == [3.0 - 1.5]  # flat at one half from 2 to 4, and from 1 to 2


def test_replicates_without_an_effect_have_none():
    short, full = one_arm([1, 2, 3], [1, 0, 0]), one_arm([1, 2, 9], [1, 1, 0])
    assert np.isnan(MedianDifferenceEffect().of(short, full)[0])
    assert np.isnan(SurvivalDifferenceEffect(at=5).of(short, full)[0])
    assert np.isnan(RMSTDifferenceEffect(horizon=5).of(full, short)[0])
    assert np.isnan(HazardRatioEffect().of(one_arm([8, 9], [1, 1]), one_arm([1, 2], [1, 1]))[0])
    gone = one_arm([1, 2, 3], [1, 1, 1])
    assert SurvivalDifferenceEffect(at=5).of(gone, full)[0] == pytest.approx(-1 / 3)
    # the longest-followed patient was not drawn
    drawn = one_arm([1, 2, 9], [1, 0, 0], count=[1, 2, 0])
    assert np.isnan(RMSTDifferenceEffect(horizon=5).of(drawn, full)[0])


# ---- what must not matter


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda e: f"{e.measure}")
def test_any_number_of_workers_gives_the_same_numbers(effect, monkeypatch):
    monkeypatch.setattr("survcomp.comparison.bootstrap.draws.PATIENTS_AT_ONCE", 110 * 7)
    one, many = (run(effect=effect, resampling=replace(FEW, workers=w)) for w in (1, 5))
    assert np.array_equal(one.replicates, many.replicates, equal_nan=True)
    monkeypatch.setattr("survcomp.comparison.bootstrap.draws.PATIENTS_AT_ONCE", PATIENTS_AT_ONCE)
    whole = run(effect=effect)
    assert whole.replicates == pytest.approx(one.replicates, abs=1e-9, nan_ok=True)
    assert whole.se > 0


def test_more_replicates_begin_with_the_same_ones():
    few, more = (run(resampling=Resampling(replicates=r)) for r in (40, 90))
    assert more.replicates[:40] == pytest.approx(few.replicates, abs=1e-10)


def test_order_and_names_of_patients_do_not_matter():
    """Rows shuffled, and identifiers that sort as text: S1, S10, S2."""
    frame = trial(months=True)
    mixed = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    renamed = mixed.assign(id=[f"{900 - i}" for i in range(len(mixed))])
    results = [run(as_ipd(rows)) for rows in (frame, mixed, renamed)]
    for other in results[1:]:
        assert other.estimate == pytest.approx(results[0].estimate, abs=1e-10)
        assert other.replicates == pytest.approx(results[0].replicates, abs=1e-9)


def test_the_global_generator_and_the_input_are_left_alone():
    a, b = treated(), comparator()
    before = a.to_frame(), b.to_frame()
    run(a, b)
    pd.testing.assert_frame_equal(before[0], a.to_frame())
    pd.testing.assert_frame_equal(before[1], b.to_frame())


def test_progress_counts_up_and_an_interrupt_stops(monkeypatch):
    monkeypatch.setattr("survcomp.comparison.bootstrap.draws.PATIENTS_AT_ONCE", 110 * 20)
    seen = []
    run(resampling=replace(FEW, progress=lambda done, total: seen.append((done, total))))
    assert seen == [(20, 60), (40, 60), (60, 60)]

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(resampling=replace(FEW, progress=interrupt))


# ---- the result


def test_the_estimate_is_that_of_the_analysis():
    a, b = treated(), comparator()
    result = run(a, b)
    expected = unanchored_maic(a, b, maic_weights(a, target(), match=MATCH), outcome="OS")
    assert result.estimate == pytest.approx(expected.link_value, abs=1e-8)
    assert result.se == pytest.approx(expected.se, rel=0.4)
    assert result.resampled == (
        "patients of both arms; the weights estimated every time; the aggregate targets are held "
        "fixed"
    )
    assert (result.treatment, result.comparator, result.population) == ("A", "B", "B's trial")
    assert any(text.startswith("Unanchored") for text in result.assumptions)


def test_failures_are_counted_and_named():
    """The target is near the edge of what 12 patients can be weighted to."""
    result = run(treated(12), population=target(64), resampling=Resampling(replicates=200))
    assert result.n_failed == np.isnan(result.replicates).sum() > 20
    assert sum(each.count for each in result.failures) == result.n_failed
    assert "cannot be weighted to the target" in result.failures[0].reason
    assert any("replicates have no estimate" in note for note in result.notes)
    assert any("too narrow" in note for note in result.notes)
    assert result.finite.size == 200 - result.n_failed


def test_separated_replicates_are_failures_of_another_kind():
    frame = trial(30).assign(event=0)
    frame.loc[frame.time.nsmallest(2).index, "event"] = 1
    result = run(as_ipd(frame), population=target(61), resampling=Resampling(replicates=100))
    assert [each.reason.split(":")[0] for each in result.failures] == ["the arms are separated"]
    assert 0 < result.n_failed < 60  # none of the two is drawn in e^-2 of the replicates


def test_intervals_and_frame():
    result = run(resampling=Resampling(replicates=400, interval="BCa", level=0.9))
    frame = result.to_frame().set_index("kind")
    assert list(frame.index) == ["percentile", "normal", "BCa"]
    assert (result.ci_low, result.ci_high) == tuple(frame.loc["BCa", ["ci_low", "ci_high"]])
    assert (frame.ci_low < result.estimate).all()
    assert (frame.ci_high > result.estimate).all()
    assert "BCa" in result._repr_html_()
    with pytest.raises(InputError, match="BCa needs `interval='BCa'`"):
        run().interval("BCa")
    with pytest.raises(InputError, match="`kind` must be one of"):
        result.interval("basic")


def test_an_ensemble_adds_the_error_of_the_reconstruction():
    a, b = treated(200, seed=5), comparator(80)
    rng = seeded(4)
    draws = tuple(
        replace(b, time=b.time * factor, origin="reconstructed")
        for factor in np.exp(rng.normal(0, 0.3, 25))
    )
    ensemble = Ensemble(draws=draws, method="made up", curve_id="T/B/OS")
    many = Resampling(replicates=400)
    fixed, drawn = run(a, b, resampling=many), run(a, ensemble, resampling=many)
    apart = [
        unanchored_maic(a, d, maic_weights(a, target(), match=MATCH), outcome="OS").link_value
        for d in draws
    ]
    assert drawn.estimate == pytest.approx(np.mean(apart), abs=1e-8)
    assert drawn.se**2 == pytest.approx(fixed.se**2 + np.var(apart), rel=0.2)
    assert drawn.se > 1.15 * fixed.se
    assert "(B from one of 25 draws)" in drawn.resampled
    assert drawn.interval_label == "sampling and reconstruction error"
    with pytest.raises(InputError, match="different draws of an ensemble"):
        run(a, ensemble, resampling=Resampling(replicates=50, interval="BCa"))
    both = Ensemble(draws=(a, treated(200, seed=6)), method="made up", curve_id="T/A/OS")
    workers = [
        run(both, ensemble, resampling=Resampling(replicates=50, workers=w)).replicates
        for w in (1, 3)
    ]
    assert np.array_equal(*workers)


@pytest.mark.parametrize(
    ("effect", "horizon", "unit", "words"),
    [
        (HazardRatioEffect(), None, None, "HR "),
        (RMSTDifferenceEffect(horizon=5), 5, "months", "RMST difference (to 5 months) "),
        (SurvivalDifferenceEffect(at=5), 5, "months", "S(5 months) difference "),
        (MedianDifferenceEffect(), None, "months", "median difference "),
    ],
)
def test_every_effect_is_a_contrast(effect, horizon, unit, words):
    drawn = run(effect=effect)
    contrast = drawn.to_contrast()
    assert (contrast.measure, contrast.horizon, contrast.time_unit) == (
        drawn.measure,
        horizon,
        unit,
    )
    assert (contrast.link_value, contrast.se, contrast.link_ci[0]) == (
        drawn.estimate,
        drawn.se,
        drawn.ci_low,
    )
    assert str(contrast).startswith(words)
    assert contrast.adjustment == "weighting"
    assert "patients of both arms" in contrast.interval


def test_a_single_reconstruction_says_that_its_error_is_missing():
    rebuilt = replace(comparator(), origin="reconstructed", censoring="from published counts")
    assert "the error of the reconstruction is not in it" in run(b=rebuilt).interval_label


# ---- responses


def outcome(frame) -> PatientOutcome:
    return PatientOutcome.from_frame(frame, id="id", value="response", name="ORR")


def published(events=40, n=100) -> Response:
    return Response.from_published(
        TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=n, events=events
    )


@pytest.mark.parametrize("measure", ["log_or", "log_rr", "risk_difference"])
def test_a_weighted_response(measure):
    frame = trial(80)
    ipd = as_ipd(frame)
    drawn = bootstrap_response_maic(
        ipd,
        outcome(frame.sample(frac=1, random_state=1)),
        published(),
        Matching(target(), match=MATCH),
        effect=ResponseEffect(measure=measure),
        rng=seeded(),
        resampling=Resampling(replicates=600, interval="BCa"),
    )
    w = maic_weights(ipd, target(), match=MATCH).value
    p, q = np.average(frame.response, weights=w), 0.4
    expected = {
        "log_or": np.log(p / (1 - p) / (q / (1 - q))),
        "log_rr": np.log(p / q),
        "risk_difference": p - q,
    }[measure]
    assert drawn.estimate == pytest.approx(expected, abs=1e-9)
    assert drawn.ci_low < expected < drawn.ci_high


def test_a_response_of_everybody_has_no_ratio():
    frame = trial(40).assign(response=1)
    options = dict(rng=seeded(), resampling=FEW)
    args = as_ipd(frame), outcome(frame), published(), matched(target())
    with pytest.raises(InputError, match="nobody or everybody of an arm responds"):
        bootstrap_response_maic(*args, **options)
    with pytest.raises(InputError, match="bootstrap_response_maic"):
        run(effect=ResponseEffect())


# ---- anchored


def published_effect(**changes) -> Contrast:
    words = dict(
        treatment="B",
        comparator="C",
        outcome="OS",
        measure="log_hr",
        population="B's trial",
        value=0.7,
        ci_low=0.5,
        ci_high=0.98,
        estimand="marginal",
    )
    return printed_effect(**{**words, **changes})


def within(**options):
    return bootstrap_weighted_trial(
        treated(160, names=("A", "C")),
        Matching(target(), match=MATCH),
        treatment="A",
        outcome="OS",
        rng=seeded(),
        resampling=Resampling(replicates=300, **options),
    )


def test_the_two_halves_of_an_anchored_bootstrap():
    drawn = within(interval="BCa")
    effect = published_effect()
    whole = anchor(drawn, effect, rng=seeded(1))
    assert whole.estimate == pytest.approx(drawn.estimate - np.log(0.7))
    assert whole.se == pytest.approx(np.hypot(drawn.se, effect.se), rel=0.1)
    assert (drawn.treatment, drawn.comparator) == ("A", "C")
    assert (whole.treatment, whole.comparator) == ("A", "B")
    assert abs(whole.acceleration) < abs(drawn.acceleration)
    assert "within each arm" in drawn.resampled


def test_survival_at_another_time_is_no_anchor():
    survival = SurvivalDifferenceEffect(at=5)
    changed = replace(within(), effect=survival, measure="survival_difference", time_unit="months")
    same = published_effect(
        measure="survival_difference", value=0.1, ci_low=0.0, ci_high=0.2, horizon=5,
        time_unit="months",
    )  # fmt: skip
    assert anchor(changed, same, rng=seeded()).to_contrast().horizon == 5
    with pytest.raises(IncompatibleError, match="differ in horizon or time unit"):
        anchor(changed, replace(same, horizon=12), rng=seeded())


def test_another_comparator_is_no_anchor():
    drawn = within()
    with pytest.raises(IncompatibleError, match="no common comparator"):
        anchor(drawn, published_effect(comparator="D"), rng=seeded())
    shown = anchor(
        drawn, published_effect(comparator="D"), rng=seeded(), different_comparators="C is like D."
    )
    assert shown.notes[0].startswith("Exploratory")
    assert shown.assumptions[0] == "C is like D."
    with pytest.raises(IncompatibleError, match="two effects differ: log_hr of OS"):
        anchor(drawn, published_effect(outcome="PFS"), rng=seeded())


def test_the_scale_of_the_weights_means_nothing_where_both_arms_have_it():
    """Each arm is resampled within itself: as many of each as there are."""
    ipd = treated(160, names=("A", "C"))
    z = standard_columns(ipd, target(), MATCH)
    a = np.array([arm == "A" for arm in ipd.arm])
    halves = [arm_draws([ipd.time[r]], [ipd.event[r]], [z[r]]) for r in (a, ~a)]
    arms = [
        TwoArms(first=halves[0], second=halves[1], start=start_from(z)[None], scale=s)
        for s in ("raw", "n", "ess")
    ]
    picks = arms[0].drawn(seeded().bit_generator.seed_seq.spawn(5))
    assert set(picks.first_count.sum(axis=1)) == {a.sum()}
    assert set(picks.second_count.sum(axis=1)) == {(~a).sum()}
    log_hrs = [HazardRatioEffect().of(*each.sampled(picks)[:2]) for each in arms]
    assert log_hrs[1] == pytest.approx(log_hrs[0], abs=1e-9)
    assert log_hrs[2] == pytest.approx(log_hrs[0], abs=1e-9)


# ---- intervals


def replicates_of_r() -> tuple[np.ndarray, np.ndarray]:
    frame = pd.read_csv(GOLDEN / "weighted_maic_replicates.csv")
    return tuple(frame.value[frame.kind == kind].to_numpy() for kind in ("replicate", "left out"))


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_intervals_are_those_of_r(golden, level):
    """boot.ci of the same replicates; R prints 15 digits of them."""
    values, left_out = replicates_of_r()
    r = golden("weighted_maic")
    estimate = r["boot/estimate"]
    a = acceleration([left_out])
    by_kind = {
        "percentile": percentile_interval(values, level=level),
        "normal": normal_interval(values, estimate=estimate, level=level),
        "BCa": bca_interval(values, estimate=estimate, acceleration=a, level=level),
    }
    for kind, limits in by_kind.items():
        expected = [r[f"boot/{kind}/{level}/{end}"] for end in ("low", "high")]
        assert list(limits) == pytest.approx(expected, rel=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(150, 400), st.floats(0.1, 10))
@settings(max_examples=40)
def test_intervals_turn_with_the_scale(seed, size, factor):
    """Percentile and BCa limits of another unit are the limits in that unit."""
    t = np.random.default_rng(seed).gamma(3, size=size)
    estimate = float(np.median(t)) + 1e-9
    for interval in (
        lambda x, _: percentile_interval(x, level=0.9),
        lambda x, e: bca_interval(x, estimate=e, acceleration=0.02, level=0.9),
    ):
        low, high = interval(t, estimate)
        scaled = interval(factor * t + 1, factor * estimate + 1)
        assert scaled == pytest.approx((factor * low + 1, factor * high + 1), abs=1e-8)
        assert low <= high


def test_too_few_replicates_are_refused():
    with pytest.raises(InputError, match="10 have an estimate; this interval needs 39"):
        percentile_interval(np.arange(10.0), level=0.95)
    with pytest.raises(InputError, match="1 replicates have an estimate; 2 have a spread"):
        _ = run(resampling=Resampling(replicates=1)).se
    with pytest.raises(InputError, match="lie on one side of the estimate"):
        bca_interval(np.arange(50.0), estimate=-1, acceleration=0, level=0.9)


# ---- what is refused


def test_what_is_refused():
    for wrong in (0, True, 2.5):
        with pytest.raises(InputError, match="`replicates` must be a whole number above 0"):
            Resampling(replicates=wrong)
    with pytest.raises(InputError, match="`workers` must be"):
        Resampling(workers=0)
    with pytest.raises(InputError, match="`interval` must be one of"):
        Resampling(interval="basic")
    with pytest.raises(InputError, match="`horizon` must be above 0"):
        RMSTDifferenceEffect(horizon=0)
    with pytest.raises(InputError, match="`at` must be a time of at least 0; got nan"):
        SurvivalDifferenceEffect(at=float("nan"))
    with pytest.raises(InputError, match="`scale` must be one of"):
        run(scale="big")
    with pytest.raises(IncompatibleError, match="convert one with in_unit"):
        run(b=comparator().in_unit("days"))
    with pytest.raises(InfeasibleTargetError, match="to blame: age"):
        run(population=target(200))
    with pytest.raises(InputError, match="no estimate from all patients: the follow-up"):
        run(effect=RMSTDifferenceEffect(horizon=500))
    with pytest.raises(InputError, match="`treatment` must hold one arm; got A, C"):
        run(treated(names=("A", "C")))
    with pytest.raises(InputError, match="must hold two arms, one of them the treatment 'X'"):
        bootstrap_weighted_trial(
            treated(), Matching(target(), match=MATCH), treatment="X", outcome="OS", rng=seeded()
        )


def test_bca_without_a_patient_that_everything_hangs_on():
    """One patient alone is older than the target."""
    n = 30
    frame = pd.DataFrame(
        {"t": np.arange(1.0, n + 1), "e": 1, "age": np.r_[np.linspace(50, 60, n - 1), 70.0]}
    )
    ipd = IPD.from_frame(
        frame, time="t", event="e", time_unit="months", origin="observed", covariates=["age"]
    )
    goal = Population.from_moments([Mean(name="age", value=62)], n=50, name="old")
    with pytest.raises(InputError, match=r"1 of 80 have none\. Use 'percentile'"):
        bootstrap_maic(
            ipd,
            comparator(),
            Matching(goal, match=["age"]),
            outcome="OS",
            rng=seeded(),
            resampling=Resampling(replicates=50, interval="BCa"),
        )


# ---- the public example


@pytest.mark.external
def test_the_public_unanchored_example():
    """Both arms resampled: SD of the log HR 0.1797 and mean -1.3327 in 1,000 draws of R.

    The standard error of an SD from R draws is SD / sqrt(2 R): 0.0040 there, 0.0013 here.
    """
    a, b = public_ipd(public_trial("sat")), public_comparator("sat")
    drawn = bootstrap_maic(
        a,
        b,
        Matching(public_target(), match=PUBLIC_MATCH),
        outcome="OS",
        rng=seeded(1),
        resampling=Resampling(replicates=10_000),
    )
    assert np.exp(drawn.estimate) == pytest.approx(0.262284156834, abs=1e-11)
    assert drawn.se == pytest.approx(0.1796556, abs=3 * 0.0042)
    assert drawn.finite.mean() == pytest.approx(-1.332724, abs=3 * 0.0060)
    assert np.exp([drawn.ci_low, drawn.ci_high]) == pytest.approx([0.1848, 0.3751], abs=0.012)
    assert drawn.n_failed == 0


@pytest.mark.external
def test_one_arm_alone_has_too_little_spread():
    """R with only the weighted arm resampled: SD 0.1512, mean -1.335785."""
    a, b = public_ipd(public_trial("sat")), public_comparator("sat")
    z = standard_columns(a, public_target(), PUBLIC_MATCH)
    arms = TwoArms(
        first=arm_draws([a.time], [a.event], [z]),
        second=arm_draws([b.time], [b.event]),
        start=start_from(z)[None],
        scale="raw",
    )
    picks = arms.drawn(seeded(2).bit_generator.seed_seq.spawn(4000))
    picks = picks._replace(second_count=np.ones_like(picks.second_count))
    first, second, _ = arms.sampled(picks)
    log_hr = HazardRatioEffect().of(first, second)
    assert log_hr.std(ddof=1) == pytest.approx(0.1512319, abs=3 * 0.0038)
    assert log_hr.mean() == pytest.approx(-1.335785, abs=3 * 0.0054)


@pytest.mark.external
def test_the_public_anchored_example():
    """Text identifiers xx1, xx10, xx2: SD 0.1790 and mean -1.9887; against B -1.4297, 0.1995."""
    drawn = bootstrap_weighted_trial(
        public_ipd(public_trial("twt")),
        Matching(public_target(), match=PUBLIC_MATCH),
        treatment="A",
        outcome="OS",
        rng=seeded(3),
        resampling=Resampling(replicates=4000),
    )
    assert drawn.se == pytest.approx(0.1790402, abs=3 * 0.0045)
    assert drawn.finite.mean() == pytest.approx(-1.988675, abs=3 * 0.0063)
    effect = published_effect(value=0.5718, ci_low=0.4812, ci_high=0.67946)
    whole = anchor(drawn, effect, rng=seeded(4))
    assert whole.finite.mean() == pytest.approx(-1.42971, abs=3 * 0.0070)
    assert whole.se == pytest.approx(0.1995044, abs=3 * 0.0050)


def test_a_seed_does_as_well_as_a_generator():
    def drawn(rng):
        return bootstrap_maic(
            treated(), comparator(), Matching(target(), match=MATCH), outcome="OS", rng=rng,
            resampling=Resampling(replicates=40),
        )  # fmt: skip

    assert drawn(1).replicates.tolist() == drawn(np.random.default_rng(1)).replicates.tolist()
    with pytest.raises(InputError, match=r"`rng` must be a whole number, the seed, or a NumPy Gen"):
        drawn("1")
