"""The data of published packages: converged values in methods/peers.md 5.2 and peers_maic.md."""

from __future__ import annotations

import pandas as pd
import pytest
from support.paths import BENCH

from survcomp.adjustment import approximate_weights, maic_weights, max_ess_weights, target_overlap
from survcomp.estimation import hazard_ratio
from survcomp.evidence import read_wide_agd
from survcomp.values import IPD, SD, Mean, Population, Proportion

pytestmark = pytest.mark.external

MAICPLUS = ["AGE", "SEX_MALE", "ECOG0", "SMOKE", "N_PR_THER"]


def folder(name: str):
    path = BENCH / "maic" / name
    if not path.exists():
        pytest.skip("../shared/bench is not beside this checkout")
    return path


def maicplus() -> tuple[IPD, Population]:
    data = folder("example")
    times = pd.read_csv(data / "adtte_sat.csv")[["USUBJID", "TIME", "EVENT"]]
    ipd = IPD.from_frame(
        pd.read_csv(data / "adsl_sat.csv").merge(times),
        time="TIME",
        event="EVENT",
        time_unit="days",
        origin="observed",
        id="USUBJID",
        label="A",
        covariates=MAICPLUS,
    )
    return ipd, read_wide_agd(data / "agd.csv")


def raw_coefficients(weights, covariate: str, mean: float) -> tuple[float, float]:
    """Coefficients of x and x^2, as the packages have them: (x - m)^2 = x^2 - 2 m x + m^2."""
    a = dict(weights.coefficients)
    square = a[f"{covariate} (SD)"]
    return a[f"{covariate} (mean)"] - 2 * mean * square, square


def test_maicplus_with_seven_columns():
    """peers_maic.md, exact Newton in R: seven columns, two of them medians."""
    ipd, population = maicplus()
    weights = maic_weights(ipd, population, match=MAICPLUS)
    assert weights.ess == pytest.approx(121.830423469, abs=1e-8)
    age, square = raw_coefficients(weights, "AGE", 51)
    assert (age, square) == pytest.approx((6.8195165613363, -0.0644298693641), rel=1e-10)
    a = dict(weights.coefficients)
    assert a["AGE (median)"] == pytest.approx(-2.1844226080290, rel=1e-10)
    assert a["SEX_MALE (proportion)"] == pytest.approx(0.7392651639202, rel=1e-10)
    assert a["ECOG0 (proportion)"] == pytest.approx(-0.1123101746466, rel=1e-10)
    assert a["SMOKE (proportion)"] == pytest.approx(-0.5544161555630, rel=1e-10)
    assert a["N_PR_THER (median)"] == pytest.approx(-0.0721669749342, rel=1e-10)


def test_maicplus_hazard_ratio_with_exact_weights():
    """peers_maic.md: R's coxph with robust variance on the exact weights."""
    ipd, population = maicplus()
    pseudo = pd.read_csv(folder("example") / "pseudo_ipd_sat.csv")
    other = IPD.from_frame(
        pseudo, time="TIME", event="EVENT", time_unit="days", origin="observed", label="B"
    )
    fit = hazard_ratio(ipd, other, weights=maic_weights(ipd, population, match=MAICPLUS))
    assert fit.value == pytest.approx(0.262284156834, abs=1e-7)
    assert fit.se == pytest.approx(0.1876962502, abs=1e-7)


def test_maicplus_with_six_columns():
    """peers.md M2: centered_ipd_sat, ESS as printed by BFGS to four places."""
    ipd, population = maicplus()
    match = ["AGE (mean)", "AGE (SD)", *MAICPLUS[1:]]
    weights = maic_weights(ipd, population, match=match)
    assert weights.ess == pytest.approx(166.6626, abs=5e-5)
    assert max_ess_weights(ipd, population, match=match).ess > weights.ess
    loose = approximate_weights(ipd, population, match=match, tolerance=0.1)
    assert loose.ess > max_ess_weights(ipd, population, match=match).ess


def test_roche_maic():
    """peers.md M1: converged coefficients, ESS and weights, to the digits given."""
    data = folder("roche")
    frame = pd.read_csv(data / "adsl.csv").assign(
        male=lambda d: (d.SEX == "Male").astype(int), t=1.0, e=1
    )
    ipd = IPD.from_frame(
        frame,
        time="t",
        event="e",
        time_unit="days",
        origin="observed",
        id="USUBJID",
        label="A",
        covariates=["AGE", "male", "SMOKE", "ECOG0"],
    )
    population = Population.from_moments(
        [
            Mean(name="AGE", value=50.0633333333333),
            SD(name="AGE", value=3.23535892601672),
            Proportion.from_count("male", 147, 300),
            Proportion.from_count("SMOKE", 58, 300),
            Proportion.from_count("ECOG0", 105, 300),
        ],
        n=300,
        name="comparator",
    )
    weights = maic_weights(ipd, population, match=["AGE", "male", "SMOKE", "ECOG0"])
    age, square = raw_coefficients(weights, "AGE", 50.0633333333333)
    assert (age, square) == pytest.approx((3.54205037, -0.03608360), abs=5e-9)
    rest = [a for name, a in weights.coefficients if "proportion" in name]
    assert rest == pytest.approx([0.58904542, -0.69800090, -0.04757348], abs=5e-9)
    assert weights.ess == pytest.approx(157.0712, abs=5e-5)
    assert weights.value.min() == pytest.approx(1.85e-11, rel=5e-3)
    assert weights.value.std(ddof=1) == pytest.approx(0.5566927, abs=5e-8)
    assert weights.scaled("n").max() == pytest.approx(6.305630, abs=5e-7)


def test_rotterdam_and_gbsg():
    """peers_maic.md: ESS 51.9345 where BFGS stops at 51.9646; nine covariates, poor overlap."""
    data = folder("rotterdam_gbsg")
    name = "S3_rott_hormone_v_gbsg_hormone"
    frame = pd.read_csv(data / f"{name}_ipd.csv")
    match = list(frame.columns[4:])
    ipd = IPD.from_frame(
        frame,
        time="TIME",
        event="EVENT",
        time_unit="days",
        origin="observed",
        id="USUBJID",
        covariates=match,
    )
    population = read_wide_agd(data / f"{name}_agd.csv")
    weights = maic_weights(ipd, population, match=match)
    assert weights.ess == pytest.approx(51.9345, abs=5e-5)
    overlap = target_overlap(ipd, population, match=match)
    assert overlap.verdict == "inside"
    assert weights.ess < overlap.ess_ceiling < ipd.n
