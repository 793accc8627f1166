"""The chapters of a report: numbering, checklist, methods, limitations and glossary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from survcomp.analysis import load, run
from survcomp.errors import FileFaultError
from survcomp.report.chapters.build import build_document
from survcomp.report.chapters.glossary import TERMS, glossary
from survcomp.report.chapters.limitations import limitations
from survcomp.report.chapters.methods import methods, references
from survcomp.report.document.sections import Figure, Section, Table, all_text, walk
from survcomp.report.document.words import Span, plain
from survcomp.report.tables.checklist import checklist
from survcomp.report.tables.evidence import defaults

COVARIATE = """
[[covariates]]
name = "age"
role = "prognostic"
source = "experts"
treatment = "yes"
comparator = "no"
used = {used}
reason = "=cmd()"
"""


@pytest.fixture
def results(data_root):
    return run(load(data_root / "analyses" / "a_vs_b"))


@pytest.fixture(scope="module")
def tutorial(root):
    return run(load(root / "analyses" / "tutorial_own_trial"))


def add(data_root: Path, text: str) -> None:
    path = data_root / "analyses" / "a_vs_b" / "analysis.toml"
    path.write_text(path.read_text() + text)


def test_tables_and_figures_are_numbered_in_the_order_of_reading(results):
    document = build_document(results)
    numbers = document.numbered()
    for kind in (Table, Figure):
        numbered = [numbers[id(b)] for b in walk(document.sections) if isinstance(b, kind)]
        assert numbered == list(range(1, len(numbered) + 1))


def test_anchors_are_unique(tutorial):
    ids = [b.id for b in walk(build_document(tutorial).sections) if isinstance(b, Section)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", id) for id in ids)


def test_no_section_is_empty_and_no_table_lacks_rows(tutorial):
    for block in walk(build_document(tutorial).sections):
        if isinstance(block, Section):
            assert block.blocks
        if isinstance(block, Table):
            assert block.rows


@pytest.mark.parametrize("which", ["results", "tutorial"])
def test_what_is_reported_has_a_place_and_what_is_not_says_why(which, request):
    results = request.getfixturevalue(which)
    document = build_document(results)
    rows = {row[0].text: [cell.text for cell in row] for row in checklist(results, document).rows}
    assert next(iter(rows)) == "A-01"
    assert list(rows)[-1] == "B-04"
    for _, title, status, where, why in rows.values():
        if status in ("reported", "in part"):
            assert where, title
        if status != "reported":
            assert why, title
    marked = {i for b in walk(document.sections) for i in getattr(b, "items", ()) if type(i) is str}
    assert marked <= set(rows)


def test_the_checklist_follows_the_results(data_root, tutorial):
    def status(results, id):
        return results.value(f"checklist/{id}/status")

    plain_results = run(load(data_root / "analyses" / "a_vs_b"))
    assert status(plain_results, "M-05") == "does not apply"
    assert status(tutorial, "M-05") == "reported"
    assert status(plain_results, "B-04") == "not reported"
    add(data_root, '[[risk_of_bias]]\ndomain = "selection"\njudgement = "low"\nreason = "All."\n')
    add(data_root, '[protocol]\nprespecified = true\nanalyses_run = "All."\n')
    again = run(load(data_root / "analyses" / "a_vs_b"))
    assert status(again, "B-04") == "reported"
    assert status(again, "A-05") == "reported"
    text = all_text(build_document(again).sections)
    assert "Written before the analysis yes" in text
    assert "complies" not in text


def test_hazards_are_not_read_from_a_few_printed_numbers(tutorial):
    here = "comparison/rfs/proportional_hazards"
    assert "known by a few printed numbers" in tutorial.value(f"{here}/not_available")
    assert f"{here}/chi_squared" not in tutorial
    assert tutorial.value("checklist/H-03/status") == "not reported"


def test_methods_are_those_that_were_used(data_root, tutorial):
    plain_results = run(load(data_root / "analyses" / "a_vs_b"))
    assert not any("weighted" in sentence for sentence in methods(plain_results))
    words = " ".join(methods(tutorial))
    for part in ("Rubin 1987", "Signorovitch 2010", "50 data sets", "seed 1", "bootstrap"):
        assert part in words
    assert any(text.startswith("Signorovitch JE") for text in references(tutorial))
    assert len(references(tutorial)) > len(references(plain_results))


def test_limitations_come_from_the_numbers(results, tutorial):
    text = " ".join(plain(sentence) for sentence in limitations(results))
    assert "Unanchored" in text
    assert "Known by a few printed numbers only" in text
    shown = [span for sentence in limitations(results) for span in sentence if span.record]
    assert shown
    assert all(span.record in results for span in shown)
    assert "adjusted for anything" not in " ".join(plain(s) for s in limitations(tutorial))


def test_the_glossary_has_the_terms_that_occur(results):
    assert glossary("an HR of 0.5 (95% CI)") == (("CI", TERMS["CI"]), ("HR", TERMS["HR"]))
    assert glossary("HRs and CIs; THR; HR-like") == ()
    assert [term for term, _ in glossary("Unanchored, SCR. Naive")] == ["naive", "unanchored"]
    assert [term for term, _ in glossary("E-value, ECOG, ESS")] == ["ECOG", "ESS", "E-value"]


def test_defaults_read_as_an_analysis_toml_has_them(tutorial):
    table = defaults(tutorial)
    shown = {row[0].text: row[1].text for row in table.rows}
    assert shown["settings.ci_transform"] == "log-log"
    assert not {"True", "False", "None"} & set(shown.values())
    assert not any(text.startswith("(") for text in shown.values())


def test_places_that_report_an_item_are_named_by_number(tutorial):
    rows = {row[0].text: row[3].text for row in checklist(tutorial, build_document(tutorial)).rows}
    assert rows["A-01"] == "Section 1"
    assert re.fullmatch(r"(Tables? [\d, ]+; )?(Sections? [\d., ]+)", rows["A-02"])
    assert rows["E-01"] == ""


def test_covariates_are_listed_as_they_are_used(data_root):
    folder = data_root / "analyses" / "a_vs_b"
    add(data_root, COVARIATE.format(used="false"))
    results = run(load(folder))
    assert results.value("checklist/M-01/status") == "reported"
    assert results.value("checklist/M-02/status") == "in part"
    text = all_text(build_document(results).sections)
    assert "1. age" in text
    path = folder / "analysis.toml"
    whole = path.read_text()
    path.write_text(whole.replace("used = false", "used = true"))
    with pytest.raises(FileFaultError, match="uses 'age', but nothing is adjusted"):
        load(folder)
    path.write_text(whole + COVARIATE.format(used="false"))
    with pytest.raises(FileFaultError, match="names 'age' more than once"):
        load(folder)


def test_matched_covariates_must_be_listed_as_used(root, tmp_path):
    source = root / "analyses" / "tutorial_own_trial"
    folder = tmp_path / "analyses" / "own"
    folder.mkdir(parents=True)
    (tmp_path / "data" / "digitized").mkdir(parents=True)
    for file in source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    path = folder / "analysis.toml"
    path.write_text(path.read_text().replace('name = "AGE"', 'name = "Age"'))
    with pytest.raises(FileFaultError, match="'AGE' is matched and not listed as used"):
        load(folder)


def test_risk_of_bias_may_name_a_record(data_root):
    add(
        data_root,
        '[[risk_of_bias]]\ndomain = "selection"\njudgement = "high"\n'
        'reason = "{{comparison/pfs/treatment/n}} patients"\n',
    )
    results = run(load(data_root / "analyses" / "a_vs_b"))
    spans = [
        span
        for block in walk(build_document(results).sections)
        if isinstance(block, Table) and block.caption == "Risk of bias"
        for span in block.rows[0][2].spans
    ]
    assert spans == [Span("97", record="comparison/pfs/treatment/n"), Span(" patients")]
