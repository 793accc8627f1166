"""A user's own trial in an analysis: ADaM files, targets from a file, weights, what is shown."""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import sys

import numpy as np
import pytest

from survcomp.adjustment import maic_weights
from survcomp.analysis import load, run
from survcomp.comparison import Matching, maic_variances
from survcomp.comparison.matching_adjusted.variance_result import WORDS
from survcomp.errors import SurvcompError
from survcomp.report import best_effect, render_html
from survcomp.report.figures.kaplan_meier import km_figure
from survcomp.values import IPD, SD, Mean, Population, Proportion

COMPARISON = """
[[comparisons]]
id = "own"
label = "Own patients, weighted"
endpoint = "PFS"
rmst_horizon = 12
comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }

[comparisons.treatment.patients]
label = "drug A"
covariates = ["AGE", "BMI"]
analysis_set = "treated"
index_date = "start of treatment"

[comparisons.treatment.patients.adam]
adsl = "adsl.csv"
adtte = "adtte.csv"
param = "PFS"
population = "ITTFL"
arm_column = "TRT01P"
arm = "A"

[comparisons.treatment.patients.indicators]
MALE = { column = "SEX", yes = ["M"], no = ["F"] }

[[comparisons.scenarios]]
id = "short"
label = "To 6 months"
truncate_at = 6

[comparisons.adjust]
agd = { file = "agd.csv", layout = "wide", name = "OTHER", analysis_set = "treated" }
match = ["AGE", "MALE"]

[[responses]]
"""
WIDE = "STUDY,ARM,N,AGE_MEAN,AGE_SD,MALE_COUNT\nX,Total,128,62,8,81\n"
LONG = "covariate,kind,value\nAGE,mean,62\nAGE,SD,8\nMALE,count,81\n"


def write(folder, n=150):
    """Write ADSL and ADTTE in different orders, and the baseline; return IPD made by hand."""
    rng = np.random.default_rng(3)
    age, male = rng.normal(60, 8, n).round(1), rng.random(n) < 0.5
    days = rng.exponential(600, n).round() + 1
    censored = rng.random(n) < 0.4
    adsl, adtte = ["USUBJID,ITTFL,TRT01P,AGE,BMI,SEX"], ["USUBJID,PARAMCD,AVAL,AVALU,CNSR"]
    for i in range(n):
        adsl.append(f"{i:03d},Y,A,{age[i]},{20 + i % 9},{'FM'[int(male[i])]}")
    for i in rng.permutation(n):
        adtte.append(f"{i:03d},PFS,{days[i]:.0f},DAYS,{int(censored[i])}")
    (folder / "adsl.csv").write_text("\n".join(adsl) + "\n")
    (folder / "adtte.csv").write_text("\n".join(adtte) + "\n")
    (folder / "agd.csv").write_text(WIDE)
    import pandas as pd

    frame = pd.DataFrame({"t": days, "e": ~censored, "AGE": age, "MALE": male.astype(float)})
    return IPD.from_frame(
        frame, time="t", event="e", time_unit="days", origin="observed", covariates=["AGE", "MALE"]
    )


@pytest.fixture
def own(data_root, edit):
    edit("a_vs_b/analysis.toml", "\n[[responses]]\n", COMPARISON)
    return data_root / "analyses" / "a_vs_b"


@pytest.fixture
def change(edit):
    """Edit the analysis."""
    return lambda old, new: edit("a_vs_b/analysis.toml", old, new)


TARGET = Population.from_moments(
    [
        Mean(name="AGE", value=62),
        SD(name="AGE", value=8),
        Proportion.from_count("MALE", 81, 128),
    ],
    n=128,
    name="OTHER",
)


