"""Draws over what a figure leaves open: the counts, the times, and the censoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.reconstruction.figure.fit import Fit, rebuilt_patients, solve
from survcomp.reconstruction.figure.lattice import NoPathError
from survcomp.reconstruction.figure.placing import Counts
from survcomp.reconstruction.streams import streams
from survcomp.values.checks import Rng
from survcomp.values.curves.curve import Curve
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD

LATTICES = 16
"""Assumptions about censoring that an ensemble is drawn from."""

SCENARIOS_TRIED = 10
"""Assumptions tried for one of them, where most have no path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An ensemble, and how far it varies.

    Attributes
    ----------
    ensemble : Ensemble
        As many data sets as asked for.
    unvaried : int
        Lattices for which no other assumption about censoring has a path, so that the
        central one stood in.
    """

    ensemble: Ensemble
    unvaried: int


def draw_ensemble(curve: Curve, fits: Sequence[Fit], draws: int, rng: Rng) -> Drawn:
    """Draws over what the figure leaves open: the counts, the times, and the censoring.

    Every lattice takes one assumption about censoring and one set of column times, all
    equally likely; each gives the same number of draws, but for the remainder.

    Parameters
    ----------
    curve : Curve
        What was published.
    fits : sequence of Fit
        Central ones, taken in turn.
    draws : int
        Data sets to draw.
    rng : Generator or int or None
        Source of the draws, or its seed.
    """
    _, numbers = streams([curve.id], rng)
    patients: list[IPD] = []
    each = -(-draws // LATTICES)
    number = unvaried = 0
    while len(patients) < draws:
        central = fits[number % len(fits)]
        fit = _scenario(curve, central, numbers)
        number += 1
        unvaried += fit is central
        events, censored = fit.lattice.sample(min(each, draws - len(patients)), numbers)
        patients += [
            rebuilt_patients(curve, fit, Counts(events=e, censored=c), numbers)
            for e, c in zip(events, censored, strict=True)
        ]
    order = numbers.permutation(draws)  # so that any first part of them is a fair sample
    shuffled = tuple(patients[i] for i in order)
    ensemble = Ensemble(draws=shuffled, method="integer", curve_id=curve.id)
    return Drawn(ensemble=ensemble, unvaried=unvaried)


def _scenario(curve: Curve, fit: Fit, rng: np.random.Generator) -> Fit:
    """The fit under another assumption about censoring, and with the columns moved.

    Where none that is tried has a path, the data leave hardly another: the fit itself.
    """
    for _ in range(SCENARIOS_TRIED):
        assumed = fit.assumed.varied(_most_intervals(curve), rng)
        try:
            return solve(curve, assumed, fit.noise, fit.width, rng)
        except NoPathError:
            continue
    return fit


def _most_intervals(curve: Curve) -> int:
    """Intervals between numbers at risk, the last of them to the end of follow-up."""
    return 1 if curve.at_risk is None else curve.at_risk.time.size + 1
