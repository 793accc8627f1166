"""Sensitivity analyses of an analysis: what is asked for is done, recorded, shown, or refused."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from survcomp.analysis import load, run
from survcomp.analysis.plan.defaults import defaults_used
from survcomp.analysis.plan.tables.sensitivity import SensitivityChoiceTable
from survcomp.analysis.steps.parts.sensitivity import names
from survcomp.comparison import (
    SensitivitySettings,
    confounder_grid,
    confounder_picture,
    naive_sensitivity,
    unmatched_arms,
)
from survcomp.errors import FileFaultError, SurvcompError
from survcomp.evidence import find_root, read_trial
from survcomp.report import render_html
from survcomp.report.chapters.parts.sensitivity import sensitivity_section
from survcomp.report.document.sections import Figure, Table, walk
from survcomp.report.figures.confounder import picture_figure
from survcomp.report.figures.recorded_picture import recorded_picture
from survcomp.report.forms.trace import trace
from survcomp.values.records.results import Results

ASK = "\n[comparisons.sensitivity]\n"
HERE = "comparison/pfs/sensitivity"
BASELINE = """
[[populations]]
arm = "drug_a"
n = 97
analysis_set = "treated"
moments = [{ name = "male", label = "Male", count = 10, percent = 10, source = "Q1" }]

[[contrasts]]
"""
OWN = """
[[comparisons]]
id = "own"
label = "Own patients, weighted"
endpoint = "PFS"
comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }
adjust = { trial = "other_trial", arm = "drug_b", match = ["age", "male"] }

[comparisons.treatment.patients]
file = "patients.csv"
time = "months"
event = "progressed"
time_unit = "months"
label = "drug A"
id = "id"
covariates = ["age", "male"]
analysis_set = "treated"
index_date = "start of treatment"

[comparisons.sensitivity]
ranked = ["age", "male"]
cuts = [6]
patients = 3
censoring = { multipliers = [1, "at once"], imputations = 2 }

[[responses]]
"""


@pytest.fixture
def analysis(data_root):
    return data_root / "analyses" / "a_vs_b"


@pytest.fixture
def ask(edit):
    """Ask for the sensitivity of the naive comparison, with these keys."""

    def change(keys: str = "") -> None:
        old = '\n[[comparisons.scenarios]]\nid = "published"'
        edit("a_vs_b/analysis.toml", old, f"{ASK}{keys}\n{old}")

    return change


@pytest.fixture
def own(data_root, edit):
    """A weighted comparison of the user's patients; its records."""
    edit("a_vs_b/analysis.toml", "\n[[responses]]\n", OWN)
    folder = data_root / "analyses" / "a_vs_b"
    rng = np.random.default_rng(5)
    rows = ["id,months,progressed,age,male"]
    for i in range(90):
        male, age = int(rng.random() < 0.5), rng.normal(62, 6)
        months = rng.exponential(25 - 6 * male)
        rows.append(f"P/{i} é,{months:.3f},{int(i % 3 > 0)},{age:.1f},{male}")
    (folder / "patients.csv").write_text("\n".join(rows) + "\n")
    return folder


def rows_of(results: Results, here: str) -> dict[str, list[str]]:
    return {f: list(results.children(f"{here}/{f}")) for f in results.children(f"{here}/family")}


# ---- what is recorded


