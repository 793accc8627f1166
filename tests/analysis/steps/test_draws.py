"""The effect over draws beside that of one data set: where they do not go together, it is said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from survcomp.analysis import load, run
from survcomp.analysis.plan.tables.settings import SettingsTable
from survcomp.analysis.steps.parts.draws import (
    DISAGREEMENT,
    FAR_APART,
    drawn_side,
    drawn_trial,
    record_drawn_effect,
)
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sides import Side
from survcomp.errors import InputError
from survcomp.reconstruction import piecewise_exponential
from survcomp.report import render_html
from survcomp.values import (
    Basis,
    Contrast,
    Curve,
    Cut,
    Derivation,
    FollowUp,
    Landmark,
    LinkEstimate,
    Question,
)
from survcomp.values.records.results import Results


def effect(estimate: float, **more: float) -> Contrast:
    question = Question(
        treatment="A", comparator="B", outcome="PFS", measure="log_hr", population="A's"
    )
    numbers = LinkEstimate(
        estimate=estimate, se_sampling=0.2, ci_low=estimate - 0.4, ci_high=estimate + 0.4, **more
    )
    return Contrast.from_link(question, numbers, derivation=Derivation(notes=("share in words",)))


@pytest.mark.parametrize(
    ("apart", "error", "said"),
    [(0.19, 0.1, False), (0.21, 0.1, True), (-0.21, 0.1, True), (0.015, 0.0, False)],
)
def test_far_apart_is_two_standard_errors_of_the_reconstruction(apart, error, said):
    assert FAR_APART == 2.0
    recorder = Recorder()
    drawn = effect(-0.5 + apart, se_reconstruction=error)
    record_drawn_effect("x", drawn, effect(-0.5), recorder)
    recorded = {record.id: record.value for record in recorder.records}
    assert recorded["x/log_hr/from_one_data_set"] == pytest.approx(apart)
    assert (recorded.get("x/disagreement") == DISAGREEMENT) == said


def test_the_report_warns_where_it_is_read(data_root):
    results = run(load(data_root / "analyses" / "a_vs_b"))
    assert DISAGREEMENT not in render_html(results)
    recorder = Recorder()
    recorder.text("comparison/pfs/over_draws/disagreement", DISAGREEMENT)
    plain = results.to_dict()
    extra = Results.from_dict({**plain, "records": [*plain["records"], *as_dicts(recorder)]})
    html = render_html(extra).replace("&#39;", "'")
    assert f'class="banner">{DISAGREEMENT}' in html
    assert f"Progression-free survival: {DISAGREEMENT}" in html


def as_dicts(recorder: Recorder) -> list[dict[str, object]]:
    return [
        {"id": r.id, "value": r.value, "unit": r.unit, "kind": r.kind, "sources": list(r.sources)}
        for r in recorder.records
    ]


SETTINGS = SettingsTable(draws=16, seed=1)


def printed_side(arm: str, cut: str = "interim") -> Side:
    """Few events, so that the last patients of a draw are censored at the data cut."""
    curve = Curve(
        trial="T",
        arm=arm,
        treatment=arm,
        endpoint="PFS",
        n=120,
        basis=Basis(cut=Cut(label=cut)),
        landmarks=(Landmark(time=12.0, survival=0.9),),
    )
    rebuilt = piecewise_exponential(curve)
    return Side(rebuilt.ipd, arm, "T", rebuilt, None)


def times(drawn) -> list[list[float]]:
    return [[*map(float, draw.time)] for draw in drawn]


def test_arms_of_one_trial_at_one_cut_are_drawn_by_one_calendar():
    arms = drawn_trial([printed_side("a"), printed_side("b")], SETTINGS)
    ends = [[math.log(max(one)) for one in times(arm)] for arm in arms]
    assert np.corrcoef(ends)[0, 1] > 0.8
    assert np.std(ends[0]) > 0.1


@pytest.mark.parametrize(
    "other",
    [
        printed_side("b", cut="final"),
        replace(printed_side("b"), follow_up=FollowUp(median=14.0)),
    ],
    ids=["another cut", "another follow-up"],
)
def test_arms_of_other_calendars_are_drawn_one_by_one(other):
    sides = [printed_side("a"), other]
    together, alone = drawn_trial(sides, SETTINGS), [drawn_side(one, SETTINGS) for one in sides]
    assert [times(one) for one in together] == [times(one) for one in alone]


def test_draws_of_a_trial_refuse_a_tail_as_those_of_one_side_do():
    with pytest.raises(InputError, match="a tail is assumed"):
        drawn_trial([printed_side("a"), replace(printed_side("b"), tail=2.0)], SETTINGS)
