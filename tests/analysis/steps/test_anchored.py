"""A randomised trial of one's own against a published effect, from analysis.toml to the report."""

from __future__ import annotations

import importlib.util
import re
import tomllib

import numpy as np
import pytest
from support.own_trial import HEAD, TARGET, as_ipd, trial, write_trial

from survcomp.adjustment import (
    maic_weights,
    simulate_target,
    two_stage_weights,
    weighted_at_risk,
)
from survcomp.analysis import load, pinned_dict, run
from survcomp.analysis.plan.schema import analysis_file
from survcomp.analysis.plan.step import discovered
from survcomp.analysis.plan.tables.models import ModelsTable
from survcomp.analysis.review.bundle import make_bundle
from survcomp.analysis.write import results_json, to_json, write_files
from survcomp.comparison import (
    AnchoredSurvival,
    Resampling,
    SurvivalEffect,
    anchored_g_computation,
    anchored_maic,
    anchored_stc,
    bucher,
    within_trial_hazard_ratio,
)
from survcomp.errors import SurvcompError
from survcomp.estimation import logrank, median_follow_up, proportional_hazards_test
from survcomp.report import best_effect, render_html
from survcomp.report.figures.kaplan_meier import km_figure
from survcomp.values import Contrast, Question
from survcomp.values.records.lineage import lineage

SIDES = ("treatment", "comparator")
FILE = """
file = "trial.csv"
time = "DAYS"
event = "DIED"
time_unit = "days"
id = "ID"
"""
ADAM = """
adam = { adsl = "adsl.csv", adtte = "adtte.csv", param = "OS", population = "ITTFL" }
"""
ANCHORED = f"""
[[anchored]]
id = "os"
label = "Overall survival, through placebo"
endpoint = "OS"
effect_modifiers = "Age, which is matched."

[anchored.patients]
study = "MINE"
arm_column = "ARM"
treatment_arm = "A"
comparator_arm = "PBO"
treatment = "drug A"
comparator = "placebo"
covariates = ["AGE", "MALE"]
{FILE}
[anchored.published]
treatment = "drug B"
comparator = "placebo"
estimate = 0.8
ci = [0.6, 1.07]
population = "B's trial"
estimand = "marginal"
source = "Smith 2020, table 2"

[anchored.adjust]
agd = {{ file = "agd.csv", layout = "wide", name = "B's trial" }}
match = ["AGE", "MALE"]
"""
AREA = 'published = { estimate = 20.5, ci = [-40, 81], source = "text" }'
MODELS = f"""
[anchored.models]
methods = ["STC", "G-computation", "augmented"]
covariates = ["AGE", "MALE"]
modifiers = ["AGE"]
replicates = 100
effects = [
  {{ measure = "log_hr", horizon = 900 }},
  {{ measure = "rmst_difference", horizon = 900, {AREA} }},
  {{ measure = "survival", time = 600 }},
]
"""
PUBLISHED = Contrast.from_interval(
    Question(
        treatment="drug B",
        comparator="placebo",
        outcome="OS",
        measure="log_hr",
        population="B's trial",
        estimand="marginal",
    ),
    value=0.8,
    ci_low=0.6,
    ci_high=1.07,
)
AT = "anchored/os"


@pytest.fixture
def own(data_root):
    folder = data_root / "analyses" / "a_vs_b"
    (folder / "analysis.toml").write_text(HEAD + ANCHORED)
    write_trial(folder, trial())
    return folder


def test_patient_files_of_both_arms_stay_out_of_a_bundle(own):
    """They are patient-level as those of one arm are."""
    results = run(load(own))
    files = {"results.json": results_json(results), "report.html": "a report"}
    write_files(own.parents[1] / "reports/a_vs_b", files)
    write_files(own, {"pinned.json": to_json(pinned_dict(results))})
    assert list(make_bundle(own).left_out) == ["analyses/a_vs_b/trial.csv"]


