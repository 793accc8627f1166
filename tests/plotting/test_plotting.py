"""Figures: what they show is what the values say, and what they cannot show is refused."""

from __future__ import annotations

import math
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp import plotting
from survcomp.adjustment import balance_table, maic_weights
from survcomp.errors import InputError
from survcomp.estimation import kaplan_meier
from survcomp.plotting.arms import line_of
from survcomp.plotting.style import NEAREST, log_ticks
from survcomp.reconstruction import reconstruct
from survcomp.values import (
    IPD,
    Contrast,
    Curve,
    Landmark,
    Mean,
    MedianTime,
    Population,
    Question,
    Weights,
)

mpl.use("agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def observed(times, censored=(), arm="A", unit="months") -> IPD:
    return IPD.from_times(
        times, censored, arm=arm, time_unit=unit, origin="observed", censoring="observed"
    )


A = observed([5, 8, 12], [14, 15])
B = observed([2, 3, 6, 9], [10], arm="B")


def effect(hr, low, high, **changed) -> Contrast:
    about = {"treatment": "A", "comparator": "B", "outcome": "OS", "population": "T"}
    question = Question(**{**about, "measure": "log_hr", **changed})
    return Contrast.from_interval(question, value=hr, ci_low=low, ci_high=high)


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_curves_have_the_heights_of_the_estimate_and_the_table_its_counts():
    ax = plotting.km([A, B])
    line = next(line for line in ax.lines if line.get_label() == "A")
    curve = kaplan_meier(A)
    time, survival = line.get_data()
    for t, s in zip(curve.time, curve.survival, strict=True):
        assert survival[np.flatnonzero(np.asarray(time) == t)[-1]] == pytest.approx(s)
    ticks = [t for t in ax.get_xticks() if t <= 15]
    shown = [text for text in texts(ax) if text.isdigit()]
    expected = [str(int(n)) for arm in (A, B) for n in kaplan_meier(arm).at_risk_at(ticks)]
    assert shown == expected


def test_arms_are_told_apart_without_colour():
    lines = [line for line in plotting.km([A, B]).lines if line.get_label() in ("A", "B")]
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == 2


def test_every_mark_is_in_the_legend():
    labels = [t.get_text() for t in plotting.km([A, B]).get_legend().get_texts()]
    assert labels == ["A", "B", "95% band", "censored"]


def test_axes_that_are_given_are_drawn_on():
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert plotting.km(A, ax=ax) is ax
    assert plotting.forest({"x": effect(0.5, 0.3, 0.9)}, ax=ax) is ax


@pytest.fixture(scope="module")
def rebuilt():
    curve = Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="PFS",
        n=97,
        median=MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6),
        landmarks=(Landmark(time=12, survival=0.4, ci_low=0.3, ci_high=0.5),),
    )
    return reconstruct(curve, draws=12, rng=1)


def test_a_reconstruction_is_drawn_over_its_draws_with_what_was_printed(rebuilt):
    ax = plotting.km(rebuilt)
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert "95% band, reconstruction included" in labels
    assert "printed, with interval" in labels
    assert any("median of the draws" in text for text in texts(ax))


def test_the_band_of_a_reconstruction_is_wider_than_that_of_one_data_set(rebuilt):
    def width(arm):
        line = line_of("drug", arm, None, level=0.95)
        at = np.searchsorted(line.time, 4.0, side="right") - 1
        return line.high[at] - line.low[at]

    assert width(rebuilt) > 1.05 * width(rebuilt.ipd)  # 1.15 with these draws


