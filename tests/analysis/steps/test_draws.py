"""The effect over draws beside that of one data set: where they do not go together, it is said."""

from __future__ import annotations

import pytest

from survcomp.analysis import load, run
from survcomp.analysis.steps.draws import DISAGREEMENT, FAR_APART, record_drawn_effect
from survcomp.analysis.steps.recorder import Recorder
from survcomp.report import render_html
from survcomp.values import Contrast, Derivation, LinkEstimate, Question
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