def test_the_whole_chain_is_what_the_library_gives_by_hand(own):
    by_hand = write(own)
    results = run(load(own))
    weights = maic_weights(by_hand, TARGET, match=["AGE", "MALE"])
    at = "comparison/own/maic"
    assert results.value(f"{at}/weights/ess") == pytest.approx(weights.ess, rel=1e-9)
    assert results.value("comparison/own/treatment/events") == by_hand.n_events
    assert results.value(f"{at}/weights/matched/2") == "MALE (proportion)"
    assert results.value(f"{at}/overlap/verdict") == "inside"
    unmatched = results.children("comparison/own/balance/row")
    assert len(unmatched) == 3  # BMI is not in the target
    assert set(results.children(f"{at}/variance")) == {
        "robust",
        "ESS-scaled",
        "M-estimation",
        "rule",
    }
    # the lead is the weighted effect over draws; the naive one is beside it
    assert best_effect(results, "comparison/own") == f"{at}/over_draws/log_hr"
    robust = [results.value(f"{at}/variance/robust/log_hr/{f}") for f in ("estimate", "se")]
    assert [results.value(f"{at}/log_hr/{f}") for f in ("estimate", "se")] == robust
    edges = results.value(f"{at}/weights/histogram/edges")
    assert edges[-1] == pytest.approx(results.value(f"{at}/weights/maximum"))
    assert sum(results.value(f"{at}/weights/histogram/counts")) == 150
    html = render_html(results)
    for words in (
        "Survival: weighted (MAIC) where adjusted, naive beside",
        "The weighted hazard ratio with every standard error, and the naive one",
        "Distribution of the weights",
        "Overlap: where the target lies",
        "What the weighted effect depends on",
        "Histogram of the weights",
        "Naive: To 6 months",
        "adsl.csv: 150 subjects, 150 with ITTFL",
    ):
        assert words in html, words
    assert {name.rsplit("/", 1)[1] for name in results.inputs} >= {
        "adsl.csv", "adtte.csv", "agd.csv",
    }  # fmt: skip


def test_long_and_wide_baselines_give_the_same_weights(own, change):
    write(own)
    wide = run(load(own))
    (own / "agd.csv").write_text(LONG)
    change('layout = "wide"', 'layout = "long", n = 128')
    long = run(load(own))
    id = "comparison/own/maic/log_hr/estimate"
    assert long.value(id) == wide.value(id)


@pytest.mark.parametrize("interval", ["percentile", "normal"])
def test_a_bootstrap_takes_the_draws_of_a_rebuilt_comparator(own, change, interval):
    write(own)
    change(
        'match = ["AGE", "MALE"]',
        'match = ["AGE", "MALE"]\nvariance = "bootstrap"\n'
        f'bootstrap = {{ replicates = 100, seed = 5, interval = "{interval}" }}',
    )
    results = run(load(own))
    at = "comparison/own/maic"
    assert "from one of 10 draws" in results.value(f"{at}/bootstrap/resampled")
    assert "reconstruction error" in results.value(f"{at}/log_hr/interval")
    assert results[f"{at}/log_hr/se"].kind == "simulated"
    assert results.value(f"{at}/variance/bootstrap/leads") is True
    assert results.value(f"{at}/log_hr/se") == results.value(f"{at}/variance/bootstrap/log_hr/se")
    assert results.value(f"{at}/variance/rule") == "chosen by the analysis"
    # its replicates rest on the draws: pooling over them again would count the error twice
    assert not results.under(f"{at}/over_draws")
    assert best_effect(results, "comparison/own") == f"{at}/log_hr"
    assert "100 replicates, 0 without an estimate, seed 5" in render_html(results)


