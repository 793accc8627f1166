"""What is fixed before the latent curves of an arm are fitted: the grid and the prior's scales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import polygamma

from survcomp.values.checks import FloatArray

CELLS = 24
CELLS_PUBLISHED = 12
"""As many of them at least lie before the last published time."""

SMOOTH_SD, SMOOTH_LENGTH = 0.45, 0.22
"""Deviation from the Weibull hazard: its SD on the log scale, and its length as a share of
the longest time (methods: measured on eight CAR-T and comparator arms)."""

TAIL_SD = 0.5
"""Further SD of the log hazard beyond the last published time."""

FEWEST_EVENTS = 1.0
"""Floor on the events that a cell expects, for the noise of its log hazard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapePrior:
    """Prior of the log of the Weibull shape.

    Attributes
    ----------
    mean, sd : float
        Wide and near exponential by default: eight PFS arms of CAR-T trials and their
        comparators have a mean of -0.32 (SD 0.31), 583 arms of older randomised trials
        0.24 (0.18) for PFS. A narrow prior is a scenario, never pooled with another.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.read_trial("karmma").curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    >>> falling = sc.ShapePrior(mean=-0.32, sd=0.1)  # most events early
    >>> for prior in (None, falling):
    ...     rebuilt = sc.reconstruction.summary(curve, draws=20, rng=1, prior=prior)
    ...     print(sc.survival_at(rebuilt, 18))
    survival at 18 months 22.0% (95% CI 1.6% to 57.7%)
    survival at 18 months 23.5% (95% CI 2.2% to 57.6%)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CrudeArm:
    """An arm in rough numbers, from which the prior takes its scales.

    Attributes
    ----------
    n : int
        Patients.
    longest : float
        End of the grid.
    events : float
        About how many events: fewer make the trial's own curve noisier.
    rate : float
        Crude events per time unit, for the centre of the Weibull scale.
    share_followed : callable
        About which share of the patients is not censored before a time.
    """

    n: int
    longest: float
    events: float
    rate: float
    share_followed: Callable[[float], float]


def make_frame(
    arm: CrudeArm,
    *,
    prior: ShapePrior,
    tail_from: float,
    dropout: float,
    bent: bool,
    gaps: tuple[Gap, ...] = (),
) -> Frame:
    """Grid and prior of one arm.

    Parameters
    ----------
    arm : CrudeArm
        The arm in rough numbers.
    prior : ShapePrior
        Prior of the log shape.
    tail_from : float
        Last published time.
    dropout : float
        Centre of the cumulative hazard of dropping out at the end.
    bent : bool
        Whether censoring may leave its three-parameter form.
    gaps : tuple of Gap
        Earlier data cuts of the same patients.
    """
    edges = _edges(arm.longest, tail_from)
    middle = 0.5 * (edges[1:] + edges[:-1])
    apart = (middle[:, None] - middle) / (SMOOTH_LENGTH * arm.longest)
    covariance = SMOOTH_SD**2 * np.exp(-0.5 * apart**2)
    # a cell's own events are about Poisson: the log of their rate has the variance of the log
    # of a gamma variable, the trigamma function of the expected number
    share = np.exp(-arm.rate * middle) * np.array([arm.share_followed(float(t)) for t in middle])
    share *= np.diff(edges)
    expected = arm.events * share / share.sum()
    noise = polygamma(1, np.maximum(expected, FEWEST_EVENTS))
    tail = np.where(middle > tail_from, TAIL_SD**2, 0.0)
    covariance += np.diag(noise) + np.sqrt(np.outer(tail, tail))
    return Frame(
        n=arm.n,
        edges=edges,
        deviation=np.asarray(np.linalg.cholesky(covariance), float),
        lowered=0.5 * noise,
        log_scale=-float(np.log(arm.rate)),
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
