"""Traced points and numbers at risk in the forms in which a user has them.

Only forms that say which column is which are taken: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from survcomp.errors import InputError
from survcomp.values.curves.traced import AtRisk, CurvePoints


def points_of(given: object) -> CurvePoints:
    """The trace that a user gave.

    Raises
    ------
    InputError
        If it is neither a `CurvePoints` nor a frame with the columns ``time`` and ``survival``,
        or as for `CurvePoints.from_trace`.

    Examples
    --------
    >>> frame = pd.DataFrame({"time": [0, 3, 6], "survival": [1, 0.9, 0.8]})
    >>> points_of(frame).survival.tolist()
    [1.0, 0.9, 0.8]
    """
    if isinstance(given, CurvePoints):
        return given
    if isinstance(given, pd.DataFrame) and {"time", "survival"} <= set(given.columns):
        return CurvePoints.from_trace(given["time"], given["survival"])
    raise InputError(
        "`points` must be CurvePoints.from_trace(times, survival), or a frame with the columns "
        f"'time' and 'survival'; got {_what(given)}."
    )


def at_risk_of(given: object) -> AtRisk:
    """The at-risk table that a user gave.

    Raises
    ------
    InputError
        If it is not an `AtRisk`, a mapping of times to numbers, or a frame with the columns
        ``time`` and ``at_risk``, or as for `AtRisk.from_rows`.

    Examples
    --------
    >>> at_risk_of({0: 128, 6: 80}).count.tolist()
    [128.0, 80.0]
    """
    if isinstance(given, AtRisk):
        return given
    if isinstance(given, Mapping):
        return AtRisk.from_rows(list(given.keys()), list(given.values()))
    if isinstance(given, pd.DataFrame) and {"time", "at_risk"} <= set(given.columns):
        return AtRisk.from_rows(given["time"], given["at_risk"])
    raise InputError(
        "`at_risk` must be AtRisk.from_rows(times, numbers), a dict such as {0: 128, 6: 80}, or a "
        f"frame with the columns 'time' and 'at_risk'; got {_what(given)}."
    )


def _what(given: object) -> str:
    """What came, for a message: a frame with its columns."""
    if isinstance(given, pd.DataFrame):
        return f"DataFrame with {', '.join(map(repr, map(str, given.columns)))}"
    return type(given).__name__
