"""Reconstruction in whole patients: all numbers at risk, the events and the trace at once.

The trace is cut into cells (`cells`), the expected counts along it are worked out from
the at-risk table (`expected_path`), and a lattice sums over every way in which whole
patients can leave (`sum_over_paths`). Its mean, rounded, is the data set shown; samples from it,
over several assumptions about when in an interval censorings fall, are the ensemble.
"""

from __future__ import annotations

import math

import numpy as np

from survcomp.errors import ContradictionError
from survcomp.reconstruction.earlier_fidelity import earlier_rows
from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.reconstruction.figure.account import Account
from survcomp.reconstruction.figure.assumed_censoring import (
    RATES,
    AssumedCensoring,
    censoring_known,
)
from survcomp.reconstruction.figure.cells import make_cells
from survcomp.reconstruction.figure.contradictions import explain, impossible_row
from survcomp.reconstruction.figure.expected_path import possible_events
from survcomp.reconstruction.figure.fit import Fit, fit_curve, rebuilt_patients
from survcomp.reconstruction.figure.representative import representative
from survcomp.reconstruction.figure.scenarios import draw_ensemble
from survcomp.reconstruction.figure.sum_over_paths import MOST_UNSEEN
from survcomp.reconstruction.figure.trace import columns
from survcomp.values.checks import Rng, check_type
from survcomp.values.curves.curve import Curve
from survcomp.values.patients.ipd import IPD
from survcomp.values.reconstruction import Fidelity, Kind, Reconstruction

MISREAD_TICKS = 0.02
"""Share of the ticks that may be misread."""


def integer(curve: Curve, *, draws: int = 0, rng: Rng = None) -> Reconstruction:
    """Rebuild whole patients from a traced curve and everything printed beside it.

    Parameters
    ----------
    curve : Curve
        With `points`; `at_risk`, `ticks` and the total of events are met where they are
        there. Earlier cuts that are joined to it are held out and compared.
    draws : int
        Data sets to draw from what is consistent with all of it; 0 for none, else at
        least 2.
    rng : Generator or int, optional
        Source of the draws, or its seed. The same seed gives the same draws of one curve, and
        independent ones of two curves, as the random numbers come from it and the curve's `id`.

    Returns
    -------
    Reconstruction
        With exactly `curve.n` patients. Its `ipd` does not depend on `draws` or `rng`.

    Raises
    ------
    ContradictionError
        If no whole patients can meet the inputs; the message names those in conflict.

    Notes
    -----
    The time within a gap of the trace at which a patient left is not known; nor, between
    two numbers at risk, is the order of events and censorings except where the heights of
    the steps betray it. Both are in the ensemble.

    Examples
    --------
    >>> from survcomp import AtRisk, Curve, CurvePoints
    >>> from survcomp.reconstruction import integer
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=10,
    ...               points=CurvePoints.from_trace([0, 2, 2, 4, 4, 6], [1, 1, 0.9, 0.9, 0.8, 0.8]),
    ...               at_risk=AtRisk.from_rows([0, 3, 6], [10, 9, 8]))
    >>> rebuilt = integer(curve, draws=20, rng=1)
    >>> rebuilt.ipd.n_events, len(rebuilt.ensemble)
    (2, 20)
    """
    check_type(curve, Curve, name="curve", taken="a Curve, such as `Trial.curve` gives")
    if curve.points is None:
        raise ContradictionError(f"{curve.id}: the integer method needs a traced figure.")
    conflict = impossible_row(curve)
    if conflict is not None:
        raise ContradictionError(f"{curve.id}: {conflict}")
    _refuse_impossible_total(curve)
    fits = _fits(curve)
    best = fits[0]  # of several: the fewest assumptions, nobody censored before the end
    ipd = _shown(curve, best)
    misread = _misread_ticks(curve, ipd)
    drawn = draw_ensemble(curve, fits, draws, rng) if draws else None
    ensemble = None if drawn is None else drawn.ensemble
    fidelity = compare_with_published(curve, ipd, used=_used(curve), ensemble=ensemble)
    fidelity = Fidelity(rows=fidelity.rows + earlier_rows(curve, ipd))
    account = Account(
        curve=curve,
        noise=best.noise,
        unseen_events=best.lattice.unseen_events(),
        possible_events=() if censoring_known(curve) else tuple(_total(fit) for fit in fits),
        misread_ticks=misread,
        fidelity=fidelity,
        unvaried=0 if drawn is None else drawn.unvaried,
    )
    return Reconstruction(
        curve=curve,
        ipd=ipd,
        method="integer",
        fidelity=fidelity,
        published_to=float(curve.points.time[-1]),
        censoring=_censoring_words(curve),
        notes=account.notes(),
        ensemble=ensemble,
    )


