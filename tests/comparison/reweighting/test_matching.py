"""What patients are weighted to is checked where it is said."""

from __future__ import annotations

import numpy as np
import pytest
from support.maic import MATCH, comparator, target, treated

from survcomp.comparison import MaxESS, TwoStage, bootstrap_weighted_trial, matched_arms
from survcomp.comparison.reweighting.matching import Matching
from survcomp.errors import InputError


def test_names_are_kept_as_they_were_given():
    assert Matching(target(), match=["age", "male"]) == Matching(target(), match=("age", "male"))


def test_what_is_no_matching_is_refused():
    with pytest.raises(InputError, match="`match` must be a list that names at least one"):
        Matching(target(), match="age")
    with pytest.raises(InputError, match="`scale` must be one of"):
        Matching(target(), match=MATCH, scale="big")
    with pytest.raises(InputError, match=r"`weighting` must be Entropy\(\)"):
        _ = Matching(target(), match=MATCH, weighting=TwoStage()).kind


def test_what_a_call_cannot_do_is_refused():
    scaled = Matching(target(), match=MATCH, scale="ess")
    with pytest.raises(InputError, match=r"`matching.scale` must be 'raw'"):
        bootstrap_weighted_trial(
            treated(names=("A", "C")), scaled, treatment="A", outcome="OS",
            rng=np.random.default_rng(1),
        )  # fmt: skip
    other = Matching(target(), match=MATCH, weighting=MaxESS())
    with pytest.raises(InputError, match=r"`matching.weighting` must be Entropy\(\)"):
        matched_arms(treated(), comparator(), other, outcome="OS")
