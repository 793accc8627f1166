"""Draws of the latent curves that meet the printed numbers, and the patients of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from survcomp.errors import ContradictionError
from survcomp.reconstruction.printed.earlier_cuts import joined_curves
from survcomp.reconstruction.printed.fit import LARGEST_MISS, move_draws
from survcomp.reconstruction.printed.latent_curve import Curves
from survcomp.reconstruction.printed.shared_design import Joint, assign_draws
from survcomp.reconstruction.printed.weighing import Weighed
from survcomp.reconstruction.printed.whole_patients import rebuilt_patients
from survcomp.reconstruction.streams import streams
from survcomp.values.checks import FloatArray, Rng
from survcomp.values.patients.ensemble import Ensemble

COMMON = 0.9999
"""Share of draws whose cost a chi-squared law leaves below the limit."""

ATTEMPTS = 20
"""Times that a draw which meets the printed numbers nowhere is drawn again."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """One draw of one arm: the curves that hold it, and its place among them."""

    latent: Curves
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """Random numbers of every draw at one attempt.

    Attributes
    ----------
    candidate : ndarray of shape (draws,)
        Which candidate of the follow-up it takes.
    moved : ndarray of shape (draws,)
        Standard normals that place the longest follow-up within it.
    target : ndarray of shape (draws, joint.size)
        Where the prior puts it.
    noise : ndarray of shape (draws, numbers of all arms)
        Added to the residuals.
    """

    candidate: NDArray[np.intp]
    moved: FloatArray
    target: FloatArray
    noise: FloatArray


def draw_ensembles(weighed: Sequence[Weighed], draws: int, rng: Rng) -> list[Ensemble]:
    """Data sets of each arm, drawn from what is consistent with the printed numbers.

    Parameters
    ----------
    weighed : sequence of Weighed
        Candidates of the follow-up, each with the best fit from where draws are searched.
    draws : int
        Data sets to draw; draw m of one arm goes with draw m of the others.
    rng : Generator or int or None
        Source of the draws, or its seed.

    Raises
    ------
    ContradictionError
        If some draws meet the printed numbers nowhere.
    """
    # every arm, every draw, and every attempt at one, has random numbers of its own: what
    # happens to one draw moves no other, and two arms of one seed are independent
    curves = [arm.curve for arm in weighed[0].joint.arms]
    of_trial, *of_arms = streams([curve.id for curve in curves], rng)
    for_shapes, for_patients = zip(*(stream.spawn(2) for stream in of_arms), strict=True)
    placed = _draw_curves(weighed, draws, of_trial, for_shapes)
    return [
        Ensemble(
            draws=tuple(
                rebuilt_patients(curve, placed[m][i].latent, placed[m][i].place, source)
                for m, source in enumerate(for_patients[i].spawn(draws))
            ),
            method="summary",
            curve_id=curve.id,
        )
        for i, curve in enumerate(curves)
    ]


def _draw_curves(
    weighed: Sequence[Weighed],
    draws: int,
    of_trial: np.random.Generator,
    of_arms: Sequence[np.random.Generator],
) -> list[list[Placed]]:
    """Draws that meet the printed numbers, by arm; one that no search brings there is redrawn.

    The search begins at the best fit: from where the prior put them, a quarter of the draws
    end in a hollow that misses some printed number by several tolerances. At the least point
    the cost is about chi-squared, with one degree of freedom a number.
    """
    log_weight = np.array([one.log_weight for one in weighed])
    joint = weighed[0].joint
    placed: list[list[Placed]] = [[] for _ in range(draws)]
    left = np.arange(draws)
    attempts = zip(of_trial.spawn(ATTEMPTS), *(arm.spawn(ATTEMPTS) for arm in of_arms), strict=True)
    for shared, *sources in attempts:
        attempt = _attempt(joint, log_weight, draws, shared, sources)
        for number in np.unique(attempt.candidate[left]):
            rows = left[attempt.candidate[left] == number]
            for row, arms in _meeting(weighed[number], attempt, rows):
                placed[row] = arms
        left = np.array([m for m in left if not placed[m]], dtype=np.intp)
        if left.size == 0:
            return placed
    raise ContradictionError(
        f"{' and '.join(arm.curve.id for arm in joint.arms)}: {left.size} of {draws} draws meet "
        "the printed numbers under no shape and follow-up tried; give the range of the follow-up, "
        "or fewer numbers."
    )


def _attempt(
    joint: Joint,
    log_weight: FloatArray,
    draws: int,
    shared: np.random.Generator,
    sources: Sequence[np.random.Generator],
) -> Attempt:
    """Random numbers: the follow-up and the accrual of all arms, and the rest of each arm's own."""
    accrual = list(joint.arms[0].accrual)
    candidate = assign_draws(log_weight, draws, shared)
    moved = shared.normal(size=draws)
    entered = shared.normal(size=(draws, len(accrual)))
    normals = [
        (source.normal(size=(draws, arm.size)), source.normal(size=(draws, arm.numbers)))
        for source, arm in zip(sources, joint.arms, strict=True)
    ]
    target = joint.joined([unknown for unknown, _ in normals])
    target[:, accrual] = entered
    noise = np.concatenate([errors for _, errors in normals], axis=1)
    return Attempt(candidate, moved, target, noise)


def _meeting(
    one: Weighed, attempt: Attempt, rows: NDArray[np.intp]
) -> list[tuple[int, list[Placed]]]:
    """Those of the draws that meet the printed numbers under one candidate, by arm."""
    moved = attempt.moved[rows]
    longest = np.stack([horizon.at(moved) for horizon in one.candidate.arms], axis=1)
    unknown, cost = move_draws(
        one.joint, attempt.target[rows], attempt.noise[rows], longest, start=one.best
    )
    met = np.flatnonzero(_meets(one, unknown, cost, longest))
    latent = [
        joined_curves(unknown[met][:, at], longest[met, i], arm.frame)
        for i, (arm, at) in enumerate(zip(one.joint.arms, one.joint.columns, strict=True))
    ]
    return [
        (int(rows[row]), [Placed(curves, place) for curves in latent])
        for place, row in enumerate(met)
    ]


def _meets(
    one: Weighed, unknown: FloatArray, cost: FloatArray, longest: FloatArray
) -> NDArray[np.bool_]:
    """Which draws meet the printed numbers about as well as the best fit does."""
    best = np.array([[horizon.longest for horizon in one.candidate.arms]])
    at_best = np.abs(one.joint.residuals(one.best, best)[0])
    limit = one.cost + float(chi2.ppf(COMMON, max(at_best.size, 1)))
    missed = np.abs(one.joint.residuals(unknown, longest)) > at_best + LARGEST_MISS
    return np.asarray(~missed.any(axis=1) & (cost <= limit))