def test_the_records_are_what_the_library_finds(analysis, ask):
    ask('over_draws = false\ncuts = [6]\nskip = ["informative censoring"]')
    results = run(load(analysis))
    plan = load(analysis)
    from survcomp.analysis.steps.parts.sides import read_sides

    table = plan.table.comparisons[0]
    left, right = (side.ipd for side in read_sides(table, plan.evidence, plan.folder))
    expected = naive_sensitivity(
        left,
        right,
        outcome="PFS",
        settings=SensitivitySettings(cuts=(6,), skip=("informative censoring",)),
    )
    by_family = rows_of(results, HERE)
    counted = sum(len(rows) for rows in by_family.values())
    assert counted == len(expected.rows)
    refused = [r for r in results.under(HERE) if r.id.endswith("/refused")]
    assert [r.value for r in refused] == [row.note for row in expected.refused]
    tip = f"{HERE}/unmeasured_confounder/tipping_point"
    assert results.value(f"{tip}/bias_factor") == pytest.approx(expected.rows[0].estimate)
    period = expected.analysis("hazard ratio by period").rows[0]
    at = f"{HERE}/hazard_ratio_by_period/0_to_6_months"
    assert results.value(f"{at}/log_hr/ci_low") == pytest.approx(period.ci_low)
    assert results.value(f"{at}/hr/estimate") == pytest.approx(math.exp(period.estimate))
    null = f"{HERE}/shifted_null/null_HR_0.8"
    assert results.value(f"{null}/hr_over_null/estimate") == pytest.approx(
        results.value(f"{HERE}/main_analysis/nothing/hr/estimate") / 0.8
    )
    assert results.value(f"{HERE}/about/interval").startswith("sampling error only")


def test_over_draws_the_main_row_is_the_headline(analysis, ask):
    ask('skip = ["informative censoring"]')
    results = run(load(analysis))
    main, lead = f"{HERE}/main_analysis/nothing/log_hr", "comparison/pfs/over_draws/log_hr"
    for field in ("estimate", "ci_low", "ci_high"):
        assert results.value(f"{main}/{field}") == pytest.approx(results.value(f"{lead}/{field}"))
    assert results[f"{main}/estimate"].kind == "simulated"
    share = results.value(f"{HERE}/reconstruction_uncertainty/on/figure/share")
    assert share == pytest.approx(results.value(f"{lead}/share_reconstruction"))


def test_a_weighted_comparison_has_every_family(own):
    results = run(load(own))
    here = "comparison/own/sensitivity"
    by_family = rows_of(results, here)
    assert set(by_family["subsets_of_the_ranked_covariates"]) == {
        "none_naive", "age", "male", "age_male",
    }  # fmt: skip
    assert len(by_family["leave_one_patient_out"]) == 3
    # alike after the letters that ids may not have are gone, and told apart all the same
    assert len(set(by_family["leave_one_patient_out"])) == 3
    assert set(by_family["informative_censoring"]) == {
        "tipping_point",
        "hazard_times_1_after_censoring",
        "event_at_once_after_censoring",
    }
    # the same robust errors in the same draws
    for field in ("estimate", "ci_low", "ci_high"):
        lead = results.value(f"comparison/own/maic/over_draws/log_hr/{field}")
        assert results.value(f"{here}/main_analysis/nothing/log_hr/{field}") == pytest.approx(
            lead, abs=1e-8
        )
    assert results.children(f"{here}/picture/benchmark") == ("age_mean", "male_proportion")


def test_patients_left_out_of_the_weighting_are_left_out_here_too(own, edit):
    path = own / "patients.csv"
    lines = path.read_text().splitlines()
    lines[1] = re.sub(r",[^,]*,(\d)$", r",,\1", lines[1])  # no age
    path.write_text("\n".join(lines) + "\n")
    edit("a_vs_b/analysis.toml", '"male"] }', '"male"], missing = "exclude" }')
    edit("a_vs_b/analysis.toml", "patients = 3", 'skip = ["leave one patient out"]')
    results = run(load(own))
    assert results.value("comparison/own/maic/weights/excluded") == 1
    main = "comparison/own/sensitivity/main_analysis/nothing/log_hr"
    lead = "comparison/own/maic/over_draws/log_hr"
    for field in ("estimate", "ci_low", "ci_high"):
        assert results.value(f"{main}/{field}") == pytest.approx(
            results.value(f"{lead}/{field}"), abs=1e-8
        )


def test_notes_keep_their_numbers_unrounded(analysis, ask):
    ask('skip = ["informative censoring"]')
    results = run(load(analysis))
    null = f"{HERE}/shifted_null/null_HR_0.8"
    assert results.value(f"{null}/note").endswith("z = {z:.2f}.")
    z = results.value(f"{null}/log_hr_beyond_null/estimate") / results.value(
        f"{null}/log_hr_beyond_null/se"
    )
    assert results.value(f"{null}/figure/z") == pytest.approx(z)
    assert f"z = {z:.2f}." in render_html(results)


