"""An analysis from its folder to its records."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from survcomp.analysis import compare, load, pinned_dict, run
from survcomp.analysis.plan.defaults import defaults_used
from survcomp.analysis.plan.schema import analysis_file
from survcomp.analysis.plan.step import discovered
from survcomp.analysis.review.pin import read_pinned
from survcomp.analysis.write import results_json, settled, to_json, write_files
from survcomp.errors import FileFaultError, InputError, SurvcompError
from survcomp.report import render_html
from survcomp.values import Results


@pytest.fixture
def analysis(data_root):
    return data_root / "analyses" / "a_vs_b"


def test_everything_asked_for_is_recorded(analysis):
    results = run(load(analysis))
    for id in (
        "comparison/pfs/unadjusted/log_hr/estimate",
        "comparison/pfs/unadjusted/hr/ci_low",
        "comparison/pfs/unadjusted/rmst_difference/estimate",
        "comparison/pfs/enrolled_scenario/both/log_hr/estimate",
        "comparison/pfs/scenario/published/truncated_at",
        "comparison/pfs/treatment/fidelity/1/rebuilt",
        "comparison/pfs/at_risk/time",
        "response/orr/log_rr/estimate",
        "descriptive/0/in_response_at_median",
        "published/0/log_hr/estimate",
        "study/other_trial/name",
    ):
        assert id in results, id
    assert results.value("comparison/pfs/adjustment") == "no adjustment possible: no covariates"
    assert results.value("comparison/pfs/unadjusted/log_hr/interval") == (
        "sampling error only, under assumed censoring"
    )
    assert "comparison/pfs/unadjusted/log_hr/p" not in results
    assert results.value("descriptive/0/in_response_at_median") == 94 / 128 / 2


def test_the_effect_over_draws_holds_both_errors(analysis):
    results = run(load(analysis))
    path = "comparison/pfs/over_draws/log_hr"
    value = {name: results.value(f"{path}/{name}") for name in ("se", "se_reconstruction")}
    share = results.value(f"{path}/share_reconstruction")
    assert share == pytest.approx(value["se_reconstruction"] ** 2 / value["se"] ** 2)
    assert 0 < share < 1
    assert results.value(f"{path}/interval").startswith("sampling and reconstruction error")
    assert results[f"{path}/estimate"].kind == "simulated"
    alone = "comparison/pfs/unadjusted/log_hr"
    widths = [results.value(f"{p}/ci_high") - results.value(f"{p}/ci_low") for p in (path, alone)]
    assert widths[0] > widths[1]
    again = run(load(analysis))
    assert again.value(f"{path}/estimate") == results.value(f"{path}/estimate")


def test_another_seed_gives_other_draws_and_none_say_so(analysis, edit):
    first = run(load(analysis)).value("comparison/pfs/over_draws/log_hr/estimate")
    edit("a_vs_b/analysis.toml", "draws = 10", "draws = 10\nseed = 2")
    second = run(load(analysis)).value("comparison/pfs/over_draws/log_hr/estimate")
    assert first != second
    edit("a_vs_b/analysis.toml", "draws = 10\nseed = 2", "draws = 0")
    results = run(load(analysis))
    assert "comparison/pfs/over_draws/log_hr/estimate" not in results
    words = "Not worked out: `settings.draws` is 0."
    assert results.value("comparison/pfs/over_draws/not_available") == words
    assert "`settings.draws` is 0" in render_html(results).replace("&#96;", "`")


def test_draws_are_not_made_where_a_tail_is_assumed(analysis, edit):
    edit(
        "a_vs_b/analysis.toml",
        'treatment = { trial = "other_trial", arm = "drug_a", cut = "13 months" }\ncomparator',
        'treatment = { trial = "other_trial", arm = "drug_a", cut = "13 months", tail = 2.0 }'
        "\ncomparator",
    )
    results = run(load(analysis))
    said = results.value("comparison/pfs/over_draws/not_available")
    assert said.startswith("Could not be worked out: a tail is assumed for other_trial/drug_a/PFS")


@pytest.mark.parametrize("draws", [1, 9, -1, 2001])
def test_too_few_or_too_many_draws_are_refused(analysis, edit, draws):
    edit("a_vs_b/analysis.toml", "draws = 10", f"draws = {draws}")
    with pytest.raises(SurvcompError, match=r"settings\.draws: .*0, or from 10 to 2000"):
        load(analysis)


def test_a_rate_of_another_cut_and_a_count_without_a_median_are_shown(analysis, edit):
    """94 of 128 responded; 60 of the 94, so of the 128, were in response at the later cut."""
    edit(
        "other_trial/trial.toml",
        '[[responses]]\narm = "drug_a"',
        """[[cuts]]