def test_numbers_at_risk_are_shown_before_and_after_weighting(own):
    """By hand: who is followed to each time, the sum of their weights of mean 1, and its ESS."""
    ipd = write(own).in_unit("months")
    results = run(load(own))
    value = maic_weights(ipd, TARGET, match=["AGE", "MALE"]).scaled("n")
    at, times = "comparison/own", results.value("comparison/own/at_risk/time")
    followed = [ipd.time >= t for t in times]
    assert results.value(f"{at}/at_risk/treatment") == tuple(float(f.sum()) for f in followed)
    weighted = results.value(f"{at}/maic/km/at_risk_weighted")
    assert weighted == pytest.approx([value[f].sum() for f in followed])
    assert weighted[0] == pytest.approx(ipd.n)
    ess = [value[f].sum() ** 2 / (value[f] ** 2).sum() if f.any() else 0 for f in followed]
    assert results.value(f"{at}/maic/km/at_risk_ess") == pytest.approx(ess)
    svg = km_figure(results, at).svg()
    assert "sum of weights of mean 1 (weighted n)" in svg
    assert svg.count("weighted n ●") == 1
    assert svg.count("ESS ●") == 1
    assert "n ■" in svg  # the comparator is not weighted: one line, named
    assert "weighted n ■" not in svg


def test_without_weights_the_lines_at_risk_have_no_names(own, change):
    write(own)
    adjust = COMPARISON[
        COMPARISON.index("[comparisons.adjust]") : COMPARISON.index("[[responses]]")
    ]
    change(adjust, "")
    svg = km_figure(run(load(own)), "comparison/own").svg()
    assert ">At risk<" in svg
    assert "ESS" not in svg
    assert "n ●" not in svg


def test_the_lead_over_draws_holds_the_reconstruction_error(own, change):
    write(own)
    results = run(load(own))
    at = "comparison/own/maic"
    drawn, alone = f"{at}/over_draws/log_hr", f"{at}/log_hr"
    value = results.value
    se, rebuilt = value(f"{drawn}/se"), value(f"{drawn}/se_reconstruction")
    assert value(f"{drawn}/share_reconstruction") == pytest.approx(rebuilt**2 / se**2)
    assert rebuilt > 0
    widths = [value(f"{id}/ci_high") - value(f"{id}/ci_low") for id in (drawn, alone)]
    assert widths[0] > widths[1]
    assert value(f"{drawn}/interval").startswith(
        "sampling and reconstruction error, under assumed censoring; robust (Lin-Wei"
    )
    html = render_html(results)
    assert "Weighted (MAIC), over draws of the reconstruction" in html
    assert "the report leads with the same method over draws" in html


@pytest.mark.parametrize("method", ["ESS-scaled", "M-estimation"])
def test_each_draw_has_the_variance_that_leads(own, change, method):
    write(own)
    change('match = ["AGE", "MALE"]', f'match = ["AGE", "MALE"]\nvariance = "{method}"')
    results = run(load(own))
    at = "comparison/own/maic/over_draws/log_hr"
    assert f"standard error in each draw: {WORDS[method]}" in results.value(f"{at}/method")


def test_without_draws_the_lead_is_of_one_data_set_and_says_why(own, change):
    write(own)
    change("draws = 10", "draws = 0")
    results = run(load(own))
    assert best_effect(results, "comparison/own") == "comparison/own/maic/log_hr"
    why = results.value("comparison/own/maic/over_draws/not_available")
    assert why == "Not worked out: `settings.draws` is 0."
    assert why in render_html(results)


def test_a_small_effective_sample_size_leads_with_the_ess_scaled_variance(own):
    ipd = write(own, n=60)
    results = run(load(own))
    assert maic_weights(ipd, TARGET, match=["AGE", "MALE"]).ess < 50
    at = "comparison/own/maic"
    assert results.value(f"{at}/variance/ESS-scaled/leads") is True
    assert "weights on the ess scale; standard error: model" in results.value(f"{at}/log_hr/method")


