"""Draws of the latent curves that meet the printed numbers, and the patients of each."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from survcomp.errors import ContradictionError
from survcomp.reconstruction.printed.centre import Centre
from survcomp.reconstruction.printed.earlier_cuts import joined_curves
from survcomp.reconstruction.printed.fit import LARGEST_MISS, fit_draws, residuals
from survcomp.reconstruction.printed.horizon import Horizon
from survcomp.reconstruction.printed.latent_curve import Curves
from survcomp.reconstruction.printed.whole_patients import rebuilt_patients
from survcomp.values.checks import Rng, generator
from survcomp.values.ensemble import Ensemble

COMMON = 0.9999
"""Share of draws whose cost a chi-squared law leaves below the limit."""

ATTEMPTS = 20
"""Times that a draw which meets the printed numbers nowhere is drawn again."""


def draw_ensemble(centre: Centre, horizon: Horizon, draws: int, rng: Rng) -> Ensemble:
    """Data sets drawn from what is consistent with the printed numbers.

    Parameters
    ----------
    centre : Centre
        The best fit, from where each draw is searched.
    horizon : Horizon
        Longest follow-up, drawn anew for each.
    draws : int
        Data sets to draw.
    rng : Generator or int or None
        Source of the draws, or its seed.

    Raises
    ------
    ContradictionError
        If some draws meet the printed numbers nowhere.
    """
    # every draw, and every attempt at one, has random numbers of its own: what happens to one
    # draw moves no other
    for_shapes, for_patients = generator(rng).spawn(2)
    curve = centre.problem.curve
    latent = _draw_curves(centre, horizon, draws, for_shapes)
    return Ensemble(
        draws=tuple(
            rebuilt_patients(curve, latent, m, source)
            for m, source in enumerate(for_patients.spawn(draws))
        ),
        method="summary",
        curve_id=curve.id,
    )


def _draw_curves(centre: Centre, horizon: Horizon, draws: int, rng: np.random.Generator) -> Curves:
    """Draws that meet the printed numbers; one that no search brings there is drawn again.

    The search begins at the best fit: from where the prior put them, a quarter of the draws
    end in a hollow that misses some printed number by several tolerances. At the least
    point the cost is about chi-squared, with one degree of freedom a number.
    """
    problem, best = centre.problem, centre.fitted
    size = len(problem.constraints)
    limit = float(best.cost[0]) + float(chi2.ppf(COMMON, max(size, 1)))
    furthest = np.abs(residuals(problem, best.curves)[0]) + LARGEST_MISS
    unknown, longest = np.empty((draws, problem.frame.size)), np.empty(draws)
    left = np.arange(draws)
    for source in rng.spawn(ATTEMPTS):
        longest[left] = horizon.draw(draws, source)[left]
        target = source.normal(size=(draws, problem.frame.size))[left]
        noise = source.normal(size=(draws, size))[left]
        fitted = fit_draws(problem, target, noise, longest[left], start=best.unknown)
        unknown[left] = fitted.unknown
        missed = np.any(np.abs(residuals(problem, fitted.curves)) > furthest, axis=1)
        left = left[missed | (fitted.cost > limit)]
        if left.size == 0:
            return joined_curves(unknown, longest, problem.frame)
    raise ContradictionError(
        f"{problem.curve.id}: {left.size} of {draws} draws meet the printed numbers under no "
        "shape and follow-up tried; give the range of the follow-up, or fewer numbers."
    )