def test_the_shape_of_the_own_arms_is_recorded_and_shown(own):
    """As for a comparison: follow-up, hazards, the test, and the log-rank test of the trial."""
    results, ipd = run(load(own)), as_ipd(trial())
    arms = ipd.select_arm("drug A"), ipd.select_arm("placebo")
    expected = proportional_hazards_test(*arms)
    here = f"{AT}/proportional_hazards"
    assert results.value(f"{here}/chi_squared") == pytest.approx(expected.chi_squared, rel=1e-6)
    assert results.value(f"{here}/p") == pytest.approx(expected.p, rel=1e-6)
    test = logrank(*arms)
    assert results.value(f"{AT}/own/unadjusted/logrank/p") == pytest.approx(test.p, rel=1e-9)
    for side, arm in zip(("treatment", "comparator"), arms, strict=True):
        assert sum(results.value(f"{AT}/{side}/hazard/events")) == arm.n_events
        median = median_follow_up(arm, ci_transform="log-log").value
        assert results.value(f"{AT}/{side}/follow_up/estimate") == pytest.approx(median)
    html = render_html(results)
    for words in (
        "Both arms as they entered the comparison",
        "Test of proportional hazards",
        "Hazards by time",
        "Survival by time, before weighting",
        "Log-rank test in the own trial, not weighted: chi-squared",
        "Survival was estimated by the method of Kaplan and Meier",
    ):
        assert words in html, words
    for item in ("O-01", "O-02", "O-03", "O-04", "H-01", "H-02", "H-03", "M-10"):
        assert results.value(f"checklist/{item}/status") == "reported", item
    assert results.value("checklist/H-05/status") == "not reported"


def test_an_area_by_a_model_is_an_effect_that_needs_no_proportional_hazards(own):
    ask(own, MODELS)
    assert run(load(own)).value("checklist/H-05/status") == "reported"


def test_numbers_at_risk_of_both_arms_are_shown_after_weighting(own):
    results, ipd = run(load(own)), as_ipd(trial())
    weights = maic_weights(ipd, TARGET, match=["AGE", "MALE"])
    times = results.value(f"{AT}/at_risk/time")
    rows = weighted_at_risk(ipd, weights, times=times).rows
    for side, arm in (("treatment", "drug A"), ("comparator", "placebo")):
        own_rows = [row for row in rows if row.arm == arm]
        here = f"{AT}/{side}/weighted/km"
        assert results.value(f"{AT}/at_risk/{side}") == tuple(float(r.at_risk) for r in own_rows)
        assert results.value(f"{here}/at_risk_weighted") == pytest.approx(
            [row.weighted_at_risk for row in own_rows]
        )
        assert results.value(f"{here}/at_risk_ess") == pytest.approx([r.ess for r in own_rows])
    # weights have mean 1 over the trial, both arms together
    first = [results.value(f"{AT}/{s}/weighted/km/at_risk_weighted")[0] for s in SIDES]
    assert sum(first) == pytest.approx(ipd.n)
    svg = km_figure(results, AT).svg()
    for mark in "●■":
        for name in ("n", "weighted n", "ESS"):
            assert f">{name} {mark}<" in svg


def test_what_is_observed_rests_on_the_own_patients_alone(own):
    results = run(load(own))
    for id in ("at_risk/treatment", "proportional_hazards/chi_squared"):
        chain = lineage(results, f"{AT}/{id}")
        assert chain.anchors == ("file:analyses/a_vs_b/trial.csv",)
        assert not any("adjust" in leaf.path or "published" in leaf.path for leaf in chain.settings)


def ask(folder, more):
    """Add to the end of the analysis."""
    with (folder / "analysis.toml").open("a") as file:
        file.write(more)


@pytest.fixture
def change(edit):
    """Edit the analysis."""
    return lambda old, new: edit("a_vs_b/analysis.toml", old, new)


def numbers(results, path):
    return [results.value(f"{path}/log_hr/{f}") for f in ("estimate", "se", "ci_low", "ci_high")]


def of(contrast):
    return pytest.approx([contrast.link_value, contrast.se, *contrast.link_ci])