@pytest.mark.parametrize(
    ("kind", "imbalance", "rows", "words"),
    [
        ('kind = "max ESS"', 0.0, {"M-estimation"}, "weights of the largest effective"),
        ('kind = "within tolerance"\ntolerance = 0.05', 0.05, set(), "weights within 0.05 SD"),
    ],
)
def test_other_kinds_of_weights_are_bootstrapped_too(own, change, kind, imbalance, rows, words):
    write(own)
    change('match = ["AGE", "MALE"]', f'match = ["AGE", "MALE"]\n{kind}')
    results = run(load(own))
    at = "comparison/own/maic"
    known = {"robust", "ESS-scaled", "rule"} | rows
    assert set(results.children(f"{at}/variance")) == known
    assert results.value(f"{at}/weights/largest_imbalance") == pytest.approx(imbalance, abs=1e-8)
    change(kind, f'{kind}\nvariance = "bootstrap"\nbootstrap = {{ replicates = 100 }}')
    drawn = run(load(own))
    assert set(drawn.children(f"{at}/variance")) == known | {"bootstrap"}
    assert f"the {words}" in drawn.value(f"{at}/bootstrap/resampled")
    assert drawn.value(f"{at}/bootstrap/failed") == 0
    # the bootstrap takes each replicate from a draw: its error is the sampling error and that of
    # rebuilding together; of 100 replicates it is known to a tenth
    robust = results.value(f"{at}/variance/robust/log_hr/se")
    both = math.hypot(robust, results.value(f"{at}/over_draws/log_hr/se_reconstruction"))
    assert drawn.value(f"{at}/log_hr/se") == pytest.approx(both, rel=0.3)


def test_missing_values_are_counted_and_refused_or_left_out_when_asked(own, change):
    write(own)
    path = own / "adsl.csv"
    path.write_text(re.sub(r"(?m)^(00[0-4],Y,A),[^,]*", r"\1,", path.read_text()))
    with pytest.raises(SurvcompError, match=r"AGE: is empty for 5 of 150 patients, .* row 2"):
        run(load(own))
    change(
        'match = ["AGE", "MALE"]',
        'match = ["AGE", "MALE"]\nmissing = "exclude"\nbootstrap = { replicates = 100 }',
    )
    results = run(load(own))
    at = "comparison/own/maic/weights"
    assert results.value(f"{at}/excluded") == 5
    assert results.value("comparison/own/treatment/n") == 150
    html = render_html(results)
    assert "5 of 150 patients have missing values (AGE of 5)" in html
    assert "5 of 150 patients are left out of the weighting" in html
    # the variances are those of the patients who are left
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *lines[6:]]) + "\n")
    adtte = own / "adtte.csv"
    adtte.write_text(re.sub(r"(?m)^00[0-4],.*\n", "", adtte.read_text()))
    fewer = run(load(own))
    id = "comparison/own/maic/variance/M-estimation/log_hr/se"
    assert results.value(id) == pytest.approx(fewer.value(id), rel=1e-9)


