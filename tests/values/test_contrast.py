"""Contrasts carry their meaning and show it in the field's style."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from support.effects import printed_effect

from survcomp.errors import InputError
from survcomp.values import Contrast, LinkEstimate, OverDraws, Question


def published(**fields) -> Contrast:
    base = dict(
        treatment="A",
        comparator="B",
        outcome="PFS",
        measure="log_hr",
        population="T",
        value=0.42,
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
        ({"measure": "log_or", "value": 3, "ci_low": 1.8, "ci_high": 5}, "OR 3.00 (95% CI 1.80"),
        (
            {"measure": "rmst_difference", "time_unit": "months", "horizon": 12},
            "RMST difference (to 12 months) 0.42 months (95% CI 0.26 to 0.68)",
        ),
        (
            {"measure": "survival_difference", "time_unit": "months", "horizon": 24},
            "S(24 months) difference 0.420 (95% CI 0.260 to 0.680)",
        ),
        (
            {"measure": "median_difference", "time_unit": "weeks"},
            "median difference 0.42 weeks (95% CI 0.26 to 0.68)",
        ),
    ],
)
def test_words(fields, text):
    assert str(published(**fields)).startswith(text)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"value": 0.0}, "must be above 0"),
        ({"value": 0.7}, "does not hold the estimate"),
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
    words = [
        "measure",
        "value",
        "ci_low",
        "ci_high",
        "se",
        "se_sampling",
        "se_reconstruction",
        "df",
    ]
    assert set(words) <= set(frame.columns)
    numbers = ["measure", "value", "ci_low", "link"]
    assert frame.loc[0, numbers].tolist() == ["HR", 0.42, 0.26, "log"]


def test_the_total_standard_error_holds_what_is_known() -> None:
    base = dict(
        treatment="A", comparator="B", outcome="PFS", measure="log_hr", population="T", value=1.1
    )
    assert Contrast(**base).se is None
    assert Contrast(**base, se_sampling=0.3).se == 0.3
    assert Contrast(**base, se=0.3).se_sampling is None
    both = Contrast(**base, se_sampling=0.3, se_reconstruction=0.4)
    assert both.se == pytest.approx(0.5)
    frame = both.to_frame()
    assert frame[["se_sampling", "se_reconstruction"]].to_numpy().tolist() == [[0.3, 0.4]]
    with pytest.raises(InputError, match=r"`se` is the total standard error, 0\.5 of the parts"):
        Contrast(**base, se=0.3, se_sampling=0.3, se_reconstruction=0.4)


def test_what_is_worked_out_on_the_link_scale_stays_as_it_was() -> None:
    question = Question(
        treatment="A", comparator="B", outcome="OS", measure="log_hr", population="T"
    )
    for estimate in np.random.default_rng(1).normal(0, 2, 200):
        numbers = LinkEstimate.sampling(float(estimate), 0.3, level=0.9)
        effect = Contrast.from_link(question, numbers)
        assert replace(effect, notes=("Seen.",)).numbers == numbers
        assert effect.value == math.exp(estimate) == math.exp(effect.log)
        assert effect.ci == (effect.ci_low, effect.ci_high)
        assert effect.link_ci == (numbers.ci_low, numbers.ci_high)
    assert Contrast.from_link(question, LinkEstimate(estimate=1e4)).value == math.inf


def test_a_changed_value_is_on_the_natural_scale() -> None:
    halved = replace(published(), value=0.3)
    assert halved.link_value == math.log(0.3)
    assert halved.link_ci == published().link_ci
    assert replace(published(), ci_low=None, ci_high=None).ci is None


def test_wald_limits_go_with_the_total_error_and_its_distribution() -> None:
    with pytest.raises(
        InputError, match=r"a Wald interval is the estimate plus and minus 0\.195996"
    ):
        LinkEstimate(estimate=0.0, se=0.1, ci_low=-0.2, ci_high=0.2, interval_method="Wald")
    by_t = LinkEstimate.total(0.0, 0.1, level=0.95, df=4)
    assert by_t.ci_high == pytest.approx(0.2776445, abs=1e-7)
    with pytest.raises(InputError, match="`df` must be above 0"):
        replace(by_t, df=0)


def test_all_that_belongs_to_a_number_is_shown_with_it() -> None:
    effect = published(estimand="marginal")
    assert repr(effect) == "<Contrast HR 0.42 (95% CI 0.26 to 0.68), A against B, PFS>"
    text = replace(effect, assumptions=("PH < 1.",), notes=("Seen.",), p=0.0002).summary()
    for part in (
        "A against B, PFS", "marginal hazard ratio", "as published (published)",
        "0.245 of the log hazard ratio", "p: <0.001", "Assumes: PH < 1.", "Note: Seen.",
    ):  # fmt: skip
        assert part in text
    shown = replace(effect, assumptions=("PH < 1.",))._repr_html_()
    assert "<b>HR 0.42 (95% CI 0.26 to 0.68)</b>" in shown
    assert "PH &lt; 1." in shown


def test_a_small_difference_is_not_printed_as_nothing() -> None:
    years = {"measure": "rmst_difference", "time_unit": "years", "horizon": 2}
    small = published(value=0.036, ci_low=-0.014, ci_high=0.086, **years)
    assert str(small).endswith("0.036 years (95% CI -0.014 to 0.086)")
    tiny = published(value=0.004, ci_low=0.001, ci_high=0.02)
    assert str(tiny) == "HR 0.004 (95% CI 0.001 to 0.02)"


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
