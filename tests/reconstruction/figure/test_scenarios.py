"""The assumptions about censoring that an ensemble is drawn over."""

from __future__ import annotations

from survcomp.reconstruction import integer
from survcomp.reconstruction.figure import scenarios
from survcomp.reconstruction.figure.lattice import NoPathError
from survcomp.values import AtRisk, Curve, CurvePoints


def test_draws_that_vary_less_than_they_should_say_so(monkeypatch):
    """Where no other assumption about censoring has whole patients, the central one stands in."""

    def no_path(*_):
        raise NoPathError(1)

    curve = Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="OS",
        n=10,
        points=CurvePoints.from_trace([0, 2, 2, 4, 4, 6], [1, 1, 0.9, 0.9, 0.8, 0.8]),
        at_risk=AtRisk.from_rows([0, 3, 6], [10, 9, 8]),
    )
    assert not any("vary less" in note for note in integer(curve, draws=20, rng=1).notes)
    monkeypatch.setattr(scenarios, "solve", no_path)
    rebuilt = integer(curve, draws=20, rng=1)
    assert any("10 assumption(s) about censoring" in note for note in rebuilt.notes)
    assert len(rebuilt.ensemble) == 20
