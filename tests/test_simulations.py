"""Stored simulation studies: the documentation prints them, and their trials can be run again."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest

from survcomp.comparison.matching_adjusted.anchored import FEW_EFFECTIVE
from survcomp.comparison.matching_adjusted.variance_result import TOO_NARROW, WORDS
from survcomp.errors import InputError


@pytest.fixture
def benchmark(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module


MEASURES = ("log HR", "RMST", "log OR")
DOCUMENTED = [
    ("maic_coverage", "coverage_table", ("maic_coverage",), "maic_variance.md"),
    ("maic_coverage", "bias_table", ("maic_coverage",), "maic_variance.md"),
    ("maic_coverage", "coverage_table", ("anchored_maic_coverage",), "maic_variance.md"),
    ("maic_coverage", "bias_table", ("anchored_maic_coverage",), "maic_variance.md"),
    ("outcome_models", "table", (), "outcome_models.md"),
    ("outcome_models", "rows_table", (), "outcome_models.md"),
]


@pytest.mark.parametrize(("module", "table", "arguments", "page"), DOCUMENTED)
def test_the_documentation_prints_what_is_stored(benchmark, root, module, table, arguments, page):
    printed = getattr(benchmark(module), table)(*arguments)
    assert printed in (root / "docs" / page).read_text("utf-8")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("maic_coverage", "maic_coverage"),
        ("maic_coverage", "anchored_maic_coverage"),
        ("outcome_models", "outcome_models"),
        ("outcome_models", "outcome_model_rows"),
    ],
)
def test_stored_trials_come_out_again(benchmark, module, name):
    """The first trial of each scenario, from its seed."""
    kept = benchmark("simulation")
    study = next(study for study in benchmark(module).STUDIES if study.name == name)
    how = kept.stored_description(name)
    assert how["seed"] == study.seed
    assert list(how["scenarios"]) == list(study.scenarios)
    stored = pd.read_csv(kept.RESULTS / f"{name}_first_trials.csv")
    for scenario in study.scenarios:
        again = kept.run_trials(study, scenario, range(1))
        first = stored[(stored.scenario == scenario) & (stored.trial == 0)]
        assert list(first.method) == list(again.method)
        for field in kept.FIELDS:
            assert again[field].to_numpy() == pytest.approx(
                first[field].to_numpy(), rel=1e-6, abs=1e-7, nan_ok=True
            )


def test_what_results_say_of_the_ess_scaled_interval_is_what_was_measured(benchmark):
    found = benchmark("simulation").stored("maic_coverage")
    few = [name for name in found.index.levels[0] if name.startswith("ESS below 50")]
    for scenario in few:
        row, robust = (found.loc[(scenario, f"log HR, {m}")] for m in ("ESS-scaled", "robust"))
        assert row.trials >= 1900
        assert round(row.coverage, 2) in (0.99, 1.0)
        assert 0.955 < robust.coverage < 0.975
        assert 1.2 < row.width / robust.width < 1.35
        narrow = [found.loc[(scenario, f"{m}, M-estimation")].coverage for m in MEASURES]
        assert all(0.885 <= share < 0.925 for share in narrow)
    assert "covered 99 %" in WORDS["ESS-scaled"]
    assert "covered 89 to 92 %" in TOO_NARROW


def test_what_anchored_results_say_with_few_effective_patients_was_measured(benchmark):
    found = benchmark("simulation").stored("anchored_maic_coverage")
    assert round(found.loc[("ESS below 50; population", "log HR, robust")].coverage, 2) == 0.92
    assert "covered 92 %" in FEW_EFFECTIVE


# ---- the machinery, on made-up numbers


def made_up(kept, calls, *, fails=()):
    def trial(rng):
        calls.append(1)
        if len(calls) in fails:
            raise InputError("no estimate")
        x = float(rng.normal())
        return {"m": (x, 1.0, x - 2.0, x + 2.0), kept.ESS: (40.0 + len(calls), 0.0, 0.0, 0.0)}

    return kept.Study(
        name="made_up", seed=3, scenarios={"one": trial}, truth=lambda *_: 0.5, settings={}
    )


def test_a_summary_by_hand(benchmark):
    kept = benchmark("simulation")
    rows = pd.DataFrame(
        [("one", i, "m", x, 0.5, x - 1.0, x + 1.0) for i, x in enumerate([0.0, 1.0, 2.0])]
        + [("one", 3, "failed: no estimate", *[np.nan] * 4), ("one", 0, "ESS", 40, 0, 0, 0)],
        columns=["scenario", "trial", "method", *kept.FIELDS],
    )
    study = made_up(kept, [])
    row = kept.summary(study, rows).iloc[0]
    # estimates 0, 1, 2 with SD 1; 0.5 is in the intervals of 0 and 1, not of 2
    assert (row.trials, row.bias, row.sd, row.se_over_sd) == (3, 0.5, 1.0, 0.5)
    assert row.coverage == pytest.approx(2 / 3)
    assert row.bias_mce == pytest.approx(3**-0.5)
    assert row.coverage_mce == pytest.approx((2 / 9 / 3) ** 0.5)
    assert row.width == 2.0
    fate = kept.description(study, rows)["scenarios"]["one"]
    assert fate["trials"] == 4
    assert fate["failed"] == {"failed: no estimate": 1}
    assert fate["ess"]["share_below_50"] == 1.0


def test_a_run_resumes_where_it_was_stopped(benchmark, tmp_path):
    kept = benchmark("simulation")
    calls: list[int] = []
    study = made_up(kept, calls, fails=(2,))
    whole = kept.all_trials(study, 120, tmp_path)
    assert len(calls) == 120
    assert sum(whole.method == "failed: no estimate") == 1
    (tmp_path / "made_up_0_00050.csv").unlink()
    again = kept.all_trials(study, 120, tmp_path)
    assert len(calls) == 170  # the chunk that was gone, and no other
    lines = [frame[frame.method == "m"].reset_index(drop=True) for frame in (whole, again)]
    pd.testing.assert_frame_equal(*lines)
    assert lines[0].estimate.nunique() == 119
    pd.testing.assert_frame_equal(kept.finished_trials(study, tmp_path), again)
    kept.store(study, whole, tmp_path / "results")
    names = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert names == ["made_up.csv", "made_up.json", "made_up_first_trials.csv"]