label = "20 months"

[[curves]]
arm = "drug_b"
endpoint = "DOR"
cut = "20 months"
n = 94
analysis_set = "responders"
index_date = "first response"
counts = [{ kind = "event-free at cut", count = 60, source = "Q1" }]

[[responses]]
arm = "drug_a\"""",
    )
    path = analysis / "analysis.toml"
    old = 'cut = "13 months"\nresponders_of = "ORR"'
    text = path.read_text().replace(
        old, 'cut = "20 months"\nresponders_of = "ORR"\nresponders_cut = "13 months"'
    )
    path.write_text(text)
    results = run(load(analysis))
    assert results.value("descriptive/0/rate") == 94 / 128
    assert results.value("descriptive/0/in_response_at_cut") == 60 / 128
    assert "descriptive/0/in_response_at_median" not in results
    page = render_html(results)
    assert "73.4 % (94 of 128, cut 13 months)" in page
    assert "46.9 % at the cut" in page
    path.write_text(text.replace('responders_of = "ORR"\n', ""))
    with pytest.raises(FileFaultError, match="go with `responders_of`"):
        load(analysis)


def test_an_assumed_follow_up_is_a_mismatch_to_be_named(analysis):
    """25 assumed months against 13.3 published ones: not silently taken to be alike."""
    path = analysis / "analysis.toml"
    side = 'arm = "drug_b", cut = "13 months"'
    assumed = f'{side}, follow_up = {{ median = 25, longest = 33, reason = "why" }} }}'
    text = path.read_text().replace(f"{side} }}\n\n[[comp", f"{assumed}\n\n[[comp")
    path.write_text(text)
    with pytest.raises(SurvcompError, match=r"differ in follow up \(drug A: 13\.3; drug B: 25\)"):
        run(load(analysis))
    named = '[comparisons.assumptions]\nfollow_up = "Named."\n\n[[comparisons.sc'
    path.write_text(text.replace("[[comparisons.sc", named))
    results = run(load(analysis))
    said = [r.value for r in results.under("comparison/pfs/unadjusted/log_hr/assumptions")]
    assert "Named." in said
    assert not any("Follow up: not stated" in text for text in said)
    words = results.value("comparison/pfs/comparator/reconstruction/censoring")
    assert words.endswith("33 (longest follow-up, assumed)")


def test_every_source_leads_somewhere(analysis):
    results = run(load(analysis))
    for record in results.records:
        for source in record.sources:
            kind, _, rest = source.partition(":")
            if kind == "citation":
                assert rest in results.citations
            elif kind != "response":
                assert source in results or results.under(source), (record.id, source)


def test_inputs_and_settings_are_part_of_the_result(analysis):
    results = run(load(analysis))
    assert set(results.inputs) == {
        "analyses/a_vs_b/analysis.toml",
        "data/digitized/other_trial/trial.toml",
    }
    assert all(len(digest) == 64 for digest in results.inputs.values())
    assert "settings.level = 0.95" in results.defaults
    assert "settings.ci_transform = log-log" in results.defaults
    assert "comparisons[0].treatment.tail = 1.0" in results.defaults


