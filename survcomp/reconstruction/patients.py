"""Event and censoring times of a curve as its patients, who know which curve they are of."""

from __future__ import annotations

from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve
from survcomp.values.ipd import IPD, Censoring


def patients_of(
    curve: Curve, event_times: FloatArray, censor_times: FloatArray, *, censoring: Censoring
) -> IPD:
    """Rebuilt patients of a curve: of its arm, unit, basis, outcome and study."""
    return IPD.from_times(
        event_times,
        censor_times,
        arm=curve.treatment,
        time_unit=curve.time_unit,
        origin="reconstructed",
        censoring=censoring,
        basis=curve.basis,
    ).with_study(trial=curve.trial, outcome=curve.outcome)
