"""One stable function over the methods: which of them, for what is published."""

from __future__ import annotations

from typing import Literal

import numpy as np

from survcomp.errors import InputError
from survcomp.reconstruct.guyot import guyot
from survcomp.reconstruct.integer import integer
from survcomp.reconstruct.piecewise_exponential import piecewise_exponential
from survcomp.reconstruct.result import Reconstruction
from survcomp.values.checks import check_option
from survcomp.values.curve import Curve

MethodChoice = Literal["auto", "integer", "guyot", "piecewise exponential"]


def reconstruct(
    curve: Curve,
    *,
    method: MethodChoice = "auto",
    draws: int = 0,
    rng: np.random.Generator | int | None = None,
) -> Reconstruction:
    """Rebuild individual patients from everything published about a curve.

    Parameters
    ----------
    curve : Curve
        What was published.
    method : {"auto", "integer", "guyot", "piecewise exponential"}
        "auto" takes "integer" where there is a traced figure and "piecewise exponential"
        otherwise; the result says which.
    draws : int
        Data sets to draw from what is consistent with all of it; 0 for none, else at
        least 2.
    rng : Generator or int, optional
        Source of the draws, or its seed.

    Returns
    -------
    Reconstruction

    Raises
    ------
    ContradictionError
        If the published numbers cannot all hold, or nothing fixes the curve.
    InputError
        If an option is not allowed, or the method draws no data sets and some are asked for.
    """
    check_option(method, MethodChoice, name="method")
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 0 or draws == 1:
        raise InputError(f"`draws` must be 0 or a whole number of at least 2; got {draws!r}.")
    if method == "auto":
        method = "integer" if curve.points is not None else "piecewise exponential"
    if method == "integer":
        return integer(curve, draws=draws, rng=rng)
    if curve.ticks is not None:
        raise InputError(
            f"the method {method!r} makes no use of censoring ticks; leave them out, or use the "
            "method 'integer'."
        )
    if draws:
        raise InputError(
            f"the method {method!r} gives one data set and no draws; leave `draws` out"
            + ("." if curve.points is None else ", or use the method 'integer'.")
        )
    return guyot(curve) if method == "guyot" else piecewise_exponential(curve)