def test_defaults_that_were_written_are_not_listed():
    text = {"settings": {"level": 0.9, "draws": 50}}
    base = {
        "schema_version": 1, "title": "t", "summary": "s", "treatment": "a", "comparator": "b",
        "question": dict.fromkeys(
            ("population", "intervention", "comparator", "outcomes", "estimand"), "x"
        ),
        "exploratory": [{
            "id": "x", "label": "x", "population": "x",
            "first": {"trial": "a", "contrast": "b"}, "second": {"trial": "a", "contrast": "b"},
        }],
    }  # fmt: skip
    used = defaults_used(analysis_file(discovered()).model_validate({**base, **text}))
    assert used == ["settings.ci_transform = log-log", "settings.seed = 1"]


def test_a_rerun_gives_the_same_bytes(analysis):
    first, second = run(load(analysis)), run(load(analysis))
    assert results_json(first) == results_json(second)
    assert render_html(first) == render_html(second)


def test_a_rerun_that_differs_in_the_last_digit_leaves_the_files_as_they_are(analysis, tmp_path):
    results = run(load(analysis))
    write_files(tmp_path, {"results.json": results_json(results)})
    noisy = tuple(
        replace(r, value=r.value * (1 + 1e-12)) if isinstance(r.value, float) else r
        for r in results.records
        if r.kind != "published"
    )
    kept = tuple(r for r in results.records if r.kind == "published")
    nudged = {r.id: r for r in (*noisy, *kept)}
    again = replace_records(results, tuple(nudged[r.id] for r in results.records))
    assert results_json(settled(again, tmp_path)) == results_json(results)
    moved = replace(results.records[4], value=0)
    other = replace_records(results, (*results.records[:4], moved, *results.records[5:]))
    assert settled(other, tmp_path) is other
    (tmp_path / "results.json").write_text("{")
    assert settled(results, tmp_path) is results


def replace_records(results, records):
    data = {**results.to_dict(), "records": []}
    return replace(Results.from_dict(data), records=records)


def test_results_survive_the_file(analysis):
    results = run(load(analysis))
    again = Results.from_dict(json.loads(results_json(results)))
    assert again.records == results.records
    assert render_html(again) == render_html(results)


def test_pin_and_check(analysis):
    results = run(load(analysis))
    write_files(analysis, {"pinned.json": to_json(pinned_dict(results))})
    check = compare(run(load(analysis)), read_pinned(analysis))
    assert check.agrees
    assert check.compared == len(results.records)
    assert check.changed_inputs == ()


def test_a_changed_input_is_seen_as_a_difference_and_named(analysis, edit):
    write_files(analysis, {"pinned.json": to_json(pinned_dict(run(load(analysis))))})
    edit("other_trial/trial.toml", "estimate = 8.8", "estimate = 9.8")
    check = compare(run(load(analysis)), read_pinned(analysis))
    assert not check.agrees
    assert check.changed_inputs == ("data/digitized/other_trial/trial.toml",)
    words = "\n".join(map(str, check.differences))
    assert "comparison/pfs/comparator/published/median/estimate: pinned 8.8" in words
    assert "now 9.8 months (must agree exactly)" in words