def test_the_whole_chain_is_what_the_library_gives_by_hand(own):
    results, ipd = run(load(own)), as_ipd(trial())
    weights = maic_weights(ipd, TARGET, match=["AGE", "MALE"])
    expected = anchored_maic(ipd, weights, PUBLISHED, treatment="drug A", outcome="OS")
    arms = ipd.select_arm("drug A"), ipd.select_arm("placebo")
    alone = within_trial_hazard_ratio(*arms, outcome="OS", trial="MINE")
    assert numbers(results, f"{AT}/own/unadjusted") == of(alone)
    assert numbers(results, f"{AT}/own/weighted") == of(expected.adjusted)
    assert numbers(results, f"{AT}/published") == of(PUBLISHED)
    assert numbers(results, f"{AT}/unadjusted") == of(bucher(alone, PUBLISHED, population="x"))
    assert numbers(results, f"{AT}/maic") == of(expected.indirect)
    assert results.value(f"{AT}/maic/weights/ess") == pytest.approx(weights.ess)
    assert results.value(f"{AT}/maic/variance/robust/leads") is True
    assert best_effect(results, AT) == f"{AT}/maic/log_hr"
    for side, arm in zip(("treatment", "comparator"), arms, strict=True):
        assert results.value(f"{AT}/{side}/events") == arm.n_events
        w = weights.value[np.isin(weights.id, arm.id)]
        ess = w.sum() ** 2 / (w**2).sum()
        assert results.value(f"{AT}/{side}/balance/ess") == pytest.approx(ess)
    assert results[f"{AT}/published/log_hr/estimate"].sources == (
        "file:analyses/a_vs_b/analysis.toml",
    )


def test_the_report_shows_all_of_it(own, change):
    ask(own, MODELS)
    html = render_html(run(load(own)))
    text = re.sub(r"&#39;", "'", html)
    for words in (
        "From the two trials to the comparison",
        "Effect modifiers: Age, which is matched.",
        "shared effect modifier assumption",
        "Published: Smith 2020, table 2.",
        "Published: drug B against placebo, HR 0.80 (95% CI 0.60 to 1.07)",
        "MINE: drug A n = 80",
        "Balance before and after weighting to B's trial",
        "Distribution of the weights",
        "Overlap: where the target lies",
        "Histogram of the weights",
        "Effects that the anchored comparison is made of, OS",
        "Other ways to adjust",
        "drug A, weighted",
        "placebo, weighted",
        "160 patients, of these by ARM 80 with 'A' and 80 with 'PBO'",
        "Refused: the published effect of drug B",
        "Published, OS: RMST difference (to 900 days) 20.5 days (95% CI -40.0 to 81.0). text.",
    ):
        assert words in text, words
    forest = html[html.index("OS: our contrasts") :]
    assert forest.index("Anchored MAIC") < forest.index("G-computation")
    chapter = html[html.index('<section id="anchored"') : html.index('<section id="limitations"')]
    assert "exploratory" not in chapter


def test_adam_a_third_arm_and_another_unit_change_nothing(own, change):
    before = run(load(own))
    write_trial(own, trial(third=0))
    change(FILE, ADAM)
    change('arm_column = "ARM"', 'arm_column = "TRT01P"')
    change('endpoint = "OS"', 'endpoint = "OS"\ntime_unit = "months"')
    after = run(load(own))
    assert numbers(after, f"{AT}/maic") == pytest.approx(numbers(before, f"{AT}/maic"), abs=1e-9)
    assert after[f"{AT}/at_risk/time"].unit == "months"
    assert any("multiplied by" in str(r.value) for r in after.under(f"{AT}/notes"))
    frame = trial(third=7)
    write_trial(own, frame)
    with_third = run(load(own))
    assert with_third.value(f"{AT}/treatment/n") + with_third.value(f"{AT}/comparator/n") == 160
    assert "167 with ITTFL" in with_third.value(f"{AT}/notes/0")
    weights = maic_weights(as_ipd(frame[:160]), TARGET, match=["AGE", "MALE"])
    assert with_third.value(f"{AT}/maic/weights/ess") == pytest.approx(weights.ess)


def test_a_trial_against_its_own_weighted_effect_is_1(own, change):
    """Published is what the own trial gives in this population: nothing is left between them."""
    own_hr = run(load(own)).value(f"{AT}/own/weighted/log_hr/estimate")
    change("estimate = 0.8", f"estimate = {float(np.exp(own_hr))!r}")
    change("ci = [0.6, 1.07]", "ci = [0.1, 9.0]")
    assert run(load(own)).value(f"{AT}/maic/log_hr/estimate") == pytest.approx(0, abs=1e-12)


