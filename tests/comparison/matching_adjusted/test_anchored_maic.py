"""Anchored MAIC: the weighted effect of one's own trial, Bucher, and what is no anchor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effects import printed_effect
from support.maic import (
    MATCH,
    PUBLIC_MATCH,
    as_ipd,
    public_comparator,
    public_ipd,
    public_target,
    public_trial,
    target,
    treated,
    trial,
)

from survcomp.adjustment import maic_weights
from survcomp.comparison import bucher, within_trial_hazard_ratio
from survcomp.comparison.matching_adjusted.anchored import FEW_EFFECTIVE, anchored_maic
from survcomp.errors import IncompatibleError, InputError
from survcomp.values import Contrast, Weights


def published(**changes) -> Contrast:
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


def two_arms(**options):
    return treated(160, names=("A", "C"), **options)


def run(ipd=None, effect=None, **options):
    patients = two_arms() if ipd is None else ipd
    weights = options.pop("weights", None) or maic_weights(patients, target(), match=MATCH)
    return anchored_maic(
        patients,
        weights,
        published() if effect is None else effect,
        treatment="A",
        outcome="OS",
        **options,
    )


def test_equal_weights_are_the_trial_and_bucher():
    """A perfect match changes nothing: the unadjusted comparison, but for a robust error."""
    ipd = two_arms()
    weights = Weights(id=ipd.id, value=np.full(ipd.n, 0.3), population="B's trial")
    maic = run(ipd, weights=weights)
    plain = within_trial_hazard_ratio(
        ipd.select_arm("A"), ipd.select_arm("C"), outcome="OS", trial="B's trial"
    )
    assert maic.adjusted.link_value == pytest.approx(plain.link_value, abs=1e-8)
    assert maic.adjusted.se == pytest.approx(plain.se, rel=0.1)
    expected = bucher(maic.adjusted, published(), population="B's trial")
    assert (maic.indirect.link_value, maic.indirect.se) == (expected.link_value, expected.se)


def test_the_variance_is_the_sum_and_the_frame_shows_it():
    maic = run()
    assert maic.indirect.link_value == pytest.approx(maic.adjusted.link_value - np.log(0.7))
    assert maic.indirect.se**2 == pytest.approx(maic.adjusted.se**2 + published().se ** 2)
    frame = maic.to_frame()
    assert frame.effect.tolist() == ["adjusted", "published", "indirect"]
    assert frame.variance_share[:2].sum() == pytest.approx(1)
    assert "variance_share" in maic._repr_html_()


def test_what_it_says_of_itself():
    maic = run()
    effects = (maic.adjusted, maic.published, maic.indirect)
    assert [(e.treatment, e.comparator) for e in effects] == [("A", "C"), ("B", "C"), ("A", "B")]
    assert maic.adjusted.method.startswith("weighted to the target, matched on age (mean)")
    assert maic.indirect.method.startswith("anchored MAIC")
    assert maic.indirect.population == "B's trial"
    assert "Anchored: every effect modifier is measured and matched." in maic.indirect.assumptions
    other = run(effect=published(population="own trial")).indirect
    assert any("is the same in own trial and in B's trial" in text for text in other.assumptions)


def test_few_effective_patients_are_named():
    many, few = two_arms(), treated(40, names=("A", "C"))
    assert maic_weights(few, target(), match=MATCH).ess < 50
    assert FEW_EFFECTIVE in run(few).adjusted.notes
    assert FEW_EFFECTIVE in run(few).indirect.notes
    assert FEW_EFFECTIVE not in run(many).adjusted.notes


def test_another_comparator_is_refused_or_exploratory():
    with pytest.raises(IncompatibleError, match="no common comparator: one's own trial has 'C'"):
        run(effect=published(comparator="standard of care"))
    with pytest.raises(IncompatibleError, match="no common comparator"):
        run(effect=published(comparator="c"))  # not the identical name
    shown = run(effect=published(comparator="D"), different_comparators="Both are chemotherapy.")
    assert shown.indirect.method.startswith("exploratory: Bucher")
    assert "anchored" not in shown.indirect.method
    assert shown.indirect.notes[0].startswith("Exploratory")
    assert "Both are chemotherapy." in shown.indirect.assumptions
    with pytest.raises(InputError, match="both are 'C': leave it out"):
        run(different_comparators="why not")


def test_what_is_refused():
    with pytest.raises(IncompatibleError, match="differ in estimand"):
        run(effect=published(estimand="conditional"))
    with pytest.raises(IncompatibleError, match="differ in measure"):
        run(effect=published(measure="log_or"))
    with pytest.raises(IncompatibleError, match="no standard error"):
        run(effect=published(ci_low=None))
    with pytest.raises(InputError, match="must hold two arms, one of them the treatment 'A'; got"):
        run(treated())
    with pytest.raises(IncompatibleError, match="belong to other patients"):
        run(weights=maic_weights(treated(50), target(), match=MATCH))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["efron", "breslow"]))
@settings(max_examples=15)
def test_order_and_names_of_patients_do_not_matter(seed, ties):
    """Identifiers that sort as text (S1, S10, S2) and rows in any order."""
    frame = trial(80, names=("A", "C"), months=True)
    mixed = frame.sample(frac=1, random_state=seed % 2**32).assign(
        id=[f"xx{i}" for i in range(80, 0, -1)]
    )
    a, b = (run(as_ipd(rows), ties=ties).adjusted for rows in (frame, mixed))
    assert (a.link_value, a.se) == pytest.approx((b.link_value, b.se), abs=1e-9)


def test_both_arms_scaled_alike_is_the_same():
    ipd = two_arms()
    weights = maic_weights(ipd, target(), match=MATCH)
    doubled = Weights(id=weights.id, value=2 * weights.value, population=weights.population)
    a, b = (run(ipd, weights=w).adjusted for w in (weights, doubled))
    assert (a.link_value, a.se) == pytest.approx((b.link_value, b.se), abs=1e-10)


R_ADJUSTED = (-1.98959088854346, 0.188554730268705)
"""Log hazard ratio and robust standard error, A v C: R's coxph with these exact weights."""


@pytest.mark.external
def test_the_public_example():
    """Text identifiers xx1, xx10, xx2; A v C before 0.22166, B v C 0.57180, A v B 0.23916."""
    ipd = public_ipd(public_trial("twt"))
    other = public_comparator("twt")
    bc = within_trial_hazard_ratio(
        other.select_arm("B"), other.select_arm("C"), outcome="OS", trial="aggregate data"
    )
    assert np.exp([bc.link_value, bc.link_ci[0], bc.link_ci[1]]) == pytest.approx(
        [0.57180, 0.48120, 0.67946], abs=6e-6
    )
    before = within_trial_hazard_ratio(
        ipd.select_arm("A"), ipd.select_arm("C"), outcome="OS", trial="own"
    )
    assert np.exp(before.link_value) == pytest.approx(0.22166, abs=6e-6)
    weights = maic_weights(ipd, public_target(), match=PUBLIC_MATCH)
    maic = anchored_maic(ipd, weights, bc, treatment="A", outcome="OS")
    assert maic.adjusted.link_value == pytest.approx(R_ADJUSTED[0], abs=1e-8)
    assert maic.adjusted.se == pytest.approx(R_ADJUSTED[1], abs=1e-8)
    indirect = maic.indirect
    # the peer's weights stop at 7e-6 standard deviations from their targets
    assert np.exp([indirect.link_value, indirect.link_ci[0], indirect.link_ci[1]]) == pytest.approx(
        [0.23916, 0.15906, 0.35959], abs=1e-5
    )
