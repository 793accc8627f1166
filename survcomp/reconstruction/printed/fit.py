"""Latent curves moved as little as possible to meet the printed numbers.

For draw m, with theta_m from the prior and e_m standard normal, minimise

    || theta - theta_m ||^2 + || r(theta) + e_m ||^2,

by Levenberg-Marquardt, all draws at once: of one arm, or of the arms of a trial together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.reconstruction.printed.constraints import Constraint
from survcomp.reconstruction.printed.earlier_cuts import joined_curves
from survcomp.reconstruction.printed.frame import Frame
from survcomp.reconstruction.printed.latent_curve import Curves
from survcomp.reconstruction.printed.shared_design import Joint
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve

ITERATIONS = 25
ARRIVED = 1e-3
"""A step that lowers the cost, which is about chi-squared, by no more than this is the last."""

ROWS_AT_ONCE = 300
"""Draws times unknowns whose curves are worked out at once: enough to keep NumPy busy, few
enough for its caches."""

STARTS = 24
"""Places from which the best fit is searched for where one search misses a number."""

LARGEST_MISS = 4.0
"""A printed number further off than this many tolerances in the best fit is not met."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Printed numbers of one curve, and the frame of the latent curves that have to meet them."""

    curve: Curve
    frame: Frame
    constraints: tuple[Constraint, ...]

    @property
    def size(self) -> int:
        """Length of the vector of unknowns."""
        return self.frame.size

    @property
    def numbers(self) -> int:
        """How many residuals."""
        return len(self.constraints)

    @property
    def accrual(self) -> tuple[int, ...]:
        """Which of the unknowns say how patients entered."""
        return self.frame.accrual

    def residuals(self, unknown: FloatArray, longest: FloatArray) -> FloatArray:
        """How far unknowns are off each printed number, shape (draws, numbers)."""
        return _residuals(self, joined_curves(unknown, longest, self.frame))

    def jacobian(self, unknown: FloatArray, longest: FloatArray, at: FloatArray) -> FloatArray:
        """Forward differences of the residuals, which are `at`, shape (draws, numbers, size)."""
        step = 1e-4
        draws, size = unknown.shape
        # several unknowns are moved at once, each in a copy of all draws
        together = max(1, ROWS_AT_ONCE // draws)
        columns = []
        for first in range(0, size, together):
            which = np.arange(first, min(first + together, size))
            moved = np.tile(unknown, (which.size, 1, 1))
            moved[np.arange(which.size), :, which] += step
            rows = self.residuals(moved.reshape(-1, size), np.tile(longest, which.size))
            columns.append((rows.reshape(which.size, draws, -1) - at) / step)
        return np.asarray(np.moveaxis(np.concatenate(columns), 0, 2))


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Unknowns of each draw (draws, unknowns), what they cost (draws,), and their curves."""

    unknown: FloatArray
    cost: FloatArray
    curves: Curves


def best_fit(problem: Problem, longest: float) -> Fitted:
    """The likeliest curves; from several places where a number is missed from the first.

    Parameters
    ----------
    problem : Problem
        The printed numbers.
    longest : float
        Central longest follow-up of the latest cut.
    """
    target = np.zeros((1, problem.frame.size))
    first = fit_draws(problem, target, 0.0, np.array([longest]))
    if not missed_numbers(problem, first.curves):
        return first
    starts = np.random.default_rng(STARTS).normal(size=(STARTS, problem.frame.size))
    ends = np.full(STARTS, longest)
    others = fit_draws(problem, np.zeros_like(starts), 0.0, ends, start=starts)
    if others.cost.min() >= first.cost[0]:
        return first
    best = others.unknown[[np.argmin(others.cost)]]
    return fit_draws(problem, target, 0.0, ends[:1], start=best)


def _residuals(problem: Problem, latent: Curves) -> FloatArray:
    """How far curves are off each printed number, in tolerances, shape (draws, constraints)."""
    rows = []
    for constraint in problem.constraints:
        value = constraint.residual(latent)
        rows.append(np.minimum(value, 0.0) if constraint.one_sided else value)
    if not rows:
        return np.zeros((latent.hazard.shape[0], 0))
    return np.asarray(np.clip(np.stack(rows, axis=1), -1e3, 1e3))


def fit_draws(
    problem: Problem,
    target: FloatArray,
    noise: FloatArray | float,
    longest: FloatArray,
    start: FloatArray | None = None,
) -> Fitted:
    """Draws of one arm moved to the printed numbers (`move_draws`), with their curves.

    Parameters
    ----------
    problem : Problem
        The printed numbers.
    target, noise, longest, start
        As in `move_draws`.
    """
    unknown, cost = move_draws(problem, target, noise, longest, start)
    return Fitted(unknown, cost, joined_curves(unknown, longest, problem.frame))


def move_draws(
    problem: Problem | Joint,
    target: FloatArray,
    noise: FloatArray | float,
    longest: FloatArray,
    start: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Move every draw as little as possible from its target until it meets the printed numbers.

    Parameters
    ----------
    problem : Problem or Joint
        The printed numbers of one arm, or of the arms of a trial.
    target : ndarray of shape (draws, unknowns)
        Where the prior puts each draw.
    noise : ndarray of shape (draws, numbers) or float
        Added to the residuals.
    longest : ndarray of shape (draws,), or (draws, arms) of several arms
        Longest follow-up of each draw.
    start : ndarray, optional
        Where the search begins; at the target itself without it.

    Returns
    -------
    unknown : ndarray of shape (draws, unknowns)
    cost : ndarray of shape (draws,)
    """
    theta = (target if start is None else np.broadcast_to(start, target.shape)).copy()
    noise = np.broadcast_to(noise, problem.residuals(theta, longest).shape)
    error = problem.residuals(theta, longest) + noise
    cost = np.sum((theta - target) ** 2, axis=1) + np.sum(error**2, axis=1)
    damping = np.full(theta.shape[0], 1.0)
    identity = np.eye(problem.size)
    going = np.arange(theta.shape[0])  # a draw that has arrived is left alone
    for _ in range(ITERATIONS):
        here, to, off = theta[going], longest[going], noise[going]
        jacobian = problem.jacobian(here, to, error[going] - off)
        transposed = np.swapaxes(jacobian, 1, 2)
        normal = transposed @ jacobian + (1.0 + damping[going, None, None]) * identity
        gradient = (transposed @ error[going, :, None])[:, :, 0] + here - target[going]
        step = np.linalg.solve(normal, gradient[:, :, None])[:, :, 0]
        promised = np.sum(step * gradient, axis=1)
        trial = here - np.clip(step, -2.0, 2.0)
        fresh = problem.residuals(trial, to) + off
        price = np.sum((trial - target[going]) ** 2, axis=1) + np.sum(fresh**2, axis=1)
        better = price < cost[going]
        gain = cost[going] - price
        moved = going[better]
        theta[moved], error[moved], cost[moved] = trial[better], fresh[better], price[better]
        damping[going] = np.where(
            better, damping[going] * 0.2, np.minimum(damping[going] * 8.0, 1e8)
        )
        going = going[np.where(better, gain > ARRIVED, promised > ARRIVED)]
        if going.size == 0:
            break
    return theta, cost


def missed_numbers(problem: Problem, latent: Curves) -> list[Constraint]:
    """Printed numbers that the first of the curves is too far off."""
    error = _residuals(problem, latent)[0]
    return [
        constraint
        for constraint, value in zip(problem.constraints, error, strict=True)
        if abs(value) > LARGEST_MISS
    ]
