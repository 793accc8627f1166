"""Every effect in the results: its limits go with its total error and its distribution."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from survcomp.analysis import load, run
from survcomp.values.contrasts.measure import MEASURES
from survcomp.values.quantiles import two_sided_quantile

ANALYSES = Path(__file__).parents[2] / "analyses"
LINK = {*MEASURES, "log_hr_beyond_null"}
METHODS = {
    *("Wald", "published", "Newcombe", "MOVER"),
    *(f"bootstrap {kind}" for kind in ("percentile", "normal", "BCa")),
}


@pytest.mark.parametrize(
    "analysis", sorted(path.parent.name for path in ANALYSES.glob("*/pinned.json"))
)
def test_limits_go_with_the_total_error_and_its_distribution(analysis):
    results = run(load(ANALYSES / analysis))
    effects = [
        r.id.rpartition("/")[0]
        for r in results.records
        if r.id.endswith("/estimate") and r.id.split("/")[-2] in LINK
    ]
    walds = 0
    for path in effects:
        number = {
            name: results.value(f"{path}/{name}")
            for name in ("estimate", "se", "se_sampling", "se_reconstruction", "ci_low", "ci_high")
            if f"{path}/{name}" in results
        }
        if "se_sampling" in number:
            parts = number["se_sampling"], number.get("se_reconstruction", 0.0)
            assert number["se"] == pytest.approx(math.hypot(*parts), rel=1e-9), path
        if "ci_low" not in number:
            continue
        method = results.value(f"{path}/interval_method")
        assert method in METHODS, path
        if method != "Wald":
            continue
        walds += 1
        df = results.value(f"{path}/df") if f"{path}/df" in results else math.inf
        half = two_sided_quantile(results.value(f"{path}/level"), df) * number["se"]
        assert number["ci_low"] == pytest.approx(number["estimate"] - half, abs=1e-9), path
        assert number["ci_high"] == pytest.approx(number["estimate"] + half, abs=1e-9), path
    assert walds > 5
