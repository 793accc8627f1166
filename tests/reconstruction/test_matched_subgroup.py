"""A subgroup found again among the patients of the whole."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.published import patients, published, simulate

from survcomp.reconstruction import reconstruct
from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.reconstruction.matched_subgroup import Search, nearest, take_out
from survcomp.reconstruction.subgroup_excess import common_times

N, PART = 100, 55


def test_the_subgroup_where_it_was_matched_still_meets_what_is_published():
    time, event = simulate(N, np.random.default_rng(11))
    inside = np.arange(N) < PART
    whole = published(patients(time, event))
    part = published(patients(time[inside], event[inside]))
    boundaries = common_times(whole, part)
    rebuilt = reconstruct(part, draws=0)
    search = Search(rebuilt, boundaries)
    everybody = reconstruct(whole, draws=0)
    taken = search.fitting(everybody.ipd, rebuilt.ipd) or next(
        pair
        for pair in search.pairs(
            reconstruct(whole, draws=9, rng=1).ensemble, reconstruct(part, draws=9, rng=2).ensemble
        )
        if pair is not None
    )
    rows = compare_with_published(part, taken.moved, used=frozenset({"at_risk"})).rows
    assert all(row.verdict == "met" for row in rows)
    # and a patient is either of the subgroup or of the others
    both = take_out(everybody.ipd, rebuilt.ipd, boundaries)
    times = np.sort(np.concatenate([both.others.time, both.moved.time]))
    assert np.array_equal(times, np.sort(everybody.ipd.time))
    assert both.others.n_events + both.moved.n_events == everybody.ipd.n_events


line = st.lists(st.floats(0, 10), min_size=1, max_size=7)


@given(line, line)
@settings(max_examples=60)
def test_partners_are_the_nearest_of_all_that_could_be(first, second):
    few, many = sorted((np.sort(first), np.sort(second)), key=lambda points: points.size)
    chosen = nearest(few, many)
    assert np.all(np.diff(chosen) > 0)
    best = min(
        sum((many[list(rows)] - few) ** 2) for rows in combinations(range(many.size), few.size)
    )
    assert np.sum((many[chosen] - few) ** 2) == pytest.approx(best, abs=1e-9)
