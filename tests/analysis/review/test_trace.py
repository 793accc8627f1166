"""Every number leads back to settings, publications and files."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from support.reports import real_results

from survcomp.analysis import load, run
from survcomp.analysis.review.trace import trace_number, trace_text
from survcomp.analysis.write import results_json, write_files
from survcomp.errors import InputError, NotFoundError
from survcomp.evidence.files import sha256
from survcomp.report.chapters.build import build_document
from survcomp.report.forms.html import render_html
from survcomp.report.forms.trace import all_traces, find_record, shown_in, trace
from survcomp.values.records.lineage import lineage
from survcomp.values.records.results import Results

ANALYSES = (
    "cartitude_4",
    "cilta_vs_ide_earlier_line",
    "cilta_vs_ide_late_line",
    "karmma_3",
    "tutorial_anchored",
    "tutorial_own_trial",
)
LOG_HR = "comparison/pfs/unadjusted/log_hr"


@pytest.fixture
def analysis(data_root):
    return data_root / "analyses" / "a_vs_b"


@pytest.fixture
def results(analysis):
    return run(load(analysis))


def test_the_list_of_analyses_is_whole(root):
    assert sorted(p.parent.name for p in (root / "analyses").glob("*/pinned.json")) == sorted(
        ANALYSES
    )


@pytest.mark.parametrize("name", ANALYSES)
def test_every_number_ends_in_a_citation_a_file_or_a_setting(name):
    results = real_results(name)
    for record in results.records:
        if record.kind == "text":
            continue
        chain = lineage(results, record.id)
        assert chain.citations or chain.anchors, record.id
        assert chain.settings or record.id.startswith(("published", "baseline")), record.id
        assert set(chain.files) <= set(results.inputs), record.id
        typed_in = record.id.startswith("anchored/rfs/published")  # in the analysis itself
        assert len(chain.files) > 1 or typed_in, record.id  # the analysis, and what it reads
        for anchor in chain.anchors:
            kind, _, rest = anchor.partition(":")
            if kind == "file":
                assert rest in results.inputs, (record.id, anchor)
            else:
                place = results.places[anchor]
                assert place.lines, (record.id, anchor)
                assert place.citations, (record.id, anchor)
        assert set(chain.citations) <= set(results.citations), record.id


def test_places_are_where_the_evidence_stands(results, data_root):
    place = results.places["curve:other_trial/drug_a/PFS/13 months"]
    text = (data_root / place.file).read_text().split("\n")
    first, last = place.lines
    assert text[first - 1] == "[[curves]]"
    assert text[first : first + 3] == ['arm = "drug_a"', 'endpoint = "PFS"', 'cut = "13 months"']
    assert text[last - 1].startswith("landmarks = [{ time = 12")
    assert place.citations == ("other_trial/Q1",)


def test_a_traced_figure_has_its_rows(data_root, edit):
    edit(
        "a_vs_b/analysis.toml",
        'comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }\n\n[[comp',
        'comparator = { trial = "my_trial", arm = "drug", cut = "12 months" }\n\n[[comp',
    )
    edit("a_vs_b/analysis.toml", "enrolled_scenario = true\n", "")
    edit("my_trial/trial.toml", 'analysis_set = "randomised"\nindex_date = "randomisation"\nmed',
         'analysis_set = "treated"\nindex_date = "start of treatment"\nmed')  # fmt: skip
    results = run(load(data_root / "analyses" / "a_vs_b"))
    place = results.places["curve:my_trial/drug/PFS/12 months"]
    folder = "data/digitized/my_trial"
    assert place.tables == (
        (f"{folder}/pfs_drug_12.csv", 2, 7),
        (f"{folder}/pfs_drug_12_at_risk.csv", 2, 5),
    )
    chain = lineage(results, f"{LOG_HR}/estimate")
    assert f"{folder}/pfs_drug_12.csv" in chain.files
    where = shown_in(build_document(results))
    evidence = {s.title: s.lines for s in trace(results, LOG_HR, shown_in=where)}["Evidence"]
    assert any("pfs_drug_12.csv, rows 2 to 7" in line for line in evidence)


def test_a_side_rests_on_its_own_curve_only(results):
    chain = lineage(results, "comparison/pfs/treatment/n")
    assert chain.anchors == ("curve:other_trial/drug_a/PFS/13 months",)
    paths = [leaf.path for leaf in chain.settings]
    assert "comparisons.pfs.treatment.arm" in paths
    assert not any(path.startswith("comparisons.pfs.comparator") for path in paths)


def test_draws_are_settings_of_what_is_drawn_only(results):
    drawn = lineage(results, "comparison/pfs/over_draws/log_hr/estimate")
    alone = lineage(results, f"{LOG_HR}/estimate")
    paths = {leaf.path for leaf in drawn.settings}
    assert {"settings.draws", "settings.seed"} <= paths
    assert drawn.is_drawn
    assert "settings.draws" not in {leaf.path for leaf in alone.settings}
    assert not alone.is_drawn
    hazard_ratio = lineage(results, "comparison/pfs/over_draws/hr/ci_low")
    assert [r.id for r in hazard_ratio.through] == ["comparison/pfs/over_draws/log_hr/ci_low"]
    assert hazard_ratio.is_drawn
    scenario = lineage(results, "comparison/pfs/scenario/published/log_hr/estimate")
    path = "comparisons.pfs.scenarios.published.truncate_at"
    assert path in {leaf.path for leaf in scenario.settings}


def test_other_parts_rest_on_what_they_show(results):
    assert lineage(results, "published/0/log_hr/level").anchors == ("contrast:other_trial/pfs_hr",)
    assert lineage(results, "response/orr/treatment/rate").anchors == (
        "response:other_trial/drug_a/ORR/13 months/97",
    )
    assert lineage(results, "response/orr/log_rr/level").anchors == (
        "response:other_trial/drug_a/ORR/13 months/97",
        "response:other_trial/drug_b/ORR/13 months/128",
    )
    assert lineage(results, "descriptive/0/in_response_at_median").anchors == (
        "curve:other_trial/drug_b/DOR/13 months",
        "response:other_trial/drug_b/ORR/13 months/128",
    )


def steps_of(analysis, id, **more) -> dict[str, tuple[str, ...]]:
    return {step.title: step.lines for step in trace_number(analysis, id, **more)[1]}


def test_the_chain_in_words(analysis, data_root, monkeypatch):
    monkeypatch.chdir(data_root)
    steps = steps_of(analysis, "comparison/pfs/over_draws/log_hr")
    assert list(steps) == [
        "Shown in", "Result", "Settings", "Draws", "Evidence", "Read in", "Files",
    ]  # fmt: skip
    assert any(
        line.startswith("Results, Table 1") and "row 'Progression-free survival'" in line
        for line in steps["Shown in"]
    )
    assert any(line.startswith("Results, Figure 1 (PFS") for line in steps["Shown in"])
    assert re.match(r"comparison/pfs/over_draws/log_hr/estimate = -\d", steps["Result"][0])
    assert steps["Result"][1].startswith("HR 0.")
    assert steps["Result"][-1] == "simulated: a rerun must give it within 0.005, relative"
    assert "settings.draws = 10" in steps["Settings"]
    assert "settings.seed = 1 (default)" in steps["Settings"]
    assert steps["Draws"] == ("10 data sets from each rebuilt curve, seed 1",)
    assert "https://example.org/2" in steps["Read in"][0]
    trial = data_root / "data/digitized/other_trial/trial.toml"
    assert steps["Files"][-1] == (
        f"data/digitized/other_trial/trial.toml  SHA-256 {sha256(trial, name='x')}  "
        "(the same on disk)"
    )


def test_a_report_knows_what_changed_on_disk_since(analysis, results, data_root):
    report = data_root / "reports" / "a_vs_b"
    write_files(report, {"results.json": results_json(results)})
    trial = data_root / "data/digitized/other_trial/trial.toml"
    trial.write_text(trial.read_text() + "\n# later\n")
    for where in (report, report / "results.json", analysis):
        files = steps_of(where, "comparison/pfs/treatment/n")["Files"]
        assert files[0].endswith("(the same on disk)")
        assert files[1].endswith("(CHANGED on disk since)")
    trial.unlink()
    assert steps_of(report, "comparison/pfs/treatment/n")["Files"][1].endswith("(NOT on disk)")


def test_a_made_up_file_outside_the_root_is_not_looked_at(results, data_root):
    data = json.loads(results_json(results))
    data["inputs"]["../../etc/passwd"] = "0" * 64
    data["places"]["curve:other_trial/drug_a/PFS/13 months"]["file"] = "../../etc/passwd"
    folder = data_root / "reports" / "x"
    write_files(folder, {"results.json": json.dumps(data)})
    files = steps_of(folder, "comparison/pfs/treatment/n")["Files"]
    assert any("lies outside the data root" in line for line in files)


def test_without_a_data_root_the_files_are_listed_and_not_compared(
    results, tmp_path_factory, monkeypatch
):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    write_files(elsewhere, {"results.json": results_json(results)})
    origin, steps = trace_number(elsewhere, "comparison/pfs/treatment/n")
    assert all("not compared" in line for line in steps[-1].lines)
    assert trace_text(origin, steps).startswith(f"From {elsewhere}\n\nShown in\n  ")


def test_an_effect_and_each_of_its_numbers_are_found(results):
    assert find_record(results, LOG_HR) == f"{LOG_HR}/estimate"
    assert find_record(results, f" {LOG_HR}/ci_low/ ") == f"{LOG_HR}/ci_low"
    with pytest.raises(NotFoundError, match=rf"no number .*Nearest: .*{LOG_HR}"):
        find_record(results, "comparison/pfs/unadjustd/log_hr")
    with pytest.raises(NotFoundError, match="Nearest: comparison/pfs/treatment/"):
        find_record(results, "comparison/pfs/treatment")
    with pytest.raises(NotFoundError, match=r"no number 'zzz'\.$"):
        find_record(results, "zzz")


def test_results_of_before_places_were_kept_still_trace(results):
    data = json.loads(results_json(results))
    del data["places"], data["changes"]
    old = Results.from_dict(data)
    steps = trace(old, LOG_HR, shown_in=shown_in(build_document(old)))
    evidence = {step.title: step.lines for step in steps}["Evidence"]
    assert "where it stands was not kept; run the analysis again" in evidence[0]


def test_results_of_before_grounds_were_kept_still_trace(results):
    data = json.loads(results_json(results))
    del data["grounds"]
    old = Results.from_dict(data)
    where = shown_in(build_document(old))
    steps = {step.title: step.lines for step in trace(old, LOG_HR, shown_in=where)}
    assert steps["Evidence"] == ("what else it rests on was not kept; run the analysis again",)
    published = trace(old, "response/orr/treatment/n", shown_in=where)
    assert {step.title: step.lines for step in published}["Read in"][0].startswith("other_trial/Q1")


def test_a_record_of_which_no_step_says_what_it_rests_on_is_refused(results):
    made_up = replace(results.records[0], id="nothing/n", value=1.0, kind="count")
    changed = replace(results, records=(*results.records, made_up))
    with pytest.raises(InputError, match="does not fit its analysis"):
        lineage(changed, "nothing/n")


def test_the_page_holds_the_same_chain_once(results):
    document = build_document(results)
    html = render_html(results)
    start = html.index('<script type="application/json" id="traces">') + 44
    embedded = json.loads(html[start : html.index("</script>", start)])
    assert embedded == all_traces(results, document)
    where = shown_in(document)
    steps = [
        [embedded["titles"][title], [embedded["lines"][line] for line in lines]]
        for title, lines in embedded["traces"][f"{LOG_HR}/estimate"]
    ]
    expected = trace(results, LOG_HR, shown_in=where)
    assert steps == [[step.title, list(step.lines)] for step in expected]
    shown = set(re.findall(r'data-record="([^"]+)"', html))
    assert shown <= set(embedded["traces"])
    assert len(embedded["lines"]) == len(set(embedded["lines"]))


def test_the_data_of_the_page_cannot_end_their_element(data_root, edit):
    edit("other_trial/trial.toml", 'title = "Another paper"', 'title = "</script><b>&amp;"')
    html = render_html(run(load(data_root / "analyses" / "a_vs_b")))
    assert html.count("</script>") == 2
    assert "\\u003c/script\\u003e\\u003cb\\u003e\\u0026amp;" in html