def test_records_that_come_and_go_are_differences(analysis):
    results = run(load(analysis))
    pinned = {
        "inputs": {},
        "records": [r for r in results.records if r.id != "response/orr/rr/ci_low"],
    }
    check = compare(results, pinned)
    assert str(check.differences[0]).startswith("response/orr/rr/ci_low: new, now")
    gone = Results(
        analysis="a", title="a", settings={}, defaults=(), inputs={}, citations={},
        records=results.records[:1],
    )  # fmt: skip
    assert all(d.now is None for d in compare(gone, pinned).differences)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"records": [{}]}', '{"inputs": {}, "records": 3}']
)
def test_a_broken_pin_is_named(analysis, text):
    (analysis / "pinned.json").write_text(text)
    with pytest.raises(
        FileFaultError, match=r"a_vs_b/pinned\.json: is not a pinned result"
    ) as error:
        read_pinned(analysis)
    assert "Error(" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "Progression', 'lable = "Progression', r"comparisons\[0\]\.lable: unknown key"),
        ('endpoint = "PFS"', 'endpoint = "TTP"', "comparison 'pfs': .*no curve 'drug_a/TTP/13"),
        ('trial = "other_trial", arm = "drug_a", cut', 'trial = "no_trial", arm = "drug_a", cut',
         "no trial 'no_trial' in data/digitized; there is: .*my_trial, .*other_trial"),
        ('arm = "drug_a", cut', 'cut', "needs `trial`, `arm` and `cut`, or `patients`"),
        ('arm = "drug_a", cut', 'arm = "drug_a", tail = -1, cut', r"treatment\.tail: .*got -1"),
        ("rmst_horizon = 12", "rmst_horizon = 120", "known from 0 to 2"),
        ("rmst_horizon = 12", 'rmst_horizon = "12"', "rmst_horizon"),
        ("rmst_horizon = 12", 'role = "check"', "`check` goes with role"),
        ("rmst_horizon = 12", 'adjust = { trial = "other_trial", arm = "drug_b", match = ["age"] }',
         "`adjust` needs `treatment.patients`"),
        ('truncate_at = "published"', "", "changes nothing"),
        ('outcome = "ORR", cut = "13 months" }\ncomp', 'outcome = "CR", cut = "13 months" }\ncomp',
         "response 'orr': .*no response"),
        ('contrast = "pfs_hr"', 'contrast = "os_hr"', "no contrast 'os_hr'; there is: pfs_hr"),
        ("schema_version = 1", "schema_version = 9", "schema_version"),
        ("schema_version = 1", "schema_version = true", "schema_version: must be a whole number"),
        ("schema_version = 1", "schema_version = 1.0", "schema_version: must be a whole number"),
        ("enrolled_scenario = true", 'enrolled_scenario = "yes"', "enrolled_scenario: .*got 'yes'"),
        ("enrolled_scenario = true", "enrolled_scenario = 1", "enrolled_scenario: .*got 1"),
        ("[settings]", "[settings]\nlevel = 0.4", r"settings\.level: .*got 0\.4"),
        ("[settings]", "[settings]\nlevel = 0.9999", r"settings\.level: .*0\.999;"),
        ("rmst_horizon = 12", "lable = 1", r"unknown key; see docs/analysis_toml\.md"),
        ("rmst_horizon = 12", "rmst_horizon = 1e300", "less than or equal to 1000000"),
        ('arm = "drug_a", cut', 'arm = "drug_a", follow_up = { median = 1e300, reason = "x" }, cut',
         r"treatment\.follow_up\.median: .*1000000"),
        ("[[responses]]\n",
         '[[comparisons.scenarios]]\nid = "published"\nlabel = "x"\nstart_at = 1\n[[responses]]\n',
         r"comparisons\[0\]\.scenarios: names 'published' more than once$"),
        ("[question]", "[question", "is not valid TOML"),
        ('comparator = "drug B"\n', "", "comparator: is missing"),
        ("[[comparisons.scenarios]]\n",
         '[comparisons.assumptions]\nfollow_up = "x"\n[[comparisons.scenarios]]\n',
         "both sides have '13.3'"),
        ("[[comparisons.scenarios]]\n",
         '[comparisons.assumptions]\nfolow_up = "x"\n[[comparisons.scenarios]]\n',
         r"comparisons\[0\]\.assumptions"),
    ],
)  # fmt: skip
def test_bad_analyses_are_refused_with_their_field(analysis, edit, old, new, message):
    edit("a_vs_b/analysis.toml", old, new)
    with pytest.raises(SurvcompError, match=message) as error:
        run(load(analysis))
    assert "analyses/a_vs_b/analysis.toml" in str(error.value)


def test_a_check_against_an_effect_that_is_not_plain_is_refused(analysis, edit):
    edit(
        "a_vs_b/analysis.toml",
        "enrolled_scenario = true",
        'role = "check"\ncheck = { trial = "other_trial", contrast = "pfs_hr" }',
    )
    with pytest.raises(InputError, match="never checked against it"):
        run(load(analysis))


def test_an_enrolled_scenario_needs_the_numbers(analysis, edit):
    edit("other_trial/trial.toml", '{ analysis_set = "enrolled", n = 140, source = "Q1" },', "")
    with pytest.raises(InputError, match="number enrolled is not in the evidence for OTHER"):
        run(load(analysis))


