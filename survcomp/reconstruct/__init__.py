"""Curves to patients: one module a method, behind one stable function."""

from __future__ import annotations

from typing import Literal

from survcomp.errors import InputError
from survcomp.reconstruct.guyot import guyot
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
    "piecewise_exponential",
    "reconstruct",
]

MethodChoice = Literal["auto", "guyot", "piecewise exponential"]


def reconstruct(
    curve: Curve,
    *,
    method: MethodChoice = "auto",
    follow_up: FollowUp | None = None,
    tail: float = 1.0,
) -> Reconstruction:
    """Rebuild individual patients from everything published about a curve.

    Parameters
    ----------
    curve : Curve
        What was published.
    method : {"auto", "guyot", "piecewise exponential"}
        "auto" takes "guyot" where there is a traced figure and "piecewise exponential"
        otherwise; the result says which.
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
        method = "guyot" if curve.points is not None else "piecewise exponential"
    if method == "guyot":
        if follow_up is not None or tail != 1.0:
            raise InputError("`follow_up` and `tail` go with the method 'piecewise exponential'.")
        return guyot(curve)
    return piecewise_exponential(curve, follow_up=follow_up, tail=tail)
