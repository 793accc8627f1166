"""Published prognostic effects: read as evidence, used or refused by an analysis."""

from __future__ import annotations

import math

import pytest

from survcomp.analysis import load, run
from survcomp.errors import SurvcompError
from survcomp.evidence import read_trial
from survcomp.report import render_html

MALE = '{ name = "male", label = "Male", count = 81, percent = 63, source = "Q1" }'
EFFECT = """
[[effects]]
id = "male_pfs"
covariate = "male"
definition = "sex at birth"
endpoint = "PFS"
patients = "97 treated"
model = "multivariable"
hazard_ratio = 2.0
ci = [1.2, 3.333]
source = "Q1"
"""
POPULATION = """
[[populations]]
arm = "drug_a"
n = 97
analysis_set = "treated"
moments = [
  { name = "male", label = "Male", definition = "sex at birth", count = 40, source = "Q1" },
]
"""
RATES = """
[[effects]]
id = "male_pfs"
covariate = "male"
definition = "sex at birth"
endpoint = "PFS"
patients = "97 treated"
time = 24
subgroup = { survival = 0.484, ci = [0.251, 0.684] }
everybody = { survival = 0.605, ci = [0.485, 0.704] }
n_subgroup = 23
n = 97
source = "Q1"
"""


@pytest.fixture
def ask(data_root, edit):
    """An analysis that standardises by one effect of the evidence."""

    def change(effect=EFFECT, *, definition="sex at birth"):
        said = MALE.replace('label = "Male"', f'label = "Male", definition = "{definition}"')
        edit("other_trial/trial.toml", MALE, said)
        path = data_root / "data/digitized/other_trial/trial.toml"
        path.write_text(path.read_text() + POPULATION + effect)
        edit(
            "a_vs_b/analysis.toml",
            'id = "pfs"\n',
            'id = "pfs"\nstandardise = { effects = [{ trial = "other_trial", '
            'effect = "male_pfs" }] }\n',
        )
        return data_root / "analyses" / "a_vs_b"

    return change


def test_a_printed_ratio_is_an_effect(data_root, ask):
    ask()
    effect = read_trial("other_trial", data_root).effect("male_pfs")
    assert effect.hazard_ratio == pytest.approx(2.0)
    assert effect.se == pytest.approx(math.log(3.333 / 1.2) / (2 * 1.959964), rel=1e-6)
    assert effect.source == "other_trial/Q1"


def test_rates_of_a_subgroup_are_set_against_the_others(data_root, ask):
    """0.605 = w 0.484 + (1 - w) S, w = 23 / 97, so S = 0.643 of the other 74."""
    ask(RATES)
    effect = read_trial("other_trial", data_root).effect("male_pfs")
    others = (0.605 - 23 / 97 * 0.484) / (74 / 97)
    expected = math.log(math.log(0.484) / math.log(others))
    assert effect.log_hr == pytest.approx(expected)
    assert effect.model == "univariable"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ci = [1.2, 3.333]\n", "", "needs `hazard_ratio` and `ci`, or `time`, `subgroup`"),
        ("hazard_ratio = 2.0", "time = 24\nhazard_ratio = 2.0", "needs `hazard_ratio` and `ci`"),
        ("ci = [1.2, 3.333]", "ci = [2.1, 3.333]", "effect"),
        ('source = "Q1"', 'source = "Q9"', "'Q9' is not among the citations"),
    ],
)
def test_faulty_effects_are_refused_with_their_place(data_root, ask, old, new, message):
    ask(EFFECT.replace(old, new))
    with pytest.raises(SurvcompError, match=message) as error:
        read_trial("other_trial", data_root)
    assert "effects[0]" in str(error.value)


def test_rates_need_one_of_the_others_and_everybody(data_root, ask):
    ask(RATES.replace("n = 97\n", ""))
    with pytest.raises(SurvcompError, match="`n_subgroup` and `n` go with `everybody`"):
        read_trial("other_trial", data_root)


def test_a_usable_effect_adjusts_and_says_how_much(ask):
    """41 % male weighted to 63 %, with a harmful effect: the ratio rises by about 0.22 log 2."""
    results = run(load(ask()))
    path = "comparison/pfs/standardised"
    assert results.value(f"{path}/shift") == pytest.approx(math.log(2) * (81 / 128 - 40 / 97))
    adjusted = results.value(f"{path}/adjusted/log_hr/estimate")
    naive = results.value("comparison/pfs/over_draws/log_hr/estimate")
    assert 0.0 < adjusted - naive < 0.35
    assert "not a MAIC" in results.value(f"{path}/adjusted/log_hr/method")
    html = render_html(results)
    assert "Model-based standardisation with published effects" in html
    assert "The same, effects times 0.5" in html


def test_another_definition_is_the_refusal(ask):
    results = run(load(ask(definition="gender")))
    said = results.value("comparison/pfs/standardised/missing")
    assert said.startswith("no published prognostic effect can be used")
    assert "'gender'" in said
    assert "comparison/pfs/standardised/adjusted/log_hr/estimate" not in results
    assert "no adjustment possible" in render_html(results)


def test_an_effect_that_is_not_there_is_an_error(ask, edit):
    folder = ask()
    edit("a_vs_b/analysis.toml", '"male_pfs"', '"age_pfs"')
    with pytest.raises(SurvcompError, match="no effect 'age_pfs'; there is: male_pfs"):
        run(load(folder))
