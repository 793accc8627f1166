"""The patients who are not in a subgroup."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from support.published import patients, published, simulate

from survcomp.errors import ContradictionError, IncompatibleError, InputError
from survcomp.estimation import kaplan_meier
from survcomp.reconstruction.complement import complement
from survcomp.values import AtRisk, Basis, Count, Cut, Landmark

N, PART = 100, 55


@pytest.fixture(scope="module")
def trial():
    """Everybody's time and event, and who is in the subgroup."""
    rng = np.random.default_rng(11)
    time, event = simulate(N, rng)
    return time, event, np.arange(N) < PART


def curves(trial, **words):
    time, event, inside = trial
    whole = published(patients(time, event), **words)
    part = published(patients(time[inside], event[inside]), **words)
    return whole, part


@pytest.fixture(scope="module")
def rest(trial):
    return complement(*curves(trial), draws=12, rng=4)


@pytest.fixture(scope="module")
def others(trial):
    time, event, inside = trial
    return patients(time[~inside], event[~inside])


def survival(ipd, times):
    km = kaplan_meier(ipd)
    return np.concatenate(([1.0], km.survival))[np.searchsorted(km.time, times, side="right")]


def test_the_others_are_found(rest, others):
    times = np.array([6.0, 12.0, 18.0, 24.0])
    assert rest.ipd.n == N - PART
    assert abs(rest.ipd.n_events - others.n_events) <= 1
    assert np.abs(survival(rest.ipd, times) - survival(others, times)).max() < 0.03
    mean = np.mean([survival(draw, times) for draw in rest.ensemble], axis=0)
    assert np.abs(mean - survival(others, times)).max() < 0.03


def test_numbers_at_risk_are_those_subtracted(rest):
    """Where both print a number at risk, every data set has the difference of the two."""
    whole, part = rest.overall.at_risk, rest.subgroup.at_risk
    shared, i, j = np.intersect1d(whole.time, part.time, return_indices=True)
    for ipd in (rest.ipd, *rest.ensemble):
        at_risk = kaplan_meier(ipd).at_risk_at(shared)
        assert at_risk.tolist() == (whole.count[i] - part.count[j]).tolist()


def test_weighted_difference_of_curves_is_not_what_is_done_but_near_it_without_censoring():
    """Nobody censored before 12: there S_c = (n S - n_s S_s) / (n - n_s), to one patient."""
    rng = np.random.default_rng(2)
    time, event = simulate(60, rng, mean=15.0)
    inside = np.arange(60) < 25
    rest = complement(*curves((time, event, inside)))
    at = np.array([3.0, 6.0, 9.0, 11.9])
    direct = [(60 * rest.overall.points.at(t) - 25 * rest.subgroup.points.at(t)) / 35 for t in at]
    assert np.abs(survival(rest.ipd, at) - direct).max() < 1.5 / 35


def test_result_says_how_much_errors_are_magnified(rest):
    assert rest.amplification == pytest.approx(N / (N - PART))
    assert "45 patients are what is left of 100 without the 55" in " ".join(rest.notes)
    assert "magnified 2.22 times" in " ".join(rest.notes)
    assert rest.tried == len(rest.ensemble) + rest.rejected
    assert f"{rest.rejected} of {rest.tried} pairs of draws" in " ".join(rest.notes)
    assert (rest.ensemble.n, len(rest.ensemble)) == (N - PART, 12)
    assert rest.ipd.arms == ("drug, not in the subgroup",)


def test_the_shown_data_set_needs_no_draws_and_seeds_repeat(trial, rest):
    whole, part = curves(trial)
    alone = complement(whole, part)
    assert np.array_equal(alone.ipd.time, rest.ipd.time)
    assert (alone.ensemble, alone.tried, alone.rejected) == (None, 0, 0)
    one, two = (complement(whole, part, draws=3, rng=8) for _ in "ab")
    for a, b in zip(one.ensemble, two.ensemble, strict=True):
        assert np.array_equal(a.time, b.time)
        assert np.array_equal(a.event, b.event)


def test_printed_rates_alone_will_do():
    from survcomp.values import Curve

    def rates(n, *survival):
        marks = tuple(Landmark(time=t, survival=s) for t, s in zip((6, 12), survival, strict=True))
        return Curve(
            trial="T", arm="a", treatment="drug", endpoint="OS", n=n, landmarks=marks,
            counts=(Count(count=round(n * (1 - survival[-1]))),),
        )  # fmt: skip

    rest = complement(rates(100, 0.80, 0.60), rates(50, 0.70, 0.40))
    assert (rest.ipd.n, rest.ipd.n_events) == (50, 10)
    assert survival(rest.ipd, [6.0, 12.0]) == pytest.approx([0.9, 0.8], abs=0.021)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trial": "U"}, "same trial; got 'T' and 'U'"),
        ({"arm": "b"}, "same arm"),
        ({"endpoint": "PFS"}, "same endpoint; got 'OS' and 'PFS'"),
        ({"time_unit": "weeks"}, "same time_unit"),
        ({"basis": Basis(cut=Cut(label="later"))}, "same cut; got None and 'later'"),
        ({"basis": Basis(analysis_set="infused")}, "same analysis_set"),
        ({"basis": Basis(assessor="investigator")}, "same assessor"),
    ],
)
def test_another_denominator_is_refused(trial, change, message):
    whole, part = curves(trial)
    with pytest.raises(IncompatibleError, match=message):
        complement(whole, replace(part, **change))


def test_a_subgroup_is_smaller_than_the_whole(trial):
    whole, part = curves(trial)
    with pytest.raises(InputError, match="fewer patients than the whole; got 55 of 55"):
        complement(part, part)
    with pytest.raises(InputError, match="got 100 of 55"):
        complement(part, whole)


def test_printed_contradictions_are_named_with_their_time(trial):
    whole, part = curves(trial)
    count = part.at_risk.count.copy()
    at = part.at_risk.time
    fewer = replace(
        whole,
        at_risk=AtRisk.from_rows(
            at,
            np.where(
                at < 12,
                whole.at_risk.count[: at.size],
                np.minimum(whole.at_risk.count[: at.size], count - 1),
            ),
        ),
    )
    with pytest.raises(ContradictionError, match=r"at 12 months it has \d+ patients at risk and"):
        complement(fewer, part)
    # nobody of the whole leaves between 0 and 6, and some of the subgroup do
    stays = whole.at_risk.count.copy()
    stays[1] = stays[0]
    kept = replace(whole, at_risk=AtRisk.from_rows(whole.at_risk.time, stays), points=None)
    with pytest.raises(ContradictionError, match="between 0 and 6 months it loses"):
        complement(kept, part)
    with pytest.raises(ContradictionError, match=r"at the cut it has 54 events of 55"):
        complement(
            replace(whole, counts=(Count(count=40),)),
            replace(part, counts=(Count(count=54),)),
        )


def test_a_subgroup_with_more_events_than_the_whole_is_a_contradiction(monkeypatch):
    """Ten of the subgroup die by 3, and nobody of the whole before 20."""
    monkeypatch.setattr(sys.modules["survcomp.reconstruction.complement"], "SEARCH", 3)
    early = patients(
        [1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.4, 2.6, 2.8] + [30] * 20, [1] * 10 + [0] * 20
    )
    late = patients(list(np.linspace(20, 25, 12)) + [30] * 48, [1] * 12 + [0] * 48)
    with pytest.raises(ContradictionError, match=r"by \S+ months it has 10 events and the whole 0"):
        complement(
            published(late, table=False, events=True), published(early, table=False, events=True)
        )