def test_the_hazard_of_a_rebuilt_arm_is_refused(rebuilt):
    with pytest.raises(InputError, match="not observed"):
        plotting.hazard(rebuilt.ipd)
    with pytest.raises(InputError, match="not observed"):
        plotting.hazard(rebuilt)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plotting.km([]), "empty"),
        (lambda: plotting.km([A, A]), "more than once"),
        (lambda: plotting.km([A, observed([30, 60], arm="B", unit="days")]), "time units"),
        (lambda: plotting.km(pd.DataFrame({"t": [1]})), "got DataFrame"),
        (lambda: plotting.km(A, weights={"B": Weights(id=A.id, value=np.ones(5), population="T")}),
         "names 'B'"),
        (lambda: plotting.weights(np.ones(3)), "got ndarray"),
        (lambda: plotting.balance(np.ones(3)), "got ndarray"),
        (lambda: plotting.forest([]), "nothing"),
        (lambda: plotting.forest({"a": 0.5}), "float"),
        (lambda: plotting.forest([effect(0.5, 0.3, 0.9), effect(0.5, 0.3, 0.9, treatment="C")]),
         "differ in treatment"),
        (lambda: plotting.hazard_ratio_over_time([0, 5], []), "ascending"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_words(call, words):
    with pytest.raises(InputError, match=words):
        call()


@given(
    st.lists(
        st.tuples(st.floats(-4, 4), st.floats(0.01, 3), st.floats(0.01, 3)), min_size=1, max_size=6
    )
)
def test_the_axis_of_a_forest_plot_holds_every_interval(shapes):
    from matplotlib.figure import Figure

    effects = {
        str(i): effect(math.exp(m), math.exp(m - below), math.exp(m + above))
        for i, (m, below, above) in enumerate(shapes)
    }
    ax = plotting.forest(effects, ax=Figure().subplots())
    low, high = ax.get_xlim()
    for contrast in effects.values():
        assert low <= contrast.ci_low <= contrast.ci_high <= high
    assert low < 1 < high


def test_a_forest_plot_says_whom_each_side_favours():
    words = texts(plotting.forest({"x": effect(0.5, 0.3, 0.9)}))
    assert any(text.startswith("← favours A") for text in words)
    assert "0.50 (95% CI 0.30 to 0.90)" in words
    rmst = Contrast(
        treatment="A",
        comparator="B",
        outcome="OS",
        measure="rmst_difference",
        population="T",
        value=2.0,
        ci_low=-1.0,
        ci_high=5.0,
    )
    assert any(
        text.startswith("← favours B") for text in texts(plotting.forest({"x": rmst}))
    )  # more time is better
    response = effect(1.4, 1.2, 1.6, measure="log_rr", outcome="ORR")
    assert any("less with A" in text for text in texts(plotting.forest({"x": response})))


def test_a_love_plot_shows_differences_before_and_after():
    frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    ipd = IPD.from_frame(
        frame, time="t", event="e", time_unit="months", origin="observed", covariates=["x"]
    )
    target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B")
    table = balance_table(ipd, target, maic_weights(ipd, target, match=["x"]))
    ax = plotting.balance(table)
    drawn = {line.get_label(): line.get_xdata()[0] for line in ax.lines}
    assert drawn["before weighting"] == pytest.approx(table.rows[0].difference_before)
    assert drawn["after weighting"] == pytest.approx(0, abs=1e-6)


def test_weights_of_left_out_patients_are_not_shown():
    made = Weights(id=("1", "2", "3"), value=np.array([1.0, 0.0, 3.0]), population="T")
    assert any(text.startswith("n = 2\n") for text in texts(plotting.weights(made)))


def test_hazard_ratios_of_periods_stand_where_their_periods_are():
    ax = plotting.hazard_ratio_over_time(
        [0, 6, 24], [effect(0.9, 0.5, 1.6), effect(0.5, 0.3, 0.8)], constant=effect(0.6, 0.4, 0.9)
    )
    assert [tuple(line.get_xdata()) for line in ax.lines[:2]] == [(0, 6), (6, 24)]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "in each period",
        "its interval",
        "constant: HR 0.60 (95% CI 0.40 to 0.90)",
        "no difference",
    ]
    assert list(ax.get_xticks()) == [0, 6, 24]


@given(st.floats(-4, -0.05), st.floats(0.05, 4))
def test_the_labels_of_a_ratio_reach_to_both_ends_of_the_axis(low, high):
    ticks = log_ticks(math.exp(low), math.exp(high))
    assert 1 in ticks
    assert ticks == sorted(ticks)
    assert math.exp(low) <= ticks[0]
    assert ticks[-1] <= math.exp(high)
    width = high - low
    assert all(math.log(b / a) >= NEAREST * width for a, b in pairwise(ticks))
    unlabelled = max(math.log(ticks[0]) - low, high - math.log(ticks[-1]))
    assert unlabelled <= max(0.4 * width, 0.1)


def test_a_forest_plot_of_nothing_is_refused():
    with pytest.raises(InputError, match="`lines` is empty"):
        plotting.forest_lines([], axis="Hazard ratio")


def test_the_legend_stands_inside_the_figure():
    mine = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    curve = Curve(
        trial="T", arm="b", treatment="B", endpoint="PFS", n=60,
        median=MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6),
    )  # fmt: skip
    weights = Weights(id=mine.id, value=np.array([2.0, 1, 1, 1, 1]), population="T")
    rebuilt = reconstruct(curve, draws=5, rng=1)
    ax = plotting.km({"A": mine, "B": rebuilt}, weights={"A": weights})
    figure = ax.get_figure()
    figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert legend.y1 <= figure.bbox.y1
    # the axes stay as large as without a legend of four rows
    plain = plotting.km([mine], at_risk=True)
    assert ax.get_window_extent().height == pytest.approx(
        plain.get_window_extent().height, rel=0.01
    )