def test_everybody_in_the_target_can_be_matched_by_leaving_out(own, change):
    write(own)
    (own / "agd.csv").write_text(WIDE.replace(",81", ",128"))
    with pytest.raises(SurvcompError, match="everybody in the target has MALE = 1"):
        run(load(own))
    change('match = ["AGE", "MALE"]', 'match = ["AGE", "MALE"]\nall_or_none = "exclude"')
    results = run(load(own))
    assert results.value("comparison/own/maic/weights/excluded") > 50
    assert "M-estimation" in results.children("comparison/own/maic/variance")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"adsl.csv"', '"../../../adsl.csv"', r"treatment\.patients\.adam\.adsl: must stay inside"),
        ('"agd.csv"', '"/etc/passwd"', r"comparisons\[1\]\.adjust\.agd\.file: must stay inside"),
        ('param = "PFS"', 'param = "OS"', r"adtte\.csv: PARAMCD: 'OS' is not among 'PFS'"),
        ('"agd.csv"', '"none.csv"', r"none\.csv: no such file"),
        ('match = ["AGE"', 'match = ["BMI"', r"OTHER.*BMI|BMI.*OTHER"),
        ('match = ["AGE", "MALE"]', "match = []", r"adjust\.match: .*at least 1"),
        ('layout = "wide"', 'layout = "long"', r"`n` is needed with layout"),
        ('match = ["AGE"', 'kind = "within tolerance"\ntolerance = 0.1\n'
         'variance = "M-estimation"\nmatch = ["AGE"', "has no M-estimation with kind"),
        ('match = ["AGE"', 'tolerance = 0.1\nmatch = ["AGE"', "`tolerance` goes with kind"),
        ('match = ["AGE"', 'variance = "bootstrap"\nmatch = ["AGE"', "needs a table `bootstrap`"),
        ('match = ["AGE"', 'trial = "other_trial"\nmatch = ["AGE"', "needs `trial` and `arm`, or"),
        ('no = ["F"]', 'no = ["M"]', "names 'M' in `yes` and in `no`"),
        ('no = ["F"]', "at_least = 1", "has `at_least` and `yes` or `no`"),
        ('\narm = "A"\n', "\n", "`arm` and `arm_column` go together"),
        ('label = "drug A"', 'label = "drug A"\nfile = "x.csv"', "has `adam` and one of `file`"),
        ("MALE = {", "AGE = {", "names 'AGE' in `covariates` and in `indicators`"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_named(own, change, old, new, message):
    write(own)
    change(old, new)
    with pytest.raises(SurvcompError, match=message):
        run(load(own))


def test_a_wrong_file_leaves_nothing_behind(own):
    write(own)
    (own / "agd.csv").write_text(WIDE.replace(",62,", ",old,"))
    before = sorted(path for path in own.parent.parent.rglob("*"))
    code = [sys.executable, "-m", "survcomp", "run", str(own)]
    done = subprocess.run(code, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "analyses/a_vs_b/agd.csv: row 2, AGE_MEAN: must be a number; got 'old'" in done.stderr
    assert sorted(path for path in own.parent.parent.rglob("*")) == before


PRINTED = """n = 128
endpoint = "PFS"
analysis_set = "treated"
index_date = "start of treatment"
cut = "13 months"
follow_up = { median = 13.3, range = [0.2, 21.2] }
medians = [{ estimate = 8.8, ci = [5.6, 11.6] }]
"""


def test_printed_numbers_in_a_file_are_a_comparator(own, change):
    write(own)
    (own / "printed.toml").write_text(PRINTED)
    evidence = run(load(own))
    change(
        'comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }\n\n[comp',
        'comparator = { printed = { file = "printed.toml", study = "X", label = "B", '
        'time_unit = "months" } }\n\n[comp',
    )
    results = run(load(own))
    id = "comparison/own/unadjusted/log_hr/estimate"
    assert results.value(id) == pytest.approx(evidence.value(id), rel=1e-6)
    curve = results["comparison/own/comparator/reconstruction/curve"]
    assert curve.value == "X/arm/PFS/13 months"
    assert curve.sources == ("file:analyses/a_vs_b/printed.toml",)
    assert "printed.toml" in render_html(results)
    (own / "printed.toml").write_text(PRINTED.replace('"PFS"', '"OS"'))
    with pytest.raises(SurvcompError, match=r"printed\.toml: endpoint: is 'OS', while the compar"):
        run(load(own))
    (own / "printed.toml").write_text(PRINTED.replace("128", '"many"'))
    with pytest.raises(SurvcompError, match=r"^analyses/a_vs_b/printed\.toml: n: "):
        run(load(own))


def test_the_tutorial_s_files_are_what_its_script_makes(root):
    folder = root / "analyses" / "tutorial_own_trial"
    spec = importlib.util.spec_from_file_location("make_data", folder / "make_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in module.files().items():
        assert (folder / name).read_text("utf-8") == text, name


def test_variances_by_hand_are_those_of_the_analysis(own):
    """The comparator's rebuilt patients are the analysis' own; everything else is by hand."""
    from survcomp.analysis.steps.parts.sides import read_sides

    by_hand = write(own)
    plan = load(own)
    results = run(plan)
    other = read_sides(plan.table.comparisons[1], plan.evidence, plan.folder)[1].ipd
    mine = by_hand.in_unit(other.time_unit)
    table = maic_variances(mine, other, Matching(TARGET, match=["AGE", "MALE"]), outcome="PFS")
    for row in table.rows:
        id = f"comparison/own/maic/variance/{row.method}/log_hr/se"
        assert results.value(id) == pytest.approx(row.se, rel=1e-7)


def two_assessors(folder) -> None:
    """ADTTE with two rows a subject under one PARAMCD."""
    header, *rows = (folder / "adtte.csv").read_text().splitlines()
    lines = [f"{header},PARCAT1"]
    for row in rows:
        subject, param, days, unit, censored = row.split(",")
        lines.append(f"{row},IRC")
        lines.append(f"{subject},{param},{float(days) + 3:g},{unit},{censored},Investigator")
    (folder / "adtte.csv").write_text("\n".join(lines) + "\n")


def test_rows_of_one_assessor_are_read(own, change):
    write(own)
    before = run(load(own))
    two_assessors(own)
    with pytest.raises(SurvcompError) as refused:
        run(load(own))
    assert "occurs more than once" in str(refused.value)
    assert "the rows differ in PARCAT1 ('IRC' and 'Investigator'): pick" in str(refused.value)
    change('param = "PFS"\n', 'param = "PFS"\nwhere = { PARCAT1 = "IRC" }\n')
    results = run(load(own))
    at = "comparison/own/maic/log_hr/estimate"
    assert results.value(at) == before.value(at)
    sides = [str(record.value) for record in results.records if "/notes/" in record.id]
    assert any("adtte.csv: 150 of 300 rows with PARCAT1 = 'IRC'." in n for n in sides)


def test_columns_get_the_names_of_the_target(own, change):
    write(own)
    before = run(load(own))
    adsl = own / "adsl.csv"
    adsl.write_text(adsl.read_text().replace(",AGE,", ",AGEYRS,"))
    change(
        'covariates = ["AGE", "BMI"]', 'columns = { AGE = "AGEYRS" }\ncovariates = ["AGE", "BMI"]'
    )
    at = "comparison/own/maic/weights/ess"
    assert run(load(own)).value(at) == before.value(at)


def test_the_column_of_subjects_may_have_another_name(own, change):
    write(own)
    before = run(load(own))
    adsl = own / "adsl.csv"
    adsl.write_text(adsl.read_text().replace("USUBJID,", "SUBJ,"))
    change(
        'covariates = ["AGE", "BMI"]', 'columns = { USUBJID = "SUBJ" }\ncovariates = ["AGE", "BMI"]'
    )
    at = "comparison/own/maic/weights/ess"
    assert run(load(own)).value(at) == before.value(at)


def test_subjects_may_be_picked_in_adsl(own, change):
    write(own)
    change('covariates = ["AGE", "BMI"]', 'where = { SEX = "M" }\ncovariates = ["AGE", "BMI"]')
    change('match = ["AGE", "MALE"]', 'match = ["AGE"]')
    results = run(load(own))
    males = (own / "adsl.csv").read_text().count(",M\n")
    assert results.value("comparison/own/treatment/n") == males


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('where = { SEX = "X" }', "adsl.csv.*SEX.*leaves no row: 'X' is not among"),
        ("where = { NOPE = 1 }", "adsl.csv.*NOPE.*names a column that is not there"),
        ("where = { SEX = [] }", "where"),
        ("where = { SEX = { a = 1 } }", "where"),
        ('columns = { AGE = "BMI" }', "adsl.csv.*AGE.*a name that another column has"),
        ('columns = { AGES = "AGEE" }', "did you mean 'AGE'"),
    ],
)
def test_rows_and_names_that_cannot_be(own, change, table, words):
    write(own)
    change('covariates = ["AGE", "BMI"]', f'{table}\ncovariates = ["AGE", "BMI"]')
    with pytest.raises(SurvcompError, match=words):
        run(load(own))
