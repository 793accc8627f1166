"""A new step and a new chapter need a module each, and no edit anywhere else.

``support/plugged_in`` holds one of either, which a folder more on the path of the package makes
part of it: just as if they lay in survcomp/analysis/steps and survcomp/report/chapters.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from support.paths import ROOT

import survcomp.analysis.steps
import survcomp.report.chapters
from survcomp.analysis import compare, load, pinned_dict, read_pinned, run
from survcomp.analysis.plan.schema import analysis_file
from survcomp.analysis.plan.step import discovered
from survcomp.analysis.review.bundle import make_bundle
from survcomp.analysis.review.check import check_one
from survcomp.analysis.review.trace import trace_number
from survcomp.analysis.write import results_json, to_json, write_files
from survcomp.errors import FileFaultError, InputError
from survcomp.report import render_html
from survcomp.values.records.lineage import lineage

PLUGGED_IN = ROOT / "tests/support/plugged_in"
MODULE = "twice_as_many"
ASKED = """
[[twice_as_many]]
id = "b"
trial = "other_trial"
arm = "drug_b"
"""
MANY = "twice_as_many/b/many"


@contextmanager
def plugged_in(package: types.ModuleType, folder: str) -> Iterator[types.ModuleType]:
    """One more folder of the package while the test runs; its module."""
    path, name = list(package.__path__), f"{package.__name__}.{MODULE}"
    package.__path__ = [*path, str(PLUGGED_IN / folder)]
    try:
        yield importlib.import_module(name)
    finally:
        package.__path__ = path
        del sys.modules[name]
        delattr(package, MODULE)


@pytest.fixture
def step():
    with plugged_in(survcomp.analysis.steps, "steps") as module:
        yield module


@pytest.fixture
def analysis(data_root, step):
    file = data_root / "analyses/a_vs_b/analysis.toml"
    file.write_text(file.read_text() + ASKED)
    return file.parent


def test_a_new_step_is_run_and_what_it_rests_on_is_traced(analysis):
    results = run(load(analysis))
    assert results.value(MANY) == 256
    assert results.settings["twice_as_many"][0]["times"] == 2
    assert "twice_as_many[0].times = 2" in results.defaults
    traced = lineage(results, MANY)
    assert [record.id for record in traced.through] == ["twice_as_many/b/n"]
    assert traced.anchors == ("population:other_trial/drug_b",)
    assert [leaf.path.rsplit(".", 1)[-1] for leaf in traced.settings] == ["trial", "arm", "times"]
    assert traced.citations == ("other_trial/Q1",)
    _, steps = trace_number(analysis, MANY)
    lines = {step.title: step.lines for step in steps}
    assert lines["Evidence"][0].startswith("population other_trial/drug_b: data/digitized/other_t")


def test_a_new_step_is_pinned_checked_and_bundled(analysis, data_root):
    results = run(load(analysis))
    write_files(analysis, {"pinned.json": to_json(pinned_dict(results))})
    assert MANY in (analysis / "pinned.json").read_text()
    assert compare(run(load(analysis)), read_pinned(analysis)).agrees
    assert check_one(analysis, None).status == 0
    files = {"results.json": results_json(results), "report.html": render_html(results)}
    write_files(data_root / "reports/a_vs_b", files)
    bundle = make_bundle(analysis)
    assert MANY.encode() in bundle.entries["reports/a_vs_b/results.json"]
    assert b"[[twice_as_many]]" in bundle.entries["analyses/a_vs_b/analysis.toml"]


def test_a_new_step_s_keys_are_checked(analysis):
    file = analysis / "analysis.toml"
    file.write_text(file.read_text() + 'colour = "red"\n')
    with pytest.raises(FileFaultError, match=r"twice_as_many\[0\]\.colour: unknown key"):
        load(analysis)


def test_a_new_chapter_is_part_of_the_report(analysis):
    pytest.importorskip("survcomp.report.document.chapter", reason="chapters are not found yet")
    without = render_html(run(load(analysis)))
    with plugged_in(survcomp.report.chapters, "chapters"):
        html = render_html(run(load(analysis)))
    assert "Twice as many patients" in html
    assert "Twice as many patients" not in without
    assert f'data-record="{MANY}"' in html


def test_without_its_module_the_table_is_unknown(data_root, edit):
    edit("a_vs_b/analysis.toml", "\n[[responses]]\n", f"{ASKED}\n[[responses]]\n")
    with pytest.raises(FileFaultError, match="twice_as_many: unknown key"):
        load(data_root / "analyses/a_vs_b")


def test_a_step_that_does_not_say_what_its_records_rest_on_is_refused(analysis, step, monkeypatch):
    def silent(context, tables):
        context.recorder.add("silent/n", 1, "count")

    monkeypatch.setattr(step, "STEP", replace(step.STEP, run=silent))
    with pytest.raises(InputError, match=r"'silent/n' .*no step said what it rests on"):
        run(load(analysis))


def test_two_steps_of_one_place_are_an_error_of_the_program(step, monkeypatch):
    monkeypatch.setattr(step, "STEP", replace(step.STEP, place=10))
    with pytest.raises(ValueError, match="two steps have one place"):
        discovered()


def test_the_keys_of_steps_stand_between_those_of_the_whole_analysis(step):
    keys = list(analysis_file(discovered()).model_fields)
    assert keys[keys.index("settings") + 1 : keys.index("points")] == [
        "comparisons", "twice_as_many", "anchored", "responses", "descriptive", "baselines",
        "published", "exploratory",
    ]  # fmt: skip
