"""The fidelity table: spreads, verdicts and the grade."""

import math

import numpy as np
import pytest

from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.reconstruction.printed.summary import summary
from survcomp.values import IPD, Count, Curve, Ensemble, Landmark, MedianTime
from survcomp.values.reconstruction import Fidelity, FidelityRow, Role, Verdict


def row(role: Role, verdict: Verdict, **changes: float) -> FidelityRow:
    values = {"published": 0.5, "rebuilt": 0.53, **changes}
    number = {"quantity": "S(6)", "kind": "landmarks", "unit": "probability"}
    return FidelityRow(role=role, verdict=verdict, **number, **values)


@pytest.mark.parametrize(
    ("verdicts", "grade"),
    [
        ([("used", "met"), ("held out", "agrees")], "A"),
        ([("used", "met")], "B"),
        ([("used", "met"), ("held out", "agrees"), ("held out", "differs")], "C"),
        ([("used", "missed"), ("held out", "differs")], "D"),
    ],
)
def test_the_grade_is_that_of_the_worst_row(verdicts, grade):
    assert Fidelity(rows=tuple(row(*pair) for pair in verdicts)).grade == grade


def test_the_difference_counts_draws_and_rounding():
    assert row("used", "met", sd=0.03, rounding=0.04).difference_in_sd == pytest.approx(0.6)
    assert math.isnan(row("used", "met").difference_in_sd)  # no draws, no spread
    assert row("used", "met", rebuilt=0.5, sd=0.0).difference_in_sd == 0
    assert row("used", "missed", sd=0.0).difference_in_sd == math.inf
    assert math.isnan(row("used", "met", published=math.inf, sd=1.0).difference_in_sd)


def ten(last_event: float) -> IPD:
    """Ten patients, all followed to the end; the second event at `last_event`."""
    return IPD.from_times([2.0, last_event], [9.0] * 8, arm="drug", time_unit="months")


def test_the_spread_is_that_of_the_draws():
    """S(5) is 0.8 in two draws and 0.9 in two: SD 0.1 / sqrt(3)."""
    curve = Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="OS",
        n=10,
        landmarks=(Landmark(time=5, survival=0.85, step=0.001),),
    )
    draws = Ensemble(
        draws=tuple(ten(t) for t in (4.0, 4.0, 6.0, 6.0)), method="summary", curve_id="c"
    )
    alone = compare_with_published(curve, ten(4.0), used=frozenset())
    spread = compare_with_published(curve, ten(4.0), used=frozenset(), ensemble=draws)
    at_5 = {r.quantity: r for r in spread.rows}["S(5)"]
    assert at_5.sd == pytest.approx(0.1 / math.sqrt(3.0))
    assert at_5.rounding == pytest.approx(0.0005 / math.sqrt(3.0))
    assert at_5.difference == pytest.approx(-0.05)
    assert [r.rebuilt for r in alone.rows] == [r.rebuilt for r in spread.rows]


def test_a_held_out_number_far_off_but_within_the_draws_agrees():
    """Events by 5 months: 12 published, 2 rebuilt, and 2 to 22 over the draws."""

    def many(early: int) -> IPD:
        return IPD.from_times([2.0] * early, [9.0] * (50 - early), arm="x", time_unit="months")

    count = Count(count=12, kind="events by time", time=5.0)
    curve = Curve(trial="T", arm="a", treatment="x", endpoint="OS", n=50, counts=(count,))
    draws = Ensemble(draws=tuple(many(k) for k in (2, 12, 22)), method="summary", curve_id="c")
    alone = compare_with_published(curve, many(2), used=frozenset())
    spread = compare_with_published(curve, many(2), used=frozenset(), ensemble=draws)
    assert alone.rows[1].verdict == "differs"
    assert spread.rows[1].difference_in_sd == pytest.approx(-1.0)
    assert spread.rows[1].verdict == "agrees"


@pytest.mark.parametrize(
    ("kind", "published", "used", "verdict"),
    [
        # of 50 patients 20 have the event, 10 of them by 5; nobody leaves before 9
        ("events by time", 11, True, "met"),
        ("events by time", 12, True, "missed"),
        ("events by time", 12, False, "agrees"),
        ("events by time", 13, False, "differs"),
        ("progressions by time", 2, True, "met"),
        ("progressions by time", 12, True, "missed"),
        ("progressions by time", 2, False, "agrees"),
        ("event-free by time", 41, True, "met"),
        ("event-free by time", 42, True, "missed"),
        ("event-free by time", 20, True, "met"),
        ("event-free at cut", 29, True, "met"),
        ("event-free at cut", 28, True, "missed"),
        ("event-free at cut", 28, False, "agrees"),
        ("event-free and followed at cut", 5, True, "met"),
        ("event-free and followed at cut", 32, True, "missed"),
        ("event-free and followed at cut", 32, False, "agrees"),
        ("event-free and followed at cut", 40, False, "differs"),
    ],
)
def test_counts_of_each_kind(kind, published, used, verdict):
    ipd = IPD.from_times(
        [2.0] * 10 + [7.0] * 10, [9.0] * 30, arm="x", time_unit="months"
    )  # fmt: skip
    count = Count(count=published, kind=kind, time=5.0 if kind.endswith("by time") else None)
    curve = Curve(trial="T", arm="a", treatment="x", endpoint="OS", n=50, counts=(count,))
    table = compare_with_published(curve, ipd, used=frozenset({"counts"} if used else ()))
    _, row = table.rows
    assert (row.role, row.verdict) == ("used" if used else "held out", verdict)


def test_draws_meet_what_is_printed():
    """Every draw meets the printed numbers within their rounding and a patient's step."""
    curve = Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="PFS",
        n=150,
        landmarks=(
            Landmark(time=6, survival=0.74, ci_low=0.66, ci_high=0.80, step=0.01),
            Landmark(time=12, survival=0.55, ci_low=0.46, ci_high=0.63, step=0.01),
        ),
        median=MedianTime(estimate=13.9),
        counts=(Count(count=71),),
    )
    ensemble = summary(curve, draws=150, rng=3).ensemble
    assert ensemble is not None
    off = []
    for draw in ensemble:
        table = compare_with_published(curve, draw, used=frozenset())
        off.append([r.difference for r in table.rows if r.quantity in ("S(6)", "S(12)")])
    # rounding to a hundredth, a step of one of about 100 patients, and the whole patients of a
    # draw, an event either side of the time: about as much again
    assert np.sqrt(np.mean(np.square(off))) < 1.5 * math.hypot(0.005 / math.sqrt(3), 0.29 / 100)
    assert np.abs(off).max() < 0.03
