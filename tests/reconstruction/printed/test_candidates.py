"""The longest follow-up: one for the arms of a trial, weighed where it is not printed."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from survcomp.errors import ContradictionError
from survcomp.estimation import kaplan_meier
from survcomp.estimation.cox.two_arm import two_arm_log_hr, two_arm_log_hrs
from survcomp.reconstruction import summaries, summary
from survcomp.reconstruction.printed.candidates import find_candidates
from survcomp.values import IPD, Basis, Count, Curve, Cut, FollowUp, Landmark, MedianTime

RANGE = FollowUp(median=18.0, low=0.2, high=30.0, spread="range")


def make(arm="a", follow_up=None, n=120, **fields) -> Curve:
    return Curve(
        trial="T",
        arm=arm,
        treatment=arm,
        endpoint="PFS",
        n=n,
        basis=Basis(cut=Cut(label="cut", follow_up=follow_up)),
        **fields,
    )


LONGER = make(median=MedianTime(estimate=12.0, ci_low=9.5, ci_high=15.0), counts=(Count(count=90),))
SHORTER = make(
    "b", median=MedianTime(estimate=5.0, ci_low=4.0, ci_high=6.1), counts=(Count(count=108),)
)


def test_where_no_follow_up_is_printed_the_arms_of_a_trial_have_one():
    candidates = find_candidates([LONGER, SHORTER], assumed=False)
    assert len(candidates) > 1
    for candidate in candidates:
        assert candidate.arms[0] == candidate.arms[1]
        assert candidate.arms[0].longest > 15.0  # the later of the arms' printed times
    assert sum(math.exp(one.log_prior) for one in candidates) == pytest.approx(1.0)


def test_stretches_of_an_unknown_horizon_meet_end_to_end():
    arms = [one.arms[0] for one in find_candidates([SHORTER], assumed=False)]
    normals = np.array([-9.0, 0.0, 9.0])
    for before, after in pairwise(arms):
        assert before.at(normals)[2] == pytest.approx(after.at(normals)[0])
        assert before.end == pytest.approx(before.at(normals)[2])
    assert arms[0].at(normals)[1] == pytest.approx(arms[0].longest)


def test_more_events_mean_a_longer_follow_up():
    """In a mature trial the last printed time of a median lies early in the follow-up."""

    def centre(events: int) -> float:
        candidates = find_candidates(
            [replace(SHORTER, counts=(Count(count=events),))], assumed=False
        )
        return sum(math.exp(one.log_prior) * math.log(one.arms[0].longest) for one in candidates)

    assert centre(115) > centre(90) + 0.2 > centre(60) + 0.4


def test_a_limit_that_was_not_reached_means_that_the_follow_up_ends_soon():
    def centre(ci_high: float) -> float:
        curve = make(median=MedianTime(estimate=12.0, ci_low=9.5, ci_high=ci_high))
        candidates = find_candidates([curve], assumed=False)
        return sum(math.exp(one.log_prior) * math.log(one.arms[0].longest) for one in candidates)

    assert centre(math.inf) < math.log(18.0)
    assert centre(15.0) > math.log(30.0)


def test_a_follow_up_printed_for_one_arm_holds_for_the_other():
    (only,) = find_candidates([replace(LONGER, basis=with_range()), SHORTER], assumed=False)
    assert [horizon.longest for horizon in only.arms] == [30.0, 30.0]
    assert only.arms[1].log_sd == 0


def with_range() -> Basis:
    return Basis(cut=Cut(label="cut", follow_up=RANGE))


def test_median_follow_ups_of_two_arms_give_one_horizon():
    arms = [
        replace(curve, basis=Basis(cut=Cut(label="cut", follow_up=FollowUp(median=median))))
        for curve, median in ((LONGER, 20.0), (SHORTER, 22.0))
    ]
    (only,) = find_candidates(arms, assumed=False)
    moved = np.array([-1.0, 0.5, 2.0])
    assert only.arms[0].at(moved) == pytest.approx(only.arms[1].at(moved))
    assert 30.0 < only.arms[0].longest < 33.0


def test_without_any_printed_time_there_is_no_horizon():
    with pytest.raises(ContradictionError, match="no time is published"):
        summary(make(median=MedianTime(estimate=math.inf), counts=(Count(count=20),)))


def test_draw_m_of_both_arms_ends_together():
    """Few events, so that the last patients are censored at the cut: the ends go together."""
    marks = (Landmark(time=12.0, survival=0.9),)
    two = summaries([make("a", landmarks=marks), make("b", landmarks=marks)], draws=30, rng=1)
    ends = [[math.log(d.time.max()) for d in one.ensemble] for one in two]
    assert np.corrcoef(ends)[0, 1] > 0.8
    assert np.std(ends[0]) > 0.1


def test_one_seed_gives_two_arms_independent_draws():
    marks = (Landmark(time=12.0, survival=0.6),)
    ensembles = [
        summary(make(arm, landmarks=marks, follow_up=RANGE), draws=60, rng=1).ensemble
        for arm in ("a", "b")
    ]
    levels = [[float(kaplan_meier(draw)([6.0])[0]) for draw in one] for one in ensembles]
    assert abs(np.corrcoef(levels)[0, 1]) < 0.4  # 3 SE of a correlation of 0


def simulated(seed: int, n: int, longest: float, hazard: float, arm: str) -> IPD:
    """Exponential survival, entry spread over half of the follow-up, nobody lost."""
    rng = np.random.default_rng(seed)
    time = rng.exponential(1.0 / hazard, n)
    followed = longest * rng.uniform(0.5, 1.0, n)
    event = time <= followed
    observed = np.minimum(time, followed)
    return IPD.from_times(
        observed[event], observed[~event], arm=arm, time_unit="months", origin="observed"
    )


def median_and_events(ipd: IPD, follow_up: FollowUp | None = None) -> Curve:
    at = kaplan_meier(ipd).median()
    limits = MedianTime(
        estimate=round(at.value, 1), ci_low=round(at.ci_low, 1), ci_high=round(at.ci_high, 1)
    )
    return make(ipd.arms[0], follow_up, ipd.n, median=limits, counts=(Count(count=ipd.n_events),))


@pytest.mark.parametrize("seed", range(5))
def test_a_median_follow_up_that_is_the_longest_is_no_contradiction(seed):
    """In a very mature arm few are censored, the last of them where the curve ends."""
    ipd = simulated(seed, 100, 60.0, 0.09, "a")
    longest = round(float(ipd.time.max()), 1)
    follow_up = FollowUp(
        median=longest, low=0.1, high=longest, spread="range", method="reverse Kaplan-Meier"
    )
    rebuilt = summary(median_and_events(ipd, follow_up), draws=4, rng=1)
    assert {draw.n_events for draw in rebuilt.ensemble} == {ipd.n_events}


def test_events_without_a_follow_up_leave_the_hazard_ratio_where_it_is():
    """Mature arms of 300 with medians and events printed, and no follow-up.

    A horizon at the last printed time squeezes all events before it, and puts the log hazard
    ratio 2 to 4 of the trial's own standard errors too low. The tolerance of 1 is what the
    mean error may be over trials (0.5) and three standard errors of it over four trials.
    """
    errors = []
    for seed in range(4):
        arms = [
            simulated(10 * seed + i, 300, 40.0, hazard, name)
            for i, (name, hazard) in enumerate((("x", 0.042), ("c", 0.07)))
        ]
        rebuilt = summaries([median_and_events(ipd) for ipd in arms], draws=12, rng=seed)
        fits = two_arm_log_hrs(list(rebuilt[0].ensemble), list(rebuilt[1].ensemble))
        true, se = two_arm_log_hr(
            np.concatenate([ipd.time for ipd in arms]),
            np.concatenate([ipd.event for ipd in arms]),
            np.repeat([True, False], 300),
        )
        errors.append((float(np.mean(fits.log_hr)) - true) / se)
    assert abs(np.mean(errors)) < 1.0