def _total(fit: Fit) -> int:
    events, _ = fit.lattice.mean
    return round(float(events[-1]))


def _misread_ticks(curve: Curve, ipd: IPD) -> int:
    """Every tick is somebody who was censored; one or two may be misread, not more."""
    if curve.ticks is None:
        return 0
    ticks, censored = curve.ticks.time.size, ipd.n - ipd.n_events
    if ticks - censored > max(1.0, MISREAD_TICKS * ticks):
        raise ContradictionError(
            f"{curve.id}: {ticks} censoring ticks are given, but the traced curve of {curve.n} "
            f"patients leaves {censored} to be censored."
        )
    return max(ticks - censored, 0)


def _fits(curve: Curve) -> list[Fit]:
    """One fit; several where nothing at all is printed of censoring or of events."""
    rates = [None] if censoring_known(curve) else list(RATES)
    tried = [fit_curve(curve, AssumedCensoring(warp=np.zeros(1), rate=rate)) for rate in rates]
    fits = [fit for fit in tried if fit is not None]
    if not fits:
        raise ContradictionError(f"{curve.id}: {_explanation(curve)}")
    return fits


def _explanation(curve: Curve) -> str:
    def feasible(less: Curve) -> bool:
        return fit_curve(less, AssumedCensoring(warp=np.zeros(1), rate=RATES[0])) is not None

    return explain(curve, feasible=feasible, events=_possible_total(curve))


def _possible_total(curve: Curve) -> tuple[int, int]:
    """Fewest and most events that the trace and the table allow, resolution included."""
    assert curve.points is not None
    fewest, most = possible_events(make_cells(curve, columns(curve.points)), curve.n)
    slack = curve.n * curve.points.survival_resolution + 1.0
    return max(math.floor(fewest - slack), 0), min(math.ceil(most + slack), curve.n)


def _refuse_impossible_total(curve: Curve) -> None:
    """A total far outside what the trace allows needs no search to be refused."""
    if curve.events is None or curve.ticks is not None:
        return
    fewest, most = _possible_total(curve)
    if not fewest <= curve.events <= most + MOST_UNSEEN:
        reason = explain(curve, feasible=lambda _: True, events=(fewest, most))
        raise ContradictionError(f"{curve.id}: {reason}")


def _shown(curve: Curve, fit: Fit) -> IPD:
    counts = representative(
        fit.lattice, fit.cells, noise=fit.trace.noise_survival, events=curve.events
    )
    return rebuilt_patients(curve, fit, counts, None)


def _used(curve: Curve) -> frozenset[Kind]:
    parts: dict[Kind, bool] = {
        "points": curve.points is not None,
        "at_risk": curve.at_risk is not None,
        "events": curve.events is not None,
    }
    return frozenset(kind for kind, printed in parts.items() if printed)


def _censoring_words(curve: Curve) -> str:
    parts = []
    if curve.at_risk is not None:
        parts.append("the printed numbers at risk, between which its hazard is taken to be smooth")
    if curve.ticks is not None:
        parts.append("the ticks on the figure")
    if curve.events is not None:
        parts.append("the printed number of events")
    if not parts:
        return "assumed: nobody before the end of the curve, for want of any printed number"
    return "from " + " and ".join(parts)
