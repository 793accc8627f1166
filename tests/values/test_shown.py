"""Every public value is shown in a line or two, without a patient in it."""

from __future__ import annotations

import dataclasses
import importlib
import inspect

import numpy as np
import pandas as pd
import pytest

import survcomp as sc
from survcomp.values.shown import LONGEST

N, DRAWS = 500, 200
PACKAGES = ("values", "estimation", "reconstruction", "adjustment", "comparison")


@pytest.fixture(scope="module")
def patients() -> sc.IPD:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "who": [f"SUBJ-{row:04d}" for row in range(N)],
            "months": rng.exponential(12, N) + 0.01,
            "died": rng.integers(0, 2, N),
            "age": rng.normal(60, 8, N),
            "lines": 1.0 + rng.poisson(2, N),
        }
    )
    return sc.IPD.from_frame(
        frame, time="months", event="died", time_unit="months", id="who",
        origin="observed", covariates=["age", "lines"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def values(patients) -> dict[str, object]:
    curve = sc.Curve(
        trial="KarMMa", arm="ide_cel", treatment="ide-cel", endpoint="PFS", n=N,
        median=sc.MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6),
    )  # fmt: skip
    target = sc.Population.from_moments(
        [sc.Mean(name="age", value=62), sc.Median(name="lines", value=3)], n=128, name="KarMMa"
    )
    one = sc.reconstruct(curve, method="summary")
    draw = patients.with_basis(patients.basis)
    ensemble = sc.Ensemble(draws=(draw,) * DRAWS, method="summary", curve_id=curve.id)
    weights = sc.maic_weights(patients, target, match=["age"])
    return {
        "curve": curve,
        "target": target,
        "patients": patients,
        "ensemble": ensemble,
        "reconstruction": dataclasses.replace(one, ensemble=ensemble),
        "fidelity": one.fidelity,
        "weights": weights,
        "trial": sc.read_trial("karmma"),
        "km": sc.kaplan_meier(patients),
        "km over draws": sc.kaplan_meier(one),
        "estimate": sc.rmst(patients, horizon=6),
        "estimates": sc.survival_at(patients, [3, 6]),
        "logrank": sc.logrank(patients, patients),
        "hazard_ratio": sc.hazard_ratio(patients, patients),
        "balance": sc.balance_table(patients, target, weights),
        "summary": sc.weight_summary(patients, weights),
        "influence": sc.influential_patients(patients, weights),
        "overlap": sc.target_overlap(patients, target, match=["age"]),
        "matching": sc.Matching(target, match=("age",)),
    }


def names() -> list[str]:
    return [
        "curve", "target", "patients", "ensemble", "reconstruction", "fidelity", "weights",
        "trial", "km", "km over draws", "estimate", "estimates", "logrank", "hazard_ratio",
        "balance", "summary", "overlap", "matching", "influence",
    ]  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_a_line_is_short_and_names_no_patient(values, name):
    line = repr(values[name])
    assert len(line) < 300
    assert "\n" not in line
    assert "SUBJ" not in line


@pytest.mark.parametrize("name", [n for n in names() if n != "influence"])
def test_a_notebook_cell_names_no_patient(values, name):
    """But for the table of influential patients, which is there to name them."""
    html = values[name]._repr_html_()
    assert html.lstrip().startswith("<table")
    assert "SUBJ" not in html


def test_what_a_line_says(values):
    patients, weights = values["patients"], values["weights"]
    assert repr(patients) == (
        f"<IPD: arm arm, patients 500, events {patients.n_events}, followed to "
        f"{patients.time.max():.4g} months, origin observed, covariates age, lines>"
    )
    assert f"ESS {weights.ess:.1f}, weighted to KarMMa, matched age (mean)" in repr(weights)
    assert f"draws {DRAWS}" in repr(values["ensemble"])
    assert "method summary, fidelity B, draws 200" in repr(values["reconstruction"])


def test_every_public_class_that_holds_many_things_is_shown_so():
    """A tuple or an array in a field is what makes the repr of a dataclass long."""
    long = []
    for name in PACKAGES:
        package = importlib.import_module(f"survcomp.{name}")
        for public in package.__all__:
            kind = getattr(package, public)
            if not (inspect.isclass(kind) and dataclasses.is_dataclass(kind)):
                continue
            many = [f for f in dataclasses.fields(kind) if "Array" in str(f.type) and f.repr]
            if many and kind.__repr__.__name__ != "in_a_line":
                long.append(public)
    assert long == []
    assert LONGEST < 300


def test_facts_are_cut_and_empty_ones_left_out():
    curve = sc.Curve(trial="T" * 400, arm="a", treatment="t", endpoint="OS", n=5)
    assert len(repr(curve)) < 300
    assert "..." in repr(curve)
    assert "events" not in repr(curve)