PATIENTS = """
[[comparisons]]
id = "own"
label = "Own patients, weighted"
endpoint = "PFS"
comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }
adjust = { trial = "other_trial", arm = "drug_b", match = ["age"] }

[comparisons.treatment.patients]
file = "patients.csv"
time = "months"
event = "progressed"
time_unit = "months"
label = "drug A"
id = "subject"
covariates = ["age", "male"]
analysis_set = "treated"
index_date = "start of treatment"

[[responses]]
"""


def own_patients(rng, n=150) -> str:
    rows = ["subject,months,progressed,age,male"]
    for i in range(n):
        time, limit = rng.exponential(20), rng.uniform(3, 30)
        rows.append(
            f"S{i},{min(time, limit):.4f},{int(time <= limit)},{rng.normal(60, 8):.2f},{i % 2}"
        )
    return "\n".join(rows) + "\n"


def test_own_patients_are_weighted_and_balanced(analysis, edit, rng):
    edit("a_vs_b/analysis.toml", "\n[[responses]]\n", PATIENTS)
    (analysis / "patients.csv").write_text(own_patients(rng))
    results = run(load(analysis))
    assert results.value("comparison/own/adjustment") == "weighted to OTHER, 128 treated"
    assert results.value("comparison/own/balance/row/0/after") == pytest.approx(63.0, abs=1e-8)
    assert results.value("comparison/own/balance/row/0/difference_after") == 0.0
    assert results.value("comparison/own/balance/row/1/matched") is False
    assert results.value("comparison/own/maic/log_hr/adjustment") == "weighting"
    assert "analyses/a_vs_b/patients.csv" in results.inputs
    assert "Balance before and after weighting" in render_html(results)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("progressed", "event"), "'progressed' not found"),
        (lambda text: text.replace(",1,", ",2,", 1), "Recode it before"),
        (lambda text: text.replace("S1,", "S0,", 1), "'S0' occurs more than once"),
        (lambda text: "", "patients.csv: is empty"),
        (lambda text: 'a,b\n"1', "patients.csv: "),
        (lambda text: None, "patients.csv: no such file"),
    ],
)
def test_bad_patient_files_are_named(analysis, edit, rng, change, message):
    edit("a_vs_b/analysis.toml", "\n[[responses]]\n", PATIENTS)
    text = change(own_patients(rng))
    if text is not None:
        (analysis / "patients.csv").write_text(text)
    with pytest.raises(SurvcompError, match=message):
        run(load(analysis))


def test_patient_files_stay_inside_the_root(analysis, edit, tmp_path_factory, rng):
    outside = tmp_path_factory.mktemp("elsewhere") / "patients.csv"
    outside.write_text(own_patients(rng))
    edit(
        "a_vs_b/analysis.toml", "\n[[responses]]\n", PATIENTS.replace("patients.csv", str(outside))
    )
    with pytest.raises(FileFaultError, match="must stay inside"):
        run(load(analysis))


def test_infinite_times_are_words_in_the_file(analysis, edit):
    edit("other_trial/trial.toml", "ci = [5.6, 11.6]", 'ci = [5.6, "not reached"]')
    results = run(load(analysis))
    assert math.isinf(results.value("comparison/pfs/comparator/published/median/ci_high"))
    assert '"not reached"' in results_json(results)
    assert "Infinity" not in results_json(results)


def test_a_covariate_that_is_the_same_for_everybody_is_shown(analysis, edit, rng):
    edit("a_vs_b/analysis.toml", "\n[[responses]]\n", PATIENTS)
    text = own_patients(rng)
    rows = text.splitlines()
    text = "\n".join([rows[0], *(row.rsplit(",", 1)[0] + ",1" for row in rows[1:])]) + "\n"
    (analysis / "patients.csv").write_text(text)
    results = run(load(analysis))
    row = "comparison/own/balance/row/1"
    assert results.value(f"{row}/covariate") == "male"
    assert f"{row}/difference_after" not in results
    assert "standardised difference is infinite" in str(results.value(f"{row}/note"))
    assert "standardised difference is infinite" in render_html(results)