def test_ids_do_not_depend_on_what_else_is_asked_for(analysis, ask, edit):
    ask('cuts = [6]\nskip = ["informative censoring"]\nnull = [0.7, 0.8]')
    many = run(load(analysis))
    edit("a_vs_b/analysis.toml", "null = [0.7, 0.8]", "null = [0.8]")
    one = run(load(analysis))
    gone = {r.id for r in many.under(HERE)} - {r.id for r in one.under(HERE)}
    assert gone
    assert all("/null_HR_0.7/" in id for id in gone)
    assert {r.id for r in one.under(HERE)} < {r.id for r in many.under(HERE)}


def test_names_are_told_apart_whatever_their_order():
    words = ["a (b)", "a b", "c", "é", "ü"]
    expected = dict(zip(words, names(words), strict=True))
    assert len(set(expected.values())) == len(words)
    assert expected["c"] == "c"
    assert dict(zip(words[::-1], names(words[::-1]), strict=True)) == expected


# ---- published baselines as a yardstick


def test_published_covariates_are_put_to_the_test(analysis, ask, edit):
    edit("other_trial/trial.toml", "\n[[contrasts]]\n", BASELINE)
    ask('baseline = ["male"]\nskip = ["informative censoring"]')
    results = run(load(analysis))
    at = f"{HERE}/picture/uneven/male"
    assert results.value(f"{at}/prevalence_treated") == pytest.approx(10 / 97)
    needed = results.value(f"{at}/hazard_ratio")
    row = f"{HERE}/unmeasured_confounder/as_uneven_as_Male/confounder_hr"
    assert results.value(row) == needed
    html = render_html(results)
    assert "The published baselines say how uneven the arms are" in html
    assert "Male (10 % against 63 %)" in html


def test_a_covariate_that_is_not_published_of_both_is_named(analysis, ask, edit):
    edit("other_trial/trial.toml", "\n[[contrasts]]\n", BASELINE)
    ask('baseline = ["age"]\nskip = ["informative censoring"]')
    with pytest.raises(SurvcompError, match=r"sensitivity.*`baseline`.*no proportion 'age'"):
        run(load(analysis))


# ---- the report


def found_section(results, path):
    section = sensitivity_section(results, path)
    assert section is not None
    return section


def tables_of(results, path):
    return [b for b in walk(found_section(results, path).blocks) if isinstance(b, Table)]


def figures_of(results, path):
    return [b for b in walk(found_section(results, path).blocks) if isinstance(b, Figure)]


def test_the_picture_comes_back_from_its_records(analysis, ask):
    ask('over_draws = false\nskip = ["informative censoring"]')
    results = run(load(analysis))
    plan = load(analysis)
    from survcomp.analysis.steps.parts.sides import read_sides

    sides = read_sides(plan.table.comparisons[0], plan.evidence, plan.folder)
    grid = confounder_grid(unmatched_arms(*(side.ipd for side in sides), outcome="PFS"))
    drawn = picture_figure(recorded_picture(results, f"{HERE}/picture")).svg()
    assert drawn == picture_figure(confounder_picture(grid)).svg()


def test_the_confounder_comes_first_and_long_tables_are_folded(own):
    results = Results.from_dict(run(load(own)).to_dict())
    summary, *folded_tables = tables_of(results, "comparison/own")
    rows = [[cell.text for cell in row] for row in summary.rows]
    assert rows[0][:2] == ["unmeasured confounder", "tipping point"]
    assert summary.columns == ("Analysis", "What is changed", "Result", "ESS", "Remark")
    assert [table.caption for table in folded_tables] == [
        "Subsets of the ranked covariates",
        "Leave one patient out",
    ]
    folded = next(row for row in rows if row[0] == "leave one patient out")
    assert folded[1] == "3 rows"
    assert re.fullmatch(r"HR \d\.\d\d to \d\.\d\d", folded[2])
    assert len(folded_tables[1].rows) == 3
    (figure,) = figures_of(results, "comparison/own")
    assert ElementTree.fromstring(figure.drawing.svg()).attrib["role"] == "img"
    html = render_html(results)
    assert html.index("What an unmeasured confounder would have to be") < html.index(
        "How far the effect moves when one thing is changed"
    )
    assert re.search(r"<summary>Table \d+. Leave one patient out</summary>", html)
    for table in (summary, *folded_tables):
        for row in table.rows:
            for cell in row:
                assert not cell.record or cell.record in results


