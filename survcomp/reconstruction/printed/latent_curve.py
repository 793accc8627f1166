"""Latent curves of event and censoring behind printed numbers, in draws from a wide prior.

The log hazard is a Weibull one plus a smooth deviation (a Gaussian process) plus noise from
cell to cell: a trial's own curve wiggles about any smooth one by what its events leave
open. Censoring is G(t) = (1 - ((t - c0) / (tmax - c0))^kappa) exp(-lambda t). With S and G
the Kaplan-Meier curves of event and censoring, Y(t) = n S(t-) G(t-) patients are at risk,
exactly; so a printed count, number at risk or variance is a number of these curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from survcomp.reconstruction.printed.frame import Frame
from survcomp.values.checks import FloatArray

NODES_PER_CELL = 6

SCALE_SD = 1.5
"""SD of the log of the Weibull scale about a crude guess: as good as flat."""

BEND_SD = 1.0
"""SD of the log of the factor by which the hazard of censoring leaves its form in one cell."""

LEAST_AT_RISK = 0.25
"""Floor on the number at risk in the variance sum."""

LEAST_FOLLOWED = 1e-9
"""Floor on G where its log is taken."""


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