def test_a_published_contrast_of_the_evidence(own, change, edit):
    old = ANCHORED[ANCHORED.index("[anchored.published]") : ANCHORED.index("[anchored.adjust]")]
    change(old, '[anchored.published]\ntrial = "my_trial"\ncontrast = "pfs_hr"\n\n')
    change('comparator = "placebo"', 'comparator = "standard care"')
    change('endpoint = "OS"', 'endpoint = "PFS"')
    with pytest.raises(SurvcompError, match=r"anchored 'os': `published`: whether .* not stated"):
        run(load(own))
    change(
        'contrast = "pfs_hr"\n\n', 'contrast = "pfs_hr"\ntaken_as_marginal = "Unstratified."\n\n'
    )
    results = run(load(own))
    assert results.value(f"{AT}/maic/log_hr/comparator") == "drug"
    assert "Unstratified." in render_html(results)
    assert results[f"{AT}/published/log_hr/estimate"].sources == ("citation:my_trial/P1",)
    edit("my_trial/trial.toml", "plain = true\n", 'plain = true\nestimand = "marginal"\n')
    with pytest.raises(SurvcompError, match="taken_as_marginal` is for an effect whose estimand"):
        run(load(own))


def test_another_comparator_is_refused_or_exploratory(own, change):
    change('treatment = "drug B"\ncomparator = "placebo"', 'treatment = "drug B"\ncomparator = "C"')
    with pytest.raises(SurvcompError) as error:
        run(load(own))
    for words in ("'placebo' (`patients.comparator`)", "'C' (`published.comparator`)", "same name"):
        assert words in str(error.value)
    change('endpoint = "OS"', 'endpoint = "OS"\ndifferent_comparators = "C is a placebo, too."')
    ask(own, MODELS)
    results = run(load(own))
    assert results.value(f"{AT}/kind") == "exploratory"
    assert results.value(f"{AT}/maic/log_hr/method").startswith("exploratory")
    html = render_html(results)
    assert "no anchored comparison" in html
    assert "C is a placebo, too." in html
    assert "Anchored MAIC" not in html
    assert "Exploratory comparison</h2>" in html
    assert "nothing anchors it" in html
    assert results.value(f"{AT}/models/G-computation/log_hr/method").startswith("exploratory")


def test_words_for_a_difference_that_is_none_are_refused(own, change):
    change('endpoint = "OS"', 'endpoint = "OS"\ndifferent_comparators = "why not"')
    with pytest.raises(SurvcompError, match="both are 'placebo': leave it out"):
        run(load(own))


def test_the_bootstrap_leads_when_asked(own, change):
    change(
        'match = ["AGE", "MALE"]',
        'match = ["AGE", "MALE"]\nvariance = "bootstrap"\n'
        "bootstrap = { replicates = 200, seed = 5 }",
    )
    results = run(load(own))
    se = [results.value(f"{AT}/maic/variance/{m}/log_hr/se") for m in ("robust", "bootstrap")]
    assert se[1] == pytest.approx(se[0], rel=0.25)
    assert numbers(results, f"{AT}/maic")[1] == se[1]
    assert results[f"{AT}/maic/log_hr/se"].kind == "simulated"
    assert "bootstrap" in results.value(f"{AT}/maic/log_hr/interval")
    assert "200 replicates, 0 without an estimate, seed 5" in render_html(results)


def test_two_stage_weights(own, change):
    change('match = ["AGE", "MALE"]', 'match = ["AGE", "MALE"]\ntwo_stage = true')
    results, ipd = run(load(own)), as_ipd(trial())
    weights = two_stage_weights(ipd, TARGET, treatment="drug A", match=["AGE", "MALE"])
    assert results.value(f"{AT}/maic/weights/ess") == pytest.approx(weights.ess)
    assert "two-stage" in results.value(f"{AT}/maic/weights/method")


def test_patients_with_gaps_are_refused_or_left_out_everywhere(own, change):
    path = own / "trial.csv"
    path.write_text(re.sub(r"(?m)^(00[0-3],\w+),[^,]*", r"\1,", path.read_text()))
    with pytest.raises(SurvcompError, match="AGE: is empty for 4 of 160 patients"):
        run(load(own))
    change('match = ["AGE", "MALE"]', 'match = ["AGE", "MALE"]\nmissing = "exclude"')
    ask(own, MODELS)
    results = run(load(own))
    assert results.value(f"{AT}/maic/weights/excluded") == 4
    assert results.value(f"{AT}/models/G-computation/log_hr/estimate")
    assert results.value(f"{AT}/treatment/n") == 80
    assert "4 of 160 patients who are left out of the weighting are not in the models" in (
        results.value(f"{AT}/models/left_out")
    )
    ipd = as_ipd(trial()[4:])
    weights = maic_weights(ipd, TARGET, match=["AGE", "MALE"])
    expected = anchored_maic(ipd, weights, PUBLISHED, treatment="drug A", outcome="OS")
    assert numbers(results, f"{AT}/maic")[:2] == pytest.approx(
        [expected.indirect.link_value, expected.indirect.se], rel=1e-7
    )