def test_a_number_beyond_a_shifted_null_can_be_traced(analysis, ask):
    """Its measure has no name in words, so that it stands without one in the trace."""
    ask()
    results = run(load(analysis))
    ids = [record.id for record in results.records if "log_hr_beyond_null" in record.id]
    assert ids
    for id in ids:
        steps = {step.title: step.lines for step in trace(results, id, shown_in={})}
        assert steps["Result"][0].startswith(f"{id} = ")
        assert any(line.startswith("comparisons.pfs.sensitivity") for line in steps["Settings"])


def test_refused_rows_are_shown_with_their_reason(analysis, ask):
    ask('skip = ["informative censoring"]')
    results = run(load(analysis))
    summary = tables_of(results, "comparison/pfs")[0]
    shown = {row[0].text: row for row in summary.rows if row[0].text}
    assert shown["hazard ratio by period"][2].text == "not done"
    assert shown["hazard ratio by period"][3].text == "No cut points were given (`cuts`)."
    assert shown["trimmed weights"][3].text.startswith("No covariates are matched")
    assert "ESS" not in summary.columns


def test_what_is_skipped_is_not_there(analysis, ask):
    ask('skip = ["unmeasured confounder", "informative censoring", "E-value"]')
    results = run(load(analysis))
    assert "unmeasured_confounder" not in results.children(f"{HERE}/family")
    assert not results.under(f"{HERE}/picture")
    assert figures_of(results, "comparison/pfs") == []
    assert isinstance(found_section(results, "comparison/pfs").blocks[0], Table)
    assert "unmeasured confounder would have to be" not in render_html(results)


def test_without_the_table_there_is_no_chapter_of_it(analysis):
    results = run(load(analysis))
    assert sensitivity_section(results, "comparison/pfs") is None
    assert "Sensitivity analyses" not in render_html(results)


def test_a_text_may_name_its_records(analysis, ask, edit):
    ask('skip = ["informative censoring"]')
    tip = f"{HERE}/unmeasured_confounder/tipping_point/bias_factor"
    main = f"{HERE}/main_analysis/nothing/log_hr"
    edit("a_vs_b/analysis.toml", '"Only {{', f'"Factor {{{{{tip}}}}} of {{{{{main}}}}}. Only {{{{')
    results = run(load(analysis))
    text = re.sub(r"<[^>]+>", "", render_html(results))
    assert re.search(rf"Factor {results.value(tip):.2f} of HR \d\.\d\d \(95% CI", text)


def test_an_unknown_record_of_it_is_an_error(analysis, ask, edit):
    ask('skip = ["informative censoring"]')
    edit("a_vs_b/analysis.toml", '"Only {{', f'"{{{{{HERE}/nonsense}}}} Only {{{{')
    with pytest.raises(SurvcompError, match=r"nonsense.* is not a record of this analysis"):
        render_html(run(load(analysis)))


# ---- keys


