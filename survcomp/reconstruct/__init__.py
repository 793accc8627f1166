"""Curves to patients: one module a method, behind one stable function."""

from __future__ import annotations

from typing import Literal

import numpy as np

from survcomp.errors import InputError
from survcomp.reconstruct.guyot import guyot
from survcomp.reconstruct.integer import integer
from survcomp.reconstruct.piecewise_exponential import piecewise_exponential
from survcomp.reconstruct.result import Fidelity, FidelityRow, Reconstruction
from survcomp.values.basis import FollowUp
from survcomp.values.checks import check_option
from survcomp.values.curve import Curve

__all__ = [
    "Fidelity",
    "FidelityRow",
    "Reconstruction",
    "guyot",
    "integer",
    "piecewise_exponential",
    "reconstruct",
]

MethodChoice = Literal["auto", "integer", "guyot", "piecewise exponential"]


def reconstruct(
    curve: Curve,
    *,
    method: MethodChoice = "auto",
    draws: int = 0,
    rng: np.random.Generator | int | None = None,
    follow_up: FollowUp | None = None,
    tail: float = 1.0,
) -> Reconstruction:
    """Rebuild individual patients from everything published about a curve.

    Parameters
    ----------
    curve : Curve
        What was published.
    method : {"auto", "integer", "guyot", "piecewise exponential"}
        "auto" takes "integer" where there is a traced figure and "piecewise exponential"
        otherwise; the result says which. "guyot" is the reference of 2012.
    draws : int
        For "integer": data sets to draw from what is consistent with everything published;
        0 for none, else at least 2.
    rng : Generator or int, optional
        Source of the draws, or its seed. The same seed gives the same draws.
    follow_up : FollowUp, optional
        For "piecewise exponential": follow-up to assume in place of the published one.
    tail : float
        For "piecewise exponential": hazard beyond the last published point over the hazard
        before it.

    Returns
    -------
    Reconstruction
        The patients, every published number beside the rebuilt one, and the assumptions.

    Raises
    ------
    ContradictionError
        If the published numbers cannot all hold, or nothing fixes the curve.
    InputError
        If an option is not allowed, or does not go with the method.

    Examples
    --------
    >>> from survcomp.values import Curve, Landmark
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=97,
    ...               landmarks=(Landmark(time=12, survival=0.766),))
    >>> rebuilt = reconstruct(curve)
    >>> rebuilt.method, rebuilt.fidelity.missed
    ('piecewise exponential', ())
    """
    check_option(method, MethodChoice, name="method")
    if method == "auto":
        method = "integer" if curve.points is not None else "piecewise exponential"
    if draws == 1 or draws < 0:
        raise InputError(f"`draws` must be 0 or at least 2; got {draws}.")
    if draws and method != "integer":
        raise InputError(f"`draws` go with the method 'integer', not {method!r}.")
    if method == "piecewise exponential":
        return piecewise_exponential(curve, follow_up=follow_up, tail=tail)
    if follow_up is not None or tail != 1.0:
        raise InputError("`follow_up` and `tail` go with the method 'piecewise exponential'.")
    return guyot(curve) if method == "guyot" else integer(curve, draws=draws, rng=rng)
