"""Outcome models beside the weighting of an unanchored comparison, from analysis.toml."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from support.data_root import write_data_root
from support.own_trial import HEAD, TARGET, WIDE, as_ipd, trial, write_trial

from survcomp.adjustment import simulate_target
from survcomp.analysis import load, run
from survcomp.analysis.steps.parts.draws import drawn_side
from survcomp.analysis.steps.parts.sides import read_sides
from survcomp.comparison import (
    Resampling,
    SurvivalEffect,
    UnanchoredSurvival,
    unanchored_augmented,
    unanchored_g_computation,
    unanchored_stc,
)
from survcomp.errors import SurvcompError
from survcomp.estimation import Parametric
from survcomp.report import render_html

COMPARISON = """
[settings]
draws = 0

[[comparisons]]
id = "os"
label = "Overall survival"
endpoint = "PFS"
rmst_horizon = 12
comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }

[comparisons.treatment.patients]
file = "trial.csv"
time = "DAYS"
event = "DIED"
time_unit = "days"
id = "ID"
label = "drug A"
covariates = ["AGE", "MALE"]

[comparisons.adjust]
agd = { file = "agd.csv", layout = "wide", name = "B's trial" }
match = ["AGE", "MALE"]
"""
MODELS = """
[comparisons.models]
methods = ["STC", "G-computation", "augmented"]
covariates = ["AGE", "MALE"]
model = "weibull"
replicates = 100
effects = [
  { measure = "log_hr", horizon = 12 },
  { measure = "rmst_difference", horizon = 12 },
  { measure = "survival", time = 6 },
]
"""
AT = "comparison/os"
EFFECTS = {
    "log_hr": SurvivalEffect(measure="log_hr", horizon=12),
    "rmst_difference": SurvivalEffect(measure="rmst_difference", horizon=12),
    "survival_difference": SurvivalEffect(measure="survival_difference", horizon=6),
}
FEW = Resampling(replicates=50)


def write(root):
    """The analysis with its files."""
    folder = root / "analyses" / "a_vs_b"
    (folder / "analysis.toml").write_text(HEAD + COMPARISON + MODELS)
    write_trial(folder, trial(100))
    return folder


@pytest.fixture
def own(data_root):
    return write(data_root)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The analysis as it is, for tests that change nothing."""
    return write(write_data_root(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def results(folder):
    return run(load(folder))


@pytest.fixture
def change(edit):
    """Edit the analysis."""
    return lambda old, new: edit("a_vs_b/analysis.toml", old, new)


def by_hand(folder):
    """Both arms, the comparator's rebuilt patients being the analysis' own."""
    plan = load(folder)
    other = read_sides(plan.table.comparisons[0], plan.evidence, plan.folder)[1].ipd
    mine = as_ipd(trial(100)).in_unit(other.time_unit)
    return replace(mine, arm=("drug A",) * mine.n), other


def test_estimates_are_what_the_library_gives_by_hand(folder, results):
    mine, other = by_hand(folder)
    for measure, effect in EFFECTS.items():
        rng = np.random.default_rng(1)
        target = simulate_target(TARGET, mine, covariates=["AGE", "MALE"], rng=rng)
        common = dict(
            effect=effect, rng=rng, resampling=FEW,
            model=Parametric(distribution="weibull"),
        )  # fmt: skip
        arms = UnanchoredSurvival(mine, other, outcome="PFS")
        expected = unanchored_g_computation(arms, target, **common)
        at = f"{AT}/models/G-computation/{measure}/estimate"
        assert results.value(at) == pytest.approx(expected.link_value, rel=1e-7)
        at = f"{AT}/models/augmented/{measure}"
        if measure == "log_hr":
            assert "no difference of means" in results.value(f"{at}/refused")
            continue
        expected = unanchored_augmented(arms, TARGET, target, match=["AGE", "MALE"], **common)
        assert results.value(f"{at}/estimate") == pytest.approx(expected.link_value, rel=1e-7)
        assert results[f"{at}/estimate"].kind == "simulated"


def test_an_stc_is_refused_in_a_row(results):
    for measure in EFFECTS:
        assert "marginal_as_conditional" in results.value(f"{AT}/models/STC/{measure}/refused")
    html = render_html(results).replace("&#39;", "'")
    assert "HR: none" in html
    assert "Refused: the curve of drug B is marginal or not stated, and an STC's effect" in html


def test_an_stc_with_its_reason_is_conditional(own, change):
    words = "Their covariates matter little."
    change('["STC", "G-computation", "augmented"]', '["STC"]')
    change('model = "weibull"', f'model = "weibull"\nmarginal_as_conditional = "{words}"')
    results, (mine, other) = run(load(own)), by_hand(own)
    expected = unanchored_stc(
        UnanchoredSurvival(mine, other, outcome="PFS"), TARGET, covariates=["AGE", "MALE"],
        resampling=FEW,
        effect=EFFECTS["log_hr"], rng=np.random.default_rng(1), marginal_as_conditional=words,
        model=Parametric(distribution="weibull"),
    )  # fmt: skip
    here = f"{AT}/models/STC/log_hr"
    assert results.value(f"{here}/estimate") == pytest.approx(expected.link_value)
    assert results.value(f"{here}/estimand") == "conditional"
    assert words in render_html(results)


def test_the_table_sets_all_ways_side_by_side(results):
    html = render_html(results)
    table = html[html.index("Other ways to adjust") :]
    rows = ("Naive (unadjusted)", ">MAIC<", ">STC<", ">G-computation<", "Augmented (doubly robust)")
    assert [table.index(row) for row in rows] == sorted(table.index(row) for row in rows)
    for words in (
        "percentile bootstrap of 100, both sides resampled",
        "Survival at 6 months: S(6 months) difference",
        "weibull model of AGE, MALE; 1000 simulated patients",
        "or difference in areas or difference in survival, above 0 in favour of the treatment.",
        "The models rest on: Unanchored: every prognostic factor and effect modifier is measured",
    ):
        assert words in table, words
    forest = html[html.index("PFS: our contrasts") : html.index("Other ways to adjust")]
    assert "G-computation" in forest


def test_naive_and_weighted_areas_to_another_time_are_not_set_beside(own, change):
    change("rmst_horizon = 12", "rmst_horizon = 9")
    change('["STC", "G-computation", "augmented"]', '["STC"]')
    html = render_html(run(load(own)))
    table = html[html.index("Other ways to adjust") :]
    assert "to 9 months" not in table[: table.index("</table>")]


def test_what_else_is_asked_for_changes_no_estimate(own, change, results):
    before = results
    change('["STC", "G-computation", "augmented"]', '["augmented"]')
    change('  { measure = "log_hr", horizon = 12 },\n', "")
    after = run(load(own))
    here = f"{AT}/models/augmented/rmst_difference"
    for field in ("estimate", "se", "ci_low", "ci_high"):
        assert after.value(f"{here}/{field}") == before.value(f"{here}/{field}")
    assert f"{AT}/models/G-computation/log_hr/estimate" not in after


def test_a_seed_moves_the_interval_and_replicates_are_counted(own, change, results):
    change('["STC", "G-computation", "augmented"]', '["G-computation"]')
    change("replicates = 100", "replicates = 120\nseed = 2")
    after = run(load(own))
    id = f"{AT}/models/G-computation/log_hr/se"
    assert results.value(id) != after.value(id)
    assert after.value(id) == pytest.approx(results.value(id), rel=0.4)
    assert "bootstrap of 120" in after.value(f"{AT}/models/G-computation/log_hr/interval")


def test_a_rebuilt_comparator_is_taken_over_its_draws(own, change, results):
    """The same as the library by hand over the same draws, with the reconstruction apart."""
    change("draws = 0", "draws = 10")
    change('["STC", "G-computation", "augmented"]', '["G-computation"]')
    drawn = run(load(own))
    plan = load(own)
    mine, _ = by_hand(own)
    other = read_sides(plan.table.comparisons[0], plan.evidence, plan.folder)[1]
    rng = np.random.default_rng(1)
    target = simulate_target(TARGET, mine, covariates=["AGE", "MALE"], rng=rng)
    expected = unanchored_g_computation(
        UnanchoredSurvival(mine, drawn_side(other, plan.table.settings), outcome="PFS"), target,
        resampling=FEW, effect=EFFECTS["log_hr"], rng=rng, model=Parametric(distribution="weibull"),
    )  # fmt: skip
    here = f"{AT}/models/G-computation/log_hr"
    assert drawn.value(f"{here}/estimate") == pytest.approx(expected.link_value, rel=1e-7)
    assert drawn.value(f"{here}/se_reconstruction") == pytest.approx(
        expected.se_reconstruction, rel=1e-7
    )
    words = drawn.value(f"{here}/interval")
    assert words.startswith("sampling and reconstruction error")
    assert "drug B from one of 10 draws" in words
    between = expected.se_reconstruction**2
    within = drawn.value(f"{here}/se_sampling") ** 2
    share = drawn.value(f"{here}/share_reconstruction")
    assert share == pytest.approx(between / (between + within), rel=1e-6)
    # a rounded share in words would differ between machines: it is a number, not a note
    assert not any("Reconstruction error" in str(r.value) for r in drawn.under(f"{here}/notes"))
    html = render_html(drawn)
    table = html[html.index("Other ways to adjust") :]
    assert "of the variance comes from rebuilding" in table[: table.index("</table>")]
    assert "one data set of the comparator" not in html
    # naive and weighted effects beside them are those over draws too
    assert drawn.value(f"{AT}/over_draws/log_hr/interval").split(";")[0] in table


def test_without_draws_the_table_says_that_one_data_set_is_taken(results):
    words = results.value(f"{AT}/models/one_data_set")
    assert words.endswith("Not worked out: `settings.draws` is 0.")
    assert "share_reconstruction" not in {r.id.rsplit("/", 1)[1] for r in results.records}
    assert "their intervals do not hold the error of rebuilding" in render_html(results)


def test_where_a_tail_is_assumed_there_are_no_draws_and_the_table_says_so(own, change):
    change("draws = 0", "draws = 10")
    change('["STC", "G-computation", "augmented"]', '["G-computation"]')
    change(
        'cut = "13 months" }\n\n[comparisons.t', 'cut = "13 months", tail = 2.0 }\n\n[comparisons.t'
    )
    results = run(load(own))
    assert "a tail is assumed for other_trial" in results.value(f"{AT}/models/one_data_set")
    assert "reconstruction" not in results.value(f"{AT}/models/G-computation/log_hr/interval")
    assert "a tail is assumed for" in render_html(results)


def test_bca_over_draws_is_refused_with_what_to_do(own, change):
    change("draws = 0", "draws = 10")
    change("replicates = 100", 'replicates = 100\ninterval = "BCa"')
    with pytest.raises(SurvcompError, match=r"`models.interval`: BCa .*`settings.draws` = 0"):
        run(load(own))


def test_without_a_distribution_a_model_that_predicts_is_refused(own, change):
    """A mean without its SD: an STC needs no more, rows of the target do."""
    change('model = "weibull"', 'marginal_as_conditional = "w"')
    (own / "agd.csv").write_text("STUDY,ARM,N,AGE_MEAN,MALE_COUNT\nX,Total,128,62,81\n")
    results = run(load(own))
    assert math.isfinite(results.value(f"{AT}/models/STC/log_hr/estimate"))
    for method in ("G-computation", "augmented"):
        assert "AGE" in results.value(f"{AT}/models/{method}/rmst_difference/refused")


def test_a_horizon_beyond_the_follow_up_is_a_row_with_its_reason(own, change):
    change("time = 6 ", "time = 600 ")
    change('["STC", "G-computation", "augmented"]', '["G-computation"]')
    results = run(load(own))
    words = results.value(f"{AT}/models/G-computation/survival_difference/refused")
    assert "600" in words
    assert "Survival at 600 months: none" in render_html(results)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('covariates = ["AGE", "MALE"]\nmodel', 'covariates = ["AGE", "BMI"]\nmodel',
         r"comparison 'os': `models\.covariates`: 'BMI' .* your patients: AGE, MALE"),
        ('model = "weibull"', 'model = "gompertz"', r"models\.model: .*'cox', 'weibull'"),
        ('["STC", "G-', '["STC", "STC", "G-', r"models\.methods: names 'STC' more than once"),
        ('"augmented"]', '"AIPW"]', r"comparisons\[0\]\.models\.methods"),
        ("replicates = 100", "replicates = 99", r"models\.replicates: .*100"),
        ('"log_hr", horizon = 12', '"log_hr"', r"effects\[0\]: log_hr needs `horizon`, and has no"),
        ('"survival", time = 6', '"survival", horizon = 6', "survival needs `time`, and has no"),
        ('"survival", time', '"log_hr", horizon', "names 'log_hr' more than once"),
        ('model = "weibull"', 'modifiers = ["AGE"]', r"models\.modifiers"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_named(own, change, old, new, message):
    change(old, new)
    with pytest.raises(SurvcompError, match=message):
        run(load(own))


def test_a_covariate_that_the_baseline_lacks_is_named(own):
    (own / "agd.csv").write_text(WIDE.replace("MALE_COUNT", "FEMALE_COUNT"))
    path = own / "analysis.toml"
    path.write_text(path.read_text().replace('match = ["AGE", "MALE"]', 'match = ["AGE"]'))
    with pytest.raises(SurvcompError, match="'MALE' is not among the covariates of the baseline"):
        run(load(own))


def test_models_need_a_population(own, change):
    adjust = COMPARISON[COMPARISON.index("[comparisons.adjust]") :]
    change(adjust, "\n")
    with pytest.raises(SurvcompError, match="`models` needs `adjust`"):
        load(own)
