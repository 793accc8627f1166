"""Arms of one trial fitted together: one calendar, so one accrual and one data cut.

Each arm has its own events and its own dropping out. When patients entered, and with it how
the data cut censors them, was decided by nobody's treatment: those unknowns are the same
number in every arm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from survcomp.reconstruction.printed.frame import Frame
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve


class Arm(Protocol):
    """The printed numbers of one arm, as residuals of its unknowns."""

    @property
    def curve(self) -> Curve:
        """What was published."""

    @property
    def frame(self) -> Frame:
        """Grid and prior."""

    @property
    def size(self) -> int:
        """Length of the vector of unknowns."""

    @property
    def numbers(self) -> int:
        """How many residuals."""

    @property
    def accrual(self) -> tuple[int, ...]:
        """Which of them say how patients entered."""

    def residuals(self, unknown: FloatArray, longest: FloatArray) -> FloatArray:
        """Of unknowns (draws, size) and longest follow-ups (draws,), shape (draws, numbers)."""

    def jacobian(self, unknown: FloatArray, longest: FloatArray, at: FloatArray) -> FloatArray:
        """Their derivatives, shape (draws, numbers, size); `at` are the residuals themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Arms of one trial as one problem: the unknowns of the first, then what the others add.

    Attributes
    ----------
    arms : tuple of Arm
        One or more.
    """

    arms: tuple[Arm, ...]

    @property
    def size(self) -> int:
        """Length of the joint vector of unknowns."""
        return self.arms[0].size + sum(arm.size - len(arm.accrual) for arm in self.arms[1:])

    @property
    def columns(self) -> tuple[NDArray[np.intp], ...]:
        """Where the unknowns of each arm stand in the joint vector."""
        first = self.arms[0]
        columns, end = [np.arange(first.size)], first.size
        for arm in self.arms[1:]:
            not_shared = np.setdiff1d(np.arange(arm.size), arm.accrual)
            at = np.empty(arm.size, dtype=np.intp)
            at[not_shared] = np.arange(end, end + not_shared.size)
            at[list(arm.accrual)] = first.accrual
            columns.append(at)
            end += not_shared.size
        return tuple(columns)

    def joined(self, parts: Sequence[FloatArray]) -> FloatArray:
        """Joint vectors of the arms' own, shape (draws, size); the first arm's accrual counts."""
        whole = np.empty((parts[0].shape[0], self.size))
        for part, at in reversed(list(zip(parts, self.columns, strict=True))):
            whole[:, at] = part
        return whole

    def residuals(self, unknown: FloatArray, longest: FloatArray) -> FloatArray:
        """Those of all arms; `longest` has a column an arm, shape (draws, arms)."""
        return np.concatenate(
            [
                arm.residuals(unknown[:, at], longest[:, i])
                for i, (arm, at) in enumerate(zip(self.arms, self.columns, strict=True))
            ],
            axis=1,
        )

    def jacobian(self, unknown: FloatArray, longest: FloatArray, at: FloatArray) -> FloatArray:
        """Derivatives of `residuals`, which are `at`."""
        slopes = np.zeros((*at.shape, unknown.shape[1]))
        start = 0
        for i, (arm, columns) in enumerate(zip(self.arms, self.columns, strict=True)):
            part = unknown[:, columns]
            rows = slice(start, start + arm.numbers)
            slopes[:, rows, columns] = arm.jacobian(part, longest[:, i], at[:, rows])
            start += arm.numbers
        return slopes


def log_evidence(joint: Joint, unknown: FloatArray, longest: FloatArray) -> float:
    """Log probability of the printed numbers under one candidate, up to a constant (Laplace).

    The best fit's cost says how far the prior had to be moved; the determinant, over how
    narrow a part of it the numbers would hold.

    Parameters
    ----------
    joint : Joint
    unknown : ndarray of shape (1, joint.size)
        Best fit.
    longest : ndarray of shape (1, arms)
    """
    residual = joint.residuals(unknown, longest)
    slope = joint.jacobian(unknown, longest, residual)[0]
    cost = float(np.sum(unknown**2) + np.sum(residual**2))
    return -0.5 * (cost + float(np.linalg.slogdet(np.eye(slope.shape[0]) + slope @ slope.T)[1]))


def assign_draws(log_weight: FloatArray, draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """A candidate for each draw, in proportion to the weights, in random order."""
    weight = np.exp(log_weight - log_weight.max())
    at = (np.arange(draws) + rng.random()) / draws
    chosen = np.searchsorted(np.cumsum(weight / weight.sum()), at)
    return rng.permutation(np.minimum(chosen, log_weight.size - 1))
