"""Contrasts carry their meaning and show it in the field's style."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from support.effects import printed_effect

from survcomp.errors import InputError
from survcomp.values import Contrast, OverDraws


def published(**fields) -> Contrast:
    base = dict(
        treatment="A",
        comparator="B",
        outcome="PFS",
        measure="log_hr",
        population="T",
        estimate=0.42,
        ci_low=0.26,
        ci_high=0.68,
    )
    return printed_effect(**{**base, **fields})


def test_the_standard_error_is_the_width_over_twice_1_96():
    expected = (math.log(0.68) - math.log(0.26)) / (2 * 1.959963984540054)
    assert published().se == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "HR 0.42 (95% CI 0.26 to 0.68)"),
        ({"level": 0.9}, "HR 0.42 (90% CI 0.26 to 0.68)"),
        ({"ci_low": None, "ci_high": None}, "HR 0.42 (no interval)"),
        ({"measure": "log_or", "estimate": 3, "ci_low": 1.8, "ci_high": 5}, "OR 3.00 (95% CI 1.80"),
        (
            {"measure": "rmst_difference", "time_unit": "months", "horizon": 12},
            "RMST difference (to 12 months) 0.4 months (95% CI 0.3 to 0.7)",
        ),
        (
            {"measure": "survival_difference", "time_unit": "months", "horizon": 24},
            "S(24 months) difference 0.420 (95% CI 0.260 to 0.680)",
        ),
        (
            {"measure": "median_difference", "time_unit": "weeks"},
            "median difference 0.4 weeks (95% CI 0.3 to 0.7)",
        ),
    ],
)
def test_words(fields, text):
    assert str(published(**fields)).startswith(text)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"estimate": 0.0}, "must be above 0"),
        ({"estimate": 0.7}, "does not hold the estimate"),
        ({"ci_low": 0.7, "ci_high": 0.3}, "upside down"),
        ({"level": 95}, "between 0 and 1"),
        ({"measure": "hr"}, "must be one of 'log_hr'"),
        ({"population": ""}, "non-empty"),
        ({"horizon": 12}, "`contrast.horizon` does not go with the measure 'log_hr'; only with"),
        ({"time_unit": "days"}, "does not go with .*, 'rmst_difference', 'median_difference'"),
        ({"measure": "median_difference", "horizon": 12}, "does not go with"),
        ({"measure": "survival_difference"}, "`contrast.time_unit` is missing"),
        ({"measure": "survival_difference", "time_unit": "days"}, "`contrast.horizon` is missing"),
        ({"measure": "rmst_difference", "time_unit": "hours"}, "must be one of 'days'"),
        ({"measure": "rmst_difference", "horizon": -1.0}, "must be a time"),
    ],
)
def test_bad_contrasts_are_refused(fields, message):
    with pytest.raises(InputError, match=message):
        published(**fields)


def test_the_frame_uses_the_house_s_words():
    frame = published().to_frame()
    assert {"estimate", "se", "ci_low", "ci_high", "population"} <= set(frame.columns)


def test_the_total_standard_error_holds_what_is_known() -> None:
    base = dict(
        treatment="A", comparator="B", outcome="PFS", measure="log_hr", population="T", estimate=0.1
    )
    assert Contrast(**base).se_total is None
    assert Contrast(**base, se=0.3).se_total == 0.3
    assert Contrast(**base, se=0.3, se_reconstruction=0.4).se_total == pytest.approx(0.5)
    frame = Contrast(**base, se=0.3, se_reconstruction=0.4).to_frame()
    assert frame[["se", "se_reconstruction"]].to_numpy().tolist() == [[0.3, 0.4]]


def test_a_contrast_knows_what_its_words_say():
    effect = published()
    assert effect.is_published
    assert not effect.assumes_censoring
    assert effect.interval == "as published"
    assert effect.remarks == effect.notes == ()
    pooled = replace(effect, notes=("Seen.",), over_draws=OverDraws(draws=7, share=0.256))
    assert pooled.notes == ("Seen.",)
    assert pooled.remarks == (
        "Seen.",
        "Reconstruction error is 25.6% of the total variance (B/T), from 7 draws.",
    )