def test_models_are_what_the_library_gives_by_hand(own, change):
    ask(own, MODELS)
    results, ipd = run(load(own)), as_ipd(trial())
    rng = np.random.default_rng(1)
    target = simulate_target(TARGET, ipd, covariates=["AGE", "MALE"], rng=rng)
    expected = anchored_g_computation(
        AnchoredSurvival(ipd, PUBLISHED, treatment="drug A", outcome="OS", modifiers=["AGE"]),
        target, rng=rng, effect=SurvivalEffect(measure="log_hr", horizon=900),
        resampling=Resampling(replicates=50),
    )  # fmt: skip
    here = f"{AT}/models/G-computation"
    assert results.value(f"{here}/log_hr/estimate") == pytest.approx(expected.indirect.link_value)
    assert results.value(f"{here}/own/log_hr/estimate") == pytest.approx(
        expected.adjusted.link_value
    )
    assert "percentile bootstrap of 100" in results.value(f"{here}/log_hr/interval")
    one = results.value(f"{here}/own/rmst_difference/estimate") - 20.5
    assert results.value(f"{here}/rmst_difference/estimate") == pytest.approx(one)
    refused = {r.id.split("/models/")[1]: r.value for r in results.records if "refused" in r.id}
    assert set(refused) == {
        "STC/log_hr/refused",
        "STC/rmst_difference/refused",
        "STC/survival_difference/refused",
        "G-computation/survival_difference/refused",
        "augmented/log_hr/refused",
        "augmented/survival_difference/refused",
    }
    assert "no published effect on this measure" in refused["augmented/survival_difference/refused"]
    assert "no difference of means" in refused["augmented/log_hr/refused"]


def test_an_stc_with_its_reason_is_conditional(own, change):
    words = "The covariates matter little."
    ask(own, MODELS)
    change("modifiers = [", f'marginal_as_conditional = "{words}"\nmodifiers = [')
    results = run(load(own))
    expected = anchored_stc(
        AnchoredSurvival(
            as_ipd(trial()), PUBLISHED, treatment="drug A", outcome="OS", modifiers=["AGE"]
        ),
        TARGET, covariates=["AGE", "MALE"], marginal_as_conditional=words,
    )  # fmt: skip
    assert numbers(results, f"{AT}/models/STC") == of(expected.indirect)
    assert results.value(f"{AT}/models/STC/log_hr/estimand") == "conditional"
    html = render_html(results)
    assert words in html
    assert "conditional" in html


