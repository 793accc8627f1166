"""What moved between two results: the effects first, on the scale that readers know."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from survcomp.analysis import load, pinned_dict, run
from survcomp.analysis.plan.changes import Setting
from survcomp.analysis.review.diff import _step, diff_text, effect_path, headlines, moved
from survcomp.analysis.review.stored import results_or_pinned
from survcomp.analysis.write import results_json, to_json, write_files
from survcomp.errors import FileFaultError, NotFoundError, OtherSchemaError

HEADLINE = "comparison/pfs/over_draws/log_hr"


@pytest.fixture
def analysis(data_root):
    return data_root / "analyses" / "a_vs_b"


@pytest.fixture
def results(analysis):
    return run(load(analysis))


def text_of(before, after, *, all_rows=False) -> str:
    return diff_text(before, after, moved(before, after), all_rows=all_rows)


def test_equal_results_do_not_differ(results):
    differences = moved(results, results)
    assert differences.same
    assert text_of(results, results).startswith(f"No difference: {len(results.records)} records")
    noisy = tuple(
        replace(r, value=r.value * (1 + 1e-12)) if r.kind == "closed form" else r
        for r in results.records
        if not isinstance(r.value, tuple)
    )
    series = tuple(r for r in results.records if isinstance(r.value, tuple))
    assert moved(results, replace(results, records=(*noisy, *series))).same


def test_a_changed_follow_up_moves_effects_headline_first(results, analysis):
    assumed = {"median": 14.0, "longest": 20.0, "reason": "Tried."}
    settings = [Setting("comparisons.pfs.treatment.follow_up", assumed)]
    after = run(load(analysis, settings=settings))
    differences = moved(results, after)
    assert differences.effects[0] == HEADLINE
    assert "comparison/pfs/unadjusted/log_hr" in differences.effects
    assert not any(path.startswith("response") for path in differences.effects)
    assert [(path, after) for path, _, after in differences.settings if after is not None] == [
        (f"comparisons.pfs.treatment.follow_up.{key}", value) for key, value in assumed.items()
    ]
    assert differences.inputs == ()
    lines = text_of(results, after).split("\n")
    assert lines[0].startswith("Effects (")
    assert lines[3].startswith(f"{HEADLINE} (headline)")
    a, b = (r.value(f"{HEADLINE}/estimate") for r in (results, after))
    assert f"HR {math.exp(a):.2f} (95% CI" in lines[3]
    assert f"HR {math.exp(b):.2f} (95% CI" in lines[3]
    assert lines[3].endswith(f"times {math.exp(b - a):.3g}")


def test_each_kind_of_difference_has_its_table(results):
    change = {
        "comparison/pfs/treatment/n": 98,
        "response/orr/risk_difference/estimate": 0.4,
        "comparison/pfs/unadjusted/rmst_difference/ci_low": 0.0,
        "comparison/pfs/treatment/label": "Other",
        "comparison/pfs/treatment/km/time": (1.0, 2.0),
    }
    records = [
        replace(r, value=change.get(r.id, r.value))
        for r in results.records
        if r.id != "descriptive/0/n"
    ]
    extra = replace(results.records[0], id="extra/text")
    inputs = {**results.inputs, "data/digitized/other_trial/trial.toml": "0" * 64}
    after = replace(results, records=(*records, extra), inputs=inputs)
    differences = moved(results, after)
    assert differences.only_before == ("descriptive/0/n",)
    assert differences.only_after == ("extra/text",)
    assert differences.inputs == ("data/digitized/other_trial/trial.toml",)
    text = text_of(results, after)
    for part in (
        "Effects (2)", "Other numbers (2)", "Words (1)", "Input files that differ (1)",
        "Only in the first (1)", "Only in the second (1)", "interval only", " points",
        "another length", "+1",
    ):  # fmt: skip
        assert part in text, part


def test_pinned_results_are_compared_without_settings(results, analysis, data_root):
    write_files(analysis, {"pinned.json": to_json(pinned_dict(results))})
    report = data_root / "reports" / "a_vs_b"
    write_files(report, {"results.json": results_json(results)})
    pinned = results_or_pinned(analysis)
    assert moved(pinned, results_or_pinned(report)).same
    assert results_or_pinned(analysis / "analysis.toml") == pinned
    assert results_or_pinned(report / "results.json") == results_or_pinned(report)
    level = run(load(analysis, settings=[Setting("settings.level", 0.8)]))
    text = text_of(pinned, level)
    assert "Settings are not compared: pinned results hold none." in text
    assert "interval only" in text
    assert "(80% CI" in text


def test_long_tables_are_cut_and_say_so(results):
    after = replace(
        results,
        records=tuple(
            replace(r, value=f"{r.value} now") if r.kind == "text" else r for r in results.records
        ),
    )
    n = sum(r.kind == "text" for r in results.records)
    assert f"... and {n - 40} more; --all shows them." in text_of(results, after)
    assert "more; --all" not in text_of(results, after, all_rows=True)


def test_what_is_part_of_an_effect(results):
    path = "comparison/pfs/unadjusted/log_hr"
    for id in (f"{path}/estimate", f"{path}/se", "comparison/pfs/unadjusted/hr/ci_low"):
        assert effect_path(id, results) == path
    for id in (f"{path}/notes/0", "comparison/pfs/treatment/n", "x"):
        assert effect_path(id, results) == ""
    assert headlines(results) == (HEADLINE, "response/orr/log_rr")


def test_what_holds_no_results_is_named(data_root, tmp_path):
    with pytest.raises(NotFoundError, match=r"no results\.json in .*survcomp run writes it"):
        results_or_pinned(data_root / "reports")
    with pytest.raises(NotFoundError, match=r"pinned\.json does not exist"):
        results_or_pinned(data_root / "analyses" / "a_vs_b")
    for text in ("{", "[]", "{}", json.dumps({"records": 3}), "[" * 100_000):
        (tmp_path / "results.json").write_text(text)
        with pytest.raises(FileFaultError, match="is not results of survcomp"):
            results_or_pinned(tmp_path)


def test_results_of_another_schema_are_not_compared(results, tmp_path):
    file = tmp_path / "results.json"
    file.write_text(json.dumps({**results.to_dict(), "schema": 3}))
    with pytest.raises(OtherSchemaError) as refused:
        results_or_pinned(tmp_path)
    assert str(refused.value) == (
        f"{file}: it has schema 3, of a newer version of survcomp, and this version reads and "
        "writes schema 2. Either run the analysis again with survcomp run, or use the version "
        "that made it."
    )


def test_a_share_moves_in_points_of_per_cent():
    assert _step(0.067, 0.0639, "probability") == "-0.31 points"
    assert _step(10.0, 10.5, "months") == "+0.5"
