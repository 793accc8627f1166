"""The list of analyses: what is in reports today, escaped, the same on every run."""

from __future__ import annotations

import json
import re

import pytest

from survcomp.analysis import load, pinned_dict, run
from survcomp.analysis.plan.changes import Setting
from survcomp.analysis.review.index import entries
from survcomp.analysis.write import results_json, to_json, write_files
from survcomp.errors import InputError
from survcomp.report import render_html
from survcomp.report.figures.forest import headline_figure, headline_rows
from survcomp.report.forms.index_page import Entry, index_page
from survcomp.values.records.results import Results


@pytest.fixture
def ran(data_root):
    """The analysis has been run and pinned."""
    results = run(load(data_root / "analyses" / "a_vs_b"))
    folder = data_root / "reports" / "a_vs_b"
    write_files(
        folder, {"results.json": results_json(results), "report.html": render_html(results)}
    )
    write_files(data_root / "analyses" / "a_vs_b", {"pinned.json": to_json(pinned_dict(results))})
    return results


def page(root) -> str:
    return index_page(entries(root))


def test_before_anything_is_run_it_says_so(data_root):
    (entry,) = entries(data_root)
    assert (entry.title, entry.results, entry.links) == ("a_vs_b", None, ())
    html = page(data_root)
    assert "Nothing has been run yet." in html
    assert "Not run yet: survcomp run analyses/a_vs_b" in html
    assert "<svg" not in html
    assert "start one with survcomp new" in index_page(())


def test_results_effects_links_and_state(data_root, ran):
    (entry,) = entries(data_root)
    assert entry.agrees
    assert entry.state == f"All {len(ran.records)} records agree with what is pinned."
    assert entry.links == (
        ("a_vs_b/report.html", "Report"),
        ("a_vs_b/results.json", "all numbers (JSON)"),
    )
    labels = [label for label, _, _ in entry.effects]
    assert "Progression-free survival" in labels
    html = page(data_root)
    for _, shown, _ in entry.effects:
        assert shown in html
    assert html.count("<svg") == 1
    assert "1 of 1 analysis has been run" in html


def test_text_is_escaped_and_the_page_runs_and_loads_nothing(data_root, ran):
    html = page(data_root)
    assert "Drug A versus &lt;drug B&gt; &amp; others" in html
    assert "<drug" not in html
    assert "<script" not in html
    assert "default-src &#39;none&#39;" in html
    assert set(re.findall(r'(?:href|src)="([^"#][^"]*)"', html)) == {
        "a_vs_b/report.html",
        "a_vs_b/results.json",
    }


def test_it_is_the_same_on_every_run(data_root, ran):
    assert page(data_root) == page(data_root)


def test_the_state_follows_the_files(data_root, ran, edit):
    pinned = data_root / "analyses" / "a_vs_b" / "pinned.json"
    text = pinned.read_text()
    data = json.loads(text)
    data["records"] = data["records"][1:]
    pinned.write_text(json.dumps(data))
    (entry,) = entries(data_root)
    assert entry.state.startswith(f"1 of {len(ran.records)} records differ from what is pinned")

    pinned.write_text(text.replace('"schema": 2', '"schema": 0'))
    (entry,) = entries(data_root)
    assert "with what is pinned: a_vs_b/pinned.json: it has schema 0, of an older" in entry.state

    pinned.unlink()
    (entry,) = entries(data_root)
    assert entry.state == "Not pinned: survcomp pin analyses/a_vs_b"

    pinned.write_text(text)
    edit("other_trial/trial.toml", 'title = "Another paper"', 'title = "Yet another paper"')
    (entry,) = entries(data_root)
    assert entry.state.startswith(
        "Changed since these results were made: data/digitized/other_trial/trial.toml."
    )
    assert not entry.agrees
    assert 'class="banner">Changed since' in page(data_root)


def test_a_run_with_changed_settings_is_no_analysis_of_its_own(data_root, ran):
    changed = load(data_root / "analyses" / "a_vs_b", settings=[Setting("settings.level", 0.9)])
    folder = data_root / "reports" / "a_vs_b--changed-1"
    write_files(folder, {"results.json": results_json(run(changed))})
    _, other = entries(data_root)
    assert other.is_changed
    assert other.state == (
        "With changed settings (settings.level); nothing is pinned to compare them with."
    )
    assert "1 of 1 analysis has been run" in page(data_root)


def test_an_anchored_comparison_is_among_the_effects(root):
    from survcomp.analysis.review.pin import read_pinned

    folder = root / "analyses" / "tutorial_anchored"
    results = Results(
        analysis="tutorial_anchored",
        title="t",
        settings=load(folder).table.model_dump(mode="json"),
        defaults=(),
        inputs={},
        citations={},
        records=read_pinned(folder)["records"],
    )
    ((label, shown, interval),) = Entry(
        analysis="a", results=results, files=(), state="", agrees=True
    ).effects
    assert label == "Recurrence-free survival, through no hormonal therapy"
    assert shown.startswith("HR 0.9")
    assert interval.startswith("sampling error of the two effects")


def test_an_analysis_that_is_gone_is_not_left_out(data_root, ran):
    (data_root / "analyses" / "a_vs_b" / "analysis.toml").unlink()
    (entry,) = entries(data_root)
    assert entry.state.startswith("Changed since these results were made: analyses/a_vs_b/")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"records": 1}', "\x00"])
def test_results_that_cannot_be_read_are_named(data_root, ran, text):
    (data_root / "reports" / "a_vs_b" / "results.json").write_text(text)
    with pytest.raises(InputError, match=r"reports/a_vs_b/results.json cannot be read as results"):
        entries(data_root)


def test_ours_stand_beside_the_published_ones(ran):
    styles = [(row.label, row.style) for row in headline_rows(ran)]
    assert styles[0] == ("Progression-free survival", "main")
    assert ("OTHER", "published") in styles
    drawing = headline_figure(ran)
    assert drawing.svg() == drawing.svg()


def test_without_a_hazard_ratio_nothing_is_drawn(ran):
    bare = Results.from_dict({**ran.to_dict(), "settings": {**ran.settings, "comparisons": []}})
    assert headline_figure(bare) is None


def test_the_committed_checks_show_each_trial_beside_its_publication(root):
    """A check's rebuilt ratio is followed by the published one."""
    from survcomp.analysis.review.pin import read_pinned

    folder = root / "analyses" / "karmma_3"
    records = read_pinned(folder)["records"]
    plan = load(folder)
    results = Results(
        analysis="karmma_3",
        title="t",
        settings=plan.table.model_dump(mode="json"),
        defaults=(),
        inputs={},
        citations={},
        records=tuple(records),
    )
    styles = [row.style for row in headline_rows(results)]
    assert styles[:6] == ["main", "published"] * 3
