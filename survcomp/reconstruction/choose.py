"""The method for what a curve rests on."""

from __future__ import annotations

from typing import Literal

from survcomp.errors import InputError
from survcomp.reconstruction.figure.integer import integer
from survcomp.reconstruction.guyot import guyot
from survcomp.reconstruction.printed.piecewise_exponential import piecewise_exponential
from survcomp.reconstruction.printed.summary import summary
from survcomp.values.basis import FollowUp
from survcomp.values.checks import Rng, check_option, check_type
from survcomp.values.curves.curve import Curve
from survcomp.values.reconstruction import Reconstruction

MethodChoice = Literal["auto", "integer", "summary", "guyot", "piecewise exponential"]
"""How a curve is rebuilt; "auto" goes by whether there is a traced figure."""

DRAWS = 200
"""Data sets to draw where nothing else is asked for."""

WITH_DRAWS = ("integer", "summary")
WITH_FOLLOW_UP = ("summary", "piecewise exponential")


def reconstruct(
    curve: Curve,
    *,
    method: MethodChoice = "auto",
    draws: int | None = None,
    rng: Rng = 1,
    follow_up: FollowUp | None = None,
    tail: float | None = None,
) -> Reconstruction:
    """Rebuild individual patients from everything published about a curve.

    Parameters
    ----------
    curve : Curve
        What was published.
    method : {"auto", "integer", "summary", "guyot", "piecewise exponential"}
        "auto" takes "integer" where there is a traced figure and "summary" otherwise; the
        result says which. "guyot" (2012) and "piecewise exponential" are the simpler
        methods that these replace, kept as references; they give no draws.
    draws : int, optional
        For "integer" and "summary": data sets to draw from what is consistent with
        everything published; 200 when left out, 0 for none, else at least 2.
    rng : Generator or int, default 1
        Source of the draws, or its seed. The same seed gives the same draws of one curve, and
        independent ones of two curves, as the random numbers come from it and the curve's `id`.
    follow_up : FollowUp, optional
        For the methods without a figure: follow-up to assume in place of the published one.
    tail : float, optional
        For "piecewise exponential": hazard beyond the last published point over the hazard
        before it; 1 when left out.

    Returns
    -------
    Reconstruction
        The patients, every published number beside the rebuilt one, and the assumptions.

    Raises
    ------
    ContradictionError
        If the published numbers cannot all hold, or nothing fixes the curve.
    InputError
        If it is no curve, or an option is not allowed or does not go with the method.

    Examples
    --------
    >>> from survcomp import Curve, Landmark, reconstruct
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=97,
    ...               landmarks=(Landmark(time=12, survival=0.766),))
    >>> rebuilt = reconstruct(curve, draws=20, rng=1)
    >>> rebuilt.method, rebuilt.fidelity.missed, len(rebuilt.ensemble)
    ('summary', (), 20)
    """
    check_type(curve, Curve, name="curve", taken="a Curve, such as `Trial.curve` gives")
    check_option(method, MethodChoice, name="method")
    if method == "auto":
        method = "integer" if curve.points is not None else "summary"
    if draws is None:
        draws = DRAWS if method in WITH_DRAWS else 0
    if draws == 1 or draws < 0:
        raise InputError(f"`draws` must be 0 or at least 2; got {draws}.")
    if draws and method not in WITH_DRAWS:
        raise InputError(f"`draws` go with {' and '.join(WITH_DRAWS)}, not with {method!r}.")
    if follow_up is not None and method not in WITH_FOLLOW_UP:
        raise InputError(f"`follow_up` goes with {' and '.join(WITH_FOLLOW_UP)}, not {method!r}.")
    if tail is not None and method != "piecewise exponential":
        raise InputError(f"`tail` goes with the method 'piecewise exponential', not {method!r}.")
    if method == "summary":
        return summary(curve, draws=draws, rng=rng, follow_up=follow_up)
    if method == "integer":
        return integer(curve, draws=draws, rng=rng)
    if method == "guyot":
        return guyot(curve)
    return piecewise_exponential(curve, follow_up=follow_up, tail=1.0 if tail is None else tail)