def test_survival_is_anchored_to_a_published_difference(own, change):
    ask(own, MODELS)
    change(
        'measure = "survival", time = 600',
        'measure = "survival", time = 600, '
        'published = { estimate = 0.05, ci = [-0.05, 0.15], source = "text" }',
    )
    results = run(load(own))
    here = f"{AT}/models/augmented"
    one = results.value(f"{here}/own/survival_difference/estimate") - 0.05
    assert results.value(f"{here}/survival_difference/estimate") == pytest.approx(one)
    assert results.value(f"{here}/survival_difference/outcome") == "OS"
    assert results.value(f"{here}/survival_difference/horizon") == 600
    assert "Survival at 600 days: S(600 days) difference" in render_html(results)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"trial.csv"', '"../../../t.csv"', r"anchored\[0\]\.patients\.file: must stay inside"),
        ('"agd.csv"', '"/etc/passwd"', r"anchored\[0\]\.adjust\.agd\.file: must stay inside"),
        ('treatment_arm = "A"', 'treatment_arm = "B"',
         r"trial\.csv: ARM: 'B' is not among 'A', 'PBO'"),
        ('treatment_arm = "A"', 'treatment_arm = "PBO"', "`treatment_arm` and `comparator_arm`"),
        ('treatment = "drug A"', 'treatment = "placebo"', "`treatment` and `comparator` have the"),
        ('arm_column = "ARM"', 'arm_column = "TRT"', "'TRT' not found"),
        ('ci = [0.6, 1.07]', 'ci = [1.07, 0.6]',
         r"anchored\[0\]\.published: `ci` is upside down: 1\.07 to 0\.6"),
        ('ci = [0.6, 1.07]', 'ci = [0.9, 1.07]',
         r"anchored\[0\]\.published: `ci` of 0\.9 to 1\.07 does not hold the estimate"),
        ('ci = [0.6, 1.07]', "", r"anchored\[0\]\.published: .*it lacks `ci`"),
        ('estimate = 0.8', 'trial = "my_trial"\nestimate = 0.8', "needs `trial` and `contrast`"),
        ('estimate = 0.8', "estimate = 0.5", r"anchored\[0\]\.published: .*does not hold"),
        ('estimand = "marginal"', "", "taken_as_marginal"),
        ('estimand = "marginal"', 'estimand = "conditional"', "differ in estimand"),
        ('effect_modifiers = "Age, which is matched."', "",
         r"anchored\[0\]\.effect_modifiers: is missing"),
        ('match = ["AGE", "MALE"]', 'match = ["BMI"]', "BMI"),
        ('match = ["AGE", "MALE"]', 'match = ["AGE"]\nvariance = "ESS-scaled"',
         r"adjust\.variance: .*'robust' or 'bootstrap'"),
        ('match = ["AGE", "MALE"]', 'match = ["AGE"]\ntwo_stage = true\nbootstrap = {}',
         "`two_stage` goes with"),
        ('modifiers = ["AGE"]', 'modifiers = ["BMI"]', "`modifiers` names 'BMI', which is not"),
        ('covariates = ["AGE", "MALE"]\nmod', 'covariates = ["AGE", "BMI"]\nmod',
         "`models.covariates`: 'BMI' is not among the covariates of your patients: AGE, MALE"),
        ('{ measure = "log_hr", horizon', '{ measure = "log_hr", time', "log_hr needs `horizon`"),
        ('{ measure = "survival"', '{ measure = "log_hr", horizon = 9 },\n{ measure = "survival"',
         "names 'log_hr' more than once"),
        ('ci = [-40, 81]', "ci = [30, 81]", r"effects\[\d\]\.published: .*does not hold"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_named(own, change, old, new, message):
    ask(own, MODELS)
    change(old, new)
    with pytest.raises(SurvcompError, match=message):
        run(load(own))


def test_ids_are_used_once(own):
    ask(own, ANCHORED)
    with pytest.raises(SurvcompError, match="`anchored` uses the id 'os' more than once"):
        load(own)


def test_the_example_of_the_documentation_is_valid(root):
    text = (root / "docs" / "analysis_toml.md").read_text("utf-8")
    blocks = [block.split("```")[0] for block in text.split("```toml\n")[1:]]
    example = next(block for block in blocks if block.startswith("[[anchored]]"))
    expected = analysis_file(discovered()).model_validate(tomllib.loads(HEAD + example)).anchored[0]
    assert expected.patients.comparator_name == expected.published.comparator == "placebo"
    models = next(block for block in blocks if block.startswith("[comparisons.models]"))
    ModelsTable.model_validate(tomllib.loads(models)["comparisons"]["models"])


@pytest.fixture(scope="module")
def tutorial(root):
    return root / "analyses" / "tutorial_anchored"


def test_the_tutorial_quotes_what_its_script_makes(tutorial):
    spec = importlib.util.spec_from_file_location("make_data", tutorial / "make_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in module.files().items():
        assert (tutorial / name).read_text("utf-8") == text, name
    table = tomllib.loads((tutorial / "analysis.toml").read_text("utf-8"))["anchored"][0]
    area = table["models"]["effects"][1]["published"]
    quoted = {
        "hazard ratio": (table["published"]["estimate"], *table["published"]["ci"]),
        "RMST difference": (area["estimate"], *area["ci"]),
    }
    assert module.published(module.halves()[1]) == quoted


def test_the_tutorial_s_intervals_hold_the_truth(tutorial):
    """Both halves have the same treatments: every indirect effect is truly 0."""
    results = run(load(tutorial))
    paths = [f"anchored/rfs/{part}" for part in ("unadjusted/log_hr", "maic/log_hr")]
    paths += [
        f"anchored/rfs/models/{part}"
        for part in (
            "G-computation/log_hr", "G-computation/rmst_difference", "augmented/rmst_difference",
        )
    ]  # fmt: skip
    for path in paths:
        assert results.value(f"{path}/ci_low") < 0 < results.value(f"{path}/ci_high"), path
