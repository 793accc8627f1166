"""Two arms drawn again and again: counts of patients, their weights, and what follows.

A replicate is a count for each patient of each arm, and, of an ensemble, which draw it was
taken from. It depends on its own seed only, so that work can be divided in any way. Rows are
first put in an order of their own (by outcome, then by covariates), so that the order in
which patients came, and what they are called, changes no replicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from survcomp.comparison.reweighting.kinds import Entropy, IntArray, Patients, Reweighting
from survcomp.values.checks import BoolArray, FloatArray
from survcomp.values.weights import WeightScale


class Sampled(NamedTuple):
    """One arm of B replicates.

    Attributes
    ----------
    time, event : ndarray of shape (1, n) or (B, n)
        Ascending in time, events first; one row where all replicates share it.
    weight, times_drawn : ndarray of shape (B, n)
        Weight of each patient, and how often it was drawn.
    """

    time: FloatArray
    event: BoolArray
    weight: FloatArray
    times_drawn: FloatArray

    def rows(self, rows: IntArray) -> Sampled:
        """Some of the replicates."""
        if rows.size == self.weight.shape[0]:
            return self
        shared = slice(None) if self.time.shape[0] == 1 else rows
        return Sampled(
            self.time[shared], self.event[shared], self.weight[rows], self.times_drawn[rows]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmDraws:
    """M data sets of one arm, rows in an order of their own.

    Attributes
    ----------
    time, event : ndarray of shape (M, n)
        Of a response, `event` says who responded, and times are 0.
    z : ndarray of shape (M, n, p) or None
        Columns to balance, less their targets, in standard deviations; None in an arm that
        is not weighted.
    x : ndarray of shape (n, q) or None
        Covariates of a treatment model, of the one data set; None where there is none.
    """

    time: FloatArray
    event: BoolArray
    z: FloatArray | None = None
    x: FloatArray | None = None

    @property
    def draws(self) -> int:
        """Number of data sets."""
        return int(self.time.shape[0])

    @property
    def n(self) -> int:
        """Patients in each."""
        return int(self.time.shape[1])


def arm_draws(
    time: Sequence[FloatArray],
    event: Sequence[BoolArray],
    z: Sequence[FloatArray] | None = None,
    x: FloatArray | None = None,
) -> ArmDraws:
    """Data sets of one arm, each sorted by time, events first, then by the columns of z and x."""
    columns = [np.empty((t.size, 0)) for t in time] if z is None else z
    if x is not None:
        columns = [np.hstack([columns[0], x])]
    orders = [np.lexsort((*c.T[::-1], ~e, t)) for t, e, c in zip(time, event, columns, strict=True)]
    return ArmDraws(
        time=np.stack([t[o] for t, o in zip(time, orders, strict=True)]),
        event=np.stack([e[o] for e, o in zip(event, orders, strict=True)]),
        z=None if z is None else np.stack([c[o] for c, o in zip(z, orders, strict=True)]),
        x=None if x is None else x[orders[0]],
    )


class Picks(NamedTuple):
    """What B replicates took: a draw of each arm, and counts of its patients."""

    first_draw: IntArray
    second_draw: IntArray
    first_count: FloatArray
    second_count: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoArms:
    """The two arms of a comparison; weights are fitted on every arm that has columns.

    Attributes
    ----------
    first, second : ArmDraws
        Treatment and comparator.
    start : ndarray of shape (M, p)
        Coefficients to start from, of each draw of `first`; see `Reweighting.start`.
    scale : {"raw", "n", "ess"}
        Scale of the weights.
    weighting : Reweighting
        The kind of weights; entropy weights when left out.
    """

    first: ArmDraws
    second: ArmDraws
    start: FloatArray
    scale: WeightScale
    weighting: Reweighting = field(default_factory=Entropy)

    def everybody(self) -> Picks:
        """Each draw of one arm with one of the other, everybody counted once."""
        pairs = np.arange(max(self.first.draws, self.second.draws))
        return Picks(
            pairs % self.first.draws,
            pairs % self.second.draws,
            np.ones((pairs.size, self.first.n)),
            np.ones((pairs.size, self.second.n)),
        )

    def drawn(self, seeds: Sequence[np.random.SeedSequence]) -> Picks:
        """One replicate a seed: a draw of each arm, and its patients with replacement."""
        n, m = self.first.n, self.second.n
        uniform = np.empty((len(seeds), 2 + n + m))
        for row, seed in enumerate(seeds):
            np.random.default_rng(seed).random(out=uniform[row])
        return Picks(
            (uniform[:, 0] * self.first.draws).astype(np.intp),
            (uniform[:, 1] * self.second.draws).astype(np.intp),
            _counts(uniform[:, 2 : n + 2], n),
            _counts(uniform[:, n + 2 :], m),
        )

    def without(self, left_out: IntArray) -> Picks:
        """Replicates that leave out one patient each, numbered through both arms."""
        count = np.ones((left_out.size, self.first.n + self.second.n))
        count[np.arange(left_out.size), left_out] = 0.0
        zero = np.zeros(left_out.size, np.intp)
        return Picks(zero, zero, count[:, : self.first.n], count[:, self.first.n :])

    def sampled(self, picks: Picks) -> tuple[Sampled, Sampled, BoolArray]:
        """Both arms with their weights, and which replicates reach the target."""
        weights, reached = self._weights(picks)
        n = self.first.n
        return (
            _sampled(self.first, picks.first_draw, weights[:, :n], picks.first_count),
            _sampled(self.second, picks.second_draw, weights[:, n:], picks.second_count),
            reached,
        )

    def _weights(self, picks: Picks) -> tuple[FloatArray, BoolArray]:
        """Weights of the patients of both arms; those of an arm without columns are 1."""
        size, n = picks.first_draw.size, self.first.n
        weights = np.ones((size, n + self.second.n))
        reached = np.zeros(size, dtype=bool)
        both = self.second.z is not None
        weighted = slice(None) if both else slice(None, n)
        count = np.hstack([picks.first_count, picks.second_count])[:, weighted]
        for draw in np.unique(picks.first_draw):
            rows = np.flatnonzero(picks.first_draw == draw)
            reweighted = self.weighting.batch(self._patients(draw), count[rows], self.start[draw])
            weights[rows, weighted] = _scaled(reweighted.value, count[rows], self.scale)
            reached[rows] = reweighted.reached
        return weights, reached

    def _patients(self, draw: int) -> Patients:
        arms = [(arm, arm.z[draw]) for arm in (self.first, self.second) if arm.z is not None]
        z = np.concatenate([columns for _, columns in arms])
        x = [np.empty((arm.n, 0)) if arm.x is None else arm.x for arm, _ in arms]
        return Patients(z, np.arange(z.shape[0]) < self.first.n, np.concatenate(x))


def _counts(uniform: FloatArray, n: int) -> FloatArray:
    """How often each of n patients is drawn, from n uniform numbers in [0, 1) a row."""
    size = uniform.shape[0]
    cell = (uniform * n).astype(np.intp) + n * np.arange(size)[:, None]
    return np.bincount(cell.ravel(), minlength=size * n).reshape(size, n).astype(float)


def _scaled(weight: FloatArray, count: FloatArray, scale: WeightScale) -> FloatArray:
    if scale == "raw":
        return weight
    total = np.sum(weight * count, axis=1, keepdims=True)
    goal = np.sum(count, axis=1, keepdims=True)
    if scale == "ess":
        squares = np.sum(weight**2 * count, axis=1, keepdims=True)
        goal = np.divide(total**2, squares, out=np.ones_like(total), where=squares > 0)
    factor = np.divide(goal, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(weight * factor)


def _sampled(arm: ArmDraws, draw: IntArray, weight: FloatArray, count: FloatArray) -> Sampled:
    rows = slice(None) if arm.draws == 1 else draw
    return Sampled(arm.time[rows], arm.event[rows], weight, count)
