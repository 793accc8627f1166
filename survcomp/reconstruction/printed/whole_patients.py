"""Whole patients at the quantiles of the counts that latent curves expect."""

from __future__ import annotations

import numpy as np

from survcomp.reconstruction.patients import patients_of
from survcomp.reconstruction.printed.latent_curve import Curves
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve
from survcomp.values.ipd import IPD, Censoring


def rebuilt_patients(
    curve: Curve, latent: Curves, draw: int, rng: np.random.Generator | None
) -> IPD:
    """Whole patients at the quantiles of the expected counts of one draw.

    Parameters
    ----------
    curve : Curve
        What was published: its number of events and its median are met.
    latent : Curves
        Curves of event and censoring.
    draw : int
        Which of their draws.
    rng : Generator or None
        Draws each time within its share; without it they are in the middle.
    """
    longest = float(latent.censoring.longest[draw, 0])
    expected = latent.leaving[draw]
    total = float(expected.sum())
    if curve.events is not None:
        events = curve.events
    else:
        events = min(int(total + (0.5 if rng is None else rng.random())), curve.n)
    edges = np.concatenate(([0.0], np.cumsum(latent.width)))
    event_times = _quantiles(edges, expected, events, rng)
    event_times = np.minimum(_with_median(curve, event_times), longest)
    censor = _censorings(latent, draw, edges)
    censor_times = np.minimum(_quantiles(edges, censor, curve.n - events, rng), longest)
    known: Censoring = "from published counts" if curve.events is not None else "assumed"
    return patients_of(curve, event_times, censor_times, censoring=known)


def _censorings(latent: Curves, draw: int, edges: FloatArray) -> FloatArray:
    """Expected censorings in each piece, n S (G(start) - G(end))."""
    followed = latent.followed(edges)[draw]
    still = np.exp(latent.log_survival(edges)[draw])
    middle = 0.5 * (still[1:] + still[:-1])
    return np.asarray(latent.frame.n * middle * np.maximum(-np.diff(followed), 0.0) + 1e-12)


def _quantiles(
    edges: FloatArray, expected: FloatArray, count: int, rng: np.random.Generator | None
) -> FloatArray:
    """`count` times, one in each equal share of the expected number."""
    if count == 0:
        return np.empty(0)
    within = 0.5 if rng is None else rng.random(count)
    running = np.concatenate(([0.0], np.cumsum(expected)))
    share = (np.arange(count) + within) / count
    return np.asarray(np.interp(share * running[-1], running, edges))


def _with_median(curve: Curve, event_times: FloatArray) -> FloatArray:
    """The published median is an event's time: the nearest one takes it."""
    if curve.median is None or not curve.median.is_reached or not event_times.size:
        return event_times
    moved = event_times.copy()
    nearest = int(np.argmin(np.abs(moved - curve.median.estimate)))
    moved[nearest] = curve.median.estimate
    return np.sort(moved)
