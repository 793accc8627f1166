"""One setting changed for one run: by path, checked by the schema, and said everywhere."""

from __future__ import annotations

import json
import re

import pytest

from survcomp.analysis import load, run
from survcomp.analysis.plan.changes import Setting, parse_setting, refuse_overwriting, with_settings
from survcomp.analysis.plan.load import report_folder
from survcomp.analysis.write import results_json, write_files
from survcomp.errors import FileFaultError, InputError, NotFoundError
from survcomp.report import render_html
from survcomp.values.records.dotted import leaves
from survcomp.values.records.results import Change, Results


@pytest.fixture
def analysis(data_root):
    return data_root / "analyses" / "a_vs_b"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=0.9", 0.9),
        ("a.b = 3", 3),
        ("a.b=true", True),
        ('a.b="13 months"', "13 months"),
        ("a.b=13 months", "13 months"),  # as a shell passes a.b="13 months"
        ("a.b=1.2.3", "1.2.3"),
        ('a.b=["x", "y"]', ["x", "y"]),
        ("a.b={ median = 9 }", {"median": 9}),
        ("a.b=x=y", "x=y"),
    ],
)
def test_values_are_toml_or_text(text, value):
    assert parse_setting(text) == Setting("a.b", value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b", "must be PATH=VALUE"),
        ("a.b=", "must be PATH=VALUE"),
        ("=1", "must be PATH=VALUE"),
        ("a..b=1", "must be PATH=VALUE"),
        ('a.b="open', "is not a TOML value"),
        ("a.b=[1, 2", "is not a TOML value"),
        ("a.b={x = }", "is not a TOML value"),
        ("a.b=1\nc = 2", "more than one TOML value"),
        ("a.b=x\nc", "is not a TOML value"),
        ("a.b=" + "[" * 5000, "is not a TOML value"),
    ],
)
def test_what_is_no_setting_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_setting(text)


DATA = {"list": [{"id": "x", "n": 1}, {"id": "y", "inner": [{"m": 2}]}], "level": 0.95}


def test_items_are_found_by_id_or_index_and_nothing_else_changes():
    settings = [Setting("list.y.inner.0.m", 5), Setting("list.0.n", 7), Setting("new.key", "v")]
    changed = with_settings(DATA, settings, name="f")
    assert changed == {
        "list": [{"id": "x", "n": 7}, {"id": "y", "inner": [{"m": 5}]}],
        "level": 0.95,
        "new": {"key": "v"},
    }
    assert DATA["list"][0]["n"] == 1
    whole = with_settings(DATA, [Setting("list.x", {"id": "z"})], name="f")
    assert whole["list"][0] == {"id": "z"}


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("list.z.n", NotFoundError, "f: --set list.z.n: list has no item 'z'; it has x, y"),
        ("list.2.n", NotFoundError, "list has no item '2'; it has x, y"),
        ("list.y.inner.-1.m", NotFoundError, "list.y.inner has no item '-1'; it has 0"),
        ("level.x", InputError, "f: --set level.x: level holds no settings below it"),
        ("level.x.y", InputError, "level holds no settings below it"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(path, error, message):
    with pytest.raises(error, match=message):
        with_settings(DATA, [Setting(path, 1)], name="f")


def test_a_path_is_given_once():
    with pytest.raises(InputError, match="level: is given twice"):
        with_settings(DATA, [Setting("level", 1), Setting("level", 2)], name="f")


def test_paths_of_leaves_are_paths_to_set(analysis):
    """Every setting of an analysis is found under its own path."""
    plan = load(analysis)
    settings = plan.table.model_dump(mode="json")
    for leaf in leaves(settings):
        if leaf.path.endswith(".id"):
            continue  # another id is another path
        changed = with_settings(settings, [Setting(leaf.path, "new")], name="f")
        assert {x.path: x.value for x in leaves(changed)}[leaf.path] == "new"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("settings.level", "high", "with --set settings.level: settings.level: .*valid number"),
        ("settings.nope", 1, "settings.nope: unknown key"),
        ("comparisons.pfs.nope", 1, r"comparisons\[0\].nope: unknown key"),
        ("settings.draws", 3, "must be 0, or from 10 to 2000"),
        ("comparisons.pfs.treatment.patients.file", "../../x.csv", "patients.label: is missing"),
    ],
)
def test_the_schema_of_the_file_holds(analysis, path, value, message):
    with pytest.raises(FileFaultError, match=message):
        load(analysis, settings=[Setting(path, value)])


def test_a_file_named_by_a_setting_stays_inside_the_root(analysis):
    printed = {"file": "../../../x.toml", "study": "s", "label": "l", "time_unit": "months"}
    settings = [Setting("comparisons.pfs.comparator", {"printed": printed})]
    with pytest.raises(FileFaultError, match="must stay inside"):
        load(analysis, settings=settings)


def test_the_run_the_results_and_the_report_say_what_changed(analysis, data_root):
    settings = [parse_setting("settings.level=0.8"), parse_setting("comparisons.pfs.note=<b>")]
    plan = load(analysis, settings=settings)
    results = run(plan)
    assert results.changes == (
        Change(path="settings.level", before=0.95, after=0.8),
        Change(path="comparisons.pfs.note", before="", after="<b>"),
    )
    assert results.value("comparison/pfs/unadjusted/log_hr/level") == 0.8
    again = Results.from_dict(json.loads(results_json(results)))
    assert again.changes == results.changes
    html = render_html(again)
    assert "[changed settings]</title>" in html
    assert "This is not the report of the analysis" in html
    cells = re.sub(r"<td[^>]*>", "<td>", html)
    assert "<td>0.95</td><td>0.8</td>" in cells
    assert "<td>&lt;b&gt;</td>" in cells
    folder = report_folder(plan)
    assert folder.parent == data_root / "reports"
    assert folder.name.startswith("a_vs_b--changed-")
    assert report_folder(load(analysis)).name == "a_vs_b"
    other = load(analysis, settings=[parse_setting("settings.level=0.9")])
    assert report_folder(other) != folder


def test_without_changes_nothing_is_said(analysis):
    results = run(load(analysis))
    assert results.changes == ()
    html = render_html(results)
    assert 'id="changed"' not in html
    assert "changed settings" not in html


def test_words_about_a_number_that_is_gone_do_not_stop_a_changed_run(analysis, edit):
    drawn = "{{comparison/pfs/over_draws/log_hr}}"
    edit("a_vs_b/analysis.toml", "{{comparison/pfs/comparator/n}}", drawn)
    results = run(load(analysis, settings=[parse_setting("settings.draws=0")]))
    assert "Only [not in this run, whose settings were changed] patients" in render_html(results)


def test_the_unchanged_report_is_never_overwritten(analysis, tmp_path):
    changed = run(load(analysis, settings=[parse_setting("settings.level=0.8")]))
    refuse_overwriting(tmp_path / "new", changed.changes)
    refuse_overwriting(tmp_path, ())
    write_files(tmp_path, {"results.json": results_json(changed)})
    refuse_overwriting(tmp_path, changed.changes)
    with pytest.raises(InputError, match="with other settings"):
        refuse_overwriting(tmp_path, (Change(path="a", before=1, after=2),))
    write_files(tmp_path, {"results.json": results_json(run(load(analysis)))})
    with pytest.raises(InputError, match="never overwrites it"):
        refuse_overwriting(tmp_path, changed.changes)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        refuse_overwriting(tmp_path, changed.changes)