def test_defaults_are_those_of_the_library():
    made, library = SensitivityChoiceTable().settings, SensitivitySettings()
    assert made == library
    listed = defaults_used(SensitivityChoiceTable(), "sensitivity")
    assert "sensitivity.null = (0.8,)" in listed


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("cut = [6]", r"comparisons\[0\]\.sensitivity\.cut: unknown key"),
        ("cuts = [12, 6]", r"sensitivity\.cuts: .*must be ascending"),
        ("cuts = [0]", r"sensitivity\.cuts\[0\]: .*greater than 0"),
        ("null = []", r"sensitivity\.null: "),
        ("null = [-1]", r"sensitivity\.null\[0\]: "),
        ("caps = [1.5]", r"sensitivity\.caps\[0\]: "),
        ("patients = 0", r"sensitivity\.patients: "),
        ("seed = -1", r"sensitivity\.seed: "),
        ('over_draws = "yes"', r"sensitivity\.over_draws: "),
        ('skip = ["E-values"]', r"sensitivity\.skip\[0\]: .*'E-value'"),
        ('skip = ["E-value", "E-value"]', r"sensitivity\.skip: .*more than once"),
        ('ranked = ["age"]', r"`sensitivity\.ranked` goes with `adjust`"),
        ("confounder = { mean_prevalence = 1 }", r"confounder\.mean_prevalence: "),
        ("confounder = { mean_prevalence = 0.1 }", r"confounder: .*`differences` must lie"),
        ("confounder = { differences = [0.1] }", r"confounder\.differences: "),
        ("confounder = { hazard_ratios = [0.5, 2] }", r"confounder\.hazard_ratios\[0\]: "),
        ("censoring = { multipliers = [-1] }", r"censoring\.multipliers\[0\]"),
        ('censoring = { multipliers = ["never"] }', r"censoring\.multipliers\[0\]"),
        ("censoring = { imputations = 1 }", r"censoring\.imputations: "),
    ],
)
def test_keys_that_are_not_allowed_are_named(analysis, ask, keys, message):
    ask(keys)
    with pytest.raises(FileFaultError, match=message):
        load(analysis)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('match = ["age", "male"] }', 'match = ["age", "male"], kind = "max ESS" }',
         '`sensitivity` of a weighted comparison is for kind = "entropy"'),
        ("patients = 3", 'baseline = ["male"]', "`sensitivity.baseline` is for two arms of data"),
        ("patients = 3", f"ranked_ = {[str(i) for i in range(11)]}", "ranked_: unknown key"),
        ('ranked = ["age", "male"]', f"ranked = {[str(i) for i in range(11)]}", "ranked: .*10"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_weights_is_named(own, edit, old, new, message):
    edit("a_vs_b/analysis.toml", old, new)
    with pytest.raises(FileFaultError, match=message):
        load(own)


def test_a_ranked_covariate_that_is_not_there_is_named(own, edit):
    edit("a_vs_b/analysis.toml", 'ranked = ["age", "male"]', 'ranked = ["age", "height"]')
    with pytest.raises(SurvcompError, match=r"comparison 'own'.*sensitivity.*'height'"):
        run(load(own))


def test_a_check_has_no_sensitivity(analysis, ask, edit):
    ask()
    edit(
        "a_vs_b/analysis.toml",
        'endpoint = "PFS"\nenrolled_scenario = true',
        'endpoint = "PFS"\nrole = "check"\ncheck = { trial = "other_trial", contrast = "pfs_hr" }',
    )
    with pytest.raises(FileFaultError, match="`sensitivity` and `check` cannot go together"):
        load(analysis)


def test_draws_that_cannot_be_made_are_an_error_that_says_what_to_do(analysis, ask, edit):
    ask('skip = ["informative censoring"]')
    edit(
        "a_vs_b/analysis.toml",
        'arm = "drug_b", cut = "13 months" }\n\n[comparisons.sens',
        'arm = "drug_b", cut = "13 months", tail = 2.0 }\n\n[comparisons.sens',
    )
    with pytest.raises(
        SurvcompError, match=r"sensitivity: no draws \(over_draws = false .*a tail is"
    ):
        run(load(analysis))
    edit("a_vs_b/analysis.toml", ASK, f"{ASK}over_draws = false\n")
    assert f"{HERE}/main_analysis/nothing/hr/estimate" in run(load(analysis))


def test_the_flagships_have_their_confounder(root):
    for name, trials in (
        ("cilta_vs_ide_late_line", ("cartitude_1", "karmma")),
        ("cilta_vs_ide_earlier_line", ("cartitude_4", "karmma_3")),
    ):
        table = load(root / "analyses" / name).table.comparisons[0]
        assert table.sensitivity is not None
        for trial, side in zip(trials, (table.treatment, table.comparator), strict=True):
            population = read_trial(trial, find_root(root)).population_of(side.arm)
            assert set(table.sensitivity.baseline) <= set(population.covariates)
