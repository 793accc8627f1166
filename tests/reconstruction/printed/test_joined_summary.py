"""Printed numbers of two cuts, one cohort: what joining adds, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.cohort import enrol, printed
from support.digitize import trace
from support.paths import ROOT

from survcomp.errors import ContradictionError
from survcomp.estimation import kaplan_meier
from survcomp.evidence import read_trial
from survcomp.reconstruction import integer, join_cuts, leave_one_out, reconstruct, summary
from survcomp.reconstruction.earlier_fidelity import earlier_rows
from survcomp.values import (
    AtRisk,
    Basis,
    Count,
    Curve,
    Cut,
    EarlierCut,
    FollowUp,
    Landmark,
    MedianTime,
)

GAP = 10.0
TIMES = np.arange(3.0, 25.0, 3.0)


def survival(ipd, times=TIMES):
    return kaplan_meier(ipd)(np.minimum(times, ipd.time.max()))


def two_cuts(seed, n=150, **early) -> tuple[Curve, Curve, np.ndarray]:
    """The earlier cut with its rates, the latest with one, and the truth at the latest."""
    cohort = enrol(n, np.random.default_rng(seed))
    late = printed(cohort.at(0.0), gap=0.0, times=(24.0,), limits=False, events=False, median=False)
    return (
        printed(cohort.at(GAP), gap=GAP, times=(6.0, 12.0), **early),
        late,
        survival(cohort.at(0.0)),
    )


def test_joined_curves_are_nearer_to_the_truth_than_the_latest_cuts_few_numbers():
    alone, joined = [], []
    for seed in range(5):
        early, late, truth = two_cuts(seed)
        alone.append(survival(summary(late).ipd) - truth)
        joined.append(survival(summary(join_cuts([early, late])).ipd) - truth)
    assert np.sqrt(np.mean(np.square(joined))) < 0.5 * np.sqrt(np.mean(np.square(alone)))


def test_joining_a_curve_with_itself_a_moment_before_adds_nothing():
    late = printed(
        enrol(150, np.random.default_rng(1)).at(0.0), gap=0.0, times=(12.0, 24.0), limits=False
    )
    before = replace(late, basis=replace(late.basis, cut=replace(late.basis.cut, label="before")))
    twice = replace(
        late,
        earlier=(EarlierCut(curve=before, time_before=0.001, se=0.0, origin="given"),),
    )
    once, both = (survival(summary(curve).ipd) for curve in (late, twice))
    assert np.max(np.abs(once - both)) < 0.02


def test_what_was_joined_is_in_the_fidelity_table_and_in_words():
    early, late, _ = two_cuts(2)
    rebuilt = reconstruct(join_cuts([early, late]), draws=0)
    assert rebuilt.method == "summary"
    rows = {row.quantity: row for row in rebuilt.fidelity.rows}
    assert {"S(24)", "early: S(6)", "early: S(12)", "early: events", "early: median"} <= set(rows)
    assert {row.role for row in rows.values()} == {"used"}
    assert rows["early: events"].rebuilt == early.events
    assert not [row for row in rebuilt.fidelity.missed if "limit" not in row.quantity]
    assert any("'early', 9.99 months earlier by the cut dates" in n for n in rebuilt.notes)
    assert any("compared with the fit of their cut" in note for note in rebuilt.notes)
    assert early.events < rebuilt.ipd.n_events


def test_numbers_at_risk_of_both_cuts_are_met():
    cohort = enrol(150, np.random.default_rng(3))
    curves = []
    for gap, rows in ((GAP, (0.0, 6.0, 12.0, 18.0)), (0.0, (0.0, 6.0, 12.0, 18.0, 24.0))):
        seen = cohort.at(gap)
        table = AtRisk.from_rows(rows, [int(np.sum(seen.time >= t)) for t in rows])
        curves.append(replace(printed(seen, gap=gap, times=(12.0,)), at_risk=table))
    rebuilt = summary(join_cuts(curves))
    off = [r.rebuilt - r.published for r in rebuilt.fidelity.rows if "at risk at" in r.quantity]
    assert len(off) == 9
    assert np.max(np.abs(off)) <= 2


def test_the_same_seed_gives_the_same_draws_and_never_moves_what_is_shown():
    early, late, _ = two_cuts(4)
    joined = join_cuts([early, late])
    one, two = (summary(joined, draws=4, rng=7) for _ in range(2))
    assert one.ensemble.to_frame().equals(two.ensemble.to_frame())
    assert one.ipd.time.tolist() == summary(joined).ipd.time.tolist()
    assert {drawn.n for drawn in one.ensemble} == {150}


def test_the_fit_corrects_a_time_that_only_the_medians_of_follow_up_tell():
    """Twelve months lie between the cuts; the medians of follow-up are made to say eight.

    Of those at risk at 12 months at the latest cut none is yet censored by it, and the earlier
    cut says how many had been followed for so long.
    """
    cohort = enrol(300, np.random.default_rng(5), mean=30.0, dropout=0.0)
    late, seen = printed(cohort.at(0.0), gap=0.0, times=(12.0, 24.0), dated=False), cohort.at(12.0)
    early = replace(
        printed(seen, gap=12.0, times=(6.0,), dated=False),
        at_risk=AtRisk.from_rows([0.0, 12.0], [300, int(np.sum(seen.time >= 12.0))]),
    )
    wrong = FollowUp(median=late.basis.cut.follow_up.median - 8.0)
    joined = join_cuts([replace(early, basis=early.basis.with_follow_up(wrong)), late])
    (cut,) = joined.earlier
    note = next(note for note in summary(joined).notes if "Joined with" in note)
    fitted = float(note.split("; ")[1].split()[0])
    assert cut.time_before == pytest.approx(8.0)
    assert abs(fitted - 12.0) < 2.0


def test_a_latest_cut_of_counts_alone_is_a_curve_once_joined():
    early, late, _ = two_cuts(6)
    counts = replace(late, landmarks=(), counts=(Count(count=100),))
    with pytest.raises(ContradictionError, match="give a survival rate"):
        summary(counts)
    rebuilt = summary(join_cuts([early, counts]))
    assert rebuilt.ipd.n_events == 100
    assert rebuilt.support == "printed survival rates, no figure"


@pytest.mark.parametrize(("longest", "words"), [(21.3, "be about 31.3"), (None, "be about 29")])
def test_follow_up_that_the_latest_cut_does_not_print_is_that_of_an_earlier_one(longest, words):
    early, late, _ = two_cuts(7)
    spread = {} if longest is None else {"low": 0.1, "high": longest, "spread": "range"}
    early = replace(early, basis=early.basis.with_follow_up(FollowUp(median=12.7, **spread)))
    late = replace(late, basis=Basis(cut=replace(late.basis.cut, follow_up=None)))
    rebuilt = summary(join_cuts([early, late]), draws=3, rng=1)
    assert f"{words}" in rebuilt.censoring
    assert "at the cut 'early'" in rebuilt.censoring
    assert all(24 <= drawn.time.max() < 45 for drawn in rebuilt.ensemble)


def test_contradictions_between_cuts_name_the_numbers():
    early, late, _ = two_cuts(8)
    high = replace(early, landmarks=(Landmark(time=6, survival=0.99),), median=None, counts=())
    low = replace(late, landmarks=(Landmark(time=6, survival=0.55), *late.landmarks))
    with pytest.raises(ContradictionError, match=r"early: S\(6\) = 0\.99") as caught:
        summary(join_cuts([high, low]))
    assert "S(6) = 0.55" in str(caught.value)


def test_too_early_a_cut_is_refused():
    early, late, _ = two_cuts(9)
    wide = replace(early, landmarks=(*early.landmarks, Landmark(time=18, survival=0.4)))
    with pytest.raises(ContradictionError, match=r"leaves .* at the cut 'early', 25 earlier"):
        summary(join_cuts([wide, late], time_before_latest={"early": 25.0}))


def test_a_number_of_the_latest_cut_can_be_left_out_and_predicted_from_the_earlier():
    early, late, _ = two_cuts(10)
    (row,) = leave_one_out(join_cuts([early, late]), draws=10, rng=1).rows
    assert (row.quantity, row.verdict) == ("S(24)", "agrees")


def test_a_figure_at_the_latest_cut_is_used_and_the_earlier_numbers_are_held_out():
    rows, n = [], 0
    for seed in range(4):
        rng = np.random.default_rng(100 + seed)
        cohort = enrol(150, rng)
        seen = cohort.at(0.0)
        figure = replace(
            trace(seen.time, seen.event, rng).curve(),
            trial="sim",
            treatment="a",
            endpoint="PFS",
            basis=Basis(cut=Cut(label="late", date="2022-06-30")),
        )
        table = [0.0, 6.0, 12.0, 18.0]
        then = cohort.at(GAP)
        early = replace(
            printed(then, gap=GAP, times=(6.0, 12.0)),
            at_risk=AtRisk.from_rows(table, [int(np.sum(then.time >= t)) for t in table]),
        )
        rebuilt = reconstruct(join_cuts([early, figure]), draws=0)
        alone = integer(figure)
        assert rebuilt.method == "integer"
        assert rebuilt.ipd.time.tolist() == alone.ipd.time.tolist()
        assert "Earlier cuts were not used: 'early'" in " ".join(rebuilt.notes)
        earlier = [row for row in rebuilt.fidelity.rows if row.quantity.startswith("early: ")]
        assert {row.role for row in earlier} == {"held out"}
        rows += [row.verdict for row in earlier]
        n = len(earlier)
    assert n == 8
    assert rows.count("differs") <= 2


IMPOSSIBLE = {
    "S(12)": dict(landmarks=(Landmark(time=12, survival=0.85),)),
    "median": dict(median=MedianTime(estimate=4.0)),
    "events": dict(counts=(Count(count=15),)),
    "events by 12": dict(counts=(Count(count=12, kind="events by time", time=12.0),)),
    "events by 12, at least": dict(
        counts=(Count(count=148, kind="progressions by time", time=12.0),)
    ),
    "event-free and followed at 12, at least": dict(
        counts=(Count(count=149, kind="event-free by time", time=12.0),)
    ),
    "event-free at the cut": dict(counts=(Count(count=2, kind="event-free at cut"),)),
    "event-free at the cut, at least": dict(
        counts=(Count(count=149, kind="event-free and followed at cut"),)
    ),
    "at risk at 12": dict(at_risk=AtRisk.from_rows([12.0], [5])),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_earlier_number_that_cannot_be_of_the_figures_patients_differs(name):
    cohort = enrol(150, np.random.default_rng(200))
    ipd, cut = cohort.at(0.0), printed(cohort.at(GAP), gap=GAP, times=()).basis.cut
    nothing = printed(ipd, gap=0.0, times=(), median=False, events=False)
    early = replace(nothing, basis=Basis(cut=cut), **IMPOSSIBLE[name])
    (row,) = earlier_rows(join_cuts([early, nothing]), ipd)
    assert (row.quantity, row.role, row.verdict) == (f"early: {name}", "held out", "differs")


def test_cartitude_4_at_two_cuts():
    """12-month PFS is printed at the first cut only, 30-month PFS at the second only."""
    trial = read_trial("cartitude_4", ROOT)
    early, late = (
        trial.curve(arm="cilta_cel", endpoint="PFS", cut=cut)
        for cut in ("15.9 months", "33.6 months")
    )
    joined = join_cuts([early, late])
    (cut,) = joined.earlier
    assert (cut.origin, round(cut.time_before, 1)) == ("cut dates", 18.0)

    def at_12_and_30(curve):
        drawn = [
            survival(ipd, np.array([12.0, 30.0]))
            for ipd in summary(curve, draws=20, rng=1).ensemble
        ]
        return np.mean(drawn, axis=0), np.std(drawn, axis=0, ddof=1)

    (_, alone), (mean, both) = at_12_and_30(late), at_12_and_30(joined)
    assert mean == pytest.approx([0.759, 0.594], abs=0.01)
    assert both[0] < 0.2 * alone[0]
    assert both[1] < 0.02
