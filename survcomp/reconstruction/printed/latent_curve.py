"""Latent curves of event and censoring behind printed numbers, in draws from a wide prior.

The log hazard is a Weibull one plus a smooth deviation (a Gaussian process) plus noise from
cell to cell: a trial's own curve wiggles about any smooth one by what its events leave
open. Censoring is G(t) = (1 - ((t - c0) / (tmax - c0))^kappa) exp(-lambda t). With S and G
the Kaplan-Meier curves of event and censoring, Y(t) = n S(t-) G(t-) patients are at risk,
exactly; so a printed count, number at risk or variance is a number of these curves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import polygamma

from survcomp.values.checks import FloatArray

CELLS = 24
CELLS_PUBLISHED = 12
"""As many of them at least lie before the last published time."""

NODES_PER_CELL = 6
SMOOTH_SD, SMOOTH_LENGTH = 0.45, 0.22
"""Deviation from the Weibull hazard: its SD on the log scale, and its length as a share of
the longest time (methods: measured on eight CAR-T and comparator arms)."""

SCALE_SD = 1.5
"""SD of the log of the Weibull scale about a crude guess: as good as flat."""

TAIL_SD = 0.5
"""Further SD of the log hazard beyond the last published time."""

BEND_SD = 1.0
"""SD of the log of the factor by which the hazard of censoring leaves its form in one cell."""

FEWEST_EVENTS = 1.0
"""Floor on the events that a cell expects, for the noise of its log hazard."""

LEAST_AT_RISK = 0.25
"""Floor on the number at risk in the variance sum."""

LEAST_FOLLOWED = 1e-9
"""Floor on G where its log is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapePrior:
    """Prior of the log of the Weibull shape.

    Attributes
    ----------
    mean, sd : float
        Wide and near exponential by default: eight PFS arms of CAR-T trials and their
        comparators have a mean of -0.32 (SD 0.31), 583 arms of older randomised trials
        0.24 (0.18) for PFS. A narrow prior is a scenario, never pooled with another.
    """

    mean: float = -0.1
    sd: float = 0.45


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gap:
    """What is known of the time from an earlier data cut to the latest.

    Attributes
    ----------
    before : float
        The time.
    log_sd : float
        Standard deviation of its log.
    last : float
        Last time printed at the earlier cut: somebody was followed so far.
    blocks : ndarray of shape (blocks + 1,)
        Edges of the stretches of time over which the earlier cut's estimates may leave the
        latest's, each stretch by its own amount.
    """

    before: float
    log_sd: float
    last: float
    blocks: FloatArray

    @property
    def size(self) -> int:
        """Its unknowns: the time, and a deviation of events and of censoring by stretch."""
        return 1 + 2 * (self.blocks.size - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """What is fixed for one arm: the grid, the prior's scales, and the unknown's layout.

    Attributes
    ----------
    n : int
        Patients.
    edges : ndarray of shape (cells + 1,)
        Cell edges, from 0 to the largest longest follow-up.
    deviation : ndarray of shape (cells, cells)
        Turns independent standard normals into smooth deviations and noise.
    lowered : ndarray of shape (cells,)
        By how much the log hazard lies below the smooth one: a cell's own events are as many
        on average as it expects, so that the noise must leave the mean hazard where it is.
    log_scale : float
        Centre of the log of the Weibull scale.
    prior : ShapePrior
        Prior of the log shape.
    tail_from : float
        Last published time.
    dropout : float
        Centre of lambda times the longest follow-up.
    bent : bool
        Whether censoring may leave its three-parameter form, cell by cell.
    gaps : tuple of Gap
        Earlier data cuts of the same patients, the latest of them first.
    """

    n: int
    edges: FloatArray
    deviation: FloatArray
    lowered: FloatArray
    log_scale: float
    prior: ShapePrior
    tail_from: float
    dropout: float
    bent: bool
    gaps: tuple[Gap, ...] = ()

    @property
    def accrual(self) -> tuple[int, ...]:
        """Unknowns of the form of the data cut's censoring, c0 and kappa."""
        cells = self.edges.size - 1
        return cells + 2, cells + 3

    @property
    def latest_size(self) -> int:
        """Unknowns of the latest cut: cells, 5 of shape and censoring, and its bends."""
        cells = self.edges.size - 1
        return cells + 5 + (cells if self.bent else 0)

    @property
    def size(self) -> int:
        """Length of the vector of unknowns: those of the latest cut, then of each gap."""
        return self.latest_size + sum(gap.size for gap in self.gaps)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """Censoring of each draw: longest follow-up, c0, kappa, lambda, arrays of shape (draws, 1).

    `bend` holds factors on the hazard of censoring by cell, shape (draws, cells), or None.
    """

    longest: FloatArray
    start: FloatArray
    kappa: FloatArray
    dropout: FloatArray
    edges: FloatArray
    bend: FloatArray | None

    def at(self, time: FloatArray) -> FloatArray:
        """G(t-), the share not censored before each time, shape (draws, times)."""
        if self.bend is None:
            return self._administrative(time) * np.exp(-self.dropout * time)
        smooth = self._administrative(self.edges) * np.exp(-self.dropout * self.edges)
        hazard = -np.log(np.maximum(smooth, LEAST_FOLLOWED))
        log_g = -self._bent(hazard, time)
        return np.asarray(np.where(time < self.longest, np.exp(log_g), 0.0))

    def before(self, gap: FloatArray, time: FloatArray) -> FloatArray:
        """G(t-) at a data cut `gap` earlier: the cut comes sooner, dropping out does not.

        Parameters
        ----------
        gap : ndarray of shape (draws, 1)
            Time between the cuts; nobody is censored by the latest cut before it.
        time : ndarray of shape (times,)
        """
        if self.bend is None:
            return self._administrative(time + gap) * np.exp(-self.dropout * time)
        cut = -np.log(np.maximum(self._administrative(self.edges), LEAST_FOLLOWED))
        by_cut = self._bent(cut, time + gap) - self._bent(cut, gap)
        dropped = self._bent(self.dropout * self.edges, time)
        inside = time + gap < self.longest
        return np.asarray(np.where(inside, np.exp(-by_cut - dropped), 0.0))

    def _bent(self, hazard: FloatArray, time: FloatArray) -> FloatArray:
        """A cumulative hazard at the edges, bent by cell, at times; shape (draws, times)."""
        assert self.bend is not None
        steps = np.diff(hazard, axis=1) * self.bend
        total = np.concatenate([np.zeros((steps.shape[0], 1)), np.cumsum(steps, axis=1)], axis=1)
        at = np.broadcast_to(time, (steps.shape[0], time.shape[-1]))
        cell = np.clip(np.searchsorted(self.edges, at, side="right") - 1, 0, steps.shape[1] - 1)
        share = (at - self.edges[cell]) / (self.edges[cell + 1] - self.edges[cell])
        inside = np.take_along_axis(steps, cell, axis=1) * share
        return np.asarray(np.take_along_axis(total, cell, axis=1) + inside)

    def _administrative(self, time: FloatArray) -> FloatArray:
        share = np.clip((time - self.start) / (self.longest - self.start), 0.0, 1.0)
        power = np.exp(self.kappa * np.log(np.maximum(share, 1e-12)))
        return np.asarray(np.where(share > 0, 1.0 - power, 1.0))


class Censored(Protocol):
    """A curve of censoring in draws: of the latest cut, or of an earlier one."""

    @property
    def longest(self) -> FloatArray:
        """Longest follow-up, shape (draws, 1)."""

    def at(self, time: FloatArray) -> FloatArray:
        """G(t-) at times, shape (draws, times)."""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The two curves of each draw, on the nodes of the grid.

    Attributes
    ----------
    hazard : ndarray of shape (draws, cells)
    cumulative : ndarray of shape (draws, cells + 1)
        Cumulative hazard at the edges.
    node, width : ndarray of shape (nodes,)
        Midpoints of the pieces of the grid, and their lengths.
    at_risk, leaving : ndarray of shape (draws, nodes)
        Y at the nodes, and expected events in each piece.
    frame : Frame
    censoring : Censored
    earlier : tuple of Curves
        Those of the earlier data cuts, in the order of `frame.gaps`.
    """

    hazard: FloatArray
    cumulative: FloatArray
    node: FloatArray
    width: FloatArray
    at_risk: FloatArray
    leaving: FloatArray
    frame: Frame
    censoring: Censored
    earlier: tuple[Curves, ...] = ()

    def log_survival(self, time: FloatArray) -> FloatArray:
        """Log S at times, shape (draws, times)."""
        edges = self.frame.edges
        cell = np.clip(np.searchsorted(edges, time, side="right") - 1, 0, edges.size - 2)
        return -(self.cumulative[:, cell] + self.hazard[:, cell] * (time - edges[cell]))

    def log_survival_at_end(self) -> FloatArray:
        """Log S of each draw at its own longest follow-up, shape (draws,)."""
        edges, end = self.frame.edges, self.censoring.longest
        cell = np.clip(np.searchsorted(edges, end, side="right") - 1, 0, edges.size - 2)
        before, hazard = (
            np.take_along_axis(part, cell, axis=1) for part in (self.cumulative, self.hazard)
        )
        return np.asarray(-(before + hazard * (end - edges[cell])))[:, 0]

    def followed(self, time: FloatArray) -> FloatArray:
        """G(t-) at times, shape (draws, times)."""
        return self.censoring.at(time)

    def up_to(self, time: FloatArray, values: FloatArray) -> FloatArray:
        """Sum over the pieces up to each time; the piece it falls in counts in part."""
        start = self.node - 0.5 * self.width
        share = np.clip((time[:, None] - start) / self.width, 0.0, 1.0)
        return np.asarray(values @ share.T)


def make_frame(
    *,
    n: int,
    longest: float,
    events: float,
    rate: float,
    prior: ShapePrior,
    tail_from: float,
    dropout: float,
    share_followed: Callable[[float], float],
    bent: bool,
    gaps: tuple[Gap, ...] = (),
) -> Frame:
    """Grid and prior of one arm.

    Parameters
    ----------
    n : int
        Patients.
    longest : float
        End of the grid.
    events : float
        About how many events: fewer make the trial's own curve noisier.
    rate : float
        Crude events per time unit, for the centre of the Weibull scale.
    prior : ShapePrior
        Prior of the log shape.
    tail_from : float
        Last published time.
    dropout : float
        Centre of the cumulative hazard of dropping out at the end.
    share_followed : callable
        About which share of the patients is not censored before a time.
    bent : bool
        Whether censoring may leave its three-parameter form.
    gaps : tuple of Gap
        Earlier data cuts of the same patients.
    """
    edges = _edges(longest, tail_from)
    middle = 0.5 * (edges[1:] + edges[:-1])
    apart = (middle[:, None] - middle) / (SMOOTH_LENGTH * longest)
    covariance = SMOOTH_SD**2 * np.exp(-0.5 * apart**2)
    # a cell's own events are about Poisson: the log of their rate has the variance of the log
    # of a gamma variable, the trigamma function of the expected number
    share = np.exp(-rate * middle) * np.array([share_followed(float(t)) for t in middle])
    share *= np.diff(edges)
    expected = events * share / share.sum()
    noise = polygamma(1, np.maximum(expected, FEWEST_EVENTS))
    tail = np.where(middle > tail_from, TAIL_SD**2, 0.0)
    covariance += np.diag(noise) + np.sqrt(np.outer(tail, tail))
    return Frame(
        n=n,
        edges=edges,
        lowered=0.5 * noise,
        deviation=np.asarray(np.linalg.cholesky(covariance), float),
        log_scale=-float(np.log(rate)),
        prior=prior,
        tail_from=tail_from,
        dropout=dropout,
        bent=bent,
        gaps=gaps,
    )


def _edges(longest: float, tail_from: float) -> FloatArray:
    """Equal cells, but for a curve of which little of the follow-up is published."""
    if not 0 < tail_from < CELLS_PUBLISHED / CELLS * longest:
        return np.linspace(0.0, longest, CELLS + 1)
    published = np.linspace(0.0, tail_from, CELLS_PUBLISHED + 1)
    return np.append(published[:-1], np.linspace(tail_from, longest, CELLS - CELLS_PUBLISHED + 1))


def curves(
    unknown: FloatArray,
    longest: FloatArray,
    frame: Frame,
    *,
    enrolled: FloatArray | float = 0.0,
) -> Curves:
    """Curves of each draw at the latest data cut.

    Parameters
    ----------
    unknown : ndarray of shape (draws, at least frame.latest_size)
        Standard normals under the prior.
    longest : ndarray of shape (draws,)
        Longest follow-up of each draw.
    frame : Frame
        The grid.
    enrolled : ndarray of shape (draws, 1) or float
        Time for which the data cut censors nobody: all patients entered before it began.
    """
    cells = frame.edges.size - 1
    middle = 0.5 * (frame.edges[1:] + frame.edges[:-1])
    log_scale = frame.log_scale + SCALE_SD * unknown[:, cells, None]
    log_shape = frame.prior.mean + frame.prior.sd * unknown[:, cells + 1, None]
    shape = np.exp(log_shape)
    log_hazard = log_shape - log_scale + (shape - 1.0) * (np.log(middle) - log_scale)
    log_hazard = log_hazard - frame.lowered + unknown[:, :cells] @ frame.deviation.T
    hazard = np.exp(np.clip(log_hazard, -20.0, 5.0))
    end = longest[:, None]
    start = enrolled + (end - enrolled) * 0.9 / (1.0 + np.exp(-1.5 * unknown[:, cells + 2, None]))
    kappa = np.exp(0.5 * unknown[:, cells + 3, None])
    dropout = frame.dropout * np.exp(unknown[:, cells + 4, None]) / end
    bend = np.exp(BEND_SD * unknown[:, cells + 5 : frame.latest_size]) if frame.bent else None
    return on_grid(hazard, Followed(end, start, kappa, dropout, frame.edges, bend), frame)


def on_grid(hazard: FloatArray, censoring: Censored, frame: Frame) -> Curves:
    """Cumulative hazard, numbers at risk and expected events of hazards by cell.

    Parameters
    ----------
    hazard : ndarray of shape (draws, cells)
    censoring : Censored
    frame : Frame
    """
    step = np.diff(frame.edges)
    cumulative = np.concatenate(
        [np.zeros((hazard.shape[0], 1)), np.cumsum(hazard * step, axis=1)], axis=1
    )
    inner = (np.arange(NODES_PER_CELL) + 0.5) / NODES_PER_CELL
    node = (frame.edges[:-1, None] + step[:, None] * inner).ravel()
    width = np.repeat(step / NODES_PER_CELL, NODES_PER_CELL)
    piece = np.repeat(hazard, NODES_PER_CELL, axis=1)
    at_node = np.repeat(cumulative[:, :-1], NODES_PER_CELL, axis=1) + piece * (
        node - np.repeat(frame.edges[:-1], NODES_PER_CELL)
    )
    at_risk = frame.n * np.exp(-at_node) * censoring.at(node)
    return Curves(
        hazard, cumulative, node, width, at_risk, at_risk * piece * width, frame, censoring
    )
